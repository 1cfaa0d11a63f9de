// Whatever floating-point environment a thread has when a policy is compiled, bound, translated and
// evaluated: the bits are those of lrc1, and the thread keeps its environment.

#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "compiler/backends/llvm/jit.h"
#include "compiler/compile/compile.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/schedule.h"

namespace lrc::test {
namespace {

// Every function, rounded literals, and values down into the subnormal numbers.
constexpr const char* policy = R"(
curve bumpy(u) = havpi(u) * (1 + sinpi(2 * u) / 10 * (1 - u)) * u ^ 0.37
policy p version 1 {
  peak 3e-4
  peak wee = 1.234567e-308
  param small: rate = 1e-307 in 1e-308 .. 1
  run  9973 steps
  lr     = warmup 1/7 of run linear then cosine to 0.1x for 1000 steps then hold then cooldown last 20% sqrt to 0
  own    = bumpy from 1/3 to 0.7
  law    = warmup 10 steps to 1 then power -0.51 timescale 777 steps
  tiny   = exponential from 1e-300 to 1e-308
  tinier = linear from 1e-308 to 0
  wee    = warmup 5 steps then cosine to 0.1x
  chosen = linear from small to 0
  stairs = step by 0.1 every 29 steps from 0.7
  wave   = exp2(-3 * progress) * (0.5 + 0.25 * cospi(7 * progress)) + log2(1 + progress) * tanh(progress) / 3
  group g matches "*" { lr by 0.3 }
}
)";

// A thread's rounding, and on x86-64 whether it flushes results (FTZ) and operands (DAZ).
struct Environment {
  std::string name;
  int rounding = FE_TONEAREST;
  unsigned flushing = 0;
};

std::vector<Environment> environments() {
  std::vector<Environment> all;
  const std::vector<std::pair<std::string, int>> roundings = {{"to nearest", FE_TONEAREST},
                                                              {"downwards", FE_DOWNWARD},
                                                              {"upwards", FE_UPWARD},
                                                              {"towards zero", FE_TOWARDZERO}};
  for (const auto& [name, rounding] : roundings) {
    all.push_back({name, rounding});
#if defined(__x86_64__)
    all.push_back({name + " with FTZ and DAZ", rounding, 0x8040});
#endif
  }
  return all;
}

class Within {
 public:
  explicit Within(const Environment& environment) : wanted_(environment) {
    std::fesetround(environment.rounding);
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | environment.flushing);
#endif
  }
  ~Within() {
    EXPECT_EQ(std::fegetround(), wanted_.rounding) << "not given back";
#if defined(__x86_64__)
    EXPECT_EQ(_mm_getcsr() & 0x8040, wanted_.flushing) << "not given back";
    _mm_setcsr(_mm_getcsr() & ~0x8040U);
#endif
    std::fesetround(FE_TONEAREST);
  }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Environment wanted_;
};

using Bits = std::vector<std::uint64_t>;

// The hash, too, and a parameter that a run chooses.
struct Bound {
  std::string hash;
  runtime::Program program;
};

Bound bound() {
  const auto compilation = compile::compile(source::make_source("<test>", policy));
  if (!compilation.policy) throw std::logic_error("the test's own policy does not compile");
  compile::FactTexts facts;
  facts.parameters = {{"small", "1.7654321e-308"}};
  return {compilation.policy->hash,
          compile::bind(*compilation.policy, facts, {}, {{}, {0}}).bound.value().program};
}

Bits values_of(const runtime::Schedule& schedule) {
  std::vector<double> values(schedule.program().slots.size());
  Bits bits;
  for (std::int64_t step = 0; step <= 10'000; step += 7) {
    schedule.evaluate(step, values);
    for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  }
  return bits;
}

// The same by the interpreter's own door.
Bits interpreted(const runtime::Program& program) {
  Bits bits;
  for (std::int64_t step = 0; step <= 10'000; step += 7) {
    for (std::size_t slot = 0; slot < program.slots.size(); ++slot)
      bits.push_back(std::bit_cast<std::uint64_t>(runtime::evaluate(program, slot, step)));
  }
  return bits;
}

// What a trainer's loop reads from a running schedule.
Bits running(runtime::Schedule schedule) {
  Bits bits;
  for (std::int64_t step = 0; step <= 10'000; ++step, schedule.advance()) {
    const auto values = schedule.values();
    if (step % 7 != 0) continue;
    for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  }
  return bits;
}

class FloatingPointEnvironment : public testing::Test {
 protected:
  // So that each environment translates by itself.
  void SetUp() override { ::setenv("LRC_CACHE", "off", 1); }
};

TEST_F(FloatingPointEnvironment, OfTheCallerPlaysNoPart) {
  const auto& [usual_hash, usual] = bound();
  const Bits expected = interpreted(usual);
  const bool jit = backends::llvm::available();
  if (!jit) std::printf("skipped: the JIT, which was not built\n");
  for (const Environment& environment : environments()) {
    SCOPED_TRACE(environment.name);
    std::optional<Bits> compiled_here, compiled_before;
    Bits of_interpreter, of_schedule, of_running, bound_here;
    std::string hash;
    const auto code = jit ? compile::jit(usual).value() : nullptr;
    {
      const Within within(environment);
      of_interpreter = interpreted(usual);
      of_schedule = values_of(runtime::Schedule(usual));
      of_running = running(runtime::Schedule(usual));
      const auto [hash_here, here] = bound();
      hash = hash_here;
      bound_here = interpreted(here);
      if (jit) {
        compiled_before = values_of(runtime::Schedule(usual, code));
        compiled_here = running(runtime::Schedule(here, compile::jit(here).value()));
      }
    }
    EXPECT_TRUE(of_interpreter == expected) << "interpreter";
    EXPECT_TRUE(of_schedule == expected) << "schedule";
    EXPECT_TRUE(of_running == expected) << "running schedule";
    EXPECT_EQ(hash, usual_hash);
    EXPECT_TRUE(bound_here == expected) << "compiled and bound in this environment";
    if (jit) {
      EXPECT_TRUE(*compiled_before == expected) << "JIT";
      EXPECT_TRUE(*compiled_here == expected) << "JIT, translated in this environment";
    }
  }
  std::printf("%zu environments, %zu values each of up to 6 ways, %s\n", environments().size(),
              expected.size(), HasFailure() ? "not all the same" : "0 differing bits");
}

// The comparison has something to see: the very code of the JIT, called without the runtime that
// sets the environment, gives other bits in each of the others.
TEST_F(FloatingPointEnvironment, WouldShow) {
  if (!backends::llvm::available()) GTEST_SKIP() << "the JIT was not built";
  const runtime::Program program = bound().program;
  const auto code = compile::jit(program).value();
  const auto raw = [&](const Environment& environment) {
    const Within within(environment);
    std::vector<double> values(program.slots.size());
    Bits bits;
    for (std::int64_t step = 0; step <= 10'000; step += 7) {
      code(step, values.data(), nullptr);
      for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
    }
    return bits;
  };
  const Bits usual = raw(environments().front());
  EXPECT_TRUE(usual == interpreted(program));
  for (const Environment& environment : environments()) {
    if (environment.name == "to nearest") continue;
    EXPECT_TRUE(raw(environment) != usual) << environment.name;
  }
}

}  // namespace
}  // namespace lrc::test
