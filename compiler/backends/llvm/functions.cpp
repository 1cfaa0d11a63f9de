// What compiled programs call: the lrc1 arithmetic as it stands, and the search in a table that
// the interpreter has in evaluate.cpp. Built by clang to bitcode, carried inside the library, and
// linked into each program's module, where only what is used remains.

#include "runtime/arithmetic/arithmetic.cpp"

__extension__ typedef __int128 lrc_integer;

namespace {

// How many of the `count` rising entries are <= position. The length of the next interval does not
// depend on the comparison, which leaves the compiler a conditional move instead of a branch.
template <typename Number>
inline std::int64_t count_passed(const Number* first, std::int64_t count, Number position) {
  const Number* base = first;
  while (count > 1) {
    const std::int64_t half = count / 2;
    base += base[half - 1] <= position ? half : 0;
    count -= half;
  }
  return (base - first) + (count == 1 && *base <= position ? 1 : 0);
}

}  // namespace

extern "C" std::int64_t lrc_passed(const std::int64_t* first, std::int64_t count,
                                   std::int64_t position) {
  return count_passed(first, count, position);
}

extern "C" std::int64_t lrc_passed_wide(const lrc_integer* first, std::int64_t count,
                                        lrc_integer position) {
  return count_passed(first, count, position);
}
