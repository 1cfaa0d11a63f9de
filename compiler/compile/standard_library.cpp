#include "compiler/compile/standard_library.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

namespace lrc::compile {
namespace {

constexpr std::string_view curve_word = "curve ", schedule_word = "schedule ";
constexpr std::string_view continuation = " )}";

// One definition in the text of its module.
struct Piece {
  source::SourcePtr source;
  source::Span span;
  bool is_schedule;
  std::size_t order;  // by module, then by place
  mutable std::once_flag once = {};
  mutable check::Library library = {};
};

// Those above a piece: it can name no other, and so no piece waits for itself.
class Above : public check::Definitions {
 public:
  Above(const std::map<std::string, Piece>& pieces, const Definitions& all, std::size_t order)
      : pieces_(pieces), all_(all), order_(order) {}

  [[nodiscard]] const check::Library* defining(const std::string& name) const override {
    const auto found = pieces_.find(name);
    const bool above = found != pieces_.end() && found->second.order < order_;
    return above ? all_.defining(name) : nullptr;
  }
  [[nodiscard]] std::vector<std::string> curves() const override { return all_.curves(); }
  [[nodiscard]] std::vector<std::string> schedules() const override { return all_.schedules(); }

 private:
  const std::map<std::string, Piece>& pieces_;
  const Definitions& all_;
  std::size_t order_;
};

class StandardLibrary : public check::Definitions {
 public:
  StandardLibrary() {
    for (const Module& module : standard_modules()) {
      find_pieces(source::make_source("stdlib/" + std::string(module.name) + ".lrp",
                                      std::string(module.text)));
    }
  }

  [[nodiscard]] const check::Library* defining(const std::string& name) const override {
    const auto found = pieces_.find(name);
    if (found == pieces_.end()) return nullptr;
    const Piece& piece = found->second;
    std::call_once(piece.once, [&] { compile(piece); });
    return &piece.library;
  }

  [[nodiscard]] std::vector<std::string> curves() const override { return names(false); }
  [[nodiscard]] std::vector<std::string> schedules() const override { return names(true); }

 private:
  // The layout of our own modules is that of `lrc fmt`: a definition begins a line with its word,
  // and only its own lines that follow begin with a space or a closing bracket.
  void find_pieces(const source::SourcePtr& source) {
    const std::string_view text = source->text;
    std::size_t begin = 0;
    while (begin < text.size()) {
      std::size_t end = end_of_line(text, begin);
      const std::string_view line = text.substr(begin, end - begin);
      const bool is_schedule = line.starts_with(schedule_word);
      if (is_schedule || line.starts_with(curve_word)) {
        while (end < text.size() && continuation.find(text[end]) != continuation.npos)
          end = end_of_line(text, end);
        add(source, begin, end, is_schedule);
      }
      begin = end;
    }
  }

  static std::size_t end_of_line(std::string_view text, std::size_t begin) {
    return std::min(text.size(), text.find('\n', begin)) + 1;
  }

  void add(const source::SourcePtr& source, std::size_t begin, std::size_t end, bool is_schedule) {
    const source::Span span{source.get(), static_cast<std::uint32_t>(begin),
                            static_cast<std::uint32_t>(std::min(end, source->text.size()))};
    std::string_view name = span.text();
    name.remove_prefix((is_schedule ? schedule_word : curve_word).size());
    pieces_.try_emplace(std::string(name.substr(0, name.find('('))), source, span, is_schedule,
                        pieces_.size());
  }

  void compile(const Piece& piece) const {
    const Above above(pieces_, *this, piece.order);
    piece.library.look_beyond(&above);
    auto parsed = syntax::parse_part(*piece.source, piece.span);
    const diagnostics::Issues issues = parsed.issues.empty()
                                           ? piece.library.add(parsed.tree, piece.source)
                                           : std::move(parsed.issues);
    piece.library.look_beyond(nullptr);
    if (issues.empty()) return;
    std::fputs(diagnostics::render_human(issues, diagnostics::Color::never).c_str(), stderr);
    std::abort();
  }

  [[nodiscard]] std::vector<std::string> names(bool schedules) const {
    std::vector<std::string> found;
    for (const auto& [name, piece] : pieces_) {
      if (piece.is_schedule == schedules) found.push_back(name);
    }
    return found;
  }

  std::map<std::string, Piece> pieces_;
};

}  // namespace

const check::Definitions& standard_library() {
  static const StandardLibrary library;
  return library;
}

}  // namespace lrc::compile
