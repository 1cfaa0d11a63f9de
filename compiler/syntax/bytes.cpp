#include "compiler/syntax/bytes.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "compiler/source/limits.h"

namespace lrc::syntax {
namespace {

using diagnostics::Code;
using diagnostics::Issue;
using diagnostics::Issues;
using source::Source;
using source::Span;

bool is_operator(char c) { return std::string_view("+-*/^").find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Walks the words, numbers and signs of a source without building anything.
class Scan {
 public:
  explicit Scan(const Source& source) : source_(source), text_(source.text) {}

  Issues run() {
    if (text_.size() > source::maximum_source_bytes) {
      fail(Code::E0901, 0, 0,
           fmt::format("the source has more than {} bytes", source::maximum_source_bytes),
           "one source is at most 1 MiB");
      return std::move(issues_);
    }
    at_ = source::byte_order_mark(text_);
    while (at_ < text_.size() && issues_.empty()) next();
    if (issues_.empty() && words_ == 0) empty_policy();
    return std::move(issues_);
  }

 private:
  void next() {
    const char c = text_[at_];
    if (is_space(c)) {
      ++at_;
    } else if (c == '#') {
      comment();
    } else {
      count_word();
      if (c == '"')
        string();
      else if (is_digit(c) || (c == '.' && is_digit(peek(1))))
        number();
      else if (is_letter(c))
        word();
      else
        sign(c);
    }
  }

  char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void comment() {
    while (at_ < text_.size() && !is_line_end(text_[at_]) && issues_.empty()) character();
  }

  void string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"' && !is_line_end(text_[at_]) && issues_.empty())
      character();
    if (!issues_.empty()) return;
    if (peek(0) != '"') {
      fail(Code::E0202, begin, at_, "this text has no closing `\"`",
           "a text ends on the line it began on");
      return;
    }
    ++at_;
  }

  // One character of any kind: only its encoding matters.
  void character() {
    const std::size_t length = source::utf8_sequence(text_.substr(at_, 4));
    if (text_[at_] == '\0') {
      fail(Code::E0002, at_, at_ + 1, "a NUL byte in the source", "a policy is text");
    } else if (length == 0) {
      fail(Code::E0001, at_, at_ + 1, "a byte that is no UTF-8", "a policy is UTF-8 text");
    } else {
      at_ += length;
    }
  }

  void word() {
    const std::size_t begin = at_;
    while (is_letter(peek(0)) || is_digit(peek(0))) ++at_;
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (text.size() > source::maximum_name_bytes) {
      fail(Code::E0907, begin, at_, fmt::format("a name of {} bytes", text.size()),
           fmt::format("a name has at most {} bytes", source::maximum_name_bytes));
    } else if (text == "then" && ++thens_ >= source::maximum_phases) {
      fail(Code::E0905, begin, at_, fmt::format("more than {} phases", source::maximum_phases),
           fmt::format("a policy has at most {} phases", source::maximum_phases));
    } else if (text == "group" && ++groups_ > source::maximum_groups) {
      fail(Code::E0906, begin, at_, fmt::format("more than {} groups", source::maximum_groups),
           fmt::format("a policy has at most {} groups", source::maximum_groups));
    } else if (text == "then") {
      operators_ = 0;
    }
  }

  void number() {
    const std::size_t begin = at_;
    std::size_t digits = 0;
    for (; is_digit(peek(0)) || peek(0) == '_' || (peek(0) == '.' && is_digit(peek(1))); ++at_) {
      if (is_digit(peek(0))) ++digits;
    }
    if (digits > source::maximum_number_digits) {
      fail(Code::E0903, begin, at_, fmt::format("a number of {} digits", digits),
           fmt::format("a number has at most {} digits", source::maximum_number_digits));
      return;
    }
    const bool has_sign = peek(1) == '+' || peek(1) == '-';
    if ((peek(0) == 'e' || peek(0) == 'E') && is_digit(peek(has_sign ? 2 : 1)))
      exponent(begin, has_sign);
    // Letters that stick to the number belong to it.
    while (is_letter(peek(0)) || is_digit(peek(0))) ++at_;
  }

  void exponent(std::size_t begin, bool has_sign) {
    at_ += has_sign ? 2 : 1;
    const std::size_t first = at_;
    while (is_digit(peek(0))) ++at_;
    int value = 0;
    const auto read = std::from_chars(text_.data() + first, text_.data() + at_, value);
    if (read.ec != std::errc() || value > source::maximum_number_exponent) {
      fail(Code::E0904, begin, at_, "a number with an exponent beyond 308",
           "exponents of ten reach from -308 to 308");
    }
  }

  void sign(char c) {
    if (c == '{' || c == '}' || c == '=' || c == ',') operators_ = 0;
    if (c == '(' || c == '{') {
      open_.push_back(at_);
      if (open_.size() > source::maximum_nesting) {
        fail(Code::E0902, at_, at_ + 1,
             fmt::format("more than {} levels of nesting", source::maximum_nesting),
             fmt::format("`(` and `{{` nest at most {} deep", source::maximum_nesting));
        return;
      }
    } else if ((c == ')' || c == '}') && !open_.empty()) {
      open_.pop_back();
    } else if (is_operator(c) && ++operators_ > source::maximum_operations) {
      fail(Code::E0910, at_, at_ + 1,
           fmt::format("a formula of more than {} operations", source::maximum_operations),
           "one value is computed by a bounded number of operations");
      return;
    }
    character();
  }

  void count_word() {
    if (++words_ > source::maximum_words) {
      fail(Code::E0908, at_, at_ + 1,
           fmt::format("more than {} words, numbers and signs", source::maximum_words),
           fmt::format("a source has at most {} of them", source::maximum_words));
    }
  }

  void empty_policy() {
    fail(Code::E0003, text_.size(), text_.size(), "the policy is empty",
         "a policy is at least one phase");
    issues_.back().fix = diagnostics::Fix{"write a schedule, such as `constant`", std::nullopt, ""};
  }

  void fail(Code code, std::size_t begin, std::size_t end, std::string message,
            std::string reason) {
    issues_.push_back(
        Issue{code,
              Span{&source_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
              std::move(message),
              "",
              {},
              std::move(reason),
              std::nullopt});
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t words_ = 0, thens_ = 0, groups_ = 0;
  std::size_t operators_ = 0;  // of one expression, which ANTLR's parser takes one call deeper each
  std::vector<std::size_t> open_;
  Issues issues_;
};

}  // namespace

Issues check_bytes(const Source& source) { return Scan(source).run(); }

}  // namespace lrc::syntax
