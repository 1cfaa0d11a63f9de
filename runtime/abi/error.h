#pragma once
// The last error of a thread, and the door's two guards: against what is thrown and against what a
// caller may leave out.

#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "runtime/abi/compiler.h"

namespace lrc::abi {

// Remembers why, for lrc_last_error of this thread.
lrc_status failed(Refusal refusal);
lrc_status failed(lrc_status status, std::string text);
[[nodiscard]] const std::string& last_error();

// As much of `text` as fits with its NUL; the length of the whole.
std::size_t copy_text(std::string_view text, char* buffer, std::size_t size);

// Calls what may throw, of which nothing crosses the C ABI.
template <class Call>
lrc_status guarded(const Call& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return failed(LRC_LIMIT, "out of memory");
  } catch (const std::exception& error) {
    return failed(LRC_BUG, std::string("a bug of lrc: ") + error.what());
  }
}

// The same for what gives text; none is given where it could not be made.
template <class Call>
std::size_t guarded_text(char* buffer, std::size_t size, const Call& call) noexcept {
  std::size_t whole = copy_text("", buffer, size);
  guarded([&] {
    whole = copy_text(call(), buffer, size);
    return LRC_FINE;
  });
  return whole;
}

}  // namespace lrc::abi
