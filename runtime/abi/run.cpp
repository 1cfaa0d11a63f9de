#include "runtime/abi/run.h"

#include <algorithm>
#include <array>
#include <cfenv>
#include <limits>
#include <utility>

#include "runtime/abi/open_compiler.h"
#include "runtime/events/line.h"
#include "runtime/host/fields.h"
#include "runtime/host/sha256.h"
#include "runtime/host/state_layout.h"
#include "runtime/state_file/state_file.h"

namespace lrc::abi {
namespace {

std::string_view rounding_name() {
  switch (std::fegetround()) {
    case FE_TONEAREST: return "nearest";
    case FE_UPWARD: return "upward";
    case FE_DOWNWARD: return "downward";
    case FE_TOWARDZERO: return "toward zero";
    default: return "unknown";
  }
}

// Asked of the thread's arithmetic itself: half of the smallest normal number is a subnormal.
std::string_view subnormals_name() {
  volatile double smallest = std::numeric_limits<double>::min();
  volatile double half = smallest / 2;
  return half == 0 ? "flushed" : "kept";
}

// Of a load whose record could not be read.
runtime::Event load_of_nothing() {
  runtime::Event event;
  event.kind = runtime::Event::Kind::load;
  event.count = 0;
  return event;
}

runtime::Event load_of(const runtime::State& state, std::int64_t older) {
  runtime::Event event = load_of_nothing();
  event.count = older;
  event.evaluation = state.step;
  event.call(runtime::record_name(state));
  return event;
}

// Longer lists are told by their digest.
constexpr std::size_t maximum_values_told = 64;

}  // namespace

std::string values_told(const runtime::Program& program, std::span<const double> values,
                        std::size_t output) {
  std::string all;
  for (std::size_t set = 0; set < program.group_sets.size(); ++set)
    all += (set == 0 ? "" : " ") + runtime::hex(values[program.slot(output, set)]);
  if (program.group_sets.size() <= maximum_values_told) return all;
  return "sha256 " + runtime::hex(runtime::sha256(all));
}

Run::Run(BoundProgram bound)
    : policy_(std::move(bound.policy)),
      code_(std::move(bound.code)),
      group_of_name_(std::move(bound.group_of_name)),
      native_(bound.function != nullptr),
      schedule_(std::move(bound.program), bound.function, std::move(bound.canonical)) {
  events_.push({});  // of kind `start`
  watch_.emplace(program(), program().updates);
  watch_->begin(0, events_);
}

std::string Run::text(lrc_run_text what) const {
  const runtime::Identity& identity = program().identity;
  switch (what) {
    case LRC_RUN_POLICY: return identity.policy;
    case LRC_RUN_VERSION: return identity.policy.empty() ? "" : std::to_string(identity.version);
    case LRC_RUN_HASH: return identity.hash;
    case LRC_RUN_RUN_HASH: return identity.run_hash;
    case LRC_RUN_LAYOUT_HASH: return runtime::layout_hash(program());
    case LRC_RUN_FACTS: return identity.facts;
    case LRC_RUN_BACKEND: return native_ ? "native" : "interpreter";
    case LRC_RUN_AGREEMENT: return agreement();
    case LRC_RUN_UPDATE: return update_line();
    case LRC_RUN_REPORT: return report_;
  }
  return "";
}

std::string Run::agreement() const {
  std::string text;
  const auto line = [&text](std::string_view key, std::string_view value) {
    text.append(key).append(" ").append(value).append("\n");
  };
  const runtime::Identity& identity = program().identity;
  line("lrc", LRC_VERSION);
  line("hash", identity.hash);
  line("run_hash", identity.run_hash);
  line("layout", runtime::layout_hash(program()));
  const runtime::Position position = schedule_.position();
  line("step", std::to_string(position.step));
  const std::vector<double> values = schedule_.coming_values(position);
  for (std::size_t output = 0; output < program().outputs.size(); ++output)
    line("values " + program().outputs[output], values_told(program(), values, output));
  line("rounding", rounding_name());
  line("subnormals", subnormals_name());
  return text;
}

std::string Run::update_line() const {
  const runtime::Position position = schedule_.position();
  return runtime::update_line(program(), position.step, schedule_.coming_values(position));
}

std::string Run::group_name(std::size_t group) const {
  return runtime::group_set_name(program(), group);
}

std::span<const double> Run::values() noexcept {
  if (values_.empty()) {
    values_ = schedule_.values();
    // On the way from other values an end of the clamp means nothing.
    if (schedule_.step() >= settled_) watch_->valued(schedule_.step(), values_, events_);
  }
  return values_;
}

void Run::evaluate_range(Place place, std::int64_t first, std::int64_t stride,
                         std::span<double> values) const {
  const std::size_t slot = program().slot(place.output, place.group);
  const std::size_t slots = program().slots.size();
  // One value is asked for more often than a curve, and then an allocation is a quarter of it.
  std::array<double, 64> few;
  std::vector<double> many(slots > few.size() ? slots : 0);
  const std::span<double> all = many.empty() ? std::span(few).first(slots) : std::span(many);
  std::int64_t step = first;
  for (std::size_t k = 0; k < values.size(); ++k) {
    schedule_.evaluate(step, all);
    values[k] = all[slot];
    if (k + 1 < values.size()) step += stride;
  }
}

void Run::advance() noexcept {
  schedule_.advance();
  values_ = {};
  watch_->advanced(schedule_.step(), events_);
}

runtime::Observation Run::observe(std::string_view metric, double value,
                                  std::int64_t evaluation) noexcept {
  values_ = {};
  const auto seen = schedule_.observe(metric, value, evaluation);
  runtime::tell(program(), metric, value, evaluation, schedule_.step(), seen, events_);
  return seen;
}

Result<std::monostate> Run::load(std::string_view record, const std::optional<std::string>& word) {
  const auto state = runtime::load_state(record);
  if (state) return load(*state, 0, word);
  tell_load(load_of_nothing(), false, "");
  return refuse(LRC_REFUSED, state.error());
}

Result<std::monostate> Run::load_file(const std::string& path,
                                      const std::optional<std::string>& word) {
  const auto file = runtime::read_state_file(path);
  if (file) return load(file->state, file->damage.empty() ? 0 : 1, word);
  tell_load(load_of_nothing(), false, "");
  return refuse(LRC_ENVIRONMENT, file.error());
}

Result<std::monostate> Run::load(const runtime::State& state, std::int64_t older,
                                 const std::optional<std::string>& word) {
  std::optional<runtime::Word> parsed;
  if (word) {
    const auto read = runtime::parse_word(*word);
    if (!read) return refuse(LRC_WRONG_CALL, read.error());
    parsed = *read;
  }
  const bool keeps = parsed && parsed->kind == runtime::Word::Kind::keep;
  const runtime::Event event = load_of(state, older);
  auto report = keeps && !is_of(state, program()) ? keep(state) : resume(state, parsed);
  tell_load(event, report.has_value(), word ? runtime::text_of(*parsed) : std::string());
  if (!report) return tl::unexpected(report.error());
  report_ = std::move(*report);
  note_transition(schedule_.position().transition);
  return {};
}

void Run::note_transition(const runtime::Transition& transition) {
  settled_ = transition.begin + transition.updates;
}

void Run::go_to(const runtime::Position& position) {
  const bool back = position.step < schedule_.step();
  schedule_.stand_at(position);
  note_transition(position.transition);
  values_ = {};
  if (back)
    watch_->begin(position.step, events_);
  else
    watch_->advanced(position.step, events_);
}

void Run::tell_load(runtime::Event event, bool fine, std::string_view word) noexcept {
  event.fine = fine;
  event.update = schedule_.step();
  events_.push(event);
  if (!fine) return;
  if (!word.empty()) {
    event = {};
    event.kind = runtime::Event::Kind::word;
    event.update = schedule_.step();
    event.call(word);
    events_.push(event);
  }
  watch_->begin(schedule_.step(), events_);
}

Result<std::monostate> Run::save_file(const std::string& path) {
  const auto written = runtime::write_state_file(path, runtime::save_state(schedule_.state()));
  runtime::Event event;
  event.kind = runtime::Event::Kind::save;
  event.fine = written.has_value();
  event.update = schedule_.step();
  events_.push(event);
  if (!written) return refuse(LRC_ENVIRONMENT, written.error());
  return {};
}

void Run::disagree(std::int64_t rank, std::string_view what) noexcept {
  runtime::Event event;
  event.kind = runtime::Event::Kind::mismatch;
  event.update = schedule_.step();
  event.count = rank;
  event.call(what);
  events_.push(event);
}

std::string Run::event_line() const {
  if (!earlier_.empty()) return earlier_.front();
  const runtime::Event* event = events_.front();
  return event == nullptr ? std::string() : runtime::line(program(), *event);
}

void Run::drop_event() noexcept {
  if (earlier_.empty())
    events_.pop();
  else
    earlier_.pop_front();
}

Result<std::string> Run::resume(const runtime::State& state,
                                const std::optional<runtime::Word>& word) {
  auto resumed = schedule_.resume(state, word);
  if (!resumed) return refuse(LRC_REFUSED, std::move(resumed.error()));
  values_ = {};
  return std::move(*resumed);
}

// The trainer has the outputs and groups of this run by their numbers: those of the saved policy
// must be the same.
Result<std::string> Run::keep(const runtime::State& state) {
  if (state.canonical.empty()) {
    return refuse(LRC_REFUSED,
                  "the saved state does not carry its policy, which is too long: bind "
                  "the policy file that the saved run used, and load without a word");
  }
  const auto compiler = open_compiler();
  if (!compiler) return tl::unexpected(compiler.error());
  const auto compiled =
      (*compiler)->from_canonical(state.canonical, state.identity.policy, state.identity.version);
  if (!compiled) return tl::unexpected(compiled.error());
  if (auto fits = same_trainer((*compiled)->description()); !fits)
    return tl::unexpected(fits.error());
  auto saved =
      (*compiled)->bind_again(state.identity.facts, program().outputs, program().group_sets);
  if (!saved) return tl::unexpected(saved.error());
  const auto function = native_ ? (*compiler)->native(*saved).value_or(nullptr) : nullptr;
  for (; events_.front() != nullptr; events_.pop())
    earlier_.push_back(runtime::line(program(), *events_.front()));
  auto kept = schedule_.keep(std::move(*saved), function, state);
  if (!kept) return refuse(LRC_REFUSED, std::move(kept.error()));
  native_ = function != nullptr;
  values_ = {};
  watch_.emplace(program(), program().updates);
  return std::move(*kept);
}

Result<std::monostate> Run::same_trainer(const Description& saved) const {
  std::vector<std::string> then = saved.outputs, now = program().outputs;
  std::ranges::sort(then);
  std::ranges::sort(now);
  const bool same_groups = std::ranges::equal(
      saved.groups, program().groups, [](const runtime::Group& one, const runtime::Group& other) {
        return one.name == other.name && one.patterns == other.patterns;
      });
  if (then == now && same_groups) return {};
  return refuse(LRC_REFUSED,
                "`keep` goes on with the saved policy, whose outputs or groups are not those that "
                "this trainer was set up for: bind the policy file that the saved run used, and "
                "load without a word");
}

}  // namespace lrc::abi
