#include "compiler/compile/artifact.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "compiler/backends/llvm/emit.h"
#include "compiler/compile/emit.h"
#include "compiler/ir/canonical.h"
#include "runtime/artifact/program_bytes.h"
#include "runtime/host/state_layout.h"

namespace lrc::compile {
namespace {

using Json = nlohmann::json;  // which sorts its keys
using runtime::Program;

// -------------------------------------------------------------------------------------- manifest

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Json groups_json(const policy::Policy& policy) {
  Json groups = Json::array();
  for (const policy::Group& group : policy.groups)
    groups.push_back({{"name", group.name}, {"patterns", group.patterns}});
  return groups;
}

Json metrics_json(const ir::Program& program) {
  std::set<std::string> metrics;
  for (const ir::Rule& rule : program.rules)
    metrics.insert(rule.trigger.metrics.begin(), rule.trigger.metrics.end());
  return metrics;
}

Json slots_json(const Program& program) {
  Json slots = Json::array();
  for (const runtime::Slot& slot : program.slots) {
    Json groups = Json::array();
    for (const std::uint32_t group : program.group_sets[slot.group_set])
      groups.push_back(program.groups[group].name);
    slots.push_back({{"groups", groups}, {"output", program.outputs[slot.output]}});
  }
  return slots;
}

Json state_json(const Program& program) {
  const std::string layout = runtime::state_layout(program);
  return {{"hash", runtime::hex(runtime::sha256(layout))}, {"layout", lines_of(layout)}};
}

// Nothing for a run without an end, or one that is longer than steps can be counted.
Json updates_json(const bind::Bound& bound) {
  const std::int64_t updates = bound.program.updates;
  return updates == runtime::maximum_step ? Json(nullptr) : Json(updates);
}

Json end_json(const Program& program) {
  return program.end == runtime::maximum_step ? Json(nullptr) : Json(program.end);
}

void add_bound(Json& manifest, const bind::Bound& bound) {
  const Program& program = bound.program;
  manifest["end"] = end_json(program);
  manifest["facts"] = lines_of(program.identity.facts);
  manifest["run_hash"] = program.identity.run_hash;
  manifest["slots"] = slots_json(program);
  manifest["state"] = state_json(program);
  manifest["updates"] = updates_json(bound);
}

std::string manifest_of(const CompiledPolicy& policy, const bind::Bound* bound,
                        const std::vector<std::string>& targets) {
  const bool named = !policy.policy.name.empty();
  Json manifest;
  manifest["format"] = runtime::artifact_format;
  manifest["policy"] = named ? Json(policy.policy.name) : Json(nullptr);
  manifest["version"] = named ? Json(policy.policy.version) : Json(nullptr);
  manifest["hash"] = policy.hash;
  manifest["needs"] = bound == nullptr ? needs(policy) : std::vector<std::string>();
  manifest["outputs"] = policy.outputs();
  manifest["groups"] = groups_json(policy.policy);
  manifest["metrics"] = metrics_json(policy.program);
  manifest["limits"] = {{"steps", runtime::maximum_step}};
  manifest["targets"] = targets;
  if (bound != nullptr) add_bound(manifest, *bound);
  return manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// ------------------------------------------------------------------------------------------ code

bool is_gpu(const std::string& target) { return target.starts_with("sm_"); }

tl::expected<runtime::CodeImage, std::string> image_for(const Program& program,
                                                        const std::string& target) {
  namespace code = backends::llvm;
  const code::Form form = is_gpu(target) ? code::Form::assembly : code::Form::image;
  auto bytes = code::emit(program, {form, target, device_code_name});
  if (!bytes) return tl::unexpected(bytes.error());
  return runtime::CodeImage{target, std::move(*bytes),
                            runtime::sha256(runtime::write_program(program))};
}

}  // namespace

std::vector<std::string> artifact_targets() {
  std::vector<std::string> targets = targets_of(CodeForm::object);
  for (std::string& gpu : targets_of(CodeForm::ptx)) targets.push_back(std::move(gpu));
  return targets;
}

tl::expected<std::string, std::string> artifact(const CompiledPolicy& policy,
                                                const bind::Bound* bound,
                                                const ArtifactRequest& request) {
  const std::set<std::string> targets(request.targets.begin(), request.targets.end());
  runtime::ArtifactParts parts;
  parts.manifest = manifest_of(policy, bound, {targets.begin(), targets.end()});
  parts.canonical = policy.canonical;
  if (bound != nullptr) {
    parts.program = bound->program;
    for (const std::string& target : targets) {
      auto image = image_for(bound->program, target);
      if (!image) return tl::unexpected(std::move(image.error()));
      parts.code.push_back(std::move(*image));
    }
  }
  std::string bytes = runtime::Artifact::write(parts);
  // What nobody could read is not written.
  if (auto read = runtime::Artifact::read(bytes); !read) return tl::unexpected(read.error());
  return bytes;
}

tl::expected<ArtifactFacts, std::string> facts_of(const runtime::Artifact& artifact) {
  const auto program = ir::read(artifact.canonical());
  if (!program)
    return tl::unexpected("the canonical text of the artifact is none: " + program.error());
  const Json manifest = Json::parse(artifact.manifest(), nullptr, false);
  try {
    ArtifactFacts facts;
    if (!manifest.at("policy").is_null()) {
      facts.policy = manifest.at("policy").get<std::string>();
      facts.version = manifest.at("version").get<std::uint64_t>();
    }
    facts.needs = manifest.at("needs").get<std::vector<std::string>>();
    facts.outputs = manifest.at("outputs").get<std::vector<std::string>>();
    if (const auto found = manifest.find("updates"); found != manifest.end() && !found->is_null())
      facts.updates = found->get<std::int64_t>();
    return facts;
  } catch (const Json::exception&) {
    return tl::unexpected(std::string("the manifest of the artifact is none"));
  }
}

}  // namespace lrc::compile
