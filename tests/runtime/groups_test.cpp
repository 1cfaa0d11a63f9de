#include "runtime/host/groups.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lrc::runtime {
namespace {

TEST(Matches, StarStandsForAnyRunOfCharacters) {
  EXPECT_TRUE(matches("*.bias", "layers.0.bias"));
  EXPECT_TRUE(matches("*norm*", "norm"));
  EXPECT_TRUE(matches("*norm*", "blocks.0.norm1.weight"));
  EXPECT_TRUE(matches("layers.*.weight", "layers..weight"));
  EXPECT_TRUE(matches("a*b*c", "abbbcbc"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("**", "x"));
}

TEST(Matches, AllElseStandsForItself) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "x"));
  EXPECT_FALSE(matches("x", ""));
  EXPECT_FALSE(matches("*.bias", "layers.0.bias2"));
  EXPECT_FALSE(matches("norm", "layers.norm"));
  EXPECT_FALSE(matches("a?c", "abc"));
  EXPECT_FALSE(matches("[ab]", "a"));
  EXPECT_TRUE(matches("a?c", "a?c"));
  EXPECT_FALSE(matches("layers.*.weight", "layers.weight"));
}

TEST(Matches, AgreesWithTheDefinitionOnEveryShortText) {
  // The definition, by recursion: exponential, and fine for five characters.
  struct Definition {
    static bool matches(std::string_view pattern, std::string_view name) {
      if (pattern.empty()) return name.empty();
      if (pattern[0] != '*') {
        return !name.empty() && name[0] == pattern[0] && matches(pattern.substr(1), name.substr(1));
      }
      return matches(pattern.substr(1), name) ||
             (!name.empty() && matches(pattern, name.substr(1)));
    }
  };
  const auto texts = [](std::string_view alphabet) {
    std::vector<std::string> all{""};
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].size() == 5) break;
      for (const char letter : alphabet) all.push_back(all[i] + letter);
    }
    return all;
  };
  for (const std::string& pattern : texts("ab*")) {
    for (const std::string& name : texts("ab")) {
      ASSERT_EQ(matches(pattern, name), Definition::matches(pattern, name))
          << pattern << " " << name;
    }
  }
}

TEST(Matches, ManyStarsDoNotBlowUp) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  pattern += "*b";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(matches(pattern, std::string(20'000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

const std::vector<Group> norms_and_embed = {{"norms", {"*norm*", "*.bias"}},
                                            {"embed", {"embed.*"}}};

TEST(AssignGroups, EveryMatchingGroupApplies) {
  const auto assignment = assign_groups(
      norms_and_embed, {"embed.weight", "layer.weight", "norm.weight", "embed.bias", "norm.bias"});
  ASSERT_TRUE(assignment.has_value()) << assignment.error();
  const std::vector<GroupSet> sets = {{}, {1}, {0}, {0, 1}};
  EXPECT_EQ(assignment->group_sets, sets);
  EXPECT_EQ(assignment->of_parameter, (std::vector<std::uint32_t>{1, 0, 2, 3, 2}));
}

TEST(AssignGroups, TheEmptySetComesFirstEvenWhereNoParameterIsInIt) {
  const auto assignment = assign_groups({{"all", {"*"}}}, {"a", "b"});
  ASSERT_TRUE(assignment.has_value());
  EXPECT_EQ(assignment->group_sets, (std::vector<GroupSet>{{}, {0}}));
  EXPECT_EQ(assignment->of_parameter, (std::vector<std::uint32_t>{1, 1}));
}

TEST(AssignGroups, WithoutGroupsEverythingIsInTheEmptySet) {
  const auto assignment = assign_groups({}, {"a", "b"});
  ASSERT_TRUE(assignment.has_value());
  EXPECT_EQ(assignment->group_sets, (std::vector<GroupSet>{{}}));
  EXPECT_EQ(assignment->of_parameter, (std::vector<std::uint32_t>{0, 0}));
}

TEST(AssignGroups, AGroupThatMatchesNothingIsAnErrorThatNamesIt) {
  const auto assignment = assign_groups(norms_and_embed, {"layer.weight", "layer.bias"});
  ASSERT_FALSE(assignment.has_value());
  EXPECT_EQ(assignment.error(),
            "group embed (\"embed.*\") matches none of the 2 parameters, which are named like "
            "\"layer.weight\"");
}

TEST(AssignGroups, EveryGroupThatMatchesNothingIsNamed) {
  const auto assignment = assign_groups(norms_and_embed, {});
  ASSERT_FALSE(assignment.has_value());
  EXPECT_NE(assignment.error().find("group norms (\"*norm*\", \"*.bias\")"), std::string::npos);
  EXPECT_NE(assignment.error().find("group embed"), std::string::npos);
}

TEST(SetsIn, FindsWhatAProgramWasBoundFor) {
  Program program;
  program.groups = {{"norms", {"*norm*"}}, {"layers", {"layers.*"}}};
  program.group_sets = {{}, {0}, {1}, {0, 1}};
  const auto of = [&](const std::vector<std::string>& names) {
    return sets_in(program, assign_groups(program.groups, names).value());
  };
  EXPECT_EQ((std::vector<std::uint32_t>{2, 0, 1, 3, 2}),
            of({"layers.0", "head", "norm", "layers.0.norm", "layers.1"}).value());
  program.group_sets.pop_back();
  EXPECT_EQ("parameters are in norms and layers at once, and the program was not bound for that",
            of({"layers.0.norm"}).error());
}

}  // namespace
}  // namespace lrc::runtime
