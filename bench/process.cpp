// Whole processes, from fork to exit: `lrc check` of one file beside a program that does nothing.

#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "bench/table.h"

namespace lrc::bench {
namespace {

void process(benchmark::State& state, const std::string& program, const char* verb,
             const char* file) {
  std::array<char*, 4> arguments = {const_cast<char*>(program.c_str()), const_cast<char*>(verb),
                                    const_cast<char*>(file), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", 1, 0);
  for (auto _ : state) {
    pid_t child = 0;
    int status = 0;
    const bool ended =
        posix_spawn(&child, program.c_str(), &quiet, nullptr, arguments.data(), environ) == 0 &&
        waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!ended) {
      state.SkipWithError("the program did not end well");
      break;
    }
  }
  posix_spawn_file_actions_destroy(&quiet);
}

int main_of(int argc, char** argv) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string lrc = (folder / "lrc").string();
  Options options;
  options.unit = "ms";
  options.base = "/bin/true";
  const auto row = [](const char* name, const std::string& program, const char* verb,
                      const char* file) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
      process(state, program, verb, file);
    })->UseRealTime();
  };
  row("/bin/true", "/bin/true", nullptr, nullptr);
  row("lrc hash of one sentence", lrc, "hash", "constant");
  row("lrc check of one file", lrc, "check", "examples/policies/pretrain.lrp");
  return run(argc, argv, options);
}

}  // namespace
}  // namespace lrc::bench

int main(int argc, char** argv) { return lrc::bench::main_of(argc, argv); }
