// lrc replay

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/cli.h"
#include "compiler/diagnostics/render.h"
#include "runtime/host/schedule.h"
#include "runtime/host/state.h"

namespace lrc::cli {
namespace {

using Json = nlohmann::json;

struct ReplayOptions {
  std::string log;
  std::string policy;
  compile::FactTexts facts;
  std::vector<std::string> settings;
};

// Why a log gives no replay, or where it and the policy part.
struct Difference {
  std::string what;
};

[[noreturn]] void differ(std::string what) { throw Difference{std::move(what)}; }

double from_bits(const std::string& text) {
  constexpr std::size_t digits = 16;
  std::uint64_t bits = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, bits, digits);
  if (text.size() != digits || read.ptr != end || read.ec != std::errc())
    differ(fmt::format("`{}` are not the 64 bits of a value", diagnostics::printable(text)));
  return std::bit_cast<double>(bits);
}

std::string group_name(const runtime::Program& program, std::size_t set) {
  std::vector<std::string> names;
  for (const std::uint32_t group : program.group_sets[set])
    names.push_back(program.groups[group].name);
  return names.empty() ? "outside any group"
                       : fmt::format("in the group {}", fmt::join(names, "+"));
}

bool is_fine_load(const Json& line) {
  return line.is_object() && line.value("event", "") == "load" && line.value("ok", false);
}

// The records that a log's loads go on from, by name, each with the state in which the replay had
// it: the log need not say when a record was saved, and no other states are kept.
class Records {
 public:
  void want(const Json& load) {
    steps_.insert(load.at("saved").get<std::int64_t>());
    states_.try_emplace(load.at("record"));
  }

  // Called whenever the schedule may have come to a state that was saved.
  void look(const runtime::Schedule& schedule) {
    if (!steps_.contains(schedule.step())) return;
    runtime::State state = schedule.state();
    const auto wanted = states_.find(runtime::record_name(state));
    if (wanted != states_.end()) wanted->second = std::move(state);
  }

  // Where they were saved.
  [[nodiscard]] const std::set<std::int64_t>& steps() const { return steps_; }

  [[nodiscard]] const std::optional<runtime::State>& state(const std::string& name) const {
    return states_.at(name);
  }

 private:
  std::set<std::int64_t> steps_;
  std::map<std::string, std::optional<runtime::State>> states_;
};

// Takes the lines of a log through a schedule of its own.
class Replay {
 public:
  Replay(runtime::Program program, std::string canonical, Records records)
      : program_(std::move(program)),
        canonical_(std::move(canonical)),
        records_(std::move(records)) {}

  [[nodiscard]] std::int64_t updates() const { return updates_; }

  void take(const Json& line) {
    if (line.contains("dropped")) {
      differ(fmt::format("{} events were lost before this line, and nothing can stand for them",
                         line["dropped"].dump()));
    }
    const std::string event = line.at("event");
    if (event != "word") go_on();
    if (event == "start") return start(line);
    if (!started_) differ("the log does not begin with a `start` line, which names the policy");
    if (event == "observation") return observation(line);
    if (event == "firing") return firing(line);
    if (event == "update") return update(line);
    if (is_fine_load(line)) load_ = line;
    if (event == "word") word(line.at("word"));
  }

  void finish() {
    go_on();
    all_fired();
    if (updates_ == 0) differ("the log has no `update` line to compare");
  }

 private:
  void start(const Json& line) {
    runtime::Identity& identity = program_.identity;
    const auto same = [&](const char* key, const std::string& ours) {
      const std::string theirs = line.at(key);
      if (theirs != ours)
        differ(fmt::format("the log is of {} {}, and this policy with these facts has {}", key,
                           diagnostics::printable(theirs), ours));
    };
    same("hash", identity.hash);
    same("run_hash", identity.run_hash);
    identity.policy = line.at("policy");  // a record has them, too, and they may have changed
    identity.version = line.at("version");
    if (started_) run_on();
    begin();
    fired_.clear();
    started_ = true;
  }

  void begin() {
    schedule_.emplace(program_, nullptr, canonical_);
    records_.look(*schedule_);
  }

  void clock(std::int64_t update) {
    if (update < schedule_->step())
      differ(
          fmt::format("the log goes back from update {} to {} without a `load` line: lines of it "
                      "are missing, or several runs write into one file",
                      schedule_->step(), update));
    while (schedule_->step() < update) {
      schedule_->advance();
      records_.look(*schedule_);
    }
  }

  // A run that was killed may have been saved behind the last line that it wrote. Only the clock
  // moved then, or the record is none that is looked for.
  void run_on() {
    runtime::Position position = schedule_->position();
    const auto& steps = records_.steps();
    for (auto step = steps.upper_bound(position.step); step != steps.end(); ++step) {
      position.step = *step;
      schedule_->stand_at(position);
      records_.look(*schedule_);
    }
  }

  void observation(const Json& line) {
    all_fired();
    clock(line.at("update"));
    const runtime::Observation seen = schedule_->observe(
        line.at("metric").get<std::string>(), from_bits(line.at("bits")), line.at("evaluation"));
    constexpr std::array<std::string_view, 6> outcomes = {"accepted", "not_finite",  "duplicate",
                                                          "older",    "conflicting", "unknown"};
    const std::string_view ours = outcomes[static_cast<std::size_t>(seen.outcome)];
    const std::string theirs = line.at("outcome");
    if (theirs != ours)
      differ(fmt::format("the observation was `{}`, and is `{}` now", theirs, ours));
    for (const std::uint32_t rule : seen.fired) fired_.push_back(program_.rules[rule].number);
    records_.look(*schedule_);
  }

  void firing(const Json& line) {
    const std::uint32_t rule = line.at("rule");
    if (fired_.empty() || fired_.front() != rule)
      differ(fmt::format("rule {} fired at update {}, and does not now", rule,
                         line.at("update").get<std::int64_t>()));
    fired_.pop_front();
  }

  void all_fired() const {
    if (!fired_.empty())
      differ(fmt::format("rule {} fires now, and did not in the log", fired_.front()));
  }

  void update(const Json& line) {
    all_fired();
    clock(line.at("update"));
    const auto values = schedule_->values();
    const Json& bits = line.at("bits");
    if (bits.size() != values.size())
      differ(fmt::format("the line has {} values, and the policy {} here", bits.size(),
                         values.size()));
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double logged = from_bits(bits[k]);
      if (std::bit_cast<std::uint64_t>(logged) == std::bit_cast<std::uint64_t>(values[k])) continue;
      const runtime::Slot& slot = program_.slots[k];
      differ(fmt::format("update {} used {} {}, {}, and uses {} now", schedule_->step(),
                         program_.outputs[slot.output], logged,
                         group_name(program_, slot.group_set), values[k]));
    }
    ++updates_;
  }

  void word(const std::string& text) {
    if (!load_) differ("the log has a word and no `load` line before it");
    const auto parsed = runtime::parse_word(text);
    if (!parsed) differ(parsed.error());
    word_ = *parsed;
  }

  // What a load and the word behind it come to.
  void go_on() {
    if (!load_) return;
    all_fired();
    const std::string record = load_->at("record");
    run_on();  // this record, or that of a later load, may have been saved there
    const auto& state = records_.state(record);
    if (!state)
      differ(
          fmt::format("the run went on from the record {} of update {}, and nothing in the log "
                      "before leads to it: put the lines of the run that saved it first",
                      record, load_->at("saved").get<std::int64_t>()));
    begin();
    if (const auto resumed = schedule_->resume(*state, word_); !resumed) differ(resumed.error());
    records_.look(*schedule_);
    load_.reset();
    word_.reset();
  }

  runtime::Program program_;
  std::string canonical_;
  Records records_;
  std::optional<runtime::Schedule> schedule_;
  bool started_ = false;
  std::int64_t updates_ = 0;
  std::deque<std::uint32_t> fired_;  // rules that the log must say fired
  std::optional<Json> load_;
  std::optional<runtime::Word> word_;
};

// The set of groups that a log calls `norms+head`.
runtime::GroupSet group_set(const policy::Policy& policy, const std::string& name) {
  runtime::GroupSet set;
  for (std::size_t at = 0; !name.empty() && at <= name.size();) {
    const std::size_t end = std::min(name.find('+', at), name.size());
    const std::string member = name.substr(at, end - at);
    const auto found = std::find_if(policy.groups.begin(), policy.groups.end(),
                                    [&](const auto& group) { return group.name == member; });
    if (found == policy.groups.end())
      differ(fmt::format("the log has a group `{}`, and the policy none",
                         diagnostics::printable(member)));
    set.push_back(static_cast<std::uint32_t>(found - policy.groups.begin()));
    at = end + 1;
  }
  return set;
}

class ReplayVerb {
 public:
  explicit ReplayVerb(const ReplayOptions& options) : options_(options), report_({}) {}

  int run() {
    const std::vector<Input> inputs = read_inputs({options_.policy}, report_);
    if (inputs.size() == 1 && inputs[0].compilation.policy) {
      replay(*inputs[0].compilation.policy);
    } else if (inputs.size() > 1) {
      report_.add(diagnostics::Code::E0406, "`replay` takes one policy",
                  "the folder holds several");
    }
    return std::max(report_.finish(), exit_);
  }

 private:
  void replay(const compile::CompiledPolicy& policy) {
    std::ifstream log(options_.log);
    if (!log)
      return report_.add(diagnostics::Code::E0004,
                         fmt::format("`{}` cannot be read", options_.log));
    try {
      Records records = wanted(log);
      log.clear();
      if (!log.seekg(0))
        return report_.add(diagnostics::Code::E0004,
                           fmt::format("`{}` cannot be read twice", options_.log),
                           "a replay first looks for the loads: give a file");
      compare(policy, log, std::move(records));
    } catch (const Difference& difference) {
      part(difference.what);
    } catch (const Json::exception&) {
      part(
          "this is no line of a log: a key is missing, or has another type than docs/events.md "
          "says");
    }
  }

  Records wanted(std::istream& log) {
    Records records;
    line_ = 0;
    for (std::string text; std::getline(log, text);) {
      ++line_;
      if (text.find("\"load\"") == std::string::npos) continue;
      const Json line = Json::parse(text, nullptr, false);
      if (is_fine_load(line)) records.want(line);
    }
    return records;
  }

  void compare(const compile::CompiledPolicy& policy, std::istream& log, Records records) {
    std::optional<Replay> replay;
    line_ = 0;
    for (std::string text; std::getline(log, text);) {
      ++line_;
      if (text.empty()) continue;
      const auto line = parsed(text, log.eof());
      if (!line) break;
      if (!replay) {
        auto program = bound(policy, *line);
        if (!program) return;
        replay.emplace(std::move(*program), policy.canonical, std::move(records));
      }
      replay->take(*line);
    }
    if (!replay) differ("the log is empty");
    replay->finish();
    write(fmt::format("all {} updates agree to the bit\n", replay->updates()));
  }

  // Nothing for a last line that is cut; `last`: no line feed ends it.
  std::optional<Json> parsed(const std::string& text, bool last) {
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_discarded()) return line;
    if (!last)
      differ(
          "this is no line of a log: it is no JSON. It was changed, or cut when the trainer was "
          "killed; take out what is cut, and give a whole line behind it a line of its own");
    tell("the last line is cut, as when the trainer is killed while it writes, and left out");
    return std::nullopt;
  }

  void part(const std::string& what) {
    exit_ = exit_code::findings;
    tell(what);
  }

  void tell(const std::string& what) const {
    write(fmt::format("{}:{}: {}\n", options_.log, line_, diagnostics::printable(what)));
  }

  // With the groups that the trainer had.
  std::optional<runtime::Program> bound(const compile::CompiledPolicy& policy, const Json& start) {
    if (start.at("event") != "start")
      differ("the log does not begin with a `start` line, which names the policy");
    std::vector<runtime::GroupSet> sets;
    for (const std::string name : start.at("groups"))
      sets.push_back(group_set(policy.policy, name));
    if (sets.empty() || !sets.front().empty()) differ("the log's first group must be that of none");
    compile::Binding binding =
        compile::bind(policy, options_.facts, start.at("outputs"), std::move(sets));
    for (const auto& source : binding.sources) report_.keep(source);
    report_.add(std::move(binding.issues));
    if (!binding.bound) return std::nullopt;
    return std::move(binding.bound->program);
  }

  const ReplayOptions& options_;
  Report report_;
  std::int64_t line_ = 0;  // that is being read
  int exit_ = exit_code::fine;
};

}  // namespace

void add_replay(CLI::App& app, Run& run) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* verb = app.add_subcommand(
      "replay", "Compute a run again from its log of events, and compare every value's bits");
  verb->add_option("log", options->log, "a file with a line of JSON an event")->required();
  verb->add_option("policy", options->policy,
                   "the run's policy: text, file, or - for standard input")
      ->required();
  add_fact_options(*verb, options->facts);
  verb->add_option("--set", options->settings, "NAME=VALUE of a parameter (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  verb->footer("Ends with 1 at the first difference.\nExample: lrc replay run.jsonl policy.lrp");
  verb->callback([options, &run] {
    if (!split_settings(options->settings, options->facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    run = [options] { return ReplayVerb(*options).run(); };
  });
}

}  // namespace lrc::cli
