// Ranks that differ are found before the first update, named on every rank, and none waits for
// ever: two to eight ranks, each a thread with its own run and its own connection to a TCPStore.

#include "runtime/torch/agree.h"

#include <gtest/gtest.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <bit>
#include <cfenv>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace lrc::libtorch {
namespace {

using namespace std::chrono_literals;

constexpr const char* policy_text = R"(policy shared version 1 {
  peak 0.1
  run 100 steps
  lr = warmup 10 steps then cosine to 0
}
)";

Run bound(const std::string& text = policy_text, const Facts& facts = {}) {
  return Policy::read(text).value().bind(facts).value();
}

// What a rank of a test does; gives the error's text, or nothing.
using Rank = std::function<std::string(int rank, Agreement& agreement)>;

// Where the ranks of a test meet.
struct Meeting {
  c10d::TCPStoreOptions options;
  c10::intrusive_ptr<c10d::TCPStore> server;

  Meeting() {
    options.port = 0;  // any that is free
    options.isServer = true;
    options.waitWorkers = false;
    server = c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
    options.isServer = false;
    options.port = server->getPort();
  }
  [[nodiscard]] Agreement agreement(int rank, int ranks, std::chrono::milliseconds timeout) const {
    return {c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options), rank, ranks, timeout};
  }
};

// Runs `body` on as many ranks at once; what each gave.
std::vector<std::string> on_ranks(int ranks, const Rank& body,
                                  std::chrono::milliseconds timeout = 20s) {
  const Meeting meeting;
  std::vector<std::string> results(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      Agreement agreement = meeting.agreement(rank, ranks, timeout);
      results[static_cast<std::size_t>(rank)] = body(rank, agreement);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return results;
}

std::string checked(Agreement& agreement, const Run& run) {
  const auto result = agreement.check(run);
  return result ? "" : result.error().text;
}

// Every rank has the same error, and it holds `part`.
void expect_everywhere(const std::vector<std::string>& errors, const std::string& part) {
  for (const std::string& error : errors) {
    EXPECT_EQ(error, errors.front());
    EXPECT_NE(error.find(part), std::string::npos) << error << "\nhas not: " << part;
  }
}

class Ranks : public testing::TestWithParam<int> {
 protected:
  // The rank that differs: the first, the last, and one between them in turn.
  static int odd_one(int ranks) { return ranks == 2 ? 1 : ranks / 2; }
  static std::string named(int rank) { return "rank " + std::to_string(rank) + " has "; }
};
INSTANTIATE_TEST_SUITE_P(TwoToEight, Ranks, testing::Values(2, 3, 5, 8));

// What a schedule on a GPU has for its coming update comes as more lines.
TEST_P(Ranks, WhoseGpusHaveOtherBitsAreNamed) {
  const int odd = odd_one(GetParam());
  const auto errors = on_ranks(GetParam(), [odd](int rank, Agreement& agreement) -> std::string {
    const std::string bits = rank == odd ? "3fb999999999999b" : "3fb999999999999a";
    const auto result = agreement.check(bound(), "device step 7\ndevice values lr " + bits + "\n");
    return result ? "" : result.error().text;
  });
  expect_everywhere(errors, named(odd) + "device values lr 3fb999999999999b, ");
  EXPECT_EQ(errors.front().find("device step"), std::string::npos) << errors.front();
}

TEST_P(Ranks, ThatAreAlikeGoOn) {
  const auto errors = on_ranks(GetParam(), [](int, Agreement& agreement) -> std::string {
    auto run = bound();
    for (; run.step() < 30; run.advance()) {
      if (auto result = agreement.check_every(10, run); !result) return result.error().text;
    }
    return agreement.spread(run).value() == 0 ? "" : "they are spread";
  });
  for (const std::string& error : errors) EXPECT_EQ(error, "");
}

TEST_P(Ranks, AnotherFileIsNamedEverywhere) {
  const int odd = odd_one(GetParam());
  std::string other = policy_text;
  other.replace(other.find("0.1"), 3, "0.2");
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) {
    return checked(agreement, bound(rank == odd ? other : policy_text));
  });
  expect_everywhere(errors, named(odd) + "hash lrc1:");
  expect_everywhere(errors, named(odd) + "values lr ");
}

TEST_P(Ranks, AnotherVersionIsNamedEverywhere) {
  const int odd = odd_one(GetParam());
  std::string other = policy_text;
  other.replace(other.find("version 1"), 9, "version 2");
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) {
    return checked(agreement, bound(rank == odd ? other : policy_text));
  });
  expect_everywhere(errors, named(odd) + "version 2, rank 0 has 1\n");
}

TEST_P(Ranks, OtherFactsAreNamedEverywhere) {
  const int odd = odd_one(GetParam());
  const std::string open = "policy open version 1 {\n  peak 0.1\n  lr = cosine to 0\n}\n";
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) {
    return checked(agreement, bound(open, {.run = rank == odd ? "200 steps" : "100 steps"}));
  });
  expect_everywhere(errors, named(odd) + "run_hash lrc1:");
}

TEST_P(Ranks, AnotherStepIsNamedEverywhere) {
  const int odd = odd_one(GetParam());
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) -> std::string {
    auto run = bound();
    if (rank == odd) run.advance();
    return checked(agreement, run);
  });
  expect_everywhere(errors, named(odd) + "step 1, rank 0 has 0\n");
}

TEST_P(Ranks, AnotherRoundingModeIsNamedEverywhere) {
  const int odd = odd_one(GetParam());
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) -> std::string {
    const auto run = bound();
    if (rank == odd) std::fesetround(FE_UPWARD);
    return checked(agreement, run);
  });
  expect_everywhere(errors, named(odd) + "rounding upward, rank 0 has nearest\n");
}

TEST_P(Ranks, OneThatIsMissingIsNamedAndNobodyWaitsForEver) {
  const int odd = odd_one(GetParam());
  auto errors = on_ranks(
      GetParam(),
      [&](int rank, Agreement& agreement) {
        return rank == odd ? std::string("missing") : checked(agreement, bound());
      },
      500ms);
  errors.erase(errors.begin() + odd);
  expect_everywhere(errors, "rank " + std::to_string(odd) + " of " + std::to_string(GetParam()) +
                                " did not come within 500 ms");
}

TEST_P(Ranks, OneThatIsLateStopsWithTheOthers) {
  const int odd = odd_one(GetParam());
  const auto errors = on_ranks(
      GetParam(),
      [&](int rank, Agreement& agreement) -> std::string {
        const auto run = bound();
        if (rank == odd) std::this_thread::sleep_for(2s);
        const std::string first = checked(agreement, run);
        EXPECT_EQ(checked(agreement, run), first);  // it stays so
        return first;
      },
      500ms);
  expect_everywhere(errors, "rank " + std::to_string(odd) + " of ");
}

constexpr const char* with_rule = R"(policy guarded version 1 {
  peak 0.1
  run 100 steps
  lr = cosine to 0
  metric loss
  on plateau of loss falling for 2 evals { lr by 0.5, not below 0.01x }
}
)";

TEST_P(Ranks, ReduceAnObservationToTheSameBits) {
  const int ranks = GetParam();
  // Rank r measures 0.1 * (r + 1): in doubles the sum depends on the order.
  double sum = 0;
  for (int rank = 0; rank < ranks; ++rank) sum += 0.1 * (rank + 1);
  const double mean = sum / ranks;
  const auto errors = on_ranks(ranks, [&](int rank, Agreement& agreement) -> std::string {
    auto run = bound(with_rule);
    const double value = 0.1 * (rank + 1);
    const auto first = agreement.observe(run, "loss", value, 1);
    if (!first) return first.error().text;
    EXPECT_EQ(first->outcome, Outcome::accepted);
    // The run took the mean to the bit: the same evaluation with these bits is a duplicate.
    EXPECT_EQ(run.observe("loss", mean, 1).outcome, Outcome::duplicate);
    EXPECT_EQ(agreement.observe(run, "loss", value, 2, Reduce::rank0).value().outcome,
              Outcome::accepted);
    EXPECT_EQ(run.observe("loss", 0.1, 2).outcome, Outcome::duplicate);
    const auto last = agreement.observe(run, "loss", value, 3, Reduce::identical);
    return last ? "" : last.error().text;
  });
  expect_everywhere(errors, "rank 1 has loss 3 0.2, rank 0 has 0.1\n");
}

TEST_P(Ranks, ARankWithNaNMakesTheMeanNaNEverywhere) {
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) -> std::string {
    auto run = bound(with_rule);
    const double value = rank == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
    EXPECT_EQ(agreement.observe(run, "loss", value, 1).value().outcome, Outcome::not_finite);
    return "";
  });
  for (const std::string& error : errors) EXPECT_EQ(error, "");
}

TEST_P(Ranks, ThatReduceDifferentEvaluationsAreNamed) {
  const int odd = odd_one(GetParam());
  const auto errors = on_ranks(GetParam(), [&](int rank, Agreement& agreement) -> std::string {
    auto run = bound(with_rule);
    const auto result = agreement.observe(run, "loss", 1.0, rank == odd ? 7 : 6);
    return result ? "" : result.error().text;
  });
  expect_everywhere(errors, named(odd) + "of loss 7, rank 0 has loss 6\n");
}

// What tests/torch/rank.py says, which is a rank of the same run: it observes 0.1 times its number
// plus 1 as `loss` of evaluation 1, by the mean, advances as often as it is told to, and compares.
std::string in_python(const Meeting& meeting, int rank, int ranks, int advanced) {
  const std::string call = std::string(std::getenv("LRC_RANK_IN_PYTHON")) + " " +
                           std::to_string(meeting.options.port) + " " + std::to_string(rank) + " " +
                           std::to_string(ranks) + " " + std::to_string(advanced) + " '" +
                           with_rule + "'";
  std::string said;
  FILE* python = popen(call.c_str(), "r");
  for (int c = std::fgetc(python); c != EOF; c = std::fgetc(python)) said += static_cast<char>(c);
  EXPECT_EQ(pclose(python), 0);
  return said;
}

// Ranks 0 and 2 here, rank 1 in Python; what each gave.
std::vector<std::string> mixed(int advanced) {
  const Meeting meeting;
  std::vector<std::string> results(3);
  const auto here = [&](int rank) {
    Agreement agreement = meeting.agreement(rank, 3, 60s);
    auto run = bound(with_rule);
    const auto observed = agreement.observe(run, "loss", 0.1 * (rank + 1), 1);
    results[static_cast<std::size_t>(rank)] =
        observed ? checked(agreement, run) : observed.error().text;
  };
  std::thread first(here, 0), last(here, 2);
  results[1] = in_python(meeting, 1, 3, advanced);
  first.join();
  last.join();
  return results;
}

TEST(MixedRanks, AgreeAndAreNamedAsIfTheyWereOfOneLanguage) {
  if (std::getenv("LRC_RANK_IN_PYTHON") == nullptr)
    GTEST_SKIP() << "no rank in Python: its package was not built, or the sanitizers are on";
  for (const std::string& error : mixed(0)) EXPECT_EQ(error, "");
  expect_everywhere(mixed(1), "rank 1 has step 1, rank 0 has 0\n");
}

}  // namespace
}  // namespace lrc::libtorch
