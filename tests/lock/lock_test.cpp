#include "compiler/lock/lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "compiler/ir/canonical.h"
#include "compiler/lock/file.h"

namespace lrc::lock {
namespace {

namespace fs = std::filesystem;

Entry entry(std::uint64_t version, const std::string& canonical) {
  return {version, ir::hash(canonical), canonical, {}};
}

tl::expected<Lock, Damage> parsed(const std::string& text) {
  return parse(source::make_source("lrc.lock", text));
}

std::string damage(const std::string& text) {
  const auto lock = parsed(text);
  return lock ? "" : lock.error().reason;
}

void expect_round_trip(const Entries& entries) {
  const std::string text = to_text(entries);
  const auto lock = parsed(text);
  ASSERT_TRUE(lock) << lock.error().reason << "\n" << text;
  ASSERT_EQ(lock->entries.size(), entries.size());
  for (const auto& [name, written] : entries) {
    const Entry& read = lock->entries.at(name);
    EXPECT_EQ(read.version, written.version);
    EXPECT_EQ(read.hash, written.hash);
    EXPECT_EQ(read.canonical, written.canonical);
    EXPECT_EQ(read.span.text(), "version = " + std::to_string(written.version));
  }
  EXPECT_EQ(to_text(lock->entries), text);
}

TEST(Lock, ReadsWhatItWrites) {
  expect_round_trip({});
  expect_round_trip({{"a", entry(1, "(lrc1\n (inputs))\n")},
                     {"b", entry(1'000'000'000'000, "(lrc1\n (group g \"*norm*\"))\n")}});
}

TEST(Lock, KeepsEveryCharacterOfAPattern) {
  expect_round_trip({{"quotes", entry(1, "(group g \"'''\")\n")},
                     {"backslash", entry(2, "(group g \"c\\d\\\\\")\n")},
                     {"both", entry(3, "(group g \"\\''''\\n\")\n")},
                     {"control", entry(4, "(group g \"\x01\t\x7f\")\n")},
                     {"letters", entry(5, "(group g \"größe\")\n")}});
}

TEST(Lock, ReadsAsATextDiff) {
  const std::string canonical = "(lrc1\n (inputs))\n";
  EXPECT_EQ(to_text({{"p", entry(3, canonical)}}),
            "# What every policy means, by version. Written by `lrc lock`; belongs under version "
            "control.\n"
            "format = 1\n"
            "\n"
            "[policy.p]\n"
            "version = 3\n"
            "hash = \"" +
                ir::hash(canonical) +
                "\"\n"
                "canonical = '''\n"
                "(lrc1\n"
                " (inputs))\n"
                "'''\n");
}

TEST(Lock, IsSortedByName) {
  const std::string text =
      to_text({{"b", entry(1, "b\n")}, {"B", entry(1, "B\n")}, {"a", entry(1, "a\n")}});
  EXPECT_LT(text.find("[policy.B]"), text.find("[policy.a]"));
  EXPECT_LT(text.find("[policy.a]"), text.find("[policy.b]"));
}

TEST(Lock, LineEndsThatACheckoutChangedMeanTheSame) {
  std::string text;
  for (const char c : to_text({{"p", entry(3, "(lrc1\n (inputs))\n")}})) {
    if (c == '\n') text += '\r';
    text += c;
  }
  const auto lock = parsed(text);
  ASSERT_TRUE(lock) << lock.error().reason;
  EXPECT_EQ(lock->entries.at("p").canonical, "(lrc1\n (inputs))\n");
}

TEST(Lock, SaysWhatIsDamaged) {
  EXPECT_EQ(damage(""), "it does not say `format = 1`");
  EXPECT_EQ(damage("format = 2\n"), "it has format 2, and this version of lrc knows format 1");
  EXPECT_EQ(damage("format = 1\nnote = 2\n"), "`note` does not belong into it");
  EXPECT_EQ(damage("format = 1\n[policy]\na = 1\n"),
            "`a` is no table of version, hash and canonical text");
  EXPECT_EQ(damage("format = 1\n[policy.a]\nversion = 1\n"),
            "`a` lacks its version, hash or canonical text");
  EXPECT_EQ(damage("format = 1\n[policy.a]\nversion = 1\nhash = 'lrc1:00'\ncanonical = 'x'\n"),
            "the canonical text of `a` does not have this hash");
  EXPECT_NE(damage("format = \n").find("it is no TOML: "), std::string::npos);
  const std::string good = to_text({{"a", entry(1, "x\n")}});
  EXPECT_EQ(damage(good + "note = 'x'\n"), "`a` has more than version, hash and canonical text");
  EXPECT_EQ(damage(good + "<<<<<<< HEAD\n"),
            "a merge was left unfinished: keep either side, then run `lrc lock` again");
}

TEST(Lock, PointsAtTheDamage) {
  const auto lock = parsed(to_text({}) + "\n<<<<<<< HEAD\nx\n");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().span.text(), "<<<<<<< HEAD");
}

class LockFile : public testing::Test {
 protected:
  LockFile() {
    std::string pattern = (fs::temp_directory_path() / "lrc_lock_test.XXXXXX").string();
    folder_ = fs::canonical(::mkdtemp(pattern.data()));
    fs::create_directories(folder_ / "a/b");
  }
  ~LockFile() override { fs::remove_all(folder_); }

  static std::string bytes(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(LockFile, IsFoundGoingUp) {
  EXPECT_FALSE(find(folder_ / "a/b"));
  ASSERT_TRUE(write(folder_ / file_name, {}));
  EXPECT_EQ(find(folder_ / "a/b"), folder_ / file_name);
  EXPECT_EQ(find(folder_ / "a/../a/b/"), folder_ / file_name);
  ASSERT_TRUE(write(folder_ / "a" / file_name, {}));
  EXPECT_EQ(find(folder_ / "a/b"), folder_ / "a" / file_name);
  EXPECT_EQ(find(folder_), folder_ / file_name);
}

TEST_F(LockFile, IsReplacedAndNothingIsLeftBeside) {
  const fs::path path = folder_ / file_name;
  ASSERT_TRUE(write(path, {{"a", entry(1, "x\n")}}));
  ::chmod(path.c_str(), 0640);
  ASSERT_TRUE(write(path, {{"a", entry(2, "y\n")}}));
  EXPECT_EQ(bytes(path), to_text({{"a", entry(2, "y\n")}}));
  EXPECT_EQ(read(path)->entries.at("a").version, 2U);
  struct stat now{};
  ASSERT_EQ(::stat(path.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, mode_t{0640});
  EXPECT_EQ(files(), 2U);  // the lock and the folder `a`
}

TEST_F(LockFile, ALinkStaysALink) {
  const fs::path target = folder_ / "a/shared.lock";
  ASSERT_TRUE(write(target, {}));
  fs::create_symlink("a/shared.lock", folder_ / file_name);
  ASSERT_TRUE(write(folder_ / file_name, {{"a", entry(1, "x\n")}}));
  EXPECT_TRUE(fs::is_symlink(folder_ / file_name));
  EXPECT_EQ(bytes(target), to_text({{"a", entry(1, "x\n")}}));
  fs::remove(target);
  ASSERT_TRUE(write(folder_ / file_name, {}));
  EXPECT_TRUE(fs::is_symlink(folder_ / file_name)) << "to a file that is not there yet";
  EXPECT_EQ(bytes(target), to_text({}));
}

TEST_F(LockFile, AFailureHasAReasonAndLeavesNothing) {
  const auto written = write(folder_ / "missing" / file_name, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), "No such file or directory");
  fs::create_directory(folder_ / file_name);
  const auto lock = read(folder_ / file_name);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().reason, "it is no file");
  EXPECT_FALSE(write(folder_ / file_name, {}));
  EXPECT_EQ(files(), 2U);
}

}  // namespace
}  // namespace lrc::lock
