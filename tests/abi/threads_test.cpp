// A trainer steps and observes while others save, evaluate and take events. Built with
// ThreadSanitizer, which ends the program at the first race.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "runtime/host/schedule.h"

namespace {

using namespace lrc::runtime;

constexpr int observations = 40'000;

// lr is 1, and halves at every third observation that is not better.
Program program() {
  Program result;
  result.outputs = {"lr"};
  result.group_sets = {{}};
  result.frozen_until = {0};
  result.codes = {{{Operation::real, 0}, {Operation::factor, 0}, {Operation::multiply, 0, 1}}};
  result.reals = {1};
  result.slots = {{0, 0, {0, 0, 0}}};
  result.metrics = {"loss"};
  Rule plateau;
  plateau.metrics = {0};
  plateau.count = 3;
  plateau.reactions = 1;
  result.rules = {plateau};
  Reaction half;
  half.by = 0.5;
  half.most = 10;
  result.reactions = {half};
  return result;
}

[[noreturn]] void fail(const char* what, const State& state) {
  std::fprintf(stderr, "%s:\n%s", what, save_state(state).c_str());
  std::exit(1);
}

// The trainer observes at the even updates only, number n at update 2n: a saved clock that has
// passed an update by more than one knows its observation.
void check(const State& state) {
  const MetricState& metric = state.rules.metrics[0];
  const std::int64_t observed = metric.seen ? metric.evaluation : -1;
  const std::int64_t passed = state.step / 2 - (state.step % 2 == 0 ? 1 : 0);
  if (observed < passed) fail("an observation is missing", state);
  if (observed > state.step / 2) fail("an observation is ahead of the clock", state);
  const auto read = load_state(save_state(state));
  if (!read) fail("the record is none", state);
}

}  // namespace

int main() {
  Schedule schedule(program());
  std::atomic<bool> done = false;
  std::atomic<long> saves = 0;
  std::vector<std::thread> others;
  for (int k = 0; k < 2; ++k) {
    others.emplace_back([&] {
      std::vector<double> values(1);
      while (!done) {
        check(schedule.state());
        schedule.evaluate(schedule.step(), values);
        if (values[0] != 1.0) std::exit(2);
        ++saves;
      }
    });
  }
  for (std::int64_t n = 0; n < observations; ++n) {
    static_cast<void>(schedule.values());
    static_cast<void>(schedule.observe("loss", 1, n));
    schedule.advance();
    schedule.advance();
  }
  done = true;
  for (std::thread& other : others) other.join();
  std::printf("%d updates, %ld saves meanwhile\n", 2 * observations, saves.load());
  return saves > 0 && schedule.values()[0] == 1.0 / 1024 ? 0 : 3;
}
