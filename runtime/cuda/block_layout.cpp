#include "runtime/cuda/block_layout.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace lrc::cuda {
namespace {

using runtime::Position;
using runtime::Program;

constexpr std::uint64_t alignment = 64;

std::size_t window_of(const runtime::Rule& rule) {
  return rule.trigger == runtime::Rule::Trigger::spike ? static_cast<std::size_t>(rule.count) : 0;
}

// Hands out the parts of a block one after the other, and keeps the sum below what overflows.
class Parts {
 public:
  template <class Element>
  std::uint64_t next(std::size_t count) {
    const std::uint64_t begin = end_;
    const std::uint64_t most = maximum_block_bytes / sizeof(Element);
    if (count > most || end_ > maximum_block_bytes) {
      end_ = maximum_block_bytes + alignment;
      return begin;
    }
    end_ += (count * sizeof(Element) + alignment - 1) / alignment * alignment;
    return begin;
  }
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  std::uint64_t end_ = (sizeof(Block) + alignment - 1) / alignment * alignment;
};

struct Sizes {
  std::size_t watched = 0, observed = 0;
};

Sizes sizes_of(const Program& program) {
  Sizes sizes;
  for (const runtime::Rule& rule : program.rules) {
    sizes.watched += rule.metrics.size();
    sizes.observed += window_of(rule);
  }
  return sizes;
}

void lay_out(const Program& program, Block& head) {
  const Sizes sizes = sizes_of(program);
  Parts parts;
  head.values64 = parts.next<double>(program.slots.size());
  head.values32 = parts.next<float>(program.slots.size());
  head.starts = parts.next<double>(program.slots.size());
  head.metric = parts.next<Metric>(program.metrics.size());
  head.rule = parts.next<Rule>(program.rules.size());
  head.watched = parts.next<std::uint32_t>(sizes.watched);
  head.reaction = parts.next<Reaction>(program.reactions.size());
  head.rule_state = parts.next<RuleState>(program.rules.size());
  head.reaction_state = parts.next<ReactionState>(program.reactions.size());
  head.observed = parts.next<Observed>(sizes.observed);
  head.factors = parts.next<double>(program.reactions.size());
  head.tried = parts.next<double>(program.reactions.size());
  head.event = parts.next<Event>(head.events);
  head.bytes = parts.end();
}

template <class Element>
Element* part(std::vector<std::byte>& block, std::uint64_t offset) {
  return reinterpret_cast<Element*>(block.data() + offset);
}

// Element k of a part; a copy, since the bytes may lie anywhere.
template <class Element>
Element element(std::span<const std::byte> block, std::uint64_t offset, std::size_t k) {
  Element value;
  std::memcpy(&value, block.data() + offset + k * sizeof value, sizeof value);
  return value;
}

std::int64_t units(std::int64_t updates, std::int64_t skipped, std::int64_t each) {
  std::int64_t all = 0;
  if (__builtin_add_overflow(updates, skipped, &all) || __builtin_mul_overflow(all, each, &all))
    return std::numeric_limits<std::int64_t>::max();
  return all;
}

void write_clocks(const Position& position, const Counts& counts, Block& head) {
  head.step = position.step;
  head.skipped = counts.skipped;
  head.told = counts.told;
  head.samples = units(position.step, counts.skipped, head.samples_each);
  head.tokens = units(position.step, counts.skipped, head.tokens_each);
  head.transition_begin = position.transition.begin;
  head.transition_updates = position.transition.updates;
}

Rule rule_of(const runtime::Rule& rule) {
  return {static_cast<Rule::Trigger>(rule.trigger),
          rule.upwards,
          rule.relative,
          rule.counting,
          rule.level,
          rule.count,
          rule.cooldown,
          rule.after,
          0,
          static_cast<std::uint32_t>(rule.metrics.size()),
          rule.first_reaction,
          rule.reactions,
          0,
          static_cast<std::uint32_t>(window_of(rule))};
}

RuleState state_of(const runtime::RuleState& state) {
  return {state.best,   state.in_a_row, state.resting,    state.since,
          state.oldest, state.held,     state.last_firing};
}

void write_rules(const Program& program, const runtime::RulesState& state, const Block& head,
                 std::vector<std::byte>& block) {
  std::uint32_t watched = 0, observed = 0;
  for (std::size_t k = 0; k < program.rules.size(); ++k) {
    Rule& rule = part<Rule>(block, head.rule)[k];
    rule = rule_of(program.rules[k]);
    rule.first_metric = watched;
    rule.first_observed = observed;
    for (const std::uint32_t metric : program.rules[k].metrics)
      part<std::uint32_t>(block, head.watched)[watched++] = metric;
    part<RuleState>(block, head.rule_state)[k] = state_of(state.rules[k]);
    for (const runtime::Observed& seen : state.rules[k].ring)
      part<Observed>(block, head.observed)[observed++] = {seen.updates, seen.value};
  }
}

void write_reactions(const Program& program, const Position& position, const Block& head,
                     std::vector<std::byte>& block) {
  const std::size_t count = program.reactions.size();
  for (std::size_t k = 0; k < count; ++k) {
    const runtime::Reaction& reaction = program.reactions[k];
    const runtime::ReactionState& state = position.rules.reactions[k];
    part<Reaction>(block, head.reaction)[k] = {reaction.by, reaction.updates, reaction.most,
                                               reaction.ignored};
    part<ReactionState>(block, head.reaction_state)[k] = {state.factor, state.until, state.firings};
  }
  runtime::factors_at(program, position.rules, position.step,
                      {part<double>(block, head.factors), count});
}

void write_metrics(const runtime::RulesState& state, const Block& head,
                   std::vector<std::byte>& block) {
  for (std::size_t k = 0; k < state.metrics.size(); ++k) {
    Metric metric;
    metric.evaluation = state.metrics[k].evaluation;
    if (state.metrics[k].seen) {  // once more, which is nothing: a count in the mailbox goes on
      metric.value = std::bit_cast<double>(state.metrics[k].bits);
      metric.given = state.metrics[k].evaluation;
    }
    metric.bits = state.metrics[k].bits;
    metric.seen = state.metrics[k].seen;
    part<Metric>(block, head.metric)[k] = metric;
  }
}

void write_values(std::span<const double> values, const runtime::Transition& transition,
                  const Block& head, std::vector<std::byte>& block) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    part<double>(block, head.values64)[k] = values[k];
    part<float>(block, head.values32)[k] = static_cast<float>(values[k]);
    part<double>(block, head.starts)[k] = std::numeric_limits<double>::quiet_NaN();
  }
  for (const runtime::Transition::Start& start : transition.starts)
    part<double>(block, head.starts)[start.slot] = start.value;
}

static_assert(std::has_unique_object_representations_v<Block>, "compared as bytes");

// The part of a head that no update changes.
Block fixed_part(Block head) {
  head.samples_each = head.tokens_each = 0;
  head.found_inf = 0;
  head.step = head.samples = head.tokens = head.skipped = 0;
  head.transition_begin = head.transition_updates = 0;
  head.pending = head.told = 0;
  return head;
}

// The oldest first, so that a ring of any turn is the same state.
tl::expected<runtime::RuleState, std::string> rule_state(const RuleState& state,
                                                         std::span<const Observed> window) {
  if (state.held > window.size() || (state.held > 0 && state.oldest >= window.size()))
    return tl::unexpected(std::string("a window holds more than its rule looks at"));
  runtime::RuleState result;
  result.best = state.best;
  result.in_a_row = state.in_a_row;
  result.resting = state.resting;
  result.since = state.since;
  result.last_firing = state.last_firing;
  result.held = state.held;
  for (std::size_t k = 0; k < state.held; ++k) {
    const Observed& seen = window[(state.oldest + k) % window.size()];
    result.ring.push_back({seen.updates, seen.value});
  }
  return result;
}

// What the block says, not yet held against the program.
tl::expected<runtime::RulesState, std::string> told_rules(const Program& program, const Block& head,
                                                          std::span<const std::byte> block) {
  runtime::RulesState told;
  for (std::size_t k = 0; k < program.metrics.size(); ++k) {
    const auto metric = element<Metric>(block, head.metric, k);
    told.metrics.push_back({program.metrics[k], metric.seen != 0, metric.evaluation, metric.bits});
  }
  std::size_t observed = 0;
  for (std::size_t k = 0; k < program.rules.size(); ++k) {
    std::vector<Observed> window(window_of(program.rules[k]));
    for (Observed& seen : window) seen = element<Observed>(block, head.observed, observed++);
    auto state = rule_state(element<RuleState>(block, head.rule_state, k), window);
    if (!state) return tl::unexpected(std::move(state.error()));
    told.rules.push_back(std::move(*state));
  }
  for (std::size_t k = 0; k < program.reactions.size(); ++k) {
    const auto state = element<ReactionState>(block, head.reaction_state, k);
    told.reactions.push_back({state.factor, state.until, state.firings});
  }
  return told;
}

tl::expected<runtime::Transition, std::string> transition_of(const Block& layout, const Block& head,
                                                             std::span<const std::byte> block) {
  runtime::Transition transition{head.transition_begin, head.transition_updates, {}};
  if (transition.updates == 0) return runtime::Transition{};
  if (transition.begin < 0 || transition.begin > head.step || transition.updates < 0)
    return tl::unexpected(std::string("its transition does not begin before its clock"));
  if (!transition.acts_at(head.step)) return runtime::Transition{};
  for (std::uint32_t slot = 0; slot < layout.slots; ++slot) {
    const auto start = element<double>(block, layout.starts, slot);
    if (std::isinf(start))
      return tl::unexpected(std::string("its transition begins at a value that is not finite"));
    if (!std::isnan(start)) transition.starts.push_back({slot, start});
  }
  return transition;
}

}  // namespace

std::string wrong_options(const BlockOptions& options) {
  if (!std::has_single_bit(options.events) || options.events > maximum_ring_events)
    return "the ring of events holds a power of two of them, at most " +
           std::to_string(maximum_ring_events) + ", and not " + std::to_string(options.events);
  for (const std::int64_t each : {options.samples_each, options.tokens_each}) {
    if (each < 0 || each > maximum_units_each)
      return "an update takes from 0 to " + std::to_string(maximum_units_each) +
             " samples or tokens, and not " + std::to_string(each);
  }
  if (options.found_inf % sizeof(float) != 0)
    return "found_inf is the device address of a float, and no float begins at " +
           std::to_string(options.found_inf);
  return "";
}

tl::expected<BlockLayout, std::string> BlockLayout::of(const Program& program,
                                                       const BlockOptions& options) {
  Block head;
  head.slots = static_cast<std::uint32_t>(program.slots.size());
  head.metrics = static_cast<std::uint32_t>(program.metrics.size());
  head.rules = static_cast<std::uint32_t>(program.rules.size());
  head.reactions = static_cast<std::uint32_t>(program.reactions.size());
  head.events = static_cast<std::uint32_t>(options.events);
  head.found_inf = options.found_inf;
  head.samples_each = options.samples_each;
  head.tokens_each = options.tokens_each;
  lay_out(program, head);
  if (head.bytes > maximum_block_bytes)
    return tl::unexpected("a device schedule has at most " + std::to_string(maximum_block_bytes) +
                          " bytes, and this one, of " + std::to_string(program.slots.size()) +
                          " values, would have more");
  return BlockLayout(head);
}

std::vector<std::byte> BlockLayout::block(const Program& program, const Position& position,
                                          std::span<const double> values,
                                          const Counts& counts) const {
  std::vector<std::byte> block(head_.bytes);
  write_metrics(position.rules, head_, block);
  write_rules(program, position.rules, head_, block);
  write_reactions(program, position, head_, block);
  write_values(values, position.transition, head_, block);
  Block head = head_;
  write_clocks(position, counts, head);
  std::memcpy(block.data(), &head, sizeof head);
  return block;
}

tl::expected<Position, std::string> BlockLayout::position(const Program& program,
                                                          std::span<const std::byte> block) const {
  if (block.size() != head_.bytes)
    return tl::unexpected(std::string("it has not the size of this program's block"));
  const auto head = element<Block>(block, 0, 0);
  const Block fixed = fixed_part(head), expected = fixed_part(head_);
  if (std::memcmp(&fixed, &expected, sizeof fixed) != 0)
    return tl::unexpected(std::string("it is not laid out as this program's block"));
  if (head.step < 0) return tl::unexpected(std::string("its clock stands before the first update"));
  const auto told = told_rules(program, head_, block);
  if (!told) return tl::unexpected(told.error());
  auto rules = fitting(program, *told);
  if (!rules) return tl::unexpected(std::move(rules.error()));
  auto transition = transition_of(head_, head, block);
  if (!transition) return tl::unexpected(std::move(transition.error()));
  return Position{head.step, std::move(*rules), std::move(*transition)};
}

}  // namespace lrc::cuda
