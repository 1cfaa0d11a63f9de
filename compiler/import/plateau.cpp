#include "compiler/import/plateau.h"

#include <fmt/format.h>

namespace lrc::import {
namespace {

std::string evaluations(double count) {
  return fmt::format("{} {}", import::count(count), count == 1 ? "eval" : "evals");
}

}  // namespace

void add_plateau(Draft& draft, const Plateau& plateau) {
  std::string rule =
      fmt::format("on plateau of {} {} for {}", plateau.metric,
                  plateau.falls ? "falling" : "rising", evaluations(plateau.patience + 1));
  if (plateau.threshold != 0)
    rule += fmt::format(", threshold {} {}", number(plateau.threshold),
                        plateau.relative ? "relative" : "absolute");
  if (plateau.cooldown > 0) rule += ", cooldown " + evaluations(plateau.cooldown);
  rule += plateau.after + ", counting nonfinite {\n";
  rule += fmt::format("lr by {}, not below {}", number(plateau.factor), number(plateau.floor));
  if (plateau.ignored > 0) rule += ", ignoring changes under " + number(plateau.ignored);
  draft.rules.push_back(rule + "\n}");
  draft.comments.push_back(fmt::format("The peer bears {} that {} not better; the next one cuts.",
                                       evaluations(plateau.patience),
                                       plateau.patience == 1 ? "is" : "are"));
}

Plateau torch_plateau(const Arguments& arguments) {
  Plateau plateau;
  plateau.falls = arguments.choice("mode", "min", {"min", "max"}) == "min";
  plateau.factor = arguments.number("factor", plateau.factor);
  plateau.patience = arguments.whole("patience", plateau.patience);
  plateau.threshold = arguments.number("threshold", plateau.threshold);
  plateau.relative = arguments.choice("threshold_mode", "rel", {"rel", "abs"}) == "rel";
  plateau.cooldown = arguments.whole("cooldown", 0);
  plateau.floor = arguments.number("min_lr", 0);
  plateau.ignored = arguments.number("eps", plateau.ignored);
  return plateau;
}

}  // namespace lrc::import
