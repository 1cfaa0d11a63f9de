// For Python's tests over the double of the CUDA driver: what the kernel of a run would do, done on
// the host by the text that the kernel is compiled from.

#include <cstdint>
#include <list>

#include "runtime/abi/run.h"
#include "tests/cuda/interpreted_update.h"

extern "C" {

// A copy that lives as long as the process. `run` is an lrc_run of this build.
__attribute__((visibility("default"))) void* program_of(const void* run) {
  static std::list<lrc::runtime::Program> programs;
  programs.push_back(static_cast<const lrc_run*>(run)->run.program());
  return &programs.back();
}

// As fake_function of tests/cuda/fake_driver.h.
__attribute__((visibility("default"))) void run_kernel(void* block, std::uint32_t evaluate,
                                                       void* program) {
  lrc::test::interpreted_update(block, evaluate, program);
}
}
