#include "compiler/ir/expression.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace lrc::ir {
namespace {

constexpr std::array<std::string_view, 13> large = {
    "lrc1",    "output", "group", "timeline", "phase", "repeat",  "combine",
    "formula", "mirror", "late",  "held",     "rule",  "extended"};

bool is_large(const Expression& expression) {
  return std::any_of(large.begin(), large.end(),
                     [&](std::string_view head) { return expression.is_list(head); });
}

void append(std::string& out, const Expression& expression, std::size_t indent) {
  if (expression.kind == Expression::Kind::atom) out += expression.word;
  if (expression.kind == Expression::Kind::text) out += '"' + expression.word + '"';
  if (expression.kind != Expression::Kind::list) return;
  out += '(';
  const bool lines = is_large(expression);
  bool first = true;
  for (const Expression& item : expression.items) {
    const bool own_line = lines && item.kind == Expression::Kind::list;
    if (own_line)
      out += '\n' + std::string(indent + 1, ' ');
    else if (!first)
      out += ' ';
    append(out, item, indent + 1);
    first = false;
  }
  out += ')';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  tl::expected<Expression, std::string> run() {
    auto expression = item(0);
    skip_space();
    if (expression && at_ != text_.size()) return fail();
    return expression;
  }

 private:
  tl::expected<Expression, std::string> item(std::size_t depth) {
    skip_space();
    if (at_ == text_.size() || depth > maximum_depth) return fail();
    if (text_[at_] == '(') return list(depth);
    if (text_[at_] == '"') return quoted();
    const std::size_t end = std::min(text_.find_first_of(" \n()\"", at_), text_.size());
    if (end == at_) return fail();
    Expression atom = Expression::atom(std::string(text_.substr(at_, end - at_)));
    at_ = end;
    return atom;
  }

  tl::expected<Expression, std::string> list(std::size_t depth) {
    ++at_;
    Expression built;
    for (skip_space(); at_ < text_.size() && text_[at_] != ')'; skip_space()) {
      auto next = item(depth + 1);
      if (!next) return next;
      built.items.push_back(std::move(*next));
    }
    if (at_ == text_.size()) return fail();
    ++at_;
    return built;
  }

  tl::expected<Expression, std::string> quoted() {
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos) return fail();
    Expression text = Expression::quoted(std::string(text_.substr(at_ + 1, end - at_ - 1)));
    at_ = end + 1;
    return text;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  tl::unexpected<std::string> fail() const {
    return tl::unexpected(fmt::format("byte {} is not as canonical text has it", at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string print(const Expression& expression) {
  std::string out;
  append(out, expression, 0);
  return out + "\n";
}

tl::expected<Expression, std::string> read_expression(std::string_view text) {
  return Reader(text).run();
}

}  // namespace lrc::ir
