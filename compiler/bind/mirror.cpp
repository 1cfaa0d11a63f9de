#include "compiler/bind/mirror.h"

namespace lrc::bind {
namespace {

class Mirroring {
 public:
  Mirroring(const ir::Level& low, const ir::Level& high, const Environment& environment,
            const std::string& output)
      : low_(low), high_(high), environment_(environment), output_(output) {}

  // `level` is what the phase before hands over on the original; of a first phase it says its own.
  std::vector<ir::Phase> phases(const std::vector<ir::Phase>& originals) {
    std::vector<ir::Phase> built;
    for (const ir::Phase& original : originals) built.push_back(phase(original));
    return built;
  }

 private:
  ir::Phase phase(const ir::Phase& original) {
    ir::Phase built = original;
    const std::optional<double> before = level_;
    if (original.from) level_ = value(*original.from);
    built.from.reset();
    if (const auto* ramp = std::get_if<ir::Ramp>(&original.form)) {
      std::get<ir::Ramp>(built.form).to = turn(built, original, before, value(ramp->to));
    } else if (const auto* factors = std::get_if<ir::ExponentialRamp>(&original.form)) {
      std::get<ir::ExponentialRamp>(built.form).to =
          turn(built, original, before, value(factors->to));
    } else if (const auto* repeat = std::get_if<ir::Repeat>(&original.form)) {
      std::get<ir::Repeat>(built.form).body = phases(repeat->body);
    } else if (std::holds_alternative<ir::Hold>(original.form)) {
      if (original.from) built.from = jump(before);
    } else {
      refuse(diagnostics::Code::E0508, original.origin, "this phase cannot be mirrored",
             "`mirror` follows ramps, holds and cycles of them: what goes down for ever has no "
             "other end");
    }
    return built;
  }

  // A ramp from the level that stands there to its `to`.
  ir::Level turn(ir::Phase& built, const ir::Phase& original, std::optional<double> before,
                 double to) {
    const bool rises = to > level_.value_or(to);
    const bool falls = to < level_.value_or(to);
    if (original.from && before != level_) built.from = rises ? high_ : low_;
    level_ = to;
    if (rises) return at_ = low_;
    if (falls) return at_ = high_;
    return at_;
  }

  // A level that is jumped to.
  ir::Level jump(std::optional<double> before) {
    if (before && *level_ > *before) at_ = low_;
    if (before && *level_ < *before) at_ = high_;
    return at_;
  }

  [[nodiscard]] double value(const ir::Level& level) const {
    const BoundLevel bound = environment_.level(level);
    return bound.relative ? bound.value * environment_.peak(output_) : bound.value;
  }

  const ir::Level& low_;
  const ir::Level& high_;
  const Environment& environment_;
  const std::string& output_;
  std::optional<double> level_;  // of the original, where the next phase begins
  ir::Level at_ = high_;         // of the mirrored one
};

}  // namespace

ir::Timeline mirrored(const ir::Timeline& timeline, const ir::Level& low, const ir::Level& high,
                      const Environment& environment, const std::string& output) {
  return {Mirroring(low, high, environment, output).phases(timeline.phases), timeline.past};
}

}  // namespace lrc::bind
