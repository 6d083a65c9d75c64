// Invariant: each claim on a packet's mbuf ends once, and after the last one nobody has the mbuf or a reference to it.

#include "dataplane/batch/claims.h"

#include <gtest/gtest.h>

#include "tests/support/worker_rig.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kPacket = 5;

class ClaimsTest : public ::testing::Test {
 protected:
  void SetUp() override { claims_.Open(kPacket, kPacket + 1, 3); }
  uint32_t available() { return rig_.available(rig_.rx_pool()); }

  testing::WorkerRig rig_;
  rte_mbuf* const mbuf_ = rig_.MakeMbuf(testing::PacketBuilder().Build());
  const uint32_t without_it_ = available();
  Claims claims_;
};

TEST_F(ClaimsTest, TheLastOneHasTheMbuf) {
  claims_.Copied(kPacket, 3);
  claims_.Ended(kPacket, mbuf_, 2);
  EXPECT_EQ(available(), without_it_);
  claims_.Taken(kPacket, 1);
  claims_.CheckAllEnded(kPacket + 1);
  EXPECT_EQ(available(), without_it_);
  rte_pktmbuf_free(mbuf_);
}

TEST_F(ClaimsTest, TheLastOneFreesTheMbuf) {
  claims_.Copied(kPacket, 3);
  claims_.Copied(kPacket, 2);
  EXPECT_EQ(available(), without_it_);
  claims_.Ended(kPacket, mbuf_, 1);
  claims_.CheckAllEnded(kPacket + 1);
  EXPECT_EQ(available(), without_it_ + 1);
}

TEST_F(ClaimsTest, APayloadCountsWhatIsLeft) {
  // A header has the first claim's reference: whichever goes last frees the mbuf.
  for (const bool header_first : {true, false}) {
    rte_mbuf* const mbuf = header_first ? mbuf_ : rig_.MakeMbuf(testing::PacketBuilder().Build());
    if (!header_first) claims_.Open(kPacket, kPacket + 1, 3);
    claims_.Share(kPacket, mbuf, 3);
    EXPECT_TRUE(claims_.shared(kPacket));
    EXPECT_FALSE(claims_.shared(kPacket - 1));
    claims_.Referred(kPacket, 3);
    if (header_first) rte_pktmbuf_free(mbuf);
    claims_.Ended(kPacket, mbuf, 2);
    EXPECT_EQ(available(), without_it_);
    claims_.Ended(kPacket, mbuf, 1);
    if (!header_first) rte_pktmbuf_free(mbuf);
    claims_.CheckAllEnded(kPacket + 1);
    EXPECT_EQ(available(), without_it_ + 1);
    claims_.Reset();
    EXPECT_FALSE(claims_.shared(kPacket));
  }
}

#ifndef NDEBUG
using ClaimsDeathTest = ClaimsTest;

TEST_F(ClaimsDeathTest, NoneEndsTwiceOrIsLeft) {
  claims_.Copied(kPacket, 3);
  EXPECT_DEATH(claims_.Copied(kPacket, 3), "open_") << "ended before";
  EXPECT_DEATH(claims_.Ended(kPacket, mbuf_, 1), "open_") << "in another's place";
  EXPECT_DEATH(claims_.Copied(kPacket + 1, 2), "open_") << "of a packet that nobody has a claim on";
  EXPECT_DEATH(claims_.Open(kPacket, kPacket + 1, 1), "open_") << "before the others have ended";
  EXPECT_DEATH(claims_.CheckAllEnded(kPacket + 1), "open_") << "two are left";
  EXPECT_DEATH(claims_.Taken(kPacket, 2), "left == 1") << "the mbuf is another's still";
  EXPECT_DEATH(claims_.Referred(kPacket, 2), "shared") << "the mbuf counts no references";
  claims_.Share(kPacket, mbuf_, 2);
  EXPECT_DEATH(claims_.Copied(kPacket, 2), "shared") << "the reference stays";
  claims_.Ended(kPacket, mbuf_, 2);
  claims_.Ended(kPacket, mbuf_, 1);
}
#endif

}  // namespace
}  // namespace mgmd::dataplane
