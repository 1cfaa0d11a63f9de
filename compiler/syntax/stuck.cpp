#include "compiler/syntax/stuck.h"

#include <array>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "compiler/exact/units.h"

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
  explicit Explainer(const std::vector<StuckToken>& tokens) : tokens_(tokens) {}

  Issue explain(const StuckToken& stuck) const {
    const std::string& text = stuck.text;
    if (stuck.kind == Kind::bad_number) return bad_number(stuck);
    if (stuck.kind == Kind::unknown) return unknown_sign(stuck);
    const bool at_end = stuck.kind == Kind::end;
    if (at_end) {
      if (const StuckToken* open = innermost_open()) return never_closed(stuck, *open);
    }
    Issue issue{Code::E0201, place(stuck), "", "", {}, "", std::nullopt};
    const std::string seen = at_end ? "the policy ends" : fmt::format("`{}` stands", text);
    const StuckToken* before = last(1);
    if (before != nullptr && before->text == "policy") return after(issue, seen);
    if (text == "policy") {
      issue.code = Code::E0204;
      issue.message = "a policy begins where another text has not ended";
      issue.reason = "a source is one sentence or one `policy` block";
      return issue;
    }
    return after(issue, seen);
  }

 private:
  Issue after(Issue issue, const std::string& seen) const {
    const StuckToken* before = last(1);
    if (before == nullptr) {
      issue.message = fmt::format("{} where a policy should begin", seen);
      issue.reason =
          "a policy begins with a phase, such as `warmup 6%`, or with `policy NAME version N {`";
      return issue;
    }
    const std::string& word = before->text;
    const std::string stuck_text(issue.span.text());
    if (auto said = about_policy_name(issue, stuck_text)) return *said;
    if (auto said = about_batch(issue, stuck_text)) return *said;
    for (const Expectation& expectation : expectations) {
      if (word != expectation.after) continue;
      issue.message = fmt::format("{} where `{}` needs {}", seen, word, expectation.needs);
      issue.labels.push_back(Label{before->span, "after this"});
      issue.fix = Fix{fmt::format("write it as in `{}`", expectation.example), std::nullopt, ""};
      const std::string_view found = issue.span.text();
      const bool is_word =
          !found.empty() && std::isalpha(static_cast<unsigned char>(found[0])) != 0;
      if (expectation.needs == "a name" && is_word)
        issue.reason = fmt::format("`{}` is a word of the language, so it cannot be a name", found);
      return issue;
    }
    const std::string& text = stuck_text;
    const StuckToken* head = last(2);
    issue.message = text.empty() ? fmt::format("the policy ends behind `{}`, in the middle", word)
                                 : fmt::format("`{}` does not fit behind `{}`", text, word);
    issue.reason = std::string(reason(text, word, head == nullptr ? "" : head->text));
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
      issue.fix = Fix{fmt::format("write `{}`", spelling), issue.span, spelling};
      return issue;
    }
    Span behind = name.span;
    behind.begin = behind.end;
    issue.fix = Fix{"write `version 1` behind the name", behind, " version 1"};
    return issue;
  }

  // `batch 512 samples`, `batch 512 samples per update`
  std::optional<Issue> about_batch(Issue issue, const std::string& text) const {
    const bool per = last(1)->text == "per";
    const StuckToken* whole = last(5);  // `batch 512 samples per step`, and more
    const bool more = whole != nullptr && whole->text == "batch" && text == ",";
    const StuckToken* head = more ? whole : last(per ? 4 : 3);
    if (head == nullptr || head->text != "batch" || (!per && text == "per")) return std::nullopt;
    if (text == "growing" || text == ",") return std::nullopt;
    issue.labels.push_back(Label{head->span, "of this batch"});
    issue.reason = "a batch is that of one optimizer update, a step";
    if (per) {
      issue.message = fmt::format("a batch per `{}`", text);
      issue.fix = Fix{"write `per step`", issue.span, "step"};
    } else {
      issue.message = "the batch does not say what it is of";
      Span behind = last(1)->span;
      behind.begin = behind.end;
      issue.fix = Fix{"write `per step` behind it", behind, " per step"};
    }
    return issue;
  }

  // Why `text` does not fit behind `word`, which stands behind `head`.
  std::string_view reason(const std::string& text, const std::string& word,
                          const std::string& head) const {
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

  Issue never_closed(const StuckToken& stuck, const StuckToken& open) const {
    const std::string closing = open.text == "(" ? ")" : "}";
    Issue issue{Code::E0202,
                place(stuck),
                fmt::format("the policy ends before its `{}` is closed", open.text),
                fmt::format("`{}` is missing", closing),
                {},
                "",
                std::nullopt};
    issue.labels.push_back(Label{open.span, "opened here"});
    issue.fix = Fix{fmt::format("write `{}` at the end", closing), issue.span, closing};
    return issue;
  }

  // At the end of a source, behind its last word: what follows is nothing but white space.
  Span place(const StuckToken& stuck) const {
    if (stuck.kind != Kind::end || tokens_.empty()) return stuck.span;
    Span span = tokens_.back().span;
    span.begin = span.end;
    return span;
  }

  // The n-th token before the stuck one.
  const StuckToken* last(std::size_t n) const {
    return tokens_.size() < n ? nullptr : &tokens_[tokens_.size() - n];
  }

  const StuckToken* innermost_open() const {
    std::vector<const StuckToken*> open;
    for (const StuckToken& token : tokens_) {
      if (token.text == "(" || token.text == "{") open.push_back(&token);
      if ((token.text == ")" || token.text == "}") && !open.empty()) open.pop_back();
    }
    return open.empty() ? nullptr : open.back();
  }

  const std::vector<StuckToken>& tokens_;
};

}  // namespace

Issue explain_stuck(const std::vector<StuckToken>& before, const StuckToken& stuck) {
  return Explainer(before).explain(stuck);
}

}  // namespace lrc::syntax
