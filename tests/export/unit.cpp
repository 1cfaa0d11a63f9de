#include "tests/export/unit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"

namespace lrc::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_steps = 100;

// A record of the file of values: all as 64 bits.
class Values {
 public:
  explicit Values(const fs::path& path) : file_(path, std::ios::binary) {}
  void add(std::uint64_t word) { file_.write(reinterpret_cast<const char*>(&word), sizeof word); }

 private:
  std::ofstream file_;
};

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Around boundaries and powers of two, and as many anywhere before the last boundary.
std::vector<std::int64_t> steps_of(const runtime::Program& program, std::mt19937_64& random) {
  std::vector<std::int64_t> steps = tests::telling_steps(random, program);
  std::shuffle(steps.begin(), steps.end(), random);
  steps.resize(std::min(steps.size(), most_steps));
  runtime::Integer end = 1;
  for (const runtime::Integer threshold : program.thresholds)
    if (threshold <= runtime::maximum_step) end = std::max(end, threshold);
  for (std::size_t k = 0; k < most_steps; ++k)
    steps.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end)));
  return steps;
}

constexpr std::string_view main_text = R"(
#include <stdio.h>

typedef struct {
  void (*values)(int64_t, double*, const double*);
  int (*self_test)(void);
  int slots, reactions;
} policy;

static const policy policies[] = {
#include "table.inc"
};

static uint64_t word(FILE* file) {
  uint64_t result = 0;
  if (fread(&result, sizeof result, 1, file) != 1) printf("the file of values is short\n");
  return result;
}

int main(int count, char** arguments) {
  static double values[20000];
  static double factors[20000];
  unsigned long compared = 0, differing = 0, failing = 0;
  FILE* file = fopen(arguments[count - 1], "rb");
  for (;;) {
    const uint64_t index = word(file);
    if (index == UINT64_MAX) break;
    const policy* p = &policies[index];
    const int64_t update = (int64_t)word(file);
    const int acting = (int)word(file);
    for (int k = 0; k < p->reactions; ++k) factors[k] = lrc1_number(lrc1_from_bits(word(file)));
    p->values(update, values, acting ? factors : (const double*)0);
    for (int k = 0; k < p->slots; ++k) {
      const uint64_t expected = word(file), got = lrc1_bits_of(values[k]);
      ++compared;
      if (expected != got && differing++ == 0)
        printf("first: policy %d slot %d update %lld: %016llx instead of %016llx\n", (int)index, k,
               (long long)update, (unsigned long long)got, (unsigned long long)expected);
    }
  }
  for (unsigned long k = 0; k < sizeof policies / sizeof policies[0]; ++k) {
    const int row = policies[k].self_test();
    if (row != 0 && failing++ == 0) printf("first: self-test of policy %lu: %d\n", k, row);
  }
  printf("%lu %lu %lu\n", compared, differing, failing);
  return 0;
}
)";

// A kernel that reads every program, so that every function becomes device code.
std::string kernel(std::size_t programs) {
  std::string text =
      "__global__ void all(int64_t update, double* values, const double* factors) {\n";
  for (std::size_t k = 0; k < programs; ++k)
    text += fmt::format("  p{0}_values(update, values, factors);\n  values += p{0}_slots;\n", k);
  return text + "}\n";
}

}  // namespace

Unit::Unit(fs::path folder, std::vector<NamedProgram> programs, backends::c::Language language)
    : folder_(std::move(folder)), programs_(std::move(programs)) {
  fs::create_directories(folder_);
  write_headers(language);
  write_main(language == backends::c::Language::cuda);
  write_values();
}

void Unit::write_headers(backends::c::Language language) const {
  std::ofstream all(folder_ / "all.h");
  std::ofstream table(folder_ / "table.inc");
  for (std::size_t k = 0; k < programs_.size(); ++k) {
    const std::string name = fmt::format("p{}", k);
    const auto text = backends::c::export_c(programs_[k].program,
                                            {.language = language, .name = name, .release = ""});
    ASSERT_TRUE(text) << text.error();
    std::ofstream(folder_ / (name + ".h")) << *text;
    all << fmt::format("#include \"{}.h\"\n", name);
    table << fmt::format("{{{0}_values, {0}_self_test, {0}_slots, {0}_reactions}},\n", name);
  }
}

void Unit::write_main(bool device) const {
  const std::string text = "#include \"all.h\"\n" +
                           (device ? kernel(programs_.size()) : std::string()) +
                           std::string(main_text);
  std::ofstream(folder_ / (device ? "main.cu" : "main.c")) << text;
}

void Unit::write_values() const {
  Values file(folder_ / "values");
  for (std::size_t index = 0; index < programs_.size(); ++index) {
    const runtime::Program& program = programs_[index].program;
    std::mt19937_64 random(index);
    const std::vector<std::int64_t> steps = steps_of(program, random);
    for (const std::int64_t step : steps) {
      const bool acting = random() % 2 == 0;
      std::vector<double> factors;
      for (std::size_t k = 0; k < program.reactions.size(); ++k)
        factors.push_back(tests::some_factors[random() % tests::some_factors.size()]);
      file.add(index);
      file.add(static_cast<std::uint64_t>(step));
      file.add(acting ? 1 : 0);
      for (const double factor : factors) file.add(std::bit_cast<std::uint64_t>(factor));
      for (std::size_t slot = 0; slot < program.slots.size(); ++slot)
        file.add(std::bit_cast<std::uint64_t>(
            runtime::evaluate(program, slot, step, acting ? factors.data() : nullptr)));
    }
  }
  file.add(~std::uint64_t{0});
}

bool Unit::compile(const std::string& compiler, const std::string& binary) {
  const std::string log = binary + ".log";
  const std::string command =
      fmt::format("cd '{}' && {} -o {} > {} 2>&1", folder_.string(), compiler, binary, log);
  const bool done = std::system(command.c_str()) == 0;
  log_ = content(folder_ / log).substr(0, 4000);
  return done;
}

Comparison Unit::run(const std::string& binary, const std::string& runner) const {
  const std::string command =
      fmt::format("cd '{0}' && {2} ./{1} values > {1}.out", folder_.string(), binary, runner);
  EXPECT_EQ(0, std::system(command.c_str()));
  Comparison result;
  std::istringstream lines(content(folder_ / (binary + ".out")));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("first: ")) result.first += line + "\n";
    std::istringstream(line) >> result.values >> result.differing >> result.self_tests;
  }
  return result;
}

}  // namespace lrc::test
