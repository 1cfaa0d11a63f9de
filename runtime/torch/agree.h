#pragma once
// Whether every process of a run does the same: hashes, clock, bits of the coming values and
// rounding mode are compared over the trainer's own c10d::Store (TCPStore, FileStore, HashStore).
// Header only, over lrc.hpp and lrc_cuda.hpp; no threads and no sockets of its own.
//
//   Agreement agreement(store, rank, ranks);
//   for (…) {  // after a resume, if there was one
//     agreement.check_every(100, *run).value();  // at the first of them, too; where the schedule
//                                                // is on a GPU: check_every(100, *run, *device)
//     …
//     agreement.observe(*run, "loss", loss, run->step(), Reduce::mean).value();
//   }
//
// Every rank makes the same calls in the same order. Each exchange is one key a rank, written once
// and read by all; a rank that does not write within the timeout is named in the error of every
// other one, and a rank that gave up is an error for whoever comes late. All ranks get the same
// error.

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lrc.hpp"
#include "lrc_cuda.hpp"

namespace lrc::libtorch {

// What one number is made of those of all ranks.
enum class Reduce {
  mean,      // summed from rank 0 upwards, so that every rank has the same bits
  rank0,     // the number of rank 0
  identical  // all must have the same bits; else an error that names who differs
};

// Refers to a store; not for several threads at once, nor for two objects of one prefix.
class Agreement {
 public:
  // `prefix` keeps the keys apart from others in the store, and from those of a run before it.
  Agreement(c10::intrusive_ptr<c10d::Store> store, int rank, int ranks,
            std::chrono::milliseconds timeout = std::chrono::seconds(60),
            std::string prefix = "lrc")
      : store_(std::move(store)),
        rank_(rank),
        ranks_(ranks),
        timeout_(timeout),
        prefix_(std::move(prefix)) {
    TORCH_CHECK(rank >= 0 && rank < ranks, "rank ", rank, " is not one of ", ranks);
  }

  // Compares name and version of the policy, what lrc.h lists under LRC_RUN_AGREEMENT, and `more`
  // lines. The error names each rank that differs from most of the others, the key and the values,
  // and is the same on every rank.
  [[nodiscard]] Result<void> check(const Run& run, const std::string& more = {}) {
    const auto texts = exchange("policy " + run.policy() + "\nversion " + run.version() + "\n" +
                                run.agreement() + more);
    if (!texts) return texts.error();
    const auto told = [&run](std::size_t rank, const std::string& key) {
      lrc_disagree(run.get(), static_cast<std::int64_t>(rank), key.c_str());
    };
    const std::string differences = compare(*texts, told);
    if (differences.empty()) return {};
    return Error{Status::refused, "the processes of this run do not agree:\n" + differences};
  }

  // With what the run's schedule on a GPU has for its coming update; waits for the stream.
  [[nodiscard]] Result<void> check(const Run& run, Device& device, void* stream = nullptr) {
    const auto lines = device.agreement(stream);
    // A rank that cannot read them does not keep the others waiting.
    return check(run, lines ? *lines : "device unreadable " + first_line(lines.error().text));
  }

  // The same at the first of every `every` calls. Calls are counted, not updates, so that ranks
  // whose clocks differ still meet.
  template <typename... OnGpu>
  [[nodiscard]] Result<void> check_every(std::int64_t every, const Run& run, OnGpu&&... device) {
    if (calls_++ % every != 0) return {};
    return check(run, std::forward<OnGpu>(device)...);
  }

  // Observes on every rank the one value that `how` makes of theirs.
  [[nodiscard]] Result<Observed> observe(Run& run, const char* metric, double value,
                                         std::int64_t evaluation, Reduce how = Reduce::mean) {
    const std::string what = std::string(metric) + " " + std::to_string(evaluation);
    const auto values = exchange_numbers(what, value);
    if (!values) return values.error();
    if (how == Reduce::identical) {
      if (auto same = all_same(what, *values); !same) return std::move(same).error();
    }
    return run.observe(metric, how == Reduce::mean ? mean(*values) : values->front(), evaluation);
  }

  // The largest less the smallest of one output's value over all ranks, for a metric: 0 as long as
  // they agree.
  [[nodiscard]] Result<double> spread(Run& run, std::size_t output = 0, std::size_t group = 0) {
    const auto values = exchange_numbers("spread", run.value(output, group));
    if (!values) return values.error();
    const auto [least, most] = std::minmax_element(values->begin(), values->end());
    return *most - *least;
  }

 private:
  using Lines = std::vector<std::pair<std::string, std::string>>;  // key and value

  static std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n')) + "\n";
  }

  [[nodiscard]] std::string key(std::string_view what) const {
    return prefix_ + "/" + std::to_string(exchanges_) + "/" + std::string(what);
  }

  // The texts of all ranks, by rank. Keys are never reused, and each rank removes its own of the
  // exchange before the last, which every rank has read by then.
  [[nodiscard]] Result<std::vector<std::string>> exchange(const std::string& text) {
    if (failed_) return *failed_;
    try {
      return exchange_or_throw(text);
    } catch (const std::exception& error) {  // the store's connection
      const std::string reason = error.what();
      failed_ = Error{Status::environment, "the store of the process group failed: " +
                                               reason.substr(0, reason.find('\n'))};
      return *failed_;
    }
  }

  [[nodiscard]] Result<std::vector<std::string>> exchange_or_throw(const std::string& text) {
    store_->set(key(std::to_string(rank_)), text);
    const std::string missing = wait_for_all();
    // Whoever comes to a verdict first writes it; that one counts for all.
    const std::string verdict =
        store_->compareSet(key("verdict"), "", missing.empty() ? "complete" : missing);
    if (verdict != "complete") {
      failed_ = Error{Status::environment, verdict};
      return *failed_;
    }
    std::vector<std::string> texts;
    for (int rank = 0; rank < ranks_; ++rank)
      texts.push_back(store_->get_to_str(key(std::to_string(rank))));
    remove_old();
    ++exchanges_;
    return texts;
  }

  void remove_old() {
    // In a file the keys stay: it only grows.
    if (exchanges_ < 2) return;
    const std::string old = prefix_ + "/" + std::to_string(exchanges_ - 2) + "/";
    try {
      store_->deleteKey(old + std::to_string(rank_));
      if (rank_ == 0) store_->deleteKey(old + "verdict");
    } catch (const std::exception&) {  // a store that cannot: it keeps them
    }
  }

  // Nothing, or the error's text that names the ranks that did not come in time.
  [[nodiscard]] std::string wait_for_all() {
    std::vector<std::string> keys;
    for (int rank = 0; rank < ranks_; ++rank) keys.push_back(key(std::to_string(rank)));
    try {
      store_->wait(keys, timeout_);
      return {};
    } catch (const std::exception&) {  // it may be late, or the connection be gone: check tells
    }
    std::string ranks;
    for (int rank = 0; rank < ranks_; ++rank) {
      if (store_->check({keys[static_cast<std::size_t>(rank)]})) continue;
      ranks += (ranks.empty() ? "" : ", ") + std::to_string(rank);
    }
    if (ranks.empty()) return {};
    return "rank " + ranks + " of " + std::to_string(ranks_) + " did not come within " +
           std::to_string(timeout_.count()) + " ms to where the others compare (comparison " +
           std::to_string(exchanges_) +
           "): it is late, has stopped, or compares at other updates than they do";
  }

  static Lines lines_of(const std::string& text, const std::vector<std::string>& keys) {
    Lines lines;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      lines.push_back(split(line, keys));
    }
    return lines;
  }
  // A key may have two words, as `values lr` has, and `device` before it makes it one more.
  static std::pair<std::string, std::string> split(std::string_view line,
                                                   const std::vector<std::string>& keys) {
    constexpr std::string_view device = "device ";
    const std::size_t begin = line.starts_with(device) ? device.size() : 0;
    std::size_t end = line.find(' ', begin);
    for (const std::string& two_words : keys) {
      if (line.substr(begin).starts_with(two_words)) end = line.find(' ', begin + two_words.size());
    }
    end = std::min(end, line.size());
    return {std::string(line.substr(0, end)),
            std::string(line.substr(std::min(line.size(), end + 1)))};
  }

  // One line for each key and each rank whose value is not the one that most have; of values that
  // as many have, the one of the lowest rank counts.
  template <typename Tell>
  [[nodiscard]] static std::string compare(const std::vector<std::string>& texts,
                                           const Tell& tell) {
    std::vector<Lines> of_rank;
    for (const std::string& text : texts) of_rank.push_back(lines_of(text, {"values "}));
    std::string differences;
    for (const std::string& name : keys_of(of_rank)) {
      differences += compare_key(name, of_rank, tell);
    }
    return differences;
  }

  static std::vector<std::string> keys_of(const std::vector<Lines>& of_rank) {
    std::vector<std::string> names;
    for (const Lines& lines : of_rank) {
      for (const auto& [name, value] : lines) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
    }
    return names;
  }

  // Of each rank that differs, and the key.
  static void tell_nobody(std::size_t, const std::string&) {}

  template <typename Tell>
  static std::string compare_key(const std::string& name, const std::vector<Lines>& of_rank,
                                 const Tell& tell) {
    std::vector<std::string> values;
    for (const Lines& lines : of_rank) {
      const auto found = std::find_if(lines.begin(), lines.end(),
                                      [&](const auto& line) { return line.first == name; });
      values.push_back(found == lines.end() ? "nothing" : found->second);
    }
    std::size_t most = 0;
    const auto count = [&](std::size_t rank) {
      return std::count(values.begin(), values.end(), values[rank]);
    };
    for (std::size_t rank = 1; rank < values.size(); ++rank) {
      if (count(rank) > count(most)) most = rank;
    }
    std::string text;
    for (std::size_t rank = 0; rank < values.size(); ++rank) {
      if (values[rank] == values[most]) continue;
      tell(rank, name);
      text += "  rank " + std::to_string(rank) + " has " + name + " " + values[rank] + ", rank " +
              std::to_string(most) + " has " + values[most] + "\n";
    }
    return text;
  }

  // `what` must be alike everywhere, so that ranks that are out of step do not mix two metrics.
  [[nodiscard]] Result<std::vector<double>> exchange_numbers(const std::string& what,
                                                             double value) {
    const auto texts =
        exchange("bits " + std::to_string(std::bit_cast<std::uint64_t>(value)) + "\nof " + what);
    if (!texts) return texts.error();
    std::vector<double> values;
    std::vector<Lines> of_rank;
    for (const std::string& text : *texts) {
      of_rank.push_back(lines_of(text, {}));
      values.push_back(std::bit_cast<double>(std::stoull("0" + of_rank.back().front().second)));
    }
    const std::string differences = compare_key("of", of_rank, tell_nobody);
    if (differences.empty()) return values;
    return Error{Status::refused,
                 "the processes of this run do not reduce the same:\n" + differences};
  }

  static double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }

  static Result<void> all_same(const std::string& what, const std::vector<double>& values) {
    std::vector<Lines> of_rank;
    for (const double value : values) of_rank.push_back({{what, written(value)}});
    const std::string differences = compare_key(what, of_rank, tell_nobody);
    if (differences.empty()) return {};
    return Error{Status::refused,
                 "the processes of this run measured different values:\n" + differences};
  }

  // The shortest digits that are this number and no other.
  static std::string written(double value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return std::string(digits.data(), end);
  }

  c10::intrusive_ptr<c10d::Store> store_;
  int rank_;
  int ranks_;
  std::chrono::milliseconds timeout_;
  std::string prefix_;
  std::int64_t exchanges_ = 0;
  std::int64_t calls_ = 0;       // of check_every
  std::optional<Error> failed_;  // for good: the ranks are no longer at one place
};

}  // namespace lrc::libtorch
