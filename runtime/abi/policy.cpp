#include "runtime/abi/policy.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "runtime/abi/open_compiler.h"

namespace lrc::abi {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// One byte more than the limit of an artifact, so that a file beyond it is seen to be so.
Result<std::string> bytes_of(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  std::string bytes;
  std::array<char, 1 << 16> block;
  while (file && bytes.size() <= runtime::maximum_artifact_bytes) {
    const std::size_t size = std::fread(block.data(), 1, block.size(), file.get());
    bytes.append(block.data(), size);
    if (size < block.size()) break;
  }
  if (file && std::ferror(file.get()) == 0) return bytes;
  return refuse(LRC_ENVIRONMENT,
                path + " cannot be read: " + std::generic_category().message(errno));
}

// What a bound artifact says of its policy without the compiler.
std::optional<Description> description_of(const runtime::Artifact& artifact) {
  if (!artifact.program()) return std::nullopt;
  const runtime::Program& program = *artifact.program();
  return Description{program.identity.policy,
                     program.identity.version,
                     artifact.hash(),
                     artifact.canonical(),
                     {},
                     program.outputs,
                     program.groups};
}

std::shared_ptr<const Policy> made(CompiledPolicyPtr compiled) {
  return std::make_shared<const Policy>(std::move(compiled));
}

}  // namespace

Policy::Policy(CompiledPolicyPtr compiled) : compiled_(std::move(compiled)) {
  std::call_once(once_, [] {});
}

Policy::Policy(runtime::Artifact artifact)
    : artifact_(std::move(artifact)), bound_(description_of(*artifact_)) {}

Result<std::shared_ptr<const Policy>> Policy::read_artifact(std::string_view bytes) {
  auto artifact = runtime::Artifact::read(bytes);
  if (!artifact) return refuse(LRC_REFUSED, artifact.error());
  return std::make_shared<const Policy>(std::move(*artifact));
}

Result<std::shared_ptr<const Policy>> Policy::open(const std::string& path) {
  const auto bytes = bytes_of(path);
  if (!bytes) return tl::unexpected(bytes.error());
  if (runtime::is_artifact(*bytes)) {
    auto policy = read_artifact(*bytes);
    if (!policy) policy.error().text = path + ": " + policy.error().text;
    return policy;
  }
  return open_compiler()
      .and_then([&](const Compiler* compiler) { return compiler->from_file(path); })
      .map(made);
}

Result<std::shared_ptr<const Policy>> Policy::read(std::string_view bytes) {
  if (runtime::is_artifact(bytes)) return read_artifact(bytes);
  return open_compiler()
      .and_then([&](const Compiler* compiler) { return compiler->from_text(std::string(bytes)); })
      .map(made);
}

Result<const Description*> Policy::description() const {
  if (bound_) return &*bound_;
  return compiled().map([](const CompiledPolicyPtr& policy) { return &policy->description(); });
}

Result<CompiledPolicyPtr> Policy::compiled() const {
  std::call_once(once_, [this] {
    compiled_ = open_compiler().and_then(
        [this](const Compiler* compiler) { return compiler->from_artifact(*artifact_); });
  });
  return *compiled_;
}

}  // namespace lrc::abi
