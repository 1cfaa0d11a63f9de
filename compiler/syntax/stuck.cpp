#include "compiler/syntax/stuck.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "compiler/exact/units.h"
#include "compiler/syntax/brackets.h"

namespace lrc::syntax {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;
using diagnostics::Label;
using source::Span;
using Kind = StuckToken::Kind;

struct Expectation {
  std::string_view after;  // the word before the place
  std::string_view needs;
  std::string_view example;
};
constexpr std::array<Expectation, 26> expectations = {{
    {"to", "a level", "to 0.1x"},
    {"from", "a level", "from 0.001x"},
    {"between", "two levels", "between 0.1x and 1x"},
    {"and", "a level", "between 0.1x and 1x"},
    {"for", "a duration", "for 10%"},
    {"until", "a position", "until 80%"},
    {"over", "a duration", "over 100 steps"},
    {"last", "a duration", "last 20%"},
    {"every", "a duration", "every 30 epochs"},
    {"per", "a unit", "per epoch"},
    {"at", "positions", "at 30, 60, 80 epochs"},
    {"by", "a factor", "by 0.1"},
    {"growing", "`by` and a factor", "growing by 2"},
    {"power", "a number", "power 2"},
    {"timescale", "a duration", "timescale 10K steps"},
    {"reversed", "a shape", "reversed sqrt"},
    {"then", "a phase", "then cosine to 0.1x"},
    {"policy", "a name", "policy pretrain version 1 { … }"},
    {"version", "a whole number", "version 1"},
    {"owner", "a name in quotes", "owner \"pretraining\""},
    {"run", "a length", "run 100K steps"},
    {"batch", "a size", "batch 512 samples per step"},
    {"matches", "a pattern in quotes", "matches \"*.bias\""},
    {"group", "a name", "group norms matches \"*norm*\" { … }"},
    {"clamp", "an output", "clamp lr to 1e-7 .. 1e-3"},
    {"=", "a schedule or a number", "lr = constant"},
}};

// Says in our words why the parser is stuck.
class Explainer {
 public:
  Explainer(const std::vector<StuckToken>& tokens, const StuckToken& stuck, const Probe& probe)
      : tokens_(tokens), stuck_(stuck), probe_(probe) {}

  Issue explain() const {
    const std::string& text = stuck_.text;
    if (stuck_.kind == Kind::bad_number) return bad_number(stuck_);
    if (stuck_.kind == Kind::unknown) return unknown_sign(stuck_);
    if (auto said = about_line_before()) return *said;
    if (auto said = about_brackets()) return *said;
    const bool at_end = stuck_.kind == Kind::end;
    const bool line_ends = !at_end && line_is_incomplete();
    const std::string seen = at_end      ? "the policy ends"
                             : line_ends ? "the line ends"
                                         : fmt::format("`{}` stands", text);
    const bool behind = (at_end || line_ends) && !tokens_.empty();
    Issue issue{Code::E0201, behind ? behind_last() : stuck_.span, "", "", {}, "", std::nullopt};
    const StuckToken* before = last(1);
    if (before != nullptr && before->text == "policy") return after(issue, seen);
    if (text == "policy" && !line_ends) {
      issue.code = Code::E0204;
      issue.message = "a policy begins where another text has not ended";
      issue.reason = "a source is one sentence or one `policy` block";
      return issue;
    }
    return after(issue, seen);
  }

 private:
  // `peak` and on the next line `run 100 steps`: the parser takes `run` for the name of a peak.
  std::optional<Issue> about_line_before() const {
    if (tokens_.empty() || begins_line() || stuck_.kind == Kind::end) return std::nullopt;
    const auto first =
        static_cast<std::size_t>(&first_of_line(tokens_.size() - 1) - tokens_.data());
    if (first == 0) return std::nullopt;
    const std::vector<StuckToken> before(tokens_.begin(),
                                         tokens_.begin() + static_cast<std::ptrdiff_t>(first));
    const Explainer line_before(before, tokens_[first], probe_);
    if (line_before.is_deeper() || !line_before.line_is_incomplete()) return std::nullopt;
    return line_before.explain();
  }

  // The parser notices a bracket that was forgotten where it can go no further; how the lines are
  // indented shows where it was forgotten.
  std::optional<Issue> about_brackets() const {
    std::vector<StuckToken> all = tokens_;
    all.push_back(stuck_);
    const auto open = open_brackets(tokens_);
    const bool at_end = stuck_.kind == Kind::end;
    if (!at_end && !begins_line()) return std::nullopt;
    if (const auto found = left_open(at_end ? tokens_ : all)) {
      if (goes_on(behind(*found->last), closing_of(*found->opening))) return not_closed(*found);
    }
    if (open.empty()) return closed_too_early();
    const LeftOpen innermost{open.back(), &tokens_.back()};
    if (at_end) return never_closed(innermost);
    if (goes_on(behind_last(), closing_of(*open.back()))) return not_closed(innermost);
    return never_opened();
  }

  // Whether the text with `replacement` in place of `span`, which stands before the place where the
  // parser is stuck, leads beyond that place.
  bool goes_on(Span span, const std::string& replacement) const {
    std::string text = span.source->text;
    const std::string put = " " + replacement + " ";
    text.replace(span.begin, span.end - span.begin, put);
    const auto at = probe_(text);
    return !at || *at + (span.end - span.begin) >= stuck_.span.end + put.size();
  }

  bool begins_line() const { return !tokens_.empty() && line_of(tokens_.back()) < line_of(stuck_); }

  // The parser is stuck at the beginning of a line, and what stands before that line is no whole
  // either: it is the line before that lacks something.
  bool line_is_incomplete() const {
    if (!begins_line()) return false;
    static const std::set<std::string_view> goes_on_after = {"(", ",", "=", "{",  "+", "-",
                                                             "*", "/", "^", "..", ":", "then"};
    if (is_deeper() && goes_on_after.contains(tokens_.back().text)) return false;
    std::string text = stuck_.span.source->text.substr(0, tokens_.back().span.end);
    const auto open = open_brackets(tokens_);
    for (auto item = open.rbegin(); item != open.rend(); ++item)
      text += std::string(" ") + closing_of(**item);
    return probe_(text).has_value();
  }

  bool is_deeper() const {
    return column_of(stuck_) > column_of(first_of_line(tokens_.size() - 1));
  }
  static std::uint32_t column_of(const StuckToken& token) {
    return source::position(*token.span.source, token.span.begin).column;
  }
  [[nodiscard]] const StuckToken& first_of_line(std::size_t index) const {
    while (index > 0 && line_of(tokens_[index - 1]) == line_of(tokens_[index])) --index;
    return tokens_[index];
  }

  Issue after(Issue issue, const std::string& seen) const {
    const StuckToken* before = last(1);
    if (before == nullptr) {
      issue.message = fmt::format("{} where a policy should begin", seen);
      issue.reason =
          "a policy begins with a phase, such as `warmup 6%`, or with `policy NAME version N {`";
      return issue;
    }
    const std::string& word = before->text;
    const bool ends = issue.span.begin == issue.span.end;
    const std::string stuck_text = ends ? "" : stuck_.text;
    if (auto said = about_policy_name(issue, stuck_text)) return *said;
    if (auto said = about_batch(issue, stuck_text)) return *said;
    for (const Expectation& expectation : expectations) {
      if (word != expectation.after) continue;
      issue.message = fmt::format("{} where `{}` needs {}", seen, word, expectation.needs);
      issue.labels.push_back(Label{before->span, "after this"});
      issue.fix = Fix{fmt::format("write it as in `{}`", expectation.example), std::nullopt, ""};
      const std::string_view found = stuck_text;
      const bool is_word =
          !found.empty() && std::isalpha(static_cast<unsigned char>(found[0])) != 0;
      if (expectation.needs == "a name" && is_word)
        issue.reason = fmt::format("`{}` is a word of the language, so it cannot be a name", found);
      return issue;
    }
    const StuckToken* head = last(2);
    issue.message = ends ? fmt::format("{} behind `{}`, in the middle", seen, word)
                         : fmt::format("`{}` does not fit behind `{}`", stuck_text, word);
    issue.reason = std::string(reason(stuck_text, word, head == nullptr ? "" : head->text));
    return issue;
  }

  [[nodiscard]] bool in_block() const { return !tokens_.empty() && tokens_[0].text == "policy"; }

  // `policy my-policy`, `policy p v1`, `policy p {`
  std::optional<Issue> about_policy_name(Issue issue, const std::string& text) const {
    const StuckToken* head = last(2);
    if (head == nullptr || head->text != "policy" || text == "version") return std::nullopt;
    const StuckToken& name = *last(1);
    issue.labels.push_back(Label{name.span, "behind its name"});
    if (text == "-") {
      issue.message = fmt::format("`-` behind the name `{}`", name.text);
      issue.reason = "a name is made of letters, digits and `_`";
      issue.fix = Fix{"write the name as in `my_policy`", std::nullopt, ""};
      return issue;
    }
    issue.message = fmt::format("the policy `{}` does not say its version", name.text);
    issue.reason = "a version is the author's promise of what the policy means";
    const std::string digits = text.substr(text.starts_with('v') ? 1 : 0);
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos) {
      const std::string spelling = "version " + digits;
      issue.fix = Fix{fmt::format("write `{}`", spelling), stuck_.span, spelling};
      return issue;
    }
    issue.fix = Fix{"write `version 1` behind the name", behind(name), " version 1"};
    return issue;
  }

  // `batch 512 samples`, `batch 512 samples per update`
  std::optional<Issue> about_batch(Issue issue, const std::string& text) const {
    const bool per = last(1)->text == "per";
    const StuckToken* whole = last(5);  // `batch 512 samples per step`, and more
    const bool more = whole != nullptr && whole->text == "batch" && text == ",";
    const StuckToken* head = more ? whole : last(per ? 4 : 3);
    if (head == nullptr || head->text != "batch" || (!per && text == "per")) return std::nullopt;
    if (text == "growing" || text == "," || (per && text.empty())) return std::nullopt;
    issue.labels.push_back(Label{head->span, "of this batch"});
    issue.reason = "a batch is that of one optimizer update, a step";
    if (per) {
      issue.message = fmt::format("a batch per `{}`", text);
      issue.fix = Fix{"write `per step`", issue.span, "step"};
    } else {
      issue.message = "the batch does not say what it is of";
      issue.fix = Fix{"write `per step` behind it", behind_last(), " per step"};
    }
    return issue;
  }

  // Why `text` does not fit behind `word`, which stands behind `head`.
  std::string_view reason(const std::string& text, const std::string& word,
                          const std::string& head) const {
    if (word == "}" && open_brackets(tokens_).empty())
      return "beside a policy stand `test`, `let`, `curve` and `schedule`";
    if (head == "param") return "a parameter says its type, as in `param peak: rate = 3e-4`";
    if (head == "group" && text == "{")
      return "a group says which parameters it is for, as in `group norms matches \"*norm*\" { … "
             "}`";
    if (head == "clamp" || (head == "to" && text == "to"))
      return "a clamp is written as in `clamp lr to 1e-7 .. 1e-3`";
    if (word == ":")
      return "the types of a parameter are rate, number, x, %, steps, samples, tokens, epochs "
             "and seconds";
    if (text == "version") return "a policy block begins with `policy NAME version N {`";
    if (text == ":") return "an output is written with `=`, as in `lr = constant`";
    if (text == "*") return "a factor is written with `by`, as in `lr by 0.5`";
    if (text == "=" && !in_block())
      return "a sentence is the learning rate itself; outputs with names stand in `policy NAME "
             "version 1 { … }`";
    if (text == "," && word.find_first_not_of("0123456789_") == std::string::npos)
      return "phases are joined by `then`, and digits by `_`, as in `1_000`";
    if (!in_block()) return "phases are joined by `then`, as in `warmup 6% then cosine to 0.1x`";
    return "in a policy block a line is a fact, an output, a group or a clamp; phases are joined "
           "by "
           "`then`";
  }

  static std::string shortened(const std::string& text) {
    constexpr std::size_t enough = 60;
    return text.size() <= enough ? text : text.substr(0, enough) + "…";
  }

  static Issue bad_number(const StuckToken& token) {
    const std::string& text = token.text;
    Issue issue{
        Code::E0108,
        token.span,
        fmt::format("`{}` is no number", shortened(text)),
        "",
        {},
        "a number may end in K, M, B, T, Ki or Mi, then in `%` or `x`; a unit is a word of its own",
        std::nullopt};
    const std::size_t end = text.find_first_not_of("0123456789._");
    const std::string digits = text.substr(0, end);
    const std::string letters = end == std::string::npos ? "" : text.substr(end);
    if (letters == "k" || letters == "m" || letters == "b" || letters == "t") {
      const std::string upper(1, static_cast<char>(letters[0] - 'a' + 'A'));
      issue.fix = Fix{fmt::format("write `{}{}`", digits, upper), issue.span, digits + upper};
    } else if (letters == "percent" || letters == "X") {
      const std::string spelling = digits + (letters == "X" ? "x" : "%");
      issue.fix = Fix{fmt::format("write `{}`", spelling), issue.span, spelling};
    } else if (exact::unit_named(letters)) {
      issue.fix =
          Fix{fmt::format("write `{} {}`", digits, letters), issue.span, digits + " " + letters};
    }
    return issue;
  }

  static Issue unknown_sign(const StuckToken& token) {
    return {Code::E0203,
            token.span,
            fmt::format("`{}` has no meaning here", token.text),
            "",
            {},
            "a policy is words, numbers, texts in quotes and the signs = , : ( ) { } ..",
            std::nullopt};
  }

  // Right behind the last word, where the bracket was opened on that line; else on a line of its
  // own, where an empty one is left for it.
  static Fix closing_fix(const LeftOpen& open) {
    const std::string closing = closing_of(*open.opening);
    Span place = behind(*open.last);
    const std::string& text = place.source->text;
    const std::size_t line_end = text.find('\n', place.end);
    const std::string said = fmt::format("write `{}`", closing);
    if (line_of(*open.opening) == line_of(*open.last) || line_end == std::string::npos)
      return Fix{said, place, closing};
    const std::size_t next_end = std::min(text.find('\n', line_end + 1), text.size());
    const std::size_t first = text.find_first_not_of(" \t\r", line_end + 1);
    if (first < next_end) return Fix{said, place, closing};
    place.begin = place.end = static_cast<std::uint32_t>(line_end + 1);
    return Fix{said, place, closing};
  }

  static Issue unclosed(const LeftOpen& open, std::string message) {
    Fix fix = closing_fix(open);
    Issue issue{
        Code::E0202, *fix.span, std::move(message), fmt::format("`{}` is missing", fix.replacement),
        {},          "",        std::nullopt};
    issue.labels.push_back(Label{open.opening->span, "opened here"});
    issue.fix = std::move(fix);
    return issue;
  }

  static Issue never_closed(const LeftOpen& open) {
    Issue issue = unclosed(
        open, fmt::format("the policy ends before its `{}` is closed", open.opening->text));
    issue.fix->text += " at the end";
    return issue;
  }

  Issue not_closed(const LeftOpen& open) const {
    const StuckToken* next = &stuck_;
    for (const StuckToken& token : tokens_) {
      if (token.span.begin < open.last->span.end) continue;
      next = &token;
      break;
    }
    if (next->kind == Kind::end) return never_closed(open);
    return unclosed(open, fmt::format("a `{}` is not closed before `{}`", open.opening->text,
                                      shortened(next->text)));
  }

  // `policy p version 1`, and items on the next line.
  std::optional<Issue> never_opened() const {
    if (!goes_on(behind_last(), "{")) return std::nullopt;
    const std::string& word = tokens_.back().text;
    Issue issue{Code::E0201,
                behind_last(),
                fmt::format("the line ends without a `{{`"),
                "`{` is missing",
                {},
                "",
                std::nullopt};
    issue.reason = fmt::format("what begins with `{}` stands in braces", stuck_.text);
    issue.fix = Fix{fmt::format("write `{{` behind `{}`", word), issue.span, " {"};
    return issue;
  }

  // Behind the last `}` something goes on that belongs before it.
  std::optional<Issue> closed_too_early() const {
    const StuckToken* closing = closed_early(tokens_);
    if (closing == nullptr) return never_opened();
    const bool in_place =
        closing == &first_of_line(static_cast<std::size_t>(closing - tokens_.data()));
    if (in_place && column_of(stuck_) <= column_of(*closing)) return std::nullopt;
    if (!goes_on(closing->span, "")) return std::nullopt;
    Issue issue{Code::E0201,
                closing->span,
                fmt::format("a block is closed here before `{}`", shortened(stuck_.text)),
                "closed here",
                {},
                "one `}` closes what one `{` opens",
                std::nullopt};
    issue.labels.push_back(Label{stuck_.span, "this stands outside of it"});
    issue.fix = Fix{"leave this `}` out, or write what follows in front of it", std::nullopt, ""};
    return issue;
  }

  static Span behind(const StuckToken& token) {
    Span span = token.span;
    span.begin = span.end;
    return span;
  }
  Span behind_last() const { return behind(tokens_.back()); }

  // The n-th token before the stuck one.
  const StuckToken* last(std::size_t n) const {
    return tokens_.size() < n ? nullptr : &tokens_[tokens_.size() - n];
  }

  const std::vector<StuckToken>& tokens_;
  const StuckToken& stuck_;
  const Probe& probe_;
};

}  // namespace

Issue explain_stuck(const std::vector<StuckToken>& before, const StuckToken& stuck,
                    const Probe& probe) {
  return Explainer(before, stuck, probe).explain();
}

}  // namespace lrc::syntax
