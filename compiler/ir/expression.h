#pragma once
// Symbolic expressions: the layer of canonical text that knows only atoms, texts and lists.

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace lrc::ir {

struct Expression {
  enum class Kind : unsigned char { atom, text, list };
  Kind kind = Kind::list;
  std::string word;               // of an atom, or what stands between the quotes of a text
  std::vector<Expression> items;  // of a list

  [[nodiscard]] static Expression atom(std::string text) {
    return {Kind::atom, std::move(text), {}};
  }
  [[nodiscard]] static Expression quoted(std::string text) {
    return {Kind::text, std::move(text), {}};
  }
  [[nodiscard]] static Expression list(std::string head) {
    return {Kind::list, "", {atom(std::move(head))}};
  }

  Expression& add(Expression item) {
    items.push_back(std::move(item));
    return *this;
  }
  Expression& add(std::string atom_word) { return add(atom(std::move(atom_word))); }

  [[nodiscard]] bool is_list(std::string_view head) const {
    return kind == Kind::list && !items.empty() && items[0].kind == Kind::atom &&
           items[0].word == head;
  }
};

// Lists of the large kinds have a line for every item, all others stand on one line.
[[nodiscard]] std::string print(const Expression& expression);

// Reads one expression that is the whole text. At most `maximum_depth` lists deep.
inline constexpr std::size_t maximum_depth = 1000;
[[nodiscard]] tl::expected<Expression, std::string> read_expression(std::string_view text);

}  // namespace lrc::ir
