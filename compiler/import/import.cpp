#include "compiler/import/import.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/diagnostics/render.h"
#include "compiler/format/format.h"
#include "compiler/import/families.h"

namespace lrc::import {
namespace {

using diagnostics::Code;

struct Peer {
  std::string_view name;
  std::string_view label;  // as its people call it
  std::string_view call;   // where the arguments do not name what they are given to
  Draft (*draft)(const Case&);
};
constexpr std::array<Peer, 16> table = {{
    {"composer", "composer", "", composer},
    {"deepspeed", "DeepSpeed", "", deepspeed},
    {"fairseq", "fairseq", "", fairseq},
    {"hf", "transformers", "get_scheduler", hf},
    {"llmc", "llm.c", "lr_scheduler_init", llmc},
    {"marian", "Marian", "options", marian},
    {"megatron", "Megatron-LM", "OptimizerParamScheduler", megatron},
    {"mmengine", "mmengine", "Config", mmengine},
    {"nanogpt", "nanoGPT", "get_lr", nanogpt},
    {"olmo", "OLMo-core", "", olmo},
    {"optax", "optax", "", optax},
    {"t2t", "tensor2tensor", "hparams", t2t},
    {"t5x", "t5x", "create_learning_rate_scheduler", t5x},
    {"timm", "timm", "", timm},
    {"torch", "torch", "", torch},
    {"torchtitan", "torchtitan", "LRSchedulersContainer", torchtitan},
}};

const Peer& peer_called(const std::string& name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&name](const Peer& peer) { return peer.name == name; });
  if (found != table.end()) return *found;
  std::string fix;
  if (const auto guess = diagnostics::closest(name, peers()))
    fix = fmt::format("did you mean `{}`?", *guess);
  refuse(Code::E1002, fmt::format("no peer is called `{}`", diagnostics::printable(name)),
         fmt::format("those that are known are {}", fmt::join(peers(), ", ")), std::move(fix));
}

// What may stand beside `args`: facts of the run, and what describes a table of numbers.
void check_fields(const Case& given) {
  const Arguments fields = given.facts();
  fields.ignore({"args",           "peer",         "id",
                 "file",           "version",      "how",
                 "form",           "dtype",        "columns",
                 "rows",           "sha256",       "first_lr",
                 "max_lr",         "last_lr",      "abs_tol_of_max",
                 "note",           "metric",       "resolved",
                 "sample",         "lr",           "horizon",
                 "unit",           "state",        "ssr",
                 "t_max",          "stream",       "increment",
                 "training_steps", "epoch_length", "tokens_per_step",
                 "init_momentum"});
  fields.finish();
}

Case read_case(const Peer& peer, const source::Source& source) {
  Case given;
  given.peer = peer.name;
  try {
    given.object = Json::parse(source.text);
  } catch (const Json::parse_error& error) {
    const auto at = static_cast<std::uint32_t>(
        std::min(error.byte == 0 ? 0 : error.byte - 1, source.text.size()));
    throw Refusal{{Code::E1001,
                   {&source, at, at},
                   "this is no JSON",
                   "here it cannot be read",
                   {},
                   "a case is one JSON object",
                   std::nullopt}};
  }
  if (!given.object.is_object() || !given.object.contains("args") ||
      !given.object["args"].is_object())
    refuse(Code::E1001, "this is no case",
           "a case is one JSON object with the peer's arguments in `args`",
           R"(write {"lr": 0.1, "args": {"cls": "StepLR", "step_size": 30}})");
  if (given.facts().word("peer", given.peer) != given.peer)
    refuse(Code::E1002,
           fmt::format("the case is of `{}`, not of `{}`",
                       diagnostics::printable(given.facts().word("peer")), given.peer),
           "each peer reads its arguments in its own way");
  check_fields(given);
  return given;
}

// `torch_reduce_lr_on_plateau` for ReduceLROnPlateau.
std::string policy_name(const Peer& peer, const Json& arguments) {
  std::string name(peer.name), call;
  for (const char* key : {"cls", "fn", "name", "type", "lr_decay_style"})
    if (call.empty() && arguments.contains(key) && arguments[key].is_string())
      call = arguments[key].get<std::string>();
  if (!call.empty()) name += "_";
  const auto is_lower = [&call](std::size_t i) {
    return i < call.size() && std::islower(static_cast<unsigned char>(call[i])) != 0;
  };
  for (std::size_t i = 0; i < call.size(); ++i) {
    const auto letter = static_cast<unsigned char>(call[i]);
    // A word begins with a capital behind a small letter, or before one: LR|On|Plateau.
    if (i > 0 && std::isupper(letter) != 0 && (is_lower(i - 1) || is_lower(i + 1))) name += "_";
    name += std::isalnum(letter) != 0 ? static_cast<char>(std::tolower(letter)) : '_';
  }
  return name;
}

std::string heading(const Peer& peer, const Json& arguments) {
  const std::string call = call_text(arguments);
  return fmt::format("{} {}{}", peer.label, call.starts_with("(") ? peer.call : "", call);
}

[[noreturn]] void refuse_policy(const diagnostics::Issue& issue) {
  throw Refusal{unsayable(issue)};
}

}  // namespace

diagnostics::Issue unsayable(const diagnostics::Issue& issue) {
  return {Code::E1006, {}, fmt::format("the policy would not be one: {}", issue.message),
          "",          {}, issue.reason,
          std::nullopt};
}

std::vector<std::string> peers() {
  std::vector<std::string> names;
  for (const Peer& peer : table) names.emplace_back(peer.name);
  return names;
}

Imported import_case(const std::string& name, const source::SourcePtr& source) {
  Imported imported;
  try {
    const Peer& peer = peer_called(name);
    const Case given = read_case(peer, *source);
    Draft draft = peer.draft(given);
    draft.name = policy_name(peer, given.arguments());
    draft.comments.insert(draft.comments.begin(), heading(peer, given.arguments()));
    format::Formatted formatted = format::format(*source::make_source("<imported>", draft.text()));
    // Its places are in a text that nobody has.
    if (!formatted.text) refuse_policy(formatted.issues.front());
    imported.text = std::move(formatted.text);
  } catch (Refusal& refusal) {
    imported.issues.push_back(std::move(refusal.issue));
  } catch (const Json::exception&) {
    imported.issues.push_back({Code::E1004,
                               {},
                               "a value is of another kind than the peer takes",
                               "",
                               {},
                               "numbers, texts and lists each have their place",
                               std::nullopt});
  }
  return imported;
}

}  // namespace lrc::import
