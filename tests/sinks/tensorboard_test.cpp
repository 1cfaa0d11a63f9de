// The framing of event files, by the published check value and by hand.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "runtime/sinks/tensorboard.h"

namespace lrc::sinks {
namespace {

// The check value of CRC-32C, and the vectors of RFC 3720, B.4.
TEST(Crc32c, PublishedValues) {
  EXPECT_EQ(0xe3069283U, crc32c("123456789"));
  EXPECT_EQ(0x8a9136aaU, crc32c(std::string(32, '\0')));
  EXPECT_EQ(0x62a8ab43U, crc32c(std::string(32, '\xff')));
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t k = bytes.size(); k-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[k]);
  return value;
}

std::uint32_t unmasked(std::string_view bytes) {
  const auto rotated = static_cast<std::uint32_t>(number(bytes)) - 0xa282ead8U;
  return rotated >> 17 | rotated << 15;
}

TEST(TensorBoard, RecordsAreFramed) {
  TensorBoard board(testing::TempDir(), "framed");
  const double values[] = {0.5, 0.25};
  EXPECT_TRUE(
      board.event(R"({"event":"start","update":0,"outputs":["lr"],"groups":["","norms"]})"));
  board.values(3, values);
  EXPECT_FALSE(board.event("{}"));
  EXPECT_FALSE(board.event("no line"));
  board.flush();
  ASSERT_TRUE(board.fine());
  std::stringstream content;
  content << std::ifstream(board.path(), std::ios::binary).rdbuf();
  const std::string file = content.str();
  std::string_view rest = file;
  std::vector<std::string_view> messages;
  while (!rest.empty()) {
    ASSERT_GE(rest.size(), 16U);
    const auto size = static_cast<std::size_t>(number(rest.substr(0, 8)));
    ASSERT_EQ(crc32c(rest.substr(0, 8)), unmasked(rest.substr(8, 4)));
    ASSERT_GE(rest.size(), 16 + size);
    messages.push_back(rest.substr(12, size));
    ASSERT_EQ(crc32c(messages.back()), unmasked(rest.substr(12 + size, 4)));
    rest.remove_prefix(16 + size);
  }
  ASSERT_EQ(4U, messages.size());  // version, start, two values
  EXPECT_NE(std::string_view::npos, messages[0].find("brain.Event:2"));
  EXPECT_NE(std::string_view::npos, messages[3].find("lr/norms"));
}

TEST(TensorBoard, AFolderThatIsNotThereIsSaid) {
  EXPECT_FALSE(TensorBoard("/no/such/folder", "x").fine());
}

}  // namespace
}  // namespace lrc::sinks
