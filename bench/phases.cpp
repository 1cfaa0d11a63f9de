// How the time grows with the number of phases.

#include <memory>

#include <fmt/format.h>

#include "bench/measurements.h"
#include "bench/policy.h"

namespace lrc::bench {
namespace {

Body text_to_bound(std::size_t phases) {
  return [text = phases_text(phases)](std::int64_t times) {
    for (; times > 0; --times) keep(bound(text).slots.data());
  };
}

// Goes through all phases in turn.
Body steps(std::size_t phases, bool jit) {
  constexpr std::int64_t average_length = 5;  // of phases_text
  runtime::Program program = bound(phases_text(phases));
  const runtime::CompiledFunction function = jit ? compiled(program) : nullptr;
  const auto schedule = std::make_shared<const runtime::Schedule>(std::move(program), function);
  const auto end = average_length * static_cast<std::int64_t>(phases);
  return [schedule, end, step = std::int64_t{0}](std::int64_t times) mutable {
    for (; times > 0; --times) {
      double value;
      schedule->evaluate(step, std::span(&value, 1));
      keep(value);
      step = step + 1 == end ? 0 : step + 1;
    }
  };
}

}  // namespace

void add_phases(Worker& worker) {
  for (const std::size_t phases : {625UL, 1'250UL, 2'500UL, 5'000UL, 10'000UL})
    worker.add(fmt::format("phases bound {}", phases), [=] { return text_to_bound(phases); });
  for (const std::size_t phases : {8UL, 10'000UL}) {
    worker.add(fmt::format("phases interpreter {}", phases), [=] { return steps(phases, false); });
    worker.add(fmt::format("phases jit {}", phases), [=] { return steps(phases, true); });
  }
}

}  // namespace lrc::bench
