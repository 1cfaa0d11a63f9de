// Which patterns some name matches both of.

#include "compiler/prove/group_sets.h"

#include <gtest/gtest.h>

#include <random>

#include "compiler/policy/patterns.h"
#include "runtime/host/groups.h"

namespace lrc::prove {
namespace {

TEST(GroupSets, patterns_that_overlap) {
  EXPECT_TRUE(policy::overlap("*norm*", "layers.*"));
  EXPECT_TRUE(policy::overlap("*.bias", "head.*"));
  EXPECT_TRUE(policy::overlap("a*c", "*b*"));
  EXPECT_TRUE(policy::overlap("*", "x"));
  EXPECT_FALSE(policy::overlap("embed.*", "head.*"));
  EXPECT_FALSE(policy::overlap("a", "ab"));
  EXPECT_FALSE(policy::overlap("*.bias", "*.scale"));
}

std::string random_text(std::mt19937_64& random, std::string_view letters, std::size_t most) {
  std::string text;
  for (std::size_t i = random() % (most + 1); i > 0; --i)
    text += letters[random() % letters.size()];
  return text;
}

// A name that matches both shows that they overlap; short ones find every overlap of short
// patterns.
TEST(GroupSets, as_matching_names_say) {
  std::mt19937_64 random(3);
  std::vector<std::string> names = {""};
  for (std::size_t i = 0; i < names.size() && names[i].size() < 8; ++i) {
    names.push_back(names[i] + "a");
    names.push_back(names[i] + "b");
  }
  for (int round = 0; round < 300; ++round) {
    const std::string a = random_text(random, "ab*", 4), b = random_text(random, "ab*", 4);
    const bool shown = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return runtime::matches(a, name) && runtime::matches(b, name);
    });
    EXPECT_EQ(shown, policy::overlap(a, b)) << a << " " << b;
    const auto name = policy::common_name(a, b);
    ASSERT_EQ(shown, name.has_value()) << a << " " << b;
    EXPECT_TRUE(!name || (runtime::matches(a, *name) && runtime::matches(b, *name)));
  }
}

ir::Group group(const std::string& pattern, double by) {
  ir::Group built;
  built.name = pattern;
  built.patterns = {pattern};
  built.factors.push_back({"lr", exact::from_double(by)});
  return built;
}

TEST(GroupSets, sets_that_meet) {
  ir::Program program;
  program.groups = {group("embed.*", 2), group("head.*", 2), group("*.bias", 3)};
  const auto sets = sets_that_meet(program, 100);
  ASSERT_TRUE(sets);
  const std::vector<runtime::GroupSet> expected = {{}, {0}, {1}, {2}, {0, 2}, {1, 2}};
  EXPECT_EQ(expected, *sets);
  EXPECT_FALSE(sets_that_meet(program, 5));
}

}  // namespace
}  // namespace lrc::prove
