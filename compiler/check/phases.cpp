// What a phase means: its extent, its span, its form, and what may not be left out (M1, M7, M8).

#include <algorithm>
#include <array>

#include "compiler/check/clauses.h"

namespace lrc::check {
namespace {

using ast::ClauseKind;
using exact::Length;
using exact::Level;
using exact::Number;
using exact::Rational;
using policy::Phase;

// One phase, from its clauses to its meaning.
class PhaseRules {
 public:
  PhaseRules(Context& context, Clauses clauses) : context_(context), clauses_(clauses) {}

  std::optional<Phase> check() {
    Phase built{policy::Hold{}, {}, std::nullopt, std::nullopt, clauses_.phase.span};
    const bool fine =
        level(ClauseKind::from, built.from) && extent(built) && over(built) && form(built);
    return fine ? std::optional(std::move(built)) : std::nullopt;
  }

 private:
  using Form = bool (PhaseRules::*)(Phase&);

  bool form(Phase& built) {
    static const std::array<std::pair<std::string_view, Form>, 9> forms = {{
        {"warmup", &PhaseRules::warmup},
        {"cooldown", &PhaseRules::cooldown},
        {"hold", &PhaseRules::hold},
        {"constant", &PhaseRules::constant},
        {"step", &PhaseRules::step},
        {"rsqrt", &PhaseRules::rsqrt},
        {"repeat", &PhaseRules::repeat},
        {"cycle", &PhaseRules::cycle},
        {"exponential", &PhaseRules::exponential},
    }};
    for (const auto& [head, rule] : forms) {
      if (head == clauses_.phase.head.text) return (this->*rule)(built);
    }
    return ramp(built);
  }

  bool missing(std::string_view what, std::string_view example) {
    Issue& issue =
        context_.report(Code::E0304, clauses_.phase.head.span,
                        fmt::format("`{}` does not say {}", clauses_.phase.head.text, what));
    issue.fix = Fix{fmt::format("write it as in `{}`", example), std::nullopt, ""};
    return false;
  }

  bool level(ClauseKind kind, std::optional<Level>& place) {
    const ast::Value* value = clauses_.first(kind);
    if (value == nullptr) return true;
    place = check_level(context_, *value);
    return place.has_value();
  }

  // A duration above zero.
  std::optional<Length> duration(const ast::Value& value) {
    auto length = check_length(context_, value);
    if (!length) return std::nullopt;
    if (smallest(context_, length->amount) != Rational(0)) return length;
    if (std::holds_alternative<Rational>(length->amount)) {
      context_.report(Code::E0110, value.span, "a duration of zero").reason =
          "a phase that lasts no time is left out; a period or a timescale is above zero";
    } else {
      may_be_too_small(value, "0, and a duration is above zero");
    }
    return std::nullopt;
  }

  // A parameter whose default or range reaches where no value makes sense.
  void may_be_too_small(const ast::Value& value, std::string_view what) {
    Issue& issue = context_.report(Code::E0110, value.span,
                                   fmt::format("`{}` may be {}", written(value), what));
    issue.labels.push_back(
        Label{context_.parameters.at(value.word)->span, "a run may choose it from this"});
  }

  std::optional<Length> position(const ast::Value& value) { return check_length(context_, value); }

  bool extent(Phase& built) {
    using Kind = policy::Extent::Kind;
    const bool warmup = clauses_.phase.head.text == "warmup";
    const ast::Value* length = warmup ? clauses_.quantity : clauses_.first(ClauseKind::for_);
    const ast::Value* until = clauses_.first(ClauseKind::until);
    const ast::Value* last = clauses_.first(ClauseKind::last);
    if (length != nullptr && until != nullptr) {
      Issue& issue = context_.report(Code::E0303, clauses_[ClauseKind::until]->span,
                                     fmt::format("`{}` has two ends", clauses_.phase.head.text));
      issue.labels.push_back(Label{length->span, "its length is given here"});
      issue.reason = "a phase has a length or an end, not both";
      return false;
    }
    if (until != nullptr && context_.in_repeat) {
      context_.report(Code::E0309, clauses_[ClauseKind::until]->span, "`until` inside `repeat`")
          .reason = "`until` is a position of the run; inside `repeat` give a length with `for`";
      return false;
    }
    const ast::Value* given = length != nullptr ? length : until != nullptr ? until : last;
    if (given == nullptr) return true;
    const auto checked = until != nullptr ? position(*given) : duration(*given);
    if (!checked) return false;
    if (last != nullptr) context_.need(policy::Need::Fact::run, last->span);
    built.extent = {length != nullptr  ? Kind::for_
                    : until != nullptr ? Kind::until
                                       : Kind::last,
                    *checked};
    return true;
  }

  bool over(Phase& built) {
    const ast::Clause* clause = clauses_[ClauseKind::over];
    if (clause == nullptr) return true;
    const bool positions = clause->values.size() == 2;
    if (positions && !built.from) {
      context_
          .report(Code::E0304, clause->span,
                  "a ramp that does not start with its phase needs `from`")
          .fix = Fix{"say the level it starts from, as in `from 1x`", std::nullopt, ""};
      return false;
    }
    if (positions && context_.in_repeat) {
      context_.report(Code::E0309, clause->span, "`over P .. Q` inside `repeat`").reason =
          "positions are of the run";
      return false;
    }
    policy::Over built_over;
    if (positions) {
      built_over.begin = position(clause->values[0]);
      if (!built_over.begin) return false;
    }
    const auto end = positions ? position(clause->values[1]) : duration(clause->values[0]);
    if (!end) return false;
    built_over.end = *end;
    built.over = std::move(built_over);
    return true;
  }

  // A shape with its arguments. `power` is the only one that shapes of the library take.
  std::optional<policy::Shape> shape(const std::string& name, Span span) {
    policy::Shape built{context_.library.curve(name), {}, clauses_.reversed};
    if (built.curve == nullptr) return unknown_shape(context_, span, name), std::nullopt;
    const ast::Clause* power = clauses_[ClauseKind::power];
    const bool wanted = built.curve->parameters.size() > 1;
    if (wanted && power == nullptr) {
      context_.report(Code::E0304, span, fmt::format("`{}` does not say its power", name)).fix =
          Fix{fmt::format("write it as in `{} power 2`", name), std::nullopt, ""};
      return std::nullopt;
    }
    if (!wanted && power != nullptr) {
      context_.report(Code::E0302, power->span, fmt::format("`{}` does not take `power`", name))
          .reason = "only `polynomial` has a power";
      return std::nullopt;
    }
    if (power != nullptr) {
      const auto number = check_number(context_, power->values[0], "`power`");
      if (!number) return std::nullopt;
      if (smallest(context_, *number) == Rational(0)) {
        if (std::holds_alternative<Rational>(*number))
          context_.report(Code::E0110, power->span, "a power of zero").reason =
              "a shape rises from 0 to 1";
        else
          may_be_too_small(power->values[0], "0, and a power is above zero");
        return std::nullopt;
      }
      built.arguments.push_back(*number);
    }
    return built;
  }

  std::optional<policy::Shape> shape_or(const std::string& otherwise) {
    if (clauses_.shape != nullptr) return shape(clauses_.shape->word, clauses_.shape->span);
    return shape(otherwise, clauses_.phase.head.span);
  }

  bool warmup(Phase& built) {
    if (clauses_.quantity == nullptr && clauses_[ClauseKind::until] == nullptr)
      return missing("how long it lasts", "warmup 2000 steps");
    policy::Warmup form;
    auto curve = shape_or("linear");
    if (!curve || !level(ClauseKind::to, form.to)) return false;
    if (!form.to && !context_.outputs_with_peak.contains(context_.output))
      return missing("the level it goes to", "warmup 2000 steps to 0.9");
    if (!form.to) context_.need(policy::Need::Fact::peak, clauses_.phase.head.span);
    form.shape = std::move(*curve);
    built.form = std::move(form);
    return true;
  }

  bool cooldown(Phase& built) {
    if (clauses_[ClauseKind::last] == nullptr)
      return missing("how long it lasts", "cooldown last 20%");
    if (context_.in_repeat) {
      context_.report(Code::E0309, clauses_.phase.span, "`cooldown last` inside `repeat`").reason =
          "`last` counts from the end of the run";
      return false;
    }
    std::optional<Level> to = Level{false, Rational(0)};
    auto curve = shape_or("linear");
    if (!curve || !level(ClauseKind::to, to)) return false;
    built.form = policy::Cooldown{std::move(*curve), *to};
    return true;
  }

  bool hold(Phase& built) {
    if (clauses_.quantity != nullptr) {
      built.from = check_level(context_, *clauses_.quantity);
      return built.from.has_value();
    }
    return true;
  }

  bool constant(Phase&) { return true; }

  bool ramp(Phase& built) {
    std::optional<Level> to;
    if (!level(ClauseKind::to, to)) return false;
    if (!to)
      return missing("the level it goes to", fmt::format("{} to 0.1x", clauses_.phase.head.text));
    auto curve = shape(clauses_.phase.head.text, clauses_.phase.head.span);
    if (!curve) return false;
    built.form = policy::Ramp{std::move(*curve), *to};
    return needs_run_when_open(built);
  }

  // A ramp without a length needs to know what is left of the run.
  bool needs_run_when_open(const Phase& built) {
    const bool open = built.extent.kind == policy::Extent::Kind::open;
    if (open && !built.over && !context_.in_repeat)
      context_.need(policy::Need::Fact::run, clauses_.phase.span);
    return true;
  }

  bool exponential(Phase& built) {
    if (clauses_[ClauseKind::by] != nullptr) {
      if (clauses_[ClauseKind::to] != nullptr || clauses_[ClauseKind::over] != nullptr)
        return to_and_by();
      return decay(built);
    }
    std::optional<Level> to;
    if (!level(ClauseKind::to, to)) return false;
    if (!to)
      return missing("where it goes", "exponential to 0.01x` or `exponential by 0.95 per epoch");
    if (clauses_[ClauseKind::per] != nullptr || clauses_[ClauseKind::every] != nullptr)
      return missing("its factor", "exponential by 0.95 per epoch");
    if (is_zero(*to) || (built.from && is_zero(*built.from))) {
      context_.report(Code::E0504, clauses_.phase.span, "`exponential` to or from zero").reason =
          "no factor leads to zero; name a small level, such as `to 0.001x`";
      return false;
    }
    built.form = policy::ExponentialRamp{*to};
    return needs_run_when_open(built);
  }

  bool to_and_by() {
    Issue& issue = context_.report(
        Code::E0303, clauses_[ClauseKind::by]->span,
        fmt::format("`{}` goes to a level or by a factor, not both", clauses_.phase.head.text));
    const ast::Clause* other =
        clauses_[ClauseKind::to] != nullptr ? clauses_[ClauseKind::to] : clauses_[ClauseKind::over];
    issue.labels.push_back(Label{other->span, "said here already"});
    return false;
  }

  bool step(Phase& built) {
    const ast::Clause* to = clauses_[ClauseKind::to];
    if (to == nullptr)
      return clauses_[ClauseKind::by] != nullptr
                 ? decay(built)
                 : missing("where it goes", "step to 0.1x` or `step by 0.1 every 30 epochs");
    if (clauses_[ClauseKind::by] != nullptr) return to_and_by();
    if (clauses_[ClauseKind::every] != nullptr || clauses_[ClauseKind::at] != nullptr)
      return missing("its factor", "step by 0.1 every 30 epochs");
    if (clauses_[ClauseKind::from] != nullptr)
      return does_not_take(context_, clauses_.phase, *clauses_[ClauseKind::from]), false;
    return level(ClauseKind::to, built.from);  // a jump: the phase holds the level it starts from
  }

  bool decay(Phase& built) {
    const ast::Clause* by = clauses_[ClauseKind::by];
    const ast::Clause* per = clauses_[ClauseKind::per];
    const ast::Clause* every = clauses_[ClauseKind::every];
    const ast::Clause* at = clauses_[ClauseKind::at];
    auto factor = check_number(context_, by->values[0], "`by`");
    if (!factor) return false;
    const int given = (per != nullptr) + (every != nullptr) + (at != nullptr);
    if (given == 0)
      return missing("how often", clauses_.phase.head.text == "step"
                                      ? "step by 0.1 every 30 epochs"
                                      : "exponential by 0.95 per epoch");
    if (given > 1) return two_rhythms(per, every, at);
    policy::Decay form{std::move(*factor), Length{}, per == nullptr};
    if (at != nullptr) {
      auto positions = milestones(*at);
      if (!positions) return false;
      form.when = std::move(*positions);
    } else {
      const auto length = duration((per != nullptr ? per : every)->values[0]);
      if (!length) return false;
      form.when = *length;
    }
    built.form = std::move(form);
    return true;
  }

  bool two_rhythms(const ast::Clause* per, const ast::Clause* every, const ast::Clause* at) {
    const ast::Clause* first = per != nullptr ? per : every;
    const ast::Clause* second = at != nullptr ? at : every;
    Issue& issue = context_.report(
        Code::E0303, second->span,
        fmt::format("`{}` goes by `per`, `every` or `at`, one of them", clauses_.phase.head.text));
    issue.labels.push_back(Label{first->span, "said here already"});
    return false;
  }

  // `at 30, 60, 80 epochs`: a number without a unit has that of the next one that has any. A
  // parameter lends none.
  static std::vector<ast::Value> with_units(std::vector<ast::Value> values) {
    const ast::Value* unit = nullptr;
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      if (value->kind != ast::Value::Kind::plain) {
        unit = value->kind == ast::Value::Kind::name ? nullptr : &*value;
      } else if (unit != nullptr) {
        value->kind = unit->kind;
        value->word = unit->word;
      }
    }
    return values;
  }

  std::optional<std::vector<Length>> milestones(const ast::Clause& clause) {
    if (context_.in_repeat) {
      context_.report(Code::E0309, clause.span, "`at` inside `repeat`").reason =
          "`at` names positions of the run";
      return std::nullopt;
    }
    std::vector<Length> positions;
    const std::vector<ast::Value> values = with_units(clause.values);
    const auto bare = std::find_if(values.rbegin(), values.rend(), [](const ast::Value& value) {
      return value.kind == ast::Value::Kind::plain;
    });
    if (bare != values.rend()) return static_cast<void>(position(*bare)), std::nullopt;
    for (const ast::Value& value : values) {
      const auto checked = position(value);
      if (!checked) return std::nullopt;
      positions.push_back(*checked);
    }
    return positions;
  }

  bool rsqrt(Phase& built) {
    policy::InverseSquareRoot form;
    if (const ast::Value* timescale = clauses_.first(ClauseKind::timescale)) {
      form.timescale = duration(*timescale);
      if (!form.timescale) return false;
    } else if (context_.in_repeat) {
      return missing("its timescale, which inside `repeat` cannot be where it begins",
                     "rsqrt timescale 10K steps");
    }
    built.form = std::move(form);
    return true;
  }

  bool repeat(Phase& built) {
    const ast::Value* every = clauses_.first(ClauseKind::every);
    if (every == nullptr) return missing("how often", "repeat every 10 epochs { … }");
    const auto period = duration(*every);
    if (!period) return false;
    Number growth = Rational(1);
    if (const ast::Value* by = clauses_.first(ClauseKind::growing)) {
      auto number = check_number(context_, *by, "`growing by`");
      if (!number) return false;
      if (const auto least = smallest(context_, *number); least && *least < 1) {
        constexpr std::string_view reason =
            "infinitely many would fit into a finite time; a growth is at least 1";
        if (std::holds_alternative<Rational>(*number))
          context_
              .report(Code::E0110, by->span,
                      fmt::format("cycles growing by `{}` shrink", written(*by)))
              .reason = reason;
        else
          may_be_too_small(*by, "below 1, and a growth is at least 1");
        return false;
      }
      growth = std::move(*number);
      // The exact boundaries of such cycles need ever more digits, so the run must bound them.
      const auto* factor = std::get_if<Rational>(&growth);
      if (built.extent.kind == policy::Extent::Kind::open && !context_.in_repeat &&
          factor != nullptr && exact::denominator(*factor) != 1)
        context_.need(policy::Need::Fact::growth, clauses_.phase.span);
    }
    const bool outside = std::exchange(context_.in_repeat, true);
    auto body = check_schedule(context_, *clauses_.phase.body);
    context_.in_repeat = outside;
    if (!body) return false;
    if (!std::holds_alternative<policy::Timeline>(body->value)) {
      context_.report(Code::E0309, body->span, "`min` and `max` inside `repeat`").reason =
          "they combine whole schedules";
      return false;
    }
    built.form = policy::Repeat{*period, std::move(growth),
                                std::make_shared<const policy::Schedule>(std::move(*body))};
    return true;
  }

  bool cycle(Phase& built) {
    const ast::Clause* between = clauses_[ClauseKind::between];
    const ast::Value* every = clauses_.first(ClauseKind::every);
    if (between == nullptr)
      return missing("its two levels", "cycle triangular between 0.1x and 1x every 4 epochs");
    if (every == nullptr)
      return missing("how long a cycle lasts",
                     "cycle triangular between 0.1x and 1x every 4 epochs");
    auto curve = shape_or("triangular");
    const auto low = check_level(context_, between->values[0]);
    const auto high = low ? check_level(context_, between->values[1]) : std::nullopt;
    const auto period = high ? duration(*every) : std::nullopt;
    if (!curve || !period) return false;
    const auto* a = std::get_if<Rational>(&low->amount);
    const auto* b = std::get_if<Rational>(&high->amount);
    if (a != nullptr && b != nullptr && comparable(*low, *high) && *a > *b) {
      Issue& issue = context_.report(Code::E0110, between->span, "a cycle from high to low");
      issue.reason = "a cycle goes up in its first part, from the lower level";
      issue.fix = Fix{fmt::format("name the lower one first: `between {} and {}`",
                                  written(between->values[1]), written(between->values[0])),
                      std::nullopt, ""};
      return false;
    }
    built.form = policy::Cycle{std::move(*curve), *low, *high, *period};
    return true;
  }

  Context& context_;
  Clauses clauses_;
};

}  // namespace

namespace {

// `0.1x for 10%`, `1 1`: a value has no clauses of its own.
void behind_a_value(Context& context, const ast::Phase& phase) {
  const std::string head(phase.head.span.text());
  const Span behind = phase.clauses.empty() ? phase.span : phase.clauses[0].span;
  Issue& issue = context.report(Code::E0201, behind,
                                fmt::format("`{}` does not fit behind `{}`", behind.text(), head));
  issue.reason = "phases are joined by `then`, as in `warmup 6% then cosine to 0.1x`";
  issue.fix = Fix{fmt::format("to stay at a level write `hold {}`", head), std::nullopt, ""};
}

}  // namespace

std::optional<Phase> check_phase(Context& context, const ast::Phase& phase) {
  if (phase.formula != nullptr) return behind_a_value(context, phase), std::nullopt;
  const auto clauses = sort_clauses(context, phase);
  return clauses ? PhaseRules(context, *clauses).check() : std::nullopt;
}

}  // namespace lrc::check
