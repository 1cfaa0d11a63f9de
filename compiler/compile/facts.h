#pragma once
// The facts of a run as a person writes them: in flags, or in a trainer's bind call.

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lrc::compile {

struct FactTexts {
  std::optional<std::string> run;                               // "100K steps"
  std::optional<std::string> peak;                              // "3e-4", the peak of lr
  std::optional<std::string> batch;                             // "512 samples", per step
  std::vector<std::string> rates;                               // "1 epoch = 100 steps"
  std::vector<std::pair<std::string, std::string>> parameters;  // name and value of a `param`
  // A run, peak or batch that is given once more, each with its flag: `--run`, `900 steps`. Equal
  // values are fine, different ones are reported.
  std::vector<std::pair<std::string, std::string>> repeated;
};

}  // namespace lrc::compile
