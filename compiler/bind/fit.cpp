#include "compiler/bind/fit.h"

#include <fmt/format.h>

namespace lrc::bind {
namespace {

using exact::Rational;
using Kind = ir::Extent::Kind;

// A place on the run: so much of it, and some length in a unit more or not.
struct Sum {
  Rational share;
  bool units = false;
};

// Nothing where a parameter would have to be known, or the run for a rounding.
std::optional<Sum> sum_of(const exact::Length& length) {
  if (length.rounding != exact::Rounding::none) return std::nullopt;
  Sum sum;
  for (const exact::Length::Term& term : length.terms) {
    const auto* amount = std::get_if<Rational>(&term.amount);
    if (amount == nullptr || *amount < 0) return std::nullopt;
    if (term.of == exact::Length::Of::run)
      sum.share += *amount;
    else
      sum.units = sum.units || *amount > 0;
  }
  return sum;
}

std::string percent(const Rational& share) { return exact::to_decimal(share * 100) + "%"; }

std::optional<Failure> check(const ir::Timeline& timeline) {
  Sum end;
  bool open = false;
  for (const ir::Phase& phase : timeline.phases) {
    if (phase.extent.kind == Kind::rest) {
      open = true;
      continue;
    }
    const auto length = sum_of(phase.extent.length);
    if (!length) return std::nullopt;
    if (phase.extent.kind == Kind::until)
      end = *length;
    else
      end = {end.share + length->share, end.units || length->units};
  }
  const bool too_long = end.share > 1 || (end.share == 1 && end.units);
  const bool too_short = end.share < 1 && !end.units && !open;
  if (timeline.phases.empty() || (!too_long && !too_short)) return std::nullopt;
  const std::string taken = percent(end.share) + (end.units ? " and more" : "");
  return Failure{diagnostics::Code::E0502, timeline.phases.back().origin,
                 too_long ? "the phases overrun every run" : "the phases end before every run",
                 fmt::format("they take {} of it; phases cover the run exactly", taken),
                 too_long ? "" : "say what follows, as in `then hold`"};
}

std::optional<Failure> check(const ir::Curve& curve) {
  for (const ir::Curve& operand : curve.operands) {
    if (auto failure = check(operand)) return failure;
  }
  return check(curve.timeline);
}

}  // namespace

std::optional<Failure> never_fits(const ir::Program& program) {
  for (const ir::Output& output : program.outputs) {
    if (auto failure = check(output.curve)) return failure;
  }
  for (const ir::Group& group : program.groups) {
    for (const ir::Output& output : group.outputs) {
      if (auto failure = check(output.curve)) return failure;
    }
  }
  return std::nullopt;
}

}  // namespace lrc::bind
