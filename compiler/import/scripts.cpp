// Schedules that are functions in training scripts: nanoGPT's train.py, llm.c's schedulers.h.

#include <algorithm>

#include "compiler/import/families.h"

namespace lrc::import {

// The warmup would reach its peak one update after it ends.
Draft nanogpt(const Case& given) {
  const Arguments arguments = given.call("get_lr");
  const double warmup = arguments.number("warmup_iters"), end = arguments.number("lr_decay_iters");
  const Level floor = plain(arguments.number("min_lr"));
  Draft draft;
  draft.set_peak(arguments.number("learning_rate"));
  const bool decays = arguments.flag("decay_lr", true);
  arguments.ignore({"max_iters"});
  arguments.finish();
  Chain chain;
  if (!decays) {
    chain.hold(x(1));
    draft.add("lr", chain);
    return draft;
  }
  if (warmup < end) draft.set_run(end);
  chain.warmup(warmup, warmup + 1);
  if (warmup < end)
    chain.ramp(cosine(), x(1), floor, end - warmup);
  else
    chain.hold(floor);
  draft.add("lr", chain);
  return draft;
}

namespace {

void add_llmc(Draft& draft, const std::string& type, double warmup, double total, Level floor) {
  Chain chain;
  constexpr float stable_share = 0.8F;
  const double decay_at = static_cast<int>(stable_share * static_cast<float>(total));
  if (type != "constant") draft.set_run(total);
  if (type != "constant") chain.warmup(warmup);
  if (type == "constant")
    chain.hold(x(1));
  else if (type == "wsd") {
    const double begin = std::max(warmup, decay_at);
    chain.hold(x(1), begin - warmup);
    chain.ramp_over(named("sqrt"), x(1), floor, decay_at, total, total - begin);
  } else {
    chain.ramp(named(type), x(1), floor, total - warmup);
  }
  draft.add("lr", chain);
}

}  // namespace

Draft llmc(const Case& given) {
  const Arguments arguments = given.call("lr_scheduler_init");
  const std::string type =
      arguments.choice("type", "cosine", {"cosine", "linear", "constant", "wsd"});
  const double warmup = arguments.whole("warmup_iterations", 0);
  const double total = arguments.whole("train_num_batches");
  const Level floor = x(arguments.number("final_learning_rate_frac", 0));
  Draft draft;
  draft.set_peak(arguments.number("learning_rate"));
  arguments.finish();
  if (type != "constant")
    draft.comments.push_back("Computed in float32 there; behind the run it aborts.");
  if (type != "constant" && warmup >= total)
    refuse_unsayable("a warmup as long as the run", "the peer aborts where the decay would begin");
  add_llmc(draft, type, warmup, total, floor);
  return draft;
}

}  // namespace lrc::import
