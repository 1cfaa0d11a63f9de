// Artifacts through lrc.h: what needs the compiler, and what does not.

#include <gtest/gtest.h>

#include "compiler/compile/artifact.h"
#include "tests/abi/handles.h"

namespace lrc::abi_tests {
namespace {

constexpr const char* grouped = R"(
policy grouped version 3 {
  run 100 steps
  lr = linear from 1x to 0
  weight_decay = 0.5
  group half matches "*.bias" { lr by 0.5 }
  group none matches "norm*"  { weight_decay = 0 }
})";

std::string artifact(bool bound, std::vector<std::string> targets = {}) {
  const auto compilation = compile::compile(source::make_source("<text>", grouped));
  const auto& policy = *compilation.policy;
  compile::FactTexts facts;
  facts.peak = "1";
  const auto binding = compile::bind(policy, facts, {}, {{}, {0}, {1}});
  const bind::Bound* chosen = bound ? &*binding.bound : nullptr;
  return compile::artifact(policy, chosen, {std::move(targets)}).value();
}

TEST(AbiArtifact, ABoundOneNeedsNoFacts) {
  const PolicyHandle policy = read(artifact(true));
  EXPECT_EQ(text(policy, LRC_POLICY_NAME), "grouped");
  EXPECT_EQ(text(policy, LRC_POLICY_VERSION), "3");
  const RunHandle run = abi_tests::bind(policy, {}, {"a.weight", "a.bias", "norm.weight"});
  EXPECT_EQ(text(run, LRC_RUN_BACKEND), "interpreter");
  EXPECT_EQ(lrc_value(run.get(), 0, lrc_group_of_name(run.get(), 1)), 0.5);
  EXPECT_EQ(text(run, LRC_RUN_HASH), text(read(grouped), LRC_POLICY_HASH));
}

TEST(AbiArtifact, ItsOwnCodeIsUsed) {
  const RunHandle run = abi_tests::bind(read(artifact(true, {"x86-64"})), {.backend = LRC_NATIVE});
  EXPECT_EQ(text(run, LRC_RUN_BACKEND), "native");
  lrc_advance(run.get());
  EXPECT_EQ(lrc_value(run.get(), 0, 0), 0.99);
}

TEST(AbiArtifact, SetsThatItIsNotBoundForAreBoundByTheCompiler) {
  const RunHandle run =
      abi_tests::bind(read(artifact(true)), {}, {"norm.bias", "a.bias", "norm.weight"});
  EXPECT_EQ(group_name(run, lrc_group_of_name(run.get(), 0)), "half+none");
  EXPECT_EQ(lrc_value(run.get(), 0, lrc_group_of_name(run.get(), 0)), 0.5);
  const RunHandle text_run = abi_tests::bind(read(grouped), {.peak = "1"});
  EXPECT_EQ(text(run, LRC_RUN_RUN_HASH), text(text_run, LRC_RUN_RUN_HASH));
}

TEST(AbiArtifact, TheSameFactsAgainAreFineAndOthersAreNot) {
  const PolicyHandle policy = read(artifact(true));
  EXPECT_EQ(try_bind(policy, {.peak = "1"}).status, LRC_FINE) << last_error();
  EXPECT_EQ(try_bind(policy, {.peak = "2"}).status, LRC_REFUSED);
  EXPECT_NE(last_error().find("bound to other facts"), std::string::npos) << last_error();
}

TEST(AbiArtifact, AnOpenOneTakesFacts) {
  const PolicyHandle policy = read(artifact(false));
  EXPECT_EQ(text(policy, LRC_POLICY_NEEDS), "peak\n");
  const RunHandle run = abi_tests::bind(policy, {.peak = "1"});
  const RunHandle text_run = abi_tests::bind(read(grouped), {.peak = "1"});
  EXPECT_EQ(text(run, LRC_RUN_RUN_HASH), text(text_run, LRC_RUN_RUN_HASH));
  EXPECT_EQ(text_of([&](char* buffer, std::size_t size) {
              return lrc_output_name(run.get(), 0, buffer, size);
            }),
            "lr");
  EXPECT_EQ(try_bind(policy, {}).status, LRC_REFUSED);
}

TEST(AbiArtifact, ADamagedOneIsRefused) {
  std::string bytes = artifact(true);
  bytes[bytes.size() / 2] ^= 1;
  lrc_policy* policy = nullptr;
  EXPECT_EQ(lrc_policy_read(bytes.data(), bytes.size(), &policy), LRC_REFUSED);
}

}  // namespace
}  // namespace lrc::abi_tests
