#include "compiler/backends/c/code.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>

#include "compiler/backends/c/literal.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/operands.h"

namespace lrc::backends::c {
namespace {

using runtime::Code;
using runtime::Instruction;
using runtime::Operation;

// How strongly the outermost operator of a text binds.
enum class Binding { sum, product, whole };

struct Real {
  std::string text;
  Binding binding = Binding::whole;
  std::optional<double> value = {};  // where it is known
};

// An integer, an int64_t or, if wide, an lrc1_integer. `ranges` are by use.
struct Whole {
  std::string text;
  Binding binding = Binding::whole;
  bool wide = false;
  std::vector<Range> ranges = {};
};

constexpr std::size_t longest_operand = 40;
constexpr std::size_t most_comparisons = 4;

std::string enclosed(const std::string& text, Binding binding, Binding least) {
  return binding < least ? "(" + text + ")" : text;
}

std::string atom(const Whole& whole) { return enclosed(whole.text, whole.binding, Binding::whole); }

Range joined(const std::vector<Range>& ranges) {
  Range result = ranges.front();
  for (const Range& range : ranges) result = backends::join(result, range);
  return result;
}

bool is_exact(const Range& range) {
  return backends::within(range, {1 - backends::exact_limit, backends::exact_limit - 1});
}

// A name that says what a register holds, for those that need one.
const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::progress:
    case Operation::small_progress: return "progress";
    case Operation::curve:
    case Operation::cycle:
    case Operation::held: return "value";
    case Operation::ramp:
    case Operation::geometric: return "level";
    case Operation::factor: return "factor";
    default: return "x";
  }
}

const char* function_of(Operation operation) {
  switch (operation) {
    case Operation::square_root: return "lrc1_square_root";
    case Operation::power: return "lrc1_pow";
    case Operation::havpi: return "lrc1_havpi";
    case Operation::sinpi: return "lrc1_sinpi";
    case Operation::cospi: return "lrc1_cospi";
    case Operation::exp2: return "lrc1_exp2";
    case Operation::log2: return "lrc1_log2";
    case Operation::tanh: return "lrc1_tanh";
    case Operation::minimum: return "lrc1_minimum";
    case Operation::maximum: return "lrc1_maximum";
    case Operation::ramp: return "lrc1_ramp";
    case Operation::geometric: return "lrc1_geometric";
    default: return nullptr;
  }
}

// The registers that an operation reads.
std::vector<std::uint32_t> operands(const Instruction& i) {
  const std::array all = {i.a, i.b, i.c, i.d};
  return {all.begin(), all.begin() + runtime::operands_of(i.operation).registers};
}

class CodeText {
 public:
  CodeText(const Layout& layout, std::span<const Use> uses, const std::optional<Rows>& rows,
           const Site& site)
      : layout_(layout),
        program_(layout.program()),
        code_(program_.codes[uses.front().segment.code]),
        uses_(uses),
        rows_(rows),
        site_(site),
        readers_(code_.size(), 0) {}

  std::string run() {
    count_readers();
    for (std::size_t k = 0; k + 1 < code_.size(); ++k) {
      if (readers_[k] == 0) {
        registers_.emplace_back();
        continue;
      }
      Real real = value(code_[k]);
      const bool name_it = deserves_a_name(real, k);
      registers_.push_back(
          name_it ? named(real, is_shape(k) ? "shape" : name_of(code_[k].operation)) : real);
    }
    const Real result = value(code_.back());
    const std::string text = site_.to_number ? layout_.as_number(result.text) : result.text;
    return statements_ + site_.indent + "return " + text + ";\n";
  }

 private:
  // Only of registers that the result needs.
  void count_readers() {
    readers_.back() = 1;
    for (std::size_t k = code_.size(); k-- > 0;) {
      if (readers_[k] == 0) continue;
      for (const std::uint32_t operand : operands(code_[k])) ++readers_[operand];
    }
  }

  [[nodiscard]] bool deserves_a_name(const Real& real, std::size_t k) const {
    if (real.value) return false;
    return readers_[k] > 1 || real.text.size() > longest_operand || is_shape(k);
  }

  // Whether a ramp reads it as the value of its shape, and not as its progress.
  [[nodiscard]] bool is_shape(std::size_t k) const {
    return std::any_of(code_.begin(), code_.end(), [&](const Instruction& i) {
      return i.operation == Operation::ramp && i.d == k && i.c != k;
    });
  }

  Real named(const Real& real, const std::string& base) {
    const std::size_t number = ++names_[base];
    const std::string name = number == 1 ? base : fmt::format("{}_{}", base, number);
    statements_ +=
        fmt::format("{}const {} {} = {};\n", site_.indent, layout_.real_type(), name, real.text);
    return {name};
  }

  // ------------------------------------------------------------------------------- integers

  Integer constant(const Use& use, std::uint32_t k) const {
    return program_.integers[use.segment.first_integer + k];
  }

  Whole integer(std::uint32_t k) const {
    Whole result;
    bool same = true;
    for (const Use& use : uses_) {
      const Integer value = constant(use, k);
      same = same && value == constant(uses_.front(), k);
      result.ranges.push_back({value, value});
    }
    result.wide = !backends::fits_word(joined(result.ranges));
    result.text = same ? integer_literal(constant(uses_.front(), k)) : integer_in_row(k);
    if (!same && rows_->wide && !result.wide) result.text = "(int64_t)" + result.text;
    return result;
  }

  static std::size_t column(const std::vector<std::uint32_t>& columns, std::uint32_t k) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), k) - columns.begin());
  }

  [[nodiscard]] std::string integer_in_row(std::uint32_t k) const {
    return fmt::format("integers[{}]", column(rows_->integers, k));
  }

  [[nodiscard]] bool is_literal(const Whole& whole, Integer value) const {
    return std::all_of(whole.ranges.begin(), whole.ranges.end(),
                       [&](const Range& range) { return range == Range{value, value}; });
  }

  // The position, of the given width.
  [[nodiscard]] std::string position(bool wide) const {
    if (wide == site_.wide) return site_.position;
    return (wide ? "(lrc1_integer)" : "(int64_t)") + site_.position;
  }

  // position*I(k) + I(k + 1)
  Whole linear(std::uint32_t k) const {
    const Whole factor = integer(k);
    const Whole addend = integer(k + 1);
    Whole result;
    bool narrow = !factor.wide && !addend.wide;
    for (const Use& use : uses_) {
      const Range product = backends::linear(use.positions, constant(use, k), 0);
      const Range sum = backends::linear(use.positions, constant(use, k), constant(use, k + 1));
      narrow = narrow && backends::fits_word(use.positions) && backends::fits_word(product) &&
               backends::fits_word(sum);
      result.ranges.push_back(sum);
    }
    result.wide = !narrow;
    write_linear(factor, addend, result);
    return result;
  }

  void write_linear(const Whole& factor, const Whole& addend, Whole& result) const {
    result.text = position(result.wide);
    if (!is_literal(factor, 1)) {
      result.text += " * " + factor.text;
      result.binding = Binding::product;
    }
    if (is_literal(addend, 0)) return;
    result.binding = Binding::sum;
    const Integer first = addend.ranges.front().low;
    if (first < 0 && !addend.wide && is_literal(addend, first)) {
      result.text += " - " + integer_literal(-first);
    } else {
      result.text += " + " + addend.text;
    }
  }

  static std::string as_wide(const Whole& whole) {
    const bool not_negative = joined(whole.ranges).low >= 0;
    if (not_negative) return "(lrc1_wide)" + atom(whole);
    return "lrc1_not_negative(" + whole.text + ")";
  }

  // An integer that is a binary64 number.
  [[nodiscard]] std::string as_real(const Whole& whole) const {
    const Range first = whole.ranges.front();
    if (first.low == first.high && is_literal(whole, first.low))
      return real_literal(static_cast<double>(first.low));
    return "lrc1_from_integer(" + narrow(whole) + ")";
  }

  static std::string narrow(const Whole& whole) {
    return whole.wide ? "(int64_t)" + atom(whole) : whole.text;
  }

  // Of two that are not below 0.
  [[nodiscard]] Real quotient(const Whole& numerator, const Whole& denominator) const {
    const bool exact = is_exact(joined(numerator.ranges)) && is_exact(joined(denominator.ranges));
    if (exact) return {as_real(numerator) + " / " + as_real(denominator), Binding::product};
    return {fmt::format("lrc1_quotient({}, {})", as_wide(numerator), as_wide(denominator))};
  }

  // Whether 0 <= numerator <= denominator wherever the code is read.
  static bool is_share(const Whole& numerator, const Whole& denominator) {
    for (std::size_t k = 0; k < numerator.ranges.size(); ++k) {
      const Range& range = numerator.ranges[k];
      if (range.low < 0 || range.high > denominator.ranges[k].low) return false;
    }
    return true;
  }

  // -------------------------------------------------------- operations that look at the position

  Real progress(std::uint32_t k) const {
    const Whole numerator = linear(k);
    const Whole denominator = integer(k + 2);
    if (is_share(numerator, denominator)) return quotient(numerator, denominator);
    const bool narrow = !numerator.wide && is_exact(joined(denominator.ranges));
    return {fmt::format("{}({}, {})", narrow ? "lrc1_progress" : "lrc1_progress_wide",
                        numerator.text, denominator.text)};
  }

  Real floor_ratio(std::uint32_t k) const {
    const Whole numerator = linear(k);
    const Whole denominator = integer(k + 2);
    if (!numerator.wide && !denominator.wide)
      return {fmt::format("lrc1_from_integer({} / {})",
                          enclosed(numerator.text, numerator.binding, Binding::product),
                          denominator.text)};
    return {
        fmt::format("lrc1_nearest(lrc1_divide({}, {}))", as_wide(numerator), as_wide(denominator))};
  }

  Real passed(std::uint32_t k) {
    if (rows_) return passed_in_rows(k);
    const auto first = program_.integers.begin() +
                       static_cast<std::ptrdiff_t>(uses_.front().segment.first_integer + k + 1);
    const auto last = first + static_cast<std::ptrdiff_t>(constant(uses_.front(), k));
    // What no position reaches does not count.
    const std::vector<Integer> limits(first,
                                      std::upper_bound(first, last, uses_.front().positions.high));
    if (limits.empty()) return {"0.0", Binding::whole, 0.0};
    if (limits.size() <= most_comparisons) return passed_by_comparison(limits);
    return passed_by_search(limits);
  }

  [[nodiscard]] Real passed_by_comparison(const std::vector<Integer>& limits) const {
    std::string sum;
    for (const Integer limit : limits)
      sum += fmt::format("{}({} >= {})", sum.empty() ? "" : " + ", site_.position,
                         integer_literal(limit));
    return {"lrc1_from_integer(" + sum + ")"};
  }

  Real passed_by_search(const std::vector<Integer>& limits) {
    const bool wide = site_.wide || !backends::fits_word({limits.front(), limits.back()});
    const std::string name = fmt::format("limits_{}", ++names_["limits"]);
    std::string list;
    for (const Integer limit : limits) list += (list.empty() ? "" : ", ") + integer_literal(limit);
    statements_ += fmt::format("{}static const {} {}[{}] = {{{}}};\n", site_.indent,
                               wide ? "lrc1_integer" : "int64_t", name, limits.size(), list);
    return {fmt::format("lrc1_from_integer({}({}, {}, {}))",
                        wide ? "lrc1_passed_wide" : "lrc1_passed", name, limits.size(),
                        site_.position)};
  }

  [[nodiscard]] Real passed_in_rows(std::uint32_t k) const {
    return {fmt::format("lrc1_from_integer({}(integers + {}, {}integers[{}], {}))",
                        rows_->wide ? "lrc1_passed_wide" : "lrc1_passed",
                        column(rows_->integers, k) + 1, rows_->wide ? "(int64_t)" : "",
                        column(rows_->integers, k), site_.position)};
  }

  [[nodiscard]] Real call(std::uint32_t curve, const std::string& place) const {
    return {fmt::format("{}({}{})", layout_.curve_name(curve), place,
                        layout_.acting(curve) ? ", factors" : "")};
  }

  [[nodiscard]] bool is_wide(std::uint32_t curve) const {
    return !backends::fits_word(*layout_.reached(curve));
  }

  [[nodiscard]] std::string cast_for(std::uint32_t curve) const {
    return is_wide(curve) ? "(lrc1_integer)" : "(int64_t)";
  }

  [[nodiscard]] Real cycle(const Instruction& i) const {
    const Whole place = linear(i.b);
    const Whole length = integer(i.b + 2);
    if (!place.wide && !length.wide)
      return call(i.a, fmt::format("{} % {}", enclosed(place.text, place.binding, Binding::product),
                                   length.text));
    return call(i.a, fmt::format("{}lrc1_remainder({}, {})", cast_for(i.a), as_wide(place),
                                 as_wide(length)));
  }

  // max(0, place) / length * multiplier
  [[nodiscard]] Real held(const Instruction& i) const {
    const Whole place = linear(i.b);
    const Whole length = integer(i.b + 2);
    const Whole multiplier = integer(i.b + 3);
    const bool narrow = !place.wide && !length.wide && !multiplier.wide && !is_wide(i.a);
    if (!narrow)
      return call(i.a, fmt::format("({0})lrc1_divide({1}, {2}) * {3}",
                                   is_wide(i.a) ? "lrc1_integer" : "int64_t", as_wide(place),
                                   as_wide(length), multiplier.text));
    const std::string begun = joined(place.ranges).low >= 0
                                  ? enclosed(place.text, place.binding, Binding::product)
                                  : "lrc1_positive_part(" + place.text + ")";
    if (is_literal(length, 1) && is_literal(multiplier, 1)) return call(i.a, begun);
    return call(i.a, fmt::format("{} / {} * {}", begun, length.text, multiplier.text));
  }

  [[nodiscard]] Real noise(std::uint32_t k) const {
    const Whole seed = integer(k);
    const Whole scale = integer(k + 1);
    const Range first = seed.ranges.front();
    const std::string seed_text = is_literal(seed, first.low)
                                      ? bits_literal(static_cast<std::uint64_t>(first.low))
                                      : "(uint64_t)" + integer_in_row(k);
    const bool wide = site_.wide || scale.wide;
    const std::string update = is_literal(scale, 1) ? site_.position
                               : wide ? fmt::format("lrc1_divide((lrc1_wide){}, (lrc1_wide){})",
                                                    site_.position, scale.text)
                                      : fmt::format("({} / {})", site_.position, scale.text);
    return {fmt::format("lrc1_noise({}, (uint64_t){})", seed_text, update)};
  }

  [[nodiscard]] Real real(std::uint32_t k) const {
    const double first = program_.reals[uses_.front().segment.first_real + k];
    const bool same = !rows_ || column(rows_->reals, k) == rows_->reals.size();
    if (same) return known(first);
    return {layout_.as_real(fmt::format("reals[{}]", column(rows_->reals, k)))};
  }

  // ---------------------------------------------------------------------- operations on registers

  static Real known(double value) { return {real_literal(value), Binding::whole, value}; }

  Real on_registers(const Instruction& i) const {
    const std::vector<std::uint32_t> from = operands(i);
    const std::optional<double> value = folded(i, from);
    if (value && std::isfinite(*value)) return known(*value);
    if (const char* function = function_of(i.operation)) {
      std::string arguments;
      for (const std::uint32_t k : from)
        arguments += (arguments.empty() ? "" : ", ") + registers_[k].text;
      return {fmt::format("{}({})", function, arguments)};
    }
    return infix(i);
  }

  [[nodiscard]] std::optional<double> folded(const Instruction& i,
                                             const std::vector<std::uint32_t>& from) const {
    double values[4] = {};
    for (std::size_t k = 0; k < from.size(); ++k) {
      if (!registers_[from[k]].value) return {};
      values[k] = *registers_[from[k]].value;
    }
    return runtime::apply(i.operation, values[0], values[1], values[2], values[3]);
  }

  // C groups from the left, so only a right operand of the same strength needs brackets.
  [[nodiscard]] Real infix(const Instruction& i) const {
    const bool is_sum = i.operation == Operation::add || i.operation == Operation::subtract;
    const char* sign = i.operation == Operation::add        ? "+"
                       : i.operation == Operation::subtract ? "-"
                       : i.operation == Operation::multiply ? "*"
                                                            : "/";
    const Binding own = is_sum ? Binding::sum : Binding::product;
    const Binding stronger = is_sum ? Binding::product : Binding::whole;
    const Real& x = registers_[i.a];
    const Real& y = registers_[i.b];
    // A factor of 1 changes no bit.
    if (i.operation == Operation::multiply && y.value == 1.0) return x;
    if (i.operation == Operation::multiply && x.value == 1.0) return y;
    return {fmt::format("{} {} {}", enclosed(x.text, x.binding, own), sign,
                        enclosed(y.text, y.binding, stronger)),
            own};
  }

  Real value(const Instruction& i) {
    switch (i.operation) {
      case Operation::real: return real(i.a);
      case Operation::progress:
      case Operation::small_progress: return progress(i.a);
      case Operation::ratio: return quotient(linear(i.a), linear(i.a + 2));
      case Operation::floor_ratio: return floor_ratio(i.a);
      case Operation::passed: return passed(i.a);
      case Operation::curve: return call(i.a, position(is_wide(i.a)));
      case Operation::cycle: return cycle(i);
      case Operation::held: return held(i);
      case Operation::noise: return noise(i.a);
      case Operation::factor: return {fmt::format("lrc1_factor(factors, {})", i.a)};
      default: return on_registers(i);
    }
  }

  const Layout& layout_;
  const runtime::Program& program_;
  const Code& code_;
  std::span<const Use> uses_;
  const std::optional<Rows>& rows_;
  const Site& site_;
  std::vector<std::size_t> readers_;
  std::vector<Real> registers_;
  std::map<std::string, std::size_t> names_;
  std::string statements_;
};

// --------------------------------------------------------------------------------------- rows

// How many of a segment's integers and reals its code reads.
struct Extent {
  std::size_t integers = 0;
  std::size_t reals = 0;
};

Extent larger(const Extent& a, const Extent& b) {
  return {std::max(a.integers, b.integers), std::max(a.reals, b.reals)};
}

Extent extent(const runtime::Program& program, const runtime::Segment& segment) {
  Extent result;
  const auto integers = [&](std::uint32_t first, std::size_t count) {
    result.integers = std::max(result.integers, first + count);
  };
  for (const Instruction& i : program.codes[segment.code]) {
    switch (i.operation) {
      case Operation::real: result.reals = std::max<std::size_t>(result.reals, i.a + 1); break;
      case Operation::progress:
      case Operation::small_progress:
      case Operation::floor_ratio: integers(i.a, 3); break;
      case Operation::ratio: integers(i.a, 4); break;
      case Operation::cycle: integers(i.b, 3); break;
      case Operation::held: integers(i.b, 4); break;
      case Operation::noise: integers(i.a, 2); break;
      case Operation::passed:
        integers(i.a, 1 + static_cast<std::size_t>(program.integers[segment.first_integer + i.a]));
        break;
      default: break;
    }
  }
  return result;
}

bool has_search(const Code& code) {
  return std::any_of(code.begin(), code.end(),
                     [](const Instruction& i) { return i.operation == Operation::passed; });
}

// Bit for bit.
template <typename Number>
bool is_same(const std::vector<Number>& constants, std::span<const Use> uses, std::uint32_t k,
             std::uint32_t runtime::Segment::* first) {
  const Number& one = constants[uses.front().segment.*first + k];
  return std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
    return std::memcmp(&constants[use.segment.*first + k], &one, sizeof one) == 0;
  });
}

// ------------------------------------------------------------------------------- descriptions

std::optional<double> level(const runtime::Program& program, const runtime::Segment& segment,
                            const Instruction& i) {
  if (i.operation != Operation::real) return {};
  return program.reals[segment.first_real + i.a];
}

const char* shape_of(const Code& code, const Instruction& ramp) {
  if (ramp.operation == Operation::geometric) return "exponential";
  if (ramp.d == ramp.c) return "linear";
  switch (code[ramp.d].operation) {
    case Operation::havpi: return "cosine";
    case Operation::square_root: return "square root";
    case Operation::power: return "power";
    default: return "ramp";
  }
}

}  // namespace

std::string code_statements(const Layout& layout, std::span<const Use> uses,
                            const std::optional<Rows>& rows, const Site& site) {
  return CodeText(layout, uses, rows, site).run();
}

Rows rows_of(const runtime::Program& program, std::span<const Use> uses) {
  const bool searches = has_search(program.codes[uses.front().segment.code]);
  Extent size;
  for (const Use& use : uses) size = larger(size, extent(program, use.segment));
  Rows rows;
  for (std::uint32_t k = 0; k < size.integers; ++k) {
    if (searches || !is_same(program.integers, uses, k, &runtime::Segment::first_integer))
      rows.integers.push_back(k);
  }
  for (std::uint32_t k = 0; k < size.reals; ++k) {
    if (!is_same(program.reals, uses, k, &runtime::Segment::first_real)) rows.reals.push_back(k);
  }
  return rows;
}

std::string description(const runtime::Program& program, const runtime::Segment& segment) {
  const Code& code = program.codes[segment.code];
  for (const Instruction& i : code) {
    if (i.operation != Operation::ramp && i.operation != Operation::geometric) continue;
    const auto from = level(program, segment, code[i.a]);
    const auto to = level(program, segment, code[i.b]);
    if (!from || !to) return shape_of(code, i);
    return fmt::format("{} from {} to {}", shape_of(code, i), shortest(*from), shortest(*to));
  }
  const bool constant = std::all_of(code.begin(), code.end(), [](const Instruction& i) {
    return i.operation == Operation::real || i.operation >= Operation::add;
  });
  return constant ? "constant" : "";
}

}  // namespace lrc::backends::c
