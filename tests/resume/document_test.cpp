// docs/state.md: its policies give its record, its refusal and its report.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/compile/compile.h"
#include "runtime/host/sha256.h"
#include "tests/resume/run.h"

namespace lrc::test {
namespace {

std::string document() {
  std::ifstream file(LRC_ROOT "/docs/state.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> blocks(const std::string& language) {
  const std::string text = document(), begin = "```" + language + "\n", end = "\n```\n";
  std::vector<std::string> found;
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
    const auto first = at + begin.size();
    found.push_back(text.substr(first, text.find(end, first) - first) + "\n");
  }
  return found;
}

runtime::State saved_state(const std::string& policy) {
  const auto compiled = compile::compile(source::make_source("<document>", policy));
  runtime::Schedule schedule(schedule_of(policy.c_str()).program(), nullptr,
                             compiled.policy->canonical);
  for (; schedule.step() <= 1200; schedule.advance()) {
    if (schedule.step() < 1196) continue;
    (void)schedule.observe("grad_norm", schedule.step() == 1200 ? 12.0 : 1.0, schedule.step());
  }
  return schedule.state();
}

TEST(Document, ShowsWhatItsPoliciesGive) {
  const auto policies = blocks("lrc"), texts = blocks("text");
  ASSERT_EQ(policies.size(), 2U);
  ASSERT_EQ(texts.size(), 3U);
  const runtime::State state = saved_state(policies[0]);
  EXPECT_EQ(save_state(state), texts[0]);
  EXPECT_EQ("lrc1:" + runtime::hex(runtime::sha256(state.canonical)), state.identity.hash);
  runtime::Schedule next = schedule_of(policies[1].c_str());
  const auto refused = next.resume(state);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error() + "\n", texts[1]);
  const auto report = next.resume(state, runtime::parse_word("blend over 500 steps").value());
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_EQ(*report, texts[2]);
}

}  // namespace
}  // namespace lrc::test
