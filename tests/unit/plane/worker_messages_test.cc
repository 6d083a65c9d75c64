// Invariant: a worker that stands still costs control no memory, however much it is told; what it has not been told it
// is told to look for; every other worker hears everything, in order.

#include "control/plane/worker_messages.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <optional>

#include "tests/support/families.h"
#include "tests/support/keys.h"

namespace mgmd::plane {
namespace {

template <class Family>
class WorkerMessagesTest : public ::testing::Test {};
TYPED_TEST_SUITE(WorkerMessagesTest, BothFamilies);

template <class Family>
FibKey<Family> KeyOf(uint32_t n) {
  return Keys<Family>::SourceGroup(n, 1);
}

template <class Family>
std::optional<dataplane::WorkerMessage<Family>> Take(dataplane::MessageRing<Family>& ring) {
  dataplane::WorkerMessage<Family> message;
  return ring.Pop(&message, 1) == 1 ? std::optional(message) : std::nullopt;
}

TYPED_TEST(WorkerMessagesTest, TellAWorkerThatStandsStillToLookAgain) {
  using Family = TypeParam;
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
  constexpr uint32_t kTold = 1'000'000;
  dataplane::MessageRing<Family> running(63), still(63);
  WorkerMessages<Family> messages({{.ring = &running, .name = "running"}, {.ring = &still, .name = "still"}});
  const size_t before = mallinfo2().uordblks;
  for (uint32_t n = 0; n < kTold; ++n) {
    messages.Tell(n % 2 == 0 ? Kind::kDrain : Kind::kDiscard, KeyOf<Family>(n));
    const auto heard = Take(running);
    ASSERT_TRUE(heard.has_value());
    ASSERT_EQ(heard->key, KeyOf<Family>(n));
    ASSERT_FALSE(messages.Poll()) << "there is no room to tell it";
  }
  EXPECT_LT(mallinfo2().uordblks, before + (1 << 20));

  for (uint32_t n = 0; n < 63; ++n) {
    const auto heard = Take(still);
    ASSERT_TRUE(heard.has_value());
    EXPECT_EQ(heard->key, KeyOf<Family>(n));
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

  messages.Tell(Kind::kDrain, KeyOf<Family>(7));
  EXPECT_EQ(Take(still).value().key, KeyOf<Family>(7));
  EXPECT_EQ(Take(running).value().key, KeyOf<Family>(7));
}

}  // namespace
}  // namespace mgmd::plane
