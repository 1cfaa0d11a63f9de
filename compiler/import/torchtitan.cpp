// torchtitan's LRSchedulersContainer: a warmup read at the end of an update, a decay at its start.

#include <algorithm>
#include <cmath>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

struct Spans {
  double total, warmup, decay;
  std::string decay_words;
};

Spans spans(const Arguments& arguments, const Arguments& facts) {
  Spans spans;
  const auto own = arguments.maybe("total_steps");
  spans.total = own ? *own : facts.number("training_steps");
  spans.warmup = std::min(std::floor(arguments.number("warmup_steps", 200)), spans.total);
  spans.decay = spans.total - spans.warmup;
  const auto ratio = arguments.maybe("decay_ratio");
  if (!ratio) return spans;
  const double product = spans.total * *ratio, rounded = std::nearbyint(product);
  if (rounded > spans.decay) return spans;
  spans.decay = rounded;
  spans.decay_words = percent(*ratio);
  if (product != rounded) spans.decay_words += " rounded to even of the float product";
  return spans;
}

}  // namespace

Draft torchtitan(const Case& given) {
  const Arguments arguments = given.call("LRSchedulersContainer");
  const std::string type = arguments.choice("decay_type", "linear", {"linear", "sqrt", "cosine"});
  const Level floor = x(arguments.number("min_lr_factor", 0));
  const Spans lengths = spans(arguments, given.facts());
  arguments.finish();
  Draft draft;
  draft.set_peak(given.learning_rate());
  draft.set_run(lengths.total);
  Chain chain;
  chain.warmup(lengths.warmup);
  chain.hold(x(1), lengths.total - lengths.warmup - lengths.decay);
  chain.ramp(named(type), x(1), floor, lengths.decay, lengths.decay_words);
  draft.add("lr", chain, type == "cosine" && lengths.decay > 0 ? ", past end mirror" : "");
  if (type != "cosine")
    draft.comments.push_back("Behind the run the peer goes on below the floor; here it holds.");
  return draft;
}

}  // namespace lrc::import
