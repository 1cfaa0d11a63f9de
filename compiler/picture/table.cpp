#include "compiler/picture/table.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/compile/marks.h"
#include "compiler/diagnostics/render.h"
#include "compiler/picture/numbers.h"
#include "compiler/picture/places.h"
#include "compiler/picture/plot.h"

namespace lrc::picture {
namespace {

using diagnostics::printable;

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t size = columns_of(text);
  return text + std::string(width > size ? width - size : 0, ' ');
}

// Lines of cells; every column is as wide as its widest cell.
std::string aligned(const std::vector<std::vector<std::string>>& lines, std::string_view indent) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()), 0);
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row(indent);
    for (std::size_t i = 0; i < line.size(); ++i) row += padded(line[i], widths[i] + 2);
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

std::string number_text(const exact::Number& value) {
  return exact::spoken(value, [](const exact::Rational& literal) {
    return marked_number(exact::to_double(literal));
  });
}

std::string level_text(const exact::Level& value) {
  return number_text(value.amount) + (value.relative ? "x" : "");
}

std::string clamp_text(const std::string& output, const policy::Clamp& clamp) {
  return fmt::format("clamp {} to {} .. {}", output, level_text(clamp.low), level_text(clamp.high));
}

// Long words are broken at spaces, so that the table stays readable.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines = {""};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && columns_of(lines.back()) + 1 + columns_of(word) > width)
      lines.emplace_back();
    if (!lines.back().empty()) lines.back() += " ";
    lines.back() += word;
    at = end + 1;
  }
  return lines;
}

class Table {
 public:
  explicit Table(const Explained& explained)
      : explained_(explained), policy_(explained.policy), counts_(counts(explained.view)) {}

  std::string text() const {
    std::string text = explained_.title + "\n" + aligned(facts(), "  ");
    for (const OutputPhases& output : phases_of(policy_, explained_.view)) text += phases(output);
    text += clamps() + groups() + rules();
    if (!explained_.view.notes.empty()) text += "\n";
    for (const std::string& note : explained_.view.notes) text += note + "\n";
    return text;
  }

 private:
  std::vector<std::vector<std::string>> facts() const {
    const policy::Policy& policy = policy_.policy;
    std::vector<std::vector<std::string>> lines = {{"hash", policy_.hash}};
    const auto& missing = explained_.view.missing;
    if (missing.empty())
      lines.push_back({"run hash", explained_.view.bound.program.identity.run_hash});
    for (const std::string& owner : policy.owners) lines.push_back({"owner", printable(owner)});
    std::vector<std::string> stated;
    if (policy.run) stated.push_back(words(policy.run->span));
    for (const auto& rate : policy.rates) stated.push_back(words(rate.span));
    for (const policy::Peak& peak : policy.peaks) stated.push_back(words(peak.span));
    for (const policy::Parameter& item : policy.parameters) {
      const std::string text = words(item.span);
      if (std::find(stated.begin(), stated.end(), text) == stated.end()) stated.push_back(text);
    }
    const auto add = [&](const std::string& head, const std::vector<std::string>& items) {
      for (std::size_t i = 0; i < items.size(); ++i)
        lines.push_back({i == 0 ? head : "", printable(items[i])});
    };
    add("stated", stated);
    add("given", given());
    add("marks", marks());
    lines.push_back(
        {"needs", missing.empty() ? "nothing" : fmt::format("{}", fmt::join(missing, ", "))});
    return lines;
  }

  // Each with its place in every count.
  std::vector<std::string> marks() const {
    std::vector<std::string> marks;
    for (const auto& [mark, updates] : compile::placed_marks(policy_, explained_.view.facts)) {
      std::vector<std::string> places;
      for (const Count& count : counts_) places.push_back(place_in(count, updates));
      marks.push_back(fmt::format("\"{}\" at {}", mark->name, fmt::join(places, ", ")));
    }
    return marks;
  }

  std::vector<std::string> given() const {
    const compile::FactTexts& texts = explained_.given;
    std::vector<std::string> given;
    if (texts.run) given.push_back("run " + *texts.run);
    if (texts.batch) given.push_back("batch " + *texts.batch + " per step");
    for (const std::string& rate : texts.rates) given.push_back(rate);
    if (texts.peak) given.push_back("peak " + *texts.peak);
    for (const auto& [name, value] : texts.parameters) given.push_back(name + " = " + value);
    return given;
  }

  std::string phases(const OutputPhases& output) const {
    const std::string where = output.group.empty() ? "" : " in group " + output.group;
    std::string text;
    for (std::size_t i = 0; i < output.timelines.size(); ++i) {
      const std::string part = output.timelines.size() > 1
                                   ? fmt::format(", part {} of {}", i + 1, output.timelines.size())
                                   : "";
      text += fmt::format("\n{}{}{}\n", output.output, where, part);
      std::vector<std::vector<std::string>> lines = {
          {"", "phase", "starts at", "ends at", "level", "", "read at the"}};
      for (std::size_t k = 0; k < output.timelines[i].size(); ++k)
        phase(output, output.timelines[i][k], k + 1, lines);
      text += aligned(lines, "  ");
    }
    return text;
  }

  // One line for each way to count; beside the first lines stand words and levels.
  void phase(const OutputPhases& output, const PhaseRow& row, std::size_t number,
             std::vector<std::vector<std::string>>& lines) const {
    constexpr std::size_t words_width = 36;
    std::vector<std::string> text = wrapped(printable(row.words), words_width);
    if (!row.cycles.empty()) text.push_back("(" + row.cycles + ")");
    const auto levels = this->levels(output, row);
    const std::size_t height = std::max({text.size(), counts_.size(), levels.size()});
    for (std::size_t i = 0; i < height; ++i) {
      std::vector<std::string> line(7);
      if (i == 0) line[0] = std::to_string(number);
      if (i < text.size()) line[1] = text[i];
      if (i < counts_.size()) {
        line[2] = place_in(counts_[i], row.start);
        if (row.end) line[3] = place_in(counts_[i], *row.end);
        if (!row.end && i == 0) line[3] = "never";
      }
      if (i < levels.size()) {
        line[4] = levels[i].first;
        line[5] = levels[i].second;
      }
      if (i == 0) line[6] = row.read_at_end ? "end" : "start";
      lines.push_back(std::move(line));
    }
  }

  // From and to: as values, and as shares of the peak.
  static std::vector<std::pair<std::string, std::string>> levels(const OutputPhases& output,
                                                                 const PhaseRow& row) {
    const auto text = [](double value, const char* suffix) {
      return value == 0 ? std::string("0") : marked_number(value) + suffix;
    };
    const auto pair = [&](double by, const char* suffix) {
      return std::pair(text(row.level_start / by, suffix),
                       row.level_end ? "to " + text(*row.level_end / by, suffix) : "");
    };
    if (output.in_shares) return {pair(1, "x")};
    std::vector<std::pair<std::string, std::string>> lines = {pair(1, "")};
    if (output.peak && *output.peak > 0) lines.push_back(pair(*output.peak, "x"));
    return lines;
  }

  std::string clamps() const {
    std::string text;
    for (const policy::Output& output : policy_.policy.outputs) {
      if (output.clamp) text += "\n" + clamp_text(output.name, *output.clamp) + "\n";
    }
    return text;
  }

  std::string groups() const {
    std::string text;
    for (const policy::Group& group : policy_.policy.groups) {
      std::string patterns;
      for (const std::string& pattern : group.patterns)
        patterns += fmt::format("{}\"{}\"", patterns.empty() ? "" : ", ", printable(pattern));
      text += fmt::format("\ngroup {} matches {}\n", group.name, patterns);
      for (const policy::Output& output : group.outputs)
        text += fmt::format("  {} = {}\n", output.name, printable(words(output.schedule.span)));
      for (const policy::Factor& factor : group.factors)
        text += fmt::format("  {} by {}\n", factor.output, number_text(factor.by));
      for (const policy::GroupClamp& item : group.clamps)
        text += "  " + clamp_text(item.output, item.clamp) + "\n";
    }
    return text;
  }

  std::string rules() const {
    std::string text;
    for (const policy::Rule& rule : policy_.policy.rules)
      text += "\n" + printable(words(rule.span)) + "\n";
    return text.empty() ? text : text + "\nrules are at rest in what is shown above\n";
  }

  const Explained& explained_;
  const compile::CompiledPolicy& policy_;
  std::vector<Count> counts_;
};

}  // namespace

std::string table(const Explained& explained) { return Table(explained).text(); }

nlohmann::ordered_json table_json(const Explained& explained) {
  using Json = nlohmann::ordered_json;
  const auto counts = picture::counts(explained.view);
  const auto place = [&](const exact::Rational& updates) {
    Json object = Json::object();
    for (const Count& count : counts)
      object[count.name] = exact::to_decimal(count.amount(updates), 20);
    return object;
  };
  Json outputs = Json::array();
  for (const OutputPhases& output : phases_of(explained.policy, explained.view)) {
    Json timelines = Json::array();
    for (const auto& timeline : output.timelines) {
      Json rows = Json::array();
      for (const PhaseRow& row : timeline) {
        Json object = {{"words", printable(row.words)}, {"start", place(row.start)}};
        object["end"] = row.end ? place(*row.end) : Json(nullptr);
        object["level_start"] = row.level_start;
        object["level_end"] = row.level_end ? Json(*row.level_end) : Json(nullptr);
        object["read_at"] = row.read_at_end ? "end" : "start";
        rows.push_back(std::move(object));
      }
      timelines.push_back(std::move(rows));
    }
    outputs.push_back({{"output", output.output},
                       {"group", output.group.empty() ? Json(nullptr) : Json(output.group)},
                       {"levels", output.in_shares ? "x" : "value"},
                       {"timelines", std::move(timelines)}});
  }
  Json marks = Json::array();
  for (const auto& [mark, updates] : compile::placed_marks(explained.policy, explained.view.facts))
    marks.push_back({{"name", printable(mark->name)}, {"at", place(updates)}});
  const policy::Policy& policy = explained.policy.policy;
  Json rules = Json::array();
  for (const policy::Rule& rule : policy.rules) rules.push_back(printable(words(rule.span)));
  const bool whole = explained.view.missing.empty();
  return {
      {"policy", policy.name.empty() ? Json(nullptr) : Json(policy.name)},
      {"version", policy.version},
      {"hash", explained.policy.hash},
      {"run_hash", whole ? Json(explained.view.bound.program.identity.run_hash) : Json(nullptr)},
      {"needs", explained.view.missing},
      {"outputs", std::move(outputs)},
      {"rules", std::move(rules)},
      {"marks", std::move(marks)},
      {"notes", explained.view.notes}};
}

}  // namespace lrc::picture
