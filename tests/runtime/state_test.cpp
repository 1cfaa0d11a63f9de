// Saved states: what is written, and that nothing cut, changed or foreign is read.

#include <gtest/gtest.h>
#include <sodium/crypto_hash_sha256.h>

#include <string>

#include "runtime/host/schedule.h"

namespace lrc::runtime {
namespace {

State example() {
  State state = {{"llm_pretrain", 3, "lrc1:9f86d081884c7d65", "lrc1:60303ae22b998861",
                  "run 100000 steps\nbatch 512 samples per step"},
                 928'646};
  state.layout_hash = "e3b0c44298fc1c14";
  state.canonical = "lrc1 policy\n  lr 1\n";
  state.values = {{"lr", "", 0.5}, {"lr", "norms+head", 0.25}};
  state.transition = {928'600, 500, {{"lr", "", 1.0}}};
  state.history = {2, {{"blend over 500 steps", 928'600, "lrc1:a", "lrc1:b", "lrc1:c", "lrc1:d"}}};
  return state;
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
  EXPECT_EQ(save_state(example()),
            with_checksum("lrc state 2\n"
                          "policy llm_pretrain\n"
                          "version 3\n"
                          "hash lrc1:9f86d081884c7d65\n"
                          "run_hash lrc1:60303ae22b998861\n"
                          "layout_hash e3b0c44298fc1c14\n"
                          "fact run 100000 steps\n"
                          "fact batch 512 samples per step\n"
                          "canonical lrc1 policy\n"
                          "canonical   lr 1\n"
                          "canonical \n"
                          "step 928646\n"
                          "value 3fe0000000000000 lr\n"
                          "value 3fd0000000000000 lr norms+head\n"
                          "transition 928600 500\n"
                          "from 3ff0000000000000 lr\n"
                          "word 3 928600 lrc1:a lrc1:b lrc1:c lrc1:d blend over 500 steps\n"));
}

TEST(LoadState, GivesBackWhatWasSaved) {
  for (const char* facts : {"", "one", "one\n", "one\ntwo", "\n", "one\n\ntwo\n", "step 7"}) {
    for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1}, maximum_step}) {
      State state = example();
      state.identity.facts = state.canonical = facts;
      state.step = step;
      const auto loaded = load_state(save_state(state));
      ASSERT_TRUE(loaded.has_value()) << loaded.error();
      EXPECT_EQ(loaded->identity, state.identity);
      EXPECT_EQ(loaded->step, step);
      EXPECT_EQ(loaded->layout_hash, state.layout_hash);
      EXPECT_EQ(loaded->canonical, state.canonical);
      EXPECT_EQ(loaded->values, state.values);
      EXPECT_EQ(loaded->transition, state.transition);
      EXPECT_EQ(loaded->history, state.history);
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

TEST(LoadState, RefusesEveryExtension) {
  const std::string saved = save_state(example());
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    ASSERT_FALSE(load_state(saved + one).has_value()) << byte;
    ASSERT_FALSE(load_state(one + saved).has_value()) << byte;
  }
  ASSERT_FALSE(load_state(saved + saved).has_value());
}

TEST(LoadState, KeepsACanonicalTextUpToItsLimit) {
  State state = example();
  state.canonical = std::string(maximum_saved_canonical_bytes, 'x');
  EXPECT_TRUE(load_state(save_state(state)).has_value());
  state.canonical += 'x';
  EXPECT_FALSE(load_state(save_state(state)).has_value());
}

TEST(History, KeepsTheLastWordsAndCountsTheOlderOnes) {
  State state = example();
  state.history = {};
  for (std::size_t k = 0; k < maximum_words_kept; ++k) {
    state.history.add({"rebind", static_cast<std::int64_t>(k), "a", "b", "c", "d"});
  }
  EXPECT_EQ(state.history.older, 0);
  EXPECT_EQ(state.history.words.size(), maximum_words_kept);
  state.history.add({"keep", 64, "a", "b", "c", "d"});
  EXPECT_EQ(state.history.older, 1);
  EXPECT_EQ(state.history.words.size(), maximum_words_kept);
  EXPECT_EQ(state.history.words.front().step, 1);
  EXPECT_EQ(state.history.words.back().word, "keep");
  const auto loaded = load_state(save_state(state));
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_EQ(loaded->history, state.history);
  state.history.words.insert(state.history.words.begin(), state.history.words.front());
  EXPECT_FALSE(load_state(save_state(state)).has_value());
}

TEST(LoadState, SaysWhatIsWrong) {
  const std::string saved = save_state(example());
  EXPECT_EQ(refusal_of(""), "the saved state is empty");
  EXPECT_NE(refusal_of("lrc st").find("is cut"), std::string::npos);
  EXPECT_NE(refusal_of(saved.substr(0, 40)).find("is cut"), std::string::npos);
  EXPECT_NE(refusal_of(saved + "more\n").find("something after its end"), std::string::npos);
  EXPECT_NE(refusal_of("{\"step\": 7}\n").find("not a saved state"), std::string::npos);
  EXPECT_NE(refusal_of(with_checksum("lrc state 1\nstep 7\n")).find("has format `1`"),
            std::string::npos);
  std::string changed = saved;
  changed[changed.find("928646")] = '1';
  EXPECT_NE(refusal_of(changed).find("was changed after it was written"), std::string::npos);
}

TEST(LoadState, RefusesOtherLinesUnderARightChecksum) {
  const auto body = [](const std::string& version, const std::string& step) {
    return with_checksum("lrc state 2\npolicy p\nversion " + version +
                         "\nhash h\nrun_hash r\nlayout_hash l\nstep " + step + "\n");
  };
  ASSERT_TRUE(load_state(body("1", "7")).has_value());
  for (const char* step : {"-1", "+7", "07", "7 ", "", "x", "9223372036854775808"}) {
    EXPECT_NE(refusal_of(body("1", step)).find("its lines are not"), std::string::npos) << step;
  }
  EXPECT_NE(refusal_of(body("-1", "7")).find("its lines are not"), std::string::npos);
  for (const char* more :
       {"value 3fe00000 lr", "value 3fe0000000000000", "from 3fe0000000000000 lr", "transition 1",
        "transition 0 0", "word 0 7 a b c d keep", "word 2 7 a b c d keep\nword 4 7 a b c d keep",
        "word 1 7 a b c d", "canonical late", "fact late"}) {
    EXPECT_NE(refusal_of(body("1", std::string("7\n") + more)).find("its lines are not"),
              std::string::npos)
        << more;
  }
  EXPECT_NE(refusal_of(body("1\nextra 2", "7")).find("its lines are not"), std::string::npos);
  EXPECT_NE(refusal_of(with_checksum("lrc state 2\n")).find("its lines are not"),
            std::string::npos);
}

}  // namespace
}  // namespace lrc::runtime
