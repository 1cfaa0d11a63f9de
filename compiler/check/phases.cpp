// What a phase means: its extent, its span, its form, and what may not be left out (M1, M7, M8).

#include <algorithm>
#include <array>

#include "compiler/check/clauses.h"
#include "compiler/ir/operation.h"

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
    Phase built;
    built.span = context_.located(clauses_.phase.span);
    built.reading = context_.reading.value_or(policy::Reading::start);
    const bool fine =
        level(ClauseKind::from, built.from) && extent(built) && over(built) && form(built);
    return fine ? std::optional(std::move(built)) : std::nullopt;
  }

 private:
  using Form = bool (PhaseRules::*)(Phase&);

  bool form(Phase& built) {
    static const std::array<std::pair<std::string_view, Form>, 11> forms = {{
        {"warmup", &PhaseRules::warmup},
        {"cooldown", &PhaseRules::cooldown},
        {"hold", &PhaseRules::hold},
        {"constant", &PhaseRules::constant},
        {"step", &PhaseRules::step},
        {"rsqrt", &PhaseRules::rsqrt},
        {"power", &PhaseRules::power},
        {"anneal", &PhaseRules::anneal},
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

  std::optional<Length> duration(const ast::Value& value) {
    return check_duration(context_, value);
  }

  std::optional<Length> position(const ast::Value& value) { return check_length(context_, value); }

  bool extent(Phase& built) {
    using Kind = policy::Extent::Kind;
    const std::string& head = clauses_.phase.head.text;
    const bool leads = head == "warmup" || head == "anneal";  // its length stands by itself
    const ast::Value* length = leads ? clauses_.quantity : clauses_.first(ClauseKind::for_);
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
      context_.report(Code::E0302, clauses_[ClauseKind::until]->span, "`until` inside `repeat`")
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
      context_.report(Code::E0302, clause->span, "`over P .. Q` inside `repeat`").reason =
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

  // A shape with its arguments: in brackets, or behind `power`.
  std::optional<policy::Shape> shape(const ast::Value& value) {
    const auto named = context_.names.find(value.word);
    if (named != context_.names.end()) return std::get<policy::Shape>(named->second.value);
    policy::Shape built{context_.library.curve(value.word), {}, clauses_.reversed};
    if (built.curve == nullptr)
      return unknown_shape(context_, value.span, value.word), std::nullopt;
    if (!arguments(value, built) || !all_arguments(value, built)) return std::nullopt;
    if (is_shape(built)) return built;
    context_
        .report(Code::E0312, value.span, fmt::format("`{}` is no shape of a ramp", written(value)))
        .reason = "a shape is 0 at progress 0 and 1 at progress 1, exactly";
    return std::nullopt;
  }

  bool arguments(const ast::Value& value, policy::Shape& built) {
    for (const ast::Argument& argument : value.arguments) {
      const ast::Value* item = argument.name ? nullptr : as_value(*argument.schedule);
      if (item == nullptr) {
        context_.report(Code::E0311, value.span,
                        fmt::format("`{}` takes plain numbers without names", value.word));
        return false;
      }
      const auto number = check_number(context_, *item, "a shape");
      if (!number) return false;
      built.arguments.push_back(*number);
    }
    const ast::Clause* power = clauses_[ClauseKind::power];
    if (power == nullptr) return true;
    if (built.curve->parameters.size() != built.arguments.size() + 2) {
      context_
          .report(Code::E0302, power->span, fmt::format("`{}` does not take `power`", value.word))
          .reason = "shapes with one argument, such as `polynomial`, take one";
      return false;
    }
    const auto number = check_number(context_, power->values[0], "`power`");
    if (!number || !above_zero(*number, *power)) return false;
    built.arguments.push_back(*number);
    return true;
  }

  bool above_zero(const Number& number, const ast::Clause& power) {
    if (smallest(context_, number) != Rational(0)) return true;
    if (std::holds_alternative<Rational>(number)) {
      context_.report(Code::E0110, power.span, "a power of zero").reason =
          "a shape rises from 0 to 1";
    } else {
      may_be_too_small(context_, power.values[0], "0, and a power is above zero");
    }
    return false;
  }

  bool all_arguments(const ast::Value& value, const policy::Shape& built) {
    const std::size_t wanted = built.curve->parameters.size() - 1;
    if (built.arguments.size() == wanted) return true;
    const bool power = wanted == 1 && built.arguments.empty();
    Issue& issue = context_.report(
        Code::E0304, value.span,
        power ? fmt::format("`{}` does not say its power", value.word)
              : fmt::format("`{}` takes {} numbers beside the progress", value.word, wanted));
    if (power)
      issue.fix = Fix{fmt::format("write it as in `{} power 2`", value.word), std::nullopt, ""};
    return false;
  }

  std::optional<policy::Shape> shape_or(const std::string& otherwise) {
    if (clauses_.shape != nullptr) return shape(*clauses_.shape);
    return shape(
        {.kind = ast::Value::Kind::name, .word = otherwise, .span = clauses_.phase.head.span});
  }

  // The shape that is the word of the phase.
  std::optional<policy::Shape> own_shape() {
    const ast::Phase& phase = clauses_.phase;
    clauses_.reversed = phase.reversed;
    return shape({.kind = ast::Value::Kind::call,
                  .word = phase.head.text,
                  .span = phase.head.span,
                  .arguments = phase.arguments});
  }

  [[nodiscard]] bool shaped_exponential() const {
    return clauses_.shape != nullptr && clauses_.shape->word == "exponential";
  }

  bool warmup(Phase& built) {
    if (clauses_.quantity == nullptr && clauses_[ClauseKind::until] == nullptr)
      return missing("how long it lasts", "warmup 2000 steps");
    built.reading = context_.reading.value_or(policy::Reading::end);  // M6
    std::optional<Level> to;
    if (context_.is_factor) to = Level{false, Rational(1)};
    if (!level(ClauseKind::to, to)) return false;
    if (!to && !context_.has_peak())
      return missing("the level it goes to", "warmup 2000 steps to 0.9");
    if (!to) context_.need(policy::Need::Fact::peak, clauses_.phase.head.span);
    if (shaped_exponential()) {
      std::optional<Level> from = built.from;
      if (!from && context_.at_start) from = Level{false, Rational(0)};
      const bool fine = not_zero(from) && not_zero(to);
      built.form = policy::ExponentialRamp{std::move(to), true};
      return fine;
    }
    warn_of_zero(context_.at_start && !built.from && built.reading == policy::Reading::start,
                 "the first update of this warmup has a learning rate of 0 and changes nothing",
                 "it is read at the start of the update, where the warmup begins",
                 "say `from 0` if that is meant, or leave `sample start` out");
    auto curve = shape_or("linear");
    if (!curve) return false;
    built.form = policy::Warmup{std::move(*curve), std::move(to)};
    return true;
  }

  // M6: an update that does nothing is said.
  void warn_of_zero(bool wasted, std::string message, std::string reason, std::string advice) {
    if (!wasted || context_.output != "lr" || context_.is_factor || context_.in_repeat) return;
    Issue& issue = context_.report(Code::W0501, clauses_.phase.span, std::move(message));
    issue.reason = std::move(reason);
    issue.fix = Fix{std::move(advice), std::nullopt, ""};
  }

  // No factor leads from or to zero.
  bool not_zero(const std::optional<Level>& level) {
    if (!level || !is_zero(*level)) return true;
    context_.report(Code::E0504, clauses_.phase.span, "`exponential` to or from zero").reason =
        "no factor leads to zero; name a small level, such as `to 0.001x`";
    return false;
  }

  bool cooldown(Phase& built) {
    if (clauses_[ClauseKind::last] == nullptr)
      return missing("how long it lasts", "cooldown last 20%");
    if (context_.in_repeat) {
      context_.report(Code::E0302, clauses_.phase.span, "`cooldown last` inside `repeat`").reason =
          "`last` counts from the end of the run";
      return false;
    }
    return falls_to_the_end(built);
  }

  bool anneal(Phase& built) {
    if (clauses_.quantity == nullptr && clauses_[ClauseKind::until] == nullptr)
      return missing("how long it lasts", "anneal 50B tokens");
    return falls_to_the_end(built);
  }

  bool falls_to_the_end(Phase& built) {
    std::optional<Level> to = Level{false, Rational(0)};
    if (!level(ClauseKind::to, to)) return false;
    if (shaped_exponential()) {
      const bool fine = not_zero(built.from) && not_zero(to);
      built.form = policy::ExponentialRamp{std::move(to), false};
      return fine;
    }
    warn_of_zero(clauses_[ClauseKind::to] == nullptr && built.reading == policy::Reading::end,
                 "the last update of this phase has a learning rate of 0 and changes nothing",
                 "it is read at the end of the update, where the phase has reached 0",
                 "say `to 0` if that is meant, or leave `sample end` out");
    auto curve = shape_or("linear");
    if (!curve) return false;
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
    auto curve = own_shape();
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
    const bool fine = not_zero(built.from) && not_zero(to);
    built.form = policy::ExponentialRamp{std::move(to), false};
    return fine && needs_run_when_open(built);
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
  // parameter lends none, and neither does what is computed.
  static std::vector<ast::Value> with_units(std::vector<ast::Value> values) {
    const ast::Value* unit = nullptr;
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      if (value->kind != ast::Value::Kind::plain) {
        unit = value->kind <= ast::Value::Kind::unit ? &*value : nullptr;
      } else if (unit != nullptr) {
        value->kind = unit->kind;
        value->word = unit->word;
      }
    }
    return values;
  }

  std::optional<std::vector<Length>> milestones(const ast::Clause& clause) {
    if (context_.in_repeat) {
      context_.report(Code::E0302, clause.span, "`at` inside `repeat`").reason =
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

  bool power(Phase& built) {
    if (clauses_.quantity == nullptr || clauses_[ClauseKind::timescale] == nullptr)
      return missing("its power and its timescale", "power -0.5 timescale 10K steps");
    const auto number = check_signed_number(context_, *clauses_.quantity, "`power`");
    const auto timescale = number ? duration(*clauses_.first(ClauseKind::timescale)) : std::nullopt;
    if (!timescale) return false;
    built.form = policy::PowerLaw{*number, *timescale};
    return true;
  }

  bool factor(ClauseKind kind, Number& place, std::string_view of) {
    const ast::Value* value = clauses_.first(kind);
    if (value == nullptr) return true;
    auto number = check_number(context_, *value, of);
    if (number) place = std::move(*number);
    return number.has_value();
  }

  // What changes from one cycle to the next.
  bool growth(policy::Growth& growth) {
    if (!factor(ClauseKind::growing, growth.length, "`growing by`") ||
        !factor(ClauseKind::peak, growth.peak, "`peak by`") ||
        !factor(ClauseKind::swing, growth.swing, "`swing by`"))
      return false;
    if (clauses_[ClauseKind::at_most] != nullptr) {
      growth.at_most = Rational(0);
      if (!factor(ClauseKind::at_most, *growth.at_most, "`at most`") ||
          !counts_cycles(*growth.at_most, ClauseKind::at_most))
        return false;
    }
    return grows(growth);
  }

  bool counts_cycles(const Number& count, ClauseKind kind) {
    const auto* number = std::get_if<Rational>(&count);
    if (number != nullptr && exact::denominator(*number) == 1 && *number >= 1) return true;
    const ast::Clause& clause = *clauses_[kind];
    context_
        .report(Code::E0110, clause.span,
                fmt::format("`{}` is no number of cycles", clause.span.text()))
        .reason = "cycles are counted in whole numbers from 1";
    return false;
  }

  // Infinitely many cycles that shrink would fit into a finite time.
  bool grows(const policy::Growth& growth) {
    const bool counted = growth.at_most || clauses_[ClauseKind::times] != nullptr;
    const auto least = smallest(context_, growth.length);
    if (counted || !least || *least >= 1) return true;
    const ast::Value& by = *clauses_.first(ClauseKind::growing);
    constexpr std::string_view reason =
        "infinitely many would fit into a finite time; a growth is at least 1, or say `at most N "
        "cycles`";
    if (std::holds_alternative<Rational>(growth.length))
      context_
          .report(Code::E0110, by.span, fmt::format("cycles growing by `{}` shrink", written(by)))
          .reason = reason;
    else
      may_be_too_small(context_, by, "below 1, and a growth is at least 1");
    return false;
  }

  // Cycles that are built one by one must be bounded by the run.
  void need_bound(const Phase& built, const policy::Growth& growth) {
    const bool open = built.extent.kind == policy::Extent::Kind::open && !context_.in_repeat;
    const auto* factor = std::get_if<Rational>(&growth.length);
    const bool endless = factor == nullptr || exact::denominator(*factor) != 1;
    if (open && factor != nullptr && endless && !growth.at_most)
      context_.need(policy::Need::Fact::growth, clauses_.phase.span);
  }

  bool period(Phase& built, std::variant<Length, Number>& place) {
    const ast::Value* every = clauses_.first(ClauseKind::every);
    const ast::Clause* times = clauses_[ClauseKind::times];
    if (every == nullptr && times == nullptr)
      return missing("how often", "repeat every 10 epochs { … }` or `repeat 3 times { … }");
    if (every != nullptr && times != nullptr) {
      Issue& issue = context_.report(Code::E0303, times->span,
                                     "`repeat` goes by `every` or by a number of times");
      issue.labels.push_back(Label{every->span, "said here already"});
      return false;
    }
    if (every != nullptr) {
      const auto length = duration(*every);
      if (length) place = *length;
      return length.has_value();
    }
    place = Number(times->values[0].number);
    if (built.extent.kind == policy::Extent::Kind::open && !context_.in_repeat)
      context_.need(policy::Need::Fact::run, clauses_.phase.span);
    return counts_cycles(std::get<Number>(place), ClauseKind::times);
  }

  bool repeat(Phase& built) {
    policy::Repeat form;
    if (!period(built, form.period) || !growth(form.growth)) return false;
    need_bound(built, form.growth);
    const Scoped inside(context_.in_repeat, true);
    auto body = check_schedule(context_, *clauses_.phase.body);
    if (!body) return false;
    if (!std::holds_alternative<policy::Timeline>(body->value)) {
      context_
          .report(Code::E0302, clauses_.phase.body->span,
                  "a combination of schedules inside `repeat`")
          .reason = "`repeat` repeats phases; combine whole schedules outside of it";
      return false;
    }
    form.body = std::make_shared<const policy::Schedule>(std::move(*body));
    built.form = std::move(form);
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
    policy::Cycle form;
    if (!curve || !period || !growth(form.growth) || !rises_for(form.up)) return false;
    need_bound(built, form.growth);
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
    form.shape = std::move(*curve);
    form.low = *low;
    form.high = *high;
    form.period = *period;
    built.form = std::move(form);
    return true;
  }

  bool rises_for(Number& share) {
    const ast::Value* up = clauses_.first(ClauseKind::up);
    if (up == nullptr) return true;
    const auto number = check_number(context_, *up, "`up`");
    if (!number) return false;
    const auto* literal = std::get_if<Rational>(&*number);
    if (literal != nullptr && (*literal <= 0 || *literal >= 1)) {
      context_.report(Code::E0110, up->span, fmt::format("`up {}`", written(*up))).reason =
          "`up` is the share of a cycle that rises, between 0 and 1, as in `up 1/3`";
      return false;
    }
    share = *number;
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

// `for D` or `until P` behind a formula.
bool formula_extent(Context& context, const ast::Phase& phase, policy::Extent& extent) {
  using Kind = policy::Extent::Kind;
  for (const ast::Clause& clause : phase.clauses) {
    const bool for_ = clause.kind == ClauseKind::for_;
    if ((!for_ && clause.kind != ClauseKind::until) || extent.kind != Kind::open) {
      context
          .report(Code::E0302, clause.span,
                  fmt::format("`{}` behind a schedule in brackets", clause.span.text()))
          .reason = "it takes `for` or `until`, once";
      return false;
    }
    const auto length =
        for_ ? check_duration(context, clause.values[0]) : check_length(context, clause.values[0]);
    if (!length) return false;
    extent = {for_ ? Kind::for_ : Kind::until, *length};
  }
  return true;
}

// `(0.5x / (position in steps)) for 10%`: a formula as a phase.
std::optional<Phase> formula_phase(Context& context, const ast::Phase& phase) {
  const ast::Value* value = as_value(*phase.formula);
  if (phase.body != nullptr || (value != nullptr && is_constant(context, *value)))
    return behind_a_value(context, phase), std::nullopt;
  auto inner = check_schedule(context, *phase.formula);
  policy::Extent extent;
  if (!inner || !formula_extent(context, phase, extent)) return std::nullopt;
  auto* timeline = std::get_if<policy::Timeline>(&inner->value);
  const bool single = timeline != nullptr && timeline->phases.size() == 1 &&
                      timeline->phases[0].extent.kind == policy::Extent::Kind::open;
  if (timeline != nullptr && !single) {
    context.report(Code::E0302, phase.span, "a length for phases that have their own").reason =
        "`for` and `until` behind brackets belong to a formula, or to one phase without a length";
    return std::nullopt;
  }
  if (single) {
    timeline->phases[0].extent = extent;
    return std::move(timeline->phases[0]);
  }
  Phase built;
  built.span = context.located(phase.span);
  built.extent = extent;
  built.reading = context.reading.value_or(policy::Reading::start);
  built.form = policy::Formulaic{std::make_shared<const policy::Schedule>(std::move(*inner))};
  return built;
}

// `hold (0.1x * 2) for 10%` begins like a call, and is a phase with a value in brackets.
std::optional<ast::Phase> with_value(const ast::Phase& phase) {
  const bool one = phase.arguments.size() == 1 && !phase.arguments[0].name;
  const ast::Value* value = one ? as_value(*phase.arguments[0].schedule) : nullptr;
  if (value == nullptr || !is_phase_word(phase.head.text)) return std::nullopt;
  ast::Phase built = phase;
  built.arguments.clear();
  built.head.span.end = built.head.span.begin + static_cast<std::uint32_t>(phase.head.text.size());
  built.clauses.insert(built.clauses.begin(), {ClauseKind::value, {*value}, value->span});
  return built;
}

// `(exp2(progress)) for 10%` begins like a call, and is a formula in brackets.
std::optional<ast::Phase> with_formula(const ast::Phase& phase) {
  if (phase.arguments.empty() || ir::operation_named(phase.head.text) == nullptr ||
      phase.head.span.text()[0] != '(')
    return std::nullopt;
  const ast::Value call{.kind = ast::Value::Kind::call,
                        .word = phase.head.text,
                        .span = phase.head.span,
                        .arguments = phase.arguments};
  ast::Phase built = phase;
  built.arguments.clear();
  built.formula =
      std::make_shared<const ast::Schedule>(ast::Schedule{{ast::Part(call)}, {}, phase.head.span});
  return built;
}

}  // namespace

std::optional<Phase> check_phase(Context& context, const ast::Phase& phase) {
  if (phase.formula != nullptr) return formula_phase(context, phase);
  if (const auto formula = with_formula(phase)) return formula_phase(context, *formula);
  if (const auto written_out = with_value(phase)) return check_phase(context, *written_out);
  const auto clauses = sort_clauses(context, phase);
  return clauses ? PhaseRules(context, *clauses).check() : std::nullopt;
}

}  // namespace lrc::check
