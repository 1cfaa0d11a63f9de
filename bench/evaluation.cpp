// One evaluation of warmup and cosine: compiled, interpreted, and written by hand in C.

#include <bit>
#include <memory>
#include <stdexcept>

#include "bench/cosine.h"
#include "bench/measurements.h"
#include "bench/policy.h"
#include "runtime/host/interpreter.h"

namespace lrc::bench {
namespace {

std::int64_t after(std::int64_t step) { return step + 1 == run_steps ? 0 : step + 1; }

// Calls follow one another as fast as the processor takes them; all steps of the run in turn.
template <typename Function>
Body calls(Function function) {
  return [function, step = std::int64_t{0}](std::int64_t times) mutable {
    for (; times > 0; --times) {
      keep(function(step));
      step = after(step);
    }
  };
}

// Each call waits for the value of the call before it, as it does in a trainer.
template <typename Function>
Body chained(Function function) {
  return [function, step = std::int64_t{0}](std::int64_t times) mutable {
    double value = 0;
    for (; times > 0; --times) {
      step =
          after(step) + (std::bit_cast<std::int64_t>(value) >> 63);  // the sign: 0, as only we know
      value = function(step);
    }
    keep(value);
  };
}

template <typename Make>
void add(Worker& worker, const std::string& name, Make make) {
  worker.add(name, [make] { return calls(make()); });
  worker.add(name + " chained", [make] { return chained(make()); });
}

// Through a pointer that the compiler cannot see through, as compiled code is called.
auto through(double (*function)(std::int64_t)) {
  return [pointer = function](std::int64_t step) {
    double (*const volatile hidden)(std::int64_t) = pointer;
    return hidden(step);
  };
}

auto jit_slot() {
  const auto slot = backends::llvm::compile_slot(bound(warmup_cosine), 0);
  if (!slot) throw std::runtime_error(slot.error());
  return [function = *slot](std::int64_t step) {
    const volatile backends::llvm::SlotFunction hidden = function;
    return hidden(step, nullptr);
  };
}

auto jit_values() {
  return [function = compiled(bound(warmup_cosine))](std::int64_t step) {
    double value;
    function(step, &value, nullptr);
    return value;
  };
}

auto interpreter() {
  const auto shared = std::make_shared<runtime::Interpreter>(bound(warmup_cosine));
  return [shared](std::int64_t step) { return shared->value(0, step); };
}

auto schedule() {
  const auto shared = std::make_shared<runtime::Schedule>(bound(warmup_cosine));
  return [shared](std::int64_t step) {
    double value;
    shared->evaluate(step, std::span(&value, 1));
    return value;
  };
}

}  // namespace

void add_evaluation(Worker& worker) {
  add(worker, "c", [] { return through(cosine_c); });
  add(worker, "c fused", [] { return through(cosine_c_fused); });
  add(worker, "c libm", [] { return through(cosine_c_libm); });
  add(worker, "jit", jit_slot);
  add(worker, "jit values", jit_values);
  add(worker, "interpreter", interpreter);
  add(worker, "interpreter schedule", schedule);
}

}  // namespace lrc::bench
