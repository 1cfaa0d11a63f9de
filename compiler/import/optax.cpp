// optax.schedules. Every part has its own absolute values and its own clock, read at the start.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

const std::vector<std::string> functions = {"constant_schedule",
                                            "cosine_decay_schedule",
                                            "cosine_onecycle_schedule",
                                            "exponential_decay",
                                            "join_schedules",
                                            "linear_onecycle_schedule",
                                            "linear_schedule",
                                            "piecewise_constant_schedule",
                                            "piecewise_interpolate_schedule",
                                            "polynomial_schedule",
                                            "sgdr_schedule",
                                            "warmup_constant_schedule",
                                            "warmup_cosine_decay_schedule",
                                            "warmup_exponential_decay_schedule"};

// A power of the cosine, as `exponent` makes of it.
Shape cosine_power(double exponent) {
  if (exponent == 1) return cosine();
  return {"cosine_power(" + number(exponent) + ")", "cosine_power({}, " + number(exponent) + ")",
          "curve cosine_power(u, exponent) = 1 - (1 - havpi(u)) ^ exponent"};
}

Chain held(double value) {
  Chain chain;
  chain.hold(plain(value));
  return chain;
}

Chain ramp(const Shape& shape, double from, double to, double steps, double begin) {
  if (steps <= 0) return held(from);
  Chain chain;
  chain.hold(plain(from), begin);
  chain.ramp(shape, plain(from), plain(to), steps);
  chain.hold();
  return chain;
}

struct Exponential {
  double init, steps, rate, begin;
  bool stairs;
  std::optional<double> end;
};

Exponential exponential_of(const Arguments& arguments, double init) {
  return {init,
          arguments.number("transition_steps"),
          arguments.number("decay_rate"),
          std::max(0.0, arguments.number("transition_begin", 0)),
          arguments.flag("staircase", false),
          arguments.maybe("end_value")};
}

// The end clips: it is the least where the rate falls, the most where it rises.
Chain exponential(const Exponential& given) {
  if (given.steps <= 0 || given.rate == 0) return held(given.init);
  Chain chain;
  chain.hold(plain(given.init), given.begin);
  if (given.stairs)
    chain.stairs(given.rate, given.steps, plain(given.init));
  else
    chain.decay(given.rate, given.steps, plain(given.init));
  if (!given.end) return chain;
  Chain clipped;
  clipped.words([chain, given](double begin, const Context& context) {
    Chain whole;
    whole.hold(plain(given.init), begin);
    whole.append(chain);
    const std::string bound = level(plain(*given.end), context);
    return fmt::format("({}({}, {}), sample start)", given.rate < 1 ? "max" : "min",
                       whole.text(context), bound);
  });
  return clipped;
}

Chain cosine_decay(const Arguments& arguments, double init, double steps, double alpha) {
  const double exponent = arguments.number("exponent", 1);
  if (steps <= 0)
    refuse_value("decay_steps", arguments.any("decay_steps"),
                 "a decay of at least one step is needed");
  return ramp(cosine_power(exponent), init, init * alpha, steps, 0);
}

using Boundaries = std::map<double, double>;

Boundaries boundaries_of(const Arguments& arguments) {
  Boundaries boundaries;
  if (!arguments.has("boundaries_and_scales")) return boundaries;
  for (const auto& [at, scale] : arguments.any("boundaries_and_scales").items()) {
    if (!scale.is_number()) refuse_value("boundaries_and_scales", scale, "numbers are needed");
    boundaries[std::strtod(at.c_str(), nullptr)] = scale.get<double>();
  }
  return boundaries;
}

Chain piecewise_constant(double init, const Boundaries& boundaries) {
  const bool alike =
      std::all_of(boundaries.begin(), boundaries.end(), [&boundaries](const auto& boundary) {
        return boundary.second == boundaries.begin()->second && boundary.second > 0;
      });
  Chain chain;
  if (alike && !boundaries.empty()) {
    std::vector<double> at;
    for (const auto& boundary : boundaries) at.push_back(boundary.first);
    chain.jumps(boundaries.begin()->second, at, plain(init));
    return chain;
  }
  double value = init, begin = 0;
  for (const auto& [at, scale] : boundaries) {
    chain.hold(plain(value), std::max(at, 0.0) - begin);
    begin = std::max(at, 0.0);
    value *= scale;
  }
  chain.hold(plain(value));
  return chain;
}

Chain piecewise_interpolated(const Shape& shape, double init, const Boundaries& boundaries) {
  double value = init, begin = 0;
  Chain chain;
  for (const auto& [at, scale] : boundaries) {
    if (at > begin) chain.ramp(shape, plain(value), plain(value * scale), at - begin);
    begin = std::max(begin, at);
    value *= scale;
  }
  chain.hold(plain(value));
  return chain;
}

Boundaries onecycle_boundaries(const Arguments& arguments, bool straight) {
  const double total = arguments.number("transition_steps"),
               divisor = arguments.number("div_factor", 25);
  const double end_divisor = arguments.number("final_div_factor", 1e4);
  Boundaries boundaries;
  boundaries[std::trunc(arguments.number("pct_start", 0.3) * total)] = divisor;
  if (straight) boundaries[std::trunc(arguments.number("pct_final", 0.85) * total)] = 1 / divisor;
  boundaries[std::trunc(total)] = 1 / (straight ? end_divisor : divisor * end_divisor);
  return boundaries;
}

Chain onecycle(const Arguments& arguments, bool straight) {
  // The levels as they are meant; their products would carry the rounding of each division.
  const double peak = arguments.number("peak_value"), divisor = arguments.number("div_factor", 25);
  const double start = peak / divisor;
  const Boundaries boundaries = onecycle_boundaries(arguments, straight);
  Chain chain = piecewise_interpolated(straight ? linear() : cosine(), start, boundaries);
  return chain;
}

Chain schedule(const Json& spec);

void append_part(Chain& chain, const Chain& part, std::optional<double> lasts) {
  if (!lasts)
    chain.append(part);
  else if (*lasts > 0)
    chain.append(part.cut(*lasts));
}

Chain joined(const Arguments& arguments) {
  const Json& parts = arguments.list("schedules");
  const std::vector<double> boundaries = arguments.numbers("boundaries");
  if (parts.size() != boundaries.size() + 1)
    refuse_value("boundaries", arguments.any("boundaries"), "one fewer than schedules is needed");
  Chain chain;
  double begin = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i == boundaries.size();
    append_part(chain, schedule(parts[i]),
                last ? std::nullopt : std::optional(boundaries[i] - begin));
    if (!last) begin = std::max(begin, boundaries[i]);
  }
  return chain;
}

Chain warmup_cosine(const Arguments& arguments) {
  const double peak = arguments.number("peak_value"), warmup = arguments.number("warmup_steps");
  const double end = arguments.number("end_value", 0), total = arguments.number("decay_steps");
  Chain chain;
  append_part(chain, ramp(linear(), arguments.number("init_value"), peak, warmup, 0), warmup);
  const Shape shape = cosine_power(arguments.number("exponent", 1));
  if (total <= warmup)
    refuse_value("decay_steps", arguments.any("decay_steps"),
                 "more than `warmup_steps` is needed: the warmup is part of it");
  chain.append(ramp(shape, peak, peak == 0 ? 0 : end, total - warmup, 0));
  return chain;
}

Chain warmup_exponential(const Arguments& arguments) {
  const double peak = arguments.number("peak_value"), warmup = arguments.number("warmup_steps");
  Chain chain;
  append_part(chain, ramp(linear(), arguments.number("init_value"), peak, warmup, 0), warmup);
  chain.append(exponential(exponential_of(arguments, peak)));
  return chain;
}

Chain sgdr(const Arguments& arguments) {
  const Json& cycles = arguments.list("cosine_kwargs");
  Chain chain;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    const Arguments cycle(cycles[i], "a cycle of sgdr_schedule");
    const Chain part = warmup_cosine(cycle);
    append_part(chain, part,
                i + 1 == cycles.size() ? std::nullopt : std::optional(cycle.number("decay_steps")));
    cycle.finish();
  }
  return chain;
}

Shape interpolation(const Arguments& arguments) {
  return named(arguments.choice("interpolate_type", "", {"linear", "cosine"}));
}

Chain schedule_called(const std::string& name, const Arguments& arguments) {
  if (name == "join_schedules") return joined(arguments);
  if (name == "sgdr_schedule") return sgdr(arguments);
  if (name == "constant_schedule") return held(arguments.number("value"));
  if (name == "warmup_cosine_decay_schedule") return warmup_cosine(arguments);
  if (name == "warmup_exponential_decay_schedule") return warmup_exponential(arguments);
  if (name == "linear_onecycle_schedule") return onecycle(arguments, true);
  if (name == "cosine_onecycle_schedule") return onecycle(arguments, false);
  const double init = arguments.number("init_value");
  if (name == "exponential_decay") return exponential(exponential_of(arguments, init));
  if (name == "cosine_decay_schedule")
    return cosine_decay(arguments, init, arguments.number("decay_steps"),
                        arguments.number("alpha", 0));
  if (name == "piecewise_constant_schedule")
    return piecewise_constant(init, boundaries_of(arguments));
  if (name == "piecewise_interpolate_schedule")
    return piecewise_interpolated(interpolation(arguments), init, boundaries_of(arguments));
  if (name == "warmup_constant_schedule")
    return ramp(linear(), init, arguments.number("peak_value"), arguments.number("warmup_steps"),
                0);
  const Shape shape = name == "linear_schedule" ? linear() : polynomial(arguments.number("power"));
  return ramp(shape, init, arguments.number("end_value"), arguments.number("transition_steps"),
              std::max(0.0, arguments.number("transition_begin", 0)));
}

Chain schedule(const Json& spec) {
  if (!spec.is_object()) refuse_value("schedules", spec, "a list of objects with `fn` is needed");
  const Arguments arguments(spec, called(spec, "fn", "the schedule"));
  const std::string name = arguments.choice("fn", "", functions);
  const Chain chain = schedule_called(name, arguments);
  arguments.finish();
  return chain;
}

// What the greatest level is called: the peak, where the case does not say the rate.
std::optional<double> peak_of(const Case& given) {
  for (const char* name : {"peak_value", "init_value", "value"})
    if (given.arguments().contains(name) && given.arguments()[name].is_number())
      if (const double value = given.arguments()[name].get<double>(); value > 0) return value;
  return given.facts().maybe("lr");
}

}  // namespace

Draft optax(const Case& given) {
  Draft draft;
  if (const auto peak = peak_of(given)) draft.set_peak(*peak);
  const Chain chain = schedule(given.arguments());
  draft.add("lr", draft.with_run(chain, given.facts().maybe("horizon")));
  return draft;
}

}  // namespace lrc::import
