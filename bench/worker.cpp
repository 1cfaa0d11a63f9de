#include "bench/worker.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace lrc::bench {
namespace {

using Json = nlohmann::json;

double now(Clock clock) {
  timespec time{};
  clock_gettime(clock == Clock::thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

double timed(const Body& body, std::int64_t times, Clock clock) {
  const double begin = now(clock);
  body(times);
  return now(clock) - begin;
}

// How many times fill about so many nanoseconds; none: once, without a rehearsal.
std::int64_t times_in(const Body& body, double nanoseconds, Clock clock) {
  if (nanoseconds <= 0) return 1;
  std::int64_t times = 1;
  for (;;) {
    const double taken = std::max(1.0, timed(body, times, clock));
    const double wanted = static_cast<double>(times) * nanoseconds / taken;
    if (wanted < 2 * static_cast<double>(times))
      return std::max<std::int64_t>(1, std::llround(wanted));
    times = std::llround(std::min(wanted, 100.0 * static_cast<double>(times)));
  }
}

}  // namespace

void Worker::add(std::string name, std::function<Body()> prepare, Clock clock) {
  measurements_.push_back({std::move(name), std::move(prepare), clock});
}

Worker::Measurement& Worker::named(const std::string& name) {
  const auto found = std::find_if(measurements_.begin(), measurements_.end(),
                                  [&](const Measurement& one) { return one.name == name; });
  if (found == measurements_.end()) throw std::invalid_argument("nothing is called " + name);
  return *found;
}

int Worker::serve() {
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      const Json request = Json::parse(line);
      Measurement& one = named(request.at(0));
      const double nanoseconds = 1e6 * request.at(1).get<double>();
      if (!one.body) one.body = one.prepare();
      if (one.times == 0) one.times = times_in(one.body, nanoseconds, one.clock);
      answer["ns"] = timed(one.body, one.times, one.clock) / static_cast<double>(one.times);
    } catch (const std::exception& error) {
      answer["reason"] = error.what();
    }
    std::cout << answer.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }
  return 0;
}

}  // namespace lrc::bench
