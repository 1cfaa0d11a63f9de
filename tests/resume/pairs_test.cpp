// The state of every policy in examples/ and stdlib/recipes/, given to every other one: refused,
// both named.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "compiler/source/read.h"
#include "tests/resume/bound.h"

namespace lrc::test {
namespace {

namespace fs = std::filesystem;

struct Known {
  std::string path;
  runtime::Schedule schedule;
  runtime::State state;
};

// For a policy that leaves facts open.
compile::FactTexts some_facts() {
  compile::FactTexts facts;
  facts.run = "100K steps";
  facts.peak = "3e-4";
  return facts;
}

std::vector<std::string> policies() {
  std::vector<std::string> paths;
  for (const char* folder : {"/examples", "/stdlib/recipes"}) {
    for (const auto& entry : fs::recursive_directory_iterator(std::string(LRC_ROOT) + folder)) {
      if (entry.path().extension() == ".lrp") paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<Known> bound_policies() {
  std::vector<Known> all;
  for (const std::string& path : policies()) {
    auto schedule = bound(source::read(path).value(), {});
    if (!schedule) schedule = bound(source::read(path).value(), some_facts());
    if (!schedule) {
      ADD_FAILURE() << path << ": " << schedule.error();
      continue;
    }
    for (int update = 0; update < 7; ++update) schedule->advance();
    auto state = runtime::load_state(save_state(schedule->state()));
    EXPECT_TRUE(state.has_value()) << path;
    all.push_back({path, std::move(*schedule), std::move(*state)});
  }
  return all;
}

void expect_named(const std::string& text, const runtime::Identity& identity) {
  const std::string version = identity.policy + " version " + std::to_string(identity.version);
  ASSERT_NE(text.find(identity.policy.empty() ? "without a name" : version), std::string::npos);
  ASSERT_NE(text.find(identity.hash.substr(0, 17)), std::string::npos) << text;
}

TEST(Pairs, AStateOfAnotherPolicyIsRefusedAndBothAreNamed) {
  std::vector<Known> all = bound_policies();
  EXPECT_GE(all.size(), 100U);
  std::size_t refused = 0, alike = 0;
  for (const Known& saved : all) {
    for (Known& other : all) {
      const auto resumed = other.schedule.resume(saved.state);
      const runtime::Identity& identity = other.schedule.program().identity;
      if (identity.run_hash == saved.state.identity.run_hash) {
        ASSERT_TRUE(resumed.has_value()) << resumed.error();
        ++alike;
        continue;
      }
      ASSERT_FALSE(resumed.has_value()) << saved.path << " in " << other.path;
      expect_named(resumed.error(), saved.state.identity);
      expect_named(resumed.error(), identity);
      ++refused;
    }
  }
  std::printf("%zu policies: %zu pairs refused, %zu are the same run\n", all.size(), refused,
              alike);
  EXPECT_GE(alike, all.size()) << "each goes on with its own state";
}

}  // namespace
}  // namespace lrc::test
