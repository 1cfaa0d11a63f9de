// What `lrc compile` and `lrc lock` print of each policy.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/render.h"
#include "compiler/lock/file.h"
#include "compiler/lock/review.h"

namespace lrc::lock {
namespace {

using Json = nlohmann::ordered_json;

std::string standing(const Verdict& verdict, Mode mode, bool recorded) {
  const std::string lock = shown(verdict.lock);
  switch (verdict.status) {
    case Status::unnamed: return "a sentence, which no lock records";
    case Status::unreadable: return fmt::format("{} cannot be read", lock);
    case Status::locked: return fmt::format("as {} has it", lock);
    case Status::changed: return fmt::format("not what {} has for this name", lock);
    default: break;
  }
  if (recorded) {
    return verdict.comparison
               ? fmt::format("recorded in {}; {}", lock, summary(*verdict.comparison))
               : fmt::format("recorded in {}", lock);
  }
  if (mode == Mode::record) return "not recorded, because of the findings";
  if (verdict.status == Status::no_lock) return fmt::format("no {} found", file_name);
  if (verdict.status == Status::missing) return fmt::format("not in {} yet", lock);
  return fmt::format("a version that is not in {} yet", lock);
}

std::string_view word(Status status) {
  switch (status) {
    case Status::unnamed: return "unnamed";
    case Status::no_lock: return "no_lock";
    case Status::unreadable: return "unreadable";
    case Status::missing: return "missing";
    case Status::locked: return "locked";
    case Status::renumbered: return "renumbered";
    case Status::raised: return "raised";
    case Status::changed: return "changed";
  }
  return "";
}

Json point(const std::optional<Point>& value) {
  if (!value) return nullptr;
  Json object = {{"step", value->step}, {"before", value->before}, {"after", value->after}};
  if (value->before != 0) object["percent"] = percent(*value);
  return object;
}

Json to_json(const Comparison& comparison) {
  Json changes = Json::array();
  for (const Change& change : comparison.changes) {
    Json object = {{"output", change.output},
                   {"group", change.group.empty() ? Json(nullptr) : Json(change.group)},
                   {"first", point(change.first)},
                   {"largest", point(change.largest)},
                   {"from_zero", point(change.from_zero)}};
    changes.push_back(std::move(object));
  }
  return {{"changes", std::move(changes)},   {"notes", comparison.notes},
          {"assumed", comparison.assumed},   {"steps", comparison.steps},
          {"compared", comparison.compared}, {"summary", summary(comparison)}};
}

}  // namespace

std::string line(const Verdict& verdict, Mode mode, bool recorded) {
  const compile::CompiledPolicy& policy = *verdict.candidate.policy;
  const auto needs = compile::needs(policy);
  const std::string version =
      policy.policy.version == 0 ? "" : fmt::format(" version {}", policy.policy.version);
  return fmt::format(
      "{}{}: {}; {}; {}\n", verdict.candidate.called, version, policy.hash,
      needs.empty() ? "needs nothing" : fmt::format("needs: {}", fmt::join(needs, ", ")),
      diagnostics::printable(standing(verdict, mode, recorded)));
}

Json to_json(const Verdict& verdict, bool recorded) {
  const compile::CompiledPolicy& policy = *verdict.candidate.policy;
  const bool named = !policy.policy.name.empty();
  Json object;
  object["policy"] = named ? Json(policy.policy.name) : Json(nullptr);
  object["version"] = named ? Json(policy.policy.version) : Json(nullptr);
  object["hash"] = policy.hash;
  object["needs"] = compile::needs(policy);
  object["file"] = verdict.candidate.file ? Json(verdict.candidate.file->string()) : Json(nullptr);
  object["lock"] = verdict.lock.empty() ? Json(nullptr) : Json(shown(verdict.lock));
  object["status"] = word(verdict.status);
  object["recorded"] = recorded && is_news(verdict.status);
  object["change"] = verdict.comparison ? to_json(*verdict.comparison) : Json(nullptr);
  return object;
}

}  // namespace lrc::lock
