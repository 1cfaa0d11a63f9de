#include "compiler/picture/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "compiler/picture/numbers.h"

namespace lrc::picture {
namespace {

std::string spaces(std::size_t count) { return std::string(count, ' '); }

// Text at columns of a line, each where the line is still free.
class Line {
 public:
  explicit Line(std::size_t width) : width_(width), cells_(width, " ") {}

  // False when it would touch something that is there already.
  bool put(std::size_t column, const std::string& text, bool tight = false) {
    const std::size_t size = columns_of(text);
    if (column + size > width_) return false;
    const std::size_t begin = tight || column == 0 ? column : column - 1;
    for (std::size_t i = begin; i < std::min(width_, column + size + (tight ? 0 : 1)); ++i) {
      if (cells_[i] != " ") return false;
    }
    for (std::size_t at = 0, i = column; at < text.size(); ++i) {
      const std::size_t length = source::utf8_sequence(std::string_view(text).substr(at));
      cells_[i] = text.substr(at, std::max<std::size_t>(1, length));
      at += std::max<std::size_t>(1, length);
    }
    return true;
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const std::string& cell : cells_) text += cell;
    return text.erase(text.find_last_not_of(' ') + 1);
  }

 private:
  std::size_t width_;
  std::vector<std::string> cells_;
};

// The levels that the picture reaches from its lowest dot to its highest, and which are labelled.
struct Levels {
  double low = 0, high = 1;
  std::vector<double> ticks;

  [[nodiscard]] std::size_t dot(double value, std::size_t rows) const {
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(rows - 1)));
  }
};

double nice_step(double span, std::size_t most_ticks) {
  const double raw = span / static_cast<double>(most_ticks);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (step * power >= raw * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

Levels levels_of(const std::vector<Column>& columns, std::size_t rows) {
  Levels levels;
  double low = columns.front().low, high = columns.front().high;
  for (const Column& column : columns) {
    low = std::min(low, column.low);
    high = std::max(high, column.high);
  }
  // From 0, where that does not press the curve flat.
  constexpr double flat = 0.8;
  constexpr double noise = 1e-12;  // what rounding alone may be
  const bool far_from_zero = low > high * flat && high - low > high * noise;
  levels.low = far_from_zero ? low - (high - low) / 8 : 0;
  levels.high = high > levels.low ? high : levels.low + 1;
  constexpr std::size_t most = 5;
  const double step =
      nice_step(levels.high - levels.low, std::clamp<std::size_t>(rows / 2, 1, most));
  constexpr double rounding = 1e-9;
  const double last = std::min(levels.high + rounding * step, std::numeric_limits<double>::max());
  const double first = std::ceil(levels.low / step);
  for (std::size_t i = 0; i < 2 * most && (first + static_cast<double>(i)) * step <= last; ++i)
    levels.ticks.push_back((first + static_cast<double>(i)) * step);
  if (high - levels.ticks.back() >= step / 2) levels.ticks.push_back(high);
  return levels;
}

std::string label(double value, const Picture& picture) {
  return value == 0 ? "0" : short_number(value) + picture.level_suffix;
}

class Drawing {
 public:
  Drawing(const Picture& picture, const Size& size)
      : picture_(picture), size_(size), unicode_(size.letters == Letters::unicode) {}

  std::string draw() {
    const std::size_t around = 2 + (picture_.phases.size() > 1 ? 1 : 0) + picture_.positions.size();
    constexpr std::size_t fewest_rows = 3;
    rows_ = std::max(fewest_rows, size_.height > around ? size_.height - around : 0);
    // The margin depends on the labels, and they on what is sampled in the width that is left.
    constexpr std::size_t usual_margin = 9;
    Levels levels = levels_of(picture_.columns(size_.width - usual_margin), rows_);
    margin_ = 0;
    for (const double tick : levels.ticks)
      margin_ = std::max(margin_, columns_of(label(tick, picture_)));
    width_ = size_.width > margin_ + 12 ? size_.width - margin_ - 2 : 10;
    Canvas canvas(size_.letters, width_, rows_);
    const auto columns = picture_.columns(canvas.dot_columns());
    levels = levels_of(columns, rows_);
    curve(canvas, columns, levels);
    return title() + phases(canvas) + body(canvas, levels) + axis() + notes();
  }

 private:
  std::string title() const {
    const std::size_t behind = columns_of(picture_.hash) + 5;
    const std::size_t room = size_.width > behind + 10 ? size_.width - behind : 10;
    std::string text = shortened(picture_.title, room, size_.letters);
    if (!picture_.hash.empty()) text += "  " + picture_.hash + (unicode_ ? "…" : "...");
    return text + "\n";
  }

  [[nodiscard]] std::size_t cell(double share) const {
    return std::min(width_ - 1,
                    static_cast<std::size_t>(std::max(0.0, share) * static_cast<double>(width_)));
  }

  void curve(Canvas& canvas, const std::vector<Column>& columns, const Levels& levels) const {
    const std::size_t rows = canvas.dot_rows();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::size_t low = levels.dot(columns[i].low, rows);
      std::size_t high = levels.dot(columns[i].high, rows);
      if (i > 0) {  // joined to the column before, so that a jump is a line
        const std::size_t before = levels.dot(columns[i - 1].last, rows);
        if (before > high) high = before - 1;
        if (before < low) low = before + 1;
      }
      canvas.bar(i, low, high);
    }
  }

  // The words of each phase over its part of the picture, as far as they fit.
  std::string phases(Canvas& canvas) const {
    const auto& phases = picture_.phases;
    if (phases.size() < 2) return "";
    Line line(width_);
    constexpr std::size_t most_marked = 40;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      const std::size_t begin = cell(phases[i].begin);
      const std::size_t end = i + 1 < phases.size() ? cell(phases[i + 1].begin) : width_;
      if (i > 0 && phases.size() <= most_marked) {
        canvas.mark(begin);
        line.put(begin, unicode_ ? "┊" : "|", true);
      }
      const std::size_t text_begin = i > 0 ? begin + 1 : begin;
      constexpr std::size_t shortest = 4;
      if (end < text_begin + shortest) continue;
      const std::string first_word = phases[i].words.substr(0, phases[i].words.find(' '));
      const bool fits = columns_of(first_word) <= end - text_begin;
      if (fits)
        line.put(text_begin, shortened(phases[i].words, end - text_begin, size_.letters), true);
    }
    return spaces(margin_ + 2) + line.text() + "\n";
  }

  std::string body(const Canvas& canvas, const Levels& levels) const {
    std::vector<std::string> labels(rows_);
    for (const double tick : levels.ticks) {
      const std::size_t dot = levels.dot(tick, canvas.dot_rows());
      labels[rows_ - 1 - dot / canvas.dots_in_cell_row()] = label(tick, picture_);
    }
    std::string text;
    for (std::size_t row = 0; row < rows_; ++row) {
      const bool labelled = !labels[row].empty();
      const std::string_view edge = unicode_ ? (labelled ? "┤" : "│") : (labelled ? "+" : "|");
      text += spaces(margin_ - columns_of(labels[row])) + labels[row] + " " + std::string(edge) +
              canvas.row(row) + "\n";
    }
    return text;
  }

  std::string axis() const {
    constexpr std::size_t quarters = 4;
    std::vector<std::size_t> ticks;
    for (std::size_t i = 0; i <= quarters; ++i)
      ticks.push_back(cell(static_cast<double>(i) / quarters));
    std::string text = spaces(margin_ + 1) + (unicode_ ? "└" : "+");
    for (std::size_t i = 0; i < width_; ++i) {
      const bool tick = std::find(ticks.begin(), ticks.end(), i) != ticks.end();
      text += unicode_ ? (tick ? "┬" : "─") : (tick ? "+" : "-");
    }
    text += "\n";
    for (const auto& labels : picture_.positions) {
      Line line(width_ + 1);
      const std::size_t last = columns_of(labels.back());
      line.put(last > width_ ? 0 : width_ - last, labels.back());
      for (std::size_t i = 0; i < quarters; ++i) {
        const std::size_t half = i == 0 ? 0 : columns_of(labels[i]) / 2;
        line.put(ticks[i] - std::min(ticks[i], half), labels[i]);
      }
      text += spaces(margin_ + 2) + line.text() + "\n";
    }
    return text;
  }

  std::string notes() const {
    std::string text;
    for (const std::string& note : picture_.notes) text += note + "\n";
    return text;
  }

  const Picture& picture_;
  const Size& size_;
  bool unicode_;
  std::size_t rows_ = 0, margin_ = 0, width_ = 0;
};

// The axis counts updates; what share of the run lies behind them is told in the run's own unit.
std::vector<std::string> shares(const View& view, int parts) {
  const exact::Unit unit = view.unit.value_or(exact::Unit::steps);
  const exact::Rational whole = view.bound.path.clock(unit, view.length);
  std::vector<std::string> texts;
  for (int i = 0; i <= parts; ++i) {
    const exact::Rational behind =
        view.bound.path.clock(unit, view.length * exact::Rational(i, parts));
    texts.push_back(short_count(exact::to_double(behind / whole * 100)) + "%");
  }
  return texts;
}

std::vector<std::vector<std::string>> position_labels(const View& view) {
  constexpr int quarters = 4;
  std::vector<std::vector<std::string>> rows;
  if (view.unit) {
    const auto amount = [&](const exact::Rational& updates) {
      return view.bound.path.clock(*view.unit, updates);
    };
    rows.emplace_back();
    for (int i = 0; i <= quarters; ++i)
      rows.back().push_back(
          short_count(exact::to_double(amount(view.length * exact::Rational(i, quarters)))));
    rows.back().back() +=
        fmt::format(" {}", amount(view.length) == 1 ? singular(*view.unit) : plural(*view.unit));
  }
  if (view.has_run() || view.any_run) rows.push_back(shares(view, quarters));
  if (!view.unit) rows.back().back() += " of the run";
  return rows;
}

// An origin on the planned path is one phase; what a `min` combines has no boundaries of its own.
std::vector<Picture::Phase> named_phases(const compile::CompiledPolicy& policy, const View& view,
                                         std::size_t output) {
  std::vector<Picture::Phase> phases;
  const auto& curves = view.bound.phases[output];
  if (curves.size() != 1) return phases;
  for (const bind::PlacedPhase& phase : curves.front()) {
    if (phase.start >= view.length) break;
    phases.push_back(
        {exact::to_double(phase.start / view.length), words(policy.origins[phase.origin])});
  }
  return phases;
}

}  // namespace

std::string draw(const Picture& picture, const Size& size) { return Drawing(picture, size).draw(); }

Picture picture_of(const compile::CompiledPolicy& policy, const View& view, std::size_t output,
                   std::size_t slot, std::string title) {
  Picture picture;
  picture.title = std::move(title);
  constexpr std::size_t short_hash = 5 + 12;  // `lrc1:` and enough digits to tell two apart
  picture.hash =
      fmt::format("{}  {}", view.bound.program.outputs[output], policy.hash.substr(0, short_hash));
  picture.columns = [&view, slot, output](std::size_t columns) {
    return sample(view.bound.program, slot, view.length, columns, boundaries(view, output));
  };
  const std::string& name = view.bound.program.outputs[output];
  picture.level_suffix = view.peakless.contains(name) ? "x" : "";
  picture.phases = named_phases(policy, view, output);
  picture.positions = position_labels(view);
  picture.notes = view.notes;
  if (!view.drawn.empty()) picture.notes.push_back(view.drawn);
  return picture;
}

std::vector<exact::Rational> boundaries(const View& view, std::size_t output) {
  std::vector<exact::Rational> places;
  for (const auto& curve : view.bound.phases[output]) {
    for (const bind::PlacedPhase& phase : curve) {
      if (phase.start > 0) places.push_back(phase.start);
      if (phase.end) places.push_back(*phase.end);
    }
  }
  return places;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

std::string shortened(const std::string& text, std::size_t columns, Letters letters) {
  if (columns_of(text) <= columns) return text;
  const std::string dots = letters == Letters::unicode ? "…" : "...";
  const std::size_t keep = columns > columns_of(dots) ? columns - columns_of(dots) : 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < keep; ++i)
    at += std::max<std::size_t>(1, source::utf8_sequence(std::string_view(text).substr(at)));
  return text.substr(0, at) + dots;
}

}  // namespace lrc::picture
