#include "runtime/sinks/tensorboard.h"

#include <array>
#include <bit>
#include <chrono>

#include <nlohmann/json.hpp>

namespace lrc::sinks {
namespace {

using Json = nlohmann::json;

// ------------------------------------------------------------------------------------- TFRecord

constexpr std::array<std::uint32_t, 256> crc_table() {
  constexpr std::uint32_t polynomial = 0x82f63b78;  // Castagnoli's, the lowest power first
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ ((rest & 1) != 0 ? polynomial : 0);
    table[byte] = rest;
  }
  return table;
}

// As TFRecord stores it: of data that holds sums themselves, a sum would be weak.
std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8; }

template <class Number>
std::string little_endian(Number number) {
  std::string bytes;
  for (std::size_t k = 0; k < sizeof number; ++k)
    bytes += static_cast<char>(number >> (8 * k) & 0xff);
  return bytes;
}

// ------------------------------------------------------------------- messages of Protocol Buffers

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

enum class Wire : std::uint8_t { varint = 0, bits64 = 1, bytes = 2, bits32 = 5 };

std::string field(std::uint32_t number, Wire wire, const std::string& content) {
  return varint(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(wire)) + content;
}
std::string bytes(std::uint32_t number, std::string_view content) {
  return field(number, Wire::bytes, varint(content.size()).append(content));
}
std::string integer(std::uint32_t number, std::int64_t value) {
  return field(number, Wire::varint, varint(static_cast<std::uint64_t>(value)));
}

// Event: wall_time 1, step 2, file_version 3, summary 5.
std::string wall_time() {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return field(1, Wire::bits64, little_endian(std::bit_cast<std::uint64_t>(now.count())));
}

// TensorProto: dtype 1 (7: string), tensor_shape 2 (dim 2: size 1), string_val 8.
std::string text_tensor(std::string_view words) {
  return integer(1, 7) + bytes(2, bytes(2, integer(1, 1))) + bytes(8, words);
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) noexcept {
  static constexpr auto table = crc_table();
  std::uint32_t rest = ~std::uint32_t{0};
  for (const char byte : bytes)
    rest = rest >> 8 ^ table[(rest ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~rest;
}

TensorBoard::TensorBoard(const std::string& folder, const std::string& name) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto stamp = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  path_ = folder + "/events.out.tfevents." + std::to_string(stamp) + "." + name;
  file_.open(path_, std::ios::binary);
  record(wall_time() + bytes(3, "brain.Event:2"));
}

void TensorBoard::record(const std::string& message) {
  const std::string size = little_endian(std::uint64_t{message.size()});
  file_ << size << little_endian(masked(crc32c(size))) << message
        << little_endian(masked(crc32c(message)));
}

// Summary: value 1.
void TensorBoard::summary(std::int64_t update, const std::string& value) {
  record(wall_time() + integer(2, update) + bytes(5, bytes(1, value)));
}

// Summary.Value: tag 1, simple_value 2.
void TensorBoard::scalar(const std::string& tag, std::int64_t update, double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  summary(update, bytes(1, tag) + field(2, Wire::bits32, little_endian(bits)));
}

// Summary.Value: tensor 8, metadata 9 (plugin_data 1: plugin_name 1).
void TensorBoard::text(const std::string& tag, std::int64_t update, std::string_view words) {
  summary(update,
          bytes(1, tag) + bytes(8, text_tensor(words)) + bytes(9, bytes(1, bytes(1, "text"))));
}

void TensorBoard::values(std::int64_t update, std::span<const double> values) {
  if (values.size() != outputs_.size() * groups_.size()) return;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::string& group = groups_[k / outputs_.size()];
    const std::string& output = outputs_[k % outputs_.size()];
    scalar(group.empty() ? output : output + "/" + group, update, values[k]);
  }
}

bool TensorBoard::event(std::string_view line) {
  const Json parsed = Json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("event")) return false;
  try {
    const std::string kind = parsed.at("event");
    const std::int64_t update = parsed.at("update");
    if (kind == "update") {
      values(update, parsed.at("values").get<std::vector<double>>());
      return true;
    }
    if (kind == "start") {
      outputs_ = parsed.at("outputs").get<std::vector<std::string>>();
      groups_ = parsed.at("groups").get<std::vector<std::string>>();
    }
    // A metric is the trainer's own curve, and needs no text.
    if (kind != "observation") text("lrc/events", update, line);
  } catch (const Json::exception&) {
    return false;
  }
  return true;
}

}  // namespace lrc::sinks
