#pragma once
// Owners of the C handles, for tests.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lrc.h"

namespace lrc::abi_tests {

struct Release {
  void operator()(lrc_policy* policy) const { lrc_policy_release(policy); }
  void operator()(lrc_run* run) const { lrc_run_release(run); }
};
using PolicyHandle = std::unique_ptr<lrc_policy, Release>;
using RunHandle = std::unique_ptr<lrc_run, Release>;

// As often as a text is asked for, first its length.
template <class Call>
std::string text_of(const Call& call) {
  std::string text(call(nullptr, 0), '\0');
  call(text.data(), text.size() + 1);
  return text;
}
inline std::string last_error() {
  return text_of([](char* buffer, std::size_t size) { return lrc_last_error(buffer, size); });
}
inline std::string text(const PolicyHandle& policy, lrc_policy_text what) {
  return text_of([&](char* buffer, std::size_t size) {
    return lrc_policy_get(policy.get(), what, buffer, size);
  });
}
inline std::string text(const RunHandle& run, lrc_run_text what) {
  return text_of(
      [&](char* buffer, std::size_t size) { return lrc_run_get(run.get(), what, buffer, size); });
}
inline std::string group_name(const RunHandle& run, std::size_t group) {
  return text_of([&](char* buffer, std::size_t size) {
    return lrc_group_name(run.get(), group, buffer, size);
  });
}
inline std::string saved(const RunHandle& run) {
  return text_of([&](char* buffer, std::size_t size) { return lrc_save(run.get(), buffer, size); });
}

inline PolicyHandle read(std::string_view bytes) {
  lrc_policy* policy = nullptr;
  EXPECT_EQ(lrc_policy_read(bytes.data(), bytes.size(), &policy), LRC_FINE) << last_error();
  return PolicyHandle(policy);
}

struct Facts {
  const char* run = nullptr;
  const char* peak = nullptr;
  std::vector<const char*> parameters = {};
  lrc_backend backend = LRC_FASTEST;
};

struct Bound {
  lrc_status status;
  RunHandle run;
};
inline Bound try_bind(const PolicyHandle& policy, const Facts& facts,
                      const std::vector<const char*>& names = {}) {
  lrc_facts given{};
  given.size = sizeof given;
  given.run = facts.run;
  given.peak = facts.peak;
  given.parameters = facts.parameters.data();
  given.parameter_count = facts.parameters.size();
  given.names = names.data();
  given.name_count = names.size();
  given.backend = facts.backend;
  lrc_run* run = nullptr;
  const lrc_status status = lrc_bind(policy.get(), &given, &run);
  return {status, RunHandle(run)};
}
inline RunHandle bind(const PolicyHandle& policy, const Facts& facts,
                      const std::vector<const char*>& names = {}) {
  Bound bound = try_bind(policy, facts, names);
  EXPECT_EQ(bound.status, LRC_FINE) << last_error();
  return std::move(bound.run);
}
inline Bound refusal(const PolicyHandle& policy, const Facts& facts,
                     const std::vector<const char*>& names = {}) {
  Bound bound = try_bind(policy, facts, names);
  EXPECT_EQ(bound.run, nullptr);
  return bound;
}

}  // namespace lrc::abi_tests
