#include "compiler/lock/review.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/lock/file.h"

namespace lrc::lock {
namespace {

namespace fs = std::filesystem;
using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;
using diagnostics::Label;

std::string short_hash(std::string_view hash) {
  constexpr std::size_t shown_digits = 12;
  return std::string(hash.substr(0, hash.find(':') + 1 + shown_digits));
}

fs::path folder_of(const Candidate& candidate) {
  std::error_code error;
  return candidate.file ? fs::absolute(*candidate.file, error).parent_path()
                        : fs::current_path(error);
}

// The lock above the policy; one in the current folder, where `lrc lock` creates it; or none.
fs::path lock_path(const Candidate& candidate) {
  if (const auto found = find(folder_of(candidate))) return *found;
  std::error_code error;
  return fs::current_path(error) / file_name;
}

bool same_file(const Candidate& a, const Candidate& b) {
  std::error_code error;
  return a.file && b.file && fs::equivalent(*a.file, *b.file, error);
}

class Reviewing {
 public:
  explicit Reviewing(Mode mode) : mode_(mode) {}

  Review run(const std::vector<Candidate>& candidates) {
    for (const Candidate& candidate : candidates) one(candidate);
    for (auto& [path, lock] : locks_) {
      if (lock && lock->changed) review_.replacements.emplace(path, std::move(lock->replacement));
    }
    return std::move(review_);
  }

 private:
  struct Opened {
    Lock lock;
    bool exists = false;
    Entries replacement;
    bool changed = false;
    std::map<std::string, Candidate> seen;
  };

  Issue& report(Code code, const Candidate& candidate, std::string message) {
    review_.issues.push_back(Issue{
        code, candidate.policy->policy.name_span, std::move(message), "", {}, "", std::nullopt});
    return review_.issues.back();
  }

  void one(const Candidate& candidate) {
    if (candidate.policy->policy.name.empty()) return unnamed(candidate);
    const fs::path path = lock_path(candidate);
    std::optional<Opened>& lock = opened(path);
    if (!lock) {
      review_.verdicts.push_back({candidate, Status::unreadable, path, std::nullopt});
      return;
    }
    const auto [before, fresh] = lock->seen.emplace(candidate.policy->policy.name, candidate);
    if (!fresh && same_file(before->second, candidate)) return;  // named twice in one call
    if (!fresh) name_clash(candidate, before->second);
    judge(candidate, path, *lock);
  }

  void unnamed(const Candidate& candidate) {
    review_.verdicts.push_back({candidate, Status::unnamed, {}, std::nullopt});
    if (mode_ == Mode::show) return;
    Issue& issue =
        report(Code::E0604, candidate,
               fmt::format("{} has no name, so it cannot be in a lock", candidate.called));
    issue.reason = "a lock records what the versions of a name mean, and a sentence has neither";
    issue.fix = Fix{"write `policy NAME version 1 { lr = … }` around it", std::nullopt, ""};
  }

  // Each lock is read once. None: it is damaged, and that has been said.
  std::optional<Opened>& opened(const fs::path& path) {
    const auto [known, fresh] = locks_.emplace(path, Opened{});
    std::error_code error;
    if (!fresh || !fs::exists(fs::symlink_status(path, error))) return known->second;
    auto lock = read(path);
    if (lock) {
      review_.sources.push_back(lock->source);
      known->second->replacement = lock->entries;
      known->second->lock = std::move(*lock);
      known->second->exists = true;
      return known->second;
    }
    if (lock.error().source) review_.sources.push_back(lock.error().source);
    review_.issues.push_back(Issue{Code::E0605,
                                   lock.error().span,
                                   fmt::format("`{}` cannot be read", shown(path)),
                                   "",
                                   {},
                                   std::move(lock.error().reason),
                                   std::nullopt});
    known->second.reset();
    return known->second;
  }

  void name_clash(const Candidate& candidate, const Candidate& before) {
    Issue& issue = report(Code::E0603, candidate,
                          fmt::format("two policies are named `{}`", candidate.called));
    issue.labels.push_back(Label{before.policy->policy.name_span, "the other one"});
    issue.reason = "a lock has one entry for each name";
    issue.fix = Fix{"rename one of them", std::nullopt, ""};
  }

  void judge(const Candidate& candidate, const fs::path& path, Opened& lock) {
    const compile::CompiledPolicy& policy = *candidate.policy;
    const auto found = lock.lock.entries.find(policy.policy.name);
    const Entry* entry = found == lock.lock.entries.end() ? nullptr : &found->second;
    Verdict verdict{candidate, status(policy, lock.exists, entry), path, std::nullopt};
    if (verdict.status == Status::raised || verdict.status == Status::changed)
      verdict.comparison = compare(entry->canonical, policy.program);
    if (verdict.status == Status::changed)
      changed(verdict, *entry);
    else if (verdict.status != Status::locked && mode_ == Mode::insist)
      not_locked(verdict, entry);
    if (is_news(verdict.status)) {
      lock.replacement[policy.policy.name] =
          Entry{policy.policy.version, policy.hash, policy.canonical, {}};
      lock.changed = true;
    }
    review_.verdicts.push_back(std::move(verdict));
  }

  static Status status(const compile::CompiledPolicy& policy, bool exists, const Entry* entry) {
    if (!exists) return Status::no_lock;
    if (entry == nullptr) return Status::missing;
    if (entry->says(policy.policy.version, policy.hash)) return Status::locked;
    if (entry->hash == policy.hash) return Status::renumbered;
    return policy.policy.version > entry->version ? Status::raised : Status::changed;
  }

  void changed(const Verdict& verdict, const Entry& entry) {
    const compile::CompiledPolicy& policy = *verdict.candidate.policy;
    const std::uint64_t version = policy.policy.version;
    const std::string now = version == entry.version ? "" : fmt::format("version {} ", version);
    Issue& issue = report(mode_ == Mode::show ? Code::W0601 : Code::E0601, verdict.candidate,
                          fmt::format("`{}` is locked as version {} with {}, and {}now means {}",
                                      policy.policy.name, entry.version, short_hash(entry.hash),
                                      now.empty() ? "" : "its " + now, short_hash(policy.hash)));
    issue.annotation = fmt::format("version {}, {}", version, short_hash(policy.hash));
    issue.labels.push_back(
        Label{entry.span, fmt::format("version {}, {}", entry.version, short_hash(entry.hash))});
    issue.reason = report_of(verdict);
    issue.fix = Fix{fmt::format("if the change is meant, make it `version {}` and run `lrc lock`",
                                entry.version + 1),
                    std::nullopt, ""};
  }

  void not_locked(const Verdict& verdict, const Entry* entry) {
    const compile::CompiledPolicy& policy = *verdict.candidate.policy;
    Issue& issue = report(Code::E0602, verdict.candidate,
                          fmt::format("version {} of `{}` is not in the lock",
                                      policy.policy.version, policy.policy.name));
    if (verdict.status == Status::no_lock) {
      issue.reason = fmt::format("there is no `{}` in `{}` or any folder above it", file_name,
                                 shown(folder_of(verdict.candidate)));
    } else if (entry == nullptr) {
      issue.reason = fmt::format("`{}` has no entry of that name", shown(verdict.lock));
    } else {
      issue.labels.push_back(Label{
          entry->span, fmt::format("version {}, {}", entry->version, short_hash(entry->hash))});
      issue.reason = verdict.comparison ? report_of(verdict)
                                        : fmt::format("`{}` has the same meaning as version {}",
                                                      shown(verdict.lock), entry->version);
    }
    issue.fix = Fix{fmt::format("run `lrc lock` on it and commit `{}`", shown(verdict.lock)),
                    std::nullopt, ""};
  }

  static std::string report_of(const Verdict& verdict) {
    return lock::report(verdict.comparison.value());
  }

  Mode mode_;
  Review review_;
  std::map<fs::path, std::optional<Opened>> locks_;
};

}  // namespace

Review review(const std::vector<Candidate>& candidates, Mode mode) {
  return Reviewing(mode).run(candidates);
}

}  // namespace lrc::lock
