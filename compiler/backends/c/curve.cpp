#include "compiler/backends/c/curve.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/backends/c/lines.h"
#include "compiler/backends/c/literal.h"

namespace lrc::backends::c {
namespace {

using runtime::Integer;
using runtime::Program;

std::string indented(const Site& site, std::string_view text) {
  return fmt::format("{}{}\n", site.indent, text);
}

Site deeper(const Site& site) {
  Site result = site;
  result.indent += "  ";
  return result;
}

// ------------------------------------------------------------------------- one below the other

std::string range_text(const Range& positions, bool is_last, bool at_updates) {
  const char* noun = at_updates ? "update" : "position";
  if (is_last) return fmt::format("from {} {}", noun, positions.low);
  if (positions.low == positions.high) return fmt::format("{} {}", noun, positions.low);
  return fmt::format("{}s {} to {}", noun, positions.low, positions.high);
}

// Every line further to the right.
std::string shifted(const std::string& text, std::size_t columns) {
  const std::string space(columns, ' ');
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin) + 1;
    result += space + text.substr(begin, end - begin);
    begin = end;
  }
  return result;
}

// What a stretch is at its site, and what it says.
struct Stretch {
  Range positions;
  std::string what;
  std::string statements;
};

// Neighbours of one text are one stretch.
std::vector<Stretch> merged(const Layout& layout, std::span<const Use> uses, const Site& site) {
  std::vector<Stretch> result;
  for (const Use& use : uses) {
    std::string statements = code_statements(layout, {&use, 1}, {}, site);
    if (!result.empty() && result.back().statements == statements) {
      result.back().positions.high = use.positions.high;
      continue;
    }
    result.push_back(
        {use.positions, description(layout.program(), use.segment), std::move(statements)});
  }
  return result;
}

std::string stretches(const Layout& layout, std::span<const Use> uses, bool at_updates,
                      const Site& site) {
  const std::vector<Stretch> all = merged(layout, uses, site);
  std::string text;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const bool is_last = k + 1 == all.size();
    const Site inner = is_last ? site : deeper(site);
    if (!is_last)
      text += indented(site, fmt::format("if ({} < {}) {{", site.position,
                                         integer_literal(all[k + 1].positions.low)));
    if (all.size() > 1)
      text += indented(inner, fmt::format("// Phase {}, {}{}{}.", k + 1,
                                          range_text(all[k].positions, is_last, at_updates),
                                          all[k].what.empty() ? "" : ": ", all[k].what));
    text += shifted(all[k].statements, is_last ? 0 : 2);
    if (!is_last) text += indented(site, "}");
  }
  return text;
}

// ---------------------------------------------------------------------------------- as a table

// `static const TYPE NAME[…] = {…};`
std::string array(const Site& site, const std::string& type, const std::string& name,
                  const std::vector<std::string>& entries, const std::string& size) {
  return indented(site, fmt::format("static const {} {}[{}] = {{", type, name, size)) +
         lines(entries, site.indent + "    ") + indented(site, "};");
}

class Table {
 public:
  Table(const Layout& layout, std::span<const Use> uses, const Site& site)
      : layout_(layout), program_(layout.program()), uses_(uses), site_(site) {
    for (const Use& use : uses) {
      auto form = std::find_if(forms_.begin(), forms_.end(), [&](const Form& one) {
        return one.uses.front().segment.code == use.segment.code;
      });
      if (form == forms_.end()) form = forms_.insert(form, Form());
      form->uses.push_back(use);
    }
    for (Form& form : forms_) form.rows = rows_of(program_, form.uses);
    for (const Use& use : uses) add(use);
    // A search in a row's integers is for the position, so they are as wide.
    is_wide_ = site.wide || std::any_of(integers_.begin(), integers_.end(), [](Integer value) {
                 return !backends::fits_word({value, value});
               });
    for (Form& form : forms_) form.rows.wide = is_wide_;
  }

  std::string text() {
    const bool wide = site_.wide || !backends::fits_word(uses_.back().positions);
    std::vector<std::string> begins;
    for (const Use& use : uses_.subspan(1)) begins.push_back(integer_literal(use.positions.low));
    const std::string all_forms = forms();
    return indented(site_, "// Where the phases begin, from the second one on.") +
           array(site_, wide ? "lrc1_integer" : "int64_t", "begins", begins,
                 std::to_string(begins.size())) +
           constants() +
           indented(site_, fmt::format("const int* row = rows[{}(begins, {}, {})];",
                                       wide ? "lrc1_passed_wide" : "lrc1_passed", begins.size(),
                                       site_.position)) +
           row_pointers(all_forms) + all_forms;
  }

 private:
  // Phases that share a code.
  struct Form {
    std::vector<Use> uses;
    Rows rows;
  };

  void add(const Use& use) {
    const auto form = std::find_if(forms_.begin(), forms_.end(), [&](const Form& one) {
      return one.uses.front().segment.code == use.segment.code;
    });
    row_texts_.push_back(
        fmt::format("{{{}, {}, {}}}", form - forms_.begin(), integers_.size(), reals_.size()));
    // Lists to search differ in length; behind a shorter one is nothing that is read.
    for (const std::uint32_t k : form->rows.integers) {
      const std::size_t place = use.segment.first_integer + k;
      integers_.push_back(place < program_.integers.size() ? program_.integers[place] : 0);
    }
    for (const std::uint32_t k : form->rows.reals)
      reals_.push_back(program_.reals[use.segment.first_real + k]);
  }

  std::string constants() const {
    std::string text =
        indented(site_, "// Of each phase: its form, where its integers begin, and its reals.");
    text += array(site_, "int", "rows", row_texts_, fmt::format("{}][3", row_texts_.size()));
    std::vector<std::string> entries;
    for (const Integer value : integers_) entries.push_back(integer_literal(value));
    if (!entries.empty())
      text += array(site_, is_wide_ ? "lrc1_integer" : "int64_t", "all_integers", entries,
                    std::to_string(entries.size()));
    entries.clear();
    for (const double value : reals_) entries.push_back(real_literal(value));
    if (!entries.empty())
      text += array(site_, "double", "all_reals", entries, std::to_string(entries.size()));
    return text;
  }

  std::string row_pointers(const std::string& all_forms) const {
    std::string text;
    if (all_forms.find("integers[") != std::string::npos)
      text += indented(site_, fmt::format("const {}* integers = all_integers + row[1];",
                                          is_wide_ ? "lrc1_integer" : "int64_t"));
    if (all_forms.find("reals[") != std::string::npos)
      text += indented(site_, "const double* reals = all_reals + row[2];");
    return text;
  }

  std::string forms() const {
    std::string text;
    for (std::size_t number = 0; number < forms_.size(); ++number) {
      const Form& form = forms_[number];
      const bool is_last = number + 1 == forms_.size();
      if (!is_last) text += indented(site_, fmt::format("if (row[0] == {}) {{", number));
      text += code_statements(layout_, form.uses, form.rows, is_last ? site_ : deeper(site_));
      if (!is_last) text += indented(site_, "}");
    }
    return text;
  }

  const Layout& layout_;
  const Program& program_;
  std::span<const Use> uses_;
  const Site& site_;
  bool is_wide_ = false;
  std::vector<Form> forms_;
  std::vector<std::string> row_texts_;
  std::vector<Integer> integers_;
  std::vector<double> reals_;
};

}  // namespace

std::string curve_statements(const Layout& layout, std::uint32_t curve, const Range& positions,
                             bool at_updates, const Site& site) {
  const Program& program = layout.program();
  const std::vector<Use> uses = backends::uses_of(program, program.curves[curve], positions);
  if (uses.size() <= most_stretches_as_code) return stretches(layout, uses, at_updates, site);
  return Table(layout, uses, site).text();
}

}  // namespace lrc::backends::c
