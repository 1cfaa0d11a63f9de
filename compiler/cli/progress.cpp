#include "compiler/cli/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "compiler/diagnostics/render.h"

namespace lrc::cli {

Progress::Progress(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::at(const std::string& item) {
  ++done_;
  constexpr auto a_while = std::chrono::milliseconds(500);
  if (!terminal_ || Clock::now() - begin_ < a_while) return;
  constexpr std::size_t width = 60;
  const std::string text = diagnostics::printable(item).substr(0, width);
  std::fputs(fmt::format("\r\033[K{} {}: {}", what_, done_, text).c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::end() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace lrc::cli
