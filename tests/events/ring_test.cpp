// The ring between the trainer's thread and one reader: order, the limit, and what was lost.

#include <gtest/gtest.h>

#include <thread>

#include "runtime/events/ring.h"

namespace lrc::runtime {
namespace {

Event numbered(std::int64_t update) {
  Event event;
  event.update = update;
  return event;
}

TEST(Ring, GivesWhatCameInItsOrder) {
  Ring ring;
  EXPECT_EQ(nullptr, ring.front());
  for (std::int64_t k = 0; k < 3; ++k) EXPECT_TRUE(ring.push(numbered(k)));
  for (std::int64_t k = 0; k < 3; ++k) {
    ASSERT_NE(nullptr, ring.front());
    EXPECT_EQ(k, ring.front()->update);
    ring.pop();
  }
  EXPECT_EQ(nullptr, ring.front());
}

TEST(Ring, HoldsItsCapacityAndTellsWhatWasLost) {
  Ring ring;
  for (std::size_t k = 0; k < Ring::capacity; ++k) EXPECT_TRUE(ring.push(numbered(1)));
  EXPECT_FALSE(ring.push(numbered(2)));
  EXPECT_FALSE(ring.push(numbered(3)));
  ring.pop();
  EXPECT_TRUE(ring.push(numbered(4)));
  Event last;
  for (; ring.front() != nullptr; ring.pop()) last = *ring.front();
  EXPECT_EQ(4, last.update);
  EXPECT_EQ(2U, last.dropped);
}

// Every number arrives, in order, or is counted.
TEST(Ring, TwoThreadsLoseNothingUncounted) {
  static Ring ring;
  constexpr std::int64_t count = 200'000;
  std::thread producer([] {
    for (std::int64_t k = 0; k < count; ++k) ring.push(numbered(k));
    while (!ring.push(numbered(count))) std::this_thread::yield();
  });
  std::int64_t expected = 0;
  while (expected <= count) {
    const Event* event = ring.front();
    if (event == nullptr) {
      std::this_thread::yield();
      continue;
    }
    if (event->update < count) {
      ASSERT_EQ(expected + event->dropped, event->update);
    }
    expected = event->update + 1;
    ring.pop();
  }
  producer.join();
  EXPECT_EQ(nullptr, ring.front());
}

TEST(Event, NamesAreCutAtAWholeCharacter) {
  Event event;
  event.call(std::string(Event::name_size, 'a'));
  EXPECT_EQ(std::string(Event::name_size, 'a'), event.called());
  event.call(std::string(Event::name_size + 1, 'a'));
  EXPECT_EQ(std::string(Event::name_size, 'a'), event.called());
  event.call("keep");
  EXPECT_EQ("keep", event.called());
  std::string text(Event::name_size - 1, 'a');
  text += "\xc3\xa9";
  event.call(text);
  EXPECT_EQ(std::string(Event::name_size - 1, 'a'), event.called());
}

}  // namespace
}  // namespace lrc::runtime
