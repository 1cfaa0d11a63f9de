// One update of many parameter groups, each with a factor of its own.

#include <memory>

#include "bench/cosine.h"
#include "bench/measurements.h"
#include "bench/policy.h"

namespace lrc::bench {
namespace {

Body update(std::shared_ptr<runtime::Schedule> schedule) {
  return [schedule](std::int64_t times) {
    for (; times > 0; --times) {
      keep(schedule->values().data());
      schedule->advance();
      if (schedule->step() == run_steps) {
        auto state = schedule->state();
        state.step = 0;
        (void)schedule->resume(state);
      }
    }
  };
}

Body interpreted(std::size_t outer, std::size_t inner) {
  return update(std::make_shared<runtime::Schedule>(bound_in_groups(outer, inner)));
}

Body jit(std::size_t outer, std::size_t inner) {
  runtime::Program program = bound_in_groups(outer, inner);
  const runtime::CompiledFunction function = compiled(program);
  return update(std::make_shared<runtime::Schedule>(std::move(program), function));
}

Body by_hand(std::int64_t groups) {
  const auto size = static_cast<std::size_t>(groups);
  return [groups, factors = std::vector<double>(size, 0.1), values = std::vector<double>(size),
          step = std::int64_t{0}](std::int64_t times) mutable {
    for (; times > 0; --times) {
      groups_c(step, factors.data(), values.data(), groups);
      keep(values.data());
      step = step + 1 == run_steps ? 0 : step + 1;
    }
  };
}

}  // namespace

void add_groups(Worker& worker) {
  // One slot is that of the parameters outside any group.
  worker.add("groups c 64", [] { return by_hand(64); });
  worker.add("groups jit 64", [] { return jit(63, 1); });
  worker.add("groups interpreter 64", [] { return interpreted(63, 1); });
  worker.add("groups c 10000", [] { return by_hand(10'000); });
  worker.add("groups jit 10000", [] { return jit(100, 100); });
  worker.add("groups interpreter 10000", [] { return interpreted(100, 100); });
}

}  // namespace lrc::bench
