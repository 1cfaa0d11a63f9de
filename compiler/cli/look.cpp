#include "compiler/cli/look.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "compiler/compile/marks.h"
#include "compiler/compile/read_facts.h"
#include "compiler/diagnostics/render.h"

namespace lrc::cli {
void add_look_options(CLI::App& verb, LookOptions& options) {
  add_fact_options(verb, options.facts);
  verb.add_option("--set", options.settings, "NAME=VALUE of a parameter (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  verb.add_option("--group", options.group,
                  "the values in this group; outside any group if left out");
  add_report_options(verb, options.report);
}

void add_size_options(CLI::App& verb, SizeOptions& options) {
  verb.add_option("--width", options.width, "columns; those of the terminal if left out")
      ->check(CLI::Range(30, 1000));
  verb.add_option("--height", options.height, "lines; as the terminal allows if left out")
      ->check(CLI::Range(8, 500));
  verb.add_flag("--ascii", options.ascii, "plain ASCII, for terminals without UTF-8");
}

picture::Size size_of(const SizeOptions& options) {
  picture::Size size;
  winsize terminal{};
  if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &terminal) == 0 &&
      terminal.ws_col > 0) {
    constexpr std::size_t narrowest = 30, widest = 160, lowest = 8, highest = 24;
    size.width = std::clamp<std::size_t>(terminal.ws_col, narrowest, widest);
    if (terminal.ws_row > 0)
      size.height = std::clamp<std::size_t>(terminal.ws_row - std::size_t{2}, lowest, highest);
  }
  if (options.width > 0) size.width = options.width;
  if (options.height > 0) size.height = options.height;
  if (options.ascii) size.letters = picture::Letters::ascii;
  return size;
}

std::optional<Look> look(const compile::CompiledPolicy& policy, const LookOptions& options,
                         const std::vector<std::string>& outputs, Report& report) {
  const std::vector<std::string> all = policy.outputs();
  if (outputs != all) {
    for (const std::string& output : outputs) {
      if (!known(all, output, "output", report)) return std::nullopt;
    }
  }
  auto sets = sets_for(policy.policy, options.group, report);
  if (!sets) return std::nullopt;
  compile::FactReading reading = compile::read_facts(policy, options.facts);
  for (const auto& source : reading.sources) report.keep(source);
  const bool readable = reading.issues.empty();
  report.add(std::move(reading.issues));
  if (!readable) return std::nullopt;
  report.add(compile::misplaced_marks(policy, reading.facts));
  const std::size_t group_set = sets->size() - 1;
  auto view = picture::look_at(policy, reading.facts, outputs, std::move(*sets));
  if (!view) {
    report.add(std::move(view.error()));
    return std::nullopt;
  }
  return Look{std::move(*view), group_set,
              options.group.empty() ? "" : fmt::format(" (group {})", options.group)};
}

std::string title_of(const Input& input) {
  const policy::Policy& policy = input.compilation.policy->policy;
  if (!policy.name.empty()) return fmt::format("{} version {}", policy.name, policy.version);
  return "`" + diagnostics::printable(picture::words(policy.name_span)) + "`";
}

}  // namespace lrc::cli
