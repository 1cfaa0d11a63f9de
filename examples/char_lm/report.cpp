#include "report.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace char_lm {

tl::expected<Log, std::string> Log::create(const std::string& path, const lrc::Run& run,
                                           const std::vector<std::string>& group_names) {
  Log log;
  log.path_ = path;
  log.file_.reset(std::fopen(path.c_str(), "w"));
  if (!log.file_) {
    return tl::make_unexpected("cannot create " + path + ": " +
                               std::system_category().message(errno));
  }
  std::fprintf(log.file_.get(), "# policy %s version %s %s\n# run %s\n# update, lr of",
               run.policy().c_str(), run.version().c_str(), run.hash().c_str(),
               run.run_hash().c_str());
  for (const std::string& name : group_names) std::fprintf(log.file_.get(), " %s,", name.c_str());
  std::fprintf(log.file_.get(), " loss\n");
  return log;
}

void Log::write(const Update& update) {
  if (!file_) return;
  std::fprintf(file_.get(), "%lld", static_cast<long long>(update.step));
  for (const double rate : update.rates) std::fprintf(file_.get(), " %a", rate);
  std::fprintf(file_.get(), " %a\n", update.loss);
}

tl::expected<void, std::string> Log::close() {
  if (!file_) return {};
  const bool failed = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || failed) {
    return tl::make_unexpected("cannot write all of " + path_);
  }
  return {};
}

Progress::Progress(std::int64_t from, std::int64_t to, std::vector<std::string> group_names)
    : from_(from), to_(to), group_names_(std::move(group_names)), terminal_(isatty(1) == 1) {}

std::string Progress::numbers(const Update& update) const {
  char text[64];
  std::snprintf(text, sizeof text, "update %lld/%lld  loss %.4f  lr",
                static_cast<long long>(update.step + 1), static_cast<long long>(to_), update.loss);
  std::string line = text;
  for (std::size_t group = 0; group < update.rates.size(); ++group) {
    std::snprintf(text, sizeof text, " %.3e", update.rates[group]);
    line.append(group == 0 ? " " : ", ").append(group_names_[group]).append(text);
  }
  return line;
}

void Progress::show(const Update& update) {
  const std::int64_t done = update.step + 1 - from_;
  const std::int64_t all = to_ - from_;
  const bool last = done == all;
  if (!terminal_) {
    const bool tenth = done * 10 / all != (done - 1) * 10 / all;
    if (tenth || done == 1) std::printf("  %s\n", numbers(update).c_str());
    std::fflush(stdout);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!last && now - last_drawn_ < std::chrono::milliseconds(100)) return;
  last_drawn_ = now;
  constexpr std::int64_t width = 24;
  const auto filled = static_cast<std::size_t>(done * width / all);
  const std::string bar = std::string(filled, '#') + std::string(width - filled, '-');
  // The line may get shorter: the escape sequence clears what is left of the old one.
  std::printf("\r  [%s] %s\x1b[K%s", bar.c_str(), numbers(update).c_str(), last ? "\n" : "");
  std::fflush(stdout);
}

}  // namespace char_lm
