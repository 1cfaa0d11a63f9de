#include "tests/differential/exported.h"

#include <fmt/format.h>

#include <stdexcept>

#include "compiler/backends/c/export.h"
#include "tests/differential/workspace.h"

namespace lrc::differential {
namespace {

// What others find, around the functions of the header.
constexpr const char* shown = R"(#include "{0}.h"
SHOWN void {0}_call(int64_t update, double *values, const double *factors) {{
  {0}_values(update, values, factors);
}}
SHOWN int {0}_test(void) {{ return {0}_self_test(); }}
)";

constexpr const char* head = R"(#include <stdint.h>
#ifdef __cplusplus
#define SHOWN extern "C"
#else
#define SHOWN
#endif
)";

std::string name_of(std::size_t number) { return fmt::format("p{}", number); }

}  // namespace

Results exported_c(std::span<const Task> tasks, const std::string& compiler) {
  const std::string program = compiler.substr(0, compiler.find(' '));
  if (!has_program(program)) return tl::unexpected(program + " is not installed");
  const Workspace files;
  std::string unit = head;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto text = backends::c::export_c(tasks[i].program, {.name = name_of(i)});
    if (!text) throw std::runtime_error(text.error());
    files.write(name_of(i) + ".h", *text);
    unit += fmt::format(shown, name_of(i));
  }
  files.write("unit", unit);
  files.run(compiler + " -ffp-contract=off -shared -fPIC -o unit.so unit");
  const Library library(files.path("unit.so"));
  std::vector<std::optional<Values>> results;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto test = library.symbol<int (*)()>(name_of(i) + "_test");
    if (test() != 0) throw std::runtime_error("the self-test of the header fails");
    results.emplace_back(
        call(library.symbol<runtime::CompiledFunction>(name_of(i) + "_call"), tasks[i]));
  }
  return results;
}

}  // namespace lrc::differential
