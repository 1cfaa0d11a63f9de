// Saved states: what is written, and that nothing cut, changed or foreign is read.

#include <gtest/gtest.h>
#include <sodium/crypto_hash_sha256.h>

#include <string>

#include "runtime/host/schedule.h"

namespace lrc::runtime {
namespace {

State example() {
  return {{"llm_pretrain", 3, "lrc1:9f86d081884c7d65", "lrc1:60303ae22b998861",
           "run 100000 steps\nbatch 512 samples per step"},
          928'646};
}

std::string with_checksum(std::string text) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  text += "sha256 ";
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte / 16];
    text += "0123456789abcdef"[byte % 16];
  }
  return text + "\n";
}

// What load_state says of a text that it must refuse.
std::string refusal_of(std::string_view text) {
  const auto state = load_state(text);
  EXPECT_FALSE(state.has_value()) << text;
  return state ? "" : state.error();
}

TEST(SaveState, WritesReadableLines) {
  EXPECT_EQ(save_state(example()), with_checksum("lrc state 1\n"
                                                 "policy llm_pretrain\n"
                                                 "version 3\n"
                                                 "hash lrc1:9f86d081884c7d65\n"
                                                 "run_hash lrc1:60303ae22b998861\n"
                                                 "fact run 100000 steps\n"
                                                 "fact batch 512 samples per step\n"
                                                 "step 928646\n"));
}

TEST(LoadState, GivesBackWhatWasSaved) {
  for (const char* facts : {"", "one", "one\n", "one\ntwo", "\n", "one\n\ntwo\n", "step 7"}) {
    for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1}, maximum_step}) {
      State state = example();
      state.identity.facts = facts;
      state.step = step;
      const auto loaded = load_state(save_state(state));
      ASSERT_TRUE(loaded.has_value()) << loaded.error();
      EXPECT_EQ(loaded->identity, state.identity);
      EXPECT_EQ(loaded->step, step);
    }
  }
}

TEST(LoadState, GivesBackASentenceWhichHasNoName) {
  const State sentence = {{"", 0, "lrc1:00", "lrc1:11", ""}, 5};
  const auto loaded = load_state(save_state(sentence));
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_EQ(loaded->identity, sentence.identity);
}

TEST(LoadState, RefusesEverySingleBitFlip) {
  const std::string saved = save_state(example());
  for (std::size_t bit = 0; bit < 8 * saved.size(); ++bit) {
    std::string changed = saved;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(load_state(changed).has_value()) << "bit " << bit;
  }
}

TEST(LoadState, RefusesEveryTruncation) {
  const std::string saved = save_state(example());
  for (std::size_t size = 0; size < saved.size(); ++size) {
    ASSERT_FALSE(load_state(saved.substr(0, size)).has_value()) << "the first " << size;
    ASSERT_FALSE(load_state(saved.substr(saved.size() - size)).has_value()) << "the last " << size;
  }
}

TEST(LoadState, SaysWhatIsWrong) {
  const std::string saved = save_state(example());
  EXPECT_EQ(refusal_of(""), "the saved state is empty");
  EXPECT_NE(refusal_of("lrc st").find("is cut"), std::string::npos);
  EXPECT_NE(refusal_of(saved.substr(0, 40)).find("is cut"), std::string::npos);
  EXPECT_NE(refusal_of(saved + "more\n").find("something after its end"), std::string::npos);
  EXPECT_NE(refusal_of("{\"step\": 7}\n").find("not a saved state"), std::string::npos);
  EXPECT_NE(refusal_of(with_checksum("lrc state 2\nstep 7\n")).find("has format `2`"),
            std::string::npos);
  std::string changed = saved;
  changed[changed.find("928646")] = '1';
  EXPECT_NE(refusal_of(changed).find("was changed after it was written"), std::string::npos);
}

TEST(LoadState, RefusesOtherLinesUnderARightChecksum) {
  const auto body = [](const std::string& version, const std::string& step) {
    return with_checksum("lrc state 1\npolicy p\nversion " + version +
                         "\nhash h\nrun_hash r\nstep " + step + "\n");
  };
  ASSERT_TRUE(load_state(body("1", "7")).has_value());
  for (const char* step : {"-1", "+7", "07", "7 ", "", "x", "9223372036854775808"}) {
    EXPECT_NE(refusal_of(body("1", step)).find("its lines are not"), std::string::npos) << step;
  }
  EXPECT_NE(refusal_of(body("-1", "7")).find("its lines are not"), std::string::npos);
  EXPECT_NE(refusal_of(body("1\nextra 2", "7")).find("its lines are not"), std::string::npos);
  EXPECT_NE(refusal_of(with_checksum("lrc state 1\n")).find("its lines are not"),
            std::string::npos);
}

}  // namespace
}  // namespace lrc::runtime
