// The functions of lrc.h: arguments are checked here, and nothing else is done.

#include "runtime/abi/lrc.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "runtime/abi/error.h"
#include "runtime/abi/policy.h"
#include "runtime/abi/run.h"
#include "runtime/host/canary.h"
#include "runtime/host/constant.h"
#include "runtime/state_file/state_file.h"

using lrc::abi::copy_text;
using lrc::abi::failed;
using lrc::abi::guarded;
using lrc::abi::guarded_text;

namespace {

lrc_status wrong(const char* what) { return failed(LRC_WRONG_CALL, what); }

std::optional<std::string> optional_text(const char* text) {
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

// Of texts that are all there, or nothing.
std::optional<std::vector<std::string>> texts(const char* const* items, std::size_t count) {
  if (items == nullptr && count > 0) return std::nullopt;
  std::vector<std::string> result;
  for (std::size_t k = 0; k < count; ++k) {
    if (items[k] == nullptr) return std::nullopt;
    result.emplace_back(items[k]);
  }
  return result;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// `NAME=VALUE`.
bool split(const std::vector<std::string>& settings, lrc::abi::FactTexts& facts) {
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) return false;
    facts.parameters.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return true;
}

lrc_status read_request(const lrc_facts* given, lrc::abi::BindRequest& request) {
  if (given == nullptr) return LRC_FINE;
  lrc_facts facts{};
  if (given->size < offsetof(lrc_facts, run) + sizeof(facts.run) || given->size > sizeof facts)
    return wrong("lrc_facts.size is not sizeof(lrc_facts)");
  std::memcpy(&facts, given, given->size);
  const auto rates = texts(facts.rates, facts.rate_count);
  const auto parameters = texts(facts.parameters, facts.parameter_count);
  auto names = texts(facts.names, facts.name_count);
  if (!rates || !parameters || !names) return wrong("a list of lrc_facts has a NULL in it");
  if (facts.backend > LRC_NATIVE) return wrong("lrc_facts.backend is none of lrc_backend");
  request.facts = {
      optional_text(facts.run), optional_text(facts.peak), optional_text(facts.batch), *rates, {}};
  if (!split(*parameters, request.facts))
    return wrong("a parameter of lrc_facts is not of the form NAME=VALUE");
  request.names = std::move(*names);
  request.backend = facts.backend;
  return LRC_FINE;
}

template <class Value>
lrc_status give_policy(lrc::abi::Result<Value> policy, lrc_policy** handle) {
  if (!policy) return failed(std::move(policy.error()));
  *handle = new lrc_policy{std::move(*policy)};
  return LRC_FINE;
}

// Whether first, first + stride, … are all updates.
bool is_range(std::int64_t first, std::int64_t stride, std::size_t count) {
  if (count == 0) return true;
  std::int64_t last = 0;
  return first >= 0 && count - 1 <= static_cast<std::size_t>(lrc::runtime::maximum_step) &&
         !__builtin_mul_overflow(static_cast<std::int64_t>(count - 1), stride, &last) &&
         !__builtin_add_overflow(first, last, &last) && last >= 0;
}

lrc_status status_of(const lrc::abi::Result<std::monostate>& result) {
  return result ? LRC_FINE : failed(result.error());
}

std::string policy_text(const lrc::abi::Description& description, lrc_policy_text what) {
  switch (what) {
    case LRC_POLICY_NAME: return description.name;
    case LRC_POLICY_VERSION:
      return description.name.empty() ? "" : std::to_string(description.version);
    case LRC_POLICY_HASH: return description.hash;
    case LRC_POLICY_CANONICAL: return description.canonical;
    case LRC_POLICY_NEEDS: return joined(description.needs);
  }
  return "";
}

}  // namespace

extern "C" {

uint32_t lrc_abi_version(void) { return LRC_ABI_VERSION; }
const char* lrc_version(void) { return LRC_VERSION; }

size_t lrc_last_error(char* buffer, size_t size) {
  return copy_text(lrc::abi::last_error(), buffer, size);
}

lrc_status lrc_policy_open(const char* path, lrc_policy** policy) {
  if (path == nullptr || policy == nullptr)
    return wrong("lrc_policy_open takes a path and a handle");
  return guarded([&] { return give_policy(lrc::abi::Policy::open(path), policy); });
}

lrc_status lrc_policy_read(const void* bytes, size_t size, lrc_policy** policy) {
  if (bytes == nullptr || policy == nullptr)
    return wrong("lrc_policy_read takes bytes and a handle");
  return guarded([&] {
    return give_policy(lrc::abi::Policy::read({static_cast<const char*>(bytes), size}), policy);
  });
}

void lrc_policy_release(lrc_policy* policy) { delete policy; }

size_t lrc_policy_get(const lrc_policy* policy, lrc_policy_text what, char* buffer, size_t size) {
  return guarded_text(buffer, size, [&]() -> std::string {
    const auto description = policy->policy->description();
    if (description) return policy_text(**description, what);
    failed(description.error());
    return "";
  });
}

lrc_status lrc_bind(const lrc_policy* policy, const lrc_facts* facts, lrc_run** run) {
  if (policy == nullptr || run == nullptr) return wrong("lrc_bind takes a policy and a handle");
  return guarded([&] {
    lrc::abi::BindRequest request;
    if (const lrc_status status = read_request(facts, request); status != LRC_FINE) return status;
    auto bound = lrc::abi::bind(policy->policy, request);
    if (!bound) return failed(std::move(bound.error()));
    *run = new lrc_run{lrc::abi::Run(std::move(*bound))};
    return LRC_FINE;
  });
}

void lrc_run_release(lrc_run* run) { delete run; }

size_t lrc_run_get(const lrc_run* run, lrc_run_text what, char* buffer, size_t size) {
  return guarded_text(buffer, size, [&] { return run->run.text(what); });
}

size_t lrc_outputs(const lrc_run* run) { return run->run.program().outputs.size(); }
size_t lrc_groups(const lrc_run* run) { return run->run.program().group_sets.size(); }

size_t lrc_output_name(const lrc_run* run, size_t output, char* buffer, size_t size) {
  if (output >= lrc_outputs(run)) return copy_text("", buffer, size);
  return copy_text(run->run.program().outputs[output], buffer, size);
}

size_t lrc_group_name(const lrc_run* run, size_t group, char* buffer, size_t size) {
  if (group >= lrc_groups(run)) return copy_text("", buffer, size);
  return guarded_text(buffer, size, [&] { return run->run.group_name(group); });
}

size_t lrc_group_of_name(const lrc_run* run, size_t name) {
  const auto& groups = run->run.group_of_name();
  return name < groups.size() ? groups[name] : 0;
}

int64_t lrc_frozen_until(const lrc_run* run, size_t group) {
  return group < lrc_groups(run) ? run->run.program().frozen_until[group] : 0;
}

int lrc_is_constant(const lrc_run* run, size_t output, size_t group) {
  return lrc_is_constant_from(run, output, group, 0);
}

int lrc_is_constant_from(const lrc_run* run, size_t output, size_t group, int64_t from) {
  const lrc::runtime::Program& program = run->run.program();
  if (output >= lrc_outputs(run) || group >= lrc_groups(run)) return 0;
  const std::int64_t first = std::clamp<std::int64_t>(from, 0, lrc::runtime::maximum_step);
  return lrc::runtime::is_constant(program, program.slot(output, group), first) ? 1 : 0;
}

int64_t lrc_updates(const lrc_run* run) { return run->run.program().updates; }

int64_t lrc_step(const lrc_run* run) { return run->run.schedule().step(); }

void lrc_values(lrc_run* run, double* values) {
  const auto current = run->run.values();
  std::memcpy(values, current.data(), current.size_bytes());
}

double lrc_value(lrc_run* run, size_t output, size_t group) {
  if (output >= lrc_outputs(run) || group >= lrc_groups(run))
    return std::numeric_limits<double>::quiet_NaN();
  return run->run.values()[run->run.program().slot(output, group)];
}

lrc_status lrc_evaluate(const lrc_run* run, int64_t step, double* values) {
  if (run == nullptr || values == nullptr) return wrong("lrc_evaluate takes a run and values");
  if (step < 0) return wrong("updates are counted from 0");
  const auto& schedule = run->run.schedule();
  schedule.evaluate(step, {values, schedule.program().slots.size()});
  return LRC_FINE;
}

lrc_status lrc_evaluate_range(const lrc_run* run, size_t output, size_t group, int64_t first,
                              int64_t stride, size_t count, double* values) {
  if (run == nullptr || (values == nullptr && count > 0))
    return wrong("lrc_evaluate_range takes a run and values");
  if (output >= lrc_outputs(run) || group >= lrc_groups(run))
    return wrong("there is no such output or group");
  if (!is_range(first, stride, count)) return wrong("updates are counted in [0, 2^63)");
  return guarded([&] {
    run->run.evaluate_range({output, group}, first, stride, {values, count});
    return LRC_FINE;
  });
}

void lrc_advance(lrc_run* run) { run->run.advance(); }

lrc_outcome lrc_observe(lrc_run* run, const char* metric, double value, int64_t evaluation,
                        size_t* fired) {
  const auto observation = run->run.observe(metric == nullptr ? "" : metric, value, evaluation);
  if (fired != nullptr) *fired = observation.fired.size();
  return static_cast<lrc_outcome>(observation.outcome);
}

size_t lrc_save(const lrc_run* run, char* buffer, size_t size) {
  return guarded_text(buffer, size,
                      [&] { return lrc::runtime::save_state(run->run.schedule().state()); });
}

lrc_status lrc_save_file(lrc_run* run, const char* path) {
  if (run == nullptr || path == nullptr) return wrong("lrc_save_file takes a run and a path");
  return guarded([&] { return status_of(run->run.save_file(path)); });
}

lrc_status lrc_write_record(const char* path, const void* record, size_t size) {
  if (path == nullptr || record == nullptr)
    return wrong("lrc_write_record takes a path and a record");
  return guarded([&] {
    const std::string_view text(static_cast<const char*>(record), size);
    if (const auto state = lrc::runtime::load_state(text); !state)
      return failed(LRC_REFUSED, state.error());
    const auto written = lrc::runtime::write_state_file(path, text);
    return written ? LRC_FINE : failed(LRC_ENVIRONMENT, written.error());
  });
}

lrc_status lrc_load_file(lrc_run* run, const char* path, const char* word) {
  if (run == nullptr || path == nullptr) return wrong("lrc_load_file takes a run and a path");
  return guarded([&] { return status_of(run->run.load_file(path, optional_text(word))); });
}

lrc_status lrc_load(lrc_run* run, const void* record, size_t size, const char* word) {
  if (run == nullptr || record == nullptr) return wrong("lrc_load takes a run and a record");
  return guarded([&] {
    return status_of(run->run.load({static_cast<const char*>(record), size}, optional_text(word)));
  });
}

void lrc_disagree(lrc_run* run, int64_t rank, const char* what) {
  run->run.disagree(rank, what == nullptr ? "" : what);
}

lrc_status lrc_canary(const char* run_id, const char* share, const char* salt, int* chosen) {
  if (run_id == nullptr || share == nullptr || chosen == nullptr)
    return wrong("lrc_canary takes the name of a run, a share and where to put the answer");
  const auto parsed = lrc::runtime::parse_share(share);
  if (!parsed) return wrong("a share is written as 10% or 0.5%, from 0% to 100%");
  return guarded([&] {
    *chosen = lrc::runtime::canary(run_id, *parsed, salt == nullptr ? "" : salt) ? 1 : 0;
    return LRC_FINE;
  });
}

size_t lrc_next_event(lrc_run* run, char* buffer, size_t size) {
  size_t whole = 0;
  guarded([&] {
    const std::string line = run->run.event_line();
    whole = copy_text(line, buffer, size);
    if (whole > 0 && whole < size) run->run.drop_event();
    return LRC_FINE;
  });
  return whole;
}

size_t lrc_explain(const lrc_run* run, int64_t step, char* buffer, size_t size) {
  return guarded_text(buffer, size,
                      [&] { return step < 0 ? std::string() : run->run.explain(step); });
}

}  // extern "C"
