#include "compiler/ir/canonical.h"

#include <gtest/gtest.h>

#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "tests/random_policy.h"

namespace lrc::ir {
namespace {

std::string hash_of(const std::string& text) {
  const auto compilation = compile::compile(source::make_source("<test>", text));
  EXPECT_TRUE(compilation.policy) << text << "\n"
                                  << diagnostics::render_human(compilation.issues,
                                                               diagnostics::Color::never);
  return compilation.policy ? compilation.policy->hash : "";
}

// M13: layout, sugar, spelling, names and the order of independent lines are gone.
TEST(Hash, IsTheSameForTheSameMeaning) {
  const std::pair<const char*, const char*> same[] = {
      {"warmup 6% linear then cosine to 0.01x",
       "warmup 6.0%\n# said otherwise\nthen cosine to 1e-2x"},
      {"warmup 6%  then hold", "policy p version 1 { lr = warmup 6% then hold }"},
      {"policy p version 1 { lr = constant }",
       "policy q version 7 { owner \"somebody\" lr = constant }"},
      {"warmup 1K steps then hold", "warmup 1_000 steps from 0 to 1x linear then hold"},
      {"cosine to 0", "cosine from 1x to 0x"},
      {"constant", "hold 1x"},
      {"warmup 10% then hold then cooldown last 10%",
       "warmup 10% then hold 1x then cooldown last 10% linear to 0"},
      {"warmup 10% then cosine to 0", "warmup 10% then cosine from 1x to 0"},
      {"hold 0.5x", "step to 0.5x"},
      {"policy p version 1 { lr = constant momentum = 0.9 }",
       "policy p version 1 { momentum = 0.9 lr = constant }"},
      {"policy p version 1 { run 10 steps peak 1e-3 lr = constant }",
       "policy p version 1 { peak 0.001 run 10.0 steps lr = constant }"},
      {"policy p version 1 { 1 epoch = 100 steps lr = warmup 1 epoch then hold }",
       "policy p version 1 { 100 steps = 1 epoch 1 epoch = 100 steps lr = warmup 1 epoch then hold "
       "}"},
      {"step by 0.1 at 30, 60 epochs", "step by 0.1 at 60 epochs, 30 epochs"},
      {"warmup 10 steps then hold", "\xEF\xBB\xBFwarmup 10 steps then hold"},
      {"warmup 10 steps then hold", "warmup 10 steps # a line of an old Mac\rthen hold"},
      {"cycle triangular between 0.1x and 1x every 10 steps",
       "cycle linear between 0.10x and 1x every 10 steps"},
  };
  for (const auto& [a, b] : same) EXPECT_EQ(hash_of(a), hash_of(b)) << a << "\n" << b;
}

// What the policy states is its meaning.
TEST(Hash, DiffersForAnotherMeaning) {
  const std::pair<const char*, const char*> different[] = {
      {"warmup 6% then cosine to 0", "warmup 7% then cosine to 0"},
      {"cosine to 0", "linear to 0"},
      {"warmup 10 steps then hold",
       "linear from 0 to 1x for 10 steps then hold"},  // another reading point
      {"warmup 10 steps then hold", "warmup 10 epochs then hold"},
      {"policy p version 1 { lr = constant }", "policy p version 1 { run 10 steps lr = constant }"},
      {"policy p version 1 { peak 1 lr = constant }",
       "policy p version 1 { peak 2 lr = constant }"},
      {"policy p version 1 { batch 8 samples per step lr = constant }",
       "policy p version 1 { batch 9 samples per step lr = constant }"},
      {"policy p version 1 { param a: x = 0.1x in 0 x .. 1x lr = cosine to a }",
       "policy p version 1 { param a: x = 0.2x in 0 x .. 1x lr = cosine to a }"},
      {"policy p version 1 { lr = constant group a matches \"*.b\" { lr by 2 } }",
       "policy p version 1 { lr = constant group a matches \"*.c\" { lr by 2 } }"},
      {"policy p version 1 { lr = constant group a matches \"*.b\" { lr by 2 } }",
       "policy p version 1 { lr = constant group c matches \"*.b\" { lr by 2 } }"},
      {"policy p version 1 { lr = constant group a matches \"x\" { lr by 2 } group b matches \"y\" "
       "{ lr by 3 } }",
       "policy p version 1 { lr = constant group b matches \"y\" { lr by 3 } group a matches \"x\" "
       "{ lr by 2 } }"},
      {"policy p version 1 { lr = constant }",
       "policy p version 1 { lr = constant clamp lr to 0 .. 1 }"},
      {"min(constant, 0.5x)", "max(constant, 0.5x)"},
      {"step by 0.1 every 10 steps", "exponential by 0.1 per 10 steps"},
  };
  for (const auto& [a, b] : different) EXPECT_NE(hash_of(a), hash_of(b)) << a << "\n" << b;
}

TEST(Canonical, ReadsBackToTheSameProgram) {
  int compiled = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::string text = test::RandomPolicy(seed).text();
    const auto compilation = compile::compile(source::make_source("<test>", text));
    if (!compilation.policy) continue;  // phases that do not fit the stated run
    ++compiled;
    const auto read_back = read(compilation.policy->canonical);
    ASSERT_TRUE(read_back) << text << "\n" << compilation.policy->canonical << read_back.error();
    ASSERT_TRUE(*read_back == compilation.policy->program) << text << "\n"
                                                           << compilation.policy->canonical;
    ASSERT_EQ(print(*read_back), compilation.policy->canonical);
  }
  std::printf("%d of 2000 random policies compiled and read back\n", compiled);
  EXPECT_GT(compiled, 1000);
}

TEST(Canonical, OnlyCanonicalTextIsRead) {
  const std::string text =
      compile::compile(source::make_source("<test>", "warmup 6% then cosine to 0.1x"))
          .policy->canonical;
  ASSERT_TRUE(read(text));
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    EXPECT_FALSE(read(text.substr(0, cut))) << cut;
  EXPECT_FALSE(read(text + "\n"));
  EXPECT_FALSE(read(" " + text));
  std::string changed = text;
  changed.replace(changed.find("3/50"), 4, "6/100");
  EXPECT_FALSE(read(changed));
  EXPECT_FALSE(read(std::string(100'000, '(')));
}

// Text that is written as print writes it, and says what no policy can.
TEST(Canonical, WhatNoPolicySaysIsNotRead) {
  const std::string text =
      compile::compile(source::make_source("<test>",
                                           "policy p version 1 { param a: x in 0.1x .. 1x "
                                           "lr = repeat every 10 steps growing by 2 { "
                                           "linear to a } }"))
          .policy->canonical;
  ASSERT_TRUE(read(text)) << text;
  const std::pair<std::string, std::string> changes[] = {
      {"(10 step)", "(0 step)"},   // a period of nothing
      {"(10 step)", "(1 cycle)"},  // of a cycle that it is not in
      {"(10 step) 2", "(10 step) 1/2"},
      {"(ramp ((parameter a) x)", "(ramp ((parameter b) x)"},
      {"(ramp ((parameter a) x)", "(ramp (parameter a)"},
      {"open 0.1 1", "open 1 0.1"},
      {"open 0.1 1", "open 0.1 inf"},
  };
  for (const auto& [from, to] : changes) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << "\n" << text;
    EXPECT_FALSE(read(std::string(text).replace(at, from.size(), to))) << to;
  }
}

// C6, where the form of the shortest decimal changes. Hashes depend on it.
TEST(Canonical, RealsAreWrittenInOneWay) {
  const std::pair<const char*, const char*> spelled[] = {
      {"1e-5", "1e-05"},
      {"0.0001", "0.0001"},
      {"1e15", "1000000000000000"},
      {"1e16", "1e+16"},
      {"0.00012345678901234567", "0.00012345678901234567"},
      {"123456.5", "123456.5"},
      {"1e-308", "1e-308"},
      {"1e300", "1e+300"},
      {"0.1", "0.1"},
  };
  for (const auto& [written, canonical] : spelled) {
    const std::string policy =
        std::string("policy p version 1 { peak ") + written + " lr = constant }";
    const auto compilation = compile::compile(source::make_source("<test>", policy));
    ASSERT_TRUE(compilation.policy) << written;
    EXPECT_NE(compilation.policy->canonical.find(std::string("(peak lr ") + canonical + ")"),
              std::string::npos)
        << compilation.policy->canonical;
  }
}

}  // namespace
}  // namespace lrc::ir
