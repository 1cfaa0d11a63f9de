#include "compiler/lock/lock.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// A lock that is no TOML is an ordinary case here, no exception.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "compiler/ir/canonical.h"

namespace lrc::lock {
namespace {

constexpr std::int64_t format_version = 1;
constexpr std::string_view head =
    "# What every policy means, by version. Written by `lrc lock`; belongs under version control.\n"
    "format = 1\n";

using source::Span;

// The bytes of a line, from 1.
Span line(const source::Source& source, std::uint32_t number) {
  std::size_t begin = 0;
  for (std::uint32_t i = 1; i < number; ++i) {
    const std::size_t end = source.text.find('\n', begin);
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  const std::size_t end = std::min(source.text.find_first_of("\r\n", begin), source.text.size());
  return {&source, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

// The first line that a merge left behind; no line of canonical text begins so.
std::optional<std::uint32_t> merge_conflict(std::string_view text) {
  constexpr std::string_view marker = "\n<<<<<<< ";
  const std::size_t at = text.starts_with(marker.substr(1)) ? 0 : text.find(marker);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view through = text.substr(0, at + 1);
  return static_cast<std::uint32_t>(std::count(through.begin(), through.end(), '\n') + 1);
}

class Reader {
 public:
  explicit Reader(source::SourcePtr source) : source_(std::move(source)) {}

  tl::expected<Lock, Damage> run() {
    if (const auto conflict = merge_conflict(source_->text)) {
      return damage(*conflict,
                    "a merge was left unfinished: keep either side, then run `lrc lock` again");
    }
    const toml::parse_result parsed = toml::parse(source_->text);
    if (!parsed) {
      return damage(parsed.error().source().begin.line,
                    fmt::format("it is no TOML: {}", parsed.error().description()));
    }
    return root(parsed.table());
  }

 private:
  tl::unexpected<Damage> damage(std::uint32_t line_number, std::string reason) const {
    return tl::unexpected(Damage{source_, line(*source_, line_number), std::move(reason)});
  }
  tl::unexpected<Damage> damage(const toml::node& node, std::string reason) const {
    return damage(node.source().begin.line, std::move(reason));
  }

  tl::expected<Lock, Damage> root(const toml::table& table) const {
    const auto format = table["format"].value_exact<std::int64_t>();
    if (!format) return damage(1, "it does not say `format = 1`");
    if (*format != format_version) {
      return damage(*table.get("format"),
                    fmt::format("it has format {}, and this version of lrc knows format {}",
                                *format, format_version));
    }
    Lock lock{source_, {}};
    for (const auto& [key, value] : table) {
      if (key == "format") continue;
      if (key != "policy" || !value.is_table())
        return damage(value, fmt::format("`{}` does not belong into it", key.str()));
    }
    if (const toml::table* policies = table["policy"].as_table()) {
      for (const auto& [name, value] : *policies) {
        auto read = entry(name.str(), value);
        if (!read) return tl::unexpected(std::move(read.error()));
        lock.entries.emplace(name.str(), std::move(*read));
      }
    }
    return lock;
  }

  tl::expected<Entry, Damage> entry(std::string_view name, const toml::node& node) const {
    const toml::table* table = node.as_table();
    if (table == nullptr)
      return damage(node,
                    fmt::format("`{}` is no table of version, hash and canonical text", name));
    const auto version = (*table)["version"].value_exact<std::int64_t>();
    const auto hash = (*table)["hash"].value_exact<std::string>();
    auto canonical = (*table)["canonical"].value_exact<std::string>();
    if (!version || *version < 1 || !hash || !canonical)
      return damage(node, fmt::format("`{}` lacks its version, hash or canonical text", name));
    constexpr std::size_t keys = 3;
    if (table->size() != keys)
      return damage(node, fmt::format("`{}` has more than version, hash and canonical text", name));
    std::erase(*canonical, '\r');  // a checkout may have changed the line ends
    if (ir::hash(*canonical) != *hash) {
      return damage(*table->get("hash"),
                    fmt::format("the canonical text of `{}` does not have this hash", name));
    }
    return Entry{static_cast<std::uint64_t>(*version), *hash, std::move(*canonical),
                 line(*source_, table->get("version")->source().begin.line)};
  }

  source::SourcePtr source_;
};

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }

// A text between quotes, with escapes. Line ends stay when it is one of several lines.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_control(c))
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    else if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else
      out += c;
  }
  return out;
}

// Literal, so that it reads as it is; only a pattern with odd characters needs escapes.
std::string several_lines(std::string_view text) {
  const bool literal = text.find("'''") == std::string_view::npos &&
                       std::none_of(text.begin(), text.end(), is_control);
  return literal ? fmt::format("'''\n{}'''", text) : fmt::format("\"\"\"\n{}\"\"\"", escaped(text));
}

std::string key(std::string_view name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-';
  });
  return bare ? std::string(name) : fmt::format("\"{}\"", escaped(name));
}

}  // namespace

tl::expected<Lock, Damage> parse(source::SourcePtr source) {
  return Reader(std::move(source)).run();
}

std::string to_text(const Entries& entries) {
  std::string text(head);
  for (const auto& [name, entry] : entries) {
    text += fmt::format("\n[policy.{}]\nversion = {}\nhash = \"{}\"\ncanonical = {}\n", key(name),
                        entry.version, entry.hash, several_lines(entry.canonical));
  }
  return text;
}

}  // namespace lrc::lock
