#pragma once
// The calls of the system that a test program makes, to be counted and made to fail. The linker
// puts these in their places (--wrap).

#include <string>
#include <vector>

namespace lrc::runtime {

struct Faults {
  int error = 0;              // of the calls that fail
  int first = 0;              // the first that fails, counted from 1; 0: none
  int last = 0;               // the last that fails
  bool no_links = false;      // the file system has none
  bool no_locks = false;      // it has none of these
  bool short_writes = false;  // a write takes one byte
};

// Counts from here on, with these faults, until it ends.
class WatchedCalls {
 public:
  explicit WatchedCalls(const Faults& faults);
  ~WatchedCalls();
  WatchedCalls(const WatchedCalls&) = delete;
  WatchedCalls& operator=(const WatchedCalls&) = delete;

  [[nodiscard]] const std::vector<std::string>& names() const;
};

}  // namespace lrc::runtime
