#include "tests/export/programs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>

#include "compiler/compile/compile.h"
#include "tests/backends/random_program.h"

namespace lrc::test {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// As a shell would split them; only single quotes are used.
std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> result;
  std::string word;
  bool quoted = false;
  for (const char c : line + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (quoted || (c != ' ' && c != '\n')) {
      word += c;
    } else if (!word.empty()) {
      result.push_back(std::move(word));
      word.clear();
    }
  }
  return result;
}

// What stands in the section `flags` of NAME.want.
std::vector<std::string> flags(const fs::path& policy) {
  const std::string text = content(fs::path(policy).replace_extension(".want"));
  constexpr std::string_view title = "--- flags\n";
  const auto begin = text.find(title);
  if (begin == std::string::npos) return {};
  const auto end = text.find("\n--- ", begin + title.size());
  return words(text.substr(begin + title.size(), end - begin - title.size()));
}

compile::FactTexts facts(const fs::path& policy, const compile::CompiledPolicy& compiled) {
  compile::FactTexts result;
  const std::vector<std::string> given = flags(policy);
  for (std::size_t k = 0; k + 1 < given.size(); k += 2) {
    const std::string& value = given[k + 1];
    if (given[k] == "--run") result.run = value;
    if (given[k] == "--peak") result.peak = value;
    if (given[k] == "--batch") result.batch = value;
    if (given[k] == "--rate") result.rates.push_back(value);
    const auto equals = value.find('=');
    if (given[k] == "--set")
      result.parameters.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  if (!given.empty()) return result;
  for (const std::string& need : compile::needs(compiled)) {
    if (need == "run") result.run = "1000 steps";
    if (need == "peak") result.peak = "1";
  }
  return result;
}

std::optional<NamedProgram> golden(const fs::path& path) {
  const auto compilation = compile::compile(source::make_source(path.string(), content(path)));
  if (!compilation.policy) return {};
  std::vector<runtime::GroupSet> sets = {{}};
  for (std::uint32_t k = 0; k < compilation.policy->policy.groups.size(); ++k) sets.push_back({k});
  auto binding = compile::bind(*compilation.policy, facts(path, *compilation.policy), {}, sets);
  if (!binding.bound) return {};
  return NamedProgram{path.string(), std::move(binding.bound->program)};
}

}  // namespace

std::vector<NamedProgram> golden_programs(const fs::path& root) {
  std::vector<fs::path> paths;
  for (const char* folder : {"tests/accept", "examples/policies"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() == ".lrp") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<NamedProgram> result;
  for (const fs::path& path : paths) {
    auto program = golden(path);
    EXPECT_TRUE(program) << path << " was not bound";
    if (program) result.push_back(std::move(*program));
  }
  return result;
}

std::vector<NamedProgram> random_programs(std::size_t count) {
  std::vector<NamedProgram> result;
  for (std::size_t seed = 0; seed < count; ++seed) {
    std::mt19937_64 random(seed);
    // Some have curves that are tables.
    const tests::RandomShape shape = {.most_segments = seed % 10 == 9 ? std::size_t{60} : 4};
    result.push_back(
        {"random program " + std::to_string(seed), tests::random_program(random, shape)});
  }
  return result;
}

}  // namespace lrc::test
