#include "compiler/import/chained.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lrc::import {
namespace {

constexpr double pi = 3.141592653589793;
constexpr double runs = 2.5;  // how far it is told
constexpr double rounding = 1e-15;

double argument(const Json& spec, const char* name, double otherwise) {
  return spec.contains(name) && spec[name].is_number() ? spec[name].get<double>() : otherwise;
}

// What a scheduler multiplies by at an update.
double factor_at(const Json& spec, double t) {
  const std::string name = spec["cls"];
  const double total = argument(spec, "total_iters", 5);
  if (name == "ConstantLR") {
    const double factor = argument(spec, "factor", 1.0 / 3);
    return t == 0 ? factor : t == total ? 1 / factor : 1;
  }
  if (name == "LinearLR") {
    const double start = argument(spec, "start_factor", 1.0 / 3),
                 rise = argument(spec, "end_factor", 1) - start;
    // Of a line to 0 the peer keeps a trace of rounding.
    if (t == total && start + rise == 0) return 0;
    return t == 0 ? start : t > total ? 1 : 1 + rise / (total * start + (t - 1) * rise);
  }
  if (name == "ExponentialLR") return t == 0 ? 1 : argument(spec, "gamma", 1);
  if (name == "MultiplicativeLR") return 1;
  if (name == "StepLR") {
    const bool acts = t > 0 && std::fmod(t, argument(spec, "step_size", 1)) == 0;
    return acts ? argument(spec, "gamma", 0.1) : 1;
  }
  if (name == "MultiStepLR") {
    const auto times = std::count(spec["milestones"].begin(), spec["milestones"].end(), t);
    return std::pow(argument(spec, "gamma", 0.1), static_cast<double>(times));
  }
  if (name == "PolynomialLR" && t > 0 && t <= total)
    return std::pow((total - t) / (total - t + 1), argument(spec, "power", 1));
  return 1;
}

bool is_cosine(const Json& spec) { return spec["cls"] == "CosineAnnealingLR"; }

// The share of its height that a cosine has at an update.
double height(double t, double half) { return (1 + std::cos(pi * t / half)) / 2; }

// The value, update by update, and the height of the cosine that it lies on.
class Walk {
 public:
  Walk(const Json& schedulers, double base) : schedulers_(schedulers), base_(base), value_(base) {
    const Json& cosine = *std::find_if(schedulers.begin(), schedulers.end(), is_cosine);
    half_ = cosine["T_max"].get<double>();
    floor_ = argument(cosine, "eta_min", 0);
    for (const Json& spec : schedulers) value_ *= factor_at(spec, 0);
    reach_ = value_ - floor_;
  }

  [[nodiscard]] double half() const { return half_; }
  [[nodiscard]] double floor() const { return floor_; }
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] double reach() const { return reach_; }
  // Where a cosine of a reach is at its highest.
  [[nodiscard]] double top(double reach) const {
    return reach == base_ - floor_ ? base_ : floor_ + reach;
  }

  // To update t; whether the cosine that the value lies on is another one from there on.
  bool step(double t) {
    bool others = false;
    const double before = reach_;
    const bool was_apart = apart_, at_floor = std::abs(value_ - floor_) <= rounding * base_;
    for (const Json& spec : schedulers_) {
      const double factor = factor_at(spec, t);
      others = others || factor != 1;
      if (is_cosine(spec))
        value_ = turned(t);
      else
        value_ *= factor;
    }
    const bool anew = std::fmod(t - 1, 2 * half_) == half_;
    const double share = height(t, half_);
    apart_ = others && share == 0;
    if (anew && !others && at_floor)
      reach_ = base_ - floor_;
    else if (share > 0 && (others || anew))
      reach_ = (value_ - floor_) / share;
    return reach_ != before || apart_ || was_apart;
  }

 private:
  [[nodiscard]] double turned(double t) const {
    if (std::fmod(t - 1, 2 * half_) == half_)
      return value_ + (base_ - floor_) * (1 - std::cos(pi / half_)) / 2;
    return height(t, half_) / height(t - 1, half_) * (value_ - floor_) + floor_;
  }

  const Json& schedulers_;
  double base_, half_ = 1, floor_ = 0;
  double value_, reach_ = 0;
  bool apart_ = false;  // the value lies on no cosine
};

// A cosine below its floor, where a number below zero would be its highest level.
std::string formula(const Walk& walk, double reach) {
  return fmt::format("({} - {} * (1 - havpi(position in steps / {})))", number(walk.floor()),
                     number(-reach), count(walk.half()));
}

// A stretch of a cosine of some reach up to an update, each leg of it a ramp.
void legs(Chain& chain, const Walk& walk, double reach, double until) {
  const double half = walk.half();
  if (walk.top(reach) < 0) return chain.words(formula(walk, reach), until - chain.closed());
  const Level top = plain(walk.top(reach)), low = plain(walk.floor());
  while (chain.closed() < until) {
    const double now = chain.closed(), leg = std::floor(now / half);
    const bool falls = std::fmod(leg, 2) == 0;
    const double length = std::min(until, (leg + 1) * half) - now;
    if (length == 1 && now == leg * half)
      chain.hold(falls ? top : low, 1);
    else
      chain.ramp_over(cosine(), falls ? top : low, falls ? low : top, leg * half, (leg + 1) * half,
                      length);
  }
}

}  // namespace

Chain cosine_above_floor(const Json& schedulers, double base, double horizon) {
  Walk walk(schedulers, base);
  Chain chain;
  constexpr int most = 60;
  int acts = 0;
  double reach = walk.reach(), begin = 0, value = walk.value();
  const double end = runs * std::max(horizon, walk.half());
  for (double t = 1; t <= end; t += 1) {
    if (walk.step(t) || t == end) {
      // What is a single update is a number.
      if (t == begin + 1 && value >= 0)
        chain.hold(plain(value), 1);
      else
        legs(chain, walk, reach, t);
      begin = t;
      if (++acts > most)
        refuse_unsayable(
            "CosineAnnealingLR with `eta_min` under schedulers that act on many updates",
            "the floor is added at every update and multiplied by the others at the next",
            "use SequentialLR, or `eta_min` 0");
    }
    reach = walk.reach();
    value = walk.value();
    if (value < 0 && t <= horizon)
      refuse_unsayable("a ChainedScheduler that makes the rate negative",
                       "the others take from the floor what the cosine then multiplies",
                       "use SequentialLR, or `eta_min` 0");
  }
  chain.hold();
  return chain;
}

namespace {

// The factors from one lowest point of the cosine to the next: behind it each counts from there on,
// and those in front of the cosine have acted on what is lost by then.
struct Period {
  double scale = 1;
  std::vector<std::string> factors;
};

Period first_period(const std::vector<std::string>& factors) { return {1, factors}; }

Period next_period(const Json& schedulers, const std::vector<std::string>& factors,
                   const std::vector<double>& products, double lowest) {
  Period period;
  bool behind = false;
  for (std::size_t i = 0; i < schedulers.size(); ++i) {
    behind = behind || is_cosine(schedulers[i]);
    const double own = products[i] * (behind ? 1 : factor_at(schedulers[i], lowest + 1));
    if (own != 0) {
      period.factors.push_back(factors[i]);
      period.scale /= own;
    } else if (i == 0) {  // the one that has the levels
      period.factors.emplace_back("1x");
    }
  }
  return period;
}

std::string text(const Period& period) {
  // A product even of one, so that it can be told how long it lasts.
  const bool plain = period.scale == 1 && period.factors.size() > 1;
  const std::string scale = plain ? "" : number(period.scale) + " * ";
  return fmt::format("({}{})", scale, fmt::join(period.factors, " * "));
}

}  // namespace

Chain product_with_cosine(const Json& schedulers, const std::vector<std::string>& factors,
                          double horizon) {
  const Json& cosine = *std::find_if(schedulers.begin(), schedulers.end(), is_cosine);
  const double half = cosine["T_max"].get<double>();
  std::vector<double> products(schedulers.size(), 1);
  const std::string first = text(first_period(factors));
  std::vector<std::string> periods;
  double lowest = half, t = 0;
  do {
    for (; t <= lowest; t += 1)
      for (std::size_t j = 0; j < schedulers.size(); ++j)
        if (!is_cosine(schedulers[j])) products[j] *= factor_at(schedulers[j], t);
    periods.push_back(text(next_period(schedulers, factors, products, lowest)));
    lowest += 2 * half;
  } while (lowest < runs * horizon);
  Chain chain;
  if (std::all_of(periods.begin(), periods.end(), [&](auto& next) { return next == first; })) {
    chain.words(fmt::format("{}", fmt::join(factors, " * ")));
    return chain;
  }
  chain.words(first, half);
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const std::string period = periods[i];
    double length = 2 * half;
    for (; i + 1 < periods.size() && periods[i + 1] == period; ++i) length += 2 * half;
    chain.words(period, i + 1 < periods.size() ? std::optional(length) : std::nullopt);
  }
  return chain;
}

}  // namespace lrc::import
