#pragma once
// The memory of a schedule on a GPU. The host lays it out and reads it (block_layout.h); the
// function of device/update.h moves it. One block in device memory, without a pointer in it: where
// a part begins is said in bytes from the block's beginning, so that a copy on the host is the same
// thing. Included by device code: nothing here needs a library.

#include <stdint.h>

namespace lrc::cuda {

inline constexpr uint32_t block_version = 1;

// Where the trainer leaves a metric, and what was taken of it.
struct Metric {
  double value = 0;        // written by the trainer, before
  int64_t given = -1;      // this, its evaluation, which rises; below 0: there is none yet
  int64_t evaluation = 0;  // the last one that was taken
  uint64_t bits = 0;       // of its value
  uint32_t seen = 0;       // whether one was taken
  uint32_t conflict = 0;   // whether the conflict at hand was told
};

// As runtime::Rule and runtime::Reaction, where the names say what they mean.
struct Rule {
  enum class Trigger : uint32_t { plateau, spike, nonfinite, threshold };
  Trigger trigger = Trigger::plateau;
  uint32_t upwards = 0;
  uint32_t relative = 0;
  uint32_t counting = 0;
  double level = 0;
  int64_t count = 1;
  int64_t cooldown = 0;
  int64_t after = 0;
  uint32_t first_metric = 0;  // in the part of watched metrics
  uint32_t metrics = 0;
  uint32_t first_reaction = 0;
  uint32_t reactions = 0;
  uint32_t first_observed = 0;  // in the part of observations: its window
  uint32_t window = 0;          // how many of them
};

struct Reaction {
  double by = 1;
  int64_t updates = 0;
  int64_t most = INT64_MAX;
  double ignored = -1;
};

// As runtime::Observed, RuleState and ReactionState.
struct Observed {
  int64_t updates = 0;
  double value = 0;
};

struct RuleState {
  double best = 0;
  int64_t in_a_row = 0;
  int64_t resting = 0;
  int64_t since = -1;
  uint64_t oldest = 0;
  uint64_t held = 0;
  int64_t last_firing = -1;
};

struct ReactionState {
  double factor = 1;
  int64_t until = 0;
  int64_t firings = 0;
};

// What is told of an update. The entry of event n (from 0) is n modulo the ring's size; its
// `number` is n + 1 once all of it is written and 0 while it is being written, so that a reader
// that comes at any time knows what it has.
struct Event {
  enum class Kind : uint32_t { observation, firing, skipped };
  uint64_t number = 0;
  Kind kind = Kind::observation;
  uint32_t outcome = 0;  // of an observation, as runtime::Observation::Outcome
  uint32_t subject = 0;  // a metric or a rule
  uint32_t unused = 0;
  int64_t update = 0;  // the coming one
  int64_t evaluation = 0;
  double value = 0;
};

struct Block {
  uint32_t version = block_version;
  uint32_t slots = 0;
  uint32_t metrics = 0;
  uint32_t rules = 0;
  uint32_t reactions = 0;
  uint32_t events = 0;  // of the ring: a power of two
  uint64_t bytes = 0;   // of the whole block

  // Where parts begin; each at a multiple of 64.
  uint64_t values64 = 0;        // double, by slot: what the coming update uses
  uint64_t values32 = 0;        // float: the same, rounded once to nearest
  uint64_t starts = 0;          // double, by slot: where a transition comes from; NaN: nowhere
  uint64_t metric = 0;          // Metric
  uint64_t rule = 0;            // Rule
  uint64_t watched = 0;         // uint32_t: metrics of rules
  uint64_t reaction = 0;        // Reaction
  uint64_t rule_state = 0;      // RuleState
  uint64_t reaction_state = 0;  // ReactionState
  uint64_t observed = 0;        // Observed
  uint64_t factors = 0;         // double, by reaction: of the coming update
  uint64_t tried = 0;           // double, by reaction: while a rule weighs what it would do
  uint64_t event = 0;           // Event

  // Written by the host alone, between launches.
  uint64_t found_inf = 0;  // device address of a float that is not 0 where the update was skipped;
                           // 0: none is skipped
  int64_t samples_each = 0;  // of one update
  int64_t tokens_each = 0;
  int64_t transition_begin = 0;    // as runtime::Transition
  int64_t transition_updates = 0;  // 0: none

  // The clocks. Samples and tokens count skipped updates, too: their data is gone.
  int64_t step = 0;  // updates applied
  int64_t samples = 0;
  int64_t tokens = 0;
  int64_t skipped = 0;
  // Whether values were handed out for an update that no clock has counted yet.
  uint64_t pending = 0;

  uint64_t told = 0;  // events so far
};

}  // namespace lrc::cuda
