#pragma once
// lrc_policy: a policy of either origin. Immutable; safe from several threads.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/abi/compiler.h"

namespace lrc::abi {

class Policy {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Policy>> open(const std::string& path);
  [[nodiscard]] static Result<std::shared_ptr<const Policy>> read(std::string_view bytes);

  explicit Policy(CompiledPolicyPtr compiled);
  explicit Policy(runtime::Artifact artifact);

  // Of an artifact that is not bound, the compiler's.
  [[nodiscard]] Result<const Description*> description() const;
  // Of an artifact, opens the compiler.
  [[nodiscard]] Result<CompiledPolicyPtr> compiled() const;
  // Null where the policy came as text.
  [[nodiscard]] const runtime::Artifact* artifact() const {
    return artifact_ ? &*artifact_ : nullptr;
  }

 private:
  [[nodiscard]] static Result<std::shared_ptr<const Policy>> read_artifact(std::string_view bytes);

  std::optional<runtime::Artifact> artifact_;
  std::optional<Description> bound_;  // of an artifact with a program
  mutable std::once_flag once_;
  mutable std::optional<Result<CompiledPolicyPtr>> compiled_;
};

}  // namespace lrc::abi

// The handle that C holds.
struct lrc_policy {
  std::shared_ptr<const lrc::abi::Policy> policy;
};
