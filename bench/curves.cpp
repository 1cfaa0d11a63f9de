// All updates of a run at once.

#include <cstring>
#include <stdexcept>

#include "bench/cosine.h"
#include "bench/measurements.h"
#include "bench/policy.h"

namespace lrc::bench {
namespace {

template <typename Write>
Body whole(Write write) {
  return [write, values = std::vector<double>(run_steps)](std::int64_t times) mutable {
    for (; times > 0; --times) {
      write(values.data());
      keep(values.data());
    }
  };
}

Body step_by_step() {
  const auto slot = backends::llvm::compile_slot(bound(warmup_cosine), 0);
  if (!slot) throw std::runtime_error(slot.error());
  return whole([function = *slot](double* values) {
    for (std::int64_t step = 0; step < run_steps; ++step) values[step] = function(step, nullptr);
  });
}

Body at_once() {
  const auto curve = backends::llvm::compile_curve(bound(warmup_cosine), 0);
  if (!curve) throw std::runtime_error(curve.error());
  return whole([function = *curve](double* values) { function(0, run_steps, values); });
}

}  // namespace

void add_curves(Worker& worker) {
  worker.add("curve c", [] { return whole(curve_c); });
  worker.add("curve c fused", [] { return whole(curve_c_fused); });
  worker.add("curve libmvec", [] { return whole(curve_c_libmvec); });
  worker.add("curve memset",
             [] { return whole([](double* values) { std::memset(values, 0, 8 * run_steps); }); });
  worker.add("curve jit", at_once);
  worker.add("curve jit steps", step_by_step);
}

}  // namespace lrc::bench
