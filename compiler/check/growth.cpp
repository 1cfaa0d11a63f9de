// A batch, or another rate, that grows during the run (M4), and what is scaled with it.

#include "compiler/check/context.h"
#include "compiler/source/limits.h"

namespace lrc::check {
namespace {

using exact::Length;
using exact::Rational;

// An exact amount of one unit, or of the run.
std::optional<Length> stated(Context& context, const ast::Value& value) {
  auto length = check_length(context, value);
  if (!length || length->exact() != nullptr) return length;
  context.report(Code::E0104, value.span, fmt::format("`{}` is no exact length", written(value)))
      .reason = "how a batch grows is a fact: a number of one unit, without parameters";
  return std::nullopt;
}

class Growing {
 public:
  Growing(Context& context, const exact::Rate& rate, const ast::Value& of)
      : context_(context), rate_(rate), of_(of) {}

  std::vector<policy::Jump> run(const std::vector<ast::Growth>& growth) {
    for (const ast::Growth& item : growth) {
      if (!grow(item)) return {};
    }
    return std::move(jumps_);
  }

 private:
  bool grow(const ast::Growth& item) {
    const auto to = amount(item.to);
    const auto when = to ? stated(context_, item.when) : std::nullopt;
    if (!when) return false;
    return item.steps_of ? stairs(item, *to, *when) : jump(*to, *when, item.span);
  }

  // In units of the rate's right side, for one of its left side.
  std::optional<Rational> amount(const ast::Value& value) {
    const auto length = stated(context_, value);
    if (!length) return std::nullopt;
    const bool same = exact::unit_named(of_.word) == rate_.of &&
                      length->of() == exact::of_unit(rate_.in) && *length->exact() > 0;
    if (same) return *length->exact() / of_.number;
    Issue& issue =
        context_.report(Code::E0104, value.span, fmt::format("growing to `{}`", written(value)));
    issue.reason = fmt::format("it grows to another number of {}", plural(rate_.in));
    return std::nullopt;
  }

  bool jump(const Rational& to, const Length& at, Span span) {
    if (!jumps_.empty() && jumps_.back().at.of() == at.of() &&
        *jumps_.back().at.exact() >= *at.exact()) {
      Issue& issue = context_.report(Code::E0110, span, "growth that is not in order");
      issue.labels.push_back(Label{jumps_.back().span, "this comes before it"});
      issue.reason = "each position lies behind the one before";
      return false;
    }
    if (jumps_.size() >= source::maximum_phases) {
      context_.report(
          Code::E0905, span,
          fmt::format("a rate that changes more than {} times", source::maximum_phases));
      return false;
    }
    jumps_.push_back({{rate_.of, to, rate_.in}, at, span});
    return true;
  }

  // Equal parts of the length, each ending in a jump.
  bool stairs(const ast::Growth& item, const Rational& to, const Length& length) {
    const auto step = amount(*item.steps_of);
    if (!step) return false;
    const Rational before = jumps_.empty() ? rate_.amount : jumps_.back().rate.amount;
    const Rational begin = jumps_.empty() ? Rational(0) : *jumps_.back().at.exact();
    const Rational parts = (to - before) / *step;
    const bool one_unit = jumps_.empty() || jumps_.back().at.of() == length.of();
    if (exact::denominator(parts) != 1 || parts < 1 || parts > source::maximum_phases ||
        !one_unit) {
      Issue& issue =
          context_.report(Code::E0110, item.span,
                          fmt::format("from {} to {} in steps of {}", exact::to_decimal(before),
                                      exact::to_decimal(to), exact::to_decimal(*step)));
      issue.reason = "it grows by a whole number of equal steps, in the unit of what stands before";
      return false;
    }
    const int count = exact::numerator(parts).convert_to<int>();
    for (int i = 1; i <= count; ++i) {
      const Rational at = begin + *length.exact() * i / count;
      if (!jump(before + *step * i, {length.of(), at}, item.span)) return false;
    }
    return true;
  }

  Context& context_;
  const exact::Rate& rate_;
  const ast::Value& of_;
  std::vector<policy::Jump> jumps_;
};

}  // namespace

std::vector<policy::Jump> check_growth(Context& context, const exact::Rate& rate,
                                       const ast::Value& of,
                                       const std::vector<ast::Growth>& growth) {
  const Scoped everyone(context.output, std::string());  // every output needs what it needs
  return Growing(context, rate, of).run(growth);
}

std::optional<policy::Scale> check_scale(Context& context, const ast::Scale& scale) {
  const bool root = scale.how.text == "sqrt";
  if (!root && scale.how.text != "linear") {
    context
        .report(Code::E0302, scale.how.span,
                fmt::format("`scale` does not take `{}`", scale.how.text))
        .reason = "a learning rate scales `linear` or `sqrt` with the batch";
    return std::nullopt;
  }
  if (!context.has_peak()) {
    context.report(Code::E0105, scale.span, fmt::format("`{}` has no peak", context.output))
        .reason = "`scale` multiplies the peak";
    return std::nullopt;
  }
  const auto from = stated(context, scale.from);
  if (!from) return std::nullopt;
  const bool counts = from->of() == Length::Of::samples || from->of() == Length::Of::tokens;
  if (!counts || *from->exact() <= 0) {
    context
        .report(Code::E0104, scale.from.span, fmt::format("`{}` is no batch", written(scale.from)))
        .fix = Fix{"give it in samples or tokens, such as `256 samples`", std::nullopt, ""};
    return std::nullopt;
  }
  context.need(policy::Need::Fact::rate, scale.from.span, unit_of(from->of()));
  return policy::Scale{root, *from->exact(), unit_of(from->of())};
}

}  // namespace lrc::check
