// docs/events.md shows every kind of line as it is written.

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "runtime/events/line.h"

namespace lrc::runtime {
namespace {

using Kind = Event::Kind;

// Of the policy in the document, as a compiler would bind it.
Program documented() {
  Program program;
  program.identity = {"pretrain", 3, "lrc1:9c1f", "lrc1:a07e", "run 100000 step\npeak lr 0.0003"};
  program.outputs = {"lr"};
  program.groups = {{"norms", {"*norm*"}}, {"head", {"head.*"}}};
  program.group_sets = {{}, {0}, {0, 1}};
  program.metrics = {"loss", "val_loss"};
  Rule nonfinite;
  nonfinite.trigger = Rule::Trigger::nonfinite;
  nonfinite.signals = {"diverged"};
  program.rules = {nonfinite};
  program.phases = {{0, 0, "warmup 6% linear"}, {0, 6000, "cosine to 0.1x"}};
  return program;
}

Event event(Kind kind, std::int64_t update) {
  Event built;
  built.kind = kind;
  built.update = update;
  return built;
}

Event about(Event built, std::uint32_t subject, double value = Event::unknown) {
  built.subject = subject;
  built.value = value;
  return built;
}

std::vector<Event> examples() {
  Event start = event(Kind::start, 0);
  start.count = 100'000;
  Event phase = about(event(Kind::phase, 6000), 1);
  phase.output = 0;
  Event clamp = about(event(Kind::clamp, 6000), Event::none, 3e-4);
  clamp.output = 0;
  clamp.group = 2;
  clamp.clamp = Event::Clamp::high;
  Event zero = event(Kind::zero, 100'000);
  zero.output = 0;
  Event seen = about(event(Kind::observation, 7000), 0, std::numeric_limits<double>::infinity());
  seen.evaluation = 7000;
  seen.outcome = Observation::Outcome::not_finite;
  Event fired = about(event(Kind::firing, 7000), 0);
  fired.evaluation = 7000;
  Event signal = fired;
  signal.kind = Kind::signal;
  signal.count = 0;
  Event load = event(Kind::load, 8000);
  load.count = 1;
  load.evaluation = 8000;
  load.call("aa93640284042eeb");
  Event word = event(Kind::word, 8000);
  word.call("rewarm over 500 steps");
  Event mismatch = event(Kind::mismatch, 8000);
  mismatch.call("run_hash");
  mismatch.count = 3;
  Event end = event(Kind::end, 100'000);
  end.dropped = 12;
  return {start, phase, clamp,    zero,
          seen,  fired, signal,   event(Kind::save, 8000),
          load,  word,  mismatch, event(Kind::skipped, 8200),
          end};
}

TEST(Document, ShowsEveryKindAsItIsWritten) {
  std::ifstream file(LRC_EVENTS_DOCUMENT);
  std::stringstream text;
  text << file.rdbuf();
  std::set<std::string> kinds;
  for (const Event& example : examples()) {
    const std::string expected = line(documented(), example);
    EXPECT_NE(std::string::npos, text.str().find("\n" + expected + "\n")) << expected;
    kinds.insert(nlohmann::json::parse(expected)["event"]);
  }
  EXPECT_EQ(static_cast<std::size_t>(Kind::skipped) + 1, kinds.size());
  const double values[] = {3e-4, 3e-4, 1.5e-4};
  const std::string update = update_line(documented(), 6000, values);
  EXPECT_NE(std::string::npos, text.str().find("\n" + update + "\n")) << update;
}

}  // namespace
}  // namespace lrc::runtime
