#pragma once
// Events of a run as files that TensorBoard reads: records in the framing of TFRecord, each an
// Event message of tensorflow/core/util/event.proto. Written here, since the library that has them
// is TensorFlow.

#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lrc::sinks {

// CRC-32C (Castagnoli; RFC 3720, B.4).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes) noexcept;

// Not for several threads at once.
class TensorBoard {
 public:
  // Begins a new file in `folder`, which is there. `name` ends its name, and tells processes apart.
  TensorBoard(const std::string& folder, const std::string& name);

  // Whether everything was written so far.
  [[nodiscard]] bool fine() const { return file_.good(); }
  [[nodiscard]] const std::string& path() const { return path_; }

  // A line of lrc_next_event or LRC_RUN_UPDATE (docs/events.md): values become scalars, and what
  // happened becomes text under `lrc/events`. False: this is no such line.
  bool event(std::string_view line);

  // The values of update `update`, as lrc_values gives them: scalars `lr`, `lr/norms`, in 32 bits,
  // which is what TensorBoard has. Names are those of the last `start` line.
  void values(std::int64_t update, std::span<const double> values);

  void scalar(const std::string& tag, std::int64_t update, double value);
  void text(const std::string& tag, std::int64_t update, std::string_view words);
  void flush() { file_.flush(); }

 private:
  void summary(std::int64_t update, const std::string& value);
  void record(const std::string& message);

  std::string path_;
  std::ofstream file_;
  std::vector<std::string> outputs_, groups_;
};

}  // namespace lrc::sinks
