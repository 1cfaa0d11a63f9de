#pragma once
// What a run may still choose: the parameters that an output depends on, and values to try for
// them.

#include <string>
#include <vector>

#include "compiler/bind/bind.h"

namespace lrc::prove {

struct Freedom {
  std::vector<const ir::Parameter*> parameters;  // beside the one below
  const ir::Parameter* peak = nullptr;           // serves as the peak and as nothing else
};

// Of what `program` schedules. What `facts` choose is not free.
[[nodiscard]] Freedom freedom(const ir::Program& program, const bind::Facts& facts);

// Whether every value is a level in x, multiplied by the peak once: the order of the values is that
// of the levels, whatever the peak.
[[nodiscard]] bool is_share_of_peak(const ir::Curve& curve);

// Facts with a value for each free parameter: the default and the ends of the ranges, together and
// one by one. The first has all defaults.
[[nodiscard]] std::vector<bind::Facts> settings(const Freedom& freedom, const bind::Facts& facts);

// `peak = 0.001`: the values of free parameters, for people.
[[nodiscard]] std::vector<std::string> chosen(const Freedom& freedom, const bind::Facts& facts);

}  // namespace lrc::prove
