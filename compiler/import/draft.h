#pragma once
// A policy while it is put together.

#include <optional>
#include <string>
#include <vector>

#include "compiler/import/case.h"
#include "compiler/import/schedule.h"

namespace lrc::import {

struct Output {
  std::string name;
  std::string schedule;
};

struct Draft {
  std::vector<std::string> comments;  // a paragraph each
  std::vector<std::string> definitions;
  std::string name;
  std::optional<double> peak;
  std::string peak_words;  // a formula in its place
  std::vector<std::string> facts;
  std::vector<Output> outputs;
  std::vector<std::string> rules;
  std::string run_words;

  // The facts that phrases are written with.
  Context context;

  void set_peak(double value);
  void set_run(double value);
  // The length of the run, where a schedule that would go on holding ends with it.
  [[nodiscard]] Chain with_run(const Chain& chain, std::optional<double> horizon);
  // An output from its phases; what stands behind them (`, past end mirror`) as it is.
  void add(const std::string& output, const Chain& chain, const std::string& conventions = "");
  void add_text(const std::string& output, const std::string& schedule);

  [[nodiscard]] std::string text() const;
};

}  // namespace lrc::import
