#include "compiler/import/draft.h"

#include <algorithm>

#include <fmt/format.h>

namespace lrc::import {

void Draft::set_peak(double value) { peak = context.peak = value; }

void Draft::set_run(double value) {
  context.run = value;
  run_words = length(value, context.unit);
}

Chain Draft::with_run(const Chain& chain, std::optional<double> horizon) {
  const auto closed = horizon ? chain.closed_at(*horizon) : std::nullopt;
  if (!closed) return chain;
  set_run(*horizon);
  return *closed;
}

void Draft::add(const std::string& output, const Chain& chain, const std::string& conventions) {
  for (const std::string& definition : chain.definitions())
    if (std::find(definitions.begin(), definitions.end(), definition) == definitions.end())
      definitions.push_back(definition);
  Context own = context;
  if (output != "lr") own.peak.reset();
  add_text(output, chain.text(own) + conventions);
}

void Draft::add_text(const std::string& output, const std::string& schedule) {
  outputs.push_back({output, schedule});
}

std::string Draft::text() const {
  std::string text;
  for (const std::string& paragraph : comments) text += comment(paragraph);
  for (const std::string& definition : definitions) text += definition + "\n\n";
  text += fmt::format("policy {} version 1 {{\n", name);
  if (!peak_words.empty())
    text += "peak " + peak_words + "\n";
  else if (peak)
    text += "peak " + number(*peak) + "\n";
  if (!run_words.empty()) text += "run " + run_words + "\n";
  for (const std::string& fact : facts) text += fact + "\n";
  if (peak || !peak_words.empty() || !run_words.empty() || !facts.empty()) text += "\n";
  for (const Output& output : outputs)
    text += fmt::format("{} = {}\n", output.name, output.schedule);
  for (const std::string& rule : rules) text += rule + "\n";
  return text + "}\n";
}

}  // namespace lrc::import
