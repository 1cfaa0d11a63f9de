// What a scrape over HTTP shows of the lines of a run.

#include <gtest/gtest.h>

#include <prometheus/exposer.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "runtime/sinks/prometheus.h"

namespace lrc::sinks {
namespace {

std::string get(int port, const std::string& path) {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    EXPECT_EQ(static_cast<ssize_t>(request.size()), write(handle, request.data(), request.size()));
    char buffer[4096];
    for (ssize_t size = 0; (size = read(handle, buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(size));
  }
  close(handle);
  return answer;
}

class Scrape : public testing::Test {
 protected:
  Scrape() : exposer_("127.0.0.1:0"), sink_(*registry_, "run-7") {
    exposer_.RegisterCollectable(registry_);
  }
  std::string scraped() { return get(exposer_.GetListeningPorts().at(0), "/metrics"); }
  void shows(const std::string& line) {
    const std::string all = scraped();
    EXPECT_NE(std::string::npos, all.find("\n" + line + "\n")) << line << "\n" << all;
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Exposer exposer_;
  Prometheus sink_;
};

constexpr const char* start =
    R"({"event":"start","update":0,"policy":"p","version":3,"hash":"lrc1:9c","run_hash":"lrc1:a0",)"
    R"("facts":[],"outputs":["lr","momentum"],"groups":["","norms"],"updates":100})";

TEST_F(Scrape, ShowsValuesByOutputAndGroup) {
  ASSERT_TRUE(sink_.event(start));
  const double values[] = {0.5, 0.9, 0.25, 0.9};
  sink_.values(25, values);
  shows(R"(lrc_value{run="run-7",group="",output="lr"} 0.5)");
  shows(R"(lrc_value{run="run-7",group="norms",output="lr"} 0.25)");
  shows(R"(lrc_value{run="run-7",group="norms",output="momentum"} 0.9)");
  shows(R"(lrc_update{run="run-7"} 25)");
  shows(R"(lrc_progress{run="run-7"} 0.25)");
  shows(R"(lrc_info{run="run-7",hash="lrc1:9c",policy="p",run_hash="lrc1:a0",version="3"} 1)");
  ASSERT_TRUE(sink_.event(
      R"({"event":"update","update":26,"values":[0.125,0.9,0.5,0.9],"bits":[],"phases":[]})"));
  shows(R"(lrc_value{run="run-7",group="",output="lr"} 0.125)");
}

TEST_F(Scrape, CountsWhatHappened) {
  ASSERT_TRUE(sink_.event(start));
  shows(R"(lrc_saves_total{run="run-7",outcome="failed"} 0)");
  for (const char* line :
       {R"({"event":"firing","update":7,"rule":1,"trigger":"nonfinite","evaluation":7})",
        R"({"event":"firing","update":8,"rule":1,"trigger":"nonfinite","evaluation":8})",
        R"({"event":"signal","update":7,"signal":"diverged","rule":1})",
        R"({"event":"save","update":8,"ok":true})", R"({"event":"save","update":8,"ok":false})",
        R"({"event":"mismatch","update":8,"what":"run_hash","rank":3})",
        R"({"event":"clamp","update":8,"output":"lr","group":"","clamp":"high"})",
        R"({"event":"zero","update":8,"output":"lr","dropped":5})",
        R"({"event":"observation","update":8,"metric":"any name","outcome":"unknown"})",
        R"({"event":"something new","update":8})", R"({"event":"end","update":100})"})
    EXPECT_TRUE(sink_.event(line)) << line;
  sink_.spread(1e-9);
  shows(R"(lrc_firings_total{run="run-7",rule="1",trigger="nonfinite"} 2)");
  shows(R"(lrc_signals_total{run="run-7",signal="diverged"} 1)");
  shows(R"(lrc_saves_total{run="run-7",outcome="ok"} 1)");
  shows(R"(lrc_saves_total{run="run-7",outcome="failed"} 1)");
  shows(R"(lrc_mismatches_total{run="run-7",what="run_hash"} 1)");
  shows(R"(lrc_clamped{run="run-7",group="",output="lr"} 1)");
  shows(R"(lrc_zero_lr_total{run="run-7"} 1)");
  shows(R"(lrc_dropped_events_total{run="run-7"} 5)");
  shows(R"(lrc_observations_total{run="run-7",metric="",outcome="unknown"} 1)");
  shows(R"(lrc_ended{run="run-7"} 1)");
  EXPECT_NE(std::string::npos, scraped().find("lrc_lr_spread{run=\"run-7\"} "));
}

TEST_F(Scrape, WhatIsNoLineIsSaid) {
  for (const char* line : {"", "[]", "{", "{}", R"({"event":7})", R"({"event":"update"})"})
    EXPECT_FALSE(sink_.event(line)) << line;
}

}  // namespace
}  // namespace lrc::sinks
