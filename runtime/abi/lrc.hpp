// lrc.h for C++20: the same calls, with owners, spans and results. Header only; needs nothing but
// lrc.h and the standard library.
//
//   auto policy = lrc::Policy::open("pretrain.lrp");
//   auto run = policy.value().bind({.run = "100K steps", .peak = "3e-4", .names = names});
//   if (!run) return report(run.error().text);
//   for (…) { const std::span<const double> values = run->values(); …; run->advance(); }
//   run->save_file("run.state");
//
// What each call means, its units and which threads may make it is said in lrc.h. Nothing here
// throws but Result::value, and std::bad_alloc where a text is returned.
#ifndef LRC_HPP
#define LRC_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lrc.h"

namespace lrc {

enum class Status {
  refused = LRC_REFUSED,
  wrong_call = LRC_WRONG_CALL,
  environment = LRC_ENVIRONMENT,
  limit = LRC_LIMIT,
  bug = LRC_BUG
};

struct Error {
  Status status;
  std::string text;  // for a person: what was seen, the reason and the fix
};

// A value, or why there is none.
template <typename Value>
class [[nodiscard]] Result {
 public:
  Result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Throws std::runtime_error with the error's text where there is no value.
  [[nodiscard]] Value& value() & { return present(), *std::get_if<0>(&content_); }
  [[nodiscard]] const Value& value() const& { return present(), *std::get_if<0>(&content_); }
  [[nodiscard]] Value&& value() && { return present(), std::move(*std::get_if<0>(&content_)); }

  // Only where there is a value.
  [[nodiscard]] Value& operator*() & { return *std::get_if<0>(&content_); }
  [[nodiscard]] const Value& operator*() const& { return *std::get_if<0>(&content_); }
  [[nodiscard]] Value&& operator*() && { return std::move(*std::get_if<0>(&content_)); }
  [[nodiscard]] Value* operator->() { return std::get_if<0>(&content_); }
  [[nodiscard]] const Value* operator->() const { return std::get_if<0>(&content_); }

  // Only where there is none.
  [[nodiscard]] const Error& error() const& { return *std::get_if<1>(&content_); }
  [[nodiscard]] Error&& error() && { return std::move(*std::get_if<1>(&content_)); }

 private:
  void present() const {
    if (!has_value()) throw std::runtime_error(error().text);
  }
  std::variant<Value, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  // Throws std::runtime_error with the error's text where there is one.
  void value() const {
    if (error_) throw std::runtime_error(error_->text);
  }
  [[nodiscard]] const Error& error() const& { return *error_; }  // only where there is one
  [[nodiscard]] Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

namespace detail {

// The text that `write(buffer, size)` gives, by the contract of lrc.h. A text that grows between
// two calls is asked for again.
template <typename Write>
std::string text_of(Write write) {
  std::string text;
  for (std::size_t size = write(nullptr, 0); size > 0;) {
    text.resize(size);
    size = write(text.data(), text.size() + 1);
    if (size <= text.size()) {
      text.resize(size);
      return text;
    }
  }
  return {};
}

inline Error last_error(lrc_status status) {
  return {static_cast<Status>(status), text_of(lrc_last_error)};
}

inline Result<void> result_of(lrc_status status) {
  if (status == LRC_FINE) return {};
  return last_error(status);
}

inline const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

inline std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

template <auto Release>
struct Releaser {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Release(handle);
  }
};

}  // namespace detail

enum class Backend {
  fastest = LRC_FASTEST,
  interpreter = LRC_INTERPRETER,
  native = LRC_NATIVE,
};

// The facts of a run, as a person writes them; what is empty was not said.
struct Facts {
  std::string run = {};                      // "100K steps"
  std::string peak = {};                     // "3e-4", of lr
  std::string batch = {};                    // "512 samples", per step
  std::vector<std::string> rates = {};       // "1 epoch = 100 steps"
  std::vector<std::string> parameters = {};  // "floor=1e-5"
  std::vector<std::string> names = {};       // of the tensors that the optimizer updates
  Backend backend = Backend::fastest;
};

enum class Outcome {
  accepted = LRC_ACCEPTED,
  not_finite = LRC_NOT_FINITE,
  duplicate = LRC_DUPLICATE,
  older = LRC_OLDER,
  conflicting = LRC_CONFLICTING,
  unknown = LRC_UNKNOWN,
};

// What an observation did.
struct Observed {
  Outcome outcome;
  std::size_t fired;  // how many rules
};

// A policy that is bound to the facts of a run, and its clock. Movable; the thread rules are those
// of `lrc_run`: const members from any thread, the others from the trainer's.
class Run {
 public:
  // Owns the run.
  explicit Run(lrc_run* run)
      : run_(run),
        outputs_(names(lrc_outputs(run), lrc_output_name)),
        groups_(names(lrc_groups(run), lrc_group_name)),
        values_(outputs_.size() * groups_.size()) {}

  [[nodiscard]] std::string policy() const { return text(LRC_RUN_POLICY); }
  [[nodiscard]] std::string version() const { return text(LRC_RUN_VERSION); }
  [[nodiscard]] std::string hash() const { return text(LRC_RUN_HASH); }
  [[nodiscard]] std::string run_hash() const { return text(LRC_RUN_RUN_HASH); }
  [[nodiscard]] std::string layout_hash() const { return text(LRC_RUN_LAYOUT_HASH); }
  [[nodiscard]] std::string facts() const { return text(LRC_RUN_FACTS); }
  [[nodiscard]] std::string backend() const { return text(LRC_RUN_BACKEND); }
  [[nodiscard]] std::string agreement() const { return text(LRC_RUN_AGREEMENT); }
  [[nodiscard]] std::string update_line() const { return text(LRC_RUN_UPDATE); }
  [[nodiscard]] std::string report() const { return text(LRC_RUN_REPORT); }

  // The names of outputs and of groups, by number. Only a load may change them (`keep` brings the
  // saved policy back): who holds numbers asks again when `loads` has grown.
  [[nodiscard]] const std::vector<std::string>& outputs() const { return outputs_; }
  [[nodiscard]] const std::vector<std::string>& groups() const { return groups_; }
  [[nodiscard]] std::optional<std::size_t> output(std::string_view name) const {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i] == name) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t loads() const { return loads_; }
  // Of Facts::names[name].
  [[nodiscard]] std::size_t group_of_name(std::size_t name) const {
    return lrc_group_of_name(run_.get(), name);
  }
  // Before this update the group's lr is 0.
  [[nodiscard]] std::int64_t frozen_until(std::size_t group) const {
    return lrc_frozen_until(run_.get(), group);
  }
  // Whether the value is the same at every update from `from` on, whatever rules see.
  [[nodiscard]] bool is_constant(std::size_t output, std::size_t group = 0,
                                 std::int64_t from = 0) const {
    return lrc_is_constant_from(run_.get(), output, group, from) != 0;
  }
  [[nodiscard]] std::int64_t updates() const { return lrc_updates(run_.get()); }

  [[nodiscard]] std::int64_t step() const { return lrc_step(run_.get()); }

  // The values of the coming update, output by output for group 0, then for group 1, …; they stay
  // until the next call.
  [[nodiscard]] std::span<const double> values() {
    lrc_values(run_.get(), values_.data());
    return values_;
  }
  [[nodiscard]] double value(std::size_t output, std::size_t group = 0) {
    return lrc_value(run_.get(), output, group);
  }

  // With rules at rest, laid out like `values`.
  [[nodiscard]] Result<std::vector<double>> evaluate(std::int64_t step) const {
    std::vector<double> values(values_.size());
    if (const auto status = lrc_evaluate(run_.get(), step, values.data()))
      return detail::last_error(status);
    return values;
  }
  // One value at first, first + stride, …: as many as `values` has room for.
  [[nodiscard]] Result<void> evaluate_range(std::size_t output, std::size_t group,
                                            std::int64_t first, std::int64_t stride,
                                            std::span<double> values) const {
    return detail::result_of(
        lrc_evaluate_range(run_.get(), output, group, first, stride, values.size(), values.data()));
  }

  void advance() { lrc_advance(run_.get()); }

  Observed observe(const char* metric, double value, std::int64_t evaluation) {
    Observed observed{Outcome::unknown, 0};
    observed.outcome =
        static_cast<Outcome>(lrc_observe(run_.get(), metric, value, evaluation, &observed.fired));
    return observed;
  }
  Observed observe(const std::string& metric, double value, std::int64_t evaluation) {
    return observe(metric.c_str(), value, evaluation);
  }

  // A line of JSON; nothing when there is no event that was not taken.
  [[nodiscard]] std::optional<std::string> next_event() {
    std::string line = detail::text_of([this](char* buffer, std::size_t size) {
      return lrc_next_event(run_.get(), buffer, size);
    });
    if (line.empty()) return std::nullopt;
    return line;
  }

  [[nodiscard]] std::string save() const {
    return detail::text_of(
        [this](char* buffer, std::size_t size) { return lrc_save(run_.get(), buffer, size); });
  }
  [[nodiscard]] Result<void> save_file(const std::string& path) {
    return detail::result_of(lrc_save_file(run_.get(), path.c_str()));
  }
  // `word` as in lrc.h; empty is none.
  [[nodiscard]] Result<void> load(std::string_view record, const std::string& word = {}) {
    return loaded(lrc_load(run_.get(), record.data(), record.size(), detail::or_null(word)));
  }
  [[nodiscard]] Result<void> load_file(const std::string& path, const std::string& word = {}) {
    return loaded(lrc_load_file(run_.get(), path.c_str(), detail::or_null(word)));
  }

  [[nodiscard]] std::string explain(std::int64_t step) const {
    return detail::text_of([this, step](char* buffer, std::size_t size) {
      return lrc_explain(run_.get(), step, buffer, size);
    });
  }

  [[nodiscard]] lrc_run* get() const { return run_.get(); }

 private:
  [[nodiscard]] std::string text(lrc_run_text what) const {
    return detail::text_of([this, what](char* buffer, std::size_t size) {
      return lrc_run_get(run_.get(), what, buffer, size);
    });
  }
  template <typename NameOf>
  [[nodiscard]] std::vector<std::string> names(std::size_t count, NameOf name_of) const {
    std::vector<std::string> result(count);
    for (std::size_t i = 0; i < count; ++i) {
      result[i] = detail::text_of([this, i, name_of](char* buffer, std::size_t size) {
        return name_of(run_.get(), i, buffer, size);
      });
    }
    return result;
  }
  Result<void> loaded(lrc_status status) {
    if (status != LRC_FINE) return detail::last_error(status);
    outputs_ = names(lrc_outputs(run_.get()), lrc_output_name);
    groups_ = names(lrc_groups(run_.get()), lrc_group_name);
    values_.resize(outputs_.size() * groups_.size());
    ++loads_;
    return {};
  }

  std::unique_ptr<lrc_run, detail::Releaser<lrc_run_release>> run_;
  std::vector<std::string> outputs_;
  std::vector<std::string> groups_;
  std::vector<double> values_;
  std::size_t loads_ = 0;
};

// An artifact, or the text of a policy. Movable; may be used by several threads at once.
class Policy {
 public:
  [[nodiscard]] static Result<Policy> open(const std::string& path) {
    lrc_policy* policy = nullptr;
    const lrc_status status = lrc_policy_open(path.c_str(), &policy);
    return opened(status, policy);
  }
  // Bytes of an artifact, the text of a file, or one sentence.
  [[nodiscard]] static Result<Policy> read(std::string_view bytes) {
    lrc_policy* policy = nullptr;
    const lrc_status status = lrc_policy_read(bytes.data(), bytes.size(), &policy);
    return opened(status, policy);
  }

  [[nodiscard]] std::string name() const { return text(LRC_POLICY_NAME); }
  [[nodiscard]] std::string version() const { return text(LRC_POLICY_VERSION); }
  [[nodiscard]] std::string hash() const { return text(LRC_POLICY_HASH); }
  [[nodiscard]] std::string canonical() const { return text(LRC_POLICY_CANONICAL); }
  [[nodiscard]] std::string needs() const { return text(LRC_POLICY_NEEDS); }

  // The run goes on when the policy is gone.
  [[nodiscard]] Result<Run> bind(const Facts& facts = {}) const {
    const auto rates = detail::pointers(facts.rates);
    const auto parameters = detail::pointers(facts.parameters);
    const auto names = detail::pointers(facts.names);
    lrc_facts given{};
    given.size = sizeof given;
    given.run = detail::or_null(facts.run);
    given.peak = detail::or_null(facts.peak);
    given.batch = detail::or_null(facts.batch);
    given.rates = rates.data();
    given.rate_count = rates.size();
    given.parameters = parameters.data();
    given.parameter_count = parameters.size();
    given.names = names.data();
    given.name_count = names.size();
    given.backend = static_cast<lrc_backend>(facts.backend);
    lrc_run* run = nullptr;
    if (const auto status = lrc_bind(policy_.get(), &given, &run))
      return detail::last_error(status);
    return Run(run);
  }

  [[nodiscard]] lrc_policy* get() const { return policy_.get(); }

 private:
  explicit Policy(lrc_policy* policy) : policy_(policy) {}
  static Result<Policy> opened(lrc_status status, lrc_policy* policy) {
    if (status != LRC_FINE) return detail::last_error(status);
    return Policy(policy);
  }
  [[nodiscard]] std::string text(lrc_policy_text what) const {
    return detail::text_of([this, what](char* buffer, std::size_t size) {
      return lrc_policy_get(policy_.get(), what, buffer, size);
    });
  }

  std::unique_ptr<lrc_policy, detail::Releaser<lrc_policy_release>> policy_;
};

// Whether a run is among the share ("10%") of runs that try a new policy first.
[[nodiscard]] inline Result<bool> canary(const std::string& run_id, const std::string& share,
                                         const std::string& salt = {}) {
  int chosen = 0;
  const lrc_status status = lrc_canary(run_id.c_str(), share.c_str(), salt.c_str(), &chosen);
  if (status != LRC_FINE) return detail::last_error(status);
  return chosen != 0;
}

}  // namespace lrc

#endif
