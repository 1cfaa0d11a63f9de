// liblrc as a trainer sees it: through lrc.h, linked with nothing else.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lrc.h"
#include "tests/abi/handles.h"
#include "tests/count_allocations.h"

namespace lrc::abi_tests {
namespace {

// Values that anybody can compute: a line from 0 to 1 over ten updates, read at their ends, then 1.
constexpr const char* line = "warmup 10 steps linear then constant";

constexpr const char* grouped = R"(
policy grouped version 3 {
  run 100 steps  peak 1
  lr = linear from 1x to 0
  weight_decay = 0.5
  group half matches "*.bias" { lr by 0.5 }
  group none matches "norm*"  { weight_decay = 0 }
})";

constexpr const char* reacting = R"(
policy reacting version 1 {
  run 100 steps  peak 1
  lr = constant
  on plateau of loss falling for 2 evals { lr by 0.5, not below 0.1x }
})";

TEST(Abi, SaysWhichPageItIs) {
  EXPECT_EQ(lrc_abi_version(), static_cast<uint32_t>(LRC_ABI_VERSION));
  EXPECT_STREQ(lrc_version(), LRC_VERSION);
}

TEST(Abi, ASentenceGivesItsValues) {
  const PolicyHandle policy = read(line);
  const RunHandle run = bind(policy, {.run = "100 steps", .peak = "1"});
  ASSERT_EQ(lrc_outputs(run.get()), 1U);
  ASSERT_EQ(lrc_groups(run.get()), 1U);
  for (int update = 0; update < 12; ++update) {
    EXPECT_EQ(lrc_step(run.get()), update);
    EXPECT_EQ(lrc_value(run.get(), 0, 0), update < 10 ? (update + 1) / 10.0 : 1.0);
    lrc_advance(run.get());
  }
  double ahead = 0;
  EXPECT_EQ(lrc_evaluate(run.get(), 4, &ahead), LRC_FINE);
  EXPECT_EQ(ahead, 0.5);
  std::vector<double> range(4);
  EXPECT_EQ(lrc_evaluate_range(run.get(), 0, 0, 1, 2, range.size(), range.data()), LRC_FINE);
  EXPECT_EQ(range, (std::vector<double>{0.2, 0.4, 0.6, 0.8}));
}

TEST(Abi, EveryBackendGivesTheSameBits) {
  const PolicyHandle policy = read("warmup 7 steps then cosine to 0.01x");
  const RunHandle native =
      bind(policy, {.run = "1000 steps", .peak = "3e-4", .backend = LRC_NATIVE});
  const RunHandle interpreted =
      bind(policy, {.run = "1000 steps", .peak = "3e-4", .backend = LRC_INTERPRETER});
  EXPECT_EQ(text(native, LRC_RUN_BACKEND), "native");
  EXPECT_EQ(text(interpreted, LRC_RUN_BACKEND), "interpreter");
  for (int update = 0; update < 1000; ++update) {
    ASSERT_EQ(lrc_value(native.get(), 0, 0), lrc_value(interpreted.get(), 0, 0));
    lrc_advance(native.get());
    lrc_advance(interpreted.get());
  }
}

TEST(Abi, TensorsAreAssignedToGroupsByName) {
  const PolicyHandle policy = read(grouped);
  const RunHandle run =
      bind(policy, {}, {"linear.weight", "linear.bias", "norm.weight", "norm.bias"});
  ASSERT_EQ(lrc_outputs(run.get()), 2U);
  ASSERT_EQ(lrc_groups(run.get()), 4U);
  const auto group = [&](std::size_t name) { return lrc_group_of_name(run.get(), name); };
  EXPECT_EQ(group(0), 0U);
  EXPECT_EQ(group_name(run, group(0)), "");
  EXPECT_EQ(group_name(run, group(1)), "half");
  EXPECT_EQ(group_name(run, group(2)), "none");
  EXPECT_EQ(group_name(run, group(3)), "half+none");
  EXPECT_EQ(lrc_value(run.get(), 0, group(3)), 0.5);
  EXPECT_EQ(lrc_value(run.get(), 1, group(3)), 0.0);
  EXPECT_EQ(lrc_value(run.get(), 1, group(1)), 0.5);
  std::vector<double> values(8);
  lrc_values(run.get(), values.data());
  for (std::size_t set = 0; set < 4; ++set) {
    for (std::size_t output = 0; output < 2; ++output)
      EXPECT_EQ(values[2 * set + output], lrc_value(run.get(), output, set));
  }
}

TEST(Abi, AGroupThatMatchesNothingIsNamed) {
  const PolicyHandle policy = read(grouped);
  EXPECT_EQ(refusal(policy, {}, {"linear.weight", "norm.weight"}).status, LRC_REFUSED);
  EXPECT_NE(last_error().find("half"), std::string::npos) << last_error();
}

TEST(Abi, AMistakeIsToldAsTheCompilerTellsIt) {
  lrc_policy* policy = nullptr;
  const std::string text = "warmup 6 percent then cosine to 0.01x";
  EXPECT_EQ(lrc_policy_read(text.data(), text.size(), &policy), LRC_REFUSED);
  EXPECT_EQ(policy, nullptr);
  EXPECT_NE(last_error().find("error[E"), std::string::npos) << last_error();
  const std::string deep(2'000, '(');
  EXPECT_EQ(lrc_policy_read(deep.data(), deep.size(), &policy), LRC_LIMIT) << last_error();
  EXPECT_EQ(lrc_policy_open("/nowhere/policy.lrp", &policy), LRC_ENVIRONMENT);
  EXPECT_NE(last_error().find("/nowhere/policy.lrp"), std::string::npos) << last_error();
}

TEST(Abi, WhatARunMustBringIsTold) {
  const PolicyHandle policy = read("warmup 6% linear then cosine to 0.01x");
  EXPECT_EQ(text(policy, LRC_POLICY_NEEDS), "run\npeak\n");
  EXPECT_EQ(refusal(policy, {.run = "100 steps"}).status, LRC_REFUSED);
  EXPECT_NE(last_error().find("E0401"), std::string::npos) << last_error();
}

TEST(Abi, WrongCallsAreTold) {
  lrc_policy* policy = nullptr;
  lrc_run* run = nullptr;
  EXPECT_EQ(lrc_policy_open(nullptr, &policy), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_policy_read(nullptr, 0, &policy), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_bind(nullptr, nullptr, &run), LRC_WRONG_CALL);
  const PolicyHandle good = read(line);
  lrc_facts facts{};
  EXPECT_EQ(lrc_bind(good.get(), &facts, &run), LRC_WRONG_CALL) << "without its size";
  facts.size = sizeof facts + 1;
  EXPECT_EQ(lrc_bind(good.get(), &facts, &run), LRC_WRONG_CALL) << "of a later page";
  facts.size = sizeof facts;
  facts.rate_count = 1;
  EXPECT_EQ(lrc_bind(good.get(), &facts, &run), LRC_WRONG_CALL) << "a list of nothing";
  EXPECT_EQ(refusal(good, {.parameters = {"floor"}}).status, LRC_WRONG_CALL);
  const RunHandle bound = bind(good, {.run = "100 steps", .peak = "1"});
  double value = 0;
  EXPECT_EQ(lrc_evaluate(bound.get(), -1, &value), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_evaluate_range(bound.get(), 1, 0, 0, 1, 1, &value), LRC_WRONG_CALL);
  const int64_t last = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(lrc_evaluate_range(bound.get(), 0, 0, last, 1, 1, &value), LRC_FINE);
  EXPECT_EQ(lrc_evaluate_range(bound.get(), 0, 0, last, 1, 2, &value), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_evaluate_range(bound.get(), 0, 0, 1, -1, 3, &value), LRC_WRONG_CALL);
  EXPECT_TRUE(std::isnan(lrc_value(bound.get(), 1, 0)));
  EXPECT_TRUE(std::isnan(lrc_value(bound.get(), 0, 1)));
}

TEST(Abi, TextsAreCutAtTheBufferAndCounted) {
  const PolicyHandle policy = read(grouped);
  EXPECT_EQ(lrc_policy_get(policy.get(), LRC_POLICY_NAME, nullptr, 0), 7U);
  char exact[8] = "?", short_one[7] = "?";
  EXPECT_EQ(lrc_policy_get(policy.get(), LRC_POLICY_NAME, exact, sizeof exact), 7U);
  EXPECT_STREQ(exact, "grouped");
  EXPECT_EQ(lrc_policy_get(policy.get(), LRC_POLICY_NAME, short_one, sizeof short_one), 7U);
  EXPECT_STREQ(short_one, "groupe");
  EXPECT_EQ(text(policy, LRC_POLICY_VERSION), "3");
}

TEST(Abi, TheLastErrorIsOfThisThread) {
  lrc_policy* policy = nullptr;
  EXPECT_EQ(lrc_policy_open("/nowhere/one.lrp", &policy), LRC_ENVIRONMENT);
  std::thread([] {
    EXPECT_EQ(last_error(), "");
    lrc_policy* other = nullptr;
    EXPECT_EQ(lrc_policy_open("/nowhere/two.lrp", &other), LRC_ENVIRONMENT);
  }).join();
  EXPECT_NE(last_error().find("one.lrp"), std::string::npos);
}

TEST(Abi, NullIsAWrongCallWhereverAStatusIsGiven) {
  const PolicyHandle policy = read(line);
  const RunHandle run = bind(policy, {.run = "100 steps", .peak = "1"});
  double value = 0;
  EXPECT_EQ(lrc_evaluate(nullptr, 0, &value), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_evaluate(run.get(), 0, nullptr), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_evaluate_range(nullptr, 0, 0, 0, 1, 1, &value), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_evaluate_range(run.get(), 0, 0, 0, 1, 1, nullptr), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_evaluate_range(run.get(), 0, 0, 0, 1, 0, nullptr), LRC_FINE) << "of no values";
  EXPECT_EQ(lrc_save_file(nullptr, "run.state"), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_load_file(nullptr, "run.state", nullptr), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_load(nullptr, "", 0, nullptr), LRC_WRONG_CALL);
  EXPECT_EQ(last_error(), "lrc_load takes a run and a record");
}

TEST(Abi, ObservationsReachTheRules) {
  const PolicyHandle policy = read(reacting);
  const RunHandle run = bind(policy, {});
  std::size_t fired = 9;
  EXPECT_EQ(lrc_observe(run.get(), "accuracy", 1, 1, &fired), LRC_UNKNOWN);
  EXPECT_EQ(lrc_observe(run.get(), nullptr, 1, 1, &fired), LRC_UNKNOWN);
  EXPECT_EQ(lrc_observe(run.get(), "loss", 1, 1, &fired), LRC_ACCEPTED);
  EXPECT_EQ(lrc_observe(run.get(), "loss", 1, 1, nullptr), LRC_DUPLICATE);
  EXPECT_EQ(lrc_observe(run.get(), "loss", 2, 1, nullptr), LRC_CONFLICTING);
  EXPECT_EQ(lrc_observe(run.get(), "loss", 1, 2, &fired), LRC_ACCEPTED);
  EXPECT_EQ(fired, 0U);
  EXPECT_EQ(lrc_observe(run.get(), "loss", NAN, 3, nullptr), LRC_NOT_FINITE);
  EXPECT_EQ(lrc_observe(run.get(), "loss", 1, 2, nullptr), LRC_OLDER);
  EXPECT_EQ(lrc_value(run.get(), 0, 0), 1.0);
  EXPECT_EQ(lrc_observe(run.get(), "loss", 1, 4, &fired), LRC_ACCEPTED);
  EXPECT_EQ(fired, 1U);
  EXPECT_EQ(lrc_value(run.get(), 0, 0), 0.5);
  double at_rest = 0;
  EXPECT_EQ(lrc_evaluate(run.get(), 0, &at_rest), LRC_FINE);
  EXPECT_EQ(at_rest, 1.0);
}

TEST(Abi, ASavedRunGoesOn) {
  const PolicyHandle policy = read(reacting);
  const RunHandle before = bind(policy, {}), after = bind(policy, {});
  for (int k = 1; k <= 3; ++k) {
    lrc_observe(before.get(), "loss", 1, k, nullptr);
    lrc_advance(before.get());
  }
  const std::string record = saved(before);
  ASSERT_EQ(lrc_load(after.get(), record.data(), record.size(), nullptr), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_step(after.get()), 3);
  EXPECT_EQ(lrc_value(after.get(), 0, 0), 0.5);
  EXPECT_EQ(saved(after), record);
}

TEST(Abi, AnotherRunIsRefusedUnlessAWordSaysHow) {
  const PolicyHandle policy = read("linear from 1x to 0");
  const RunHandle shorter = bind(policy, {.run = "100 steps", .peak = "1"});
  const RunHandle longer = bind(policy, {.run = "200 steps", .peak = "1"});
  for (int k = 0; k < 50; ++k) lrc_advance(shorter.get());
  const std::string record = saved(shorter);
  const auto load = [&](const RunHandle& run, const char* word) {
    return lrc_load(run.get(), record.data(), record.size(), word);
  };
  EXPECT_EQ(load(longer, nullptr), LRC_REFUSED);
  EXPECT_NE(last_error().find("rebind"), std::string::npos) << last_error();
  EXPECT_EQ(lrc_step(longer.get()), 0) << "nothing has changed";
  EXPECT_EQ(load(longer, "as you like"), LRC_WRONG_CALL);
  EXPECT_EQ(load(longer, "rebind"), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_value(longer.get(), 0, 0), 0.75);
  EXPECT_NE(text(longer, LRC_RUN_REPORT).find("0.75"), std::string::npos);
  EXPECT_EQ(load(longer, "keep"), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_value(longer.get(), 0, 0), 0.5) << "the saved policy with the saved facts";
  EXPECT_EQ(text(longer, LRC_RUN_RUN_HASH), text(shorter, LRC_RUN_RUN_HASH));
  const RunHandle blended = bind(policy, {.run = "200 steps", .peak = "1"});
  EXPECT_EQ(load(blended, "blend over 2 steps"), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_value(blended.get(), 0, 0), 0.5 + (0.75 - 0.5) * 0.5);
}

TEST(Abi, KeepNeedsTheSameOutputs) {
  const RunHandle one = bind(read("linear from 1x to 0"), {.run = "100 steps", .peak = "1"});
  const RunHandle two = bind(read(grouped), {});
  const std::string record = saved(one);
  EXPECT_EQ(lrc_load(two.get(), record.data(), record.size(), "keep"), LRC_REFUSED);
  EXPECT_NE(last_error().find("outputs"), std::string::npos) << last_error();
}

// By Python's hashlib: the first 8 bytes of the SHA-256 of "\nrun-2" are 0.0709 of 2^64, of
// "\nrun-1" 0.4315; of "pretrain\nrun-2" 0.8994.
TEST(Abi, ACanaryIsChosenByItsName) {
  const auto chosen = [](const char* run, const char* share, const char* salt = nullptr) {
    int answer = -1;
    EXPECT_EQ(lrc_canary(run, share, salt, &answer), LRC_FINE) << last_error();
    return answer;
  };
  EXPECT_EQ(chosen("run-2", "10%"), 1);
  EXPECT_EQ(chosen("run-2", "7%"), 0);
  EXPECT_EQ(chosen("run-1", "10%"), 0);
  EXPECT_EQ(chosen("run-2", "10%", "pretrain"), 0);
  EXPECT_EQ(chosen("run-1", "100%"), 1);
  int answer = -1;
  EXPECT_EQ(lrc_canary("run-1", "101%", nullptr, &answer), LRC_WRONG_CALL);
  EXPECT_EQ(answer, -1);
}

TEST(Abi, EventsAreLinesAndWaitUntilTheyAreTaken) {
  const RunHandle run = bind(read(reacting), {});
  for (int k = 1; k <= 3; ++k) lrc_observe(run.get(), "loss", 1, k, nullptr);
  lrc_disagree(run.get(), 3, "step");
  std::vector<std::string> lines;
  char buffer[4096];
  EXPECT_GT(lrc_next_event(run.get(), buffer, 8), 8U) << "does not fit, and stays";
  while (lrc_next_event(run.get(), buffer, sizeof buffer) > 0) lines.emplace_back(buffer);
  const auto begins = [&](std::string_view kind) {
    const std::string begin = "{\"event\":\"" + std::string(kind) + "\"";
    return std::count_if(lines.begin(), lines.end(),
                         [&](const std::string& text) { return text.starts_with(begin); });
  };
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(lines[0].starts_with("{\"event\":\"start\"")) << lines[0];
  EXPECT_EQ(begins("observation"), 3);
  EXPECT_EQ(begins("firing"), 1);
  EXPECT_EQ(begins("mismatch"), 1);
}

TEST(Abi, ARunOnADiskKeepsTheRecordBefore) {
  char folder[] = "/tmp/lrc_abi_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/run.state";
  const RunHandle run = bind(read(reacting), {}), after = bind(read(reacting), {});
  ASSERT_EQ(lrc_save_file(run.get(), path.c_str()), LRC_FINE) << last_error();
  lrc_advance(run.get());
  ASSERT_EQ(lrc_save_file(run.get(), path.c_str()), LRC_FINE) << last_error();
  ASSERT_EQ(lrc_load_file(after.get(), path.c_str(), nullptr), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_step(after.get()), 1);
  std::ofstream(path) << "damaged";
  ASSERT_EQ(lrc_load_file(after.get(), path.c_str(), nullptr), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_step(after.get()), 0) << "the generation before";
  const std::string record = saved(run);
  EXPECT_EQ(lrc_write_record(path.c_str(), record.data(), record.size() - 1), LRC_REFUSED);
  EXPECT_EQ(lrc_write_record(path.c_str(), record.data(), record.size()), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_load_file(after.get(), path.c_str(), nullptr), LRC_FINE) << last_error();
  EXPECT_EQ(lrc_step(after.get()), 1);
  EXPECT_EQ(lrc_load_file(after.get(), "/nowhere/run.state", nullptr), LRC_ENVIRONMENT);
  std::filesystem::remove_all(folder);
}

TEST(Abi, AnUpdateIsExplained) {
  const RunHandle run = bind(read(reacting), {});
  for (int k = 1; k <= 3; ++k) lrc_observe(run.get(), "loss", 1, k, nullptr);
  const std::string text = text_of(
      [&](char* buffer, std::size_t size) { return lrc_explain(run.get(), 0, buffer, size); });
  EXPECT_NE(text.find("policy reacting version 1"), std::string::npos) << text;
  EXPECT_NE(text.find("0.5"), std::string::npos) << text;
  EXPECT_NE(text.find("rule 1"), std::string::npos) << text;
}

TEST(Abi, AgreementNamesWhatMustBeAlike) {
  const RunHandle run = bind(read(line), {.run = "100 steps", .peak = "1"});
  const std::string before = text(run, LRC_RUN_AGREEMENT);
  EXPECT_NE(before.find("step 0\nvalues lr 3fb999999999999a\nrounding nearest\nsubnormals kept\n"),
            std::string::npos)
      << before;
  std::fesetround(FE_UPWARD);
  const std::string upward = text(run, LRC_RUN_AGREEMENT);
  std::fesetround(FE_TONEAREST);
  EXPECT_NE(upward.find("values lr 3fb999999999999a\nrounding upward\n"), std::string::npos);
}

TEST(Abi, AnUpdateAllocatesNothing) {
  for (const lrc_backend backend : {LRC_INTERPRETER, LRC_FASTEST}) {
    const RunHandle run = bind(read(reacting), {.backend = backend});
    std::vector<double> values(1);
    const long before = allocations;
    for (int k = 0; k < 10'000; ++k) {
      lrc_values(run.get(), values.data());
      lrc_evaluate(run.get(), k, values.data());
      lrc_observe(run.get(), "loss", k % 7, k, nullptr);
      lrc_advance(run.get());
    }
    EXPECT_EQ(allocations - before, 0);
  }
}

TEST(Abi, AChildAfterForkGoesOnWithItsOwnCopy) {
  const RunHandle run = bind(read(reacting), {});
  lrc_observe(run.get(), "loss", 1, 1, nullptr);
  lrc_advance(run.get());
  const std::string record = saved(run);
  const pid_t child = fork();
  if (child == 0) {
    const bool same = saved(run) == record;
    for (int k = 2; k < 5; ++k) lrc_observe(run.get(), "loss", 1, k, nullptr);
    lrc_advance(run.get());
    const bool moved = lrc_value(run.get(), 0, 0) < 1 && lrc_step(run.get()) == 2;
    _exit(same && moved ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(saved(run), record) << "the parent's stays as it was";
}

TEST(Abi, NoPageIsWritableAndExecutable) {
  const RunHandle run = bind(read(line), {.run = "100 steps", .peak = "1", .backend = LRC_NATIVE});
  std::ifstream maps("/proc/self/maps");
  for (std::string mapping; std::getline(maps, mapping);) {
    const std::string rights = mapping.substr(mapping.find(' ') + 1, 4);
    EXPECT_FALSE(rights[1] == 'w' && rights[2] == 'x') << mapping;
  }
}

long resident_pages() {
  std::ifstream status("/proc/self/statm");
  long total = 0, resident = 0;
  status >> total >> resident;
  return resident;
}

TEST(Abi, CyclesOfBindAndReleaseLeakNothing) {
  const int cycles = LRC_LEAK_CYCLES;
  if (cycles == 0) GTEST_SKIP() << "a sanitizer keeps freed memory: its size says nothing";
  const PolicyHandle policy = read(reacting);
  const auto cycle = [&](int count) {
    for (int k = 0; k < count; ++k) {
      const RunHandle run = bind(policy, {.backend = LRC_INTERPRETER});
      const std::string record = saved(run);
      lrc_load(run.get(), record.data(), record.size(), nullptr);
    }
  };
  cycle(cycles / 10);
  const long before = resident_pages();
  cycle(cycles);
  EXPECT_LT(resident_pages() - before, 256) << "pages of 4 KiB after " << cycles << " cycles";
}

}  // namespace
}  // namespace lrc::abi_tests
