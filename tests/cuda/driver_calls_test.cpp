// Which calls of the driver a device schedule makes, and what it says when one of them fails.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cuda/programs.h"
#include "tests/cuda/twin.h"

namespace lrc::test {
namespace {

using cuda::DeviceSchedule;
using Kind = cuda::Failure::Kind;
using Names = std::vector<std::string>;

Names calls() {
  std::string text(fake_calls(nullptr, 0), '\0');
  fake_calls(text.data(), text.size() + 1);
  Names names;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    names.push_back(text.substr(at, text.find('\n', at) - at));
  return names;
}

void expect_nothing_alive() {
  const fake_living alive = fake_alive();
  EXPECT_EQ(alive.contexts, 0);
  EXPECT_EQ(alive.pushed, 0);
  EXPECT_EQ(alive.modules, 0);
  EXPECT_EQ(alive.streams, 0);
  EXPECT_EQ(alive.allocations, 0);
}

// A stream as a trainer makes it.
class TrainersStream {
 public:
  TrainersStream() {
    const auto* driver = cuda::Driver::open().value();
    static_cast<void>(driver->retain_context(&context_, 0));
    static_cast<void>(driver->push_context(context_));
    static_cast<void>(driver->create_stream(&stream_, 0));
    fake_reset();
  }
  ~TrainersStream() {
    const auto* driver = cuda::Driver::open().value();
    static_cast<void>(driver->destroy_stream(stream_));
    static_cast<void>(driver->pop_context(&context_));
    static_cast<void>(driver->release_context(0));
  }
  [[nodiscard]] cuda::Stream get() const { return stream_; }

 private:
  cuda::Context context_ = nullptr;
  cuda::Stream stream_ = nullptr;
};

TEST(DriverCalls, AnUpdateIsOneLaunch) {
  runtime::Schedule host = ruled_schedule();
  Twin twin(host, {});
  fake_reset();
  twin.update();
  EXPECT_EQ(calls(), (Names{"cuCtxPushCurrent", "cuLaunchKernel", "cuCtxPopCurrent"}));
  EXPECT_EQ(fake_threads(), 32U);
}

TEST(DriverCalls, OneThreadASlotUpToTheLargestBlock) {
  runtime::Program program;
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.codes = {{{runtime::Operation::real, 0}}};
  program.reals = {1.0};
  struct Case {
    unsigned slots, threads;
    int most = 1024;
  };
  for (const auto& [slots, threads, most] :
       {Case{1, 32}, Case{32, 32}, Case{33, 64}, Case{1024, 1024}, Case{1025, 1024},
        Case{1025, 672, 680}, Case{64, 64, 680}, Case{64, 32, 33}}) {
    fake_most_threads(most);
    program.slots.assign(slots, {0, 0, {0, 0, 0}});
    runtime::Schedule host(program);
    Twin twin(host, {});
    twin.update();
    twin.expect_equal_values();
    EXPECT_EQ(fake_threads(), threads) << slots;
  }
  fake_most_threads(1024);
}

TEST(DriverCalls, AReplayCallsNothing) {
  const TrainersStream stream;
  runtime::Schedule host = ruled_schedule();
  Twin twin(host, {});
  fake_capture(stream.get(), 1);
  fake_reset();
  twin.update(stream.get());
  EXPECT_EQ(calls(), (Names{"cuCtxPushCurrent", "cuLaunchKernel", "cuCtxPopCurrent"}));
  fake_capture(stream.get(), 0);
  fake_reset();
  for (int k = 0; k < 10'000; ++k) {
    fake_replay();
    if (k % 97 == 0 || k < 400) twin.expect_equal_values();
    host.advance();
  }
  EXPECT_EQ(calls(), Names{});
  // Moved to any checkpoint, the same graph goes on from there.
  runtime::Schedule elsewhere = ruled_schedule();
  for (int k = 0; k < 123; ++k) elsewhere.advance();
  const auto moved = twin.device().go_to(stand_of(elsewhere), stream.get());
  ASSERT_TRUE(moved.has_value()) << moved.error().text;
  host.stand_at(elsewhere.position());
  fake_replay();
  twin.expect_equal_values();
}

TEST(DriverCalls, AQuietRingCostsEightBytes) {
  runtime::Schedule host = ruled_schedule();
  Twin twin(host, {});
  fake_reset();
  EXPECT_TRUE(twin.device_events().empty());
  EXPECT_EQ(std::ranges::count(calls(), "cuMemcpyDtoHAsync"), 1);
}

TEST(DriverCalls, WhatWaitsRefusesAStreamThatIsCaptured) {
  const TrainersStream stream;
  runtime::Schedule host = ruled_schedule();
  Twin twin(host, {});
  for (const cuda::Stream asked : {stream.get(), cuda::Stream(nullptr)}) {
    fake_capture(stream.get(), 1);  // which takes the default stream in
    const auto position = twin.device().position(asked);
    const auto moved = twin.device().go_to(stand_of(host), asked);
    const auto given = twin.device().given(asked);
    EXPECT_TRUE(twin.device_events().empty()) << "the ring may be read";
    fake_capture(stream.get(), 0);
    ASSERT_FALSE(position || moved || given);
    for (const auto& why : {position.error(), moved.error(), given.error()}) {
      EXPECT_EQ(why.kind, Kind::wrong_call);
      EXPECT_NE(why.text.find("being captured"), std::string::npos) << why.text;
    }
  }
  EXPECT_TRUE(twin.device().position(stream.get()).has_value());
}

TEST(DriverCalls, ASecondScheduleMayBeOpenedAndClosedDuringACapture) {
  const TrainersStream stream;
  runtime::Schedule host = ruled_schedule();
  fake_capture(stream.get(), 1);
  {
    Twin twin(host, {});
  }
  fake_capture(stream.get(), 0);
  EXPECT_EQ(fake_alive().allocations, 0);
}

std::string failing_open(runtime::Schedule& host, std::uint64_t call) {
  fake_reset();
  fake_fail(call, 2);
  auto opened = DeviceSchedule::open(host.program(), stand_of(host), {}, some_code);
  const std::string text = opened ? "" : opened.error().text;
  fake_fail(0, 0);
  return text;
}

// Every call in turn fails as if memory had run out.
TEST(DriverCalls, EveryFailureOfOpeningIsToldAndLeaksNothing) {
  runtime::Schedule host = ruled_schedule();
  fake_reset();
  DeviceSchedule::open(host.program(), stand_of(host), {}, some_code).value().reset();
  const Names whole = calls();
  std::size_t told = 0;
  for (std::size_t call = 1; call <= whole.size(); ++call) {
    const std::string text = failing_open(host, call);
    expect_nothing_alive();
    if (text.empty()) continue;
    ++told;
    EXPECT_NE(text.find(whole[call - 1] + " gave 2 (CUDA_ERROR_OUT_OF_MEMORY): out of memory\n"),
              std::string::npos)
        << call << " " << text;
    EXPECT_NE(text.find("free memory"), std::string::npos) << text;
  }
  EXPECT_GE(told, 15U);
}

// The position, and the same calls again, are as before.
TEST(DriverCalls, EveryFailureBehindOpeningIsToldAndChangesNothing) {
  runtime::Schedule host = ruled_schedule();
  Twin twin(host, {});
  twin.update();
  const auto expect_told = [&](const char* what, const auto& call) {
    std::size_t failures = 0;
    for (std::uint64_t k = 1; k < 30; ++k) {
      fake_reset();
      fake_fail(k, 999);
      const auto done = call();
      fake_fail(0, 0);
      if (done) continue;
      ++failures;
      EXPECT_EQ(done.error().kind, Kind::environment) << what << done.error().text;
      EXPECT_NE(done.error().text.find(calls()[k - 1] + " gave 999"), std::string::npos) << what;
    }
    EXPECT_GE(failures, 2U) << what;
  };
  expect_told("update", [&] { return twin.device().update(nullptr); });
  expect_told("position", [&] { return twin.device().position(nullptr); });
  expect_told("go_to", [&] { return twin.device().go_to(stand_of(host), nullptr); });
  expect_told("given", [&] { return twin.device().given(nullptr); });
  twin.push();
  twin.write_metric(0, 1, 1);
  twin.update();
  std::size_t failures = 0;
  for (std::uint64_t k = 1; k < 10; ++k) {
    fake_fail(k, 999);
    failures += twin.device().events().front().has_value() ? 0 : 1;
    fake_fail(0, 0);
    if (failures < k) break;
  }
  EXPECT_GE(failures, 8U);
  EXPECT_EQ(twin.device_events().size(), 1U);
}

TEST(DriverCalls, AMachineWithoutTheRightGpuIsToldSo) {
  runtime::Schedule host = ruled_schedule();
  const auto problem = [&](int device) {
    const auto opened =
        DeviceSchedule::open(host.program(), stand_of(host), {device, {}},
                             [](int capability) -> tl::expected<cuda::DeviceCode, std::string> {
                               auto target = cuda::compiler_target(capability);
                               if (!target) return tl::unexpected(target.error());
                               return cuda::DeviceCode{"", *target};
                             });
    return opened ? (*opened)->origin() : opened.error().text;
  };
  EXPECT_EQ(problem(0), "sm_90");
  EXPECT_NE(problem(1).find("there is no device 1: CUDA counts 1"), std::string::npos);
  EXPECT_NE(problem(-1).find("there is no device -1"), std::string::npos);
  fake_devices(1, 7, 0);
  EXPECT_NE(problem(0).find("7.0, and lrc makes code for those from 7.5 on"), std::string::npos);
  fake_devices(1, 7, 5);
  EXPECT_EQ(problem(0), "sm_75");
  fake_devices(1, 8, 9);
  EXPECT_EQ(problem(0), "sm_80");
  fake_devices(1, 12, 1);
  EXPECT_EQ(problem(0), "sm_120");
  fake_devices(0, 0, 0);
  EXPECT_NE(problem(0).find("CUDA_ERROR_NO_DEVICE"), std::string::npos);
  EXPECT_NE(problem(0).find("CUDA_VISIBLE_DEVICES"), std::string::npos);
  fake_devices(1, 9, 0);
}

TEST(DriverCalls, WhatTheDriversCompilerSaysIsToldToo) {
  runtime::Schedule host = ruled_schedule();
  fake_log("ptxas fatal : Unsupported .version 9.9");
  fake_reset();
  DeviceSchedule::open(host.program(), stand_of(host), {}, some_code).value().reset();
  const Names whole = calls();
  const auto load = std::ranges::find(whole, "cuModuleLoadDataEx") - whole.begin();
  const std::string text = failing_open(host, static_cast<std::uint64_t>(load) + 1);
  EXPECT_NE(text.find("test sm_90; the driver says: ptxas fatal"), std::string::npos) << text;
  fake_log(nullptr);
}

TEST(DriverCalls, MemoryThatWasWrittenOverIsAnError) {
  runtime::Schedule host = ruled_schedule();
  Twin twin(host, {});
  twin.update();
  auto* head = twin.part<cuda::Block>(0);
  ++head->rules;
  fake_kernel(nullptr, nullptr);
  const auto position = twin.device().position(nullptr);
  ASSERT_FALSE(position.has_value());
  EXPECT_NE(position.error().text.find("written over"), std::string::npos);
  EXPECT_NE(position.error().text.find("compute-sanitizer"), std::string::npos);
}

}  // namespace
}  // namespace lrc::test
