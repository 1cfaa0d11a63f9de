#pragma once
// Files and programs of this machine, for backends whose code is not made in this process.

#include <filesystem>
#include <string>
#include <string_view>

namespace lrc::differential {

// A folder of its own, gone with it.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, std::string_view bytes) const;
  [[nodiscard]] std::string read(const std::string& name) const;
  // In the folder. Throws, with what it printed, where it fails.
  void run(const std::string& command) const;

 private:
  std::filesystem::path folder_;
};

// Whether the shell finds a program of this name.
[[nodiscard]] bool has_program(const std::string& name);

// A shared library of this process, as long as it lives.
class Library {
 public:
  explicit Library(const std::string& path);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <typename Symbol>
  [[nodiscard]] Symbol symbol(const std::string& name) const {
    return reinterpret_cast<Symbol>(address(name));
  }

 private:
  [[nodiscard]] void* address(const std::string& name) const;

  void* opened_;
};

}  // namespace lrc::differential
