// How a schedule is read and what stands behind its end: in words, or as a dialect's bundle of
// them.

#include <array>

#include "compiler/check/context.h"

namespace lrc::check {
namespace {

using policy::Past;
using policy::Reading;

constexpr std::array<std::pair<std::string_view, Past>, 5> pasts = {{{"hold", Past::hold},
                                                                     {"mirror", Past::mirror},
                                                                     {"repeat", Past::repeat},
                                                                     {"continue", Past::continue_},
                                                                     {"error", Past::error}}};

// What each library does everywhere; what only one of its schedulers does is written by hand.
// A released line never changes: a correction is a new name or edition.
struct Dialect {
  std::string_view name;
  std::optional<Reading> reading;  // none: as natively, a warmup at the end, all else at the start
  int late;                        // updates
  Past past;
};
constexpr std::array<Dialect, 17> dialects = {{
    {"torch", Reading::start, 0, Past::continue_},
    {"hf", Reading::start, 0, Past::hold},
    {"timm", Reading::start, 0, Past::hold},
    {"optax", Reading::start, 0, Past::hold},
    {"composer", Reading::start, 0, Past::hold},
    {"megatron", Reading::start, 0, Past::hold},
    {"deepspeed", Reading::start, 1, Past::hold},
    {"olmo", Reading::end, 0, Past::hold},
    {"torchtitan", std::nullopt, 0, Past::hold},
    {"fairseq", Reading::start, 0, Past::hold},
    {"mmengine", Reading::start, 0, Past::hold},
    {"nanogpt", Reading::start, 0, Past::hold},
    {"llmc", std::nullopt, 0, Past::error},
    {"t5x", Reading::start, 0, Past::continue_},
    {"t2t", Reading::start, 0, Past::continue_},
    {"marian", Reading::start, 0, Past::continue_},
    {"gpt_neox", Reading::start, 0, Past::mirror},
}};

template <class Table>
Issue& unknown(Context& context, const ast::Word& word, std::string_view what, const Table& table) {
  std::vector<std::string> known;
  for (const auto& entry : table) {
    if constexpr (requires { entry.name; })
      known.emplace_back(entry.name);
    else
      known.emplace_back(entry.first);
  }
  Issue& issue =
      context.report(Code::E0313, word.span, fmt::format("no {} is called `{}`", what, word.text));
  if (const auto guess = diagnostics::closest(word.text, known))
    issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), word.span, *guess};
  else
    issue.reason = fmt::format("there are {}", fmt::join(known, ", "));
  return issue;
}

class ConventionRules {
 public:
  explicit ConventionRules(Context& context) : context_(context) {}

  std::optional<Conventions> check(const std::vector<ast::Convention>& said) {
    for (const ast::Convention& convention : said) {
      if (!once(convention) || !this->convention(convention)) return std::nullopt;
    }
    for (const ast::Convention& convention : said) {
      if (convention.kind == Kind::like && !like(convention)) return std::nullopt;
    }
    return std::move(built_);
  }

 private:
  using Kind = ast::Convention::Kind;

  bool once(const ast::Convention& convention) {
    const auto [before, fresh] = seen_.emplace(convention.kind, convention.span);
    if (fresh) return true;
    Issue& issue = context_.report(Code::E0303, convention.span,
                                   fmt::format("`{}` says it twice", convention.span.text()));
    issue.labels.push_back(Label{before->second, "said here already"});
    return false;
  }

  bool convention(const ast::Convention& convention) {
    switch (convention.kind) {
      case Kind::sample: return sample(convention);
      case Kind::past: return past(convention);
      case Kind::held: return held(convention);
      case Kind::rewarm: return placed(convention, 2) && blend(convention, nullptr);
      case Kind::blend: return placed(convention, 3) && blend(convention);
      case Kind::extend: return placed(convention, 2) && extend(convention);
      case Kind::like: return true;  // what is said by hand goes before a dialect
    }
    return false;
  }

  // What happens in the life of a run happens at a position, the last of `values`.
  bool placed(const ast::Convention& convention, std::size_t values) {
    if (convention.values.size() == values) return true;
    Issue& issue = context_.report(Code::E0304, convention.span,
                                   fmt::format("`{}` does not say where", convention.span.text()));
    issue.reason = "where a run goes on is a position, and none is assumed";
    issue.fix = Fix{"write the position behind it, as in `at 5T tokens`", std::nullopt, ""};
    return false;
  }

  // M15: `extend to T keep value at P`.
  bool extend(const ast::Convention& convention) {
    if (context_.in_repeat) {
      context_.report(Code::E0302, convention.span, "a cycle cannot be extended").reason =
          "`extend` stretches what is left of a run";
      return false;
    }
    const auto end = check_duration(context_, convention.values[0]);
    const auto at = end ? check_length(context_, convention.values[1]) : std::nullopt;
    if (!at) return false;
    context_.need(policy::Need::Fact::run, convention.span);
    built_.extension = policy::Extension{*at, *end};
    return true;
  }

  bool blend(const ast::Convention& convention) {
    const Scoped start(context_.at_start, true);
    const Scoped reading(context_.reading, std::optional<Reading>());
    auto from = check_value_schedule(context_, convention.values[0]);
    return from && blend(convention, std::make_shared<const policy::Schedule>(std::move(*from)));
  }

  bool blend(const ast::Convention& convention, std::shared_ptr<const policy::Schedule> from) {
    const std::size_t first = convention.values.size() - 2;
    const auto over = check_duration(context_, convention.values[first]);
    const auto at = over ? check_length(context_, convention.values[first + 1]) : std::nullopt;
    if (!at) return false;
    built_.blends.push_back({std::move(from), *over, *at, context_.located(convention.span)});
    return true;
  }

  bool sample(const ast::Convention& convention) {
    built_.reading = convention.word.text == "start"    ? Reading::start
                     : convention.word.text == "middle" ? Reading::middle
                                                        : Reading::end;
    if (convention.values.empty()) return true;
    const auto length = check_length(context_, convention.values[0]);
    if (!length) return false;
    const exact::Rational* updates = length->exact();
    const bool whole = updates != nullptr && exact::denominator(*updates) == 1;
    if (length->of() != exact::Length::Of::steps || !whole) {
      context_
          .report(Code::E0104, convention.values[0].span,
                  fmt::format("late by `{}`", written(convention.values[0])))
          .fix = Fix{"count updates, as in `sample start late 1 step`", std::nullopt, ""};
      return false;
    }
    built_.late = length->terms[0].amount;
    return true;
  }

  bool past(const ast::Convention& convention) {
    for (const auto& [name, past] : pasts) {
      if (name != convention.word.text) continue;
      built_.past = past;
      return true;
    }
    unknown(context_, convention.word, "behaviour past the end", pasts);
    return false;
  }

  bool held(const ast::Convention& convention) {
    const auto length = check_duration(context_, convention.values[0]);
    if (!length) return false;
    built_.period = *length;
    return true;
  }

  bool like(const ast::Convention& convention) {
    if (!convention.values.empty() && convention.values[0].number != 1) {
      context_
          .report(Code::E0313, convention.span,
                  fmt::format("`{}` has one edition", convention.word.text))
          .fix = Fix{fmt::format("write `like {}`", convention.word.text), convention.span,
                     "like " + convention.word.text};
      return false;
    }
    for (const Dialect& dialect : dialects) {
      if (dialect.name != convention.word.text) continue;
      built_.native_reading = !built_.reading && !dialect.reading;
      if (!built_.reading) built_.reading = dialect.reading;
      if (!built_.past) built_.past = dialect.past;
      if (!built_.late && dialect.late != 0) built_.late = exact::Rational(dialect.late);
      return true;
    }
    unknown(context_, convention.word, "dialect", dialects);
    return false;
  }

  Context& context_;
  Conventions built_;
  std::map<Kind, Span> seen_;
};

}  // namespace

std::optional<Conventions> check_conventions(Context& context,
                                             const std::vector<ast::Convention>& said) {
  return ConventionRules(context).check(said);
}

}  // namespace lrc::check
