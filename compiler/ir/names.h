#pragma once
// The words of canonical text that printer and reader share.

#include <array>
#include <string_view>

namespace lrc::ir {

inline constexpr std::array<std::string_view, 7> length_names = {
    "step", "sample", "token", "epoch", "second", "run", "cycle"};
inline constexpr std::array<std::string_view, 4> extent_names = {"rest", "for", "until", "last"};
inline constexpr std::array<std::string_view, 3> reading_names = {"start", "middle", "end"};
inline constexpr std::array<std::string_view, 5> past_names = {"hold", "mirror", "repeat",
                                                               "continue", "error"};
inline constexpr std::array<std::string_view, 5> rounding_names = {"none", "nearest", "up", "down",
                                                                   "even"};
inline constexpr std::array<std::string_view, 9> parameter_names = {
    "rate", "number", "x", "share", "step", "sample", "token", "epoch", "second"};
inline constexpr std::array<std::string_view, 4> trigger_names = {"plateau", "spike", "nonfinite",
                                                                  "threshold"};
// Stands where the value of a parameter would, when every run must choose one.
inline constexpr std::string_view open_value = "open";

}  // namespace lrc::ir
