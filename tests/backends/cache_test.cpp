// The cache of compiled code: the same bits from it, at any number of writers, and nothing from an
// entry that is not whole or not ours. Never in the user's own folder.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "compiler/backends/llvm/code_cache.h"
#include "compiler/backends/llvm/jit.h"
#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"

namespace lrc::backends::llvm {
namespace {

namespace fs = std::filesystem;
using runtime::Digest;
using runtime::Program;

const Digest some_key = runtime::sha256("some key");
const std::string some_image(1000, 'i');

// A folder of its own for each test, which LRC_CACHE_DIR names.
class Cache : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "lrc_cache_XXXXXX").string();
    ASSERT_NE(nullptr, mkdtemp(name.data()));
    folder_ = name;
    ::unsetenv("LRC_CACHE");
    ::setenv("LRC_CACHE_DIR", folder_.c_str(), 1);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] CodeCache cache() const { return CodeCache(folder_); }
  [[nodiscard]] fs::path entry(const Digest& key) const {
    return folder_ / (runtime::hex(key) + ".code");
  }
  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& file : fs::directory_iterator(folder_)) all.push_back(file.path());
    return all;
  }

  fs::path folder_;
};

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// ---------------------------------------------------------------------------------------- entries

TEST_F(Cache, WhatIsStoredIsFound) {
  EXPECT_EQ(std::nullopt, cache().find(some_key));
  cache().store(some_key, some_image);
  EXPECT_EQ(some_image, cache().find(some_key));
  EXPECT_EQ(std::nullopt, cache().find(runtime::sha256("another key")));
  EXPECT_EQ(std::vector{entry(some_key)}, files());
}

TEST_F(Cache, AnEntryUnderAnotherNameIsNone) {
  cache().store(some_key, some_image);
  const Digest other = runtime::sha256("another key");
  fs::rename(entry(some_key), entry(other));
  EXPECT_EQ(std::nullopt, cache().find(other));
}

TEST_F(Cache, EveryTruncationAndChangedBitIsIgnoredAndMended) {
  const std::string some_small_image(16, 'i');
  cache().store(some_key, some_small_image);
  const std::string whole = content(entry(some_key));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(entry(some_key), whole.substr(0, size));
    ASSERT_EQ(std::nullopt, cache().find(some_key)) << size;
  }
  write(entry(some_key), whole + "i");
  EXPECT_EQ(std::nullopt, cache().find(some_key));
  for (std::size_t k = 0; k < whole.size(); ++k) {
    std::string changed = whole;
    changed[k] = static_cast<char>(changed[k] ^ (1 << k % 8));
    write(entry(some_key), changed);
    ASSERT_EQ(std::nullopt, cache().find(some_key)) << k;
  }
  cache().store(some_key, some_small_image);
  EXPECT_EQ(some_small_image, cache().find(some_key));
}

TEST_F(Cache, WhatOthersMayWriteIsIgnored) {
  cache().store(some_key, some_image);
  for (const mode_t mode : {0620U, 0602U, 0666U}) {
    ASSERT_EQ(0, ::chmod(entry(some_key).c_str(), mode));
    EXPECT_EQ(std::nullopt, cache().find(some_key)) << mode;
  }
  ASSERT_EQ(0, ::chmod(entry(some_key).c_str(), 0644));
  EXPECT_EQ(some_image, cache().find(some_key));
}

TEST_F(Cache, AFileOfAnotherUserIsIgnored) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  cache().store(some_key, some_image);
  ASSERT_EQ(0, ::chown(entry(some_key).c_str(), 12345, 12345));
  EXPECT_EQ(std::nullopt, cache().find(some_key));
}

TEST_F(Cache, LinksFoldersAndPipesAreIgnored) {
  cache().store(some_key, some_image);
  fs::rename(entry(some_key), folder_ / "elsewhere");
  fs::create_symlink(folder_ / "elsewhere", entry(some_key));
  EXPECT_EQ(std::nullopt, cache().find(some_key));
  fs::remove(entry(some_key));
  fs::create_directory(entry(some_key));
  EXPECT_EQ(std::nullopt, cache().find(some_key));
  fs::remove(entry(some_key));
  ASSERT_EQ(0, ::mkfifo(entry(some_key).c_str(), 0600));
  EXPECT_EQ(std::nullopt, cache().find(some_key));  // and does not wait for a writer
}

TEST_F(Cache, EntriesWithinTheirLimit) {
  cache().store(some_key, std::string(maximum_entry_bytes + 1, 'x'));
  EXPECT_EQ(0U, files().size());
  const std::string largest(maximum_entry_bytes, 'x');
  cache().store(some_key, largest);
  EXPECT_TRUE(cache().find(some_key) == largest);
}

TEST_F(Cache, TheOldestGoBeyondTheLimit) {
  std::vector<Digest> keys;
  for (int k = 0; k < 4; ++k) {
    keys.push_back(runtime::sha256("key " + std::to_string(k)));
    cache().store(keys.back(), some_image);
    fs::last_write_time(entry(keys.back()),
                        fs::file_time_type::clock::now() - std::chrono::hours(10 - k));
  }
  const std::size_t size = fs::file_size(entry(keys[0]));
  cache().shrink_to(4 * size);
  EXPECT_EQ(4U, files().size());
  cache().shrink_to(4 * size - 1);
  EXPECT_EQ(3U, files().size());
  EXPECT_EQ(std::nullopt, cache().find(keys[0]));
  write(folder_ / "not ours", "x");
  cache().shrink_to(0);
  EXPECT_EQ(std::vector{folder_ / "not ours"}, files());
}

TEST_F(Cache, StoringKeepsTheLimit) {
  // A sparse file that is as large as all may be, and old.
  const fs::path large = entry(runtime::sha256("large"));
  write(large, "");
  fs::resize_file(large, maximum_cache_bytes);
  fs::last_write_time(large, fs::file_time_type::clock::now() - std::chrono::hours(1));
  for (int k = 0; k < 200; ++k)  // one in sixteen looks
    cache().store(runtime::sha256("key " + std::to_string(k)), some_image);
  EXPECT_FALSE(fs::exists(large));
  EXPECT_EQ(200U, files().size());
}

TEST_F(Cache, WhereItIs) {
  const auto is_in = [&](const fs::path& folder) {
    const auto found = CodeCache::from_environment();
    if (!found) return false;
    found->store(some_key, some_image);
    return fs::exists(folder / (runtime::hex(some_key) + ".code"));
  };
  EXPECT_TRUE(is_in(folder_));
  ::setenv("LRC_CACHE", "off", 1);
  EXPECT_FALSE(CodeCache::from_environment().has_value());
  ::unsetenv("LRC_CACHE");
  ::unsetenv("LRC_CACHE_DIR");
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::setenv("HOME", (folder_ / "home").c_str(), 1);
  ::setenv("XDG_CACHE_HOME", (folder_ / "xdg").c_str(), 1);
  EXPECT_TRUE(is_in(folder_ / "xdg" / "lrc"));
  for (const char* value : {"relative", ""}) {
    ::setenv("XDG_CACHE_HOME", value, 1);
    EXPECT_TRUE(is_in(folder_ / "home" / ".cache" / "lrc"));
    fs::remove_all(folder_ / "home");
  }
  EXPECT_TRUE(is_in(folder_ / "home" / ".cache" / "lrc"));
  const auto folder_mode = fs::status(folder_ / "home" / ".cache" / "lrc").permissions();
  EXPECT_EQ(fs::perms::owner_all, folder_mode);
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  EXPECT_FALSE(CodeCache::from_environment().has_value());
  ::setenv("HOME", home.c_str(), 1);
}

// ----------------------------------------------------------------------------- compiling with it

std::vector<Program> programs(std::size_t count) {
  std::mt19937_64 random(26112026);
  std::vector<Program> made;
  for (std::size_t k = 0; k < count; ++k) made.push_back(tests::random_program(random, {}));
  return made;
}

// Whether compiled code has the interpreter's bits.
bool is_right(const Program& program) {
  const auto function = compile(program);
  if (!function) return false;
  std::mt19937_64 random(1);
  std::vector<double> values(program.slots.size());
  for (const std::int64_t step : tests::telling_steps(random, program)) {
    (*function)(step, values.data(), tests::some_factors.data());
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const double expected = runtime::evaluate(program, slot, step, tests::some_factors.data());
      if (std::bit_cast<std::uint64_t>(values[slot]) != std::bit_cast<std::uint64_t>(expected))
        return false;
    }
  }
  return true;
}

bool all_right(const std::vector<Program>& all) {
  return std::all_of(all.begin(), all.end(), is_right);
}

bool llvm_is_open() {
  return content("/proc/self/maps").find("liblrc_jit.so") != std::string::npos;
}

pid_t start(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  return child;
}

bool succeeds(pid_t child) {
  int status = 1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

// In a process of its own, which has compiled nothing yet.
bool in_new_process(const std::function<bool()>& work) { return succeeds(start(work)); }

class CachedCode : public Cache {
 protected:
  void SetUp() override {
    Cache::SetUp();
    if (!in_new_process([] { return available(); }))
      GTEST_SKIP() << "this build has no JIT compiler";
  }
};

TEST_F(CachedCode, HasTheSameBitsAndNeedsNoLlvm) {
  const std::vector<Program> all = programs(40);
  EXPECT_TRUE(in_new_process([&] { return all_right(all) && llvm_is_open(); }));
  EXPECT_EQ(all.size(), files().size());
  EXPECT_TRUE(in_new_process([&] { return all_right(all) && !llvm_is_open(); }));
  EXPECT_TRUE(in_new_process([&] { return all_right(all) && all_right(all) && !llvm_is_open(); }));
}

TEST_F(CachedCode, IsNotLookedForWhenOff) {
  const std::vector<Program> all = programs(2);
  EXPECT_TRUE(in_new_process([&] { return all_right(all); }));
  ::setenv("LRC_CACHE", "off", 1);
  EXPECT_TRUE(in_new_process([&] { return all_right(all) && llvm_is_open(); }));
  for (const fs::path& file : files()) fs::remove(file);
  EXPECT_TRUE(in_new_process([&] { return all_right(all); }));
  EXPECT_EQ(0U, files().size());
}

TEST_F(CachedCode, OfADamagedEntryIsCompiledAgain) {
  const std::vector<Program> all = programs(4);
  EXPECT_TRUE(in_new_process([&] { return all_right(all); }));
  std::vector<std::string> whole;
  for (const fs::path& file : files()) {
    whole.push_back(content(file));
    std::string damaged = whole.back();
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    write(file, damaged);
  }
  EXPECT_TRUE(in_new_process([&] { return all_right(all) && llvm_is_open(); }));
  std::vector<std::string> again;
  for (const fs::path& file : files()) again.push_back(content(file));
  EXPECT_EQ(whole, again);
}

TEST_F(CachedCode, DependsOnThePolicyAndItsFacts) {
  Program program = programs(1).front();
  EXPECT_TRUE(in_new_process([&] { return is_right(program); }));
  program.identity.run_hash = "lrc1:other";
  EXPECT_TRUE(in_new_process([&] { return is_right(program); }));
  program.reals.front() += 1;
  EXPECT_TRUE(in_new_process([&] { return is_right(program); }));
  EXPECT_EQ(3U, files().size());
}

TEST_F(CachedCode, EightProcessesMayWriteAtOnce) {
  const std::vector<Program> all = programs(12);
  std::vector<pid_t> children;
  for (std::size_t k = 0; k < 8; ++k) {
    std::vector<Program> mine = all;
    std::shuffle(mine.begin(), mine.end(), std::mt19937_64(k / 2));  // two in each order
    children.push_back(start([mine] { return all_right(mine); }));
  }
  for (const pid_t child : children) EXPECT_TRUE(succeeds(child));
  EXPECT_EQ(all.size(), files().size());  // and none that is half written
  EXPECT_TRUE(in_new_process([&] { return all_right(all) && !llvm_is_open(); }));
}

TEST_F(CachedCode, EightThreadsMayCompileAtOnce) {
  const std::vector<Program> all = programs(6);
  const auto with_threads = [&] {
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int k = 0; k < 8; ++k) threads.emplace_back([&] { right += all_right(all) ? 1 : 0; });
    for (std::thread& thread : threads) thread.join();
    return right == 8;
  };
  EXPECT_TRUE(in_new_process(with_threads));
  EXPECT_TRUE(in_new_process([&] { return with_threads() && !llvm_is_open(); }));
}

TEST_F(CachedCode, ADiskThatTakesNothingIsNoTrouble) {
  const std::vector<Program> all = programs(3);
  write(folder_ / "file", "");
  for (const fs::path& folder : {fs::path("/proc/no/such/folder"), folder_ / "file" / "below"}) {
    ::setenv("LRC_CACHE_DIR", folder.c_str(), 1);
    EXPECT_TRUE(in_new_process([&] { return all_right(all) && all_right(all); })) << folder;
  }
  EXPECT_EQ(std::vector{folder_ / "file"}, files());
  // As on a full disk, a write stops in the middle.
  ::setenv("LRC_CACHE_DIR", (folder_ / "full").c_str(), 1);
  EXPECT_TRUE(in_new_process([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit few_bytes{200, 200};
    return ::setrlimit(RLIMIT_FSIZE, &few_bytes) == 0 && all_right(all);
  }));
  EXPECT_TRUE(fs::is_empty(folder_ / "full"));
}

}  // namespace
}  // namespace lrc::backends::llvm
