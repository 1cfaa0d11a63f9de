#pragma once
// One translation unit of many exported programs, with a main that compares them with the
// interpreter's values.

#include <filesystem>
#include <string>

#include "compiler/backends/c/export.h"
#include "tests/export/programs.h"

namespace lrc::test {

struct Comparison {
  std::size_t values = 0;      // compared
  std::size_t differing = 0;   // of them
  std::size_t self_tests = 0;  // that do not pass
  std::string first;           // what differs first
};

class Unit {
 public:
  // Writes headers, main.c (also as main.cu) and the interpreter's values into the folder.
  Unit(std::filesystem::path folder, std::vector<NamedProgram> programs,
       backends::c::Language language);

  [[nodiscard]] std::size_t programs() const { return programs_.size(); }

  // `compiler` with its options, as a shell takes them. What it said is the log.
  [[nodiscard]] bool compile(const std::string& compiler, const std::string& binary);
  [[nodiscard]] const std::string& log() const { return log_; }
  [[nodiscard]] Comparison run(const std::string& binary, const std::string& runner = {}) const;
  [[nodiscard]] std::filesystem::path path(const std::string& file) const { return folder_ / file; }

 private:
  void write_headers(backends::c::Language language) const;
  void write_main(bool device) const;
  void write_values() const;

  std::filesystem::path folder_;
  std::vector<NamedProgram> programs_;
  std::string log_;
};

}  // namespace lrc::test
