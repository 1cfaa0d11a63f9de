#pragma once
// Building the flat codes of a bound program. Codes that differ only in their constants are one.

#include <map>
#include <span>
#include <vector>

#include "compiler/bind/environment.h"

namespace lrc::bind {

// Where a phase is read: the place in updates is `multiplier*position + add`. A fixed place has
// multiplier 0. `largest` bounds the integer positions it is evaluated at.
struct Place {
  exact::Rational multiplier;
  exact::Rational add;
  exact::Integer largest;
};

// One code and its constants under construction. Operands are earlier registers.
class CodeBuilder {
 public:
  std::uint32_t real(double value);
  // u = (place - begin)/(end - begin), limited to [0, 1].
  std::uint32_t progress(const Place& place, const exact::Rational& begin,
                         const exact::Rational& end);
  // (place - origin + numerator)/(place - origin + denominator), each with the place only where its
  // weight is 1.
  std::uint32_t ratio(const Place& place, const exact::Rational& numerator_weight,
                      const exact::Rational& numerator, const exact::Rational& denominator_weight,
                      const exact::Rational& denominator);
  // floor((place - begin)/period)
  std::uint32_t floor_ratio(const Place& place, const exact::Rational& begin,
                            const exact::Rational& period);
  // How many of the (sorted, in updates) positions the place has reached.
  std::uint32_t passed(const Place& place, const std::vector<exact::Rational>& positions);
  std::uint32_t curve(std::uint32_t index);
  // What the rules make of a reaction. In the code of a slot only.
  std::uint32_t factor(std::uint32_t reaction);
  // Curve `index` at (position*multiplier + add) mod modulus.
  std::uint32_t cycle(std::uint32_t index, const exact::Integer& multiplier,
                      const exact::Integer& add, const exact::Integer& modulus,
                      const exact::Integer& largest);
  // Curve `index` at max(0, position*multiplier + add)/period*scale, the quotient floored.
  std::uint32_t held(std::uint32_t index, const exact::Integer& multiplier,
                     const exact::Integer& add, const exact::Integer& period,
                     const exact::Integer& scale, const exact::Integer& largest);
  // By the seed and the update, of which `scale` positions make one.
  std::uint32_t noise(const exact::Integer& seed, const exact::Integer& scale);
  std::uint32_t apply(runtime::Operation operation, std::uint32_t x = 0, std::uint32_t y = 0,
                      std::uint32_t z = 0, std::uint32_t w = 0);

  // The register of the last instruction.
  [[nodiscard]] std::uint32_t last() const { return static_cast<std::uint32_t>(code_.size() - 1); }
  [[nodiscard]] const runtime::Code& code() const { return code_; }
  [[nodiscard]] const std::vector<runtime::Integer>& integers() const { return integers_; }
  [[nodiscard]] const std::vector<double>& reals() const { return reals_; }

 private:
  std::uint32_t emit(runtime::Instruction instruction);
  std::uint32_t integers(std::span<const exact::Integer> values);

  runtime::Code code_;
  std::vector<runtime::Integer> integers_;
  std::vector<double> reals_;
};

// M9, V5: what a formula gives below 0, or no number, is 0; what is beyond the largest number is
// that. Returns the register.
std::uint32_t defined(CodeBuilder& code, std::uint32_t value);

// Adds finished codes to a program, each distinct one once.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(runtime::Program& program) : program_(program) {}

  runtime::Segment add(const CodeBuilder& code);
  // A curve from segments and the positions at which all but the first begin.
  std::uint32_t add_curve(const std::vector<runtime::Segment>& segments,
                          const std::vector<exact::Integer>& thresholds);

 private:
  runtime::Program& program_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> codes_;
};

// Exact numbers that reach the run must stay below 2^126.
[[nodiscard]] runtime::Integer bounded(const exact::Integer& value);

}  // namespace lrc::bind
