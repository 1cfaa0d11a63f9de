#include "runtime/cuda/ring_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "runtime/events/watch.h"
#include "runtime/host/rule_machine.h"

namespace lrc::cuda {
namespace {

constexpr auto last_outcome = static_cast<std::uint32_t>(runtime::machine::Taken::conflicting);

// An entry has no bytes that are not of a member.
static_assert(sizeof(Event) == 2 * sizeof(uint64_t) + 2 * sizeof(uint32_t) + 3 * sizeof(uint64_t));

bool alike(const Event& one, const Event& other) {
  return std::memcmp(&one, &other, sizeof one) == 0;
}

}  // namespace

RingReader::RingReader(const DeviceContext& context, const runtime::Program& program,
                       const Block& head, Address memory, Stream stream)
    : context_(context), program_(program), head_(head), memory_(memory), stream_(stream) {}

Result<const runtime::Event*> RingReader::front() {
  if (waiting_.empty()) {
    if (auto done = fetch(); !done) return tl::unexpected(done.error());
  }
  return waiting_.empty() ? nullptr : &waiting_.front();
}

Result<void> RingReader::copy(void* to, std::uint64_t offset, std::size_t bytes) {
  const Driver& driver = context_.driver;
  const Code code = driver.copy_to_host(to, memory_ + offset, bytes, stream_);
  if (auto done = checked(driver, "cuMemcpyDtoHAsync", code); !done) return done;
  return checked(driver, "cuStreamSynchronize", driver.synchronize(stream_));
}

// Where nothing new was told, eight bytes are copied. Otherwise the ring is, twice: see take().
Result<void> RingReader::fetch() {
  const Entered entered(context_, Entered::Mode::beside);
  if (!entered.result()) return entered.result();
  std::uint64_t told = 0;
  if (auto done = copy(&told, offsetof(Block, told), sizeof told); !done) return done;
  if (told == next_) return {};
  Entries first(head_.events), second(head_.events);
  for (Entries* entries : {&first, &second}) {
    auto done = copy(entries->data(), head_.event, entries->size() * sizeof(Event));
    if (!done) return done;
  }
  take(told, first, second);
  return {};
}

// A copy is not of one moment. An entry whose number is right in the first was whole before the
// second began; if it is the same there, to the last byte, nothing of it was being written over,
// because its number would have gone first.
void RingReader::take(std::uint64_t told, const Entries& first, const Entries& second) {
  if (told - next_ > head_.events) {
    lost_ += told - head_.events - next_;
    next_ = told - head_.events;
  }
  for (; next_ < told; ++next_) {
    const std::size_t place = next_ & (head_.events - 1);
    const Event& event = first[place];
    if (event.number <= next_ || second[place].number <= next_) return;
    if (event.number == next_ + 1 && alike(event, second[place]))
      tell(event);
    else
      ++lost_;
  }
}

// What a kernel cannot have written is lost, too: indices into the program are looked at.
void RingReader::tell(const Event& event) {
  runtime::Event told;
  told.update = event.update;
  switch (event.kind) {
    case Event::Kind::observation:
      if (event.subject >= program_.metrics.size() || event.outcome > last_outcome) break;
      told.kind = runtime::Event::Kind::observation;
      told.outcome = static_cast<runtime::Observation::Outcome>(event.outcome);
      told.subject = event.subject;
      told.evaluation = event.evaluation;
      told.value = event.value;
      return push(told);
    case Event::Kind::firing:
      if (event.subject >= program_.rules.size()) break;
      return runtime::tell_firing(program_, event.subject, event.evaluation, event.update,
                                  [this](const runtime::Event& fired) { push(fired); });
    case Event::Kind::skipped: told.kind = runtime::Event::Kind::skipped; return push(told);
  }
  ++lost_;
}

void RingReader::push(runtime::Event event) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  event.dropped = static_cast<std::uint32_t>(std::min(lost_, most));
  lost_ = 0;
  waiting_.push_back(event);
}

}  // namespace lrc::cuda
