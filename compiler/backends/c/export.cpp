#include "compiler/backends/c/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/backends/c/arithmetic_text.h"
#include "compiler/backends/c/curve.h"
#include "compiler/backends/c/lines.h"
#include "compiler/backends/c/literal.h"
#include "compiler/backends/c/self_test.h"

namespace lrc::backends::c {
namespace {

using runtime::Program;
using runtime::Slot;

constexpr std::size_t most_groups_in_a_name = 3;

// "" is in no group.
std::string group_words(const Program& program, std::uint32_t set, std::string_view separator) {
  std::string text;
  for (const std::uint32_t group : program.group_sets[set])
    text += fmt::format("{}{}", text.empty() ? "" : separator, program.groups[group].name);
  return text;
}

class Header {
 public:
  Header(const Program& program, const Options& options, std::string name)
      : program_(program),
        options_(options),
        layout_(program, options, std::move(name)),
        name_(layout_.name()) {
    name_slots();
  }

  std::string text() const {
    const std::string body = functions() + values() + self_test();
    const std::string guard = fmt::format("LRC_EXPORT_{}_{}", name_, digest());
    return introduction() + fmt::format("\n#ifndef {0}\n#define {0}\n\n", guard) +
           contraction("OFF") + arithmetic_for(body) + "\n" + body + "\n" + contraction("DEFAULT") +
           fmt::format("\n#endif  // {}\n", guard);
  }

 private:
  // ----------------------------------------------------------------------------------- names

  // Every slot has a function; names that come out alike are told apart by the slot's number.
  void name_slots() {
    std::set<std::string> taken = {"values", "self_test", "slots", "reactions", "hash"};
    for (std::size_t k = 0; k < program_.slots.size(); ++k) {
      const Slot& slot = program_.slots[k];
      std::string name = identifier(program_.outputs[slot.output]);
      const std::size_t groups = program_.group_sets[slot.group_set].size();
      if (groups > most_groups_in_a_name)
        name += fmt::format("_in_set_{}", slot.group_set);
      else if (groups > 0)
        name += "_in_" + identifier(group_words(program_, slot.group_set, "_and_"));
      if (!taken.insert(name).second) {
        name += fmt::format("_{}", k);
        taken.insert(name);
      }
      slot_names_.push_back(name_ + "_" + name);
    }
  }

  bool acting(const Slot& slot) const { return layout_.acting(program_.codes[slot.value.code]); }

  // The hash of the policy and its facts, without `lrc1:`.
  std::string digest() const {
    const std::string& hash = program_.identity.run_hash;
    return identifier(hash.substr(hash.find(':') + 1)).substr(0, 16);
  }

  // ----------------------------------------------------------------------------------- comment

  std::string introduction() const {
    const runtime::Identity& identity = program_.identity;
    std::string text =
        fmt::format("// {}, as {} that gives the bits of lrc's interpreter.\n",
                    identity.policy.empty() ? "A schedule"
                                            : "The policy " + comment(identity.policy) +
                                                  ", version " + std::to_string(identity.version),
                    options_.language == Language::cuda ? "CUDA C++" : "C99");
    text +=
        fmt::format("// Written by lrc{}; whoever edits it loses what the hashes promise.\n//\n",
                    options_.release.empty() ? "" : " " + options_.release);
    text += line("policy", identity.hash) + line("run", identity.run_hash);
    text += facts() + "//\n" + slot_lines() + group_lines() + end_line() + rule_lines() + "//\n";
    return text + usage();
  }

  static std::string line(std::string_view title, std::string_view words) {
    return fmt::format("//   {:<8}{}\n", title, comment(words));
  }

  std::string facts() const {
    std::string text;
    std::string_view rest = program_.identity.facts;
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find('\n'));
      text += line(text.empty() ? "facts" : "", one);
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
    return text;
  }

  std::string slot_lines() const {
    std::string text;
    for (std::size_t k = 0; k < program_.slots.size(); ++k) {
      const Slot& slot = program_.slots[k];
      const std::string groups = group_words(program_, slot.group_set, " and ");
      text += line(fmt::format("[{}]", k),
                   program_.outputs[slot.output] + (groups.empty() ? "" : " in " + groups));
    }
    return text;
  }

  std::string group_lines() const {
    std::string text;
    for (const runtime::Group& group : program_.groups) {
      std::string patterns;
      for (const std::string& pattern : group.patterns)
        patterns += fmt::format("{}\"{}\"", patterns.empty() ? "" : ", ", pattern);
      text += line("group", fmt::format("{} matches {}", group.name, patterns));
    }
    return text;
  }

  std::string end_line() const {
    if (program_.end == runtime::maximum_step) return {};
    return line("end", fmt::format("from update {} on there is no value; what comes out there is "
                                   "the last one",
                                   program_.end));
  }

  std::string rule_lines() const {
    if (program_.reactions.empty()) return {};
    return line("rules", fmt::format("{} factors, one a reaction, which the runtime makes of what "
                                     "it observes; null: at rest",
                                     program_.reactions.size()));
  }

  std::string usage() const {
    const std::string what = program_.slots.size() == 1
                                 ? "it"
                                 : fmt::format("all {} in this order", program_.slots.size());
    std::string text = fmt::format(
        "// {0}_values(step, values, factors) writes {1}; updates are counted from 0.\n"
        "// Call {0}_self_test() once: 0 says that this compiler and this thread give the bits.\n",
        name_, what);
    if (options_.language == Language::c99)
      text +=
          "// Compile with -ffp-contract=off: a multiplication and addition in one has other "
          "bits.\n";
    return text + "//\n// Below the arithmetic comes the schedule.\n";
  }

  static std::string contraction(std::string_view state) {
    return fmt::format("#ifdef __clang__\n#pragma STDC FP_CONTRACT {}\n#endif\n", state);
  }

  // --------------------------------------------------------------------------------- functions

  std::string functions() const {
    std::string text;
    for (std::uint32_t k = 0; k < program_.curves.size(); ++k) {
      if (layout_.reached(k) && !layout_.is_part_of_a_slot(k)) text += curve_function(k);
    }
    for (std::size_t k = 0; k < program_.slots.size(); ++k) text += slot_function(k);
    return text;
  }

  std::string curve_function(std::uint32_t curve) const {
    const Range& positions = *layout_.reached(curve);
    const bool at_updates = layout_.at_updates(curve);
    const Site site = {at_updates ? "step" : "position", !backends::fits_word(positions), false,
                       "  "};
    const std::string statements = curve_statements(layout_, curve, positions, at_updates, site);
    return fmt::format("// {}\n{} {} {}({} {}{}) {{\n{}}}\n\n",
                       at_updates ? "Read by what follows." : "Read at places of its own time.",
                       layout_.function(), layout_.real_type(), layout_.curve_name(curve),
                       site.wide ? "lrc1_integer" : "int64_t", site.position,
                       layout_.acting(curve) ? ", const double* factors" : "",
                       with_parameters_used(statements, site.position, layout_.acting(curve)));
  }

  // C warns of parameters that nothing reads.
  static std::string with_parameters_used(const std::string& statements,
                                          const std::string& position, bool acting) {
    std::string text;
    if (statements.find(position) == std::string::npos)
      text += fmt::format("  (void){};\n", position);
    if (acting && statements.find("factors") == std::string::npos) text += "  (void)factors;\n";
    return text + statements;
  }

  std::string slot_statements(const Slot& slot) const {
    const Site site = {"step", false, true, "  "};
    const runtime::Code& code = program_.codes[slot.value.code];
    if (layout_.is_only_a_curve(slot))
      return curve_statements(layout_, code[0].a, backends::any_step, true, site);
    const Use use = {slot.value, backends::any_step};
    return code_statements(layout_, {&use, 1}, {}, site);
  }

  std::string slot_function(std::size_t k) const {
    const Slot& slot = program_.slots[k];
    const std::string groups = group_words(program_, slot.group_set, " and ");
    const std::string title =
        fmt::format("// {} {}.\n", comment(program_.outputs[slot.output]),
                    groups.empty() ? "outside any group" : "in " + comment(groups));
    std::string text =
        fmt::format("{}{} double {}(int64_t step{}) {{\n{}}}\n\n", title, layout_.function(),
                    slot_call_name(k), acting(slot) ? ", const double* factors" : "",
                    with_parameters_used(slot_statements(slot), "step", acting(slot)));
    if (acting(slot))
      text += fmt::format(
          "// The same with the rules at rest.\n{} double {}(int64_t step) {{\n  return "
          "{}(step, (const double*)0);\n}}\n\n",
          layout_.function(), slot_names_[k], slot_call_name(k));
    return text;
  }

  std::string slot_call_name(std::size_t k) const {
    return slot_names_[k] + (acting(program_.slots[k]) ? "_under_rules" : "");
  }

  std::string values() const {
    std::string text = fmt::format("// Of the policy with its facts.\n#define {}_hash \"{}\"\n\n",
                                   name_, comment(program_.identity.run_hash));
    text += fmt::format("enum {{ {0}_slots = {1}, {0}_reactions = {2} }};\n\n", name_,
                        program_.slots.size(), program_.reactions.size());
    text +=
        fmt::format("{} void {}_values(int64_t step, double* values, const double* factors) {{\n",
                    layout_.function(), name_);
    const bool any = std::any_of(program_.slots.begin(), program_.slots.end(),
                                 [&](const Slot& slot) { return acting(slot); });
    if (!any) text += "  (void)factors;\n";
    for (std::size_t k = 0; k < program_.slots.size(); ++k)
      text += fmt::format("  values[{}] = {}(step{});\n", k, slot_call_name(k),
                          acting(program_.slots[k]) ? ", factors" : "");
    return text + "}\n\n";
  }

  // --------------------------------------------------------------------------------- self-test

  std::string self_test() const {
    const std::vector<SelfTestRow> rows = self_test_rows(program_);
    std::vector<std::string> entries;
    for (const SelfTestRow& row : rows)
      entries.push_back(fmt::format("{{{}, {}, {}}}", integer_literal(row.step), row.slot,
                                    bits_literal(row.bits)));
    const std::string table = lines(entries, "      ");
    return fmt::format(
        "// 0: every value of the table comes out bit for bit. A positive result is the first "
        "row,\n"
        "// counted from 1, that does not. A negative one says why: -1 another rounding mode, -2\n"
        "// subnormals are flushed to 0, -3 fused operations, -4 reordered ones.\n"
        "{0} int {1}_self_test(void) {{\n"
        "  static const struct {{\n    int64_t step;\n    int slot;\n    uint64_t bits;\n"
        "  }} rows[{2}] = {{\n{3}  }};\n"
        "  double values[{1}_slots];\n"
        "  const int environment = lrc1_environment();\n"
        "  if (environment != 0) return -environment;\n"
        "  for (int row = 0; row < {2}; ++row) {{\n"
        "    {1}_values(rows[row].step, values, (const double*)0);\n"
        "    if (lrc1_bits_of(values[rows[row].slot]) != rows[row].bits) return row + 1;\n"
        "  }}\n"
        "  return 0;\n}}\n",
        layout_.function(), name_, rows.size(), table);
  }

  const Program& program_;
  const Options& options_;
  Layout layout_;
  const std::string& name_;
  std::vector<std::string> slot_names_;
};

bool is_identifier(const std::string& name) {
  const bool begins_with_digit = !name.empty() && '0' <= name[0] && name[0] <= '9';
  return !name.empty() && !begins_with_digit && identifier(name) == name;
}

}  // namespace

tl::expected<std::string, std::string> export_c(const Program& program, const Options& options) {
  std::string name = options.name;
  if (name.empty())
    name = program.identity.policy.empty() ? "lrc_policy" : identifier(program.identity.policy);
  if (!is_identifier(name) || name.starts_with("lrc1") || name.starts_with("LRC1"))
    return tl::make_unexpected(fmt::format(
        "'{}' cannot begin names in C: it takes letters, digits and '_', does not begin with a "
        "digit, nor with lrc1, which is the arithmetic's",
        name));
  if (program.slots.size() > maximum_slots)
    return tl::make_unexpected(fmt::format(
        "{} numbers an update are more than exported code may have ({}): use fewer sets of groups",
        program.slots.size(), maximum_slots));
  return Header(program, options, name).text();
}

}  // namespace lrc::backends::c
