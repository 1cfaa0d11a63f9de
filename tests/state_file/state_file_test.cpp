// The record in a file: two generations, and what a failing disk leaves of them.

#include "runtime/state_file/state_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/state_file/calls.h"
#include "tests/state_file/folder.h"

namespace lrc::runtime {
namespace {

namespace fs = std::filesystem;

fs::path previous_of(fs::path path) { return path += ".previous"; }

void expect_written(const fs::path& path, std::int64_t step) {
  const auto written = write_state_file(path, record_at(step));
  ASSERT_TRUE(written.has_value()) << written.error();
  EXPECT_EQ(step_in(path), step);
}

TEST(StateFile, KeepsTwoGenerations) {
  const Folder folder;
  for (const std::int64_t step : {1, 2, 3}) expect_written(folder.record(), step);
  EXPECT_EQ(step_in(previous_of(folder.record())), 2);
  const auto entries = std::distance(fs::directory_iterator(folder.path()), {});
  EXPECT_EQ(entries, 2) << "nothing else stays";
}

TEST(StateFile, FromEveryStartTheNextSaveIsRead) {
  for (const Start& start : starts()) {
    const Folder folder;
    start.make(folder.record());
    EXPECT_EQ(step_in(folder.record()), start.step) << start.name;
    expect_written(folder.record(), 30);
    EXPECT_EQ(step_in(previous_of(folder.record())), start.step) << start.name;
    expect_written(folder.record(), 40);
    EXPECT_EQ(step_in(previous_of(folder.record())), 30) << start.name;
  }
}

TEST(StateFile, TellsWhyItTookTheGenerationBefore) {
  const Folder folder;
  for (const std::int64_t step : {1, 2}) expect_written(folder.record(), step);
  EXPECT_EQ(read_state_file(folder.record())->damage, "");
  put(folder.record(), record_at(2).substr(0, 500));
  const auto found = read_state_file(folder.record());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state.step, 1);
  EXPECT_EQ(found->damage, "`" + folder.record().string() +
                               "`: the saved state is cut or has something after its end: its "
                               "last line must be `sha256` and a checksum; going on from the one "
                               "before, `" +
                               folder.record().string() + ".previous`");
}

TEST(StateFile, WithoutAnyItSaysSoOfBoth) {
  const Folder folder;
  const auto found = read_state_file(folder.record());
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error(), "there is no file `" + folder.record().string() +
                               "`; nor the one before: there is no file `" +
                               folder.record().string() + ".previous`");
}

TEST(StateFile, ALinkStaysALinkAndPermissionsStay) {
  const Folder folder;
  const fs::path link = folder.path() / "link.state";
  expect_written(folder.record(), 1);
  ASSERT_EQ(::chmod(folder.record().c_str(), 0600), 0);
  fs::create_symlink(folder.record(), link);
  expect_written(link, 2);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(step_in(folder.record()), 2);
  EXPECT_EQ(fs::status(folder.record()).permissions(), fs::perms(0600));
  put(folder.record(), "damage");
  EXPECT_EQ(step_in(link), 1);
}

TEST(StateFile, AnotherWriterIsRefused) {
  const Folder folder;
  expect_written(folder.record(), 1);
  const std::string next = folder.record().string() + ".new";
  const int other = ::open(next.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  const auto written = write_state_file(folder.record(), record_at(2));
  ASSERT_FALSE(written.has_value());
  EXPECT_NE(written.error().find("`" + next + "`: another process is writing it now"),
            std::string::npos);
  EXPECT_EQ(step_in(folder.record()), 1);
  ::close(other);
  expect_written(folder.record(), 2);
}

// Of several writers each saves or is refused, and a reader sees whole records only.
TEST(StateFile, WritersAtOnceLeaveWholeRecords) {
  const Folder folder;
  expect_written(folder.record(), 0);
  std::atomic<int> saved = 0, writing = 4;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      const std::string record = record_at(5);
      for (int k = 0; k < 200; ++k) {
        const auto written = write_state_file(folder.record(), record);
        EXPECT_TRUE(written || written.error().find("another process") != std::string::npos)
            << written.error();
        saved += written.has_value() ? 1 : 0;
      }
      --writing;
    });
  }
  while (writing > 0) {
    const auto found = read_state_file(folder.record());
    EXPECT_TRUE(found.has_value() && found->damage.empty());
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_GT(saved, 0);
  expect_written(folder.record(), 9);
  EXPECT_EQ(step_in(previous_of(folder.record())), 5);
}

TEST(StateFile, ANameInAFolderThatIsNotThereIsRefused) {
  const Folder folder;
  const auto written = write_state_file(folder.path() / "no" / "run.state", record_at(1));
  ASSERT_FALSE(written.has_value());
  EXPECT_NE(written.error().find("run.state.new`: No such file or directory"), std::string::npos);
}

TEST(StateFile, ALinkToAFileThatIsNotThereYetStaysALink) {
  const Folder folder;
  const fs::path link = folder.path() / "link.state";
  fs::create_symlink(folder.record().filename(), folder.path() / "between");
  fs::create_symlink("between", link);
  expect_written(link, 1);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(fs::is_symlink(folder.path() / "between"));
  EXPECT_EQ(step_in(folder.record()), 1);
}

TEST(StateFile, WithoutLinksOrLocksItCopiesAndGoesOn) {
  const Folder folder;
  expect_written(folder.record(), 1);
  {
    const WatchedCalls calls({.no_links = true, .no_locks = true});
    expect_written(folder.record(), 2);
  }
  EXPECT_EQ(step_in(previous_of(folder.record())), 1);
}

TEST(StateFile, ShortWritesAreWritesToo) {
  const Folder folder;
  const WatchedCalls calls({.short_writes = true});
  expect_written(folder.record(), 1);
}

std::ptrdiff_t place(const std::vector<std::string>& calls, const char* name) {
  return std::find(calls.begin(), calls.end(), name) - calls.begin();
}

// The new record is on the disk before anything that is there changes, and its name at the end.
TEST(StateFile, SyncsBeforeItReplacesAndBehind) {
  const Folder folder;
  starts()[5].make(folder.record());
  const WatchedCalls calls({});
  ASSERT_TRUE(write_state_file(folder.record(), record_at(30)).has_value());
  const auto& names = calls.names();
  for (const char* name : {"link", "unlink", "rename"}) {
    EXPECT_LT(place(names, "fsync"), place(names, name)) << name;
    EXPECT_LT(place(names, name), static_cast<std::ptrdiff_t>(names.size())) << name;
  }
  const std::vector<std::string> reversed(names.rbegin(), names.rend());
  EXPECT_LT(place(reversed, "fsync"), place(reversed, "rename"));
}

// What a save with these faults leaves is the old record or the new one; if it says that it saved,
// the new one; and the next save is whole. Gives whether any call failed.
bool survives(const Start& start, const Faults& faults) {
  const Folder folder;
  start.make(folder.record());
  std::size_t calls = 0;
  tl::expected<void, std::string> written;
  {
    const WatchedCalls watched(faults);
    written = write_state_file(folder.record(), record_at(30));
    calls = watched.names().size();
  }
  const std::int64_t step = step_in(folder.record());
  EXPECT_TRUE(step == 30 || (!written && step == start.step))
      << start.name << ", call " << faults.first << ", errno " << faults.error << ": read " << step;
  if (!written) {
    EXPECT_NE(written.error().find(folder.path().string()), std::string::npos);
    EXPECT_NE(written.error().find(std::generic_category().message(faults.error)),
              std::string::npos)
        << written.error();
  }
  expect_written(folder.record(), 40);
  return calls >= static_cast<std::size_t>(faults.first);
}

constexpr int far_away = 1'000'000;

TEST(FailingDisk, AtEveryCallTheOldRecordOrTheNewOneStays) {
  int failures = 0;
  for (const Start& start : starts()) {
    for (const int error : {ENOSPC, EIO, EDQUOT, EROFS}) {
      for (const bool no_links : {false, true}) {
        const auto with = [&](int first, int last) {
          return Faults{.error = error, .first = first, .last = last, .no_links = no_links};
        };
        int call = 1;
        while (survives(start, with(call, call)) && survives(start, with(call, far_away))) ++call;
        EXPECT_GT(call, 8) << start.name;
        failures += 2 * (call - 1);
      }
    }
  }
  RecordProperty("failures", failures);
}

TEST(FailingDisk, ADiskThatFillsUpInTheMiddleOfTheRecord) {
  for (const Start& start : starts()) {
    for (const int call : {7, 50, 1000, 5000}) {
      EXPECT_TRUE(survives(
          start, {.error = ENOSPC, .first = call, .last = far_away, .short_writes = true}));
    }
  }
}

TEST(FailingDisk, AReaderWhoseCallsFailSaysSo) {
  for (int call = 1;; ++call) {
    const Folder folder;
    for (const std::int64_t step : {1, 2}) expect_written(folder.record(), step);
    const WatchedCalls calls({.error = EIO, .first = call, .last = call});
    const auto found = read_state_file(folder.record());
    if (calls.names().size() < static_cast<std::size_t>(call)) break;
    ASSERT_TRUE(found.has_value()) << "one call fails, so one generation can be read";
    EXPECT_TRUE(found->state.step == 2 ||
                found->damage.find("Input/output error") != std::string::npos);
  }
}

}  // namespace
}  // namespace lrc::runtime
