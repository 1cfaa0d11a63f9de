#include "runtime/abi/error.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lrc::abi {
namespace {

std::string& slot() {
  thread_local std::string text;
  return text;
}

}  // namespace

lrc_status failed(Refusal refusal) { return failed(refusal.status, std::move(refusal.text)); }

lrc_status failed(lrc_status status, std::string text) {
  slot() = std::move(text);
  return status;
}

const std::string& last_error() { return slot(); }

std::size_t copy_text(std::string_view text, char* buffer, std::size_t size) {
  if (buffer == nullptr || size == 0) return text.size();
  const std::size_t copied = std::min(text.size(), size - 1);
  std::memcpy(buffer, text.data(), copied);
  buffer[copied] = '\0';
  return text.size();
}

}  // namespace lrc::abi
