#include "compiler/import/python.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/case.h"

namespace lrc::import {
namespace {

[[noreturn]] void refuse_function(const std::string& python) {
  refuse_code(fmt::format("LambdaLR calls a Python function, `{}`", python),
              "write it as a formula of `position in steps`, as in `lr = (1x * 0.95 ^ (position in "
              "steps / 10))`");
}

enum Precedence { sum_level, product_level, power_level, atom_level };

struct Expression {
  std::string text;
  Precedence precedence = atom_level;
  std::optional<double> constant = {};
  bool times_pi = false;  // the text leaves out one factor of pi
  bool is_epoch = false;
};

// One piece of a chain of `A if epoch < N else B`.
struct Piece {
  Expression value;
  std::optional<double> until;
};

class Parser {
 public:
  Parser(std::string text, std::string variable)
      : text_(std::move(text)), variable_(std::move(variable)) {}

  std::vector<Piece> pieces() {
    std::vector<Piece> found;
    for (;;) {
      Expression value = sum();
      if (!word("if")) {
        found.push_back({std::move(value), std::nullopt});
        break;
      }
      found.push_back({std::move(value), bound()});
      if (!word("else")) refuse_function(text_);
      open_last();
    }
    skip();
    if (at_ != text_.size()) refuse_function(text_);
    return found;
  }

  Expression whole() {
    const std::vector<Piece> found = pieces();
    if (found.size() != 1) refuse_function(text_);
    return found[0].value;
  }

 private:
  // `… else (A if … else B)`: the brackets change nothing.
  void open_last() {
    skip();
    const std::size_t last = text_.find_last_not_of(" \t");
    if (text_[at_] != '(' || text_[last] != ')' || text_.find(" if ", at_) == std::string::npos)
      return;
    text_.erase(last, 1);
    ++at_;
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool sign(const std::string& sign) {
    skip();
    if (text_.compare(at_, sign.size(), sign) != 0) return false;
    at_ += sign.size();
    return true;
  }
  bool word(const std::string& wanted) {
    const std::size_t before = at_;
    if (name() == wanted) return true;
    at_ = before;
    return false;
  }
  std::string name() {
    skip();
    const std::size_t begin = at_;
    const auto belongs = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    };
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) == 0)
      while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // `epoch < N`: the first update that it does not hold for.
  double bound() {
    if (!word("epoch")) refuse_function(text_);
    const bool closed = sign("<=");
    if (!closed && !sign("<")) refuse_function(text_);
    const Expression limit = sum();
    if (!limit.constant) refuse_function(text_);
    return closed ? std::floor(*limit.constant) + 1 : std::ceil(*limit.constant);
  }

  static std::string inside(const Expression& expression, Precedence least) {
    const std::string text = expression.times_pi
                                 ? fmt::format("({}) * 3.141592653589793", expression.text)
                                 : expression.text;
    const Precedence precedence = expression.times_pi ? product_level : expression.precedence;
    return precedence < least ? "(" + text + ")" : text;
  }
  static std::optional<double> both(const Expression& a, const Expression& b,
                                    const std::function<double(double, double)>& operation) {
    if (!a.constant || !b.constant) return std::nullopt;
    return operation(*a.constant, *b.constant);
  }

  Expression sum() {
    Expression left = product();
    for (;;) {
      const bool plus = sign("+");
      if (!plus && !sign("-")) return left;
      const Expression right = product();
      Expression made{
          inside(left, sum_level) + (plus ? " + " : " - ") + inside(right, product_level),
          sum_level};
      made.constant =
          both(left, right, [plus](double a, double b) { return plus ? a + b : a - b; });
      left = std::move(made);
    }
  }

  Expression product() {
    Expression left = unary();
    for (;;) {
      skip();
      if (text_.compare(at_, 2, "**") == 0) return left;
      if (sign("//"))
        left = floor_division(left, unary());
      else if (sign("*"))
        left = times(left, unary());
      else if (sign("/"))
        left = divided(left, unary());
      else if (sign("%"))
        left = remainder(left, unary());
      else
        return left;
    }
  }

  static Expression times(const Expression& a, const Expression& b) {
    Expression made{a.text, product_level};
    if (a.text == "pi")
      made = {b.text, b.precedence, std::nullopt, true};
    else if (b.text == "pi")
      made = {a.text, a.precedence, std::nullopt, true};
    else {
      made.text = (a.times_pi ? bare(a) : inside(a, product_level)) + " * " +
                  (b.times_pi ? bare(b) : inside(b, power_level));
      made.times_pi = a.times_pi != b.times_pi;
      made.constant = both(a, b, std::multiplies<>());
    }
    return made;
  }
  static std::string bare(const Expression& expression) {
    return expression.precedence < product_level ? "(" + expression.text + ")" : expression.text;
  }
  static Expression divided(const Expression& a, const Expression& b) {
    Expression made{
        (a.times_pi ? bare(a) : inside(a, product_level)) + " / " + inside(b, power_level),
        product_level};
    made.times_pi = a.times_pi;
    made.constant = both(a, b, std::divides<>());
    return made;
  }
  Expression floor_division(const Expression& a, const Expression& b) const {
    if (!a.is_epoch || !b.constant) refuse_function(text_);
    const std::string every = count(*b.constant);
    return {fmt::format("(({} / {}), held each {} steps)", variable_, every, every), atom_level};
  }
  Expression remainder(const Expression& a, const Expression& b) const {
    const Expression whole = floor_division(a, b);
    return {fmt::format("{} - {} * {}", variable_, number(*b.constant), whole.text), sum_level};
  }

  Expression unary() {
    if (sign("-")) {
      const Expression operand = unary();
      Expression made{"0 - " + inside(operand, product_level), sum_level};
      if (operand.constant) made = {number(-*operand.constant), sum_level, -*operand.constant};
      return made;
    }
    (void)sign("+");
    const Expression base = atom();
    if (!sign("**")) return base;
    return raised(base, unary());
  }
  static Expression raised(const Expression& base, const Expression& exponent) {
    Expression made{inside(base, atom_level) + " ^ " + inside(exponent, atom_level), power_level};
    made.constant = both(base, exponent, [](double a, double b) { return std::pow(a, b); });
    return made;
  }

  Expression atom() {
    skip();
    if (at_ >= text_.size()) refuse_function(text_);
    if (sign("(")) {
      const Expression grouped = sum();
      if (!sign(")")) refuse_function(text_);
      return grouped;
    }
    if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.')
      return literal();
    const std::string called = name();
    if (called == "epoch") {
      Expression variable{variable_, product_level};
      variable.is_epoch = true;
      return variable;
    }
    if (called == "math.pi") return {"pi", atom_level, 3.141592653589793};
    return call(called);
  }

  Expression literal() {
    const char* begin = text_.c_str() + at_;
    char* end = nullptr;
    const double value = std::strtod(begin, &end);
    if (end == begin) refuse_function(text_);
    at_ += static_cast<std::size_t>(end - begin);
    return {number(value), atom_level, value};
  }

  Expression call(const std::string& called) {
    if (!sign("(")) refuse_function(text_);
    std::vector<Expression> arguments = {sum()};
    while (sign(",")) arguments.push_back(sum());
    if (!sign(")")) refuse_function(text_);
    if (called == "min" || called == "max") return extreme(called, arguments);
    if (called == "float" && arguments.size() == 1) return arguments[0];
    if (called == "pow" && arguments.size() == 2) return raised(arguments[0], arguments[1]);
    static const std::map<std::string, std::string> functions = {
        {"math.sqrt", "sqrt"}, {"math.exp", "exp"}, {"math.log", "ln"}, {"math.tanh", "tanh"}};
    static const std::map<std::string, std::string> waves = {{"math.cos", "cospi"},
                                                             {"math.sin", "sinpi"}};
    if (arguments.size() != 1) refuse_function(text_);
    if (const auto found = functions.find(called); found != functions.end())
      return {fmt::format("{}({})", found->second, inside(arguments[0], sum_level)), atom_level};
    const auto wave = waves.find(called);
    if (wave == waves.end()) refuse_function(text_);
    return {fmt::format("{}({})", wave->second,
                        arguments[0].times_pi
                            ? arguments[0].text
                            : inside(arguments[0], power_level) + " / 3.141592653589793"),
            atom_level};
  }
  static Expression extreme(const std::string& called, const std::vector<Expression>& arguments) {
    std::vector<std::string> texts;
    for (const Expression& argument : arguments) texts.push_back(inside(argument, sum_level));
    return {fmt::format("{}({})", called, fmt::join(texts, ", ")), atom_level};
  }

  std::string text_;
  std::string variable_;
  std::size_t at_ = 0;
};

// `N ** X`: the base, and what the exponent is.
struct Power {
  double base;
  std::string exponent;
};
std::optional<Power> power_of(const std::string& python) {
  char* end = nullptr;
  const double base = std::strtod(python.c_str(), &end);
  std::string rest(end);
  std::erase_if(rest, [](unsigned char c) { return std::isspace(c) != 0; });
  if (end == python.c_str() || !rest.starts_with("**")) return std::nullopt;
  rest.erase(0, 2);
  if (rest.starts_with("(") && rest.ends_with(")")) rest = rest.substr(1, rest.size() - 2);
  return Power{base, rest};
}

// The number behind a prefix, if that is all there is.
std::optional<double> number_behind(const std::string& text, const std::string& prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str() + prefix.size(), &end);
  return *end == '\0' && end != text.c_str() + prefix.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<double> constant_expression(const std::string& python) {
  try {
    return Parser(python, "").whole().constant;
  } catch (const Refusal&) {
    return std::nullopt;
  }
}

Chain lambda_chain(const std::string& python, const Context& context) {
  Chain chain;
  if (const auto power = power_of(python)) {
    if (power->exponent == "epoch") return chain.decay(power->base, 1, x(1)), chain;
    if (const auto every = number_behind(power->exponent, "epoch//"))
      return chain.stairs(power->base, *every, x(1)), chain;
    if (const auto per = number_behind(power->exponent, "epoch/"))
      return chain.decay(power->base, *per, x(1)), chain;
  }
  double begin = 0;
  if (context.part) refuse_function(python);
  for (const Piece& piece : Parser(python, "position in " + context.unit.many).pieces()) {
    const auto lasts = piece.until ? std::optional(*piece.until - begin) : std::nullopt;
    if (piece.value.constant)
      chain.hold(x(*piece.value.constant), lasts);
    else
      chain.words(fmt::format("(1x * ({}))", piece.value.text), lasts);
    begin = piece.until.value_or(begin);
  }
  return chain;
}

}  // namespace lrc::import
