// Other words for the same meaning (M7, C1 to C10).

#include <map>

#include "compiler/exact/units.h"
#include "tests/properties/edit.h"

namespace lrc::test {
namespace {

using ast::ClauseKind;
using VKind = ast::Value::Kind;

bool has_peak(const Good& good, const std::string& output) {
  if (output == "lr") return true;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Peak& peak : policy.peaks)
      if (peak.output && peak.output->text == output) return true;
  }
  return false;
}

bool says(const ast::Phase& phase, ClauseKind kind) { return clause_of(phase, kind) != nullptr; }

bool is_first(const PhaseAt& at) { return at.index == 0 && at.at.whole && !at.at.in_repeat; }

// A ramp whose word is its shape.
bool is_ramp(const ast::Phase& phase) {
  return is_standard_shape(phase.head.text) || phase.head.text == "exponential";
}

// What a phase means where it does not say it (M7).
std::vector<std::string> defaults_of(const Good& good, const PhaseAt& at) {
  const ast::Phase& phase = *at.phase;
  const std::string& head = phase.head.text;
  const ast::Value* shape = shape_of(phase);
  const bool warmup = head == "warmup", falls = head == "cooldown" || head == "anneal";
  std::vector<std::string> defaults;
  if (!warmup && !falls) {
    const bool first = is_first(at) && has_peak(good, at.at.output) && is_ramp(phase);
    if (first && !says(phase, ClauseKind::from)) defaults.emplace_back("from 1x");
    return defaults;
  }
  // A word that may be a shape of one's own is left alone.
  for (const ast::Clause& clause : phase.clauses) {
    const bool unknown = clause.kind == ClauseKind::value && clause.values[0].kind >= VKind::name;
    if (unknown && shape == nullptr) return {};
  }
  const bool exponential = shape != nullptr && shape->word == "exponential";
  if (shape == nullptr) defaults.emplace_back("linear");
  if (falls && !says(phase, ClauseKind::to) && !exponential) defaults.emplace_back("to 0");
  if (warmup && !says(phase, ClauseKind::to) && has_peak(good, at.at.output) && at.at.whole)
    defaults.emplace_back("to 1x");
  if (warmup && !says(phase, ClauseKind::from) && is_first(at) && !exponential)
    defaults.emplace_back("from 0");
  return defaults;
}

std::optional<std::string> write_defaults(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const PhaseAt& at : phases_of(good)) {
    if (at.at.output.empty()) continue;
    for (const std::string& text : defaults_of(good, at))
      found.push_back({behind(at.phase->span), " " + text});
  }
  return one_of(random, good, found);
}

std::optional<std::string> leave_defaults_out(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const PhaseAt& at : phases_of(good)) {
    const std::string& head = at.phase->head.text;
    const bool warmup = head == "warmup", falls = head == "cooldown" || head == "anneal";
    for (const ast::Clause& clause : at.phase->clauses) {
      const std::string_view text = clause.span.text();
      const bool to = (falls && text == "to 0") || (warmup && text == "to 1x");
      const bool from = warmup && text == "from 0" && is_first(at);
      if (((warmup || falls) && text == "linear") || to || from) found.push_back({clause.span, ""});
    }
  }
  return one_of(random, good, found);
}

// C2: a ramp starts where the one before it ends.
std::optional<std::string> level_handed_over(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const PhaseAt& at : phases_of(good)) {
    if (at.index == 0 || !is_ramp(*at.phase) || says(*at.phase, ClauseKind::from)) continue;
    const auto* before = std::get_if<ast::Phase>(&at.at.chain->parts[at.index - 1]);
    if (before == nullptr || !is_ramp(*before) || says(*before, ClauseKind::over)) continue;
    const ast::Clause* to = clause_of(*before, ClauseKind::to);
    if (to != nullptr)
      found.push_back({behind(at.phase->span), " from " + std::string(to->values[0].span.text())});
  }
  return one_of(random, good, found);
}

std::string hold_as_step(const ast::Phase& phase) {
  std::string text = "step";
  for (const ast::Clause& clause : phase.clauses) {
    text += clause.kind == ClauseKind::value ? " to " : " ";
    text += clause.span.text();
  }
  return text;
}

std::optional<std::string> other_words(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const PhaseAt& at : phases_of(good)) {
    const ast::Phase& phase = *at.phase;
    const std::string& head = phase.head.text;
    if (!phase.arguments.empty()) continue;  // `hold (0.1x)`
    if (head == "constant") found.push_back({phase.head.span, "hold"});
    if (head == "hold" && !says(phase, ClauseKind::value))
      found.push_back({phase.head.span, "constant"});
    if (head == "hold" && says(phase, ClauseKind::value))
      found.push_back({phase.span, hold_as_step(phase)});
    const bool every = says(phase, ClauseKind::by) && says(phase, ClauseKind::every);
    if ((head == "step" || head == "exponential") && every)
      found.push_back({phase.head.span, head == "step" ? "exponential" : "step"});
    const ast::Clause* to = clause_of(phase, ClauseKind::to);
    if (head == "step" && to != nullptr && to->span.begin < phase.head.span.end + 2) {
      found.push_back({source::join(phase.head.span, to->span),
                       "hold " + std::string(to->values[0].span.text())});
    }
  }
  return one_of(random, good, found);
}

std::string clause_text(const ast::Phase& phase, ClauseKind kind) {
  const ast::Clause* clause = clause_of(phase, kind);
  return clause == nullptr ? "" : " " + std::string(clause->span.text());
}

// C4: a cycle is a repeat of two ramps.
std::optional<std::string> cycle_as_repeat(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const PhaseAt& at : phases_of(good)) {
    const ast::Phase& phase = *at.phase;
    const ast::Clause* between = clause_of(phase, ClauseKind::between);
    const ast::Value* shape = shape_of(phase);
    if (phase.head.text != "cycle" || between == nullptr) continue;
    const bool power = says(phase, ClauseKind::power) || says(phase, ClauseKind::reversed);
    const bool own_shape = shape == nullptr && says(phase, ClauseKind::value);
    if (power || own_shape) continue;
    const std::string word = shape == nullptr ? "linear" : std::string(shape->span.text());
    const std::string low(between->values[0].span.text()), high(between->values[1].span.text());
    const ast::Clause* up = clause_of(phase, ClauseKind::up);
    const std::string share =
        up == nullptr ? "1/2" : "(" + std::string(up->values[0].span.text()) + ")";
    std::string text = "repeat" + clause_text(phase, ClauseKind::every);
    for (const ClauseKind kind : {ClauseKind::growing, ClauseKind::peak, ClauseKind::swing,
                                  ClauseKind::at_most, ClauseKind::for_, ClauseKind::until})
      text += clause_text(phase, kind);
    text += " { " + word + " from " + low + " to " + high + " for " + share + " of cycle then " +
            word + " to " + low + " }";
    found.push_back({phase.span, text});
  }
  return one_of(random, good, found);
}

// C9: a table is a hold and lines.
std::optional<std::string> table_as_lines(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ChainAt& at : chains_of(good)) {
    for (const ast::Part& part : at.chain->parts) {
      const auto* table = std::get_if<ast::Table>(&part);
      if (table == nullptr) continue;
      std::string text;
      for (const auto& [position, level] : table->entries) {
        text += text.empty() ? "hold " : " then linear to ";
        text += std::string(level.span.text()) + " until " + std::string(position.span.text());
      }
      found.push_back({table->span, text + " then hold"});
    }
  }
  return one_of(random, good, found);
}

std::string decimal_text(const exact::Rational& value) { return exact::to_decimal(value, 40); }

// `6%` is `6/100 of run`; `100 steps` is `(60 steps + 40 steps)`.
void computed(Random& random, const ast::Value& value, std::vector<Replacement>& found) {
  const std::string text(value.span.text());
  const bool long_number = exact::to_decimal(value.number / 2, 40).ends_with("…");
  if (text[0] == '-' || text[0] == '(' || long_number || value.number > 1'000'000'000'000) return;
  found.push_back({value.span, "(" + text + ")"});
  if (value.kind == VKind::share) {
    found.push_back({value.span, "(" + decimal_text(value.number) + "/100 of run)"});
    found.push_back({value.span, "(0.01 * " + decimal_text(value.number) + " of run)"});
  }
  const std::string unit = value.kind == VKind::unit    ? " " + value.word
                           : value.kind == VKind::share ? "%"
                           : value.kind == VKind::level ? "x"
                                                        : "";
  const std::string half = decimal_text(value.number / 2) + unit;
  found.push_back({value.span, "(" + half + " + " + half + ")"});
  found.push_back({value.span, "(2 * " + half + ")"});
  const exact::Rational more = value.number + static_cast<int>(1 + random.below(9));
  const exact::Rational difference = more - value.number;
  found.push_back({value.span, "(" + decimal_text(more) + unit + " - " + decimal_text(difference) +
                                   unit + ")"});
}

std::optional<std::string> compute_a_quantity(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const PhaseAt& at : phases_of(good)) {
    if (at.at.output.empty()) continue;
    for (const ast::Clause& clause : at.phase->clauses) {
      using enum ClauseKind;
      const bool fits = clause.kind == to || clause.kind == from || clause.kind == for_ ||
                        clause.kind == until || clause.kind == last || clause.kind == by ||
                        clause.kind == every || clause.kind == between;
      for (const ast::Value& value : clause.values) {
        const bool whole = value.kind <= VKind::unit && value.span.text() != value.word;
        if (fits && whole && value.number > 0) computed(random, value, found);
      }
    }
  }
  return one_of(random, good, found);
}

std::optional<std::string> comma_before_then(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (std::size_t i = 1; i < good.lexemes.size(); ++i) {
    if (good.lexemes[i].span.text() != "then") continue;
    const source::Span before = good.lexemes[i - 1].span;
    if (before.text() == ",")
      found.push_back({before, ""});
    else
      found.push_back({behind(before), ","});
  }
  return one_of(random, good, found);
}

std::optional<std::string> rates(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Rate& rate : policy.rates) {
      if (!rate.growth.empty() || rate.amount.kind != VKind::unit) continue;
      found.push_back({rate.span, std::string(rate.amount.span.text()) + " = " +
                                      std::string(rate.of.span.text())});
    }
    for (const ast::Batch& batch : policy.batches) {
      if (batch.growth.empty())
        found.push_back({batch.span, "1 step = " + std::string(batch.amount.span.text())});
    }
  }
  return one_of(random, good, found);
}

std::optional<std::string> dialect_by_hand(Random& random, const Good& good) {
  static const std::map<std::string, std::string> dialects = {
      {"torch", "sample start, past end continue"},
      {"hf", "sample start, past end hold"},
      {"timm", "sample start, past end hold"},
      {"optax", "sample start, past end hold"},
      {"composer", "past end hold, sample start"},
      {"megatron", "sample start, past end hold"},
      {"deepspeed", "sample start late 1 step, past end hold"},
      {"olmo", "past end hold, sample end"},
      {"fairseq", "sample start, past end hold"},
      {"mmengine", "sample start, past end hold"},
      {"nanogpt", "sample start, past end hold"},
      {"llmc", "past end error"},
      {"t5x", "sample start, past end continue"},
      {"t2t", "sample start, past end continue"},
      {"marian", "past end continue, sample start"},
      {"gpt_neox", "sample start, past end mirror"}};
  std::vector<Replacement> found;
  const auto add = [&](const std::vector<ast::Convention>& said) {
    if (said.size() != 1 || said[0].kind != ast::Convention::Kind::like) return;
    const auto known = dialects.find(said[0].word.text);
    if (known != dialects.end()) found.push_back({said[0].span, known->second});
  };
  for (const ChainAt& at : chains_of(good)) add(at.chain->conventions);
  for (const ast::Policy& policy : good.tree.policies) add(policy.conventions);
  return one_of(random, good, found);
}

std::optional<std::string> frozen_until(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Group& group : policy.groups) {
      for (const ast::Frozen& frozen : group.frozen) {
        if (!frozen.length) continue;
        const bool until = frozen.kind == ast::Frozen::Kind::until;
        found.push_back({frozen.span, (until ? "frozen for " : "frozen until ") +
                                          std::string(frozen.length->span.text())});
      }
    }
  }
  return one_of(random, good, found);
}

}  // namespace

std::vector<Edit> sugar() {
  return {{"defaults written out", write_defaults},
          {"defaults left out", leave_defaults_out},
          {"the level handed over written out", level_handed_over},
          {"another word for a phase", other_words},
          {"a cycle as a repeat", cycle_as_repeat},
          {"a table as lines", table_as_lines},
          {"a quantity computed", compute_a_quantity},
          {"a comma before then", comma_before_then},
          {"a rate the other way round", rates},
          {"a dialect by hand", dialect_by_hand},
          {"frozen for and until", frozen_until}};
}

}  // namespace lrc::test
