#include "compiler/picture/canvas.h"

#include <array>

namespace lrc::picture {

Canvas::Canvas(Letters letters, std::size_t width, std::size_t height)
    : unicode_(letters == Letters::unicode),
      width_(width),
      height_(height),
      dots_x_(unicode_ ? 2 : 1),
      dots_y_(unicode_ ? 4 : 2),
      dots_(dot_columns() * dot_rows(), false),
      marks_(width, false) {}

void Canvas::bar(std::size_t dot_column, std::size_t low, std::size_t high) {
  for (std::size_t row = low; row <= high && row < dot_rows(); ++row)
    dots_[(dot_rows() - 1 - row) * dot_columns() + dot_column] = true;
}

std::string Canvas::cell(std::size_t column, std::size_t row) const {
  if (!unicode_) {
    const bool upper = dot(column, row * 2), lower = dot(column, row * 2 + 1);
    if (upper && lower) return ":";
    if (upper || lower) return upper ? "'" : ".";
    return marks_[column] ? "|" : " ";
  }
  // The bits of a braille cell, by row and column.
  constexpr std::array<std::array<unsigned, 2>, 4> bits = {
      {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
  unsigned pattern = 0;
  for (std::size_t y = 0; y < dots_y_; ++y) {
    for (std::size_t x = 0; x < dots_x_; ++x) {
      if (dot(column * dots_x_ + x, row * dots_y_ + y)) pattern |= bits[y][x];
    }
  }
  if (pattern == 0) return marks_[column] ? "┊" : " ";
  // U+2800 + pattern, in UTF-8.
  return {'\xe2', static_cast<char>(0xa0U | pattern >> 6U),
          static_cast<char>(0x80U | (pattern & 0x3fU))};
}

std::string Canvas::row(std::size_t cell_row) const {
  std::string text;
  for (std::size_t column = 0; column < width_; ++column) text += cell(column, cell_row);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace lrc::picture
