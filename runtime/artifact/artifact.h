#pragma once
// policy.lrpc: a policy as one file for machines. Reading it needs neither the compiler nor LLVM.
//
//   auto artifact = lrc::runtime::Artifact::read(bytes);
//   lrc::runtime::Schedule schedule(*artifact->program());
//
// The file, all numbers little-endian:
//
//     0   8  magic: 89 'L' 'R' 'P' 'C' 0D 0A 1A
//     8   4  format, 1
//    12   4  how many sections there are
//    16   8  the length of the file
//    24   8  zeros
//    32  32  SHA-256 of all other bytes
//    64      the table: 128 bytes for each section
//              0   4  kind: 1 manifest, 2 canonical text, 3 bound program, 4 code
//              4   4  zeros
//              8   8  offset in the file: the next multiple of 64, for code of 4096
//             16   8  length
//             24  40  code: the target, such as `x86-64-v3`, filled up with NULs
//             64  32  code: SHA-256 of the bound program that it computes
//             96  32  code: the digest of the arithmetic that it was compiled from
//
// Sections stand in the order of their kinds, code in that of its targets; the bytes between them
// are zeros, and so is what a section does not use. The same parts give the same bytes.
//
// The checksum says that nothing was damaged on the way, not who wrote it. A bound program is
// verified so far that bytes from anyone can be evaluated; code is as trustworthy as its origin.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/artifact/native_code.h"
#include "runtime/host/program.h"
#include "runtime/host/sha256.h"

namespace lrc::runtime {

inline constexpr std::uint32_t artifact_format = 1;
inline constexpr std::size_t maximum_artifact_bytes = std::size_t{1} << 28;  // 256 MiB
inline constexpr std::size_t maximum_targets = 16;
inline constexpr std::size_t maximum_target_bytes = 40;  // of a target's name

// Of the sources of the lrc1 arithmetic and of the operations, as this library was built from them.
[[nodiscard]] Digest arithmetic_digest();

// Code for one target: for a CPU an image as in native_code.h, for a GPU text of PTX.
struct CodeImage {
  std::string target;  // letters, digits, `-`, `_` and `.`
  std::string code;
  Digest program = {};  // SHA-256 of write_program of what it computes
  Digest arithmetic = arithmetic_digest();
};

struct ArtifactParts {
  std::string manifest;            // JSON: see docs/artifact.md
  std::string canonical;           // the canonical text of the policy
  std::optional<Program> program;  // where all facts are known
  std::vector<CodeImage> code;     // of the program; by target
};

class Artifact {
 public:
  [[nodiscard]] static std::string write(const ArtifactParts& parts);

  // All of it is verified. The error says what is wrong with the bytes: cut, changed, foreign, of a
  // newer format, or parts that do not belong together.
  [[nodiscard]] static tl::expected<Artifact, std::string> read(std::string_view bytes);

  [[nodiscard]] const std::string& manifest() const { return parts_.manifest; }
  [[nodiscard]] const std::string& canonical() const { return parts_.canonical; }
  [[nodiscard]] std::string hash() const;  // lrc1:…, of the canonical text
  [[nodiscard]] const std::optional<Program>& program() const { return parts_.program; }
  [[nodiscard]] const std::vector<CodeImage>& code() const { return parts_.code; }

  // The best code for this machine, in memory. The error says why there is none; the program gives
  // the same bits then.
  [[nodiscard]] tl::expected<NativeCode, std::string> native() const;

 private:
  explicit Artifact(ArtifactParts parts) : parts_(std::move(parts)) {}
  ArtifactParts parts_;
};

// Whether bytes begin as an artifact does, so that they are no text of a policy.
[[nodiscard]] bool is_artifact(std::string_view bytes);

}  // namespace lrc::runtime
