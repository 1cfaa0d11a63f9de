// Rules in canonical text.

#include <gtest/gtest.h>

#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "compiler/ir/canonical.h"

namespace lrc::ir {
namespace {

compile::CompiledPolicy policy_with(const std::string& rules) {
  const std::string text = "policy p version 1 { lr = constant momentum = 0.9 " + rules + " }";
  auto compilation = compile::compile(source::make_source("<test>", text));
  if (!compilation.policy) {
    ADD_FAILURE() << text << "\n"
                  << diagnostics::render_human(compilation.issues, diagnostics::Color::never);
    return {};
  }
  return std::move(*compilation.policy);
}

constexpr const char* plateau =
    "on plateau of loss falling for 5 evals, threshold 1e-3 relative, cooldown 2 evals, after 5%, "
    "counting nonfinite { lr by 0.5, not below 0.01x, ignoring changes under 1e-8 "
    "momentum by 0.5 for 3 epochs, at most 2 times }";

TEST(Rules, ReadBackToTheSameProgram) {
  for (const std::string rules :
       {plateau, "on spike of loss above 4 times its mean over 200 steps { lr by 0.5 for 9 steps }",
        "on nonfinite b, a { lr by 0 for 1 step }",
        "on threshold of a above -1.5 { lr by 2, at most 3 times }",
        "param f: number = 0.5 on nonfinite a { lr by f, not below 0.1x }"}) {
    const auto policy = policy_with(rules);
    const auto back = read(policy.canonical);
    ASSERT_TRUE(back) << back.error() << "\n" << policy.canonical;
    EXPECT_TRUE(*back == policy.program) << policy.canonical;
  }
}

TEST(Rules, AreMeaningButForTheirSpelling) {
  const std::pair<const char*, const char*> same[] = {
      {"on plateau of a rising for 3 evals { lr by 0.5, not below 0 }",
       "metric a, b on plateau of a rising for 3 evals, threshold 0 relative, cooldown 0 evals "
       "{ lr by 5e-1, not below 0x }"},
      {"on nonfinite b, a, b { lr by 0.5 for 1 step momentum by 0 for 1 step }",
       "on nonfinite a, b { momentum by 0 for 1 step lr by 0.5 for 1 step }"},
  };
  for (const auto& [a, b] : same) EXPECT_EQ(policy_with(a).hash, policy_with(b).hash) << a;
  const std::pair<const char*, const char*> different[] = {
      {"on nonfinite a { lr by 0.5 for 1 step }", "on nonfinite b { lr by 0.5 for 1 step }"},
      {"on nonfinite a { lr by 0.5 for 1 step }", "on nonfinite a { lr by 0.5 for 1 epoch }"},
      {"on nonfinite a { lr by 0.5, not below 0.1 } on nonfinite b { lr by 0.5, not below 0.2 }",
       "on nonfinite b { lr by 0.5, not below 0.2 } on nonfinite a { lr by 0.5, not below 0.1 }"},
      {"", "on nonfinite a { lr by 1 for 1 step }"},
  };
  for (const auto& [a, b] : different) EXPECT_NE(policy_with(a).hash, policy_with(b).hash) << a;
}

TEST(Rules, NameTheFactsThatTheyNeed) {
  const Inputs inputs = policy_with(plateau).program.inputs;
  EXPECT_TRUE(inputs.run);
  EXPECT_EQ(inputs.rates, std::vector{exact::Unit::epochs});
  EXPECT_EQ(inputs.peaks, std::vector<std::string>{"lr"});
}

TEST(Rules, WhatNoPolicySaysIsNotRead) {
  const std::string text =
      policy_with(std::string(plateau) + " on nonfinite a, b { lr by 0.5, not below 0.1x }")
          .canonical;
  ASSERT_TRUE(read(text)) << text;
  const std::pair<std::string, std::string> changes[] = {
      {"falling 5", "falling 0"},
      {"falling 5", "sinking 5"},
      {"1/1000 relative", "0 relative"},
      {"(plateau loss falling 5 1/1000 relative)", "(spike loss 1/2 (9 step))"},
      {"(plateau loss falling 5 1/1000 relative)", "(spike loss 2 (9 step))"},  // counting
      {"(plateau loss falling 5 1/1000 relative)", "(plateau loss falling 5 1/1000)"},
      {"(cooldown 2)", "(cooldown 0)"},
      {"(cooldown 2)", "(cooldown -2)"},
      {"(nonfinite a b)", "(nonfinite b a)"},
      {"(nonfinite a b)", "(nonfinite a a)"},
      {"(nonfinite a b)", "(nonfinite)"},
      {"(nonfinite a b)", "(nonfinite a b)\n  (counting)"},
      {"(for (3 epoch))", "(for (0 epoch))"},
      {"(most 2)", "(most 0)"},
      {"reaction momentum", "reaction dropout"},
      {"reaction momentum", "reaction lr"},
      {"(floor (1/10 x))", "(ignored (1/10 x))"},  // without an end
      {"reaction lr 1/2 (floor (1/10 x))", "reaction lr 2 (floor (1/10 x))"},
  };
  for (const auto& [from, to] : changes) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << "\n" << text;
    EXPECT_FALSE(read(std::string(text).replace(at, from.size(), to))) << to;
  }
}

}  // namespace
}  // namespace lrc::ir
