// kill -9 before and after every call of the system that a save makes: the old record or the new
// one is read, and the next save is whole.

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "tests/state_file/folder.h"

namespace lrc::runtime {
namespace {

namespace fs = std::filesystem;

// A child that is traced from its first stop on and saves a record at 30 then.
pid_t start_saving(const fs::path& path) {
  const std::string record = record_at(30);
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(3);
  ::raise(SIGSTOP);
  const bool written = write_state_file(path, record).has_value();
  ::raise(SIGSTOP);
  ::_exit(written ? 0 : 1);
}

// Waits for the next stop of a child, and gives its signal; 0: it has ended.
int stopped(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return 0;
  return WSTOPSIG(status);
}

enum class Ending { killed, saved, untraceable };

// Lets the child reach its `stop`-th stop at a call, which are before and after each, and kills it.
Ending kill_at(const fs::path& path, int stop) {
  const pid_t child = start_saving(path);
  if (stopped(child) != SIGSTOP) return Ending::untraceable;
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
  bool saved = false;
  for (int k = 0; k < stop && !saved; ++k) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    saved = stopped(child) != (SIGTRAP | 0x80);
  }
  ::kill(child, SIGKILL);
  while (stopped(child) != 0) continue;
  return saved ? Ending::saved : Ending::killed;
}

TEST(Kill, BeforeAndAfterEveryCallTheOldRecordOrTheNewOneStays) {
  int kills = 0;
  for (const Start& start : starts()) {
    bool old_seen = false, new_seen = false;
    for (int stop = 1;; ++stop, ++kills) {
      const Folder folder;
      start.make(folder.record());
      const Ending ending = kill_at(folder.record(), stop);
      if (ending == Ending::untraceable) GTEST_SKIP() << "this machine lets no process be traced";
      const std::int64_t step = step_in(folder.record());
      (step == 30 ? new_seen : old_seen) = true;
      ASSERT_TRUE(step == 30 || step == start.step)
          << start.name << ", stop " << stop << ": read " << step;
      const auto written = write_state_file(folder.record(), record_at(40));
      ASSERT_TRUE(written.has_value()) << written.error();
      ASSERT_EQ(step_in(folder.record()), 40);
      if (ending == Ending::saved) break;
    }
    EXPECT_TRUE(old_seen && new_seen) << start.name;
  }
  std::printf("%d kills\n", kills);
}

}  // namespace
}  // namespace lrc::runtime
