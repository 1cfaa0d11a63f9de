#pragma once
// A process that measures one thing at a time, whenever `run.py` asks for it. run.py asks this and
// other processes in turn, so that what is compared was measured within the same moments.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lrc::bench {

// Does its work so many times.
using Body = std::function<void(std::int64_t times)>;

// `thread` does not count what other programs do meanwhile; `wall` does, where other processes do
// the work.
enum class Clock { thread, wall };

class Worker {
 public:
  // `prepare` runs when the measurement is first asked for. It throws a std::exception with the
  // reason where this cannot be measured.
  void add(std::string name, std::function<Body()> prepare, Clock clock = Clock::thread);

  // Answers until standard input ends. A request is a line `["NAME", MILLISECONDS]`, an answer
  // `{"ns": …}` for each time, in about so many milliseconds (0: once, without a rehearsal), or
  // `{"reason": "…"}`.
  int serve();

 private:
  struct Measurement {
    std::string name;
    std::function<Body()> prepare;
    Clock clock;
    Body body = {};
    std::int64_t times = 0;  // in one request; 0: not known yet
  };

  Measurement& named(const std::string& name);

  std::vector<Measurement> measurements_;
};

// The compiler must compute the value, and may not remember what memory holds.
inline void keep(double value) { asm volatile("" : : "x"(value) : "memory"); }
inline void keep(const void* value) { asm volatile("" : : "r"(value) : "memory"); }

}  // namespace lrc::bench
