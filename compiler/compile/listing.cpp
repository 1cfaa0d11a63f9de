#include "compiler/compile/listing.h"

#include <span>

#include <fmt/format.h>

#include "runtime/host/operands.h"

namespace lrc::compile {
namespace {

using runtime::Instruction;
using runtime::Integer;
using runtime::Operation;
using runtime::Program;

// Its arguments as they are written behind the name of an operation.
class Operands {
 public:
  Operands(const Program& program, const runtime::Segment& segment)
      : integers_(std::span(program.integers).subspan(segment.first_integer)),
        reals_(std::span(program.reals).subspan(segment.first_real)) {}

  [[nodiscard]] std::string of(const Instruction& i) const {
    switch (i.operation) {
      case Operation::real: return fmt::format("{} ({:a})", reals_[i.a], reals_[i.a]);
      case Operation::progress:
      case Operation::small_progress:
      case Operation::floor_ratio: return fmt::format("({})/{}", linear(i.a), integer(i.a + 2));
      case Operation::ratio: return fmt::format("({})/({})", linear(i.a), linear(i.a + 2));
      case Operation::passed: return passed(i.a);
      case Operation::curve: return fmt::format("curve {} at t", i.a);
      case Operation::cycle:
        return fmt::format("curve {} at ({}) mod {}", i.a, linear(i.b), integer(i.b + 2));
      case Operation::held:
        return fmt::format("curve {} at max(0, {})/{} floored * {}", i.a, linear(i.b),
                           integer(i.b + 2), integer(i.b + 3));
      case Operation::noise:
        return fmt::format("seed {}, t/{} floored", integer(i.a), integer(i.a + 1));
      case Operation::factor: return fmt::format("of reaction {}", i.a);
      case Operation::geometric: return fmt::format("r{} to r{}, progress r{}", i.a, i.b, i.c);
      case Operation::ramp:
        return fmt::format("r{} to r{}, progress r{}, shape r{}", i.a, i.b, i.c, i.d);
      default:
        return operands_of(i.operation).registers == 1 ? fmt::format("r{}", i.a)
                                                       : fmt::format("r{}, r{}", i.a, i.b);
    }
  }

 private:
  [[nodiscard]] std::string integer(std::uint32_t k) const {
    return fmt::format("{}", integers_[k]);
  }

  [[nodiscard]] std::string linear(std::uint32_t k) const {
    const std::string product = integers_[k] == 1 ? "t" : fmt::format("t*{}", integers_[k]);
    const Integer addend = integers_[k + 1];
    if (addend == 0) return product;
    return fmt::format("{} {} {}", product, addend < 0 ? '-' : '+', addend < 0 ? -addend : addend);
  }

  [[nodiscard]] std::string passed(std::uint32_t k) const {
    std::string text = "of";
    for (Integer item = 0; item < integers_[k]; ++item) {
      text += ' ' + integer(k + 1 + static_cast<std::uint32_t>(item));
    }
    return text;
  }

  std::span<const Integer> integers_;
  std::span<const double> reals_;
};

const char* name_of(Operation operation) {
  static constexpr const char* names[] = {
#define LRC_NAME(name) #name,
      LRC_OPERATIONS(LRC_NAME)
#undef LRC_NAME
  };
  return names[static_cast<std::size_t>(operation)];
}

void list_code(std::string& text, const Program& program, const runtime::Segment& segment) {
  const Operands operands(program, segment);
  const runtime::Code& code = program.codes[segment.code];
  for (std::size_t k = 0; k < code.size(); ++k) {
    text += fmt::format("    r{} = {} {}\n", k, name_of(code[k].operation), operands.of(code[k]));
  }
}

void list_curve(std::string& text, const Program& program, std::size_t index) {
  const runtime::Curve& curve = program.curves[index];
  text += fmt::format("curve {}\n", index);
  for (std::uint32_t k = 0; k < curve.segments; ++k) {
    text += k == 0
                ? "  at first\n"
                : fmt::format("  from t = {}\n", program.thresholds[curve.first_threshold + k - 1]);
    list_code(text, program, program.segments[curve.first_segment + k]);
  }
}

std::string group_names(const Program& program, const runtime::GroupSet& set) {
  if (set.empty()) return "outside any group";
  std::string names = "in";
  for (const std::uint32_t group : set) names += ' ' + program.groups[group].name;
  return names;
}

}  // namespace

std::string listing(const Program& program) {
  const runtime::Identity& identity = program.identity;
  std::string text = fmt::format("; {}\n; with its facts: {}\n", identity.hash, identity.run_hash);
  for (std::size_t k = 0; k < program.curves.size(); ++k) list_curve(text, program, k);
  for (std::size_t k = 0; k < program.slots.size(); ++k) {
    const runtime::Slot& slot = program.slots[k];
    text += fmt::format("slot {}: {} {}\n", k, program.outputs[slot.output],
                        group_names(program, program.group_sets[slot.group_set]));
    list_code(text, program, slot.value);
  }
  return text;
}

}  // namespace lrc::compile
