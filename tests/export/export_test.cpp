// Exported C and CUDA C against the interpreter: every bit, from several compilers; and the
// self-test, which must notice what breaks them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <set>
#include <sstream>

#include "compiler/backends/c/curve.h"
#include "compiler/compile/compile.h"
#include "tests/export/unit.h"

namespace lrc::test {
namespace {

namespace fs = std::filesystem;
using backends::c::Language;

// LRC_EXPORT_PROGRAMS=10000 makes the run long: so many random programs, in units of some hundreds.
constexpr std::size_t default_random_count = 100;
constexpr std::size_t programs_of_a_unit = 250;

std::size_t random_count() {
  const char* text = std::getenv("LRC_EXPORT_PROGRAMS");
  return text != nullptr ? std::strtoul(text, nullptr, 10) : default_random_count;
}

constexpr std::string_view exact = " -ffp-contract=off -Wall -Wextra -Werror main.c -lm";

fs::path folder(const std::string& name) {
  const fs::path path = fs::path(LRC_EXPORT_FOLDER) / name;
  fs::remove_all(path);
  return path;
}

std::vector<NamedProgram> all_programs() {
  std::vector<NamedProgram> programs = golden_programs(LRC_ROOT);
  EXPECT_GT(programs.size(), 100U);
  for (NamedProgram& program : random_programs(random_count()))
    programs.push_back(std::move(program));
  return programs;
}

// Some of each kind: every n-th golden, and the first random ones.
std::vector<NamedProgram> few_programs(std::size_t every, std::size_t random) {
  std::vector<NamedProgram> few;
  std::vector<NamedProgram> golden = golden_programs(LRC_ROOT);
  for (std::size_t k = 0; k < golden.size(); k += every) few.push_back(std::move(golden[k]));
  for (NamedProgram& program : random_programs(random)) few.push_back(std::move(program));
  return few;
}

bool has(const std::string& program) {
  return std::system(fmt::format("command -v {} > /dev/null 2>&1", program).c_str()) == 0;
}

runtime::Program program_of(const std::string& sentence, const std::string& run,
                            const std::string& peak) {
  const auto compilation = compile::compile(source::make_source("<sentence>", sentence));
  compile::FactTexts facts;
  if (!run.empty()) facts.run = run;
  facts.peak = peak;
  return compile::bind(*compilation.policy, facts).bound->program;
}

struct Build {
  std::string name, command;
  std::string runner = {};  // what runs the binary, such as an emulator
};

void expect_same_bits(Unit& unit, const Build& build) {
  ASSERT_TRUE(unit.compile(build.command, build.name)) << build.command << "\n" << unit.log();
  const Comparison found = unit.run(build.name, build.runner);
  std::printf("%-12s %zu programs, %zu values, %zu differing bits, %zu self-tests that fail\n",
              build.name.c_str(), unit.programs(), found.values, found.differing, found.self_tests);
  EXPECT_GT(found.values, 100 * unit.programs());
  EXPECT_EQ(0U, found.differing) << found.first;
  EXPECT_EQ(0U, found.self_tests) << found.first;
}

// Each compiler with and without optimisation, each language with each.
std::vector<Build> builds_for_this_machine() {
  std::vector<Build> builds = {{"gcc_O0", "gcc -std=c99 -Wpedantic -O0"},
                               {"gxx_O3", "g++ -std=c++17 -O3 -march=native -x c++"}};
  if (has("clang-19")) {
    builds.push_back({"clang_O3", "clang-19 -std=c99 -Wpedantic -O3 -march=native"});
    builds.push_back({"clangxx_O0", "clang++-19 -std=c++17 -O0 -x c++"});
  } else {
    std::printf("clang: skipped, clang-19 is not here\n");
  }
  for (Build& build : builds) build.command += exact;
  return builds;
}

// Hundreds of headers in one translation unit.
TEST(ExportedC, HasTheInterpretersBits) {
  std::vector<NamedProgram> programs = all_programs();
  for (std::size_t first = 0; first < programs.size(); first += programs_of_a_unit) {
    const auto begin = programs.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min(programs_of_a_unit, programs.size() - first));
    Unit unit(folder("c"), std::vector(begin, end), Language::c99);
    std::vector<std::future<void>> running;
    for (const Build& build : builds_for_this_machine()) {
      running.push_back(std::async(std::launch::async,
                                   [unit, build]() mutable { expect_same_bits(unit, build); }));
    }
    for (std::future<void>& one : running) one.get();
  }
}

TEST(ExportedC, HasTheSameBitsOnAnotherArchitecture) {
  if (!has("aarch64-linux-gnu-gcc") || !has("qemu-aarch64"))
    GTEST_SKIP() << "aarch64-linux-gnu-gcc and qemu-aarch64 are not here";
  Unit unit(folder("aarch64"), few_programs(6, 12), Language::c99);
  expect_same_bits(unit,
                   {"aarch64_O3", "aarch64-linux-gnu-gcc -std=c99 -static -O3" + std::string(exact),
                    "qemu-aarch64"});
}

TEST(ExportedC, FastMathDoesNotCompile) {
  Unit unit(folder("fast"), few_programs(6, 12), Language::c99);
  EXPECT_FALSE(unit.compile("g++ -std=c++17 -O2 -ffast-math -x c++ main.c", "refused"));
  EXPECT_NE(std::string::npos, unit.log().find("compile without fast-math")) << unit.log();
}

// Where the compiler does not say that it is fast, the self-test does.
TEST(ExportedC, TheSelfTestNoticesFastMath) {
  Unit unit(folder("hidden"), few_programs(6, 12), Language::c99);
  const std::string hidden = " -std=c99 -O2 -ffast-math -U__FAST_MATH__ -U__FLT_EVAL_METHOD__ ";
  for (const char* compiler : {"gcc", "clang-19"}) {
    if (!has(compiler)) continue;
    ASSERT_TRUE(unit.compile(compiler + hidden + "main.c -lm", compiler)) << unit.log();
    const Comparison found = unit.run(compiler);
    std::printf("%s -ffast-math: %zu of %zu self-tests fail, %zu of %zu values differ\n", compiler,
                found.self_tests, unit.programs(), found.differing, found.values);
    EXPECT_EQ(unit.programs(), found.self_tests);
  }
}

TEST(ExportedC, TheSelfTestNoticesFusedOperations) {
  if (std::system("gcc -march=native -dM -E -x c /dev/null | grep -q __FMA__") != 0)
    GTEST_SKIP() << "this machine fuses nothing";
  Unit unit(folder("fused"), few_programs(6, 12), Language::c99);
  for (const char* compiler : {"gcc", "clang-19"}) {
    if (!has(compiler)) continue;
    const std::string fused = " -std=c99 -O3 -march=native -ffp-contract=fast main.c -lm";
    ASSERT_TRUE(unit.compile(compiler + fused, compiler)) << unit.log();
    const Comparison found = unit.run(compiler);
    std::printf("%s -ffp-contract=fast: %zu of %zu self-tests fail, %zu of %zu values differ\n",
                compiler, found.self_tests, unit.programs(), found.differing, found.values);
    EXPECT_EQ(unit.programs(), found.self_tests);
    EXPECT_GT(found.differing, 0U) << "the promise would be empty";
  }
}

// ------------------------------------------------------------------------------------------ CUDA

// Operations on binary64 in a PTX text that are rounded more or less than once, or how often each
// stands there.
std::map<std::string, std::size_t> operations(const fs::path& ptx) {
  static const std::set<std::string> computing = {"add", "sub",  "mul", "div",
                                                  "rcp", "sqrt", "fma", "mad"};
  std::ifstream file(ptx);
  std::map<std::string, std::size_t> found;
  for (std::string word; file >> word;) {
    const bool computes = computing.contains(word.substr(0, word.find('.')));
    if (computes && word.ends_with(".f64")) ++found[word];
  }
  return found;
}

const std::set<std::string> rounded = {"add.rn.f64", "sub.rn.f64", "mul.rn.f64",
                                       "div.rn.f64", "rcp.rn.f64", "sqrt.rn.f64"};

TEST(ExportedCuda, IsNeverFusedAndHasTheInterpretersBitsOnTheHost) {
  if (!has("nvcc")) GTEST_SKIP() << "nvcc is not here";
  Unit unit(folder("cuda"), few_programs(12, 8), Language::cuda);
  ASSERT_TRUE(unit.compile("nvcc -std=c++17 -ptx main.cu", "all.ptx")) << unit.log();
  const auto found = operations(unit.path("all.ptx"));
  std::size_t sum = 0;
  for (const auto& [name, count] : found) {
    EXPECT_TRUE(rounded.contains(name)) << name;
    sum += count;
  }
  std::printf("nvcc -ptx: %zu programs, %zu operations, each rounded once\n", unit.programs(), sum);
  EXPECT_GT(sum, 1000U);
  expect_same_bits(unit, {"nvcc_host", "nvcc -std=c++17 -O3 main.cu"});
}

// What the check above would find: doubles, as nvcc takes them by itself.
TEST(ExportedCuda, TheCheckFindsAFusedOperation) {
  if (!has("nvcc")) GTEST_SKIP() << "nvcc is not here";
  const fs::path here = folder("planted");
  fs::create_directories(here);
  std::ofstream(here / "planted.cu")
      << "__global__ void planted(double* x) { x[0] = x[0] * x[1] + x[2]; }\n";
  const std::string command =
      fmt::format("cd '{}' && nvcc -ptx planted.cu -o planted.ptx", here.string());
  ASSERT_EQ(0, std::system(command.c_str()));
  EXPECT_TRUE(operations(here / "planted.ptx").contains("fma.rn.f64"));
}

// ------------------------------------------------------------------------------------------- text

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The first block of C on the page, which is this schedule.
TEST(ExportedC, IsWhatThePageShows) {
  const std::string page = content(fs::path(LRC_ROOT) / "docs/exported_c.md");
  const auto begin = page.find("```c\n") + 5;
  const std::string shown = page.substr(begin, page.find("```", begin) - begin);
  ASSERT_GT(shown.size(), 400U);
  const auto text = backends::c::export_c(
      program_of("warmup 6% linear then cosine to 0.01x", "100K steps", "3e-4"), {});
  ASSERT_TRUE(text);
  EXPECT_NE(std::string::npos, text->find(shown)) << *text;
}

// Phases beyond some dozens are rows: a hundred times the phases are not a hundred times the code.
TEST(ExportedC, ManyPhasesAreATable) {
  const auto text = [](int phases) {
    std::string sentence = "linear to 0.5x for 100 steps";
    for (int k = 1; k < phases; ++k)
      sentence += fmt::format(" then {} to 0.{}x for 100 steps", k % 2 == 0 ? "linear" : "cosine",
                              k % 9 + 1);
    return *backends::c::export_c(program_of(sentence, "", "1"), {});
  };
  const auto returns = [](const std::string& exported) {
    const std::string schedule = exported.substr(exported.find("// lr outside any group."));
    std::size_t count = 0;
    for (auto at = schedule.find("return "); at != std::string::npos;
         at = schedule.find("return ", at + 1))
      ++count;
    return count;
  };
  // Behind the last phase its level holds, which is one more.
  EXPECT_EQ(32U, backends::c::most_stretches_as_code);
  EXPECT_EQ(std::string::npos, text(31).find("rows[lrc1_passed("));
  EXPECT_NE(std::string::npos, text(32).find("rows[lrc1_passed("));
  EXPECT_GT(returns(text(31)), 31U);
  EXPECT_EQ(returns(text(33)), returns(text(3300)));
}

// ------------------------------------------------------------------------------------------ names

runtime::Program constant_program(const std::string& policy, std::size_t slots) {
  runtime::Program program;
  program.identity.policy = policy;
  program.group_sets = {{}};
  program.codes = {{{runtime::Operation::real, 0}}};
  program.reals = {0.5};
  for (std::uint32_t k = 0; k < slots; ++k) {
    program.outputs.push_back("values");
    program.slots.push_back({k, 0, {0, 0, 0}});
  }
  return program;
}

TEST(Names, ArePossibleInC) {
  const auto text = backends::c::export_c(constant_program("my-policy", 1), {});
  ASSERT_TRUE(text);
  EXPECT_NE(std::string::npos, text->find("static inline void my_policy_values("));
  EXPECT_NE(std::string::npos, text->find("double my_policy_values_0(int64_t step)"))
      << "an output called `values` gets another name";
  for (const char* name : {"7up", "a b", "lrc1_mine", "ä"}) {
    const auto refused = backends::c::export_c(constant_program("p", 1), {.name = name});
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(std::string::npos, refused.error().find(name)) << refused.error();
  }
}

TEST(Limits, OfSlots) {
  const std::size_t most = backends::c::maximum_slots;
  EXPECT_TRUE(backends::c::export_c(constant_program("p", most), {}));
  const auto refused = backends::c::export_c(constant_program("p", most + 1), {});
  ASSERT_FALSE(refused);
  EXPECT_NE(std::string::npos, refused.error().find("10000")) << refused.error();
}

}  // namespace
}  // namespace lrc::test
