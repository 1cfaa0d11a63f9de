#pragma once
// Events of a run as metrics that Prometheus scrapes (prometheus-cpp). Labels have few values:
// names of the policy's outputs, groups, rules and signals, and what identifies the run.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace lrc::sinks {

// `registry` must outlive it. Safe from one thread at a time; scraping goes on beside it.
class Prometheus {
 public:
  // `run` is the run's own name, a label of every metric; without one there is no such label.
  Prometheus(prometheus::Registry& registry, const std::string& run = "");

  // A line of lrc_next_event or LRC_RUN_UPDATE (docs/events.md). Kinds that it does not know are
  // passed over; false: this is no such line. Names are those of the last `start` line.
  bool event(std::string_view line);

  // The values of update `update`, as lrc_values gives them.
  void values(std::int64_t update, std::span<const double> values);

  // The greatest minus the least lr that processes of this run use for one update: 0 where all is
  // well.
  void spread(double lr) { gauge("lrc_lr_spread").Set(lr); }

 private:
  using Labels = std::map<std::string, std::string>;
  struct Names {
    std::vector<std::string> outputs, groups;
    std::int64_t updates = 0;  // 0: not known
  };
  template <class Line>
  void take(const std::string& kind, const Line& line);
  template <class Line>
  void start(const Line& line);
  prometheus::Gauge& gauge(const std::string& name, const Labels& labels = {});
  void count(const std::string& name, const Labels& labels = {}, double by = 1);

  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges_;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters_;
  prometheus::Gauge* info_ = nullptr;
  Names names_;
};

}  // namespace lrc::sinks
