#pragma once
// Rules of a plateau, as torch counts them; timm, Transformers and mmengine use the same.

#include <string>

#include "compiler/import/draft.h"

namespace lrc::import {

struct Plateau {
  std::string metric = "metric";
  bool falls = true;
  double factor = 0.1;
  double patience = 10;  // evaluations that are borne; the next one cuts
  double threshold = 1e-4;
  bool relative = true;
  double cooldown = 0;
  double floor = 0;
  double ignored = 1e-8;  // changes up to this one
  std::string after;      // `, after 6 epochs`
};
void add_plateau(Draft& draft, const Plateau& plateau);

// The arguments of torch's ReduceLROnPlateau.
[[nodiscard]] Plateau torch_plateau(const Arguments& arguments);

}  // namespace lrc::import
