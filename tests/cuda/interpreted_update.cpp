#include "tests/cuda/interpreted_update.h"

#include "runtime/cuda/device/update.h"
#include "runtime/host/evaluate.h"

namespace lrc::test {
namespace {

struct Interpreted {
  static constexpr bool has_rules = true;
  const runtime::Program& program;
  [[nodiscard]] double value(std::int64_t step, std::uint32_t slot, const double* factors) const {
    return runtime::evaluate(program, slot, step, factors);
  }
  [[nodiscard]] double reaction(std::uint32_t index, std::int64_t step,
                                const double* factors) const {
    return runtime::evaluate(program, program.reactions[index].value, step, factors);
  }
};

struct OneThread {
  std::uint32_t index = 0, count = 1;
  void meet() const {}
  void publish() const {}
};

}  // namespace

void interpreted_update(void* block, std::uint32_t evaluate, void* program) {
  const Interpreted policy{*static_cast<const runtime::Program*>(program)};
  const OneThread thread;
  cuda::Update<Interpreted, OneThread> update(static_cast<cuda::Block*>(block), policy, thread);
  update.run(evaluate != 0);
}

}  // namespace lrc::test
