// Megatron-LM's OptimizerParamScheduler. Its clock counts samples: `step(increment)`.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

// The coefficient 2 * 0.5^q - 1 of the exponential tail, which ends at 0.
Shape half_life() {
  return {"half_life", "half_life({})", "curve half_life(u) = 2 - 2 * exp2(-u)"};
}

Shape tail(const std::string& style) {
  if (style == "exponential") return half_life();
  return named(style == "minus_sqrt" ? "sqrt" : style);
}

struct Rate {
  double warmup, end;
  std::string style;
  Level start, floor;
  double increment = 1;  // of the clock with each update
};

void add_warmup(Chain& chain, const Rate& rate) {
  chain.ramp(linear(), rate.start, x(1), rate.warmup);
}

// P * sqrt(W / k), no lower than the floor, which it drops to behind the last update.
void inverse_sqrt(Draft& draft, const Rate& rate) {
  const Unit& unit = draft.context.unit;
  const double begin = std::max(rate.warmup, 1.0), behind = std::floor(rate.end) + 1;
  Chain chain;
  add_warmup(chain, rate);
  chain.hold(x(1), begin - rate.warmup);
  if (rate.floor.value == 0)
    chain.words("rsqrt timescale " + length(begin, unit), behind - begin);
  else
    chain.words(fmt::format("(max(1x * sqrt({} / position in {}), {}), sample start)", count(begin),
                            unit.many, level(rate.floor, draft.context)),
                behind - begin);
  chain.hold(rate.floor);
  draft.add("lr", chain);
}

// The run is stated where nothing goes on behind it.
void set_run(Draft& draft, const Arguments& arguments, double end) {
  if (arguments.number("wd_incr_steps", 0) <= end) draft.set_run(end);
}

void end_with(Chain& chain, const Draft& draft) {
  if (!draft.context.run) chain.hold();
}

void stable(Draft& draft, const Arguments& arguments, const Rate& rate) {
  const double decay = arguments.number("wsd_decay_steps");
  const std::string style =
      arguments.choice("lr_wsd_decay_style", "", {"linear", "cosine", "exponential", "minus_sqrt"});
  set_run(draft, arguments, rate.end);
  Chain chain;
  add_warmup(chain, rate);
  // An update that the warmup ends with belongs to it.
  const bool owned = rate.end - decay < rate.warmup && rate.warmup > 0 &&
                     std::fmod(rate.warmup, rate.increment) == 0;
  const double begin =
      owned ? rate.warmup + rate.increment : std::max(rate.warmup, rate.end - decay);
  chain.hold(x(1), begin - rate.warmup);
  chain.ramp_over(tail(style), x(1), rate.floor, rate.end - decay, rate.end, rate.end - begin);
  end_with(chain, draft);
  draft.add("lr", chain);
}

void add_rate(Draft& draft, const Arguments& arguments, double increment) {
  Rate rate;
  rate.increment = increment;
  rate.warmup = std::max(0.0, arguments.number("lr_warmup_steps", 0));
  rate.end = arguments.number("lr_decay_steps");
  rate.style = arguments.choice("lr_decay_style", "",
                                {"constant", "linear", "cosine", "inverse-square-root", "WSD"});
  rate.start = plain(arguments.number("init_lr", 0));
  rate.floor = plain(arguments.number("min_lr"));
  arguments.ignore({"wsd_decay_steps", "lr_wsd_decay_style"});
  if (rate.style == "inverse-square-root") return inverse_sqrt(draft, rate);
  if (rate.style == "WSD") return stable(draft, arguments, rate);
  Chain chain;
  if (rate.style != "constant") set_run(draft, arguments, rate.end);
  add_warmup(chain, rate);
  if (rate.style == "constant")
    chain.hold(x(1));
  else
    chain.ramp(named(rate.style), x(1), rate.floor, rate.end - rate.warmup);
  if (rate.style != "constant") end_with(chain, draft);
  draft.add("lr", chain);
}

void add_weight_decay(Draft& draft, const Arguments& arguments) {
  if (!arguments.has("start_wd") && !arguments.has("end_wd")) return;
  const double start = arguments.number("start_wd"), end = arguments.number("end_wd");
  const std::string style =
      arguments.choice("wd_incr_style", "constant", {"constant", "linear", "cosine"});
  const double span = arguments.number("wd_incr_steps", 0);
  Chain chain;
  if (style == "constant" || start == end) return draft.add_text("weight_decay", number(end));
  chain.ramp(named(style), plain(start), plain(end), span);
  if (draft.context.run != span) chain.hold();
  draft.add("weight_decay", chain);
}

}  // namespace

Draft megatron(const Case& given) {
  const Arguments arguments = given.call("OptimizerParamScheduler");
  const double increment = given.facts().number("increment", 1);
  Draft draft;
  draft.set_peak(arguments.number("max_lr"));
  if (increment != 1) {
    draft.context.unit = samples;
    draft.facts.push_back(fmt::format("batch {} per step", length(increment, samples)));
  }
  arguments.ignore({"use_checkpoint_opt_param_scheduler", "override_opt_param_scheduler",
                    "start_wd", "end_wd", "wd_incr_style", "wd_incr_steps"});
  add_rate(draft, arguments, increment);
  add_weight_decay(draft, arguments);
  arguments.finish();
  return draft;
}

}  // namespace lrc::import
