#include "compiler/backends/c/layout.h"

#include <algorithm>

namespace lrc::backends::c {

using runtime::Code;
using runtime::Instruction;
using runtime::Operation;

namespace {

bool reads_a_curve(Operation operation) {
  return operation == Operation::curve || operation == Operation::cycle ||
         operation == Operation::held;
}

}  // namespace

Layout::Layout(const runtime::Program& program, const Options& options, std::string name)
    : program_(program),
      name_(std::move(name)),
      is_cuda_(options.language == Language::cuda),
      curves_(program.curves.size()) {
  const backends::Reach reach = backends::reach(program, program.slots);
  for (std::size_t k = 0; k < curves_.size(); ++k) curves_[k].reached = reach[k];
  for (const runtime::Slot& slot : program.slots) follow(program.codes[slot.value.code], true);
  // A curve refers only to curves before it.
  for (auto k = static_cast<std::uint32_t>(curves_.size()); k-- > 0;) follow_curve(k);
  for (std::uint32_t k = 0; k < curves_.size(); ++k) {
    if (!curves_[k].reached) continue;
    for (const Use& use : backends::uses_of(program, program.curves[k], *curves_[k].reached))
      curves_[k].acting = curves_[k].acting || acting(program.codes[use.segment.code]);
  }
  for (const runtime::Slot& slot : program.slots) {
    if (is_only_a_curve(slot)) curves_[program.codes[slot.value.code][0].a].part_of_a_slot = true;
  }
}

void Layout::follow(const Code& code, bool at_updates) {
  for (const Instruction& i : code) {
    if (!reads_a_curve(i.operation)) continue;
    CurveFacts& curve = curves_[i.a];
    ++curve.readers;
    curve.at_updates = curve.at_updates && at_updates && i.operation == Operation::curve;
  }
}

void Layout::follow_curve(std::uint32_t curve) {
  if (!curves_[curve].reached) return;
  for (const Use& use :
       backends::uses_of(program_, program_.curves[curve], *curves_[curve].reached))
    follow(program_.codes[use.segment.code], curves_[curve].at_updates);
}

bool Layout::acting(const Code& code) const {
  return std::any_of(code.begin(), code.end(), [&](const Instruction& i) {
    return i.operation == Operation::factor || (reads_a_curve(i.operation) && curves_[i.a].acting);
  });
}

bool Layout::is_only_a_curve(const runtime::Slot& slot) const {
  const Code& code = program_.codes[slot.value.code];
  return code.size() == 1 && code[0].operation == Operation::curve &&
         curves_[code[0].a].readers == 1;
}

std::string Layout::function() const {
  return is_cuda_ ? "static inline __host__ __device__" : "static inline";
}

std::string Layout::as_real(const std::string& number) const {
  return is_cuda_ ? "lrc1_real(" + number + ")" : number;
}

std::string Layout::as_number(const std::string& real) const {
  return is_cuda_ ? "lrc1_number(" + real + ")" : real;
}

std::string Layout::curve_name(std::uint32_t curve) const {
  return name_ + "_curve_" + std::to_string(curve);
}

}  // namespace lrc::backends::c
