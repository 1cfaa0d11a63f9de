#pragma once
// What of the language and of the runtime a set of policies has used.

#include <cstddef>
#include <map>
#include <string>

#include "runtime/host/program.h"

namespace lrc::differential {

// Names, and in how many policies each occurs.
using Tally = std::map<std::string, std::size_t>;

// Every operation as 0.
[[nodiscard]] Tally no_operations();

// The operations of a program; those with integer constants a second time with their width:
// `progress 126` where one of its constants is not below 2^63 in size, `progress 53` where all are
// below 2^53.
void count_operations(const runtime::Program& program, Tally& tally);

// Every word and sign of the grammar as 0.
[[nodiscard]] Tally no_words();

// The words of a text that parses, and what the grammar's alternatives are called: `policyClamp`.
void count_forms(const std::string& text, Tally& words, Tally& forms);

}  // namespace lrc::differential
