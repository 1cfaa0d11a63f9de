// Ramps of every shape of the standard library are monotone and end exactly, update by update.

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/compile/compile.h"
#include "runtime/host/evaluate.h"
#include "tests/arithmetic/extent.h"

namespace lrc::tests {
namespace {

// Spelled as a phase has them: those that take a power with several, and `exponential`.
std::vector<std::string> shapes() {
  std::ifstream file(LRC_SHAPES);
  std::vector<std::string> result = {"exponential"};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string keyword, head;
    words >> keyword >> std::ws;
    std::getline(words, head, ')');
    if (keyword != "curve") continue;
    const std::string name = head.substr(0, head.find('('));
    if (head == name + "(u") {
      result.insert(result.end(), {name, "reversed " + name});
      continue;
    }
    EXPECT_EQ(head, name + "(u, power");
    for (const char* power : {"0.5", "0.9", "2", "3.7"})
      for (const char* direction : {"", "reversed "})
        result.push_back(std::string(direction) + name + " power " + power);
  }
  return result;
}

struct Ramp {
  std::string text;
  double begin, end;
};

runtime::Program bound(const std::string& sentence, long horizon) {
  const auto compilation = compile::compile(source::make_source("<test>", sentence));
  EXPECT_TRUE(compilation.policy) << sentence;
  compile::FactTexts facts;
  facts.run = std::to_string(horizon) + " steps";
  facts.peak = "0.7";
  return compile::bind(*compilation.policy, facts).bound->program;
}

// Of k from 0 to the horizon.
void expect_monotone(const Ramp& ramp, long horizon) {
  const runtime::Program program = bound(ramp.text, horizon);
  const double direction = ramp.begin < ramp.end ? 1.0 : -1.0;
  double before = runtime::evaluate(program, 0, 0);
  EXPECT_EQ(before, ramp.begin) << ramp.text;
  long wrong = 0;
  for (long k = 1; k <= horizon; ++k) {
    const double value = runtime::evaluate(program, 0, k);
    wrong += value * direction < before * direction ? 1 : 0;
    before = value;
  }
  EXPECT_EQ(before, ramp.end) << ramp.text << " over " << horizon << " steps";
  EXPECT_EQ(wrong, 0) << ramp.text << " over " << horizon << " steps";
}

TEST(Shapes, RampsAreMonotone) {
  const double low = 0.01 * 0.7;
  const std::vector<std::string> all = shapes();
  long compared = 0;
  for (const std::string& shape : all) {
    for (const long horizon : horizons()) {
      expect_monotone({shape + " to 0.01x", 0.7, low}, horizon);
      expect_monotone({shape + " from 0.01x to 1x", low, 0.7}, horizon);
      compared += 2 * horizon;
    }
  }
  std::printf("%zu shapes, %zu horizons, %ld pairs of updates: none in the wrong direction\n",
              all.size(), horizons().size(), compared);
  EXPECT_GE(all.size(), 20U);
}

}  // namespace
}  // namespace lrc::tests
