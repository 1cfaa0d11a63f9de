#include "compiler/check/clauses.h"

#include <algorithm>

namespace lrc::check {
namespace {

using ast::ClauseKind;

std::string_view spelling(ClauseKind kind) {
  constexpr std::array<std::string_view, ast::clause_kinds> words = {
      "",      "to",        "from",    "for", "until",      "over",    "last",
      "every", "per",       "at",      "by",  "growing by", "peak by", "swing by",
      "power", "timescale", "between", "up",  "at most",    "times",   "reversed"};
  return words[static_cast<std::size_t>(kind)];
}

// What a phase takes: `value` stands for a number by itself, `reversed` for a shape.
struct HeadRule {
  std::string_view head;
  std::vector<ClauseKind> takes;
};

const std::vector<ClauseKind>& taken_by(std::string_view head) {
  using enum ClauseKind;
  static const std::array<HeadRule, 10> rules = {{
      {"warmup", {value, reversed, from, to, until, over, power}},
      {"cooldown", {last, reversed, to, power}},
      {"anneal", {value, reversed, to, until, power}},
      {"hold", {value, for_, until}},
      {"constant", {for_, until}},
      {"step", {to, by, every, at, from, for_, until}},
      {"rsqrt", {timescale, from, for_, until}},
      {"power", {value, timescale, from, for_, until}},
      {"repeat", {every, times, growing, peak, swing, at_most, for_, until}},
      {"cycle", {reversed, between, every, up, growing, peak, swing, at_most, for_, until, power}},
  }};
  static const std::vector<ClauseKind> exponential = {to, by, per, every, from, for_, until, over};
  static const std::vector<ClauseKind> ramp = {to, from, for_, until, over, power};
  for (const HeadRule& rule : rules) {
    if (rule.head == head) return rule.takes;
  }
  return head == "exponential" ? exponential : ramp;
}

const std::vector<std::string>& phase_words() {
  static const std::vector<std::string> words = {
      "warmup", "cooldown",    "hold",    "constant", "step", "rsqrt", "repeat",  "cycle",
      "anneal", "exponential", "power",   "then",     "to",   "from",  "for",     "until",
      "over",   "last",        "every",   "per",      "at",   "by",    "growing", "peak",
      "swing",  "timescale",   "between", "reversed", "up",   "times", "most",    "cycles"};
  return words;
}

constexpr std::size_t heads = 11;  // of the words above begin a phase

// The word that a quantity which stands by itself most likely lacks.
std::string_view word_for(std::string_view head, ast::Value::Kind kind) {
  using Kind = ast::Value::Kind;
  const bool by_factor = head == "step" || head == "exponential";
  if (kind == Kind::level) return "to";
  if (kind == Kind::plain) return by_factor ? "by" : "to";
  if (head == "repeat" || head == "cycle") return "every";
  if (head == "cooldown") return "last";
  return head == "rsqrt" ? "timescale" : "for";
}

// A bare number and a word that is no shape behind it are a misspelt unit.
bool misspelt_unit(Context& context, const ast::Value& number, const ast::Value& word) {
  if (number.kind != ast::Value::Kind::plain || word.span.begin <= number.span.end - 1)
    return false;
  static const std::vector<std::string> units = {"steps", "samples", "tokens", "epochs", "seconds",
                                                 "step",  "sample",  "token",  "epoch",  "second"};
  Issue& issue = context.report(Code::E0101, word.span, fmt::format("`{}` is no unit", word.word));
  issue.labels.push_back(Label{number.span, "the number it stands behind"});
  issue.reason = "the units are steps, samples, tokens, epochs, seconds, `%` and `x`";
  if (const auto guess = diagnostics::closest(word.word, units)) {
    issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), word.span, *guess};
  }
  return true;
}

// Sorts the clauses of one phase and explains the first that does not fit.
class Sorting {
 public:
  Sorting(Context& context, const ast::Phase& phase) : context_(context), clauses_{phase} {}

  std::optional<Clauses> run() {
    const ast::Word& head = clauses_.phase.head;
    const bool shape = names_shape(head.text);
    if (!is_phase_word(head.text) && !shape) {
      unknown_shape(context_, head.span, head.text);
      return std::nullopt;
    }
    if (!shape && (clauses_.phase.reversed || !clauses_.phase.arguments.empty())) {
      context_.report(Code::E0302, head.span, fmt::format("`{}` is no shape", head.text)).reason =
          "shapes are reversed and take arguments, phases do not";
      return std::nullopt;
    }
    return sort() && body_belongs() ? std::optional(clauses_) : std::nullopt;
  }

 private:
  bool sort() {
    const auto& takes = taken_by(clauses_.phase.head.text);
    for (const ast::Clause& clause : clauses_.phase.clauses) {
      const bool shape = clause.kind == ClauseKind::reversed || is_shape_clause(clause);
      if (shape && !shape_known(clause)) return false;
      const ClauseKind kind = shape ? ClauseKind::reversed : clause.kind;
      if (std::find(takes.begin(), takes.end(), kind) == takes.end())
        return does_not_take(context_, clauses_.phase, clause), false;
      const ast::Clause*& place = clauses_.by_kind[static_cast<std::size_t>(kind)];
      if (place != nullptr) return said_twice(context_, clauses_.phase, *place, clause), false;
      place = &clause;
      if (kind == ClauseKind::value) clauses_.quantity = clause.values.data();
      if (shape) clauses_.shape = clause.values.data();
      if (clause.kind == ClauseKind::reversed) clauses_.reversed = true;
    }
    return true;
  }

  [[nodiscard]] bool names_shape(const std::string& name) const {
    const auto named = context_.names.find(name);
    if (named != context_.names.end())
      return std::holds_alternative<policy::Shape>(named->second.value);
    return context_.library.curve(name) != nullptr;
  }

  // A word by itself is a shape unless it names a quantity; a call is one if a shape takes so many
  // arguments beside the progress.
  [[nodiscard]] bool is_shape_clause(const ast::Clause& clause) const {
    if (clause.kind != ClauseKind::value) return false;
    const ast::Value& value = clause.values[0];
    if (value.kind == ast::Value::Kind::call) {
      const auto curve = context_.library.curve(value.word);
      return curve != nullptr && curve->parameters.size() == value.arguments.size() + 1;
    }
    if (value.kind != ast::Value::Kind::name) return false;
    return names_shape(value.word) ||
           !(context_.parameter(value.word) != nullptr || context_.names.contains(value.word));
  }

  bool shape_known(const ast::Clause& clause) {
    const ast::Value& word = clause.values[0];
    if (names_shape(word.word)) return true;
    const std::string& head = clauses_.phase.head.text;
    const bool ramp = head == "warmup" || head == "cooldown" || head == "anneal";
    if (word.word == "exponential" && ramp) return true;
    const auto& all = clauses_.phase.clauses;
    const std::size_t index = static_cast<std::size_t>(&clause - all.data());
    const ast::Value* before =
        index == 0 || all[index - 1].values.empty() ? nullptr : &all[index - 1].values.back();
    if (before != nullptr && misspelt_unit(context_, *before, word)) return false;
    if (is_phase_word(word.word)) return then_is_missing(word), false;
    unknown_shape(context_, word.span, word.word);
    return false;
  }

  void then_is_missing(const ast::Value& word) {
    Issue& issue = context_.report(
        Code::E0302, word.span,
        fmt::format("`{}` does not take `{}`", clauses_.phase.head.text, word.word));
    issue.labels.push_back(Label{clauses_.phase.head.span, "in this phase"});
    issue.reason = fmt::format("`{}` begins a phase of its own", word.word);
    const std::string spelling = fmt::format("then {}", word.word);
    issue.fix = Fix{fmt::format("write `{}`", spelling), word.span, spelling};
  }

  bool body_belongs() {
    const bool is_repeat = clauses_.phase.head.text == "repeat";
    if (is_repeat == (clauses_.phase.body != nullptr)) return true;
    Issue& issue = context_.report(
        is_repeat ? Code::E0304 : Code::E0302, clauses_.phase.span,
        is_repeat ? std::string("`repeat` without its `{ … }`")
                  : fmt::format("`{}` does not take `{{ … }}`", clauses_.phase.head.text));
    issue.reason = "`repeat every D { … }` repeats the schedule in its braces";
    return false;
  }

  Context& context_;
  Clauses clauses_;
};

}  // namespace

bool is_phase_word(std::string_view word) {
  const auto& words = phase_words();
  return std::find(words.begin(), words.begin() + heads, word) != words.begin() + heads;
}

std::optional<Clauses> sort_clauses(Context& context, const ast::Phase& phase) {
  return Sorting(context, phase).run();
}

Issue& unknown_shape(Context& context, Span span, const std::string& word) {
  Issue& issue =
      context.report(Code::E0301, span, fmt::format("no shape or phase is called `{}`", word));
  if (word == "min" || word == "max") {
    issue.reason =
        fmt::format("`{}` combines schedules in brackets, as in `{}(constant, 0.5x)`", word, word);
    return issue;
  }
  if (context.parameter(word) != nullptr) {
    issue.message = fmt::format("`{}` is a parameter, where a phase or a shape belongs", word);
    issue.fix = Fix{fmt::format("to stay at its level write `hold {}`", word), std::nullopt, ""};
    return issue;
  }
  std::vector<std::string> known = context.library.names();
  known.insert(known.end(), phase_words().begin(), phase_words().end());
  for (const auto& [name, parameter] : context.parameters) known.push_back(name);
  for (const auto& [name, named] : context.names) known.push_back(name);
  if (const auto guess = diagnostics::closest(word, known)) {
    issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), span, *guess};
  } else {
    issue.reason = fmt::format(
        "the shapes are {}; the other phases are {}", fmt::join(context.library.names(), ", "),
        fmt::join(phase_words().begin(), phase_words().begin() + heads, ", "));
  }
  return issue;
}

void does_not_take(Context& context, const ast::Phase& phase, const ast::Clause& clause) {
  const std::string& head = phase.head.text;
  const bool bare = clause.kind == ClauseKind::value;
  Issue& issue = context.report(
      Code::E0302, clause.span,
      fmt::format("`{}` does not take `{}`", head,
                  bare ? written(clause.values[0]) : std::string(spelling(clause.kind))));
  issue.labels.push_back(Label{phase.head.span, "in this phase"});
  std::vector<std::string> takes;
  for (const ClauseKind kind : taken_by(head)) {
    takes.push_back(kind == ClauseKind::value      ? "a number"
                    : kind == ClauseKind::reversed ? "a shape"
                                                   : fmt::format("`{}`", spelling(kind)));
  }
  issue.reason = fmt::format("`{}` takes {}", head, fmt::join(takes, ", "));
  if (bare && head == "constant" && clause.values[0].kind != ast::Value::Kind::name) {
    const std::string spelling = fmt::format("hold {}", written(clause.values[0]));
    issue.fix =
        Fix{fmt::format("write `{}`", spelling), join(phase.head.span, clause.span), spelling};
  } else if (bare && (head == "repeat" || head == "cycle") &&
             clause.values[0].kind == ast::Value::Kind::plain) {
    issue.fix = Fix{"say how long one cycle is, as in `every 10 epochs`", std::nullopt, ""};
  } else if (bare && clause.values[0].kind != ast::Value::Kind::name) {
    const std::string spelling =
        fmt::format("{} {}", word_for(head, clause.values[0].kind), written(clause.values[0]));
    issue.fix = Fix{fmt::format("did you mean `{}`?", spelling), clause.span, spelling};
  } else if (bare && head == "repeat") {
    issue.fix = Fix{"write what is repeated in braces, as in `repeat every 10 epochs { … }`",
                    std::nullopt, ""};
  } else if (bare && context.library.curve(clause.values[0].word) != nullptr) {
    issue.fix = Fix{fmt::format("if a new phase is meant, write `then {}`", clause.values[0].word),
                    clause.span, fmt::format("then {}", clause.values[0].word)};
  } else if (head == "warmup" && clause.kind == ClauseKind::for_) {
    const std::string length = written(clause.values[0]);
    issue.fix = Fix{fmt::format("write `{}` alone: it is how long the warmup lasts", length),
                    clause.span, length};
  }
}

void said_twice(Context& context, const ast::Phase& phase, const ast::Clause& first,
                const ast::Clause& second) {
  const std::string what =
      second.kind == ClauseKind::value
          ? (first.values[0].kind == ast::Value::Kind::name ? "a shape" : "a number")
          : fmt::format("`{}`", spelling(second.kind));
  Issue& issue = context.report(Code::E0303, second.span,
                                fmt::format("`{}` says {} twice", phase.head.text, what));
  issue.labels.push_back(Label{first.span, "said here already"});
  issue.reason = "each part of a phase is said once";
}

}  // namespace lrc::check
