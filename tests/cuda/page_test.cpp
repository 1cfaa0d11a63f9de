// lrc_cuda.h and lrc_cuda.hpp from outside, under the double of the driver.

#include <gtest/gtest.h>

#include <bit>
#include <cstdio>

#include "compiler/compile/artifact.h"
#include "lrc_cuda.hpp"
#include "runtime/artifact/artifact.h"
#include "runtime/artifact/program_bytes.h"
#include "tests/cuda/fake_driver.h"
#include "tests/cuda/interpreted_update.h"
#include "tests/cuda/programs.h"

namespace lrc::test {
namespace {

struct Close {
  void operator()(lrc_device* device) const { lrc_device_close(device); }
};
using DeviceHandle = std::unique_ptr<lrc_device, Close>;

std::string last_error() { return detail::text_of(lrc_last_error); }

lrc::Run bound_run(std::string_view policy = ruled_policy, const Facts& facts = {}) {
  return Policy::read(policy).value().bind(facts).value();
}

// The kernel of a policy's program; it outlives the test.
void install_kernel(runtime::Schedule& schedule) {
  fake_kernel(interpreted_update, const_cast<runtime::Program*>(&schedule.program()));
}

template <class Value>
Value read_at(const Value* device_memory) {
  return *device_memory;
}

// What a trainer on the host does with the same metrics.
double loss_at(std::int64_t update) { return update % 23 == 19 ? 20.0 : 2.0; }

class Page : public testing::Test {
 protected:
  void SetUp() override { install_kernel(schedule_); }
  void TearDown() override {
    fake_kernel(nullptr, nullptr);
    EXPECT_EQ(fake_alive().allocations, 0);
    EXPECT_EQ(fake_alive().contexts, 0);
  }
  runtime::Schedule schedule_ = ruled_schedule();
};

TEST_F(Page, ARunOnTheDeviceIsTheRunOnTheHost) {
  lrc::Run run = bound_run(), host = bound_run();
  float found_inf = 0;
  Device device =
      Device::open(run, {.found_inf = reinterpret_cast<std::uint64_t>(&found_inf), .samples = 8})
          .value();
  EXPECT_EQ(device.metrics(), (std::vector<std::string>{"loss", "accuracy"}));
  for (std::int64_t update = 0; update < 100; ++update) {
    *device.metric(0) = loss_at(update);
    *device.evaluation(0) = update;
    (void)host.observe("loss", loss_at(update), update);
    ASSERT_TRUE(device.update(nullptr));
    const auto values = host.values();
    for (std::size_t output = 0; output < host.outputs().size(); ++output) {
      for (std::size_t group = 0; group < host.groups().size(); ++group) {
        const double value = values[group * host.outputs().size() + output];
        EXPECT_EQ(read_at(device.value64(output, group)), value);
        EXPECT_EQ(read_at(device.value32(output, group)), static_cast<float>(value));
      }
    }
    EXPECT_EQ(read_at(device.steps()), host.step());
    EXPECT_EQ(read_at(device.samples()), 8 * update);
    found_inf = update % 10 == 9 ? 1.0F : 0.0F;
    if (found_inf == 0) host.advance();
  }
  ASSERT_TRUE(device.pull(run, nullptr));
  EXPECT_EQ(read_at(device.skipped()), 10);
  EXPECT_EQ(run.step(), 90);
  EXPECT_EQ(run.save(), host.save());
  EXPECT_EQ(run.agreement(), host.agreement());
  while (const auto line = host.next_event()) {
    if (line->find("observation") > 12 && line->find("firing") > 12) continue;
    auto told = device.next_event();
    while (told && told->find("skipped") < 12) told = device.next_event();
    EXPECT_EQ(told, line);
  }
}

TEST_F(Page, ACheckpointGoesToAnotherDevice) {
  lrc::Run run = bound_run();
  Device device = Device::open(run).value();
  *device.metric(0) = std::numeric_limits<double>::quiet_NaN();
  *device.evaluation(0) = 0;
  for (int k = 0; k < 30; ++k) ASSERT_TRUE(device.update(nullptr));
  ASSERT_TRUE(device.pull(run, nullptr));
  const std::string record = run.save();

  lrc::Run later = bound_run();
  Device other = Device::open(later).value();
  ASSERT_TRUE(later.load(record));
  ASSERT_TRUE(other.push(later, nullptr));
  for (int k = 0; k < 50; ++k) {
    ASSERT_TRUE(device.update(nullptr));
    ASSERT_TRUE(other.update(nullptr));
    EXPECT_EQ(device.agreement(nullptr).value(), other.agreement(nullptr).value()) << k;
  }
  // Back, and the same bits again.
  ASSERT_TRUE(later.load(record, "rewind to 10"));
  ASSERT_TRUE(other.push(later, nullptr));
  ASSERT_TRUE(other.update(nullptr));
  EXPECT_EQ(read_at(other.value64(0)), later.values()[0]);
  EXPECT_EQ(read_at(other.steps()), 10);
}

TEST_F(Page, AnAddressIsThereOrZero) {
  lrc::Run run = bound_run();
  const Device device = Device::open(run).value();
  const auto address = [&](lrc_device_place place, std::size_t index) {
    return lrc_device_address(device.get(), place, index);
  };
  const std::size_t slots = run.outputs().size() * run.groups().size();
  EXPECT_EQ(address(LRC_DEVICE_DOUBLE, 1), address(LRC_DEVICE_DOUBLE, 0) + sizeof(double));
  EXPECT_EQ(address(LRC_DEVICE_FLOAT, 1), address(LRC_DEVICE_FLOAT, 0) + sizeof(float));
  EXPECT_NE(address(LRC_DEVICE_FLOAT, slots - 1), 0U);
  EXPECT_EQ(address(LRC_DEVICE_FLOAT, slots), 0U);
  EXPECT_EQ(address(LRC_DEVICE_METRIC, 2), 0U);
  EXPECT_EQ(address(LRC_DEVICE_EVALUATION, 2), 0U);
  EXPECT_NE(address(LRC_DEVICE_FACTORS, 4), 0U);
  EXPECT_EQ(address(LRC_DEVICE_FACTORS, 5), 0U);
  EXPECT_EQ(address(static_cast<lrc_device_place>(15), 0), 0U);
  EXPECT_EQ(device.value32(3, 0), nullptr);
  EXPECT_EQ(lrc_device_address(nullptr, LRC_DEVICE_BLOCK, 0), 0U);
}

TEST_F(Page, EventsStayUntilTheyFit) {
  lrc::Run run = bound_run();
  Device device = Device::open(run).value();
  *device.metric(0) = 1;
  *device.evaluation(0) = 3;
  ASSERT_TRUE(device.update(nullptr));
  char small[8];
  const std::size_t whole = lrc_device_next_event(device.get(), small, sizeof small);
  EXPECT_EQ(whole, lrc_device_next_event(device.get(), nullptr, 0));
  EXPECT_EQ(device.next_event()->size(), whole);
  EXPECT_FALSE(device.next_event().has_value());
}

TEST_F(Page, PullTellsThePhasesThatTheRunIsIn) {
  lrc::Run run = bound_run();
  while (run.next_event()) {
  }
  Device device = Device::open(run).value();
  for (int k = 0; k < 30; ++k) ASSERT_TRUE(device.update(nullptr));
  ASSERT_TRUE(device.pull(run, nullptr));
  const auto line = run.next_event();
  ASSERT_TRUE(line.has_value());
  EXPECT_NE(line->find(R"("event":"phase","update":30,"output":"lr","phase":"cosine)"),
            std::string::npos)
      << *line;
}

void expect_refused(const Result<void>& done) {
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().status, Status::refused);
  EXPECT_NE(done.error().text.find("open a device schedule with this run"), std::string::npos);
}

TEST_F(Page, ARunOfAnotherProgramIsRefused) {
  lrc::Run run = bound_run();
  Device device = Device::open(run).value();
  lrc::Run other = bound_run("policy other version 1 { run 9 steps peak 1 lr = hold }");
  expect_refused(device.pull(other, nullptr));
  expect_refused(device.push(other, nullptr));
  // `keep` brings the saved policy back: the device has the one before.
  const std::string saved_policy = R"(policy ruled version 1 {
    run 400 steps
    peak 1e-3
    lr = hold
    weight_decay = 0.1
    momentum = 0.9
    group head matches "head*" { lr by 7 }
  })";
  ASSERT_TRUE(run.load(bound_run(saved_policy).save(), "keep")) << last_error();
  expect_refused(device.pull(run, nullptr));
}

TEST_F(Page, ARunOfTheSameFactsWithOtherSetsOfGroupsIsRefused) {
  constexpr const char* policy = R"(policy groups version 1 {
    run 9 steps
    peak 1
    lr = hold
    group a matches "*a*" { lr by 2 }
    group b matches "*b*" { lr by 3 }
  })";
  lrc::Run run = bound_run(policy, {.names = {"a", "b"}});
  lrc::Run other = bound_run(policy, {.names = {"ab"}});
  ASSERT_EQ(run.run_hash(), other.run_hash());
  Device device = Device::open(run).value();
  expect_refused(device.pull(other, nullptr));
}

TEST_F(Page, WrongCallsAreSaid) {
  lrc::Run run = bound_run();
  lrc_device* device = nullptr;
  lrc_device_options options{};
  const auto expect = [&](lrc_status expected, const char* text) {
    EXPECT_EQ(lrc_device_open(run.get(), &options, &device), expected) << last_error();
    EXPECT_NE(last_error().find(text), std::string::npos) << last_error();
    EXPECT_EQ(device, nullptr);
  };
  expect(LRC_WRONG_CALL, "size");
  options.size = sizeof options + 1;
  expect(LRC_WRONG_CALL, "size");
  options.size = sizeof options;
  options.events = 3;
  expect(LRC_WRONG_CALL, "power of two");
  options.events = 0;
  options.device = 1;
  expect(LRC_WRONG_CALL, "no device 1");
  options.device = 0;
  options.tokens = -1;
  expect(LRC_WRONG_CALL, "tokens");
  EXPECT_EQ(lrc_device_open(nullptr, nullptr, &device), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_device_update(nullptr, nullptr), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_device_pull(nullptr, run.get(), nullptr), LRC_WRONG_CALL);
  EXPECT_EQ(lrc_device_push(nullptr, run.get(), nullptr), LRC_WRONG_CALL);
  lrc_device_close(nullptr);
  ASSERT_EQ(lrc_device_open(run.get(), nullptr, &device), LRC_FINE) << last_error();
  const DeviceHandle owner(device);
}

TEST_F(Page, WhatIsCapturedIsNotWaitedFor) {
  lrc::Run run = bound_run();
  Device device = Device::open(run).value();
  fake_capture(nullptr, 1);
  EXPECT_TRUE(device.update(nullptr));
  const auto pulled = device.pull(run, nullptr);
  const auto pushed = device.push(run, nullptr);
  const auto agreed = device.agreement(nullptr);
  fake_capture(nullptr, 0);
  ASSERT_FALSE(pulled || pushed || agreed);
  EXPECT_EQ(pulled.error().status, Status::wrong_call);
  EXPECT_NE(agreed.error().text.find("being captured"), std::string::npos);
  fake_replay();
  ASSERT_TRUE(device.pull(run, nullptr));
  EXPECT_EQ(run.step(), 1);
}

TEST_F(Page, AgreementTellsTheDevicesBits) {
  lrc::Run run = bound_run();
  Device device = Device::open(run).value();
  ASSERT_TRUE(device.update(nullptr));
  const std::string lines = device.agreement(nullptr).value();
  EXPECT_EQ(lines.rfind("device step 0\ndevice values lr ", 0), 0U) << lines;
  // The host's bits of the same update, but for the first words.
  const std::string host = run.agreement();
  const std::size_t begin = lines.find("values lr");
  const std::string values = lines.substr(begin, lines.find('\n', begin) - begin);
  EXPECT_NE(host.find(values), std::string::npos) << host << lines;
}

// ------------------------------------------------------------------------- where the code is from

// Of the ruled policy, with a text of code for each target.
std::string artifact(const std::vector<std::string>& targets, const runtime::Digest* arithmetic) {
  runtime::ArtifactParts parts;
  const auto compilation = compile::compile(source::make_source("<text>", ruled_policy));
  const auto bytes = compile::artifact(*compilation.policy, nullptr, {});
  const auto plain = runtime::Artifact::read(bytes.value()).value();
  parts.manifest = plain.manifest();
  parts.canonical = plain.canonical();
  parts.program = ruled_schedule().program();
  for (const std::string& target : targets) {
    runtime::CodeImage image;
    image.target = target;
    image.code = "// PTX of " + target;
    image.program = runtime::sha256(runtime::write_program(*parts.program));
    if (arithmetic != nullptr) image.arithmetic = *arithmetic;
    parts.code.push_back(image);
  }
  return runtime::Artifact::write(parts);
}

std::string origin(const std::string& bytes, const Facts& facts = {}) {
  lrc::Run run = bound_run(bytes, facts);
  const auto device = Device::open(run);
  return device ? device->origin() : device.error().text;
}

TEST_F(Page, TheBestCodeOfAnArtifactIsUsed) {
  const std::vector<std::string> all = {"sm_100", "sm_75", "sm_80", "sm_90"};
  fake_devices(1, 8, 9);
  EXPECT_EQ(origin(artifact(all, nullptr)), "artifact sm_80");
  fake_devices(1, 12, 0);
  EXPECT_EQ(origin(artifact(all, nullptr)), "artifact sm_100");
  fake_devices(1, 9, 0);
  EXPECT_EQ(origin(artifact(all, nullptr)), "artifact sm_90");
}

TEST_F(Page, OtherwiseTheCompilerMakesIt) {
  EXPECT_EQ(origin(ruled_policy), "compiler sm_90");
  EXPECT_EQ(origin(artifact({}, nullptr)), "compiler sm_90");
  EXPECT_EQ(origin(artifact({"sm_100"}, nullptr)), "compiler sm_90") << "that of a newer GPU";
  const runtime::Digest old{};
  EXPECT_EQ(origin(artifact({"sm_90"}, &old)), "compiler sm_90") << "of another release";
  // Tensors in sets of groups that the artifact has.
  EXPECT_EQ(origin(artifact({"sm_90"}, nullptr), {.names = {"a", "head.weight"}}),
            "artifact sm_90");
}

}  // namespace
}  // namespace lrc::test
