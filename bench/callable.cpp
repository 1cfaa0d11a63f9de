// From a policy's text to something that can be called, within a live process.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "bench/measurements.h"
#include "bench/policy.h"

namespace lrc::bench {
namespace {

Body text_to_bound() {
  return [](std::int64_t times) {
    for (; times > 0; --times) keep(bound(warmup_cosine).slots.data());
  };
}

double call(runtime::CompiledFunction function) {
  double value = 0;
  function(0, &value, nullptr);
  return value;
}

Body text_to_compiled() {
  return [](std::int64_t times) {
    for (; times > 0; --times) keep(call(compiled(bound(warmup_cosine))));
  };
}

Body program_to_compiled() {
  return [program = bound(warmup_cosine)](std::int64_t times) {
    for (; times > 0; --times) keep(call(compiled(program)));
  };
}

// Another process compiles, so that this one has nothing in memory.
void fill_cache() {
  const pid_t child = fork();
  if (child == 0) {
    keep(call(compiled(bound(warmup_cosine))));
    _exit(0);
  }
  if (child > 0) waitpid(child, nullptr, 0);
}

// For a process with LRC_CACHE_DIR that is asked once.
Body text_to_cached() {
  const char* folder = std::getenv("LRC_CACHE_DIR");
  if (folder == nullptr) throw std::runtime_error("LRC_CACHE_DIR is not set");
  fill_cache();
  if (std::filesystem::is_empty(folder))
    throw std::runtime_error("nothing was written to LRC_CACHE_DIR: there is no code cache");
  keep(bound("warmup 5% linear then cosine to 0.02x").slots.data());  // the process is a live one
  return text_to_compiled();
}

}  // namespace

void add_callable(Worker& worker) {
  worker.add("callable bound", text_to_bound);
  worker.add("callable jit", text_to_compiled);
  worker.add("callable jit of program", program_to_compiled);
  worker.add("callable cached", text_to_cached);
}

}  // namespace lrc::bench
