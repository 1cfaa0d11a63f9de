#include "runtime/host/transition.h"

#include <cmath>

#include "runtime/arithmetic/arithmetic.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::runtime {

void Transition::apply(std::int64_t step, std::span<double> values) const noexcept {
  const ArithmeticEnvironment environment;
  const double share =
      lrc1_quotient(static_cast<lrc1_wide>(step - begin) + 1, static_cast<lrc1_wide>(updates));
  for (const Start& start : starts)
    values[start.slot] = lrc1_ramp(start.value, values[start.slot], share, share);
}

SavedTransition saved(const Transition& transition, const Program& program, std::int64_t step) {
  if (!transition.acts_at(step)) return {};
  SavedTransition saved{transition.begin, transition.updates, {}};
  for (const Transition::Start& start : transition.starts) {
    saved.from.push_back(named(program, start.slot, start.value));
  }
  return saved;
}

tl::expected<Transition, std::string> fitting(const Program& program, const SavedTransition& saved,
                                              std::int64_t step) {
  Transition transition{saved.begin, saved.updates, {}};
  if (saved.updates == 0 && saved.begin == 0 && saved.from.empty()) return transition;
  if (saved.begin < 0 || saved.begin > step || !transition.acts_at(step))
    return tl::unexpected(std::string("its transition does not act where its clock stands"));
  const ByName slots(named_values(program, std::vector<double>(program.slots.size())));
  for (const NamedValue& from : saved.from) {
    const auto slot = slots.find(from);
    if (!slot || !std::isfinite(from.value))
      return tl::unexpected("its transition begins at a value that the policy does not have, of `" +
                            from.output + "`");
    transition.starts.push_back({*slot, from.value});
  }
  return transition;
}

}  // namespace lrc::runtime
