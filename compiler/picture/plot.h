#pragma once
// A curve as a picture of characters: title, phases, levels on the left, positions below.

#include <functional>
#include <string>
#include <vector>

#include "compiler/compile/phase_names.h"
#include "compiler/picture/canvas.h"
#include "compiler/picture/sample.h"
#include "compiler/picture/view.h"

namespace lrc::picture {

struct Size {
  Letters letters = Letters::unicode;
  std::size_t width = 80, height = 20;  // of the picture with title and axes, without notes
};

struct Picture {
  struct Phase {
    double begin;  // share of the width
    std::string words;
  };
  std::string title;  // cut where it is too long
  std::string hash;   // the output and the beginning of the hash, behind the title
  std::function<std::vector<Column>(std::size_t columns)> columns;
  std::string level_suffix;  // `x`, or nothing
  std::vector<Phase> phases;
  std::vector<std::vector<std::string>> positions;  // rows of labels: at 0, 1/4, 1/2, 3/4 and 1
  std::vector<std::string> notes;
};

[[nodiscard]] std::string draw(const Picture& picture, const Size& size);

// The picture of one output. It refers to `view`, whose program has `output` at `slot`.
[[nodiscard]] Picture picture_of(const compile::CompiledPolicy& policy, const View& view,
                                 std::size_t output, std::size_t slot, std::string title);

// The exact places where a phase of an output begins, in updates, without 0 and the end.
[[nodiscard]] std::vector<exact::Rational> boundaries(const View& view, std::size_t output);

// The words of a place on one line.
using compile::words;

// Columns that a terminal gives to a text, and its beginning of at most so many.
[[nodiscard]] std::size_t columns_of(std::string_view text);
[[nodiscard]] std::string shortened(const std::string& text, std::size_t columns, Letters letters);

}  // namespace lrc::picture
