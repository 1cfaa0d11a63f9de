#pragma once
// The phases of a policy, its facts, groups and clamps as text, and as JSON for programs.

#include <string>

#include <nlohmann/json.hpp>

#include "compiler/compile/facts.h"
#include "compiler/picture/phases.h"

namespace lrc::picture {

struct Explained {
  const compile::CompiledPolicy& policy;
  const View& view;  // with all outputs
  const compile::FactTexts& given;
  std::string title;
};

[[nodiscard]] std::string table(const Explained& explained);
[[nodiscard]] nlohmann::ordered_json table_json(const Explained& explained);

}  // namespace lrc::picture
