#pragma once
// Numbers as a person would write them.

#include <string>

namespace lrc::import {

// The shortest decimal that reads back to the same number: `0.001`, `3e-5`.
[[nodiscard]] std::string number(double value);
// The same with `_` between thousands where it has five digits or more before the point.
[[nodiscard]] std::string count(double value);
// `7%` for 0.07.
[[nodiscard]] std::string percent(double share);
// One over a number, as a decimal where that is short, else as a division: `0.04`, `1 / 3`.
[[nodiscard]] std::string quotient(double value, double divisor);

struct Unit {
  std::string one, many;
};
inline const Unit steps{"step", "steps"}, samples{"sample", "samples"}, tokens{"token", "tokens"},
    epochs{"epoch", "epochs"};
// `1 step`, `4_194_304 tokens`.
[[nodiscard]] std::string length(double value, const Unit& unit);

// Lines of a comment, each with `# ` before it and no longer than a line of a policy.
[[nodiscard]] std::string comment(const std::string& text);

}  // namespace lrc::import
