#include "tests/state_file/folder.h"

#include <cstdlib>
#include <fstream>

namespace lrc::runtime {

namespace fs = std::filesystem;

std::string record_at(std::int64_t step) {
  State state = {{"p", 1, "lrc1:aa", "lrc1:bb", "run 100 steps"}, step};
  state.layout_hash = "cc";
  state.canonical = std::string(5000, 'x');  // more than a write of a pipe takes at once
  state.values = {{"lr", "", 0.5}};
  return save_state(state);
}

std::int64_t step_in(const fs::path& path) {
  const auto found = read_state_file(path);
  return found ? found->state.step : -1;
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

namespace {

fs::path beside(fs::path path, const char* suffix) { return path += suffix; }

void put_two(const fs::path& path) {
  put(path, record_at(20));
  put(beside(path, ".previous"), record_at(10));
}

}  // namespace

const std::vector<Start>& starts() {
  static const std::vector<Start> all = {
      {"nothing", -1, [](const fs::path&) {}},
      {"a new one that was cut", -1,
       [](const fs::path& path) { put(beside(path, ".new"), record_at(99).substr(0, 100)); }},
      {"one", 20, [](const fs::path& path) { put(path, record_at(20)); }},
      {"two", 20, put_two},
      {"two and a long new one", 20,
       [](const fs::path& path) {
         put_two(path);
         put(beside(path, ".new"), record_at(99) + record_at(99));
       }},
      {"a crash behind the link", 20,
       [](const fs::path& path) {
         put_two(path);
         put(beside(path, ".new"), record_at(99));
         fs::create_hard_link(path, beside(path, ".previous.new"));
       }},
      {"a crash before the last renaming", 20,
       [](const fs::path& path) {
         put(path, record_at(20));
         put(beside(path, ".new"), record_at(99));
         fs::create_hard_link(path, beside(path, ".previous"));
         fs::create_hard_link(path, beside(path, ".previous.new"));
       }},
      {"a damaged one and the one before", 10,
       [](const fs::path& path) {
         put_two(path);
         put(path, record_at(20).substr(1));
       }},
      {"the one before alone", 10,
       [](const fs::path& path) { put(beside(path, ".previous"), record_at(10)); }},
  };
  return all;
}

// In memory where there is such a folder: a save waits for its disk three times.
Folder::Folder() {
  std::error_code none;
  const fs::path memory = "/dev/shm";
  const fs::path base = fs::is_directory(memory, none) ? memory : fs::temp_directory_path();
  std::string name = (base / "lrc_state_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}
Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace lrc::runtime
