// composer.optim.scheduler: functions of the counters before a batch, clamped at their ends. Times
// are texts such as `10ep`, `0.8dur` or `6553600tok`; the peer cuts them to whole counts.

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

const std::vector<std::string> classes = {"ConstantScheduler",
                                          "ConstantWithWarmupScheduler",
                                          "CosineAnnealingScheduler",
                                          "CosineAnnealingWarmRestartsScheduler",
                                          "CosineAnnealingWithWarmupScheduler",
                                          "ExponentialScheduler",
                                          "LinearScheduler",
                                          "LinearWithWarmupScheduler",
                                          "MultiStepScheduler",
                                          "MultiStepWithWarmupScheduler",
                                          "PolynomialScheduler",
                                          "PolynomialWithWarmupScheduler",
                                          "StepScheduler"};

struct Time {
  double value = 0;
  std::string unit;   // ba, sp or tok once it is a count
  std::string words;  // how a policy says it where that is no plain count
};

constexpr const char* time_form =
    "a time is a number and its unit, as in `10ep`, `100ba`, `3200sp`, `65536tok` or `0.8dur`";

Time read_time(const std::string& name, const Json& given) {
  if (!given.is_string()) refuse_value(name, given, time_form);
  std::string text = given.get<std::string>();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  std::erase(text, '_');
  for (const char* unit : {"ep", "ba", "sp", "tok", "dur"}) {
    if (!text.ends_with(unit)) continue;
    const std::string digits = text.substr(0, text.size() - std::string(unit).size());
    char* end = nullptr;
    const double value = std::strtod(digits.c_str(), &end);
    while (std::isspace(static_cast<unsigned char>(*end)) != 0) ++end;
    if (digits.empty() || *end != '\0' || !std::isfinite(value)) break;
    if (text.ends_with("dur") || value == std::floor(value)) return {value, unit, ""};
    refuse_value(name, given, fmt::format("the peer counts whole {} only", unit));
  }
  refuse_value(name, given, time_form);
}

// The trainer's state: the run, and what an update adds to each counter.
class Trainer {
 public:
  explicit Trainer(const Case& given) : ratio_(given.facts().number("ssr", 1)) {
    static const Json none = Json::object();
    const Arguments facts = given.facts();
    const Arguments state(facts.has("state") ? facts.any("state") : none, "`state`");
    if (state.has("max_duration")) {
      run_ = read_time("max_duration", state.any("max_duration"));
      run_.value = std::trunc(run_.value * ratio_);
    }
    epoch_ = state.maybe("dataloader_len");
    samples_ = state.maybe("batch_size");
    tokens_ = state.maybe("tokens_per_batch");
    state.finish();
  }

  // As the peer converts a time: shares of the run and epochs become counts, and the ratio
  // stretches what is no share.
  [[nodiscard]] Time convert(const std::string& name, const Json& given, bool scaled = true) const {
    const double ratio = scaled ? ratio_ : 1;
    Time time = read_time(name, given);
    if (time.unit == "dur") return share(name, given, time.value);
    if (time.unit == "ep") {
      const double epochs_told = time.value;
      time = {time.value * epoch(name), "ba", ""};
      if (ratio == 1) time.words = length(epochs_told, epochs);
    }
    time.value = std::trunc(time.value * ratio);
    return time;
  }

  // What one update adds to the counter.
  [[nodiscard]] double increment(const std::string& unit) const {
    if (unit == "ba") return 1;
    const auto& rate = unit == "sp" ? samples_ : tokens_;
    const char* name = unit == "sp" ? "batch_size" : "tokens_per_batch";
    if (rate) return *rate;
    refuse(diagnostics::Code::E1004, fmt::format("`state` has no `{}`", name),
           fmt::format("times in `{}` need it", unit));
  }

  [[nodiscard]] const Time& run() const { return run_; }
  [[nodiscard]] double ratio() const { return ratio_; }
  [[nodiscard]] std::optional<double> epoch_length() const { return epoch_; }
  // The run in its counter.
  [[nodiscard]] Time run_counted() const {
    if (run_.unit != "ep") return run_;
    return {run_.value * epoch("max_duration"), "ba", ""};
  }

 private:
  [[nodiscard]] double epoch(const std::string& name) const {
    if (epoch_) return *epoch_;
    refuse(diagnostics::Code::E1004, "`state` has no `dataloader_len`",
           fmt::format("`{}` counts epochs", name));
  }

  [[nodiscard]] Time share(const std::string& name, const Json& given, double share) const {
    if (run_.unit.empty())
      refuse_value(name, given, "a share of the run needs `max_duration` in `state`");
    const double rate = run_.unit == "ep" ? epoch(name) : 1;
    const double exact = share * rate * run_.value;
    const std::string unit = run_.unit == "ep" ? "ba" : run_.unit;
    Time time{std::trunc(exact), unit, percent(share)};
    if (exact == time.value) return time;
    // A share is rounded in the unit of the run, and epochs are too long for that.
    time.words = run_.unit == "ep" ? "" : time.words + " rounded down of the float product";
    return time;
  }

  double ratio_;
  Time run_;
  std::optional<double> epoch_, samples_, tokens_;
};

// The counter that a policy is told in: the one that all its times use, else updates.
class Clock {
 public:
  Clock(const Trainer& trainer, const std::vector<Time>& times) : trainer_(trainer) {
    unit_ = times.empty() ? "ba" : times.front().unit;
    for (const Time& time : times)
      if (time.unit != unit_) unit_ = "ba";
  }

  [[nodiscard]] const std::string& unit() const { return unit_; }
  [[nodiscard]] double in(const Time& time) const {
    if (time.unit == unit_) return time.value;
    return time.value / trainer_.increment(time.unit);
  }
  // Where the first update begins that has reached the time.
  [[nodiscard]] double reached(const Time& time) const {
    return time.unit == unit_ ? time.value : std::ceil(in(time));
  }
  // Shares need a policy that states its run.
  [[nodiscard]] std::string words(const Time& time, const Context& context) const {
    const bool share = time.words.find('%') != std::string::npos;
    return time.unit == unit_ && (context.run || !share) ? time.words : "";
  }

 private:
  const Trainer& trainer_;
  std::string unit_;
};

void state_clock(Draft& draft, const Trainer& trainer, const Clock& clock) {
  if (clock.unit() != "ba") {
    draft.context.unit = clock.unit() == "sp" ? samples : tokens;
    draft.facts.push_back(fmt::format("batch {} per step",
                                      length(trainer.increment(clock.unit()), draft.context.unit)));
  }
  if (const auto epoch = trainer.epoch_length(); epoch && clock.unit() == "ba")
    draft.facts.push_back("1 epoch = " + length(*epoch, steps));
}

// The run is stated where the schedule ends with it.
void state_run(Draft& draft, const Trainer& trainer, const Clock& clock, double end) {
  const Time run = trainer.run_counted();
  if (run.unit != clock.unit() || run.value != end || end <= 0) return;
  draft.set_run(end);
  if (trainer.run().unit == "ep") draft.run_words = length(trainer.run().value, epochs);
}

struct Warmup {
  Time time;  // when the rest takes over
  Time ramp;  // what it rises over
};

Warmup warmup_of(const Arguments& arguments, const Trainer& trainer) {
  const Json& given = arguments.any("t_warmup");
  const bool scaled = arguments.flag("scale_warmup", false);
  return {trainer.convert("t_warmup", given, false), trainer.convert("t_warmup", given, scaled)};
}

// Where the ratio stretches the ramp, the rest still takes over at its own time.
void rise(Chain& chain, const Clock& clock, const Warmup& warmup, double top,
          const Context& context) {
  if (warmup.time.value <= 0) return;
  const double length = clock.in(warmup.time), ramp = clock.in(warmup.ramp);
  if (ramp == length) {
    chain.ramp(linear(), x(0), x(top), length, clock.words(warmup.time, context));
  } else if (ramp < length) {
    chain.ramp(linear(), x(0), x(top), ramp);
    chain.hold(x(top), length - ramp);
  } else {
    chain.ramp_over(linear(), x(0), x(top), 0, ramp, length);
  }
}

// A ramp from `top` to `floor` between the warmup and t_max, clamped at its ends.
void descent(Draft& draft, const Arguments& arguments, const Trainer& trainer, const Shape& shape,
             Level top, Level floor, bool warmed) {
  static const Json whole = "1dur";
  const Time end =
      trainer.convert("t_max", arguments.has("t_max") ? arguments.any("t_max") : whole);
  Warmup warmup;
  warmup.time.unit = end.unit;
  if (warmed) warmup = warmup_of(arguments, trainer);
  if (warmup.time.unit != end.unit)
    refuse_value("t_warmup", arguments.any("t_warmup"), "the peer wants it in the unit of `t_max`");
  const Time run = trainer.run_counted();
  if (warmed && run.unit == end.unit && end.value < run.value)
    refuse_value("t_max", arguments.any("t_max"), "the peer wants it to reach the end of the run");
  const Clock clock(trainer, {end});
  state_clock(draft, trainer, clock);
  const double begin = clock.in(warmup.time);
  if (end.value > begin) state_run(draft, trainer, clock, end.value);
  Chain chain;
  rise(chain, clock, warmup, top.value, draft.context);
  if (end.value > begin)
    chain.ramp(shape, top, floor, end.value - begin);
  else
    chain.hold(top);
  if (end.value > begin && !draft.context.run) chain.hold(floor);
  draft.add("lr", chain);
}

void constant(Draft& draft, const Arguments& arguments, const Trainer& trainer) {
  static const Json whole = "1dur";
  const Level kept = x(arguments.number("alpha", 1));
  if (kept.value == 1) {
    arguments.ignore({"t_max"});
    return draft.add_text("lr", "constant");
  }
  const Time end =
      trainer.convert("t_max", arguments.has("t_max") ? arguments.any("t_max") : whole);
  const Clock clock(trainer, {end});
  state_clock(draft, trainer, clock);
  Chain chain;
  chain.hold(kept, end.value);
  chain.hold(x(1));
  draft.add("lr", chain);
}

void exponential(Draft& draft, const Arguments& arguments, const Trainer& trainer) {
  static const Json one = "1ep";
  const Time period = trainer.convert(
      "decay_period", arguments.has("decay_period") ? arguments.any("decay_period") : one);
  if (period.value <= 0)
    refuse_value("decay_period", arguments.any("decay_period"), "a time above zero is needed");
  const Clock clock(trainer, {period});
  state_clock(draft, trainer, clock);
  Chain chain;
  chain.decay(arguments.number("gamma"), period.value, x(1));
  draft.add("lr", chain);
}

void stairs(Draft& draft, const Arguments& arguments, const Trainer& trainer) {
  const Time size = trainer.convert("step_size", arguments.any("step_size"));
  if (size.value <= 0)
    refuse_value("step_size", arguments.any("step_size"), "a time above zero is needed");
  const Clock clock(trainer, {size});
  state_clock(draft, trainer, clock);
  Chain chain;
  chain.stairs(arguments.number("gamma", 0.1), size.value, x(1));
  draft.add("lr", chain);
}

// The milestones that the warmup has passed act where it ends.
void multistep(Draft& draft, const Arguments& arguments, const Trainer& trainer, bool warmed) {
  const double gamma = arguments.number("gamma", 0.1);
  std::vector<Time> times;
  for (const Json& milestone : arguments.list("milestones"))
    times.push_back(trainer.convert("milestones", milestone));
  const std::size_t milestones = times.size();
  Warmup warmup;
  if (warmed) {
    warmup = warmup_of(arguments, trainer);
    times.push_back(warmup.time);
  } else {
    warmup.time.unit = times.empty() ? "ba" : times.front().unit;
  }
  const Clock clock(trainer, times);
  state_clock(draft, trainer, clock);
  const double begin = clock.reached(warmup.time);
  double factor = 1;
  std::vector<double> at;
  for (std::size_t i = 0; i < milestones; ++i) {
    const double position = clock.reached(times[i]);
    if (position <= begin)
      factor *= gamma;
    else
      at.push_back(position);
  }
  std::sort(at.begin(), at.end());
  const double run = trainer.run_counted().value;
  if (begin < run && (at.empty() || at.back() < run)) state_run(draft, trainer, clock, run);
  Chain chain;
  rise(chain, clock, warmup, 1, draft.context);
  chain.jumps(gamma, at, x(factor));
  draft.add("lr", chain);
}

// The cycles of the peer are cut to whole counts one by one, so they may have to be told so.
void restarts(Draft& draft, const Arguments& arguments, const Trainer& trainer, double horizon) {
  const Time first = trainer.convert("t_0", arguments.any("t_0"));
  const double growth = arguments.number("t_mult", 1);
  const Level floor = x(arguments.number("alpha_f", 0));
  if (first.value <= 0) refuse_value("t_0", arguments.any("t_0"), "a time above zero is needed");
  const Clock clock(trainer, {first});
  state_clock(draft, trainer, clock);
  Chain chain;
  if (growth >= 1 && growth == std::floor(growth)) {
    chain.words(fmt::format(
        "repeat every {}{} {{ cosine from 1x to {} }}", length(first.value, draft.context.unit),
        growth == 1 ? "" : " growing by " + number(growth), level(floor, draft.context)));
    return draft.add("lr", chain);
  }
  constexpr double runs = 3;
  constexpr int most = 200;
  const double end = runs * horizon * trainer.increment(first.unit);
  double cycle = first.value;
  for (int i = 0; i < most && cycle > 0 && chain.closed() < end; ++i) {
    chain.ramp(cosine(), x(1), floor, cycle);
    cycle = std::trunc(growth * cycle);
  }
  chain.hold();
  draft.comments.push_back(
      "The peer cuts each cycle to a whole count and raises an error when none is left; here there "
      "are as many as begin within three runs.");
  draft.add("lr", chain);
}

void add_schedule(Draft& draft, const std::string& name, const Arguments& arguments,
                  const Trainer& trainer, double horizon) {
  const bool warmed = name.find("WithWarmup") != std::string::npos;
  if (name == "StepScheduler") return stairs(draft, arguments, trainer);
  if (name.starts_with("MultiStep")) return multistep(draft, arguments, trainer, warmed);
  if (name == "ConstantScheduler") return constant(draft, arguments, trainer);
  if (name == "ExponentialScheduler") return exponential(draft, arguments, trainer);
  if (name == "CosineAnnealingWarmRestartsScheduler")
    return restarts(draft, arguments, trainer, horizon);
  if (name == "ConstantWithWarmupScheduler") {
    const Level kept = x(arguments.number("alpha", 1));
    return descent(draft, arguments, trainer, linear(), kept, kept, warmed);
  }
  if (name.starts_with("Linear")) {
    const Level top = x(arguments.number("alpha_i", 1)), floor = x(arguments.number("alpha_f", 0));
    return descent(draft, arguments, trainer, linear(), top, floor, warmed);
  }
  const Level floor = x(arguments.number("alpha_f", 0));
  if (name.starts_with("Cosine"))
    return descent(draft, arguments, trainer, cosine(), x(1), floor, warmed);
  const double power = warmed ? arguments.number("power", 2) : arguments.number("power");
  descent(draft, arguments, trainer, polynomial(power), x(1), floor, warmed);
}

}  // namespace

Draft composer(const Case& given) {
  const Arguments arguments(given.arguments(), called(given.arguments(), "cls", "the scheduler"));
  const std::string name = arguments.choice("cls", "", classes);
  const Trainer trainer(given);
  Draft draft;
  draft.set_peak(given.learning_rate());
  if (trainer.ratio() != 1)
    draft.comments.push_back(
        fmt::format("scale_schedule_ratio={} stretches the run and all times but the warmup.",
                    number(trainer.ratio())));
  constexpr double unknown_horizon = 100'000;
  add_schedule(draft, name, arguments, trainer, given.facts().number("horizon", unknown_horizon));
  arguments.finish();
  return draft;
}

}  // namespace lrc::import
