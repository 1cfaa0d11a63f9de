#pragma once
// Cycles whose lengths grow by a factor that need not be whole, as timm and fairseq number them: by
// the floor of a logarithm in binary64, which now and then is one too low where a cycle begins.

#include <vector>

namespace lrc::import {

struct Growth {
  double first;   // the length of the first cycle
  double factor;  // of each next one
};
[[nodiscard]] double cycle_begin(const Growth& growth, double number);
[[nodiscard]] double cycle_length(const Growth& growth, double number);
// The cycle that the peer finds at `time`, counted from 0.
[[nodiscard]] double cycle_at(const Growth& growth, double time);
// Whether the peer counts the update at which a cycle begins to the one before.
[[nodiscard]] bool begins_late(const Growth& growth, double number);
[[nodiscard]] bool any_begins_late(const Growth& growth, double numbers);

}  // namespace lrc::import
