#include "compiler/backends/c/arithmetic_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "compiler/backends/c/sources.h"

namespace lrc::backends::c {

namespace {

bool is_name_character(char c) {
  return c == '_' || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
}

// Every lrc1_… and LRC1_… in a text.
std::set<std::string_view> names(std::string_view text) {
  std::set<std::string_view> found;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_name_character(text[end])) ++end;
    const std::string_view word = text.substr(begin, end - begin);
    if (word.starts_with("lrc1_") || word.starts_with("LRC1_")) found.insert(word);
    begin = end + 1;
  }
  return found;
}

std::string_view source(std::string_view name) {
  const std::vector<Text>& all = arithmetic_sources();
  return std::find_if(all.begin(), all.end(), [&](const Text& t) { return t.name == name; })->text;
}

std::string whole_text() {
  constexpr std::string_view include = "#include \"tables.inc\"\n";
  std::string text(source("lrc1"));
  text.replace(text.find(include), include.size(), source("tables"));
  return text;
}

struct Part {
  std::string_view text;
  std::set<std::size_t> needs;  // parts before it
};

// A part stands between `#ifndef LRC1_X` at the beginning of a line, with `#define LRC1_X` below,
// and `#endif  // LRC1_X`. A name belongs to the part that has it first.
class Parts {
 public:
  explicit Parts(std::string_view text) {
    constexpr std::string_view opening = "\n#ifndef LRC1_";
    for (auto at = text.find(opening); at != std::string_view::npos; at = text.find(opening, at)) {
      const std::string_view rest = text.substr(at + 1);
      const std::string_view first_line = rest.substr(0, rest.find('\n'));
      const std::string_view guard = first_line.substr(first_line.find(' ') + 1);
      const std::string closing = fmt::format("#endif  // {}\n", guard);
      const auto end = rest.find(closing) + closing.size();
      add(rest.substr(0, end));
      at += end;
    }
  }

  // All that the names need, rising.
  [[nodiscard]] std::set<std::size_t> needed(const std::set<std::string_view>& wanted) const {
    std::set<std::size_t> result = {0};
    for (const std::string_view name : wanted) {
      const auto part = first_.find(name);
      if (part == first_.end()) continue;
      result.insert(part->second);
      const std::set<std::size_t>& more = parts_[part->second].needs;
      result.insert(more.begin(), more.end());
    }
    return result;
  }

  [[nodiscard]] std::string_view text(std::size_t part) const { return parts_[part].text; }

 private:
  void add(std::string_view text) {
    const std::set<std::string_view> used = names(text);
    const std::set<std::size_t> needs = parts_.empty() ? std::set<std::size_t>{} : needed(used);
    for (const std::string_view name : used) first_.emplace(name, parts_.size());
    parts_.push_back({text, needs});
  }

  std::vector<Part> parts_;
  std::map<std::string_view, std::size_t> first_;
};

const Parts& parts() {
  static const std::string text = whole_text();
  static const Parts result(text);
  return result;
}

}  // namespace

std::string arithmetic_for(std::string_view text) {
  std::string result = fmt::format(
      "#ifndef LRC1_ARITHMETIC\n#define LRC1_ARITHMETIC {0}\n#elif LRC1_ARITHMETIC != {0}\n"
      "#error \"headers from different releases of lrc: export them again with one\"\n#endif\n",
      LRC1_DIGEST);
  for (const std::size_t part : parts().needed(names(text)))
    result += fmt::format("\n{}", parts().text(part));
  return result;
}

}  // namespace lrc::backends::c
