#include "compiler/import/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lrc::import {

bool same(Level a, Level b) { return a.value == b.value && (a.share == b.share || a.value == 0); }

Shape named(const std::string& name) { return {name, name + "({})"}; }

Shape polynomial(double power) {
  if (power == 1) return linear();
  return {"polynomial power " + number(power), "polynomial({}, " + number(power) + ")"};
}

std::string level(Level level, const Context& context) {
  if (level.value == 0) return "0";
  if (level.share) return number(level.value) + (context.factor ? "" : "x");
  return context.peak == level.value ? "1x" : number(level.value);
}

double absolute(Level level, const Context& context) {
  if (!level.share || context.factor) return level.value;
  return level.value * context.peak.value_or(1);
}

void Chain::add(Phase phase) {
  if (phase.length && *phase.length <= 0) return;
  phases_.push_back(std::move(phase));
}

namespace {

Phase ramp_phase(const Shape& shape, std::optional<Level> from, Level to, double begin, double end,
                 double length, const std::string& length_words) {
  Phase phase;
  phase.kind = Phase::Kind::ramp;
  phase.shape = shape;
  phase.from = from;
  phase.to = to;
  phase.begin = begin;
  phase.end = end;
  phase.length = length;
  phase.length_words = length_words;
  return phase;
}

Phase hold_phase(std::optional<Level> level, std::optional<double> length,
                 const std::string& length_words) {
  Phase phase;
  phase.to = level;
  phase.length = length;
  phase.length_words = length_words;
  return phase;
}

// Times `factor` with every so much, as the kind says.
Phase factor_phase(Phase::Kind kind, double factor, double every, std::optional<Level> from,
                   std::optional<double> length) {
  Phase phase;
  phase.kind = kind;
  phase.factor = factor;
  phase.every = every;
  phase.from = from;
  phase.length = length;
  return phase;
}

}  // namespace

void Chain::ramp(const Shape& shape, std::optional<Level> from, Level to, double length,
                 const std::string& length_words) {
  const double begin = closed();
  add(ramp_phase(shape, from, to, begin, begin + length, length, length_words));
}

void Chain::ramp_over(const Shape& shape, Level from, Level to, double begin, double end,
                      double length) {
  ramp_part(shape, from, to, begin, end, length, "");
}

void Chain::ramp_part(const Shape& shape, Level from, Level to, double begin, double end,
                      double length, const std::string& length_words) {
  add(ramp_phase(shape, from, to, begin, end, length, length_words));
}

void Chain::hold(std::optional<Level> level, std::optional<double> length) {
  add(hold_phase(level, length, ""));
}

void Chain::hold_part(Level level, double length, const std::string& length_words) {
  add(hold_phase(level, length, length_words));
}

void Chain::decay(double factor, double per, std::optional<Level> from,
                  std::optional<double> length) {
  add(factor_phase(Phase::Kind::decay, factor, per, from, length));
}

void Chain::stairs(double factor, double every, std::optional<Level> from,
                   std::optional<double> length) {
  add(factor_phase(Phase::Kind::stairs, factor, every, from, length));
}

void Chain::jumps(double factor, std::vector<double> at, std::optional<Level> from,
                  std::optional<double> length) {
  if (at.empty()) return hold(from, length);
  Phase phase;
  phase.kind = Phase::Kind::jumps;
  phase.factor = factor;
  phase.at = std::move(at);
  phase.from = from;
  phase.length = length;
  add(std::move(phase));
}

void Chain::warmup(double length, double span) {
  Phase phase;
  phase.kind = Phase::Kind::warmup;
  phase.length = length;
  phase.end = span;
  phase.to = x(1);
  add(std::move(phase));
}

void Chain::words(std::string text, std::optional<double> length) {
  words([text = std::move(text)](double, const Context&) { return text; }, length);
}

void Chain::words(Words words, std::optional<double> length) {
  Phase phase;
  phase.kind = Phase::Kind::words;
  phase.words = std::move(words);
  phase.length = length;
  add(std::move(phase));
}

Chain Chain::cut(double length) const {
  Chain shorter;
  double begin = 0;
  for (Phase phase : phases_) {
    const double end = begin + phase.length.value_or(std::numeric_limits<double>::infinity());
    if (end > length) {
      phase.length = length - begin;
      phase.length_words.clear();
      std::erase_if(phase.at, [length](double at) { return at >= length; });
      if (phase.kind == Phase::Kind::jumps && phase.at.empty()) {
        phase.kind = Phase::Kind::hold;
        phase.to = phase.from;
      }
    }
    shorter.add(std::move(phase));
    if (end >= length) return shorter;
    begin = end;
  }
  shorter.hold(std::nullopt, length - begin);
  return shorter;
}

std::optional<Chain> Chain::closed_at(double end) const {
  if (phases_.size() < 2 || closed() != end) return std::nullopt;
  const Phase& last = phases_.back();
  if (last.kind != Phase::Kind::hold || last.to || last.length) return std::nullopt;
  Chain closed = *this;
  closed.phases_.pop_back();
  return closed;
}

void Chain::append(const Chain& later) {
  const double shift = closed();
  for (Phase phase : later.phases_) {
    phase.begin += shift;
    phase.end += shift;
    for (double& at : phase.at) at += shift;
    add(std::move(phase));
  }
}

void Chain::append_rest(const Chain& other, double skipped) {
  double begin = 0;
  for (Phase phase : other.phases_) {
    const double end = begin + phase.length.value_or(std::numeric_limits<double>::infinity());
    if (phase.length) phase.length = end - std::max(begin, skipped);
    if (end > skipped) add(std::move(phase));
    begin = end;
  }
}

double Chain::closed() const {
  double sum = 0;
  for (const Phase& phase : phases_) sum += phase.length.value_or(0);
  return sum;
}

bool Chain::open() const { return !phases_.empty() && !phases_.back().length; }

std::vector<std::string> Chain::definitions() const {
  std::vector<std::string> found;
  for (const Phase& phase : phases_) {
    const std::string& definition = phase.shape.definition;
    if (!definition.empty() && std::find(found.begin(), found.end(), definition) == found.end())
      found.push_back(definition);
  }
  return found;
}

namespace {

// Writes the phases of a chain one after the other.
class Writer {
 public:
  explicit Writer(const Context& context) : context_(context) {}

  [[nodiscard]] std::string phase(const Phase& phase, bool last) {
    std::string text = body(phase);
    const double end = at_ + phase.length.value_or(0);
    const bool says_length = phase.kind == Phase::Kind::warmup || !phase.length;
    if (!says_length && !(last && context_.run == end)) {
      const std::size_t block = text.starts_with("repeat") ? text.find(" {") : std::string::npos;
      text.insert(std::min(block, text.size()), lasting(phase));
    }
    at_ = end;
    return text;
  }

  // `hold then cooldown last D SHAPE`, where a ramp takes what is left of the run.
  [[nodiscard]] bool is_cooldown(const Phase& held, const Phase& ramp) const {
    return context_.run && held.kind == Phase::Kind::hold && ramp.kind == Phase::Kind::ramp &&
           held.length && ramp.length && plain_span(ramp, at_ + *held.length) &&
           at_ + *held.length + *ramp.length == context_.run &&
           (!ramp.from || (held.to && equal(*held.to, *ramp.from)) ||
            (!held.to && level_ && equal(*level_, *ramp.from)));
  }
  [[nodiscard]] std::string cooldown(const Phase& held, const Phase& ramp) {
    const std::string words = ramp.shape.words == "linear" ? "" : " " + ramp.shape.words;
    const std::string down = ramp.to->value == 0 ? "" : " to " + level(*ramp.to, context_);
    return body(held) + " then cooldown last " + span_length(ramp) + words + down;
  }

 private:
  [[nodiscard]] std::string body(const Phase& phase) {
    switch (phase.kind) {
      case Phase::Kind::ramp: return ramp(phase);
      case Phase::Kind::hold: return hold(phase);
      case Phase::Kind::decay:
        return multiplied(
            phase, fmt::format("exponential by {} per {}", number(phase.factor), every(phase)));
      case Phase::Kind::stairs:
        return multiplied(phase,
                          fmt::format("step by {} every {}", number(phase.factor), every(phase)));
      case Phase::Kind::jumps:
        return multiplied(phase,
                          fmt::format("step by {} at {}", number(phase.factor), positions(phase)));
      case Phase::Kind::warmup: return warmup(phase);
      case Phase::Kind::words: level_.reset(); return phase.words(at_, context_);
    }
    return "";
  }

  [[nodiscard]] std::string ramp(const Phase& phase) {
    if (phase.begin < 0) return formula(phase);
    const std::string start =
        phase.begin == at_ ? from(phase) : " from " + level(*phase.from, context_);
    std::string text = phase.shape.words + start + " to " + level(*phase.to, context_);
    const double end = phase.length ? at_ + *phase.length : phase.end;
    if (phase.begin != at_)
      text += fmt::format(" over {} .. {}", length(phase.begin, context_.unit),
                          length(phase.end, context_.unit));
    else if (phase.end != end)
      text += fmt::format(" over {}", length(phase.end - phase.begin, context_.unit));
    if (end >= phase.end)
      level_ = phase.to;
    else
      level_.reset();
    return text;
  }

  // A ramp that began before the run did.
  [[nodiscard]] std::string formula(const Phase& phase) {
    const std::string progress =
        fmt::format("min((position in {} + {}) / {}, 1)", context_.unit.many, number(-phase.begin),
                    number(phase.end - phase.begin));
    const std::string shape = fmt::format(fmt::runtime(phase.shape.call), progress);
    const double a = absolute(*phase.from, context_), b = absolute(*phase.to, context_);
    level_.reset();
    return fmt::format("({} {} {} * {})", number(a), b < a ? "-" : "+",
                       b < a ? fmt::format("({} - {})", number(a), number(b))
                             : fmt::format("({} - {})", number(b), number(a)),
                       shape);
  }

  [[nodiscard]] std::string hold(const Phase& phase) {
    if (!phase.to || (level_ && equal(*phase.to, *level_))) return "hold";
    level_ = phase.to;
    return "hold " + level(*phase.to, context_);
  }

  [[nodiscard]] std::string warmup(const Phase& phase) {
    level_ = phase.to;
    if (phase.end <= *phase.length) return "warmup " + length(*phase.length, context_.unit);
    level_.reset();
    return fmt::format("warmup {} over {}", length(*phase.length, context_.unit),
                       length(phase.end, context_.unit));
  }

  [[nodiscard]] std::string multiplied(const Phase& phase, std::string text) {
    text += from(phase);
    level_.reset();
    return text;
  }

  [[nodiscard]] std::string from(const Phase& phase) const {
    if (!phase.from || (level_ && equal(*phase.from, *level_))) return "";
    return " from " + level(*phase.from, context_);
  }

  [[nodiscard]] std::string every(const Phase& phase) const {
    return phase.every == 1 ? context_.unit.one : length(phase.every, context_.unit);
  }

  [[nodiscard]] std::string positions(const Phase& phase) const {
    std::vector<std::string> at;
    for (const double position : phase.at) at.push_back(count(position));
    return fmt::format(
        "{} {}", fmt::join(at, ", "),
        phase.at.size() == 1 && phase.at[0] == 1 ? context_.unit.one : context_.unit.many);
  }

  [[nodiscard]] bool equal(Level a, Level b) const {
    return same(a, b) || (context_.peak && absolute(a, context_) == absolute(b, context_));
  }
  [[nodiscard]] bool plain_span(const Phase& ramp, double at) const {
    return ramp.begin == at && ramp.end == at + *ramp.length;
  }
  [[nodiscard]] std::string span_length(const Phase& phase) const {
    return phase.length_words.empty() ? length(*phase.length, context_.unit) : phase.length_words;
  }
  [[nodiscard]] std::string lasting(const Phase& phase) const {
    const double end = at_ + *phase.length, whole = std::round(end);
    constexpr double rounding = 1e-9;
    // Sums of lengths that are not whole lie beside the update that is meant.
    if (phase.length_words.empty() && at_ != std::floor(at_) &&
        std::abs(end - whole) <= rounding * end)
      return " until " + length(whole, context_.unit);
    return " for " + span_length(phase);
  }

  const Context& context_;
  double at_ = 0;
  std::optional<Level> level_ = x(1);  // that the phase before handed over, if it is known
};

}  // namespace

std::string Chain::text(const Context& context) const {
  Writer writer(context);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    if (i + 2 == phases_.size() && writer.is_cooldown(phases_[i], phases_[i + 1])) {
      texts.push_back(writer.cooldown(phases_[i], phases_[i + 1]));
      break;
    }
    texts.push_back(writer.phase(phases_[i], i + 1 == phases_.size()));
  }
  return texts.empty() ? "constant" : fmt::format("{}", fmt::join(texts, " then "));
}

}  // namespace lrc::import
