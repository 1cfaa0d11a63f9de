#pragma once
// A line as it will be written.

#include <cstddef>
#include <optional>
#include <string>

namespace lrc::format {

struct Line {
  std::size_t indent = 0;
  std::string text;                   // empty: a blank line, or a comment alone
  std::string comment;                // with its `#`
  std::size_t width = 0;              // of the text, in columns
  std::size_t gap = 0;                // spaces between text and comment
  std::size_t statement = 0;          // the innermost one that it belongs to, numbered from 1
  bool whole = false;                 // all of its statement
  std::optional<std::size_t> equals;  // where the `=` of `name = …` stands in a whole one
};

}  // namespace lrc::format
