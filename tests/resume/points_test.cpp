// At every save point of a run with rules and with a transition, in this process and in a new one:
// the same bits ever after.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "runtime/state_file/state_file.h"
#include "tests/resume/run.h"

namespace lrc::test {
namespace {

using runtime::Word;
using Kind = Word::Kind;
using Bits = std::vector<std::uint64_t>;

Bits tail(const Bits& bits, std::size_t size) {
  return {bits.end() - static_cast<std::ptrdiff_t>(size), bits.end()};
}

TEST(SavePoints, AtEveryOneTheRunGoesOnToTheLastBit) {
  for (const Word& word : {Word{Kind::rebind}, Word{Kind::rewarm, 50}, Word{Kind::blend, 50}}) {
    TrainingRun whole(word);
    Bits expected, before;
    whole.go_to(run_end, expected);
    EXPECT_GT(whole.firings(), 5) << "rules act in this run";
    TrainingRun saving(word);
    for (std::int64_t step = 0; step <= run_end; ++step) {
      saving.go_to(step, before);
      const std::string text = save_state(saving.state());
      const auto state = runtime::load_state(text);
      ASSERT_TRUE(state.has_value()) << state.error();
      TrainingRun resumed(word, *state);
      ASSERT_EQ(save_state(resumed.state()), text) << step;
      Bits after;
      resumed.go_to(run_end, after);
      ASSERT_EQ(after, tail(expected, after.size())) << text_of(word) << ", " << step;
      ASSERT_EQ(before.size() + after.size(), expected.size());
    }
  }
}

Bits printed_by(const std::string& call) {
  Bits bits;
  std::FILE* output = ::popen(call.c_str(), "r");
  unsigned long long value = 0;
  while (std::fscanf(output, "%llx", &value) == 1) bits.push_back(value);
  EXPECT_EQ(::pclose(output), 0) << call;
  return bits;
}

TEST(SavePoints, AtEveryOneANewProcessGoesOnToTheLastBit) {
  std::string folder = (std::filesystem::temp_directory_path() / "lrc_points_XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const Word word{Kind::blend, 50};
  Bits expected, before;
  TrainingRun(word).go_to(run_end, expected);
  TrainingRun saving(word);
  for (std::int64_t step = 0; step <= run_end; ++step) {
    saving.go_to(step, before);
    const auto written =
        runtime::write_state_file(folder + "/run.state", save_state(saving.state()));
    ASSERT_TRUE(written.has_value()) << written.error();
    const Bits after = printed_by(std::string(LRC_CONTINUE_RUN) + " " + folder + "/run.state '" +
                                  text_of(word) + "'");
    ASSERT_EQ(before.size() + after.size(), expected.size()) << step;
    ASSERT_EQ(after, tail(expected, after.size())) << step;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lrc::test
