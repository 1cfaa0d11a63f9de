#include "verify.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <numeric>
#include <random>
#include <span>

namespace digits {
namespace {

std::size_t differing_bits(std::span<const double> expected, std::span<const double> used,
                           std::int64_t update) {
  std::size_t differing = 0;
  for (std::size_t slot = 0; slot < used.size(); ++slot) {
    if (std::bit_cast<std::uint64_t>(expected[slot]) == std::bit_cast<std::uint64_t>(used[slot]))
      continue;
    ++differing;
    std::fprintf(stderr, "update %lld, slot %zu: %a was used, %a by the host\n",
                 static_cast<long long>(update), slot, used[slot], expected[slot]);
  }
  return differing;
}

}  // namespace

Verification::Verification(lrc::Run twin, std::int64_t count, std::int64_t first, std::int64_t end)
    : twin_(std::move(twin)), moved_(first != 0) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(end - first));
  std::iota(all.begin(), all.end(), first);
  std::ranges::sample(all, std::back_inserter(updates_), count, std::mt19937_64(1));
}

void Verification::updated(Trainer& trainer) {
  if (next_ < updates_.size() && updates_[next_] == twin_.step()) {
    compare(trainer);
    ++next_;
  }
  twin_.advance();
}

void Verification::compare(Trainer& trainer) {
  const std::int64_t update = twin_.step();
  const std::vector<double> used = trainer.values();
  differing_ += differing_bits(twin_.values(), used, update);
  ++compared_;
  if (moved_) return;
  differing_ += differing_bits(twin_.evaluate(update).value(), used, update);
  ++at_rest_;
}

void Verification::evaluated(Trainer& trainer) { observe(trainer.given()); }
void Verification::restored(const Given& given) {
  if (given.evaluation >= 0) observe(given);
}

void Verification::observe(const Given& given) {
  if (twin_.observe(metric, given.value, given.evaluation).fired > 0) moved_ = true;
}

}  // namespace digits
