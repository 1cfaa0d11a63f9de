#pragma once
// What liblrc asks of liblrc_compiler, which it opens when it is first needed: texts become
// policies, and policies programs. Both libraries are of one build; nothing thrown crosses.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/abi/lrc.h"
#include "runtime/artifact/artifact.h"
#include "runtime/host/schedule.h"

namespace lrc::abi {

// Why a call did not end well, in words for a person.
struct Refusal {
  lrc_status status = LRC_BUG;
  std::string text;
};
template <class Value>
using Result = tl::expected<Value, Refusal>;
inline tl::unexpected<Refusal> refuse(lrc_status status, std::string text) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(text)});
}

// What is known of a policy without any run.
struct Description {
  std::string name;  // empty for a sentence
  std::uint64_t version = 0;
  std::string hash;
  std::string canonical;
  std::vector<std::string> needs;
  std::vector<std::string> outputs;
  std::vector<runtime::Group> groups;
};

// As lrc_facts.
struct FactTexts {
  std::optional<std::string> run, peak, batch;
  std::vector<std::string> rates;
  std::vector<std::pair<std::string, std::string>> parameters;

  [[nodiscard]] bool empty() const {
    return !run && !peak && !batch && rates.empty() && parameters.empty();
  }
};

// Safe from several threads.
class CompiledPolicy {
 public:
  virtual ~CompiledPolicy() = default;
  [[nodiscard]] virtual const Description& description() const = 0;
  // The outputs in this order; all where there are none.
  [[nodiscard]] virtual Result<runtime::Program> bind(
      const FactTexts& facts, std::vector<std::string> outputs,
      std::vector<runtime::GroupSet> group_sets) const = 0;
  // To facts as runtime::Identity carries them.
  [[nodiscard]] virtual Result<runtime::Program> bind_again(
      std::string_view facts, std::vector<std::string> outputs,
      std::vector<runtime::GroupSet> group_sets) const = 0;
};
using CompiledPolicyPtr = std::shared_ptr<const CompiledPolicy>;

class Compiler {
 public:
  virtual ~Compiler() = default;
  [[nodiscard]] virtual Result<CompiledPolicyPtr> from_file(const std::string& path) const = 0;
  [[nodiscard]] virtual Result<CompiledPolicyPtr> from_text(std::string text) const = 0;
  [[nodiscard]] virtual Result<CompiledPolicyPtr> from_artifact(
      const runtime::Artifact& artifact) const = 0;
  [[nodiscard]] virtual Result<CompiledPolicyPtr> from_canonical(std::string_view canonical,
                                                                 std::string name,
                                                                 std::uint64_t version) const = 0;
  // Code that lives as long as the process. The error says why there is none.
  [[nodiscard]] virtual tl::expected<runtime::CompiledFunction, std::string> native(
      const runtime::Program& program) const = 0;
  // PTX for the GPUs of `target`, as in `sm_90`; what it exports begins with `lrc`. The error says
  // why there is none.
  [[nodiscard]] virtual tl::expected<std::string, std::string> device_code(
      const runtime::Program& program, const std::string& target) const = 0;
};

// What the library exports: null where `build` is not that of the library.
inline constexpr const char* compiler_entry_name = "lrc_compiler";
using CompilerEntry = const Compiler* (*)(const char* build);

}  // namespace lrc::abi
