#pragma once
// A schedule as phases joined by `then`, in numbers until it is written: parts of other schedules
// can be cut, moved and joined, and the text leaves out what the language says by itself.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/import/text.h"

namespace lrc::import {

struct Level {
  double value = 0;
  bool share = false;  // of the peak
};
[[nodiscard]] inline Level x(double value) { return {value, true}; }
[[nodiscard]] inline Level plain(double value) { return {value, false}; }
[[nodiscard]] bool same(Level a, Level b);

// A ramp's shape: as a word of a phase, and as a call in a formula of its argument.
struct Shape {
  std::string words;            // `cosine`, `polynomial power 2`
  std::string call;             // `cosine({})`
  std::string definition = {};  // a curve that the policy needs for it
};
[[nodiscard]] Shape named(const std::string& name);
[[nodiscard]] inline Shape linear() { return named("linear"); }
[[nodiscard]] inline Shape cosine() { return named("cosine"); }
[[nodiscard]] Shape polynomial(double power);

// What a text needs to know of the policy around it.
struct Context {
  Unit unit = steps;
  std::optional<double> peak;
  std::optional<double> run;  // the length of the run, where the policy states it
  bool factor = false;        // a plain factor of another schedule: shares are numbers
  bool part = false;          // behind other phases: positions of the run are not its own
};
[[nodiscard]] std::string level(Level level, const Context& context);
// The level as a number, for formulas.
[[nodiscard]] double absolute(Level level, const Context& context);

// A phase of other words, up to its length, from the position where it begins. Schedules inside a
// formula begin with the run.
using Words = std::function<std::string(double begin, const Context& context)>;

struct Phase {
  enum class Kind { warmup, ramp, hold, decay, stairs, jumps, words };
  Kind kind = Kind::hold;
  Shape shape;                    // of a ramp
  std::optional<Level> from, to;  // no `from`: where the phase before ended
  double factor = 1, every = 1;   // of decays and stairs
  std::vector<double> at;         // of jumps, in the time of the chain
  double begin = 0, end = 0;      // of a ramp's span, in the time of the chain
  Words words;
  std::optional<double> length;  // none: it has no end
  std::string length_words;      // how to write it where it is not a plain number
};

class Chain {
 public:
  void ramp(const Shape& shape, std::optional<Level> from, Level to, double length,
            const std::string& length_words = "");
  // The ramp's own span, where the phase is another stretch of it.
  void ramp_over(const Shape& shape, Level from, Level to, double begin, double end, double length);
  // The same, which may be told by a length.
  void ramp_part(const Shape& shape, Level from, Level to, double begin, double end, double length,
                 const std::string& length_words);
  void hold(std::optional<Level> level = std::nullopt, std::optional<double> length = std::nullopt);
  void hold_part(Level level, double length, const std::string& length_words);
  // Times `factor` for every `per`, continuously.
  void decay(double factor, double per, std::optional<Level> from = std::nullopt,
             std::optional<double> length = std::nullopt);
  // Times `factor` after every whole `every`.
  void stairs(double factor, double every, std::optional<Level> from = std::nullopt,
              std::optional<double> length = std::nullopt);
  // Times `factor` at each position.
  void jumps(double factor, std::vector<double> at, std::optional<Level> from = std::nullopt,
             std::optional<double> length = std::nullopt);
  // The native warmup, read at the end of an update; its ramp may be longer than it lasts.
  void warmup(double length, double span = 0);
  // Any other phase, as text up to its length.
  void words(std::string text, std::optional<double> length = std::nullopt);
  void words(Words words, std::optional<double> length = std::nullopt);

  // The same for `length` and no longer; what ends sooner holds.
  [[nodiscard]] Chain cut(double length) const;
  void append(const Chain& later);
  // Without the open hold behind it, where the rest ends exactly there.
  [[nodiscard]] std::optional<Chain> closed_at(double end) const;
  // The phases of another one but for what lies before `skipped` in its time, which is our own.
  void append_rest(const Chain& other, double skipped);

  [[nodiscard]] double closed() const;  // the lengths of the phases that have one
  [[nodiscard]] bool open() const;      // the last phase has no end
  [[nodiscard]] bool empty() const { return phases_.empty(); }
  [[nodiscard]] bool single() const { return phases_.size() == 1; }
  [[nodiscard]] std::vector<std::string> definitions() const;
  [[nodiscard]] std::string text(const Context& context) const;

 private:
  void add(Phase phase);

  std::vector<Phase> phases_;
};

}  // namespace lrc::import
