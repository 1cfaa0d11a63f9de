// continue_run FILE WORD: goes on from a record in a file to the end of the run, and prints the
// bits of every value on the way.

#include <cinttypes>
#include <cstdio>

#include "runtime/state_file/state_file.h"
#include "tests/resume/run.h"

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto found = lrc::runtime::read_state_file(arguments[1]);
  const auto word = lrc::runtime::parse_word(arguments[2]);
  if (!found || !word) {
    std::fprintf(stderr, "%s\n", (found ? word.error() : found.error()).c_str());
    return 1;
  }
  std::vector<std::uint64_t> bits;
  lrc::test::TrainingRun(*word, found->state).go_to(lrc::test::run_end, bits);
  for (const std::uint64_t value : bits) std::printf("%016" PRIx64 "\n", value);
}
