// Schedules that are a product of named factors: t5x's create_learning_rate_scheduler and
// tensor2tensor's learning_rate_schedule, joined by `*`.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

std::vector<std::string> names_of(const std::string& product) {
  std::vector<std::string> names(1);
  for (const char letter : product) {
    if (letter == '*')
      names.emplace_back();
    else if (letter != ' ')
      names.back() += letter;
  }
  return names;
}

// What multiplies: constants, which make the peak, and factors that start at 1.
class Product {
 public:
  Product(double warmup, double offset) : warmup_(warmup), offset_(offset) {}

  void times(double constant) { constant_ *= constant; }
  void by_root_of(double radicand) { radicands_.push_back(radicand); }
  [[nodiscard]] double warmup() const { return warmup_; }
  [[nodiscard]] double warmup_above_zero(const std::string& factor) const {
    if (warmup_ > 0) return warmup_;
    refuse(diagnostics::Code::E1004, fmt::format("`{}` without updates of warmup", factor),
           "the peer divides by their number");
  }

  // A factor that rises over the warmup.
  void rise(const std::string& factor) {
    Chain chain;
    chain.ramp(linear(), x(0), x(1), warmup_above_zero(factor));
    rises_.push_back(std::move(chain));
  }
  // A factor that is 1 up to the end of the warmup.
  void fall(Chain tail) { tails_.push_back(std::move(tail)); }
  // Any other factor.
  void factor(Chain whole) { wholes_.push_back(std::move(whole)); }

  void write(Draft& draft, double least) const {
    set_peak(draft);
    std::string text = fmt::format("{}", fmt::join(operands(draft), " * "));
    if (least > 0) text = fmt::format("max({}, {})", text, level(plain(least), draft.context));
    draft.add_text("lr", text);
  }

 private:
  void set_peak(Draft& draft) const {
    double peak = constant_;
    std::string roots;
    for (const double radicand : radicands_) {
      peak /= std::sqrt(radicand);
      roots += (roots.empty() ? "" : " * ") + number(radicand);
    }
    draft.set_peak(peak);
    if (!roots.empty()) draft.peak_words = fmt::format("{} / sqrt({})", number(constant_), roots);
  }

  // One chain where the factors follow each other; a factor each where they act at once.
  [[nodiscard]] std::vector<Chain> chains() const {
    std::vector<Chain> chains = rises_;
    for (const Chain& tail : tails_) {
      if (tails_.size() > 1 || !wholes_.empty() || rises_.size() != 1) {
        if (&tail == &tails_.front())
          for (Chain& rise : chains) rise.hold();
        Chain chain;
        chain.hold(x(1), warmup_);
        chain.append(tail);
        chains.push_back(std::move(chain));
      } else {
        chains.front().append(tail);
      }
    }
    if (tails_.empty())
      for (Chain& rise : chains) rise.hold();
    chains.insert(chains.end(), wholes_.begin(), wholes_.end());
    return chains;
  }

  [[nodiscard]] std::vector<std::string> operands(const Draft& draft) const {
    std::vector<std::string> texts;
    const std::vector<Chain> all = chains();
    for (const Chain& chain : all) {
      Context context = draft.context;
      context.factor = !texts.empty();
      Chain late;
      late.hold(x(&chain < all.data() + rises_.size() ? 0 : 1), offset_);
      late.append(chain);
      const std::string text = late.text(context);
      texts.push_back(all.size() == 1 ? text : "(" + text + ")");
    }
    if (texts.empty()) texts.emplace_back("constant");
    return texts;
  }

  double warmup_, offset_, constant_ = 1;
  std::vector<double> radicands_;
  std::vector<Chain> rises_, tails_, wholes_;
};

Chain root_decay(double warmup) {
  Chain chain;
  chain.words([warmup](double begin, const Context&) {
    return begin == warmup ? "rsqrt" : "rsqrt timescale " + length(warmup, steps);
  });
  return chain;
}

// Down over `half`, and up again or anew, without end.
Chain waves(double half, bool back) {
  Chain chain;
  chain.words([half, back](double, const Context& context) {
    const std::string top = level(x(1), context);
    if (!back)
      return fmt::format("repeat every {} {{ cosine from {} to 0 }}", length(half, steps), top);
    return fmt::format("repeat every {} {{ cosine from {} to 0 for {} then cosine to {} }}",
                       length(2 * half, steps), top, length(half, steps), top);
  });
  return chain;
}

double above_zero(const Arguments& arguments, const std::string& name, double otherwise) {
  const double value = otherwise > 0 ? arguments.number(name, otherwise) : arguments.number(name);
  if (value <= 0) refuse_value(name, arguments.any(name), "a number above zero is needed");
  return value;
}

// --- t5x

// Up over the warmup, then down by `decay_factor` of the peak with every update.
void t5x_line(Product& product, const Arguments& arguments, double base) {
  const double slope = arguments.number("decay_factor", 0.5);
  product.times(base);
  product.rise("linear_decay");
  if (slope < 0)
    refuse_value("decay_factor", arguments.any("decay_factor"),
                 "with `linear_decay` a number of zero or more is needed");
  if (slope == 0) return;
  Chain chain;
  chain.ramp(linear(), std::nullopt, x(0), 1 / slope);
  chain.hold();
  product.fall(std::move(chain));
}

void add_t5x(Product& product, const std::string& name, const Arguments& arguments, double base) {
  if (name == "constant") return product.times(base);
  if (name == "linear_warmup") return product.rise(name);
  if (name == "linear_decay") return t5x_line(product, arguments, base);
  if (name == "rsqrt_decay") product.by_root_of(product.warmup_above_zero(name));
  if (name == "rsqrt_decay" || name == "rsqrt_normalized_decay")
    return product.fall(root_decay(product.warmup_above_zero(name)));
  if (name == "cosine_decay")
    return product.fall(waves(above_zero(arguments, "steps_per_cycle", 100'000), false));
  Chain chain;
  chain.stairs(arguments.number("decay_factor", 0.5),
               above_zero(arguments, "steps_per_decay", 20'000), x(1));
  product.factor(std::move(chain));
}

// --- tensor2tensor

void t2t_line(Product& product, const Arguments& arguments) {
  const double total = arguments.number("train_steps"),
               length = above_zero(arguments, "learning_rate_decay_steps", 0);
  const double begin = total - length;
  Chain chain;
  if (begin >= product.warmup()) {
    chain.hold(std::nullopt, begin - product.warmup());
    chain.ramp(linear(), std::nullopt, x(0), length);
    chain.hold();
    return product.fall(std::move(chain));
  }
  if (begin > 0) chain.hold(x(1), begin);
  chain.ramp_over(linear(), x(1), x(0), begin, total, total - std::max(begin, 0.0));
  chain.hold();
  product.factor(std::move(chain));
}

void t2t_exponential(Product& product, const Arguments& arguments) {
  const double rate = arguments.number("learning_rate_decay_rate"),
               length = above_zero(arguments, "learning_rate_decay_steps", 0);
  Chain chain;
  if (arguments.flag("learning_rate_decay_staircase", false))
    chain.stairs(rate, length);
  else
    chain.decay(rate, length);
  product.fall(std::move(chain));
}

// Its clock starts with the run, so that it jumps where the warmup ends.
void t2t_cosine_underneath(Product& product, const Arguments& arguments) {
  const double half = above_zero(arguments, "learning_rate_decay_steps", 0);
  Chain chain;
  chain.hold(x(1), product.warmup() + 1);
  chain.words([half](double, const Context& context) {
    return fmt::format("({} * (1 - havpi(position in steps / {})))", level(x(1), context),
                       count(half));
  });
  product.factor(std::move(chain));
}

void add_t2t(Product& product, const std::string& name, const Arguments& arguments) {
  if (name == "constant") return product.times(arguments.number("learning_rate_constant"));
  if (name == "linear_warmup") return product.rise(name);
  if (name == "linear_decay") return t2t_line(product, arguments);
  if (name == "rsqrt_hidden_size")
    return product.by_root_of(above_zero(arguments, "hidden_size", 0));
  if (name == "rsqrt_decay") product.by_root_of(product.warmup_above_zero(name));
  if (name == "rsqrt_decay" || name == "rsqrt_normalized_decay")
    return product.fall(root_decay(product.warmup_above_zero(name)));
  if (name == "exp_decay") return t2t_exponential(product, arguments);
  if (name == "cosdecay") return t2t_cosine_underneath(product, arguments);
  if (name == "multi_cycle_cos_decay")
    return product.fall(waves(above_zero(arguments, "learning_rate_decay_steps", 0), true));
  const double half = arguments.number("train_steps") - product.warmup();
  if (half <= 0)
    refuse_value("train_steps", arguments.any("train_steps"),
                 "more updates than those of the warmup are needed");
  product.fall(waves(half, true));
}

void check_factor(const std::string& name, const std::string& peer,
                  const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  static const Json none = Json::object();
  Json object;
  object["factor"] = name;
  (void)Arguments(object, peer).choice("factor", "", known);
}

}  // namespace

Draft t5x(const Case& given) {
  const Arguments arguments = given.call("create_learning_rate_scheduler");
  const double base = arguments.number("base_learning_rate", 0.5);
  constexpr double least = 1e-8;
  Product product(arguments.number("warmup_steps", 1000), arguments.number("step_offset", 0));
  for (const std::string& name :
       names_of(arguments.word("factors", "constant * linear_warmup * rsqrt_decay"))) {
    check_factor(name, arguments.call(),
                 {"constant", "linear_warmup", "linear_decay", "rsqrt_decay",
                  "rsqrt_normalized_decay", "decay_every", "cosine_decay"});
    add_t5x(product, name, arguments, base);
  }
  arguments.ignore({"decay_factor", "steps_per_decay", "steps_per_cycle"});
  Draft draft;
  product.write(draft, arguments.number("min_learning_rate", least));
  arguments.finish();
  return draft;
}

Draft t2t(const Case& given) {
  const Arguments arguments = given.call("hparams");
  Product product(arguments.number("learning_rate_warmup_steps", 0), 0);
  for (const std::string& name : names_of(arguments.word("learning_rate_schedule"))) {
    if (name.empty()) continue;
    if (name == "legacy")
      refuse_unsayable("the schedule `legacy`", "its numbers come from other hyperparameters",
                       "write its factors out, as in `constant*linear_warmup*rsqrt_decay`");
    check_factor(name, arguments.call(),
                 {"constant", "linear_warmup", "linear_decay", "rsqrt_decay",
                  "rsqrt_normalized_decay", "rsqrt_hidden_size", "single_cycle_cos_decay",
                  "multi_cycle_cos_decay", "cosdecay", "exp_decay"});
    add_t2t(product, name, arguments);
  }
  arguments.ignore({"learning_rate_constant", "hidden_size", "train_steps",
                    "learning_rate_decay_steps", "learning_rate_decay_rate",
                    "learning_rate_decay_staircase"});
  Draft draft;
  product.write(draft, 0);
  arguments.finish();
  return draft;
}

}  // namespace lrc::import
