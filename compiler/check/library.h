#pragma once
// The curves, schedules and quantities that a policy can name: those of the standard library, which
// is compiled by the ordinary path, of the modules it uses, and its own.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/diagnostics/issue.h"
#include "compiler/policy/policy.h"
#include "compiler/syntax/ast.h"

namespace lrc::check {

struct Named;

// What update `step` of an output of another policy uses, rules at rest; or why nobody knows.
using LevelOf = std::function<tl::expected<exact::Rational, std::string>(
    const std::string& policy, const std::string& output, std::int64_t step)>;

class Library;

// Definitions that are read when they are first named. Safe from several threads; outlives whoever
// looks into it.
class Definitions {
 public:
  Definitions() = default;
  Definitions(const Definitions&) = delete;
  Definitions& operator=(const Definitions&) = delete;
  virtual ~Definitions() = default;

  // The library that defines `name`, or null.
  [[nodiscard]] virtual const Library* defining(const std::string& name) const = 0;
  [[nodiscard]] virtual std::vector<std::string> curves() const = 0;
  [[nodiscard]] virtual std::vector<std::string> schedules() const = 0;
};

class Library {
 public:
  // What no source here defines is looked up there; null: nowhere.
  void look_beyond(const Definitions* beyond) { beyond_ = beyond; }

  // `schedule NAME(…) = …` with the quantities of its module.
  struct Schedule {
    std::shared_ptr<const ast::Definition> definition;
    std::shared_ptr<const std::map<std::string, Named>> lets;
  };

  // Adds the definitions of a source, which the places in them keep alive. With issues, nothing is
  // added.
  [[nodiscard]] diagnostics::Issues add(const ast::File& file, source::SourcePtr source);

  [[nodiscard]] std::shared_ptr<const policy::Curve> curve(const std::string& name) const;
  [[nodiscard]] const Schedule* schedule(const std::string& name) const;  // or null
  // The quantities of all sources added; null when there are none.
  [[nodiscard]] const std::map<std::string, Named>* lets() const { return lets_.get(); }

  // How levels of other policies are found; without it they are refused.
  void find_levels(LevelOf level_of) { level_of_ = std::move(level_of); }
  [[nodiscard]] const LevelOf& level_of() const { return level_of_; }

  [[nodiscard]] std::vector<std::string> names() const;  // of curves
  [[nodiscard]] std::vector<std::string> schedules() const;

 private:
  void define(const ast::File& file, diagnostics::Issues& issues);

  [[nodiscard]] const Library* defining(const std::string& name) const {
    return beyond_ == nullptr ? nullptr : beyond_->defining(name);
  }

  const Definitions* beyond_ = nullptr;
  std::map<std::string, std::shared_ptr<const policy::Curve>> curves_;
  std::map<std::string, Schedule> schedules_;
  std::shared_ptr<const std::map<std::string, Named>> lets_;
  std::vector<source::SourcePtr> sources_;
  LevelOf level_of_;
};

}  // namespace lrc::check
