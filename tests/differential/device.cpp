#include "tests/differential/device.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "runtime/arithmetic/environment.h"
#include "runtime/cuda/block.h"
#include "runtime/host/evaluate.h"
#include "tests/differential/emitted.h"

namespace lrc::differential {
namespace {

template <typename Real>
void require_same(Real expected, Real value, const std::string& what) {
  if (std::memcmp(&expected, &value, sizeof value) == 0) return;
  throw std::runtime_error(fmt::format("{}: {} instead of {}", what, value, expected));
}

// A block without metrics.
class BlockOfSlots {
 public:
  explicit BlockOfSlots(const runtime::Program& program) : memory_(words_of<cuda::Block>(1)) {
    block_.slots = static_cast<std::uint32_t>(program.slots.size());
    block_.reactions = static_cast<std::uint32_t>(program.reactions.size());
    block_.events = 1;
    block_.values64 = part<double>(block_.slots);
    block_.values32 = part<float>(block_.slots);
    block_.reaction = part<cuda::Reaction>(block_.reactions);
    block_.reaction_state = part<cuda::ReactionState>(block_.reactions);
    block_.factors = part<double>(block_.reactions);
    block_.event = part<cuda::Event>(block_.events);
  }

  // Reactions are in a state that makes these factors.
  void stand_at(const Point& point) {
    block_.step = point.step;
    std::memcpy(memory_.data(), &block_, sizeof block_);
    for (std::size_t k = 0; k < block_.reactions; ++k) {
      at<cuda::Reaction>(block_.reaction)[k] = {};
      at<cuda::ReactionState>(block_.reaction_state)[k] = {point.factors[k], 0, 0};
    }
  }

  [[nodiscard]] void* memory() { return memory_.data(); }
  [[nodiscard]] double value(std::size_t slot) { return at<double>(block_.values64)[slot]; }
  [[nodiscard]] float rounded(std::size_t slot) { return at<float>(block_.values32)[slot]; }

 private:
  template <typename Element>
  static std::size_t words_of(std::size_t size) {
    return size * sizeof(Element) / sizeof(std::uint64_t) + 1;
  }

  template <typename Element>
  std::uint64_t part(std::size_t size) {
    const std::uint64_t begin = memory_.size() * sizeof(std::uint64_t);
    memory_.resize(memory_.size() + words_of<Element>(size));
    return begin;
  }

  template <typename Element>
  Element* at(std::uint64_t offset) {
    return reinterpret_cast<Element*>(memory_.data() + offset / sizeof(std::uint64_t));
  }

  cuda::Block block_;
  std::vector<std::uint64_t> memory_;
};

// Throws where a function disagrees with the values of all slots at all points.
class Functions {
 public:
  Functions(const Library& library, const std::string& name)
      : eval_(library.symbol<Eval>(name + "_eval")),
        reaction_(library.symbol<Reaction>(name + "_reaction")),
        update_(library.symbol<Update>(name + "_update")) {}

  void require(const Task& task, std::span<const double> values) const {
    const runtime::ArithmeticEnvironment environment;
    const std::size_t slots = task.program.slots.size();
    BlockOfSlots block(task.program);
    for (std::size_t i = 0; i < task.points.size(); ++i) {
      const auto expected = values.subspan(i * slots, slots);
      require_eval(task.points[i], expected);
      require_update(task.points[i], expected, block);
      require_reactions(task.program, task.points[i]);
    }
  }

 private:
  using Eval = double (*)(std::int64_t, std::uint32_t, const double*);
  using Reaction = double (*)(std::uint32_t, std::int64_t, const double*);
  using Update = void (*)(void*, std::uint32_t);

  void require_eval(const Point& point, std::span<const double> values) const {
    for (std::uint32_t slot = 0; slot < values.size(); ++slot)
      require_same(values[slot], eval_(point.step, slot, point.given_factors()),
                   fmt::format("eval of slot {} at {}", slot, point.step));
  }

  void require_update(const Point& point, std::span<const double> values,
                      BlockOfSlots& block) const {
    block.stand_at(point);
    update_(block.memory(), 1);
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const std::string what = fmt::format("update of slot {} at {}", slot, point.step);
      require_same(values[slot], block.value(slot), what);
      require_same(static_cast<float>(values[slot]), block.rounded(slot), what + ", rounded");
    }
  }

  void require_reactions(const runtime::Program& program, const Point& point) const {
    for (std::uint32_t k = 0; k < program.reactions.size(); ++k) {
      const runtime::Reaction& reaction = program.reactions[k];
      if (reaction.ignored < 0) continue;
      const double* factors = point.given_factors();
      require_same(runtime::evaluate(program, reaction.value, point.step, factors),
                   reaction_(k, point.step, factors),
                   fmt::format("what reaction {} asks for at {}", k, point.step));
    }
  }

  Eval eval_;
  Reaction reaction_;
  Update update_;
};

}  // namespace

Results device_objects(std::span<const Task> tasks) {
  return with_objects(tasks, {"nvptx-on-x86-64", backends::llvm::Level::optimised},
                      [](const Library& library, const std::string& name, const Task& task) {
                        Values values = call(values_of(library, name), task);
                        Functions(library, name).require(task, values);
                        return values;
                      });
}

}  // namespace lrc::differential
