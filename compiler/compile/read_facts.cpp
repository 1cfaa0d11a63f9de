#include "compiler/compile/read_facts.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/bind/environment.h"
#include "compiler/bind/stand_in.h"
#include "compiler/check/check.h"
#include "compiler/syntax/parse.h"

namespace lrc::compile {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;
using diagnostics::Issues;
using diagnostics::Label;
using exact::Rational;
using source::Span;

class Reading {
 public:
  explicit Reading(const CompiledPolicy& policy) : policy_(policy) {}

  FactReading run(const FactTexts& texts);

 private:
  const source::Source& make(std::string name, std::string text) {
    reading_.sources.push_back(source::make_source(std::move(name), std::move(text)));
    return *reading_.sources.back();
  }
  Span whole(const source::Source& source) const {
    return {&source, 0, static_cast<std::uint32_t>(source.text.size())};
  }

  Issue& report(Code code, Span span, std::string message) {
    reading_.issues.push_back(Issue{code, span, std::move(message), "", {}, "", std::nullopt});
    return reading_.issues.back();
  }

  // What a flag carries, for whoever wrote something else.
  struct Kind {
    std::string_view what;
    std::string example;
  };

  // A text that cannot be read is a wrong call, whatever is wrong with it; a breached limit stays
  // one. What the checker says of it helps; what the parser says is about policies.
  void malformed(const source::Source& source, Issues issues, const Kind& kind) {
    Issue issue = std::move(issues.front());
    const bool of_a_policy = issue.code == Code::E0003 || issue.code == Code::E0308 ||
                             (issue.code >= Code::E0201 && issue.code < Code::E0301);
    if (of_a_policy) {
      issue = Issue{Code::E0406, whole(source), "", "", {}, "", std::nullopt};
      issue.message = fmt::format("`{}` is no {}", source.text.substr(0, 60), kind.what);
    }
    if (!issue.fix) {
      issue.fix = Fix{fmt::format("write it as in `{} '{}'`",
                                  source.name.substr(0, source.name.find(' ')), kind.example),
                      std::nullopt, ""};
    }
    if (facts(issue.code).exit == 1) issue.code = Code::E0406;
    reading_.issues.push_back(std::move(issue));
  }

  template <class Parse, class Check>
  auto parsed(const source::Source& source, const Kind& kind, Parse parse, Check check) {
    auto result = parse(source);
    Issues issues = std::move(result.issues);
    using Value = decltype(check(result.tree, issues));
    Value value;
    if (issues.empty()) value = check(result.tree, issues);
    if (!issues.empty()) {
      malformed(source, std::move(issues), kind);
      return Value{};
    }
    return value;
  }

  void conflict(Span given, std::string_view what, Span stated) {
    Issue& issue = report(Code::E0402, given, fmt::format("{} has two values", what));
    issue.annotation = "given here";
    issue.labels.push_back(Label{stated, "stated here"});
    const bool two_flags = stated.source->name.starts_with("--");
    issue.reason = two_flags
                       ? "a fact may be given more than once, with one value"
                       : "what a policy states is its meaning; a flag fills what it leaves open";
    issue.fix = Fix{two_flags ? "leave one of them out"
                              : "leave the flag out, or change the policy and its version",
                    std::nullopt, ""};
  }

  void length(const std::string& text) {
    const source::Source& source = make("--run", text);
    const auto value = parsed(
        source, {"length of a run", "100K steps"}, &syntax::parse_value,
        [](const ast::Value& item, Issues& issues) { return check::check_run(item, issues); });
    if (!value) return;
    if (policy_.policy.run) {
      if (!same(policy_.policy.run->value, *value))
        conflict(whole(source), "the run", policy_.policy.run->span);
      return;
    }
    if (reading_.facts.run && !same(*reading_.facts.run, *value)) {
      conflict(whole(source), "the run", given_.at("run"));
    }
    if (!reading_.facts.run) reading_.facts.run = *value;
    given_.emplace("run", whole(source));
  }

  // Equal in the same unit, or over the known rates.
  bool same(const exact::Length& a, const exact::Length& b) const {
    if (a == b) return true;
    exact::Conversions conversions;
    for (const auto& rate : policy_.policy.rates) static_cast<void>(conversions.add(rate.value));
    for (const exact::Rate& rate : reading_.facts.rates) static_cast<void>(conversions.add(rate));
    const auto factor = conversions.factor(unit_of(a.of()), unit_of(b.of()));
    return factor && *a.exact() * *factor == *b.exact();
  }

  // Peaks are binary64 from the start.
  static Rational peak_value(const exact::Number& number) {
    const ir::Program none;
    return exact::from_double(bind::Environment(none, {}).real(number));
  }

  void peak(const std::string& text) {
    const source::Source& source = make("--peak", text);
    const auto number =
        parsed(source, {"peak", "3e-4"}, &syntax::parse_value,
               [](const ast::Value& item, Issues& issues) -> std::optional<exact::Number> {
                 return check::check_peak(item, issues);
               });
    if (!number) return;
    const Rational value = peak_value(*number);
    for (const policy::Peak& stated : policy_.policy.peaks) {
      if (stated.output != "lr") continue;
      if (const auto* name = std::get_if<exact::ParameterName>(&stated.value))
        return set(name->name, value, whole(source));
      if (peak_value(stated.value) != value) conflict(whole(source), "the peak", stated.span);
      return;
    }
    const auto [before, fresh] = reading_.facts.peaks.emplace("lr", value);
    if (!fresh && before->second != value) {
      conflict(whole(source), "the peak", given_.at("peak"));
    }
    given_.emplace("peak", whole(source));
  }

  void batch(const std::string& text) {
    // `per step` may be said as in a policy.
    constexpr std::string_view per_step = " per step";
    const std::size_t kept = text.ends_with(per_step) ? text.size() - per_step.size() : text.size();
    const auto value = parsed(
        make("--batch", text.substr(0, kept)), {"batch", "512 samples"}, &syntax::parse_value,
        [](const ast::Value& item, Issues& issues) { return check::check_batch(item, issues); });
    if (value) rate(*value, "the batch");
  }

  void rate(const exact::Rate& rate, std::string_view what) {
    const Span given = whole(*reading_.sources.back());
    for (const auto& stated : policy_.policy.rates) {
      if (stated.value.of != rate.of || stated.value.in != rate.in) continue;
      if (!(stated.value == rate)) conflict(given, what, stated.span);
      return;
    }
    for (const auto& [before, span] : given_rates_) {
      if (before.of != rate.of || before.in != rate.in) continue;
      if (!(before == rate)) conflict(given, what, span);
      return;
    }
    exact::Conversions conversions;
    for (const auto& stated : policy_.policy.rates)
      static_cast<void>(conversions.add(stated.value));
    for (const exact::Rate& before : reading_.facts.rates)
      static_cast<void>(conversions.add(before));
    if (!conversions.add(rate)) {
      Issue& issue =
          report(Code::E0403, given, fmt::format("{} contradicts the other rates", what));
      for (const auto& stated : policy_.policy.rates)
        issue.labels.push_back(Label{stated.span, "together with this"});
      for (const auto& [before, span] : given_rates_)
        issue.labels.push_back(Label{span, "together with this"});
      return;
    }
    reading_.facts.rates.push_back(rate);
    given_rates_.emplace_back(rate, given);
  }

  void parameter(const std::string& name, const std::string& text) {
    const source::Source& source = make("--set " + name, text);
    const auto& declared = policy_.policy.parameters;
    const auto found =
        std::find_if(declared.begin(), declared.end(),
                     [&](const policy::Parameter& item) { return item.name == name; });
    if (found == declared.end()) {
      Issue& issue =
          report(Code::E0405, whole(source), fmt::format("the policy has no parameter `{}`", name));
      std::vector<std::string> names;
      for (const policy::Parameter& item : declared) names.push_back(item.name);
      if (const auto guess = diagnostics::closest(name, names))
        issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), std::nullopt, ""};
      issue.reason = names.empty() ? "it declares none"
                                   : fmt::format("it declares {}", fmt::join(names, ", "));
      return;
    }
    const auto value = parsed(source, {"value of this parameter", example(name)},
                              &syntax::parse_value, [&](const ast::Value& item, Issues& issues) {
                                return check::check_parameter(item, found->type, issues);
                              });
    if (value) set(name, *value, whole(source));
  }

  std::string example(const std::string& name) const {
    for (const ir::Parameter& parameter : policy_.program.parameters) {
      if (parameter.name == name)
        return fmt::format("{}={}", name, bind::written(parameter, bind::stand_in(parameter)));
    }
    return "";
  }

  void set(const std::string& name, Rational value, Span span) {
    const auto& declared = policy_.policy.parameters;
    const auto found =
        std::find_if(declared.begin(), declared.end(),
                     [&](const policy::Parameter& item) { return item.name == name; });
    if (found->range && (value < found->range->first || value > found->range->second)) {
      Issue& issue = report(Code::E0404, span,
                            fmt::format("`{}` is outside the range of `{}`", span.text(), name));
      issue.labels.push_back(Label{found->span, "its range is declared here"});
      issue.reason = "the policy was written and reviewed for that range";
      return;
    }
    // A real parameter is binary64 from the start.
    if (exact::is_real(found->type)) value = exact::from_double(exact::to_double(value));
    const auto [before, fresh] = reading_.facts.parameters.emplace(name, value);
    if (!fresh && before->second != value)
      conflict(span, fmt::format("`{}`", name), given_parameters_.at(name));
    given_parameters_.emplace(name, span);
  }

  const CompiledPolicy& policy_;
  FactReading reading_;
  std::map<std::string, Span> given_;  // where the run and the peak were given first
  std::map<std::string, Span> given_parameters_;
  std::vector<std::pair<exact::Rate, Span>> given_rates_;
};

FactReading Reading::run(const FactTexts& texts) {
  for (const auto& [name, value] : texts.parameters) parameter(name, value);
  if (texts.batch) batch(*texts.batch);
  for (const std::string& text : texts.rates) {
    const auto value = parsed(
        make("--rate", text), {"rate", "1 epoch = 100 steps"}, &syntax::parse_rate,
        [](const ast::Rate& item, Issues& issues) { return check::check_rate(item, issues); });
    if (value) rate(*value, "a rate");
  }
  if (texts.peak) peak(*texts.peak);
  if (texts.run) length(*texts.run);
  for (const auto& [flag, text] : texts.repeated) {
    if (flag == "--run") length(text);
    if (flag == "--peak") peak(text);
    if (flag == "--batch") batch(text);
  }
  return std::move(reading_);
}

}  // namespace

FactReading read_facts(const CompiledPolicy& policy, const FactTexts& texts) {
  return Reading(policy).run(texts);
}

}  // namespace lrc::compile
