#include "checkpoint.h"

#include <bit>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <type_traits>

namespace digits {
namespace {

struct File {
  char format[16] = "digits network";
  std::int64_t update = 0;
  Saved saved = {};
  std::uint64_t checksum = 0;
};
static_assert(std::is_trivially_copyable_v<File> && sizeof(Saved) == sizeof(State) + sizeof(Given),
              "written as bytes: there must be none that are nothing");

std::string network_path(const std::string& path, std::int64_t update) {
  return path + "." + std::to_string(update);
}

}  // namespace

// FNV-1a.
std::uint64_t checksum(const Saved& saved) {
  char bytes[sizeof saved];
  std::memcpy(bytes, &saved, sizeof saved);
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  return hash;
}

void save_checkpoint(const std::string& path, lrc::Run& run, const Saved& saved) {
  File file;
  file.update = run.step();
  file.saved = saved;
  file.checksum = checksum(saved);
  const std::string network = network_path(path, file.update), writing = network + ".new";
  {
    std::ofstream out(writing, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&file), sizeof file);
    if (!out.flush()) throw Failure(environment, "cannot write " + writing);
  }
  std::filesystem::rename(writing, network);
  if (const auto done = run.save_file(path); !done) throw Failure(environment, done.error().text);
}

Saved load_checkpoint(const std::string& path, lrc::Run& run) {
  if (const auto done = run.load_file(path); !done) throw Failure(refused, done.error().text);
  const std::string network = network_path(path, run.step());
  File file;
  std::ifstream in(network, std::ios::binary);
  if (!in) throw Failure(environment, "cannot open " + network + ", the network of " + path);
  in.read(reinterpret_cast<char*>(&file), sizeof file);
  if (!in || in.peek() != std::ifstream::traits_type::eof() ||
      std::memcmp(file.format, File().format, sizeof file.format) != 0 ||
      file.update != run.step() || file.checksum != checksum(file.saved)) {
    throw Failure(refused, network + " is not a network of this trainer, or was cut or changed");
  }
  return file.saved;
}

}  // namespace digits
