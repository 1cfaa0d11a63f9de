// The bits of one function on many arguments: `arithmetic_bits FUNCTION < arguments > results`.
//
// An argument is so many 8-byte words as the table below says, a result one word, both in the
// machine's order. C's input and output only, so that one source serves every compiler and target.

#include "../../runtime/arithmetic/arithmetic.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

using Word = std::uint64_t;

constexpr int most_words = 4;
constexpr int records = 4096;  // at a time

double number(Word bits) { return __builtin_bit_cast(double, bits); }

lrc1_wide wide(const Word* words) { return (static_cast<lrc1_wide>(words[1]) << 64) | words[0]; }

// Both words of an integer, as one.
double folded(lrc1_wide value) {
  return number(static_cast<Word>(value) ^ static_cast<Word>(value >> 64));
}

struct Function {
  const char* name;
  int words;
  double (*value)(const Word* words);
};

constexpr Function functions[] = {
    {"sinpi", 1, [](const Word* w) { return lrc1_sinpi(number(w[0])); }},
    {"cospi", 1, [](const Word* w) { return lrc1_cospi(number(w[0])); }},
    {"havpi", 1, [](const Word* w) { return lrc1_havpi(number(w[0])); }},
    {"exp2", 1, [](const Word* w) { return lrc1_exp2(number(w[0])); }},
    {"log2", 1, [](const Word* w) { return lrc1_log2(number(w[0])); }},
    {"tanh", 1, [](const Word* w) { return lrc1_tanh(number(w[0])); }},
    {"pow", 2, [](const Word* w) { return lrc1_pow(number(w[0]), number(w[1])); }},
    {"noise", 2, [](const Word* w) { return lrc1_noise(w[0], w[1]); }},
    {"geometric", 3,
     [](const Word* w) { return lrc1_geometric(number(w[0]), number(w[1]), number(w[2])); }},
    {"ramp", 4,
     [](const Word* w) {
       return lrc1_ramp(number(w[0]), number(w[1]), number(w[2]), number(w[3]));
     }},
    {"quotient", 4, [](const Word* w) { return lrc1_quotient(wide(w), wide(w + 2)); }},
    {"divide", 4, [](const Word* w) { return folded(lrc1_divide(wide(w), wide(w + 2))); }},
    {"remainder", 4, [](const Word* w) { return folded(lrc1_remainder(wide(w), wide(w + 2))); }},
    {"nearest", 2, [](const Word* w) { return lrc1_nearest(wide(w)); }},
};

bool compute(const Function& function) {
  static Word arguments[records * most_words];
  static double results[records];
  const auto words = static_cast<std::size_t>(function.words);
  for (;;) {
    const std::size_t count = std::fread(arguments, words * sizeof(Word), records, stdin);
    if (count == 0) return std::ferror(stdin) == 0;
    for (std::size_t i = 0; i < count; ++i) results[i] = function.value(arguments + i * words);
    if (std::fwrite(results, sizeof(double), count, stdout) != count) return false;
  }
}

}  // namespace

int main(int count, char** words) {
  for (const Function& function : functions)
    if (count == 2 && std::strcmp(words[1], function.name) == 0) return compute(function) ? 0 : 1;
  std::fputs("usage: arithmetic_bits FUNCTION < arguments > results\n", stderr);
  return 2;
}
