#pragma once
// What all functions of one exported program have to know of each other.

#include <string>
#include <vector>

#include "compiler/backends/c/export.h"
#include "compiler/backends/positions/range.h"
#include "compiler/backends/positions/reach.h"

namespace lrc::backends::c {

using runtime::Integer;

class Layout {
 public:
  Layout(const runtime::Program& program, const Options& options, std::string name);

  [[nodiscard]] const runtime::Program& program() const { return program_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  // The type of what is computed, and what a function begins with.
  [[nodiscard]] std::string real_type() const { return is_cuda_ ? "lrc1_real" : "double"; }
  [[nodiscard]] std::string function() const;
  // A double that takes part in computations.
  [[nodiscard]] std::string as_real(const std::string& number) const;
  // What is computed, as a double.
  [[nodiscard]] std::string as_number(const std::string& real) const;

  [[nodiscard]] std::string curve_name(std::uint32_t curve) const;
  // The positions at which a curve is read; none where nothing reads it.
  [[nodiscard]] const std::optional<Range>& reached(std::uint32_t curve) const {
    return curves_[curve].reached;
  }
  // Whether its positions are updates, and not places in a cycle or the like.
  [[nodiscard]] bool at_updates(std::uint32_t curve) const { return curves_[curve].at_updates; }
  // Whether what the rules make of reactions enters.
  [[nodiscard]] bool acting(std::uint32_t curve) const { return curves_[curve].acting; }
  [[nodiscard]] bool acting(const runtime::Code& code) const;
  // Whether only this slot reads the curve, and does nothing else: then one function is both.
  [[nodiscard]] bool is_only_a_curve(const runtime::Slot& slot) const;
  [[nodiscard]] bool is_part_of_a_slot(std::uint32_t curve) const {
    return curves_[curve].part_of_a_slot;
  }

 private:
  struct CurveFacts {
    std::optional<Range> reached;
    bool at_updates = true;
    bool acting = false;
    bool part_of_a_slot = false;
    std::size_t readers = 0;
  };
  void follow(const runtime::Code& code, bool at_updates);
  void follow_curve(std::uint32_t curve);

  const runtime::Program& program_;
  std::string name_;
  bool is_cuda_;
  std::vector<CurveFacts> curves_;
};

}  // namespace lrc::backends::c
