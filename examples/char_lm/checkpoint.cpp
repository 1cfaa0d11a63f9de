#include "checkpoint.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string_view>

#include "atomic_file.h"
#include "checksum.h"

namespace char_lm {

namespace {

constexpr const char* format = "char_lm checkpoint 2";

// Closes the file: torch's archive does not notice a changed bit in a weight.
std::string checksum_line(std::string_view archive) { return "\nsha256 " + sha256(archive) + "\n"; }
constexpr std::size_t checksum_line_size = std::string_view("\nsha256 \n").size() + 64;

torch::Tensor generator_state() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void set_generator_state(const torch::Tensor& state) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

std::string archived(const Header& header, const Training& training) {
  torch::serialize::OutputArchive archive;
  archive.write("format", c10::IValue(format));
  archive.write("text_sha256", c10::IValue(header.text_sha256));
  archive.write("threads", c10::IValue(header.threads));
  archive.write("generator", generator_state());
  archive.write("order", training.batches.order());
  archive.write("position", c10::IValue(training.batches.position()));
  torch::serialize::OutputArchive model(archive.compilation_unit());
  training.model->save(model);
  archive.write("model", model);
  torch::serialize::OutputArchive optimizer(archive.compilation_unit());
  training.optimizer.save(optimizer);
  archive.write("optimizer", optimizer);
  training.rates.save(archive);
  std::ostringstream bytes;
  archive.save_to(bytes);
  return std::move(bytes).str();
}

c10::IValue read(torch::serialize::InputArchive& archive, const std::string& key) {
  c10::IValue value;
  archive.read(key, value);
  return value;
}

torch::Tensor read_tensor(torch::serialize::InputArchive& archive, const std::string& key) {
  torch::Tensor tensor;
  archive.read(key, tensor);
  return tensor;
}

}  // namespace

tl::expected<void, std::string> save_checkpoint(const std::string& path, const Header& header,
                                                const Training& training) {
  std::string bytes = archived(header, training);
  bytes += checksum_line(bytes);
  return write_atomically(path, bytes);
}

tl::expected<Checkpoint, std::string> Checkpoint::open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::make_unexpected("cannot open " + path);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const std::size_t size = bytes.size() - std::min(bytes.size(), checksum_line_size);
  if (bytes.substr(size) != checksum_line(std::string_view(bytes).substr(0, size))) {
    return tl::make_unexpected(path + " is not a checkpoint, or was cut or changed: its checksum " +
                               "does not fit");
  }
  try {
    Checkpoint checkpoint;
    auto& archive = checkpoint.archive_;
    archive.load_from(bytes.data(), size);
    if (read(archive, "format").toStringRef() != format) {
      return tl::make_unexpected(path + " is not a checkpoint of this trainer");
    }
    checkpoint.header_ = {read(archive, "text_sha256").toStringRef(),
                          read(archive, "threads").toInt()};
    return checkpoint;
  } catch (const std::exception& error) {  // torch throws for what it cannot read
    const std::string text = error.what();
    return tl::make_unexpected(
        path + " is not a checkpoint of this trainer: " + text.substr(0, text.find('\n')));
  }
}

tl::expected<void, std::string> Checkpoint::restore(const Training& training,
                                                    const std::string& word) {
  const auto resumed = training.rates.load(archive_, word);
  if (!resumed) return tl::make_unexpected(resumed.error().text);
  torch::serialize::InputArchive model, optimizer;
  archive_.read("model", model);
  training.model->load(model);
  archive_.read("optimizer", optimizer);
  training.optimizer.load(optimizer);
  training.batches.set_position(read_tensor(archive_, "order"), read(archive_, "position").toInt());
  // Last, since building the model and the batches drew from it.
  set_generator_state(read_tensor(archive_, "generator"));
  return {};
}

}  // namespace char_lm
