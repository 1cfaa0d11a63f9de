// What a policy states of itself: name and version, parameters, quantities, the facts of the run.

#include <iterator>

#include "compiler/check/check.h"
#include "compiler/check/context.h"

namespace lrc::check {
namespace {

using exact::Rational;

class StatedRules {
 public:
  StatedRules(Context& context, policy::Policy& policy) : context_(context), policy_(policy) {}

  void check(const ast::Policy& ast) {
    name(ast);
    parameters(ast);
    lets(ast);
    facts(ast);
    peaks(ast);
  }

 private:
  void name(const ast::Policy& ast) {
    policy_.name = ast.name.text;
    policy_.name_span = ast.name.span;
    for (const ast::Word& owner : ast.owners) policy_.owners.push_back(owner.text);
    const Rational& version = ast.version.number;
    constexpr std::uint64_t largest_version = 1'000'000'000'000;
    if (exact::denominator(version) != 1 || version < 1 || version > largest_version) {
      context_
          .report(Code::E0110, ast.version.span,
                  fmt::format("`{}` is no version", written(ast.version)))
          .reason = "versions are whole numbers from 1";
      return;
    }
    policy_.version = exact::numerator(version).convert_to<std::uint64_t>();
  }

  // The same fact twice with equal values is fine.
  template <class Value>
  void conflict(std::string_view what, const policy::Stated<Value>& first, Span second) {
    Issue& issue = context_.report(Code::E0402, second,
                                   fmt::format("{} is stated twice with different values", what));
    issue.labels.push_back(Label{first.span, "stated here first"});
  }

  void facts(const ast::Policy& ast) {
    for (const ast::Run& run : ast.runs) {
      const auto length = check_run(run.length, context_.issues, &context_.names);
      if (!length) continue;
      if (policy_.run && policy_.run->value != *length) conflict("the run", *policy_.run, run.span);
      if (!policy_.run) policy_.run = {*length, run.span};
    }
    stops(ast);
    exact::Conversions conversions;
    for (const ast::Batch& batch : ast.batches) {
      if (exact::unit_named(batch.per.text) != exact::Unit::steps) {
        context_
            .report(Code::E0104, batch.per.span, fmt::format("a batch per `{}`", batch.per.text))
            .fix = Fix{"write `per step`", batch.per.span, "step"};
        continue;
      }
      if (auto rate = check_batch(batch.amount, context_.issues, &context_.names)) {
        add_rate({*rate, batch.span}, conversions);
        grow(*rate, {.number = exact::Rational(1), .word = "step"}, batch.growth);
      }
    }
    for (const ast::Rate& rate : ast.rates) {
      if (auto checked = check_rate(rate, context_.issues, &context_.names)) {
        add_rate({*checked, rate.span}, conversions);
        grow(*checked, rate.of, rate.growth);
      }
    }
  }

  void stops(const ast::Policy& ast) {
    const Scoped everyone(context_.output, std::string());
    for (const ast::Run& stop : ast.stops) {
      const auto at = check_duration(context_, stop.length);
      if (!at) continue;
      if (policy_.stop && policy_.stop->value != *at)
        conflict("the stop", *policy_.stop, stop.span);
      if (!policy_.stop) policy_.stop = {*at, stop.span};
      compare_with_run(*policy_.stop);
    }
  }

  // M5: a stop ends a run earlier. Far earlier, the end of the schedule is never seen.
  void compare_with_run(const policy::Stated<exact::Length>& stop) {
    const Rational* at = stop.value.exact();
    const bool share = stop.value.of() == exact::Length::Of::run;
    const bool same = policy_.run && policy_.run->value.of() == stop.value.of();
    if (at == nullptr || (!share && !same)) return;
    const Rational part = share ? *at : Rational(*at / *policy_.run->value.exact());
    if (part > 1) {
      context_.report(Code::E0510, stop.span, "the run stops behind its end").reason =
          "`stop` ends a run before its horizon; a longer run is a longer `run`";
    } else if (part * Rational(5, 4) < 1) {
      Issue& issue = context_.report(
          Code::W0502, stop.span,
          fmt::format("the run stops after {}% of its horizon", exact::to_decimal(part * 100)));
      issue.reason =
          "what the schedule does in the last part is never seen; a horizon some 25% "
          "beyond the stop is usual";
    }
  }

  void grow(const exact::Rate& rate, const ast::Value& of, const std::vector<ast::Growth>& growth) {
    auto jumps = check_growth(context_, rate, of, growth);
    policy_.jumps.insert(policy_.jumps.end(), std::make_move_iterator(jumps.begin()),
                         std::make_move_iterator(jumps.end()));
  }

  void add_rate(policy::Stated<exact::Rate> rate, exact::Conversions& conversions) {
    for (const auto& before : policy_.rates) {
      if (before.value.of != rate.value.of || before.value.in != rate.value.in) continue;
      if (!(before.value == rate.value)) conflict("a rate", before, rate.span);
      return;
    }
    if (!conversions.add(rate.value)) {
      Issue& issue =
          context_.report(Code::E0403, rate.span, "this rate contradicts the ones before it");
      for (const auto& before : policy_.rates)
        issue.labels.push_back(Label{before.span, "together with this"});
      return;
    }
    policy_.rates.push_back(rate);
  }

  static std::optional<exact::ParameterType> type_named(std::string_view word) {
    if (word == "rate") return exact::ParameterType::rate;
    if (word == "number") return exact::ParameterType::number;
    if (word == "x") return exact::ParameterType::level;
    if (word == "%") return exact::ParameterType::share;
    const auto unit = exact::unit_named(word);
    if (!unit) return std::nullopt;
    return static_cast<exact::ParameterType>(static_cast<int>(exact::ParameterType::steps) +
                                             static_cast<int>(*unit));
  }

  void parameters(const ast::Policy& ast) {
    policy_.parameters.reserve(ast.parameters.size());  // context_ points into it
    for (const ast::Parameter& item : ast.parameters) {
      const auto before = context_.parameters.find(item.name.text);
      if (before != context_.parameters.end()) {
        declared_twice(context_, item.name, before->second->span, "parameter");
        continue;
      }
      const auto type = type_named(item.type.text);
      if (!type) {
        no_type(item.type);
        continue;
      }
      policy::Parameter built{item.name.text, *type, std::nullopt, std::nullopt, item.span};
      // One that is wrong is declared all the same: that nobody knows its name would be an echo.
      if (item.value)
        built.value = check_parameter(*item.value, *type, context_.issues, &context_.names);
      if (item.range) range(item, built);
      policy_.parameters.push_back(std::move(built));
      context_.parameters[item.name.text] = &policy_.parameters.back();
    }
  }

  void no_type(const ast::Word& word) {
    static const std::vector<std::string> types = {"rate",   "number", "steps",  "samples",
                                                   "tokens", "epochs", "seconds"};
    Issue& issue = context_.report(Code::E0101, word.span,
                                   fmt::format("`{}` is no type of a parameter", word.text));
    issue.reason =
        "the types of a parameter are rate, number, x, %, steps, samples, tokens, epochs and "
        "seconds";
    if (const auto guess = diagnostics::closest(word.text, types))
      issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), word.span, *guess};
  }

  void range(const ast::Parameter& item, policy::Parameter& built) {
    const auto& [from, to] = *item.range;
    const auto low = check_parameter(from, built.type, context_.issues, &context_.names);
    const auto high =
        low ? check_parameter(to, built.type, context_.issues, &context_.names) : std::nullopt;
    if (!high) return;
    if (*low > *high) {
      context_.report(Code::E0110, join(from.span, to.span),
                      "a range whose lower end is above its upper end");
      return;
    }
    built.range = {*low, *high};
    if (built.value && (*built.value < *low || *built.value > *high)) {
      Issue& issue = context_.report(Code::E0404, item.value->span,
                                     fmt::format("`{}` is outside `{} .. {}`", written(*item.value),
                                                 written(from), written(to)));
      issue.reason = "the default is one of the values a run may choose";
    }
  }

  void peaks(const ast::Policy& ast) {
    for (const ast::Peak& peak : ast.peaks) {
      const std::string output = peak.output ? peak.output->text : "lr";
      context_.output = output;
      const auto value = check_number_or_rate(peak.value);
      if (!value) continue;
      add_peak({output, *value, peak.span});
    }
    // `param peak: rate = 3e-4` is the peak of lr, for a run to choose.
    const auto named = context_.parameters.find("peak");
    if (named != context_.parameters.end())
      add_peak({"lr", exact::ParameterName{"peak"}, named->second->span});
  }

  std::optional<exact::Number> check_number_or_rate(const ast::Value& value) {
    const auto* parameter =
        value.kind == ast::Value::Kind::name ? context_.parameter(value.word) : nullptr;
    if (parameter != nullptr && parameter->type <= exact::ParameterType::number)
      return exact::ParameterName{value.word};
    if (value.kind > ast::Value::Kind::name) {
      const auto quantity = evaluate(context_, value);
      if (!quantity) return std::nullopt;
      if (quantity->type == Quantity::Type::number &&
          !std::holds_alternative<Rational>(quantity->amount))
        return quantity->amount;
    }
    return check_peak(value, context_.issues, &context_.names);
  }

  void add_peak(policy::Peak peak) {
    const auto [known, fresh] = peaks_.emplace(peak.output, policy_.peaks.size());
    if (fresh) {
      context_.outputs_with_peak.insert(peak.output);
      policy_.peaks.push_back(std::move(peak));
      return;
    }
    const policy::Peak& before = policy_.peaks[known->second];
    if (before.value == peak.value) return;
    Issue& issue = context_.report(Code::E0402, peak.span,
                                   fmt::format("the peak of `{}` is stated twice", peak.output));
    issue.labels.push_back(Label{before.span, "stated here first"});
  }

  void lets(const ast::Policy& ast) {
    for (const ast::Let& let : ast.lets) {
      const auto before = context_.names.find(let.name.text);
      const auto* parameter = context_.parameter(let.name.text);
      if (before != context_.names.end() || parameter != nullptr) {
        declared_twice(context_, let.name,
                       parameter != nullptr ? parameter->span : before->second.span, "name");
        continue;
      }
      if (auto quantity = evaluate(context_, let.value))
        context_.names.emplace(let.name.text, Named{std::move(*quantity), let.span});
    }
  }

  Context& context_;
  policy::Policy& policy_;
  std::map<std::string, std::size_t> peaks_;  // by output: where in policy_.peaks
};

}  // namespace

void declared_twice(Context& context, const ast::Word& word, Span other, std::string_view what) {
  Issue& issue = context.report(Code::E0306, word.span,
                                fmt::format("the {} `{}` is declared twice", what, word.text));
  issue.labels.push_back(Label{other, "declared here first"});
}

void check_stated(Context& context, const ast::Policy& ast, policy::Policy& policy) {
  StatedRules(context, policy).check(ast);
}

}  // namespace lrc::check
