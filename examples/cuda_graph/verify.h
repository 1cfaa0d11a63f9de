#pragma once
// Compares what replays used with what the host says: a second run on the host is told the same
// metrics, and at some updates all slots are read back and compared, bit for bit.

#include <cstdint>
#include <vector>

#include "trainer.h"

namespace digits {

class Verification {
 public:
  // Of `count` random updates from `first` up to `end`; all where there are fewer.
  Verification(lrc::Run twin, std::int64_t count, std::int64_t first, std::int64_t end);

  // Called behind every update and every evaluation of the trainer.
  void updated(Trainer& trainer);
  void evaluated(Trainer& trainer);
  // What a checkpoint gives the trainer, too.
  void restored(const Given& given);

  std::size_t compared() const { return compared_; }    // updates
  std::size_t differing() const { return differing_; }  // values, of all slots
  std::size_t at_rest() const { return at_rest_; }      // of the updates, by lrc_evaluate as well

 private:
  void compare(Trainer& trainer);
  void observe(const Given& given);

  lrc::Run twin_;
  std::vector<std::int64_t> updates_;  // rising
  std::size_t next_ = 0;
  bool moved_ = false;  // whether a rule has fired, or the run came from a checkpoint
  std::size_t compared_ = 0;
  std::size_t differing_ = 0;
  std::size_t at_rest_ = 0;
};

}  // namespace digits
