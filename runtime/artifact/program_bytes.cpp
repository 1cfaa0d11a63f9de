#include "runtime/artifact/program_bytes.h"

#include <array>
#include <span>

#include "runtime/artifact/bytes.h"
#include "runtime/artifact/verify.h"
#include "runtime/host/operands.h"

namespace lrc::runtime {
namespace {

// ---------------------------------------------------------------------------------------- writing

template <typename Item, typename WriteItem>
void write_list(ByteWriter& out, const std::vector<Item>& items, const WriteItem& write) {
  out.count(items.size());
  for (const Item& item : items) write(out, item);
}

void write_text(ByteWriter& out, const std::string& text) { out.text(text); }
void write_index(ByteWriter& out, std::uint32_t index) { out.number(index); }
void write_integer(ByteWriter& out, Integer integer) { out.integer(integer); }
void write_real(ByteWriter& out, double real) { out.real(real); }
void write_clock(ByteWriter& out, std::int64_t clock) { out.number(clock); }

void write_identity(ByteWriter& out, const Identity& identity) {
  out.text(identity.policy);
  out.number(identity.version);
  out.text(identity.hash);
  out.text(identity.run_hash);
  out.text(identity.facts);
}

void write_group(ByteWriter& out, const Group& group) {
  out.text(group.name);
  write_list(out, group.patterns, write_text);
}

void write_group_set(ByteWriter& out, const GroupSet& set) { write_list(out, set, write_index); }

void write_segment(ByteWriter& out, const Segment& segment) {
  for (const std::uint32_t field : {segment.code, segment.first_integer, segment.first_real})
    out.number(field);
}

void write_slot(ByteWriter& out, const Slot& slot) {
  out.number(slot.output);
  out.number(slot.group_set);
  write_segment(out, slot.value);
}

void write_rule(ByteWriter& out, const Rule& rule) {
  out.byte(static_cast<std::uint8_t>(rule.trigger));
  for (const bool flag : {rule.upwards, rule.relative, rule.counting}) out.byte(flag ? 1 : 0);
  write_list(out, rule.metrics, write_index);
  out.real(rule.level);
  for (const std::int64_t field : {rule.count, rule.cooldown, rule.after}) out.number(field);
  for (const std::uint32_t field : {rule.first_reaction, rule.reactions, rule.number})
    out.number(field);
  write_list(out, rule.signals, write_text);
}

void write_reaction(ByteWriter& out, const Reaction& reaction) {
  write_segment(out, reaction.value);
  out.real(reaction.by);
  out.number(reaction.updates);
  out.number(reaction.most);
  out.real(reaction.ignored);
}

void write_phase(ByteWriter& out, const NamedPhase& phase) {
  out.number(phase.output);
  out.number(phase.start);
  out.text(phase.name);
}

void write_limits(ByteWriter& out, const Limits& limits) {
  out.real(limits.low);
  out.real(limits.high);
}

void write_instruction(ByteWriter& out, const Instruction& instruction) {
  out.byte(static_cast<std::uint8_t>(instruction.operation));
  const std::array<std::uint32_t, 4> operands = {instruction.a, instruction.b, instruction.c,
                                                 instruction.d};
  const std::size_t count = operands_of(instruction.operation).count;
  for (const std::uint32_t operand : std::span(operands).first(count)) out.number(operand);
}

void write_code(ByteWriter& out, const Code& code) { write_list(out, code, write_instruction); }

void write_curve(ByteWriter& out, const Curve& curve) {
  for (const std::uint32_t field : {curve.first_segment, curve.segments, curve.first_threshold})
    out.number(field);
}

// ---------------------------------------------------------------------------------------- reading

template <typename ReadItem>
auto read_list(ByteReader& in, std::size_t least, const ReadItem& read) {
  std::vector<decltype(read(in))> items(in.count(least));
  for (auto& item : items) item = read(in);
  return items;
}

std::string read_text(ByteReader& in) { return in.text(); }
std::uint32_t read_index(ByteReader& in) { return in.number<std::uint32_t>(); }
Integer read_integer(ByteReader& in) { return in.integer(); }
double read_real(ByteReader& in) { return in.real(); }
std::int64_t read_clock(ByteReader& in) { return in.number<std::int64_t>(); }

Identity read_identity(ByteReader& in) {
  Identity identity;
  identity.policy = in.text();
  identity.version = in.number<std::uint64_t>();
  identity.hash = in.text();
  identity.run_hash = in.text();
  identity.facts = in.text();
  return identity;
}

Group read_group(ByteReader& in) {
  Group group;
  group.name = in.text();
  group.patterns = read_list(in, 4, read_text);
  return group;
}

GroupSet read_group_set(ByteReader& in) { return read_list(in, 4, read_index); }

Segment read_segment(ByteReader& in) {
  Segment segment{};
  for (std::uint32_t* field : {&segment.code, &segment.first_integer, &segment.first_real})
    *field = read_index(in);
  return segment;
}

Slot read_slot(ByteReader& in) {
  Slot slot{};
  slot.output = read_index(in);
  slot.group_set = read_index(in);
  slot.value = read_segment(in);
  return slot;
}

// Of a byte that has one of `values` values; the last of them for any other, which writing again
// does not give back.
std::uint8_t read_choice(ByteReader& in, std::uint8_t values) {
  const auto value = in.number<std::uint8_t>();
  return value < values ? value : static_cast<std::uint8_t>(values - 1);
}

Rule read_rule(ByteReader& in) {
  constexpr auto triggers = static_cast<std::uint8_t>(Rule::Trigger::threshold) + 1;
  Rule rule;
  rule.trigger = static_cast<Rule::Trigger>(read_choice(in, triggers));
  for (bool* flag : {&rule.upwards, &rule.relative, &rule.counting})
    *flag = read_choice(in, 2) == 1;
  rule.metrics = read_list(in, 4, read_index);
  rule.level = in.real();
  for (std::int64_t* field : {&rule.count, &rule.cooldown, &rule.after}) *field = read_clock(in);
  for (std::uint32_t* field : {&rule.first_reaction, &rule.reactions, &rule.number})
    *field = read_index(in);
  rule.signals = read_list(in, 4, read_text);
  return rule;
}

Reaction read_reaction(ByteReader& in) {
  Reaction reaction;
  reaction.value = read_segment(in);
  reaction.by = in.real();
  reaction.updates = read_clock(in);
  reaction.most = read_clock(in);
  reaction.ignored = in.real();
  return reaction;
}

NamedPhase read_phase(ByteReader& in) {
  NamedPhase phase;
  phase.output = read_index(in);
  phase.start = read_clock(in);
  phase.name = in.text();
  return phase;
}

Limits read_limits(ByteReader& in) {
  Limits limits;
  limits.low = in.real();
  limits.high = in.real();
  return limits;
}

Instruction read_instruction(ByteReader& in) {
  Instruction instruction{static_cast<Operation>(read_choice(in, operation_count))};
  const std::array<std::uint32_t*, 4> operands = {&instruction.a, &instruction.b, &instruction.c,
                                                  &instruction.d};
  const std::size_t count = operands_of(instruction.operation).count;
  for (std::uint32_t* operand : std::span(operands).first(count)) *operand = read_index(in);
  return instruction;
}

Code read_code(ByteReader& in) { return read_list(in, 5, read_instruction); }

Curve read_curve(ByteReader& in) {
  Curve curve{};
  for (std::uint32_t* field : {&curve.first_segment, &curve.segments, &curve.first_threshold})
    *field = read_index(in);
  return curve;
}

Program read_fields(ByteReader& in) {
  Program program;
  program.identity = read_identity(in);
  program.outputs = read_list(in, 4, read_text);
  program.groups = read_list(in, 8, read_group);
  program.group_sets = read_list(in, 4, read_group_set);
  program.frozen_until = read_list(in, 8, read_clock);
  program.slots = read_list(in, 20, read_slot);
  program.metrics = read_list(in, 4, read_text);
  program.rules = read_list(in, 52, read_rule);
  program.reactions = read_list(in, 44, read_reaction);
  program.end = read_clock(in);
  program.updates = read_clock(in);
  program.phases = read_list(in, 16, read_phase);
  program.clamps = read_list(in, 16, read_limits);
  program.codes = read_list(in, 4, read_code);
  program.segments = read_list(in, 12, read_segment);
  program.curves = read_list(in, 12, read_curve);
  program.thresholds = read_list(in, 16, read_integer);
  program.integers = read_list(in, 16, read_integer);
  program.reals = read_list(in, 8, read_real);
  return program;
}

}  // namespace

std::string write_program(const Program& program) {
  ByteWriter out;
  out.number(program_bytes_version);
  write_identity(out, program.identity);
  write_list(out, program.outputs, write_text);
  write_list(out, program.groups, write_group);
  write_list(out, program.group_sets, write_group_set);
  write_list(out, program.frozen_until, write_clock);
  write_list(out, program.slots, write_slot);
  write_list(out, program.metrics, write_text);
  write_list(out, program.rules, write_rule);
  write_list(out, program.reactions, write_reaction);
  out.number(program.end);
  out.number(program.updates);
  write_list(out, program.phases, write_phase);
  write_list(out, program.clamps, write_limits);
  write_list(out, program.codes, write_code);
  write_list(out, program.segments, write_segment);
  write_list(out, program.curves, write_curve);
  write_list(out, program.thresholds, write_integer);
  write_list(out, program.integers, write_integer);
  write_list(out, program.reals, write_real);
  return out.take();
}

tl::expected<Program, std::string> read_program(std::string_view bytes) {
  if (bytes.size() > maximum_program_bytes)
    return tl::unexpected("it has " + std::to_string(bytes.size()) +
                          " bytes, and a bound program " + std::to_string(maximum_program_bytes) +
                          " at most");
  ByteReader in(bytes);
  const auto version = in.number<std::uint32_t>();
  if (in.fine() && version != program_bytes_version)
    return tl::unexpected("its bound program has layout " + std::to_string(version) +
                          ", and this release reads " + std::to_string(program_bytes_version));
  Program program = read_fields(in);
  if (!in.done()) return tl::unexpected(std::string("its bound program is cut or has a tail"));
  if (auto problem = verify(program)) return tl::unexpected(std::move(*problem));
  // Nothing was read in two ways.
  if (write_program(program) != bytes)
    return tl::unexpected(std::string("its bound program is not written as this release writes"));
  return program;
}

}  // namespace lrc::runtime
