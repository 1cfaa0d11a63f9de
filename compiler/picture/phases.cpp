#include "compiler/picture/phases.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/bind/environment.h"
#include "compiler/bind/extension.h"
#include "compiler/picture/numbers.h"
#include "compiler/picture/plot.h"
#include "runtime/host/evaluate.h"

namespace lrc::picture {
namespace {

using exact::Length;
using exact::Level;
using exact::Rational;

ir::Extent until(const Rational& updates) {
  return {ir::Extent::Kind::until, {Length::Of::steps, updates}};
}

// Where the first phase of a repeat's body starts, however deep.
std::optional<Level> written_start(const ir::Phase& phase) {
  const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
  return repeat != nullptr ? written_start(repeat->body.front()) : phase.from;
}

// Reads the rows of one output's schedule. The level at the end of a phase is what the binder hands
// to a hold behind it, so no formula is repeated here.
class Reader {
 public:
  // `facts` is the policy's program without outputs, groups and peaks.
  Reader(const compile::CompiledPolicy& policy, const View& view, const ir::Output& output,
         ir::Program facts)
      : policy_(policy),
        view_(view),
        output_(output),
        empty_(std::move(facts)),
        environment_(policy.program, view.facts) {
    empty_.outputs.push_back({output.name, {}, std::nullopt});
    for (const ir::Peak& item : policy.program.peaks) {
      if (item.output == output.name) empty_.peaks.push_back(item);
    }
  }

  OutputPhases read(std::string group) {
    OutputPhases phases{output_.name, std::move(group), {}, peak(), false};
    phases.in_shares = view_.peakless.contains(output_.name);
    curve(output_.curve, phases.timelines);
    return phases;
  }

 private:
  std::optional<double> peak() const {
    if (view_.peakless.contains(output_.name)) return std::nullopt;
    for (const ir::Peak& item : policy_.program.peaks) {
      if (item.output == output_.name) return environment_.real(item.value);
    }
    const auto found = view_.facts.peaks.find(output_.name);
    if (found == view_.facts.peaks.end()) return std::nullopt;
    return exact::to_double(found->second);
  }

  void curve(const ir::Curve& value, std::vector<std::vector<PhaseRow>>& out) const {
    const std::size_t first = out.size();
    for (const ir::Curve& operand : value.operands) curve(operand, out);
    if (value.kind == ir::Curve::Kind::extended) {
      const bind::Extension extension = bind::extension_of(value, environment_);
      for (std::size_t i = first; i < out.size(); ++i) {
        for (PhaseRow& row : out[i]) {
          row.start = extension.moved(row.start);
          if (row.end) row.end = extension.moved(*row.end);
        }
      }
    }
    if (value.kind == ir::Curve::Kind::timeline) out.push_back(timeline(value.timeline));
  }

  // The program with this schedule instead of the output's, bound to the same facts.
  std::optional<bind::Bound> bound(ir::Timeline timeline) const {
    ir::Program program = empty_;
    program.outputs.front().curve.timeline = std::move(timeline);
    auto result =
        bind::bind(program, view_.facts, {"", 0, "", {output_.name}, {runtime::GroupSet{}}, true});
    if (!result) return std::nullopt;
    return std::move(*result);
  }

  std::vector<PhaseRow> timeline(const ir::Timeline& value) const {
    std::vector<PhaseRow> rows;
    const auto whole = bound(value);
    if (!whole) return rows;
    if (whole->phases.front().empty()) return rows;
    const auto& placed = whole->phases.front().front();
    Level level{false, Rational(0)};
    for (std::size_t i = 0; i < placed.size(); ++i) {
      const ir::Phase& phase = value.phases[i];
      if (const auto start = written_start(phase)) level = *start;
      PhaseRow row{words(policy_.origins[phase.origin]),
                   placed[i].start,
                   placed[i].end,
                   absolute(level),
                   std::nullopt,
                   phase.reading == ir::Reading::end,
                   ""};
      if (placed[i].end) {
        row.level_end = level_at_end(phase, placed[i], level);
        level = Level{false, exact::from_double(*row.level_end)};
        row.cycles = cycles(phase, placed[i]);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  double absolute(const Level& level) const {
    const double value = environment_.real(level.amount);
    if (!level.relative) return value;
    const double share_of = view_.peakless.contains(output_.name) ? 1 : peak().value_or(1);
    return value * share_of;
  }

  // A hold of what comes in, the phase at its place, and a hold of what it hands over.
  double level_at_end(const ir::Phase& phase, const bind::PlacedPhase& place,
                      const Level& incoming) const {
    ir::Timeline alone;
    if (place.start > 0) alone.phases.push_back({until(place.start), incoming, ir::Hold{}});
    ir::Phase itself = phase;
    itself.extent = until(*place.end);
    const bool starts_itself = std::holds_alternative<ir::Repeat>(phase.form) ||
                               std::holds_alternative<ir::Formulaic>(phase.form);
    if (!itself.from && !starts_itself) itself.from = incoming;
    alone.phases.push_back(std::move(itself));
    alone.phases.push_back({{}, std::nullopt, ir::Hold{}});
    const auto result = bound(std::move(alone));
    const exact::Integer end = exact::ceiling(*place.end);
    if (!result || end > runtime::maximum_step) return absolute(incoming);
    return runtime::evaluate(result->program, 0, end.convert_to<std::int64_t>());
  }

  std::string cycles(const ir::Phase& phase, const bind::PlacedPhase& place) const {
    const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
    if (repeat == nullptr) return "";
    const auto* every = std::get_if<Length>(&repeat->period);
    if (every == nullptr || repeat->at_most) return "";  // as many as written
    const Rational growth = environment_.number(repeat->growth);
    const bind::Environment::Amount first = environment_.amount(*every, std::nullopt);
    const bind::Path& path = environment_.path();
    Rational period = first.value;
    Rational left = path.clock(first.unit, *place.end) - path.clock(first.unit, place.start);
    constexpr int most = 10'000;
    int whole = 0;
    if (growth == 1) {
      const exact::Integer count = exact::floor(left / period);
      left -= Rational(count) * period;
      return cycles_text(count.str(), left / period);
    }
    for (; left >= period && whole < most; period *= growth, ++whole) left -= period;
    return cycles_text(std::to_string(whole), left / period);
  }

  static std::string cycles_text(const std::string& whole, const Rational& rest) {
    const std::string text = fmt::format("{} whole cycle{}", whole, whole == "1" ? "" : "s");
    if (rest == 0) return text;
    return fmt::format("{}, the last is cut at {}% of it", text, exact_count(rest * 100));
  }

  const compile::CompiledPolicy& policy_;
  const View& view_;
  const ir::Output& output_;
  ir::Program empty_;  // the output without a schedule
  bind::Environment environment_;
};

}  // namespace

std::vector<OutputPhases> phases_of(const compile::CompiledPolicy& policy, const View& view) {
  ir::Program facts = policy.program;
  facts.outputs.clear();
  facts.groups.clear();
  facts.peaks.clear();
  std::map<std::string, const ir::Output*> outputs;
  for (const ir::Output& output : policy.program.outputs) outputs.emplace(output.name, &output);
  std::vector<OutputPhases> all;
  for (const std::string& name : policy.outputs())
    all.push_back(Reader(policy, view, *outputs.at(name), facts).read(""));
  for (const ir::Group& group : policy.program.groups) {
    for (const ir::Output& output : group.outputs)
      all.push_back(Reader(policy, view, output, facts).read(group.name));
  }
  return all;
}

}  // namespace lrc::picture
