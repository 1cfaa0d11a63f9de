// torch.optim.lr_scheduler. Everything is read at the start of an update.

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/chained.h"
#include "compiler/import/families.h"
#include "compiler/import/plateau.h"
#include "compiler/import/python.h"

namespace lrc::import {
namespace {

using diagnostics::Code;

constexpr const char* mirrored = ", past end mirror";

const std::vector<std::string> classes = {"ChainedScheduler",
                                          "ConstantLR",
                                          "CosineAnnealingLR",
                                          "CosineAnnealingWarmRestarts",
                                          "CyclicLR",
                                          "ExponentialLR",
                                          "LambdaLR",
                                          "LinearLR",
                                          "MultiStepLR",
                                          "MultiplicativeLR",
                                          "OneCycleLR",
                                          "PolynomialLR",
                                          "ReduceLROnPlateau",
                                          "SequentialLR",
                                          "StepLR"};

struct Part {
  Chain chain;
  bool mirrors = false;  // past its end it climbs back
};

Arguments arguments_of(const Json& spec) {
  if (!spec.is_object()) refuse_value("schedulers", spec, "a list of objects with `cls` is needed");
  const Arguments arguments(spec, spec.contains("cls") && spec["cls"].is_string()
                                      ? spec["cls"].get<std::string>()
                                      : "the scheduler");
  (void)arguments.choice("cls", "", classes);
  const double last = arguments.number("last_epoch", -1);
  if (last != -1)
    refuse_value("last_epoch", spec["last_epoch"], "a schedule is read from its start");
  arguments.ignore({"verbose"});
  return arguments;
}

Chain constant(const Arguments& arguments) {
  const double factor = arguments.number("factor", 1.0 / 3),
               total = arguments.number("total_iters", 5);
  Chain chain;
  // Without an update at which it would end, the factor stays.
  chain.hold(x(factor), total > 0 ? std::optional(total) : std::nullopt);
  if (total > 0) chain.hold(x(1));
  return chain;
}

Chain line(const Arguments& arguments) {
  const double start = arguments.number("start_factor", 1.0 / 3);
  const double end = arguments.number("end_factor", 1), total = arguments.number("total_iters", 5);
  Chain chain;
  if (total <= 0) {
    chain.hold(x(start));
  } else {
    chain.ramp(linear(), x(start), x(end), total);
    chain.hold();
  }
  return chain;
}

Chain power(const Arguments& arguments) {
  const double total = arguments.number("total_iters", 5), exponent = arguments.number("power", 1);
  Chain chain;
  if (total > 0) chain.ramp(polynomial(exponent), x(1), x(0), total);
  chain.hold(total > 0 ? std::nullopt : std::optional(x(1)));
  return chain;
}

Chain multistep(const Arguments& arguments) {
  std::vector<double> milestones = arguments.numbers("milestones");
  std::sort(milestones.begin(), milestones.end());
  Chain chain;
  chain.jumps(arguments.number("gamma", 0.1), std::move(milestones), x(1));
  return chain;
}

// Down and, past T_max, up again and so on.
Part annealing(const Arguments& arguments, const Context& context, std::optional<double> lasts) {
  const double half = arguments.number("T_max");
  const Level floor = plain(arguments.number("eta_min", 0));
  Part part;
  if (lasts && *lasts > half) {
    part.chain.words(
        fmt::format("repeat every {} {{ cosine from 1x to {} for {} then cosine to 1x for {} }}",
                    length(2 * half, context.unit), level(floor, context),
                    length(half, context.unit), length(half, context.unit)));
  } else {
    part.chain.ramp(cosine(), x(1), floor, half);
    part.mirrors = true;
  }
  return part;
}

Chain restarts(const Arguments& arguments, const Context& context) {
  const double period = arguments.whole("T_0"), growth = arguments.whole("T_mult", 1);
  const Level floor = plain(arguments.number("eta_min", 0));
  Chain chain;
  chain.words(
      fmt::format("repeat every {}{} {{ cosine from 1x to {} }}", length(period, context.unit),
                  growth == 1 ? "" : " growing by " + number(growth), level(floor, context)));
  return chain;
}

// `factor ** epoch` and its like have phases of their own; what else can be said is a formula.
Chain lambda(const Arguments& arguments, const Context& context) {
  const Json& code = arguments.any("lr_lambda");
  if (code.is_number()) {
    Chain chain;
    chain.hold(x(code.get<double>()));
    return chain;
  }
  return lambda_chain(arguments.word("lr_lambda"), context);
}

double constant_factor(const Arguments& arguments) {
  const Json& code = arguments.any("lr_lambda");
  if (code.is_number()) return code.get<double>();
  if (const auto value = constant_expression(arguments.word("lr_lambda"))) return *value;
  refuse_code("MultiplicativeLR multiplies by a Python function of the update",
              "give the factor as a number, or write the product that it makes as a formula of "
              "`position in steps`");
}

Chain multiplicative(const Arguments& arguments) {
  Chain chain;
  chain.decay(constant_factor(arguments), 1);
  return chain;
}

Part part_of(const Json& spec, const Context& context, std::optional<double> lasts) {
  const Arguments arguments = arguments_of(spec);
  const std::string name = arguments.word("cls");
  Part part;
  if (name == "ConstantLR")
    part.chain = constant(arguments);
  else if (name == "LinearLR")
    part.chain = line(arguments);
  else if (name == "PolynomialLR")
    part.chain = power(arguments);
  else if (name == "MultiStepLR")
    part.chain = multistep(arguments);
  else if (name == "ExponentialLR")
    part.chain.decay(arguments.number("gamma"), 1, x(1));
  else if (name == "StepLR")
    part.chain.stairs(arguments.number("gamma", 0.1), arguments.number("step_size"), x(1));
  else if (name == "CosineAnnealingLR")
    part = annealing(arguments, context, lasts);
  else if (name == "CosineAnnealingWarmRestarts")
    part.chain = restarts(arguments, context);
  else if (name == "LambdaLR")
    part.chain = lambda(arguments, context);
  else if (name == "MultiplicativeLR")
    part.chain = multiplicative(arguments);
  else
    refuse_unsayable(fmt::format("{} inside another scheduler", name),
                     "there it starts from what the others left in the optimizer",
                     "import it by itself and join the two policies by hand");
  arguments.finish();
  return part;
}

// One after the other. Each starts anew from the base rate, but for MultiplicativeLR, which goes on
// from the last value of the one before: its first factor acts on the update that it begins with.
Part sequence(const Arguments& arguments, const Context& context) {
  const Json& specs = arguments.list("schedulers");
  const std::vector<double> milestones = arguments.numbers("milestones");
  if (specs.size() != milestones.size() + 1)
    refuse_value("milestones", arguments.any("milestones"), "one fewer than schedulers is needed");
  Part whole;
  double begin = 0;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool last = i + 1 == specs.size();
    const auto lasts = last ? std::nullopt : std::optional(milestones[i] - begin);
    if (lasts && *lasts <= 0) continue;
    Context own = context;
    own.part = true;
    Part part = part_of(specs[i], own, lasts);
    const bool goes_on = specs[i]["cls"] == "MultiplicativeLR" && begin > 0;
    if (goes_on) whole.chain = whole.chain.cut(begin - 1);
    whole.chain.append(lasts ? part.chain.cut(*lasts + (goes_on ? 1 : 0)) : part.chain);
    whole.mirrors = last && part.mirrors;
    if (lasts) begin = milestones[i];
  }
  return whole;
}

void check_chainable(const std::string& name) {
  if (name == "CosineAnnealingWarmRestarts" || name == "LambdaLR" || name == "SequentialLR" ||
      name == "ChainedScheduler")
    refuse_unsayable(fmt::format("{} in a ChainedScheduler", name),
                     "it sets the rate and so forgets what the schedulers before it did");
}

// Every scheduler multiplies what it finds, so the factors multiply.
Chain product(const Arguments& arguments, const Case& given, const Context& context) {
  std::vector<std::string> factors;
  const Json& schedulers = arguments.list("schedulers");
  double cosines = 0;
  bool floor = false;
  for (const Json& spec : schedulers) {
    const std::string name = arguments_of(spec).word("cls");
    check_chainable(name);
    Context own = context;
    own.factor = !factors.empty();
    const Part part = part_of(spec, own, std::nullopt);
    if (name == "CosineAnnealingLR") cosines += 1;
    floor =
        floor || (name == "CosineAnnealingLR" && spec.contains("eta_min") && spec["eta_min"] != 0);
    factors.push_back("(" + part.chain.text(own) + (part.mirrors ? mirrored : "") + ")");
  }
  const double horizon = given.facts().number("horizon", 0);
  if (cosines > 1)
    refuse_unsayable("two cosines in a ChainedScheduler",
                     "behind its lowest point each starts from the base rate again");
  if (floor) return cosine_above_floor(schedulers, given.learning_rate(), horizon);
  if (cosines == 1) return product_with_cosine(schedulers, factors, horizon);
  Chain chain;
  chain.words(fmt::format("{}", fmt::join(factors, " * ")));
  return chain;
}

double single(const Arguments& arguments, const std::string& name) {
  const Json& value = arguments.any(name);
  if (value.is_array() && value.size() == 1 && value[0].is_number()) return value[0].get<double>();
  return arguments.number(name);
}

// A triangle between two levels again and again; `swing` says how far each cycle still reaches.
std::string triangles(double low, double high, double up, double down, const std::string& swing,
                      const Context& context) {
  if (up == down && low < high)
    return fmt::format("cycle triangular between {} and {} every {}{}", level(plain(low), context),
                       level(plain(high), context), length(up + down, context.unit), swing);
  Chain cycle;
  cycle.ramp(linear(), std::nullopt, plain(high), up);
  cycle.ramp(linear(), std::nullopt, plain(low), down);
  const std::string legs = cycle.text(context);
  return fmt::format("repeat every {}{} {{ linear from {} {} }}", length(up + down, context.unit),
                     swing, level(plain(low), context), legs.substr(std::string("linear ").size()));
}

// The difference to where a cycle starts shrinks with every update.
std::string shrinking(double low, double high, double up, double down, double gamma,
                      const Context& context) {
  const double reach = high - low;
  Context absolute = context;
  absolute.peak.reset();
  return fmt::format("{} {} ({}) * (exponential by {} per {})", number(low), reach < 0 ? "-" : "+",
                     triangles(0, reach < 0 ? -reach : reach, up, down, "", absolute),
                     number(gamma), context.unit.one);
}

void cyclic(const Arguments& arguments, Draft& draft) {
  if (arguments.has("scale_fn"))
    refuse_code("CyclicLR scales its cycles by a Python function",
                "write it as a formula, or import one of the modes that have names");
  arguments.ignore({"scale_mode", "gamma"});
  const double up = arguments.number("step_size_up", 2000),
               down = arguments.number("step_size_down", up);
  const std::string mode =
      arguments.choice("mode", "triangular", {"triangular", "triangular2", "exp_range"});
  const auto output = [&](const std::string& name, double low, double high) {
    Context context = draft.context;
    context.peak.reset();
    if (mode == "exp_range")
      draft.add_text(name, shrinking(low, high, up, down, arguments.number("gamma", 1), context));
    else
      draft.add_text(name, triangles(low, high, up, down,
                                     mode == "triangular" ? "" : " swing by 0.5", context));
  };
  output("lr", single(arguments, "base_lr"), single(arguments, "max_lr"));
  const double lowest = arguments.number("base_momentum", 0.8),
               highest = arguments.number("max_momentum", 0.9);
  if (arguments.flag("cycle_momentum", true)) output("momentum", highest, lowest);
}

// The phases end one update early, at places that need not be whole.
void onecycle(const Arguments& arguments, Draft& draft) {
  const double peak = single(arguments, "max_lr");
  const double steps_per_epoch = arguments.whole("steps_per_epoch", 1);
  const double total = arguments.has("total_steps") ? arguments.whole("total_steps")
                                                    : arguments.whole("epochs") * steps_per_epoch;
  const double share = arguments.number("pct_start", 0.3);
  const bool smooth = arguments.choice("anneal_strategy", "cos", {"cos", "linear"}) == "cos";
  const Shape shape = smooth ? cosine() : linear();
  const double divisor = arguments.number("div_factor", 25);
  const Level start = x(1 / divisor),
              floor = x(1 / divisor / arguments.number("final_div_factor", 1e4));
  const bool three = arguments.flag("three_phase", false);
  const double low = arguments.number("base_momentum", 0.85),
               high = arguments.number("max_momentum", 0.95);
  const double top = share * total - 1, back = three ? 2 * share * total - 2 : total - 1;
  arguments.ignore({"epochs"});
  draft.set_peak(peak);
  Chain rate, momentum;
  rate.ramp(shape, start, x(1), top);
  momentum.ramp(shape, plain(high), plain(low), top);
  const double begun = std::max(top, 0.0);
  rate.ramp_over(shape, x(1), three ? start : floor, top, back, std::min(back, total) - begun);
  momentum.ramp_over(shape, plain(low), plain(high), top, back, std::min(back, total) - begun);
  if (three) rate.ramp(shape, std::nullopt, floor, total - 1 - back);
  const bool mirror = smooth && rate.closed() == total - 1;
  if (!mirror) rate.hold();
  if (!mirror || three) momentum.hold();
  draft.add("lr", rate, mirror ? mirrored : "");
  if (arguments.flag("cycle_momentum", true))
    draft.add("momentum", momentum, mirror && !three ? mirrored : "");
  draft.comments.push_back("The phases end one update early, the last one at update " +
                           number(total - 1) + "; behind update " + number(total) +
                           " torch raises an error.");
}

void add_schedule(const Arguments& arguments, const Case& given, Draft& draft) {
  const std::string name = arguments.word("cls");
  if (name == "CyclicLR") return cyclic(arguments, draft);
  if (name == "OneCycleLR") return onecycle(arguments, draft);
  draft.set_peak(given.learning_rate());
  if (name == "ReduceLROnPlateau") {
    draft.add_text("lr", "constant");
    return add_plateau(draft, torch_plateau(arguments));
  }
  if (name == "ChainedScheduler") return draft.add("lr", product(arguments, given, draft.context));
  const Part part = name == "SequentialLR"
                        ? sequence(arguments, draft.context)
                        : part_of(given.arguments(), draft.context, std::nullopt);
  draft.add("lr", draft.with_run(part.chain, given.facts().maybe("horizon")),
            part.mirrors ? mirrored : "");
}

}  // namespace

Draft torch(const Case& given) {
  const Arguments arguments = arguments_of(given.arguments());
  const Arguments facts = given.facts();
  Draft draft;
  if (facts.word("unit", "step") == "epoch" && arguments.word("cls") != "ReduceLROnPlateau") {
    draft.context.unit = epochs;
    draft.facts.push_back("1 epoch = 1 step");
  }
  add_schedule(arguments, given, draft);
  const bool is_part =
      arguments.word("cls") != "CyclicLR" && arguments.word("cls") != "OneCycleLR" &&
      arguments.word("cls") != "ReduceLROnPlateau" && arguments.word("cls") != "SequentialLR" &&
      arguments.word("cls") != "ChainedScheduler";
  if (!is_part) arguments.finish();
  return draft;
}

}  // namespace lrc::import
