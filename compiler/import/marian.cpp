// Marian's options. The warmup and the decay multiply, each on a counter of its own: updates,
// target labels, or epochs, of which the first is number 1.

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

struct Count {
  double value = 0;
  char unit = 'u';
};

constexpr const char* count_form =
    "a whole number and its unit is needed, as in `16000`, `16000u`, `100Mt` or `2e`";

double magnitude(char letter) {
  constexpr double thousand = 1e3;
  switch (letter) {
    case 'k':
    case 'K': return thousand;
    case 'M': return thousand * thousand;
    case 'G': return thousand * thousand * thousand;
    case 'T': return thousand * thousand * thousand * thousand;
    default: return 1;
  }
}

Count read_count(const std::string& name, const Json& given) {
  if (given.is_number_unsigned()) return {given.get<double>(), 'u'};
  if (!given.is_string()) refuse_value(name, given, count_form);
  std::string text = given.get<std::string>();
  std::erase(text, ',');
  Count count;
  if (!text.empty() && std::string("ute").find(text.back()) != std::string::npos) {
    count.unit = text.back();
    text.pop_back();
  }
  const double scale = text.empty() ? 1 : magnitude(text.back());
  if (scale != 1) text.pop_back();
  char* end = nullptr;
  count.value = std::trunc(std::strtod(text.c_str(), &end) * scale);
  if (text.empty() || *end != '\0' || !(count.value >= 0) || !std::isfinite(count.value))
    refuse_value(name, given, count_form);
  return count;
}

const Unit& unit_of(const Count& count) {
  return count.unit == 'u' ? steps : count.unit == 't' ? tokens : epochs;
}

void state_rate(Draft& draft, const Arguments& stream, char unit) {
  if (unit == 'u') return;
  const std::string fact =
      unit == 't'
          ? fmt::format("batch {} per step", length(stream.whole("labels_per_update"), tokens))
          : "1 epoch = " + length(stream.whole("updates_per_epoch"), steps);
  if (std::find(draft.facts.begin(), draft.facts.end(), fact) == draft.facts.end())
    draft.facts.push_back(fact);
}

struct Part {
  Chain chain;
  bool held = false;  // an epoch at a time
};

// What the schedule uses before the warmup's end; the first epoch has one step of it behind it.
Part warmup(const Count& given, double start, double peak) {
  Part part;
  part.held = given.unit == 'e';
  const double passed = part.held ? 1 : 0;
  const Level from = plain(start + (peak - start) * (passed / given.value));
  part.chain.ramp(linear(), given.value > passed ? from : x(1), x(1), given.value - passed);
  return part;
}

struct Decay {
  Count scale;
  double start = 0;
};

Decay decay_of(const Arguments& options) {
  Decay decay;
  if (!options.has("lr-decay-inv-sqrt")) return decay;
  const std::string name = "lr-decay-inv-sqrt";
  const Json& given = options.any(name);
  if (given.is_array() && (given.empty() || given.size() > 2))
    refuse_value(name, given, count_form);
  decay.scale = read_count(name, given.is_array() ? given[0] : given);
  decay.start =
      given.is_array() && given.size() > 1 ? read_count(name, given[1]).value : decay.scale.value;
  return decay;
}

Words root(const Decay& decay) {
  return [scale = decay.scale](double begin, const Context&) {
    return begin == scale.value ? "rsqrt"
                                : "rsqrt timescale " + length(scale.value, unit_of(scale));
  };
}

Part falling(const Decay& decay) {
  Part part;
  part.held = decay.scale.unit == 'e';
  const double begin = decay.start - (part.held ? 1 : 0);
  part.chain.hold(x(1), begin);
  if (begin >= 0)
    part.chain.words(root(decay));
  else  // the first epoch is one behind the start
    part.chain.words(
        fmt::format("sqrt({0} / ({0} + 1 + elapsed in epochs))", number(decay.scale.value)));
  return part;
}

std::string factor(const Part& part, Context context, const Unit& unit, bool first) {
  context.unit = unit;
  context.factor = !first;
  return fmt::format("({}{})", part.chain.text(context), part.held ? ", held each epoch" : "");
}

void add(Draft& draft, const Count& rise, const Decay& decay, double start) {
  const double peak = draft.context.peak.value_or(1);
  draft.context.unit = unit_of(rise.value > 0 ? rise : decay.scale);
  Part whole;
  if (rise.value > 0) whole = warmup(rise, start, peak);
  if (decay.scale.value > 0) {
    const Part fall = falling(decay);
    const double begin = decay.start - (fall.held ? 1 : 0);
    const bool follows = rise.value == 0 || (rise.unit == decay.scale.unit &&
                                             begin >= whole.chain.closed() && !whole.held);
    if (!follows) {
      whole.chain.hold();
      return draft.add_text("lr", factor(whole, draft.context, unit_of(rise), true) + " * " +
                                      factor(fall, draft.context, unit_of(decay.scale), false));
    }
    whole.chain.hold(x(1), begin - whole.chain.closed());
    whole.held = fall.held;
    if (begin >= 0)
      whole.chain.words(root(decay));
    else
      whole.chain.words("1x * " + fall.chain.text(draft.context));
  } else {
    whole.chain.hold();
  }
  draft.add("lr", whole.chain, whole.held ? ", held each epoch" : "");
}

void refuse_others(const Arguments& options) {
  for (const char* name : {"lr-decay", "lr-warmup-cycle"}) {
    if (!options.has(name)) continue;
    const Json& given = options.any(name);
    if (given == 0 || given == 0.0 || given == false || given == "0") continue;
    refuse_unsayable(fmt::format("`{}`", name),
                     "it depends on how validation goes, or restarts with it",
                     "import the rest without it and write it as a rule, as in `on plateau …`");
  }
  options.ignore({"lr-report", "lr-warmup-at-reload", "lr-decay-strategy", "lr-decay-start",
                  "lr-decay-freq", "lr-decay-reset-optimizer", "lr-decay-repeat-warmup"});
}

}  // namespace

Draft marian(const Case& given) {
  static const Json none = Json::object();
  const Arguments options = given.call("Marian's options");
  const Arguments facts = given.facts();
  const Arguments stream(facts.has("stream") ? facts.any("stream") : none, "`stream`");
  refuse_others(options);
  const Count rise =
      options.has("lr-warmup") ? read_count("lr-warmup", options.any("lr-warmup")) : Count{};
  const Decay decay = decay_of(options);
  Draft draft;
  draft.set_peak(options.number("learn-rate"));
  state_rate(draft, stream, rise.unit);
  state_rate(draft, stream, decay.scale.unit);
  stream.ignore({"labels_per_update", "updates_per_epoch"});
  stream.finish();
  add(draft, rise, decay, options.number("lr-warmup-start-rate", 0));
  draft.comments.push_back("Computed in float32 there.");
  options.finish();
  return draft;
}

}  // namespace lrc::import
