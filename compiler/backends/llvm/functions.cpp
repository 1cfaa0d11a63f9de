// What compiled programs call: the lrc1 arithmetic as it stands. Built by clang to bitcode, carried
// inside the library, and linked into each program's module, where only what is used remains.
//
// Targets differ in how they pass and return 128-bit integers, so there is a door for each function
// that takes them as halves, the lower one first, and writes them through a pointer.

#include "runtime/arithmetic/arithmetic.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
#define LRC1_FUNCTION extern "C"
#include "runtime/arithmetic/lrc1.h"

#ifdef __NVPTX__
#include "runtime/cuda/device/update.h"
#endif

namespace {

inline lrc1_wide joined(uint64_t low, uint64_t high) {
  return (static_cast<lrc1_wide>(high) << 64) | low;
}

inline void write(lrc1_wide value, uint64_t* halves) {
  halves[0] = static_cast<uint64_t>(value);
  halves[1] = static_cast<uint64_t>(value >> 64);
}

}  // namespace

extern "C" {

double lrc1_quotient_halves(uint64_t n_low, uint64_t n_high, uint64_t d_low, uint64_t d_high) {
  return lrc1_quotient(joined(n_low, n_high), joined(d_low, d_high));
}

void lrc1_divide_halves(uint64_t n_low, uint64_t n_high, uint64_t d_low, uint64_t d_high,
                        uint64_t* halves) {
  write(lrc1_divide(joined(n_low, n_high), joined(d_low, d_high)), halves);
}

void lrc1_remainder_halves(uint64_t n_low, uint64_t n_high, uint64_t d_low, uint64_t d_high,
                           uint64_t* halves) {
  write(lrc1_remainder(joined(n_low, n_high), joined(d_low, d_high)), halves);
}

double lrc1_nearest_halves(uint64_t low, uint64_t high) { return lrc1_nearest(joined(low, high)); }

int64_t lrc_passed(const int64_t* first, int64_t count, int64_t position) {
  return lrc1_passed(first, count, position);
}

int64_t lrc_passed_wide(const lrc1_integer* first, int64_t count, lrc1_integer position) {
  return lrc1_passed_wide(first, count, position);
}

int64_t lrc_passed_halves(const lrc1_integer* first, int64_t count, uint64_t low, uint64_t high) {
  return lrc1_passed_wide(first, count, static_cast<lrc1_integer>(joined(low, high)));
}

}  // extern "C"

#ifdef __NVPTX__
// What moves a schedule on a GPU, and what the module of a program defines for it.

extern "C" {
double lrc_device_value(int64_t step, uint32_t slot, const double* factors);
double lrc_device_reaction(uint32_t reaction, int64_t step, const double* factors);
void lrc_device_meet(void);
void lrc_device_publish(void);
}

namespace {

template <bool rules>
struct DevicePolicy {
  static constexpr bool has_rules = rules;

  double value(int64_t step, uint32_t slot, const double* factors) const {
    return lrc_device_value(step, slot, factors);
  }
  double reaction(uint32_t reaction, int64_t step, const double* factors) const {
    return lrc_device_reaction(reaction, step, factors);
  }
};

struct DeviceThreads {
  uint32_t index;
  uint32_t count;

  void meet() const { lrc_device_meet(); }
  void publish() const { lrc_device_publish(); }
};

}  // namespace

extern "C" {

void lrc_device_update(lrc::cuda::Block* block, uint32_t evaluate, uint32_t thread,
                       uint32_t threads) {
  lrc::cuda::Update(block, DevicePolicy<true>(), DeviceThreads{thread, threads}).run(evaluate != 0);
}

// For a program that observes nothing: the rules' code is long.
void lrc_device_update_without_rules(lrc::cuda::Block* block, uint32_t evaluate, uint32_t thread,
                                     uint32_t threads) {
  lrc::cuda::Update(block, DevicePolicy<false>(), DeviceThreads{thread, threads})
      .run(evaluate != 0);
}

}  // extern "C"
#endif
