// deepspeed.runtime.lr_schedules. The constructor writes the first value and the first step counts
// from 0 again, so row k is what the formula gives for k - 1.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

const std::vector<std::string> classes = {"LRRangeTest", "OneCycle", "WarmupCosineLR",
                                          "WarmupDecayLR", "WarmupLR"};

constexpr const char* late = ", sample start late 1 step";

struct Warmup {
  double length;
  bool logarithmic;
  Level from;
};

Warmup warmup_of(const Arguments& arguments, Level from) {
  // The peer warms up over two updates at least, and takes a type it does not know as `log`.
  return {std::max(2.0, arguments.whole("warmup_num_steps", 1000)),
          arguments.word("warmup_type", "log") != "linear", from};
}

// The logarithm of the update: from the level at update 1 to the peak at the last one.
std::string logarithm(const Warmup& warmup, const Context& context) {
  const std::string share =
      fmt::format("ln(max(position in steps, 1)) / ln({})", number(warmup.length));
  const double peak = context.peak.value_or(1), low = absolute(warmup.from, context);
  if (low == 0) return fmt::format("(1x * {})", share);
  return fmt::format("({} + ({} - {}) * {})", number(low), number(peak), number(low), share);
}

void warmup_only(Draft& draft, const Arguments& arguments, const Warmup& warmup) {
  arguments.finish();
  Chain chain;
  if (warmup.logarithmic)
    chain.words(logarithm(warmup, draft.context), warmup.length);
  else
    chain.ramp(linear(), warmup.from, x(1), warmup.length);
  chain.hold(x(1));
  draft.add("lr", chain, warmup.logarithmic ? "" : late);
}

void warmup_decay(Draft& draft, const Arguments& arguments, const Warmup& warmup) {
  const double total = arguments.number("total_num_steps");
  arguments.finish();
  Chain chain;
  if (warmup.logarithmic) {
    chain.words(logarithm(warmup, draft.context), warmup.length);
    chain.hold(x(1), 1);
  } else {
    chain.ramp(linear(), warmup.from, x(1), warmup.length);
  }
  chain.ramp(linear(), x(1), warmup.from, total - warmup.length);
  chain.hold(warmup.from);
  draft.add("lr", chain, warmup.logarithmic ? "" : late);
}

// Its cosine is one update ahead of the warmup. Before the first step the rate is 0.
void warmup_cosine(Draft& draft, const Arguments& arguments, const Warmup& warmup) {
  const double total = arguments.number("total_num_steps");
  const Level floor = x(arguments.number("cos_min_ratio", 0.0001));
  arguments.finish();
  Chain chain;
  const bool starts_at_zero = warmup.from.value == 0 && warmup.logarithmic;
  if (!starts_at_zero) chain.hold(x(0), 1);
  if (warmup.logarithmic)
    chain.words(logarithm(warmup, draft.context), warmup.length + (starts_at_zero ? 1 : 0));
  else
    chain.ramp(linear(), warmup.from, x(1), warmup.length);
  const double begin = warmup.length + 1;
  if (total > warmup.length)
    chain.ramp_over(cosine(), x(1), floor, warmup.length, total, total - begin);
  chain.hold(floor);
  draft.add("lr", chain);
}

void range_test(Draft& draft, const Arguments& arguments) {
  const double low = arguments.number("lr_range_test_min_lr", 1e-3);
  const double rate = arguments.number("lr_range_test_step_rate", 1);
  const double size = arguments.whole("lr_range_test_step_size", 2000);
  const bool stairs = arguments.flag("lr_range_test_staircase", false);
  arguments.finish();
  const std::string factor = rate == 1 ? "" : number(rate) + " * ";
  draft.add_text(
      "lr", fmt::format("{} * (1 + {}position in steps / {}){}", number(low), factor, count(size),
                        stairs ? ", held each " + length(size, steps) : ""));
}

// --- OneCycle

struct Cycle {
  double first, second, decay;
  double first_stairs, second_stairs;
};

Cycle cycle_of(const Arguments& arguments) {
  Cycle cycle;
  cycle.first = arguments.number("cycle_first_step_size", 2000);
  cycle.second = arguments.number("cycle_second_step_size", cycle.first);
  cycle.decay = arguments.number("decay_step_size", 0);
  cycle.first_stairs = arguments.number("cycle_first_stair_count", 0);
  cycle.second_stairs = arguments.number("cycle_second_stair_count", cycle.first_stairs);
  return cycle;
}

// The share of the way up that an update has, where a half of the cycle moves in stairs.
double stair(const Cycle& cycle, double update) {
  const bool rises = update <= cycle.first;
  const double stairs = rises ? cycle.first_stairs : cycle.second_stairs;
  const double way = rises ? update : cycle.first + cycle.second - update;
  if (stairs <= 0) return way / (rises ? cycle.first : cycle.second);
  return std::floor(way * stairs / (rises ? cycle.first : cycle.second)) / stairs;
}

// One half of the cycle, up to and without its last update.
void half(Chain& chain, const Cycle& cycle, bool rises, Level from, Level to) {
  const double length = rises ? cycle.first : cycle.second, begin = rises ? 0 : cycle.first;
  if ((rises ? cycle.first_stairs : cycle.second_stairs) <= 0)
    return chain.ramp(linear(), from, to, length);
  double held = 0;
  for (double update = begin; update < begin + length; update += 1) {
    held += 1;
    if (update + 1 < begin + length && stair(cycle, update) == stair(cycle, update + 1)) continue;
    const double low = rises ? from.value : to.value, high = rises ? to.value : from.value;
    chain.hold(plain(low + (high - low) * stair(cycle, update)), held);
    held = 0;
  }
}

Chain up_and_down(const Cycle& cycle, double low, double high) {
  Chain chain;
  half(chain, cycle, true, plain(low), plain(high));
  half(chain, cycle, false, plain(high), plain(low));
  return chain;
}

void onecycle(Draft& draft, const Arguments& arguments) {
  const Cycle cycle = cycle_of(arguments);
  const double low = arguments.number("cycle_min_lr"), high = arguments.number("cycle_max_lr");
  const double rate = arguments.number("decay_lr_rate", 0);
  draft.set_peak(high);
  Chain chain = up_and_down(cycle, low, high);
  if (cycle.decay > 0 && rate != 0)
    chain.words(fmt::format("({} / (1 + {} * elapsed in steps / {}))", number(low), number(rate),
                            count(cycle.decay)));
  else
    chain.hold(plain(low));
  draft.add("lr", chain);
  const double least = arguments.number("cycle_min_mom", 0.8),
               most = arguments.number("cycle_max_mom", 0.9);
  const double growth = arguments.number("decay_mom_rate", 0);
  if (arguments.flag("cycle_momentum", true)) {
    // Update 0 still has what the constructor wrote.
    Chain momentum, rest = up_and_down(cycle, most, least);
    momentum.hold(plain(least), 1);
    momentum.append_rest(rest, 1);
    if (cycle.decay > 0 && growth != 0)
      momentum.words(fmt::format("({} * (1 + {} * elapsed in steps / {}))", number(most),
                                 number(growth), count(cycle.decay)));
    else
      momentum.hold(plain(most));
    draft.add("momentum", momentum);
  }
  arguments.finish();
}

void add_schedule(Draft& draft, const Arguments& arguments, const Case& given) {
  const std::string name = arguments.choice("cls", "", classes);
  arguments.ignore({"last_batch_iteration"});
  if (name == "LRRangeTest") return range_test(draft, arguments);
  if (name == "OneCycle") return onecycle(draft, arguments);
  if (name == "WarmupCosineLR") {
    draft.set_peak(given.learning_rate());
    return warmup_cosine(draft, arguments,
                         warmup_of(arguments, x(arguments.number("warmup_min_ratio", 0))));
  }
  const auto top = arguments.maybe("warmup_max_lr");
  constexpr double decay_default = 0.001;
  draft.set_peak(top ? *top : name == "WarmupLR" ? given.learning_rate() : decay_default);
  const Warmup warmup = warmup_of(arguments, plain(arguments.number("warmup_min_lr", 0)));
  if (name == "WarmupLR") return warmup_only(draft, arguments, warmup);
  warmup_decay(draft, arguments, warmup);
}

}  // namespace

Draft deepspeed(const Case& given) {
  const Arguments arguments(given.arguments(), called(given.arguments(), "cls", "the schedule"));
  Draft draft;
  add_schedule(draft, arguments, given);
  return draft;
}

}  // namespace lrc::import
