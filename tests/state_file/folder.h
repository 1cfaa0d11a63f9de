#pragma once
// A folder with a record in it, in every way that saves and crashes can leave it.

#include <functional>
#include <string>
#include <vector>

#include "runtime/state_file/state_file.h"

namespace lrc::runtime {

// The state of a run after so many updates, as text.
[[nodiscard]] std::string record_at(std::int64_t step);

// Where the record at `path` stands; -1: there is none to be read.
[[nodiscard]] std::int64_t step_in(const std::filesystem::path& path);

// What one of these makes stands in an empty folder. A record that can be read is at 20 or, in the
// generation before, at 10.
struct Start {
  const char* name;
  std::int64_t step;  // of the record that is read; -1: none
  std::function<void(const std::filesystem::path& path)> make;
};
[[nodiscard]] const std::vector<Start>& starts();

// A new empty folder that goes with this.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path record() const { return path_ / "run.state"; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void put(const std::filesystem::path& path, const std::string& text);

}  // namespace lrc::runtime
