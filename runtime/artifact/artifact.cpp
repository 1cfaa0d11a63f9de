#include "runtime/artifact/artifact.h"

#include <algorithm>
#include <utility>

#include "runtime/artifact/bytes.h"
#include "runtime/artifact/program_bytes.h"

namespace lrc::runtime {
namespace {

constexpr std::string_view magic("\x89LRPC\r\n\x1a", 8);
constexpr std::size_t digest_offset = 32;
constexpr std::size_t digest_size = std::tuple_size_v<Digest>;
constexpr std::size_t head_size = 64;
constexpr std::size_t row_size = 128;
constexpr std::size_t alignment = 64;
constexpr std::size_t code_alignment = 4096;

enum class Kind : std::uint32_t { manifest = 1, canonical, program, code };

struct Section {
  Kind kind;
  std::string_view bytes;
  const CodeImage* code = nullptr;  // of code
};

std::size_t aligned(std::size_t offset, Kind kind) {
  const std::size_t to = kind == Kind::code ? code_alignment : alignment;
  return (offset + to - 1) / to * to;
}

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest digest_from(std::string_view bytes) {
  Digest digest{};
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

// Of all bytes but those of the digest itself.
Digest digest_of(std::string_view bytes) {
  std::string rest(bytes.substr(0, digest_offset));
  rest += bytes.substr(digest_offset + digest_size);
  return sha256(rest);
}

// --------------------------------------------------------------------------------------- writing

void write_row(ByteWriter& out, const Section& section, std::size_t offset) {
  const std::size_t begin = out.size();
  out.number(static_cast<std::uint32_t>(section.kind));
  out.number(std::uint32_t{0});
  out.number(static_cast<std::uint64_t>(offset));
  out.number(static_cast<std::uint64_t>(section.bytes.size()));
  if (section.code != nullptr) {
    out.raw(section.code->target);
    out.zeros_up_to(begin + 64);
    out.raw(view(section.code->program));
    out.raw(view(section.code->arithmetic));
  }
  out.zeros_up_to(begin + row_size);
}

std::string write_sections(const std::vector<Section>& sections) {
  std::size_t end = head_size + sections.size() * row_size;
  std::vector<std::size_t> offsets;
  for (const Section& section : sections) {
    offsets.push_back(aligned(end, section.kind));
    end = offsets.back() + section.bytes.size();
  }
  ByteWriter out;
  out.raw(magic);
  out.number(artifact_format);
  out.number(static_cast<std::uint32_t>(sections.size()));
  out.number(static_cast<std::uint64_t>(end));
  out.zeros_up_to(head_size);
  for (std::size_t k = 0; k < sections.size(); ++k) write_row(out, sections[k], offsets[k]);
  for (std::size_t k = 0; k < sections.size(); ++k) {
    out.zeros_up_to(offsets[k]);
    out.raw(sections[k].bytes);
  }
  std::string bytes = out.take();
  bytes.replace(digest_offset, digest_size, view(digest_of(bytes)));
  return bytes;
}

// --------------------------------------------------------------------------------------- reading

tl::unexpected<std::string> wrong(std::string text) { return tl::unexpected(std::move(text)); }

std::string of_bytes(std::size_t size) { return std::to_string(size) + " bytes"; }

// What is wrong with the frame of the file, or nothing.
std::optional<std::string> foreign_or_newer(std::string_view bytes) {
  if (bytes.empty()) return "the artifact is empty";
  if (!is_artifact(bytes)) {
    if (magic.starts_with(bytes)) return "the artifact is cut: it ends in its first line";
    return "this is not an artifact of lrc: it does not begin as one";
  }
  ByteReader in(bytes.substr(magic.size()));
  const auto format = in.number<std::uint32_t>();
  if (in.fine() && format != artifact_format)
    return "this artifact has format " + std::to_string(format) + ", and this release reads " +
           std::to_string(artifact_format) + ": use the release that wrote it, or a later one";
  return std::nullopt;
}

std::optional<std::string> cut_or_changed(std::string_view bytes) {
  if (bytes.size() > maximum_artifact_bytes)
    return "the artifact has " + of_bytes(bytes.size()) + ", and " +
           std::to_string(maximum_artifact_bytes) + " is the most";
  if (bytes.size() < head_size) return "the artifact is cut: it ends in its head";
  const auto size = ByteReader(bytes.substr(16)).number<std::uint64_t>();
  if (bytes.size() < size)
    return "the artifact is cut: it has " + std::to_string(bytes.size()) + " of " + of_bytes(size);
  if (bytes.size() > size)
    return "the artifact has " + of_bytes(bytes.size() - size) + " behind its end";
  const Digest stated = digest_from(bytes.substr(digest_offset, digest_size));
  const Digest actual = digest_of(bytes);
  if (stated == actual) return std::nullopt;
  return "the artifact was changed after it was written: its bytes give sha256 " + hex(actual) +
         ", and its head says " + hex(stated);
}

// What a row of the table says.
struct Row {
  Kind kind = Kind::manifest;
  std::string_view bytes;
  CodeImage code;  // all but the code
};

std::optional<Row> read_row(std::string_view file, std::size_t index) {
  ByteReader in(file.substr(head_size + index * row_size, row_size));
  Row row;
  row.kind = static_cast<Kind>(in.number<std::uint32_t>());
  static_cast<void>(in.number<std::uint32_t>());
  const auto offset = in.number<std::uint64_t>();
  const auto size = in.number<std::uint64_t>();
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  row.bytes = file.substr(offset, size);
  const std::string_view target = in.raw(maximum_target_bytes);
  row.code.target = target.substr(0, target.find('\0'));
  row.code.program = digest_from(in.raw(digest_size));
  row.code.arithmetic = digest_from(in.raw(digest_size));
  return row;
}

bool is_target(const std::string& name) {
  return !name.empty() && name.size() <= maximum_target_bytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

// What is wrong with a row's content, or nothing; the content goes into the parts.
std::optional<std::string> take(Row row, ArtifactParts& parts) {
  switch (row.kind) {
    case Kind::manifest: parts.manifest = row.bytes; return std::nullopt;
    case Kind::canonical: parts.canonical = row.bytes; return std::nullopt;
    case Kind::program: {
      auto program = read_program(row.bytes);
      if (!program) return "the artifact cannot be used: " + program.error();
      parts.program = std::move(*program);
      return std::nullopt;
    }
    case Kind::code:
      row.code.code = row.bytes;
      parts.code.push_back(std::move(row.code));
      return std::nullopt;
  }
  return "the artifact has a part of a kind that this release does not know";
}

tl::expected<ArtifactParts, std::string> read_parts(std::string_view bytes) {
  const auto sections = ByteReader(bytes.substr(12)).number<std::uint32_t>();
  if (sections > maximum_targets + 3 || sections * row_size > bytes.size() - head_size)
    return wrong("the artifact has more parts than there can be");
  ArtifactParts parts;
  for (std::size_t k = 0; k < sections; ++k) {
    auto row = read_row(bytes, k);
    if (!row) return wrong("the artifact has a part outside of it");
    if (auto problem = take(std::move(*row), parts)) return wrong(std::move(*problem));
  }
  return parts;
}

std::string lrc1(std::string_view text) { return "lrc1:" + hex(sha256(text)); }

std::optional<std::string> mixed(const ArtifactParts& parts) {
  if (parts.canonical.empty()) return "the artifact has no canonical text";
  for (const CodeImage& image : parts.code) {
    if (!is_target(image.target)) return "the artifact has code for no target";
    if (&image != parts.code.data() && image.target <= (&image - 1)->target)
      return "the artifact has code for " + image.target + " twice, or out of order";
  }
  if (!parts.program) {
    if (parts.code.empty()) return std::nullopt;
    return "the artifact has code, but not the program that it computes";
  }
  const Identity& identity = parts.program->identity;
  if (identity.hash != lrc1(parts.canonical))
    return "the program of the artifact is not that of its canonical text";
  if (identity.run_hash != lrc1(identity.hash + "\n" + identity.facts))
    return "the facts of the artifact are not those of its run hash";
  const Digest program = sha256(write_program(*parts.program));
  for (const CodeImage& image : parts.code) {
    if (image.program != program)
      return "the code for " + image.target + " in the artifact is that of another program";
  }
  return std::nullopt;
}

}  // namespace

bool is_artifact(std::string_view bytes) { return bytes.starts_with(magic); }

Digest arithmetic_digest() { return sha256(LRC_ARITHMETIC_SOURCES); }

std::string Artifact::write(const ArtifactParts& parts) {
  const std::string program = parts.program ? write_program(*parts.program) : std::string();
  std::vector<Section> sections = {{Kind::manifest, parts.manifest},
                                   {Kind::canonical, parts.canonical}};
  if (parts.program) sections.push_back({Kind::program, program});
  for (const CodeImage& image : parts.code) sections.push_back({Kind::code, image.code, &image});
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) {
    return a.kind != b.kind ? a.kind < b.kind
                            : a.code != nullptr && a.code->target < b.code->target;
  });
  return write_sections(sections);
}

tl::expected<Artifact, std::string> Artifact::read(std::string_view bytes) {
  if (auto problem = foreign_or_newer(bytes)) return wrong(std::move(*problem));
  if (auto problem = cut_or_changed(bytes)) return wrong(std::move(*problem));
  auto parts = read_parts(bytes);
  if (!parts) return wrong(std::move(parts.error()));
  if (auto problem = mixed(*parts)) return wrong(std::move(*problem));
  // Nothing was skipped or read in two ways.
  if (write(*parts) != bytes)
    return wrong("the artifact is whole, but it is not written as this release writes");
  return Artifact(std::move(*parts));
}

std::string Artifact::hash() const { return lrc1(parts_.canonical); }

tl::expected<NativeCode, std::string> Artifact::native() const {
  const CodeImage* best = nullptr;
  for (const CodeImage& image : parts_.code) {
    if (runs_here(image.target)) best = &image;  // the last one asks for most
  }
  if (best == nullptr)
    return wrong("the artifact holds no code for this machine, which is " +
                 (machine_target().empty() ? "of a kind without any" : machine_target()));
  if (best->arithmetic != arithmetic_digest())
    return wrong("the code for " + best->target +
                 " in the artifact was compiled from another arithmetic than this release has");
  return NativeCode::map(best->code);
}

}  // namespace lrc::runtime
