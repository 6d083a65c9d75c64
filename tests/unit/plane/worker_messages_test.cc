// Invariant: a worker that stands still costs control no memory, however much it is told; what it has not been told it
// is told to look for; every other worker hears everything, in order.

#include "control/plane/worker_messages.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <optional>

namespace mgmd::plane {
namespace {

using MessageRing = dataplane::MessageRing<Ipv4>;
using WorkerMessage = dataplane::WorkerMessage<Ipv4>;
using Kind = WorkerMessage::Kind;

Ipv4FibKey KeyOf(uint32_t n) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + n), Ipv4Address(239, 1, 1, 1));
}

std::optional<WorkerMessage> Take(MessageRing& ring) {
  WorkerMessage message;
  return ring.Pop(&message, 1) == 1 ? std::optional(message) : std::nullopt;
}

TEST(WorkerMessages, AWorkerThatStandsStillIsToldToLookAgain) {
  constexpr uint32_t kTold = 1'000'000;
  MessageRing running(63), still(63);
  WorkerMessages<Ipv4> messages({{.ring = &running, .name = "running"}, {.ring = &still, .name = "still"}});
  const size_t before = mallinfo2().uordblks;
  for (uint32_t n = 0; n < kTold; ++n) {
    messages.Tell(n % 2 == 0 ? Kind::kDrain : Kind::kDiscard, KeyOf(n));
    const auto heard = Take(running);
    ASSERT_TRUE(heard.has_value());
    ASSERT_EQ(heard->key, KeyOf(n));
    ASSERT_FALSE(messages.Poll()) << "there is no room to tell it";
  }
  EXPECT_LT(mallinfo2().uordblks, before + (1 << 20));

  for (uint32_t n = 0; n < 63; ++n) {
    const auto heard = Take(still);
    ASSERT_TRUE(heard.has_value());
    EXPECT_EQ(heard->key, KeyOf(n));
    EXPECT_EQ(heard->kind, n % 2 == 0 ? Kind::kDrain : Kind::kDiscard);
    if (n < 62) {
      ASSERT_FALSE(messages.Poll()) << "it has not read all yet";
    }
  }
  EXPECT_EQ(Take(still), std::nullopt);
  EXPECT_TRUE(messages.Poll());
  EXPECT_FALSE(messages.Poll());
  EXPECT_EQ(Take(still).value().kind, Kind::kReread);
  EXPECT_EQ(Take(still), std::nullopt);
  EXPECT_EQ(Take(running), std::nullopt);

  messages.Tell(Kind::kDrain, KeyOf(7));
  EXPECT_EQ(Take(still).value().key, KeyOf(7));
  EXPECT_EQ(Take(running).value().key, KeyOf(7));
}

}  // namespace
}  // namespace mgmd::plane
