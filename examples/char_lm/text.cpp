#include "text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "checksum.h"

namespace char_lm {

namespace {

// 800 updates read 800 * 16 * 64 characters: of a megabyte none is read twice, and nothing is
// learned by heart.
constexpr std::size_t smallest_text = 1'000'000;

std::vector<std::filesystem::path> text_files(const std::string& folder, std::error_code& error) {
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto extension = entry->path().extension();
    if (extension == ".dat" || extension == ".u8" || !entry->is_regular_file()) continue;
    files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Text numbered(const std::string& bytes) {
  std::array<bool, 256> occurs{};
  for (const char byte : bytes) occurs[static_cast<unsigned char>(byte)] = true;
  std::array<std::uint8_t, 256> number{};
  Text text;
  for (std::size_t byte = 0; byte < occurs.size(); ++byte) {
    if (occurs[byte]) number[byte] = static_cast<std::uint8_t>(text.alphabet_size++);
  }
  text.characters.reserve(bytes.size());
  for (const char byte : bytes) text.characters.push_back(number[static_cast<unsigned char>(byte)]);
  text.sha256 = sha256(bytes);
  return text;
}

}  // namespace

tl::expected<Text, std::string> read_text(const std::string& folder) {
  std::error_code error;
  std::string bytes;
  for (const auto& path : text_files(folder, error)) {
    std::ifstream file(path, std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(file), {});
    if (!file) return tl::make_unexpected("cannot read " + path.string());
  }
  if (error)
    return tl::make_unexpected("cannot read the folder " + folder + ": " + error.message());
  if (bytes.size() < smallest_text) {
    return tl::make_unexpected("the files in " + folder + " have " + std::to_string(bytes.size()) +
                               " bytes of text, and training needs at least " +
                               std::to_string(smallest_text));
  }
  return numbered(bytes);
}

}  // namespace char_lm
