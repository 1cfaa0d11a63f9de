#include "runtime/sinks/prometheus.h"

#include <array>

#include <nlohmann/json.hpp>

namespace lrc::sinks {
namespace {

using Json = nlohmann::json;

struct Described {
  const char* name;
  const char* help;
};

constexpr std::array<Described, 8> gauges = {{
    {"lrc_info", "1, with what identifies the policy and the run"},
    {"lrc_value", "The value of an output that the last update used"},
    {"lrc_update", "Number of the last update, from 0"},
    {"lrc_updates", "Updates of the run as planned"},
    {"lrc_progress", "Share of the planned updates that lies behind"},
    {"lrc_clamped", "-1 at the low end of its clamp, 1 at the high end, 0 between"},
    {"lrc_lr_spread", "Greatest minus least lr of all processes for one update"},
    {"lrc_ended", "1 where no update of the run as planned is left"},
}};
constexpr std::array<Described, 9> counters = {{
    {"lrc_phases_total", "Phases that an output entered"},
    {"lrc_firings_total", "Firings of rules"},
    {"lrc_signals_total", "Signals that rules sent"},
    {"lrc_observations_total", "Values of metrics that were told"},
    {"lrc_saves_total", "Records written, or not"},
    {"lrc_loads_total", "Records gone on from, or refused"},
    {"lrc_mismatches_total", "Records and processes that did not agree"},
    {"lrc_zero_lr_total", "Times that lr was 0 although no phase said so"},
    {"lrc_dropped_events_total", "Events that nobody read in time"},
}};

std::string text(const Json& line, const char* key) { return line.value(key, std::string()); }

const char* outcome(const Json& line) { return line.value("ok", false) ? "ok" : "failed"; }

double place(const std::string& clamp) {
  if (clamp == "left") return 0;
  return clamp == "low" ? -1 : 1;
}

}  // namespace

Prometheus::Prometheus(prometheus::Registry& registry, const std::string& run) {
  const Labels labels = run.empty() ? Labels{} : Labels{{"run", run}};
  for (const Described& item : gauges) {
    gauges_[item.name] =
        &prometheus::BuildGauge().Name(item.name).Help(item.help).Labels(labels).Register(registry);
  }
  for (const Described& item : counters) {
    counters_[item.name] =
        &prometheus::BuildCounter().Name(item.name).Help(item.help).Labels(labels).Register(
            registry);
  }
  // What an alert compares with 0 is there from the start.
  for (const char* name : {"lrc_saves_total", "lrc_loads_total"}) {
    for (const char* outcome : {"ok", "failed"}) count(name, {{"outcome", outcome}}, 0);
  }
  for (const char* name : {"lrc_zero_lr_total", "lrc_dropped_events_total"}) count(name, {}, 0);
  gauge("lrc_ended").Set(0);
}

prometheus::Gauge& Prometheus::gauge(const std::string& name, const Labels& labels) {
  return gauges_.at(name)->Add(labels);
}

void Prometheus::count(const std::string& name, const Labels& labels, double by) {
  counters_.at(name)->Add(labels).Increment(by);
}

template <class Line>
void Prometheus::start(const Line& line) {
  names_ = {line.value("outputs", std::vector<std::string>()),
            line.value("groups", std::vector<std::string>()),
            line.value("updates", std::int64_t{0})};
  if (info_ != nullptr) gauges_.at("lrc_info")->Remove(info_);
  info_ = &gauge("lrc_info", {{"policy", text(line, "policy")},
                              {"version", std::to_string(line.value("version", std::int64_t{0}))},
                              {"hash", text(line, "hash")},
                              {"run_hash", text(line, "run_hash")}});
  info_->Set(1);
  gauge("lrc_ended").Set(0);
  if (names_.updates > 0) gauge("lrc_updates").Set(static_cast<double>(names_.updates));
}

void Prometheus::values(std::int64_t update, std::span<const double> values) {
  const double at = static_cast<double>(update);
  gauge("lrc_update").Set(at);
  if (names_.updates > 0) gauge("lrc_progress").Set(at / static_cast<double>(names_.updates));
  const std::size_t outputs = names_.outputs.size();
  if (values.size() != outputs * names_.groups.size()) return;
  for (std::size_t k = 0; k < values.size(); ++k) {
    gauge("lrc_value",
          {{"output", names_.outputs[k % outputs]}, {"group", names_.groups[k / outputs]}})
        .Set(values[k]);
  }
}

template <class Line>
void Prometheus::take(const std::string& kind, const Line& line) {
  if (line.contains("dropped")) count("lrc_dropped_events_total", {}, line["dropped"]);
  if (kind == "start") {
    start(line);
  } else if (kind == "update") {
    values(line.at("update"), line.at("values").template get<std::vector<double>>());
  } else if (kind == "phase") {
    count("lrc_phases_total", {{"output", text(line, "output")}});
  } else if (kind == "clamp") {
    gauge("lrc_clamped", {{"output", text(line, "output")}, {"group", text(line, "group")}})
        .Set(place(text(line, "clamp")));
  } else if (kind == "zero") {
    count("lrc_zero_lr_total");
  } else if (kind == "observation") {
    // Metrics that no rule knows may have any name.
    const std::string result = text(line, "outcome");
    count("lrc_observations_total",
          {{"metric", result == "unknown" ? "" : text(line, "metric")}, {"outcome", result}});
  } else if (kind == "firing") {
    count("lrc_firings_total",
          {{"rule", std::to_string(line.value("rule", 0))}, {"trigger", text(line, "trigger")}});
  } else if (kind == "signal") {
    count("lrc_signals_total", {{"signal", text(line, "signal")}});
  } else if (kind == "save" || kind == "load") {
    count(kind == "save" ? "lrc_saves_total" : "lrc_loads_total", {{"outcome", outcome(line)}});
  } else if (kind == "mismatch") {
    count("lrc_mismatches_total", {{"what", text(line, "what")}});
  } else if (kind == "end") {
    gauge("lrc_ended").Set(1);
  }
}

bool Prometheus::event(std::string_view line) {
  const Json parsed = Json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("event")) return false;
  try {
    take(parsed.at("event").get<std::string>(), parsed);
  } catch (const Json::exception&) {
    return false;
  }
  return true;
}

}  // namespace lrc::sinks
