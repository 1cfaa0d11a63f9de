#pragma once
// The floating-point environment of lrc1: rounding to nearest, subnormals kept, nothing traps. A
// caller may have set another one (torch.set_flush_denormal does); what a policy says must not
// depend on it.

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

#include <cstdint>

namespace lrc::runtime {

// Sets the environment of lrc1 for this thread and gives the caller's back. The arithmetic belongs
// into a function that is called, not inlined, while it lives: compilers order floating-point
// operations freely around a change of modes. Costs a load and a
// compare where nothing has to be changed.
class ArithmeticEnvironment {
 public:
  ArithmeticEnvironment() noexcept : before_(read()), changed_(!is_ours(before_)) {
    if (changed_) write_ours();
  }
  ~ArithmeticEnvironment() {
    if (changed_) write(before_);
  }
  ArithmeticEnvironment(const ArithmeticEnvironment&) = delete;
  ArithmeticEnvironment& operator=(const ArithmeticEnvironment&) = delete;

 private:
#if defined(__x86_64__)
  using Control = std::uint32_t;          // MXCSR
  static constexpr Control flags = 0x3f;  // sticky: what has happened, not what to do
  static constexpr Control masked_nearest = 0x1f80;
  static Control read() noexcept { return _mm_getcsr(); }
  static void write(Control control) noexcept { _mm_setcsr(control); }
  static bool is_ours(Control control) noexcept { return (control & ~flags) == masked_nearest; }
  static void write_ours() noexcept { write(masked_nearest); }
#elif defined(__aarch64__)
  using Control = std::uint64_t;  // FPCR: 0 is rounding to nearest without flushing or traps
  static Control read() noexcept {
    Control control;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(control));
    return control;
  }
  static void write(Control control) noexcept {
    __asm__ __volatile__("msr fpcr, %0" : : "r"(control) : "memory");
  }
  static bool is_ours(Control control) noexcept { return control == 0; }
  static void write_ours() noexcept { write(0); }
#else
  using Control = std::fenv_t;
  static Control read() noexcept {
    Control control;
    std::fegetenv(&control);
    return control;
  }
  static void write(const Control& control) noexcept { std::fesetenv(&control); }
  static bool is_ours(const Control&) noexcept { return false; }
  static void write_ours() noexcept { std::fesetenv(FE_DFL_ENV); }
#endif

  Control before_;
  bool changed_;
};

}  // namespace lrc::runtime
