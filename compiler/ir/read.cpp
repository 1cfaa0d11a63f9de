#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "compiler/ir/canonical.h"
#include "compiler/ir/expression.h"
#include "compiler/ir/names.h"
#include "compiler/ir/operation.h"

namespace lrc::ir {
namespace {

// Thrown and caught in this file only: what is not canonical is not read further.
struct NotCanonical {
  std::string what;
};

[[noreturn]] void refuse(std::string_view what) {
  throw NotCanonical{fmt::format("{} is not as canonical text has it", what)};
}

using Items = std::span<const Expression>;

// The items behind the head of a list.
Items tail(const Expression& list) { return Items(list.items).subspan(1); }

const Expression& only(Items items, std::string_view what) {
  if (items.size() != 1) refuse(what);
  return items[0];
}

const std::string& word(const Expression& expression) {
  if (expression.kind != Expression::Kind::atom) refuse("a word");
  return expression.word;
}

exact::Rational rational(const Expression& expression) {
  const auto value = exact::from_text(word(expression));
  if (!value) refuse("a number");
  return *value;
}

exact::Rational real(const Expression& expression) {
  const std::string& text = word(expression);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value))
    refuse("a real number");
  return exact::from_double(value);
}

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, const Expression& expression) {
  const auto found = std::find(names.begin(), names.end(), word(expression));
  if (found == names.end()) refuse(word(expression));
  return static_cast<std::size_t>(found - names.begin());
}

// The operation that a list applies, with as many operands as it takes; null for any other list.
const OperationFacts* applied(const Expression& expression) {
  if (expression.kind != Expression::Kind::list || expression.items.empty() ||
      expression.items[0].kind != Expression::Kind::atom)
    return nullptr;
  const OperationFacts* operation = operation_named(expression.items[0].word);
  return operation != nullptr && operation->arity + 1 == expression.items.size() ? operation
                                                                                 : nullptr;
}

Number number(const Expression& expression) {
  if (expression.is_list("parameter"))
    return exact::ParameterName{word(only(tail(expression), "a parameter"))};
  const OperationFacts* operation = applied(expression);
  if (operation == nullptr) return rational(expression);
  exact::NumberCall call{std::string(operation->spelling), {}};
  for (const Expression& argument : tail(expression)) call.arguments.push_back(number(argument));
  return call;
}

Length::Term term(const Expression& expression) {
  if (expression.kind != Expression::Kind::list || expression.items.size() != 2) refuse("a length");
  return {static_cast<Length::Of>(index_of(length_names, expression.items[1])),
          number(expression.items[0])};
}

Length length(const Expression& expression) {
  Length built;
  built.terms.clear();
  const Expression* sum = &expression;
  if (expression.is_list("round")) {
    const Items items = tail(expression);
    if (items.size() < 2 || items.size() > 3) refuse("a rounded length");
    built.rounding = static_cast<exact::Rounding>(index_of(rounding_names, items[0]));
    built.of_float_product = items.size() == 3;
    sum = &items.back();
  }
  if (!sum->is_list("+")) {
    built.terms.push_back(term(*sum));
    return built;
  }
  for (const Expression& item : tail(*sum)) built.terms.push_back(term(item));
  if (built.terms.size() < 2) refuse("a length");
  return built;
}

Level level(const Expression& expression) {
  const bool relative = expression.kind == Expression::Kind::list && expression.items.size() == 2 &&
                        !expression.is_list("parameter") && applied(expression) == nullptr &&
                        expression.items[1].kind == Expression::Kind::atom &&
                        expression.items[1].word == "x";
  return relative ? Level{true, number(expression.items[0])} : Level{false, number(expression)};
}

Formula formula(const Expression& expression) {
  if (expression.kind == Expression::Kind::atom && expression.word == "u") return {};
  if (expression.kind == Expression::Kind::atom || expression.is_list("parameter")) {
    return {Formula::Kind::number, number(expression), "", {}};
  }
  if (expression.items.empty()) refuse("a formula");
  const OperationFacts* operation = operation_named(word(expression.items[0]));
  if (operation == nullptr || operation->arity + 1 != expression.items.size()) refuse("a formula");
  Formula built{Formula::Kind::call, {}, std::string(operation->spelling), {}};
  for (const Expression& argument : tail(expression)) built.arguments.push_back(formula(argument));
  return built;
}

std::optional<Over> over(Items rest) {
  if (rest.empty()) return std::nullopt;
  const Expression& expression = only(rest, "a ramp");
  if (!expression.is_list("over") || expression.items.size() < 2 || expression.items.size() > 3)
    refuse("a ramp's span");
  Over built;
  if (expression.items.size() == 3) built.begin = length(expression.items[1]);
  built.end = length(expression.items.back());
  return built;
}

Phase phase(const Expression& expression);
Curve curve(const Expression& expression);

Repeat repeat(Items items) {
  if (items.size() < 3) refuse("a repeat");
  Repeat built;
  if (items[0].is_list("times"))
    built.period = number(only(tail(items[0]), "a repeat"));
  else
    built.period = length(items[0]);
  built.growth = number(items[1]);
  for (const Expression& item : items.subspan(2)) {
    if (item.is_list("peak"))
      built.peak = number(only(tail(item), "a repeat"));
    else if (item.is_list("swing"))
      built.swing = number(only(tail(item), "a repeat"));
    else if (item.is_list("most"))
      built.at_most = number(only(tail(item), "a repeat"));
    else
      built.body.push_back(phase(item));
  }
  if (built.body.empty()) refuse("a repeat");
  return built;
}

void read_form(Phase& built, const Expression& expression) {
  if (expression.kind != Expression::Kind::list || expression.items.empty()) refuse("a form");
  const std::string& head = word(expression.items[0]);
  const Items items = tail(expression);
  const auto at_least = [&](std::size_t count) {
    if (items.size() < count) refuse(head);
  };
  if (head == "hold" && items.empty()) {
    built.form = Hold{};
  } else if (head == "ramp") {
    at_least(2);
    built.form = Ramp{level(items[0]), formula(items[1]), over(items.subspan(2))};
  } else if (head == "exponential") {
    at_least(1);
    built.form = ExponentialRamp{level(items[0]), over(items.subspan(1))};
  } else if ((head == "decay" || head == "staircase") && items.size() == 2) {
    built.form = Decay{number(items[0]), length(items[1]), head == "staircase"};
  } else if (head == "milestones") {
    at_least(2);
    Milestones form{number(items[0]), {}};
    for (const Expression& item : items.subspan(1)) form.positions.push_back(length(item));
    built.form = std::move(form);
  } else if (head == "rsqrt") {
    const Expression& timescale = only(items, head);
    const bool start = timescale.kind == Expression::Kind::atom && timescale.word == "start";
    built.form = InverseSquareRoot{start ? std::nullopt : std::optional(length(timescale))};
  } else if (head == "power" && items.size() == 2) {
    built.form = PowerLaw{number(items[0]), length(items[1])};
  } else if (head == "formula") {
    built.form = Formulaic{{curve(only(items, head))}};
  } else if (head == "repeat") {
    built.form = repeat(items);
  } else {
    refuse(head);
  }
}

Phase phase(const Expression& expression) {
  if (!expression.is_list("phase") || expression.items.size() != 5) refuse("a phase");
  Phase built;
  const Expression& extent = expression.items[1];
  if (extent.kind != Expression::Kind::list || extent.items.empty()) refuse("an extent");
  built.extent.kind = static_cast<Extent::Kind>(index_of(extent_names, extent.items[0]));
  if (built.extent.kind != Extent::Kind::rest)
    built.extent.length = length(only(tail(extent), "an extent"));
  const Expression& from = expression.items[2];
  if (!from.is_list("from")) refuse("a start level");
  const Expression& start = only(tail(from), "a start level");
  if (start.kind != Expression::Kind::atom || start.word != "before") built.from = level(start);
  read_form(built, expression.items[3]);
  const Expression& reading = expression.items[4];
  if (!reading.is_list("read")) refuse("a reading");
  built.reading = static_cast<Reading>(index_of(reading_names, only(tail(reading), "a reading")));
  return built;
}

Timeline timeline(Items items) {
  Timeline built;
  for (const Expression& item : items) {
    if (item.is_list("past"))
      built.past = static_cast<Past>(index_of(past_names, only(tail(item), "a timeline")));
    else
      built.phases.push_back(phase(item));
  }
  if (built.phases.empty()) refuse("a timeline");
  return built;
}

exact::Unit unit(const Expression& expression) {
  const auto found = exact::unit_named(word(expression));
  if (!found) refuse("a unit");
  return *found;
}

// The parts of a curve behind its head.
void read_curve(Curve& built, const std::string& head, Items items) {
  using Kind = Curve::Kind;
  if (head == "combine" && items.size() > 1) {
    built.kind = Kind::combination;
    built.name = word(items[0]);
    for (const Expression& item : items.subspan(1)) built.operands.push_back(curve(item));
  } else if (head == "value") {
    built.kind = Kind::reference;
    built.name = word(only(items, head));
  } else if (head == "position" || head == "elapsed") {
    built.kind = head == "position" ? Kind::position : Kind::elapsed;
    built.unit = unit(only(items, head));
  } else if (head == "progress" && items.empty()) {
    built.kind = Kind::progress;
  } else if (head == "noise") {
    built.kind = Kind::noise;
    built.number = number(only(items, head));
  } else if (head == "mirror" && items.size() == 4) {
    built.kind = Kind::mirrored;
    built.name = word(items[0]);
    built.low = level(items[1]);
    built.high = level(items[2]);
    built.operands.push_back(curve(items[3]));
  } else if ((head == "late" || head == "held") && items.size() == 2) {
    built.kind = head == "late" ? Kind::late : Kind::held;
    if (built.kind == Kind::late)
      built.number = number(items[0]);
    else
      built.length = length(items[0]);
    built.operands.push_back(curve(items[1]));
  } else if (head == "extended" && items.size() == 3) {
    built.kind = Kind::extended;
    built.length = length(items[0]);
    built.end = length(items[1]);
    built.operands.push_back(curve(items[2]));
  } else {
    refuse("a curve");
  }
}

Curve curve(const Expression& expression) {
  Curve built;
  if (expression.kind != Expression::Kind::list || expression.items.empty()) refuse("a curve");
  const std::string& head = word(expression.items[0]);
  if (head == "timeline")
    built.timeline = timeline(tail(expression));
  else
    read_curve(built, head, tail(expression));
  return built;
}

Output output(Items items) {
  if (items.size() < 2) refuse("an output");
  Output built{word(items[0]), curve(items[1]), std::nullopt};
  for (const Expression& item : items.subspan(2)) {
    if (item.is_list("clamp") && item.items.size() == 3)
      built.clamp = Clamp{level(item.items[1]), level(item.items[2])};
    else if (item.is_list("scale") && item.items.size() == 4)
      built.scale =
          Scale{word(item.items[1]) == "sqrt", rational(item.items[2]), unit(item.items[3])};
    else
      refuse("an output");
  }
  return built;
}

Group group(Items items) {
  if (items.size() < 2) refuse("a group");
  Group built{word(items[0]), {}, {}, {}, {}, std::nullopt};
  for (const Expression& item : items.subspan(1)) {
    if (item.kind == Expression::Kind::text) {
      built.patterns.push_back(item.word);
    } else if (item.is_list("output")) {
      built.outputs.push_back(output(tail(item)));
    } else if (item.is_list("factor") && item.items.size() == 3) {
      built.factors.push_back({word(item.items[1]), number(item.items[2])});
    } else if (item.is_list("clamp") && item.items.size() == 4) {
      built.clamps.push_back({word(item.items[3]), {level(item.items[1]), level(item.items[2])}});
    } else if (item.is_list("frozen") && item.items.size() <= 2) {
      built.frozen = Frozen{};
      if (item.items.size() == 2) built.frozen->until = length(item.items[1]);
    } else {
      refuse("a group");
    }
  }
  return built;
}

std::uint64_t count(const Expression& expression) {
  const std::string& text = word(expression);
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) refuse("a count");
  return value;
}

Trigger trigger(const Expression& expression) {
  if (expression.items.size() < 2) refuse("a trigger");
  using Kind = Trigger::Kind;
  Trigger built;
  built.kind = static_cast<Kind>(index_of(trigger_names, expression.items[0]));
  constexpr std::array<std::size_t, 4> sizes = {6, 4, 0, 4};
  const std::size_t size = sizes[static_cast<std::size_t>(built.kind)];
  if (size != 0 && expression.items.size() != size) refuse("a trigger");
  const Items items = tail(expression);
  for (const Expression& metric : size == 0 ? items : items.first(1))
    built.metrics.push_back(word(metric));
  if (built.kind == Kind::plateau) {
    built.upwards = word(items[1]) == "rising";
    built.count = count(items[2]);
    built.level = number(items[3]);
    built.relative = word(items[4]) == "relative";
  } else if (built.kind == Kind::spike) {
    built.level = number(items[1]);
    built.window = length(items[2]);
  } else if (built.kind == Kind::threshold) {
    built.upwards = word(items[1]) == "above";
    built.level = number(items[2]);
  }
  return built;
}

Reaction reaction(Items items) {
  if (items.size() < 2) refuse("a reaction");
  Reaction built{word(items[0]), number(items[1]), {}, {}, {}, {}};
  for (const Expression& item : items.subspan(2)) {
    if (item.items.size() != 2) refuse("a reaction");
    const Expression& value = item.items[1];
    if (item.is_list("for"))
      built.duration = length(value);
    else if (item.is_list("floor"))
      built.floor = level(value);
    else if (item.is_list("most"))
      built.most = count(value);
    else if (item.is_list("ignored"))
      built.ignored = level(value);
    else
      refuse("a reaction");
  }
  return built;
}

Rule rule(Items items) {
  if (items.empty()) refuse("a rule");
  Rule built;
  built.trigger = trigger(items[0]);
  for (const Expression& item : items.subspan(1)) {
    if (item.is_list("cooldown"))
      built.cooldown = count(only(tail(item), "a cooldown"));
    else if (item.is_list("after"))
      built.after = length(only(tail(item), "a position"));
    else if (item.is_list("counting"))
      built.counting = true;
    else if (item.is_list("reaction"))
      built.reactions.push_back(reaction(tail(item)));
    else if (item.is_list("signal"))
      built.signals.push_back(word(only(tail(item), "a signal")));
    else
      refuse("a rule");
  }
  return built;
}

Parameter parameter(Items items) {
  if (items.size() != 3 && items.size() != 5) refuse("a parameter");
  const auto type = static_cast<exact::ParameterType>(index_of(parameter_names, items[1]));
  const auto amount = [&](const Expression& item) {
    return type <= exact::ParameterType::level ? real(item) : rational(item);
  };
  Parameter built{word(items[0]), type, std::nullopt, std::nullopt};
  if (word(items[2]) != open_value) built.value = amount(items[2]);
  if (items.size() == 5) built.range = {amount(items[3]), amount(items[4])};
  return built;
}

void read_item(Program& program, const Expression& item) {
  if (item.is_list("run")) {
    program.run = length(only(tail(item), "a run"));
  } else if (item.is_list("stop")) {
    program.stop = length(only(tail(item), "a stop"));
  } else if (item.is_list("rate") && item.items.size() == 4) {
    program.rates.push_back({unit(item.items[1]), rational(item.items[2]), unit(item.items[3])});
  } else if (item.is_list("jump") && item.items.size() == 5) {
    program.jumps.push_back({{unit(item.items[1]), rational(item.items[2]), unit(item.items[3])},
                             length(item.items[4])});
  } else if (item.is_list("parameter")) {
    program.parameters.push_back(parameter(tail(item)));
  } else if (item.is_list("peak") && item.items.size() == 3) {
    const Expression& value = item.items[2];
    program.peaks.push_back({word(item.items[1]), value.kind == Expression::Kind::atom
                                                      ? Number(real(value))
                                                      : number(value)});
  } else if (item.is_list("output")) {
    program.outputs.push_back(output(tail(item)));
  } else if (item.is_list("group")) {
    program.groups.push_back(group(tail(item)));
  } else if (item.is_list("rule")) {
    program.rules.push_back(rule(tail(item)));
  } else if (!item.is_list("inputs")) {
    refuse("a policy");
  }
}

}  // namespace

tl::expected<Program, std::string> read(std::string_view text) {
  const auto expression = read_expression(text);
  if (!expression) return tl::unexpected(expression.error());
  try {
    if (!expression->is_list("lrc1")) refuse("the beginning");
    Program program;
    for (const Expression& item : tail(*expression)) read_item(program, item);
    program.inputs = find_inputs(program);
    if (program.outputs.empty() || print(program) != text) refuse("the text");
    if (const auto wrong = verify(program)) refuse(*wrong);
    return program;
  } catch (const NotCanonical& error) {
    return tl::unexpected(error.what);
  }
}

}  // namespace lrc::ir
