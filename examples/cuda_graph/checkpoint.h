#pragma once
// What a run goes on from: the run's sealed record at PATH (lrc_save_file), and beside it the
// network as it was at that update, PATH.UPDATE. The network is written first, so that a record
// always finds its own; older ones stay for the generation that lrc_load_file may fall back to.

#include <string>

#include "trainer.h"

namespace digits {

// Both throw a Failure. The run must stand where `saved` does.
void save_checkpoint(const std::string& path, lrc::Run& run, const Saved& saved);
// The run goes to where its record stands.
Saved load_checkpoint(const std::string& path, lrc::Run& run);

// Of the bytes of a checkpoint's network: equal where all bits are.
std::uint64_t checksum(const Saved& saved);

}  // namespace digits
