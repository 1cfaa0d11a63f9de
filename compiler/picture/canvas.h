#pragma once
// Dots in character cells: Unicode braille (2 x 4 dots a cell), or plain ASCII (1 x 2).

#include <cstdint>
#include <string>
#include <vector>

namespace lrc::picture {

enum class Letters : std::uint8_t { unicode, ascii };

class Canvas {
 public:
  Canvas(Letters letters, std::size_t width, std::size_t height);

  [[nodiscard]] std::size_t dot_columns() const { return width_ * dots_x_; }
  [[nodiscard]] std::size_t dot_rows() const { return height_ * dots_y_; }
  [[nodiscard]] std::size_t dots_in_cell_row() const { return dots_y_; }

  // Dots from row `low` to row `high`, both included; row 0 is the lowest.
  void bar(std::size_t dot_column, std::size_t low, std::size_t high);
  // A light vertical line behind the dots.
  void mark(std::size_t cell_column) { marks_[cell_column] = true; }

  // The cells of a row, the highest first, without spaces at the end.
  [[nodiscard]] std::string row(std::size_t cell_row) const;

 private:
  [[nodiscard]] bool dot(std::size_t column, std::size_t row_from_top) const {
    return dots_[row_from_top * dot_columns() + column];
  }
  [[nodiscard]] std::string cell(std::size_t column, std::size_t row) const;

  bool unicode_;
  std::size_t width_, height_, dots_x_, dots_y_;
  std::vector<bool> dots_, marks_;
};

}  // namespace lrc::picture
