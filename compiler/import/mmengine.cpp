// mmengine.optim.scheduler: a list of schedulers, each active from `begin` up to its last update
// before `end`. Each goes on from the value it finds, in the form that multiplies: what is active
// at once multiplies, but for those that have a floor or set the value anew.

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/families.h"
#include "compiler/import/plateau.h"

namespace lrc::import {
namespace {

constexpr double no_end = 1e9;  // the peer's own number for it
constexpr double pi = 3.141592653589793;

const std::array<std::string, 10> kinds = {
    "Constant",  "CosineAnnealing", "CosineRestart", "Exponential",     "Linear",
    "MultiStep", "OneCycle",        "Poly",          "ReduceOnPlateau", "Step"};
const std::array<std::string, 3> suffixes = {"LR", "Momentum", "ParamScheduler"};

std::vector<std::string> types() {
  std::vector<std::string> types;
  for (const std::string& kind : kinds)
    for (const std::string& suffix : suffixes)
      if (kind != "OneCycle" || suffix != "Momentum") types.push_back(kind + suffix);
  return types;
}

struct Scheduler {
  Arguments arguments;
  std::string kind;
  std::string parameter;  // lr or momentum
  double scale = 1;       // of all its counts, where epochs became updates
  double begin = 0, end = no_end;
  bool epochs = false;  // counts epochs that are longer than an update
  double base = 0;      // what it takes for the initial value
  double epoch = 1;     // updates in a count

  [[nodiscard]] bool open() const { return end == no_end; }
  // Its last count, from its own 0.
  [[nodiscard]] double last() const { return end - begin - 1; }
};

std::string kind_of(const std::string& type) {
  std::string kind;
  for (const std::string& name : kinds)
    for (const std::string& suffix : suffixes)
      if (type == name + suffix) kind = name;
  return kind;
}

Scheduler read_scheduler(const Json& spec, double epoch_length) {
  if (!spec.is_object())
    refuse_value("param_scheduler", spec, "a list of objects with `type` is needed");
  Scheduler one{Arguments(spec, called(spec, "type", "the scheduler")), "", "lr"};
  const Arguments& arguments = one.arguments;
  const std::string type = arguments.choice("type", "", types());
  one.kind = kind_of(type);
  if (type.ends_with("Momentum")) one.parameter = "momentum";
  if (type.ends_with("ParamScheduler"))
    one.parameter = arguments.choice("param_name", "", {"lr", "momentum"});
  if (arguments.number("last_step", -1) != -1)
    refuse_value("last_step", spec["last_step"], "a schedule is read from its start");
  arguments.ignore({"verbose"});
  const double length = arguments.number("epoch_length", epoch_length);
  const bool by_epoch = arguments.flag("by_epoch", true),
             converted = arguments.flag("convert_to_iter_based", false);
  if (converted && !by_epoch)
    refuse_value("by_epoch", spec["by_epoch"], "only what counts epochs can be converted");
  if (converted) one.scale = length;
  one.epochs = by_epoch && !converted && epoch_length != 1;
  if (one.epochs) one.epoch = epoch_length;
  one.begin = std::trunc(arguments.number("begin", 0) * one.scale);
  const double end = arguments.number("end", no_end);
  one.end = end >= no_end ? no_end : std::trunc(end * one.scale);
  if (one.end <= one.begin) refuse_value("end", spec["end"], "a place behind `begin` is needed");
  return one;
}

// --- what each makes of the value that it finds

// The value that a scheduler finds, and how to write levels from it.
struct Found {
  double value;  // in the parameter's own unit
  double peak;   // what shares are of; 0: there are none
  bool factor;   // levels are told as multiples of the value that was found
  [[nodiscard]] Level times(double share) const {
    if (factor) return x(share);
    return peak == 0 ? plain(value * share) : x(value / peak * share);
  }
  [[nodiscard]] Level absolute(double level) const {
    if (factor && value == 0 && level != 0)
      refuse_unsayable("a schedule that starts from 0 behind one with another count",
                       "a factor cannot lead away from 0",
                       "give both `by_epoch: false`, or the one before a floor");
    return factor ? x(value == 0 ? 0 : level / value) : plain(level);
  }
};

struct Made {
  Chain chain;                     // up to the last count, not with it
  std::optional<Level> rest = {};  // from the last count on; none: what the chain hands over
  double after = 0;                // the value that it leaves
};

Made constant(const Scheduler& one, const Found& found) {
  const double factor = one.arguments.number("factor", 1.0 / 3);
  if (factor == 0 && !one.open() && one.last() > 0)
    refuse_value("factor", one.arguments.any("factor"), "the peer divides by it where it ends");
  Made made;
  const bool returns = !one.open() && one.last() > 0;
  if (one.last() > 0)
    made.chain.hold(found.times(factor), one.open() ? std::nullopt : std::optional(one.last()));
  made.rest = found.times(returns ? 1 : factor);
  made.after = found.value * (returns ? 1 : factor);
  return made;
}

Made line(const Scheduler& one, const Found& found) {
  const double start = one.arguments.number("start_factor", 1.0 / 3),
               end = one.arguments.number("end_factor", 1);
  for (const auto& [name, value] : {std::pair("start_factor", start), std::pair("end_factor", end)})
    if (value < 0 || value > 1)
      refuse_value(name, one.arguments.any(name), "the peer wants a number from 0 to 1");
  Made made;
  if (one.last() == 0) {
    made.rest = found.times(start);
    made.after = found.value * start;
    return made;
  }
  if (start == 0)
    refuse_value("start_factor", one.arguments.any("start_factor"), "the peer divides by it");
  made.chain.ramp(linear(), found.times(start), found.times(end), one.last());
  made.after = found.value * end;
  return made;
}

Made exponential(const Scheduler& one, const Found& found) {
  const double gamma = one.arguments.number("gamma");
  Made made;
  const auto length = one.open() ? std::nullopt : std::optional(one.last());
  made.chain.decay(gamma, 1, found.times(1), length);
  made.after = found.value * std::pow(gamma, one.last());
  return made;
}

Made stairs(const Scheduler& one, const Found& found) {
  const double gamma = one.arguments.number("gamma", 0.1),
               size = one.arguments.number("step_size") * one.scale;
  if (size <= 0 || size != std::floor(size))
    refuse_value("step_size", one.arguments.any("step_size"), "a whole number is needed");
  Made made;
  const double steps_taken = std::floor(one.last() / size);
  if (one.open()) {
    made.chain.stairs(gamma, size, found.times(1));
  } else if (steps_taken > 0) {
    made.chain.stairs(gamma, size, found.times(1), one.last());
    made.rest = found.times(std::pow(gamma, steps_taken));
  }
  made.after = found.value * std::pow(gamma, steps_taken);
  return made;
}

Made milestones(const Scheduler& one, const Found& found) {
  const double gamma = one.arguments.number("gamma", 0.1);
  double at_once = 1, behind = 1;
  std::vector<double> at;
  for (const double milestone : one.arguments.numbers("milestones")) {
    const double position = milestone * one.scale;
    // Others are never reached.
    if (position != std::floor(position) || position < 0 || position > one.last()) continue;
    behind *= gamma;
    if (position > 0)
      at.push_back(position);
    else
      at_once *= gamma;
  }
  std::sort(at.begin(), at.end());
  Made made;
  made.rest = found.times(behind);
  made.after = found.value * behind;
  if (!at.empty()) made.chain.jumps(gamma, at, found.times(at_once), at.back());
  return made;
}

// A floor that may be a share of the initial value.
struct Floor {
  double value;
  Level level;
};
Floor floor_of(const Scheduler& one, const Found& found) {
  const auto value = one.arguments.maybe("eta_min"), share = one.arguments.maybe("eta_min_ratio");
  if (value && share)
    refuse_value("eta_min_ratio", one.arguments.any("eta_min_ratio"),
                 "the peer takes `eta_min` or a share, not both");
  if (!share) return {value.value_or(0), found.absolute(value.value_or(0))};
  const double floor = one.base * *share;
  return {floor, found.factor || one.base != found.peak ? found.absolute(floor) : x(*share)};
}

double half_of(const Scheduler& one) {
  const double given = one.arguments.number("T_max", 0) * one.scale;
  return given > 0 ? given : one.end - one.begin;
}

// Down from the value that was found. Past T_max it climbs, and then to the initial value.
Made cosine_annealing(const Scheduler& one, const Found& found) {
  const double half = half_of(one), last = one.last();
  const Floor floor = floor_of(one, found);
  Made made;
  const double reached = last > half ? last - half : 0, top = last > half ? one.base : found.value;
  const double u = last > half ? std::fmod(reached, 2 * half) / half + 1 : last / half;
  made.after = floor.value + (top - floor.value) * (1 + std::cos(pi * u)) / 2;
  made.chain.ramp_over(cosine(), found.times(1), floor.level, 0, half, std::min(half, last));
  if (last <= half) return made;
  const Level base = found.absolute(one.base);
  if (last <= 2 * half) {
    made.chain.ramp_over(cosine(), floor.level, base, half, 2 * half, reached);
    return made;
  }
  const Unit unit = one.epochs ? epochs : steps;
  made.chain.words(
      [=](double, const Context& context) {
        return fmt::format("repeat every {} {{ cosine from {} to {} for {} then cosine to {} }}",
                           length(2 * half, unit), level(floor.level, context),
                           level(base, context), length(half, unit), level(floor.level, context));
      },
      one.open() ? std::nullopt : std::optional(reached));
  return made;
}

Made power(const Scheduler& one, const Found& found) {
  const double exponent = one.arguments.number("power", 1);
  const double floor = one.arguments.number("eta_min", 0);
  Made made;
  if (one.last() > 0)
    made.chain.ramp(polynomial(exponent), found.times(1), found.absolute(floor), one.last());
  made.after = one.last() > 0 ? floor : found.value;
  return made;
}

// Each cycle starts from its share of the initial value; the last count of all holds.
Made restarts(const Scheduler& one, const Found& found) {
  const std::vector<double> periods = one.arguments.numbers("periods");
  const std::vector<double> weights = one.arguments.has("restart_weights")
                                          ? one.arguments.numbers("restart_weights")
                                          : std::vector<double>{1};
  if (periods.size() != weights.size())
    refuse_value("restart_weights", one.arguments.list("periods"), "as many as periods are needed");
  if (!one.arguments.has("eta_min")) (void)one.arguments.number("eta_min_ratio");
  const Floor floor = floor_of(one, found);
  Made made;
  made.after = found.value;
  for (std::size_t i = 0; i < periods.size() && made.chain.closed() <= one.last(); ++i) {
    const double begin = made.chain.closed(), period = periods[i] * one.scale;
    const double top = one.base * weights[i];
    const bool ends = i + 1 == periods.size() || begin + period > one.last();
    const double length = ends ? std::min(period - 1, one.last() - begin) : period;
    const Level from = found.factor || one.base != found.peak ? found.absolute(top) : x(weights[i]);
    if (length > 0)
      made.chain.ramp_over(cosine(), from, floor.level, begin, begin + period, length);
    else
      made.rest = from;
    made.after = floor.value + (top - floor.value) * (1 + std::cos(pi * length / period)) / 2;
    if (ends) break;
  }
  return made;
}

// As torch's: the phases end one update early, at places that need not be whole.
Made onecycle(const Scheduler& one, const Found& found) {
  const Arguments& arguments = one.arguments;
  const double top = arguments.number("eta_max", 0), share = arguments.number("pct_start", 0.3);
  const double total = arguments.has("total_steps") ? arguments.whole("total_steps") * one.scale
                                                    : one.end - one.begin;
  const bool three = arguments.flag("three_phase", false);
  const Shape shape =
      arguments.choice("anneal_strategy", "cos", {"cos", "linear"}) == "cos" ? cosine() : linear();
  const double start = top / arguments.number("div_factor", 25);
  const Level floor = found.absolute(start / arguments.number("final_div_factor", 1e4));
  const Level low = found.absolute(start), high = found.absolute(top);
  const double peak_at = share * total - 1, back = three ? 2 * share * total - 2 : total - 1;
  if (peak_at < 0 || back < peak_at || back > total - 1)
    refuse_value("total_steps", total, "with `pct_start` it leaves no room for the phases");
  Chain whole;
  whole.ramp(shape, low, high, peak_at);
  whole.ramp_over(shape, high, three ? low : floor, peak_at, back,
                  std::min(back, total) - std::max(peak_at, 0.0));
  if (three) whole.ramp(shape, low, floor, total - 1 - back);
  if (one.last() < whole.closed()) {
    if (one.end - one.begin != total)
      refuse_unsayable("a one-cycle that ends before its last update",
                       "what follows would start from the middle of a ramp", "let `end` be later");
    whole = whole.cut(one.last());
  }
  return {whole, std::nullopt, floor.share ? floor.value * found.value : floor.value};
}

Made made_of(const Scheduler& one, const Found& found) {
  if (one.kind == "Constant") return constant(one, found);
  if (one.kind == "Linear") return line(one, found);
  if (one.kind == "Exponential") return exponential(one, found);
  if (one.kind == "Step") return stairs(one, found);
  if (one.kind == "MultiStep") return milestones(one, found);
  if (one.kind == "CosineAnnealing") return cosine_annealing(one, found);
  if (one.kind == "Poly") return power(one, found);
  if (one.kind == "CosineRestart") return restarts(one, found);
  return onecycle(one, found);
}

// --- several of them

// Whether it only multiplies what it finds.
bool multiplies(const Scheduler& one) {
  if (one.kind == "OneCycle" || one.kind == "CosineRestart") return false;
  if (one.kind != "CosineAnnealing" && one.kind != "Poly") return true;
  const bool no_floor =
      one.arguments.number("eta_min", 0) == 0 && one.arguments.number("eta_min_ratio", 0) == 0;
  return no_floor && (one.kind == "Poly" || one.last() <= half_of(one));
}

bool at_once(const Scheduler& a, const Scheduler& b) {
  return a.begin * a.epoch < b.end * b.epoch && b.begin * b.epoch < a.end * a.epoch;
}

bool any_at_once(const std::vector<Scheduler>& all) {
  bool any = false;
  const auto onecycles = std::count_if(all.begin(), all.end(),
                                       [](const Scheduler& one) { return one.kind == "OneCycle"; });
  if (onecycles > 1)
    refuse_unsayable("OneCycleLR twice in one list",
                     "the second one writes its peak and its ends into the first one",
                     "import each by itself and join the two policies by hand");
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (!at_once(all[i], all[j])) continue;
      any = true;
      for (const Scheduler* one : {&all[i], &all[j]})
        if (!multiplies(*one))
          refuse_unsayable(
              fmt::format("{} while {} acts on the same updates", one->arguments.call(),
                          (one == &all[i] ? all[j] : all[i]).arguments.call()),
              "each would start from what the other made of the update before",
              "let one `begin` where the other one has its `end`");
    }
  return any;
}

// What stands behind a scheduler up to `until`, or for good.
void rest(Chain& chain, const Made& made, std::optional<double> until) {
  if (chain.open()) return;
  chain.hold(made.rest, until ? std::optional(*until - chain.closed()) : std::nullopt);
}

// One after the other, in one count.
Chain sequence(const std::vector<Scheduler>& all, double value, double peak) {
  Chain chain;
  chain.hold(Found{value, peak, false}.times(1), all.front().begin);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Made made = made_of(all[i], {value, peak, false});
    chain.append(made.chain);
    rest(chain, made, i + 1 < all.size() ? std::optional(all[i + 1].begin) : std::nullopt);
    value = made.after;
  }
  return chain;
}

std::string factor(const Scheduler& one, const Made& made, const Draft& draft, bool shares) {
  Chain chain;
  chain.hold(x(1), one.begin);
  chain.append(made.chain);
  rest(chain, made, std::nullopt);
  Context context = draft.context;
  context.factor = !shares;
  if (one.epochs) context.unit = epochs;
  return fmt::format("({}{})", chain.text(context), one.epochs ? ", held each epoch" : "");
}

std::string product(const std::vector<Scheduler>& all, double value, const Draft& draft,
                    bool shares) {
  std::vector<std::string> factors;
  for (const Scheduler& one : all) {
    const Made made = made_of(one, {value, value, true});
    const std::string text = factor(one, made, draft, shares && factors.empty());
    if (!text.starts_with("(hold)") && !text.starts_with("(hold,")) factors.push_back(text);
    value = made.after;
  }
  return factors.empty() ? "constant" : fmt::format("{}", fmt::join(factors, " * "));
}

void add_parameter(Draft& draft, std::vector<Scheduler> all, const std::string& name,
                   double value) {
  if (all.empty()) {
    if (name == "lr") draft.add_text(name, "constant");
    return;
  }
  const bool overlap = any_at_once(all);
  std::stable_sort(all.begin(), all.end(), [](const Scheduler& a, const Scheduler& b) {
    return a.begin * a.epoch < b.begin * b.epoch;
  });
  const bool one_count = std::all_of(all.begin(), all.end(), [&all](const Scheduler& one) {
    return one.epochs == all.front().epochs;
  });
  const double peak = name == "lr" ? draft.context.peak.value_or(value) : 0;
  if (one_count && !overlap) {
    const Unit unit = draft.context.unit;
    if (all.front().epochs) draft.context.unit = epochs;
    const Chain chain = sequence(all, value, peak);
    draft.add(name, chain, all.front().epochs ? ", held each epoch" : "");
    draft.context.unit = unit;
  } else {
    const std::string text = product(all, value, draft, name == "lr");
    draft.add_text(name, name == "lr" ? text : number(value) + " * " + text);
  }
}

// The rule goes on multiplying whatever the schedule gives.
void add_rule(Draft& draft, const Scheduler& one) {
  const Arguments& arguments = one.arguments;
  Plateau rule;
  rule.metric = arguments.word("monitor", "loss");
  rule.falls = arguments.choice("rule", "less", {"less", "greater"}) == "less";
  rule.factor = arguments.number("factor", rule.factor);
  rule.patience = arguments.whole("patience", rule.patience);
  rule.threshold = arguments.number("threshold", rule.threshold);
  rule.relative = arguments.choice("threshold_rule", "rel", {"rel", "abs"}) == "rel";
  rule.cooldown = arguments.whole("cooldown", 0);
  rule.floor = arguments.number("min_value", 0);
  rule.ignored = arguments.number("eps", rule.ignored);
  if (one.begin != 0 || !one.open() || one.parameter != "lr")
    refuse_unsayable(fmt::format("{} of a part of the run or of the momentum", arguments.call()),
                     "a rule acts on the learning rate from its first metric on");
  add_plateau(draft, rule);
}

// A one-cycle writes the initial value that schedulers behind it in the list go by.
void set_bases(std::vector<Scheduler>& all, double rate, double momentum) {
  for (Scheduler& one : all) {
    if (one.kind == "OneCycle")
      rate = one.arguments.number("eta_max", 0) / one.arguments.number("div_factor", 25);
    one.base = one.parameter == "lr" ? rate : momentum;
  }
}

std::vector<Scheduler> of_parameter(const std::vector<Scheduler>& all, const std::string& name) {
  std::vector<Scheduler> own;
  for (const Scheduler& one : all)
    if (one.parameter == name && one.kind != "ReduceOnPlateau") own.push_back(one);
  return own;
}

std::vector<Scheduler> read_all(const Json& list, double epoch_length) {
  std::vector<Scheduler> all;
  if (list.is_object())
    all.push_back(read_scheduler(list, epoch_length));
  else if (list.is_array())
    for (const Json& spec : list) all.push_back(read_scheduler(spec, epoch_length));
  else
    refuse_value("param_scheduler", list, "a list of objects with `type` is needed");
  return all;
}

}  // namespace

Draft mmengine(const Case& given) {
  const Arguments arguments = given.call("the configuration");
  const Arguments facts = given.facts();
  const double epoch_length = facts.whole("epoch_length", 1);
  std::vector<Scheduler> all = read_all(arguments.any("param_scheduler"), epoch_length);
  arguments.finish();
  constexpr double usual_momentum = 0.9;
  const double momentum = facts.number("init_momentum", usual_momentum);
  set_bases(all, given.learning_rate(), momentum);
  Draft draft;
  draft.set_peak(given.learning_rate());
  const std::vector<Scheduler> rates = of_parameter(all, "lr");
  if (rates.size() == 1 && rates[0].kind == "OneCycle")
    draft.set_peak(rates[0].arguments.number("eta_max", 0));
  if (std::any_of(all.begin(), all.end(), [](const Scheduler& one) { return one.epochs; }))
    draft.facts.push_back("1 epoch = " + length(epoch_length, steps));
  add_parameter(draft, rates, "lr", given.learning_rate());
  add_parameter(draft, of_parameter(all, "momentum"), "momentum", momentum);
  for (const Scheduler& one : all)
    if (one.kind == "ReduceOnPlateau") add_rule(draft, one);
  for (const Scheduler& one : all) one.arguments.finish();
  return draft;
}

}  // namespace lrc::import
