#include "runtime/events/watch.h"

#include <algorithm>

#include "runtime/arithmetic/environment.h"
#include "runtime/events/line.h"
#include "runtime/host/evaluate.h"

namespace lrc::runtime {
namespace {

std::uint32_t index_of(std::span<const std::string> names, std::string_view name) noexcept {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? Event::none : static_cast<std::uint32_t>(found - names.begin());
}

bool bounded(const Limits& limits) { return limits != Limits{}; }

Event::Clamp place_in(const Limits& limits, double value) {
  if (value <= limits.low) return Event::Clamp::low;
  return value >= limits.high ? Event::Clamp::high : Event::Clamp::left;
}

// The first update of the phase behind phase `index` of the same output.
std::int64_t end_of(const Program& program, std::uint32_t index) {
  const std::size_t next = std::size_t{index} + 1;
  const bool last = index == Event::none || next == program.phases.size() ||
                    program.phases[next].output != program.phases[index].output;
  return last ? maximum_step : program.phases[next].start;
}

}  // namespace

Watch::Watch(const Program& program, std::int64_t updates)
    : program_(program),
      updates_(updates),
      phases_(program.outputs.size(), Event::none),
      at_rest_(program.reactions.size(), 1.0),
      lr_(index_of(program.outputs, "lr")) {
  for (std::uint32_t slot = 0; slot < program.clamps.size(); ++slot) {
    if (bounded(program.clamps[slot])) clamped_.push_back(slot);
  }
  at_.resize(clamped_.size(), Event::Clamp::left);
}

void Watch::begin(std::int64_t step, Ring& ring) noexcept {
  std::fill(phases_.begin(), phases_.end(), Event::none);
  std::fill(at_.begin(), at_.end(), Event::Clamp::left);
  told_zero_ = ended_ = false;
  passed(step, ring);
}

void Watch::passed(std::int64_t step, Ring& ring) noexcept {
  next_ = ended_ ? maximum_step : updates_;
  for (std::uint32_t output = 0; output < phases_.size(); ++output) {
    const std::uint32_t phase = phase_at(program_, output, step);
    if (phase != phases_[output]) {
      Event event;
      event.kind = Event::Kind::phase;
      event.update = step;
      event.output = output;
      event.subject = phase;
      ring.push(event);
      phases_[output] = phase;
    }
    next_ = std::min(next_, end_of(program_, phase));
  }
  if (!ended_ && step >= updates_ && updates_ < maximum_step) {
    Event event;
    event.kind = Event::Kind::end;
    event.update = step;
    ring.push(event);
    ended_ = true;
    passed(step, ring);
  }
}

void Watch::clamps(std::int64_t step, std::span<const double> values, Ring& ring) noexcept {
  for (std::size_t k = 0; k < clamped_.size(); ++k) {
    const std::uint32_t slot = clamped_[k];
    const Event::Clamp now =
        frozen(slot, step) ? Event::Clamp::left : place_in(program_.clamps[slot], values[slot]);
    if (now == at_[k]) continue;
    Event event;
    event.kind = Event::Kind::clamp;
    event.clamp = now;
    event.update = step;
    event.output = program_.slots[slot].output;
    event.group = program_.slots[slot].group_set;
    event.value = values[slot];
    ring.push(event);
    at_[k] = now;
  }
}

// Its 0 is none of its clamp's.
bool Watch::frozen(std::uint32_t slot, std::int64_t step) const noexcept {
  const Slot& at = program_.slots[slot];
  return at.output == lr_ && at.group_set < program_.frozen_until.size() &&
         step < program_.frozen_until[at.group_set];
}

// Behind the planned end nobody asks for anything.
bool Watch::asked_for_zero(std::int64_t step) const noexcept {
  const ArithmeticEnvironment environment;
  return step < updates_ && evaluate(program_, lr_, step, at_rest_.data()) == 0;
}

void Watch::valued(std::int64_t step, std::span<const double> values, Ring& ring) noexcept {
  if (!clamped_.empty()) clamps(step, values, ring);
  if (lr_ == Event::none || values[lr_] != 0 || told_zero_ || asked_for_zero(step)) return;
  told_zero_ = true;
  Event event;
  event.kind = Event::Kind::zero;
  event.update = step;
  event.output = lr_;
  event.value = values[lr_];
  ring.push(event);
}

void tell(const Program& program, std::string_view metric, double value, std::int64_t evaluation,
          std::int64_t update, const Observation& seen, Ring& ring) noexcept {
  Event event;
  event.kind = Event::Kind::observation;
  event.update = update;
  event.subject = index_of(program.metrics, metric);
  event.evaluation = evaluation;
  event.value = value;
  event.outcome = seen.outcome;
  if (event.subject == Event::none) event.call(metric);
  ring.push(event);
  for (const std::uint32_t rule : seen.fired)
    tell_firing(program, rule, evaluation, update, [&](const Event& told) { ring.push(told); });
}

}  // namespace lrc::runtime
