// How to go on, as a person says it.

#include "runtime/host/word.h"

#include <gtest/gtest.h>

namespace lrc::runtime {
namespace {

using Kind = Word::Kind;

Word parsed(std::string_view text) {
  const auto word = parse_word(text);
  EXPECT_TRUE(word.has_value()) << word.error();
  return word.value_or(Word{});
}

std::string refusal_of(std::string_view text) {
  const auto word = parse_word(text);
  EXPECT_FALSE(word.has_value()) << text;
  return word ? "" : word.error();
}

TEST(Word, IsReadAsItIsSaid) {
  EXPECT_EQ(parsed("keep"), (Word{Kind::keep}));
  EXPECT_EQ(parsed("  rebind\n"), (Word{Kind::rebind}));
  EXPECT_EQ(parsed("rewarm over 500 steps"), (Word{Kind::rewarm, 500}));
  EXPECT_EQ(parsed("blend  over 1 step"), (Word{Kind::blend, 1}));
  EXPECT_EQ(parsed("rewind to 40000"), (Word{Kind::rewind, 40'000}));
  EXPECT_EQ(parsed("rewind to 0"), (Word{Kind::rewind, 0}));
}

TEST(Word, NumbersAreThoseOfTheLanguage) {
  EXPECT_EQ(parsed("rewind to 40_000").count, 40'000);
  EXPECT_EQ(parsed("rewarm over 10K steps").count, 10'000);
  EXPECT_EQ(parsed("rewarm over 2M steps").count, 2'000'000);
  EXPECT_EQ(parsed("rewarm over 3B steps").count, 3'000'000'000);
  EXPECT_EQ(parsed("rewarm over 4T steps").count, 4'000'000'000'000);
  EXPECT_EQ(parsed("rewind to 9223372036854775807").count, 9'223'372'036'854'775'807);
  for (const char* number : {"9223372036854775808", "9223372036854776K", "-1", "+1", "1.5", "1e3",
                             "_1", "1_", "1__0", "K", "", "x", "1k", "1KK", "0x10"}) {
    EXPECT_NE(refusal_of(std::string("rewind to ") + number).find("needs the number of an update"),
              std::string::npos)
        << number;
  }
}

TEST(Word, ItsTextIsReadAsTheSame) {
  for (const Word& word : {Word{Kind::keep}, Word{Kind::rebind}, Word{Kind::rewarm, 1},
                           Word{Kind::blend, 500}, Word{Kind::rewind, 0}}) {
    EXPECT_EQ(parsed(text_of(word)), word);
  }
  EXPECT_EQ(text_of({Kind::rewarm, 1}), "rewarm over 1 step");
  EXPECT_EQ(text_of({Kind::blend, 10'000}), "blend over 10000 steps");
}

TEST(Word, WhatIsNoneListsTheFive) {
  for (const char* text : {"", "restart", "keep going", "rebind now", "rewarm", "blend 500 steps",
                           "Keep", "rewind", "rewind 40000"}) {
    const std::string why = refusal_of(text);
    EXPECT_NE(why.find("does not say how to go on"), std::string::npos) << text;
    for (const char* word :
         {"  keep ", "  rebind ", "  rewarm over ", "  blend over ", "  rewind to "})
      EXPECT_NE(why.find(word), std::string::npos) << text;
  }
}

TEST(Word, OtherUnitsAndNoLengthAreRefusedWithAdvice) {
  for (const char* text : {"rewarm over 2 epochs", "blend over 10%", "blend over 500",
                           "blend over 1B tokens", "rewarm over 500 steps more"}) {
    EXPECT_NE(refusal_of(text).find("how long in steps"), std::string::npos) << text;
  }
  EXPECT_NE(refusal_of("rewarm over 0 steps").find("at once is `rebind`"), std::string::npos);
  EXPECT_NE(refusal_of("blend over 1.5 steps").find("whole number"), std::string::npos);
  EXPECT_NE(refusal_of("rewind to 2 epochs").find("without a unit"), std::string::npos);
}

}  // namespace
}  // namespace lrc::runtime
