#pragma once
// The values of a program's slots by name, so that they mean something beside another program.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/host/program.h"

namespace lrc::runtime {

struct NamedValue {
  std::string output;
  std::string groups;  // as `set_name` gives it: empty outside any group
  double value = 0;
  bool operator==(const NamedValue&) const = default;
};

[[nodiscard]] NamedValue named(const Program& program, std::uint32_t slot, double value);

// Of all slots, in the program's order.
[[nodiscard]] std::vector<NamedValue> named_values(const Program& program,
                                                   std::span<const double> values);

// Finds values by their names.
class ByName {
 public:
  explicit ByName(const std::vector<NamedValue>& values);

  // Its index, if there is one of these names.
  [[nodiscard]] std::optional<std::uint32_t> find(const NamedValue& value) const;

 private:
  std::unordered_map<std::string, std::uint32_t> indices_;
};

}  // namespace lrc::runtime
