// transformers.get_scheduler. Everything is read at the start of an update, but for
// cosine_warmup_with_min_lr, which is read at its end.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/import/families.h"
#include "compiler/import/plateau.h"

namespace lrc::import {
namespace {

constexpr const char* mirrored = ", past end mirror";

const std::vector<std::string> names = {"constant",
                                        "constant_with_warmup",
                                        "cosine",
                                        "cosine_warmup_with_min_lr",
                                        "cosine_with_min_lr",
                                        "cosine_with_restarts",
                                        "greedy",
                                        "inverse_sqrt",
                                        "linear",
                                        "polynomial",
                                        "reduce_lr_on_plateau",
                                        "warmup_stable_decay"};

// The lengths of a call, resolved as the Trainer does.
struct Lengths {
  double warmup = 0;
  std::string warmup_words;     // a share, where one was given
  std::optional<double> total;  // num_training_steps

  // What is left for the decay; the peer divides by one step at least.
  [[nodiscard]] double decay() const { return std::max(1.0, total.value_or(0) - warmup); }
  [[nodiscard]] bool fits() const { return total && *total > warmup; }
};

Lengths lengths(const Arguments& arguments) {
  Lengths lengths;
  lengths.total = arguments.maybe("num_training_steps");
  std::optional<double> given = arguments.maybe("warmup_ratio");
  if (!given) given = arguments.maybe("warmup_steps");
  if (!given) {
    lengths.warmup = arguments.number("num_warmup_steps", 0);
    return lengths;
  }
  arguments.ignore({"num_warmup_steps"});
  if (*given >= 1) {
    lengths.warmup = std::floor(*given);
    return lengths;
  }
  const double product = arguments.number("num_training_steps") * *given;
  lengths.warmup = std::ceil(product);
  lengths.warmup_words = percent(*given);
  if (product != lengths.warmup) lengths.warmup_words += " rounded up of the float product";
  return lengths;
}

// A share is one of the run that the policy states.
std::string words_for(const Lengths& lengths, const Draft& draft) {
  return draft.context.run && draft.context.run == lengths.total ? lengths.warmup_words : "";
}

void add_warmup(Chain& chain, const Lengths& lengths, const Draft& draft) {
  chain.ramp(linear(), x(0), x(1), lengths.warmup, words_for(lengths, draft));
}

// The options of one kind of schedule.
Arguments options(const Case& given) {
  static const Json none = Json::object();
  const Json& arguments = given.arguments();
  const auto found = arguments.find("scheduler_specific_kwargs");
  const bool absent = found == arguments.end() || found->is_null();
  const std::string name = called(arguments, "name", "");
  return {absent ? none : *found, fmt::format("the schedule `{}`", name)};
}

// Half waves of a cosine between the peak and a floor, as many as fit; the peer never stops.
void add_waves(Draft& draft, Chain chain, const Lengths& lengths, double cycles, Level floor,
               const std::string& conventions) {
  const double half = cycles == 0.5 ? lengths.decay() : lengths.decay() / (cycles * 2);
  if (cycles == 0)
    chain.hold(x(1));
  else
    chain.ramp(cosine(), x(1), floor, half);
  draft.add("lr", chain, conventions + (cycles == 0 ? "" : mirrored));
  if (cycles != 0) draft.comments.push_back("Past its end the peer's cosine climbs again.");
}

void set_run(Draft& draft, const Lengths& lengths, double cycles) {
  if (cycles == 0.5 && lengths.fits()) draft.set_run(*lengths.total);
}

Level floor_of(const Arguments& options) {
  const auto rate = options.maybe("min_lr_rate"), level = options.maybe("min_lr");
  if (rate && level)
    refuse_value("min_lr", options.any("min_lr"),
                 "`min_lr_rate` is given, too; one of them is needed");
  if (rate) return x(*rate);
  return plain(options.number("min_lr"));
}

void waves(Draft& draft, const Arguments& options, const Lengths& lengths, Level floor) {
  const double cycles = options.number("num_cycles", 0.5);
  set_run(draft, lengths, cycles);
  Chain chain;
  add_warmup(chain, lengths, draft);
  add_waves(draft, chain, lengths, cycles, floor, "");
}

// The wave as a formula, for one that begins before the run or is cut at its start.
std::string wave(const Draft& draft, Level floor, double shift, double half) {
  const double low = absolute(floor, draft.context), high = absolute(x(1), draft.context);
  const std::string place =
      shift == 0 ? "position in steps" : fmt::format("(position in steps + {})", number(shift));
  return fmt::format("({} + ({} - {}) * (1 + cospi({} / {})) / 2)", number(low), number(high),
                     number(low), place, number(half));
}

// Read at the end of an update: the floor is reached at the last one. A warmup with a rate of its
// own is read at the start, with its peak at its last update.
void waves_read_at_the_end(Draft& draft, const Arguments& options, const Lengths& lengths) {
  const double cycles = options.number("num_cycles", 0.5), half = lengths.decay() / (cycles * 2);
  const auto start = options.maybe("warmup_lr_rate");
  const Level floor = floor_of(options);
  Chain chain;
  if (lengths.warmup > 1 && (start || cycles != 0.5)) {
    if (start)
      chain.ramp(linear(), x(*start), x(1), lengths.warmup - 1);
    else
      chain.warmup(lengths.warmup - 1, lengths.warmup);
    chain.ramp(cosine(), x(1), floor, half);
    return draft.add("lr", chain, mirrored);
  }
  if (cycles != 0.5 || (start && lengths.warmup > 0)) {
    chain.hold(x(start.value_or(1)), lengths.warmup);
    chain.words(wave(draft, floor, 1 - lengths.warmup, half));
    return draft.add("lr", chain);
  }
  set_run(draft, lengths, cycles);
  add_warmup(chain, lengths, draft);
  add_waves(draft, chain, lengths, cycles, floor, ", sample end");
}

void restarts(Draft& draft, const Arguments& options, const Lengths& lengths) {
  const double cycles = options.number("num_cycles", 1);
  Chain chain;
  if (lengths.fits()) draft.set_run(*lengths.total);
  add_warmup(chain, lengths, draft);
  const Unit& unit = draft.context.unit;
  if (!lengths.fits())
    chain.hold(x(0));
  else if (cycles == 1)
    chain.ramp(cosine(), x(1), x(0), lengths.decay());
  else if (cycles == std::floor(cycles))
    chain.words(fmt::format("repeat {} times {{ cosine from 1x to 0 }}", number(cycles)),
                lengths.decay());
  else
    chain.words(fmt::format("repeat every {} {{ cosine from 1x to 0 }}",
                            length(lengths.decay() / cycles, unit)),
                lengths.decay());
  if (cycles != std::floor(cycles) && lengths.fits()) {
    draft.context.run.reset();
    draft.run_words.clear();
    chain.hold(x(0));
  }
  draft.add("lr", chain);
}

void descent(Draft& draft, const Lengths& lengths, const Shape& shape, Level floor) {
  if (lengths.fits()) draft.set_run(*lengths.total);
  Chain chain;
  add_warmup(chain, lengths, draft);
  if (lengths.fits())
    chain.ramp(shape, x(1), floor, lengths.decay());
  else
    chain.hold(floor);
  draft.add("lr", chain);
}

void inverse_sqrt(Draft& draft, const Arguments& options, const Lengths& lengths) {
  constexpr double without_warmup = 10'000;
  const double scale =
      options.number("timescale", lengths.warmup > 0 ? lengths.warmup : without_warmup);
  Chain chain;
  add_warmup(chain, lengths, draft);
  chain.words(scale == lengths.warmup ? "rsqrt"
                                      : "rsqrt timescale " + length(scale, draft.context.unit));
  draft.add("lr", chain);
}

Shape rise(const std::string& type) {
  if (type != "1-sqrt") return named(type);
  return {"reversed sqrt", "(1 - sqrt(1 - ({})))"};
}

// Warmup, stable, decay: the warmup starts at the floor, and the floor holds behind the decay.
void stable(Draft& draft, const Arguments& options, const Lengths& lengths) {
  const std::vector<std::string> types = {"linear", "cosine", "1-sqrt"};
  const double decay = options.number("num_decay_steps"),
               cycles = options.number("num_cycles", 0.5);
  const double flat =
      options.number("num_stable_steps", lengths.total.value_or(0) - lengths.warmup - decay);
  if (!lengths.total) (void)options.number("num_stable_steps");
  const Level floor = x(options.number("min_lr_ratio", 0));
  const std::string up = options.choice("warmup_type", "linear", types);
  const std::string down = options.choice("decay_type", "cosine", types);
  const double begin = lengths.warmup + flat, end = begin + decay;
  if (flat >= 0 && decay > 0 && (down != "cosine" || cycles == 0.5)) draft.set_run(end);
  Chain chain;
  chain.ramp(rise(up), floor, x(1), lengths.warmup, words_for(lengths, draft));
  chain.hold(x(1), flat);
  const double left = end - std::max(begin, lengths.warmup);
  if (down == "cosine" && cycles != 0.5) {
    const double half = decay / (cycles * 2);
    chain.words(fmt::format("repeat every {} {{ cosine from 1x to {} for {} then cosine to 1x }}",
                            length(2 * half, draft.context.unit), level(floor, draft.context),
                            length(half, draft.context.unit)),
                left);
    chain.hold(floor);
  } else {
    chain.ramp_over(down == "1-sqrt" ? named("sqrt") : named(down), x(1), floor, begin, end, left);
    if (!draft.context.run) chain.hold(floor);
  }
  draft.add("lr", chain);
}

void add_schedule(const std::string& name, Draft& draft, const Arguments& options,
                  const Lengths& lengths) {
  if (name == "linear") return descent(draft, lengths, linear(), x(0));
  if (name == "polynomial")
    return descent(draft, lengths, polynomial(options.number("power", 1)),
                   plain(options.number("lr_end", 1e-7)));
  if (name == "cosine") return waves(draft, options, lengths, x(0));
  if (name == "cosine_with_min_lr") return waves(draft, options, lengths, floor_of(options));
  if (name == "cosine_warmup_with_min_lr") return waves_read_at_the_end(draft, options, lengths);
  if (name == "cosine_with_restarts") return restarts(draft, options, lengths);
  if (name == "inverse_sqrt") return inverse_sqrt(draft, options, lengths);
  if (name == "warmup_stable_decay") return stable(draft, options, lengths);
  Chain chain;
  if (name == "constant_with_warmup") add_warmup(chain, lengths, draft);
  chain.hold(x(1));
  draft.add("lr", chain);
}

}  // namespace

Draft hf(const Case& given) {
  const Arguments arguments = given.call("get_scheduler");
  const std::string name = arguments.choice("name", "", names);
  const Arguments kind = options(given);
  const Lengths resolved = lengths(arguments);
  arguments.ignore({"scheduler_specific_kwargs"});
  arguments.finish();
  kind.ignore({"last_epoch"});
  Draft draft;
  draft.set_peak(given.learning_rate());
  if (name == "greedy")
    refuse_unsayable("the schedule `greedy`",
                     "it raises the rate again when a metric gets better, and no rule does",
                     "use `on plateau … { lr by 0.5, not below … }`, which only lowers it");
  if (name == "reduce_lr_on_plateau") {
    draft.add_text("lr", "constant");
    add_plateau(draft, torch_plateau(kind));
  } else {
    add_schedule(name, draft, kind, resolved);
  }
  kind.finish();
  return draft;
}

}  // namespace lrc::import
