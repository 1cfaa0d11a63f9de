#include "tests/state_file/calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>

namespace lrc::runtime {
namespace {

bool watching = false;
Faults faults;
std::vector<std::string> called;

// Whether the call of this name fails now, with errno.
bool fails(const char* name) {
  if (!watching) return false;
  watching = false;  // the list may allocate
  called.emplace_back(name);
  watching = true;
  const int number = static_cast<int>(called.size());
  errno = faults.error;
  return faults.first > 0 && number >= faults.first && number <= faults.last;
}

bool lacks(bool what, int error) {
  errno = error;
  return watching && what;
}

}  // namespace

WatchedCalls::WatchedCalls(const Faults& wanted) {
  faults = wanted;
  called.clear();
  watching = true;
}
WatchedCalls::~WatchedCalls() { watching = false; }
const std::vector<std::string>& WatchedCalls::names() const { return called; }

}  // namespace lrc::runtime

using lrc::runtime::fails;
using lrc::runtime::faults;
using lrc::runtime::lacks;
using lrc::runtime::watching;

// NAME(parameters) calls the real one with (arguments), unless it fails.
#define LRC_WRAP(name, parameters, arguments) \
  int __real_##name parameters;               \
  int __wrap_##name parameters { return fails(#name) ? -1 : __real_##name arguments; }

extern "C" {
LRC_WRAP(fstat, (int file, struct stat* status), (file, status))
LRC_WRAP(stat, (const char* path, struct stat* status), (path, status))
LRC_WRAP(ftruncate, (int file, off_t size), (file, size))
LRC_WRAP(fsync, (int file), (file))
LRC_WRAP(fchmod, (int file, mode_t mode), (file, mode))
LRC_WRAP(unlink, (const char* path), (path))
LRC_WRAP(rename, (const char* from, const char* to), (from, to))

int __real_open(const char* path, int flags, mode_t mode);
int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __real_link(const char* from, const char* to);
int __wrap_link(const char* from, const char* to) {
  return fails("link") || lacks(faults.no_links, EPERM) ? -1 : __real_link(from, to);
}

int __real_flock(int file, int operation);
int __wrap_flock(int file, int operation) {
  return fails("flock") || lacks(faults.no_locks, ENOSYS) ? -1 : __real_flock(file, operation);
}

// A close that fails has closed all the same.
int __real_close(int file);
int __wrap_close(int file) {
  const bool failing = fails("close");
  const int error = errno;
  const int result = __real_close(file);
  if (!failing) return result;
  errno = error;
  return -1;
}

ssize_t __real_read(int file, void* buffer, size_t size);
ssize_t __wrap_read(int file, void* buffer, size_t size) {
  return fails("read") ? -1 : __real_read(file, buffer, size);
}

ssize_t __real_write(int file, const void* buffer, size_t size);
ssize_t __wrap_write(int file, const void* buffer, size_t size) {
  if (fails("write")) return -1;
  return __real_write(file, buffer,
                      watching && faults.short_writes ? std::min(size, size_t{1}) : size);
}
}
