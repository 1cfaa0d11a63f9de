// fairseq.optim.lr_scheduler, as its trainer calls it: `step_update(k)` before update k.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/import/cycles.h"
#include "compiler/import/families.h"

namespace lrc::import {
namespace {

const std::vector<std::string> classes = {"CosineLRSchedule",          "FixedLRSchedule",
                                          "InverseSquareRootSchedule", "PolynomialDecayLRSchedule",
                                          "TriStageLRSchedule",        "TriangularLRSchedule"};

void inverse_sqrt(Draft& draft, const Arguments& arguments) {
  const double warmup = arguments.number("warmup_updates", 4000),
               start = arguments.number("warmup_init_lr", -1);
  Chain chain;
  chain.ramp(linear(), plain(std::max(start, 0.0)), x(1), warmup);
  chain.words("rsqrt");
  draft.add("lr", chain);
}

void polynomial_decay(Draft& draft, const Arguments& arguments) {
  const double warmup = arguments.number("warmup_updates", 0), power = arguments.number("power", 1);
  const double total = arguments.has("total_num_update") ? arguments.number("total_num_update")
                                                         : arguments.number("max_update");
  const Level end = plain(arguments.number("end_learning_rate", 0));
  if (arguments.has("force_anneal"))
    refuse_unsayable("`force_anneal`",
                     "it acts where an epoch begins, and only on what the trainer does there");
  Chain chain;
  chain.ramp(linear(), x(0), x(1), warmup);
  if (total > warmup) {
    draft.set_run(total);
    chain.ramp(polynomial(power), x(1), end, total - warmup);
  } else {
    chain.hold(x(1), 1);
    chain.hold(end);
  }
  draft.add("lr", chain);
}

// A length said as a share, cut to whole updates.
std::string share_words(double share, double total) {
  const double product = total * share;
  return percent(share) +
         (product == std::floor(product) ? "" : " rounded down of the float product");
}

void tri_stage(Draft& draft, const Arguments& arguments) {
  const Level start = x(arguments.number("init_lr_scale", 0.01)),
              end = x(arguments.number("final_lr_scale", 0.01));
  double lengths[] = {0, 0, 0};
  std::string words[3];
  if (arguments.has("phase_ratio")) {
    const std::vector<double> ratio = arguments.numbers("phase_ratio");
    const double total = arguments.number("max_update");
    if (ratio.size() != 3)
      refuse_value("phase_ratio", arguments.any("phase_ratio"), "three shares are needed");
    for (std::size_t i = 0; i < ratio.size(); ++i) {
      lengths[i] = std::trunc(total * ratio[i]);
      words[i] = share_words(ratio[i], total);
    }
    draft.set_run(total);
    arguments.ignore({"warmup_steps", "hold_steps", "decay_steps"});
  } else {
    lengths[0] = arguments.number("warmup_steps", 0);
    lengths[1] = arguments.number("hold_steps", 0);
    lengths[2] = arguments.number("decay_steps", 0);
    arguments.ignore({"max_update"});
  }
  Chain chain;
  chain.ramp(linear(), start, x(1), lengths[0], words[0]);
  chain.hold_part(x(1), lengths[1], words[1]);
  chain.ramp(named("exponential"), x(1), end, lengths[2], words[2]);
  if (draft.context.run != chain.closed()) chain.hold(end);
  draft.add("lr", chain);
}

std::string cosine_cycles(const Growth& growth, double shrink, Level floor,
                          const Context& context) {
  std::string text = "repeat every " + length(growth.first, context.unit);
  if (growth.factor != 1) text += " growing by " + number(growth.factor);
  if (shrink != 1) text += " peak by " + number(shrink);
  return text + fmt::format(" {{ cosine from 1x to {} }}", level(floor, context));
}

// Peak and floor shrink together, cycle by cycle, without end: as many as three runs have.
void cosine_restarts(Draft& draft, const Arguments& arguments, double horizon) {
  const double warmup = arguments.number("warmup_updates", 0),
               peak = draft.context.peak.value_or(1);
  const double floor = std::min(arguments.number("min_lr", 0), peak),
               start = arguments.number("warmup_init_lr", -1);
  double period = arguments.number("lr_period_updates", -1);
  if (period <= 0) period = arguments.number("max_update") - warmup;
  arguments.ignore({"max_update"});
  const Growth growth{period, arguments.number("t_mult", 1)};
  const double shrink = arguments.number("lr_shrink", 0.1);
  Chain chain;
  chain.ramp(linear(), plain(start < 0 ? floor : start), x(1), warmup);
  const bool endless = shrink == 1 && growth.factor == std::floor(growth.factor);
  if (endless) {
    chain.words(cosine_cycles(growth, shrink, x(floor / peak), draft.context));
    return draft.add("lr", chain);
  }
  constexpr double runs = 3, most = 60;
  const double origin = warmup;
  for (double number = 0; number < most && chain.closed() < runs * horizon; number += 1) {
    const double factor = std::pow(shrink, number), begin = origin + cycle_begin(growth, number);
    const double end = origin + cycle_begin(growth, number + 1), now = chain.closed();
    chain.ramp_over(cosine(), x(factor), x(factor * floor / peak), begin, end, end - now);
    if (begins_late(growth, number + 1)) chain.hold(x(factor * floor / peak), 1);
  }
  chain.hold();
  draft.comments.push_back(
      "The peer's cycles never end; here there are as many as begin within three runs.");
  draft.add("lr", chain);
}

void triangular(Draft& draft, const Arguments& arguments, double low) {
  const double high = arguments.number("max_lr"),
               half = std::floor(arguments.number("lr_period_updates", 5000) / 2);
  const double shrink = arguments.number("lr_shrink", 0.1);
  draft.set_peak(high);
  const Level floor = arguments.flag("shrink_min", false) ? x(low / high) : plain(low);
  constexpr double cycles = 1000;
  const std::string bottom = level(floor, draft.context);
  draft.add_text(
      "lr", fmt::format("repeat every {}{} {{ linear from {} to 1x for {} then linear to {} }}",
                        length(2 * half, steps),
                        shrink == 1 ? ""
                                    : fmt::format(" peak by {} at most {} cycles", number(shrink),
                                                  number(cycles)),
                        bottom, length(half, steps), bottom));
}

void fixed(Draft& draft, const Arguments& arguments) {
  if (arguments.has("force_anneal"))
    refuse_unsayable("`force_anneal`",
                     "it acts where an epoch begins, and only on what the trainer does there",
                     "write `step by 0.1 every epoch` behind the epoch at which it begins");
  arguments.ignore({"lr_shrink"});
  Chain chain;
  chain.warmup(arguments.number("warmup_updates", 0));
  chain.hold(x(1));
  draft.add("lr", chain);
}

}  // namespace

Draft fairseq(const Case& given) {
  const Arguments arguments(given.arguments(), called(given.arguments(), "cls", "the schedule"));
  const std::string name = arguments.choice("cls", "", classes);
  const double rate = given.learning_rate();
  arguments.ignore({"lr"});
  Draft draft;
  draft.set_peak(rate);
  if (name == "InverseSquareRootSchedule")
    inverse_sqrt(draft, arguments);
  else if (name == "PolynomialDecayLRSchedule")
    polynomial_decay(draft, arguments);
  else if (name == "TriStageLRSchedule")
    tri_stage(draft, arguments);
  else if (name == "CosineLRSchedule")
    cosine_restarts(draft, arguments, given.facts().number("horizon", 100'000));
  else if (name == "TriangularLRSchedule")
    triangular(draft, arguments, rate);
  else
    fixed(draft, arguments);
  arguments.finish();
  return draft;
}

}  // namespace lrc::import
