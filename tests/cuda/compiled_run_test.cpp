// Whole runs by the kernel as the compiler makes it, lowered as for a GPU and then assembled for
// this machine's processor, one thread of it: rules, clocks, events and all. No GPU is in it.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "compiler/backends/llvm/emit.h"
#include "runtime/cuda/device_code.h"
#include "tests/cuda/programs.h"
#include "tests/cuda/random_twins.h"
#include "tests/differential/workspace.h"

namespace lrc::test {
namespace {

using differential::Library;
using differential::Workspace;

constexpr const char* target = "nvptx-on-x86-64";

bool is_there() {
  const auto targets = backends::llvm::emit_targets();
  return std::find(targets.begin(), targets.end(), target) != targets.end();
}

// The function lrc_update of a program.
class CompiledKernel {
 public:
  explicit CompiledKernel(const runtime::Program& program) {
    const auto object =
        backends::llvm::emit(program, {backends::llvm::Form::object, target, "lrc"});
    if (!object) throw std::runtime_error(object.error());
    workspace_.write("kernel.o", *object);
    workspace_.run("cc -shared -o kernel.so kernel.o");
    library_ = std::make_unique<Library>(workspace_.path("kernel.so"));
    update_ = library_->symbol<Update>("lrc_update");
  }
  [[nodiscard]] Kernel kernel() {
    return {[](void* block, std::uint32_t evaluate, void* self) {
              static_cast<CompiledKernel*>(self)->update_(block, evaluate);
            },
            this};
  }

 private:
  using Update = void (*)(void*, std::uint32_t);
  Workspace workspace_;
  std::unique_ptr<Library> library_;
  Update update_ = nullptr;
};

class CompiledRun : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_there()) GTEST_SKIP() << "this build emits no " << target;
  }
  void TearDown() override { fake_kernel(nullptr, nullptr); }
};

TEST_F(CompiledRun, OfAPolicyWithEveryRuleEqualsTheHost) {
  CompiledKernel compiled(ruled_schedule().program());
  std::size_t events = 0;
  for (std::uint64_t seed = 100; seed < 120; ++seed) {
    runtime::Schedule host = ruled_schedule();
    RandomTwins twins(host, seed, compiled.kernel());
    for (int k = 0; k < 450 && !HasFatalFailure(); ++k) twins.update();
    events += twins.events_seen();
  }
  EXPECT_GT(events, 1000U);
}

TEST_F(CompiledRun, OfRandomPoliciesEqualsTheHost) {
  auto policies = random_policies(9000, 25);
  for (std::size_t k = 0; k < policies.size(); ++k) {
    CompiledKernel compiled(policies[k].schedule.program());
    RandomTwins twins(policies[k].schedule, k, compiled.kernel());
    for (int update = 0; update < 200; ++update) twins.update();
    ASSERT_FALSE(HasFailure()) << policies[k].name;
  }
}

// The runtime does not see the compiler, and keeps a list of its own.
TEST_F(CompiledRun, TheRuntimeKnowsTheCompilersTargets) {
  const auto emitted = backends::llvm::emit_targets();
  for (const std::string& name : emitted) {
    const auto capability = cuda::capability_of(name);
    if (!capability) continue;
    EXPECT_EQ(cuda::compiler_target(*capability).value_or(""), name);
  }
  for (int capability = 75; capability < 200; ++capability) {
    const std::string asked = cuda::compiler_target(capability).value();
    EXPECT_NE(std::find(emitted.begin(), emitted.end(), asked), emitted.end()) << asked;
  }
}

}  // namespace
}  // namespace lrc::test
