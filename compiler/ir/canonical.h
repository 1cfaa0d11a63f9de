#pragma once
// Canonical text: the program, written in exactly one way. The hash is taken over it and over
// nothing else. The grammar and the rewrites are numbered in grammar/reference.md.

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "compiler/ir/program.h"

namespace lrc::ir {

// Ends with one line end, which is hashed.
[[nodiscard]] std::string print(const Program& program);

// A length as it stands in the text.
[[nodiscard]] std::string text(const Length& length);

// Reads what print writes, and only that: print(*read(text)) == text, and the program is one that
// verify finds nothing wrong with. The error says where the text stops being canonical.
[[nodiscard]] tl::expected<Program, std::string> read(std::string_view text);

// What is wrong with a program that no policy could have: an unknown parameter, a duration of zero.
// Binding relies on there being nothing.
[[nodiscard]] std::optional<std::string> verify(const Program& program);

// `lrc1:` and the SHA-256 of the text in 64 hex digits.
[[nodiscard]] std::string hash(std::string_view text);

// 16 hex digits: the bits of a binary64 number, as canonical text and run facts carry them.
[[nodiscard]] std::string bits(double value);

// What the program needs and does not state, from the rest of it.
[[nodiscard]] Inputs find_inputs(const Program& program);

// Whether any length is counted in a unit. If not, all are shares, and the timeline fits every run
// or none.
[[nodiscard]] bool counts_units(const Program& program);

}  // namespace lrc::ir
