#include "tests/cuda/programs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "compiler/source/read.h"
#include "tests/random_policy.h"
#include "tests/resume/bound.h"

namespace lrc::test {
namespace {

namespace fs = std::filesystem;

// For a policy that leaves facts open.
compile::FactTexts some_facts() {
  compile::FactTexts facts;
  facts.run = "100K steps";
  facts.peak = "3e-4";
  return facts;
}

std::optional<Named> bound_policy(const std::string& name, const source::SourcePtr& source) {
  auto schedule = bound(source, {});
  if (!schedule) schedule = bound(source, some_facts());
  if (!schedule) return std::nullopt;
  return Named{name, std::move(*schedule)};
}

std::vector<std::string> paths() {
  std::vector<std::string> found;
  for (const char* folder : {"/tests/accept", "/examples", "/stdlib/recipes"}) {
    for (const auto& entry : fs::recursive_directory_iterator(std::string(LRC_ROOT) + folder)) {
      if (entry.path().extension() == ".lrp") found.push_back(entry.path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::vector<Named> written_policies() {
  std::vector<Named> all;
  for (const std::string& path : paths()) {
    if (auto policy = bound_policy(path, source::read(path).value()))
      all.push_back(std::move(*policy));
  }
  return all;
}

std::vector<Named> random_policies(std::uint64_t first, std::size_t count) {
  std::vector<Named> all;
  for (std::uint64_t seed = first; all.size() < count; ++seed) {
    const auto source = source::make_source("<random>", RandomPolicy(seed).text());
    if (auto policy = bound_policy("seed " + std::to_string(seed), source))
      all.push_back(std::move(*policy));
  }
  return all;
}

runtime::Schedule ruled_schedule() {
  auto schedule = bound(source::make_source("<text>", ruled_policy), {});
  if (!schedule) ADD_FAILURE() << schedule.error();
  return std::move(schedule.value());
}

}  // namespace lrc::test
