// What a run passes through is told once, at its update, and as a line that JSON reads.

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/artifact/program_bytes.h"
#include "runtime/artifact/verify.h"
#include "runtime/events/line.h"
#include "runtime/events/watch.h"
#include "runtime/host/schedule.h"
#include "tests/runtime/ruled_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

// lr rises to 3e-4 in 4 steps; clamped to 2e-4 outside groups by what the test says of it.
Program named_program() {
  Program program = small_program();
  program.frozen_until = {0, 0};
  program.phases = {{0, 0, "warmup 4 steps linear"}, {0, 4, "hold"}, {1, 0, "hold 0.1"}};
  return program;
}

std::vector<std::string> lines_of(const Program& program, Ring& ring) {
  std::vector<std::string> lines;
  for (; ring.front() != nullptr; ring.pop()) lines.push_back(line(program, *ring.front()));
  return lines;
}

TEST(Watch, TellsPhasesOnceAndTheEnd) {
  const Program program = named_program();
  Watch watch(program, 8);
  Ring ring;
  watch.begin(0, ring);
  for (std::int64_t step = 1; step <= 10; ++step) watch.advanced(step, ring);
  const std::vector<std::string> expected = {
      R"({"event":"phase","update":0,"output":"lr","phase":"warmup 4 steps linear"})",
      R"({"event":"phase","update":0,"output":"weight_decay","phase":"hold 0.1"})",
      R"({"event":"phase","update":4,"output":"lr","phase":"hold"})",
      R"({"event":"end","update":8})"};
  EXPECT_EQ(expected, lines_of(program, ring));
}

TEST(Watch, BeginsInTheMiddle) {
  const Program program = named_program();
  Watch watch(program, maximum_step);
  Ring ring;
  watch.begin(6, ring);
  EXPECT_EQ(R"({"event":"phase","update":6,"output":"lr","phase":"hold"})",
            lines_of(program, ring).at(0));
  for (std::int64_t step = 7; step <= 100; ++step) watch.advanced(step, ring);
  EXPECT_EQ(nullptr, ring.front());
}

TEST(Watch, TellsWhenAClampIsReachedAndLeft) {
  Program program = named_program();
  program.clamps.resize(4);
  program.clamps[0] = {1e-4, 2e-4};
  Watch watch(program, 8);
  Ring ring;
  watch.begin(0, ring);
  lines_of(program, ring);
  const double lr[] = {1e-4, 1.5e-4, 2e-4, 2e-4};
  for (std::int64_t step = 0; step < 4; ++step)
    watch.valued(step, std::vector<double>{lr[step], 0.1, 0, 0}, ring);
  std::vector<std::string> seen;
  for (const std::string& text : lines_of(program, ring)) {
    const auto event = nlohmann::json::parse(text);
    EXPECT_EQ("clamp", event["event"]);
    EXPECT_EQ("lr", event["output"]);
    EXPECT_EQ("", event["group"]);
    seen.push_back(event["update"].dump() + std::string(event["clamp"]));
  }
  EXPECT_EQ((std::vector<std::string>{"0low", "1left", "2high"}), seen);
}

TEST(Watch, AFrozenGroupReachesNoClamp) {
  Program program = named_program();
  program.clamps.resize(4);
  program.clamps[2] = {1e-4, 2e-4};
  program.frozen_until = {0, 2};
  Watch watch(program, 8);
  Ring ring;
  watch.begin(2, ring);
  lines_of(program, ring);
  watch.valued(1, std::vector<double>{1, 0.1, 0, 0}, ring);
  EXPECT_EQ(nullptr, ring.front());
  watch.valued(2, std::vector<double>{1, 0.1, 1e-4, 0}, ring);
  EXPECT_EQ(nlohmann::json::parse(lines_of(program, ring).at(0))["group"], "norms");
}

TEST(Watch, TellsAnUnaskedZeroOnce) {
  const Program program = named_program();  // never 0 by itself
  Watch watch(program, 8);
  Ring ring;
  watch.begin(1, ring);
  lines_of(program, ring);
  for (std::int64_t step = 1; step < 4; ++step)
    watch.valued(step, std::vector<double>(4, 0.0), ring);
  EXPECT_EQ(std::vector<std::string>{R"({"event":"zero","update":1,"output":"lr"})"},
            lines_of(program, ring));
}

TEST(Watch, AZeroThatThePolicySaysIsNone) {
  Program program = named_program();
  program.reals[3] = program.reals[1] = 0;  // the peak
  Watch watch(program, 8);
  Ring ring;
  watch.begin(1, ring);
  lines_of(program, ring);
  watch.valued(1, std::vector<double>(4, 0.0), ring);
  EXPECT_EQ(nullptr, ring.front());
  watch.valued(8, std::vector<double>(4, 0.0), ring);  // behind the end
  EXPECT_EQ(1U, lines_of(program, ring).size());
}

TEST(Watch, TellsObservationsFiringsAndSignals) {
  Rule rule;
  rule.trigger = Rule::Trigger::nonfinite;
  rule.signals = {"diverged", "stop"};
  Schedule schedule(ruled_program(rule));
  Ring ring;
  const auto seen = [&](const char* metric, double value, std::int64_t evaluation) {
    tell(schedule.program(), metric, value, evaluation, schedule.step(),
         schedule.observe(metric, value, evaluation), ring);
    return lines_of(schedule.program(), ring);
  };
  EXPECT_EQ(
      std::vector<std::string>{
          R"({"event":"observation","update":0,"metric":"loss","evaluation":1,"value":0.5,)"
          R"("bits":"3fe0000000000000","outcome":"accepted"})"},
      seen("loss", 0.5, 1));
  EXPECT_EQ(R"({"event":"observation","update":0,"metric":"other","evaluation":1,"value":0.5,)"
            R"("bits":"3fe0000000000000","outcome":"unknown"})",
            seen("other", 0.5, 1).at(0));
  const auto lines = seen("loss", std::numeric_limits<double>::infinity(), 2);
  ASSERT_EQ(4U, lines.size());
  EXPECT_EQ(R"({"event":"observation","update":0,"metric":"loss","evaluation":2,"value":null,)"
            R"("bits":"7ff0000000000000","outcome":"not_finite"})",
            lines[0]);
  EXPECT_EQ(R"({"event":"firing","update":0,"rule":0,"trigger":"nonfinite","evaluation":2})",
            lines[1]);
  EXPECT_EQ(
      R"({"event":"signal","update":0,"signal":"diverged","rule":0,"trigger":"nonfinite","evaluation":2})",
      lines[2]);
  EXPECT_EQ("stop", nlohmann::json::parse(lines[3])["signal"]);
}

TEST(Line, StartSaysWhoRuns) {
  Event event;
  event.count = 8;
  EXPECT_EQ(R"({"event":"start","update":0,"policy":"small","version":2,)"
            R"("hash":"lrc1:0123456789abcdef0123","run_hash":"lrc1:fedcba9876543210fedc",)"
            R"("facts":["run 8 steps","peak 0x1.3a92a30553261p-12"],)"
            R"("outputs":["lr","weight_decay"],"groups":["","norms"],"updates":8})",
            line(named_program(), event));
}

TEST(Line, EveryValueComesBackByItsBits) {
  const Program program = named_program();
  const double values[] = {3e-4, 5e-324, -0.0, std::numeric_limits<double>::quiet_NaN()};
  const auto update = nlohmann::json::parse(update_line(program, 5, values));
  for (std::size_t k = 0; k < 4; ++k) {
    const std::string bits = update["bits"][k];
    EXPECT_EQ(std::bit_cast<std::uint64_t>(values[k]), std::stoull(bits, nullptr, 16));
    EXPECT_EQ(k == 3, update["values"][k].is_null());
  }
  EXPECT_EQ("hold", update["phases"][0]);
}

TEST(Line, WhateverANameHoldsItIsOneLineOfJson) {
  const Program program = named_program();
  for (const std::string_view name : {"a\"b\\c\nd", "\xff\xc3", "\xed\xa0\x80", "caf\xc3\xa9"}) {
    Event event;
    event.kind = Event::Kind::observation;
    event.call(name);
    const std::string text = line(program, event);
    EXPECT_EQ(std::string::npos, text.find('\n'));
    EXPECT_TRUE(nlohmann::json::parse(text)["metric"].is_string()) << text;
  }
  Event event;
  event.kind = Event::Kind::observation;
  event.call("a\"b\nd");
  EXPECT_EQ("a\"b\nd", nlohmann::json::parse(line(program, event))["metric"]);
}

TEST(Line, TheOtherKinds) {
  const Program program = named_program();
  Event event;
  event.update = 7;
  event.kind = Event::Kind::save;
  EXPECT_EQ(R"({"event":"save","update":7,"ok":true})", line(program, event));
  event.kind = Event::Kind::load;
  event.fine = false;
  event.count = 1;
  event.dropped = 3;
  EXPECT_EQ(R"({"event":"load","update":7,"ok":false,"generation":1,"dropped":3})",
            line(program, event));
  event = {};
  event.kind = Event::Kind::word;
  event.call("rewarm over 500 steps");
  EXPECT_EQ(R"({"event":"word","update":0,"word":"rewarm over 500 steps"})", line(program, event));
  event.kind = Event::Kind::mismatch;
  event.call("run_hash");
  event.count = 3;
  EXPECT_EQ(R"({"event":"mismatch","update":0,"what":"run_hash","rank":3})", line(program, event));
}

// ------------------------------------------------------------ what an artifact carries of it

TEST(NamesInArtifacts, ComeBackAndAreVerified) {
  Program program = named_program();
  program.clamps.resize(4);
  program.clamps[0] = {1e-4, 2e-4};
  const auto again = read_program(write_program(program));
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(program.phases, again->phases);
  EXPECT_EQ(program.clamps, again->clamps);
  const auto refused = [&](const auto& change) {
    Program changed = program;
    change(changed);
    return verify(changed).has_value();
  };
  EXPECT_FALSE(refused([](Program&) {}));
  EXPECT_TRUE(refused([](Program& p) { p.phases[0].output = 2; }));
  EXPECT_TRUE(refused([](Program& p) { p.phases[1].start = 0; }));
  EXPECT_TRUE(refused([](Program& p) { p.phases[0].start = -1; }));
  EXPECT_TRUE(refused([](Program& p) { p.phases[0].name = ""; }));
  EXPECT_TRUE(refused([](Program& p) { p.phases[0].name = "two\nlines"; }));
  EXPECT_FALSE(
      refused([](Program& p) { p.phases[0].name = std::string(maximum_phase_name, 'a'); }));
  EXPECT_TRUE(
      refused([](Program& p) { p.phases[0].name = std::string(maximum_phase_name + 1, 'a'); }));
  EXPECT_TRUE(refused([](Program& p) { p.clamps.pop_back(); }));
  EXPECT_TRUE(refused([](Program& p) { p.clamps[0] = {2, 1}; }));
  EXPECT_TRUE(refused([](Program& p) { p.clamps[0].low = Event::unknown; }));
}

TEST(NamesInArtifacts, HaveTheirLimits) {
  const auto refused = [](std::size_t count) {
    Program program = named_program();
    program.phases.clear();
    for (std::size_t k = 0; k < count; ++k)
      program.phases.push_back({0, static_cast<std::int64_t>(k), "hold"});
    return verify(program).has_value();
  };
  EXPECT_FALSE(refused(maximum_named_phases));
  EXPECT_TRUE(refused(maximum_named_phases + 1));
  const auto signals = [](std::size_t count) {
    Program program = ruled_program(Rule{});
    program.frozen_until = {0};
    for (std::size_t k = 0; k < count; ++k)
      program.rules[0].signals.push_back("s" + std::to_string(k));
    return verify(program).has_value();
  };
  EXPECT_FALSE(signals(maximum_signals));
  EXPECT_TRUE(signals(maximum_signals + 1));
}

}  // namespace
}  // namespace lrc::runtime
