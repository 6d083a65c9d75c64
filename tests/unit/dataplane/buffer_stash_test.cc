// Invariant: a stash gives every buffer of its pool before it says that there are none, keeps no
// more spare ones than it may, and gives them all back when it goes.

#include "dataplane/tx/buffer_stash.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/devices/pools.h"
#include "tests/support/worker_rig.h"

namespace mgmd::dataplane {
namespace {

using testing::WorkerRig;

class BufferStashTest : public ::testing::Test {
 protected:
  uint32_t available() { return rte_mempool_avail_count(rig_.copy_pool()); }

  // A buffer goes out and comes back: an empty cache fills itself up to its size for that.
  void FillCache() {
    rte_mbuf* mbuf = nullptr;
    ASSERT_EQ(AllocateRaw(rig_.copy_pool(), &mbuf, 1), 1u);
    rte_pktmbuf_free(mbuf);
  }

  WorkerRig rig_;  // brings EAL up, and a pool with a cache
  const uint32_t size_ = rig_.copy_pool()->size;
};

TEST_F(BufferStashTest, KeepsTheCacheFromRunningOver) {
  constexpr uint32_t kSpare = 600;
  const rte_mempool_cache* const cache = rte_mempool_default_cache(rig_.copy_pool(), rte_lcore_id());
  ASSERT_NE(cache, nullptr);
  {
    BufferStash stash(rig_.copy_pool(), kSpare);
    std::vector<rte_mbuf*> mbufs(size_);
    ASSERT_TRUE(stash.valid());
    FillCache();
    const uint32_t before = cache->len;
    ASSERT_GT(before, kPoolCache * 3 / 4);
    const uint32_t had = available();
    stash.Spare();
    EXPECT_EQ(cache->len, before - kPoolCache / 2);
    EXPECT_EQ(available(), had - kPoolCache / 2);
    stash.Spare();
    EXPECT_EQ(available(), had - kPoolCache / 2) << "there is no need";
    // More than the cache has are taken, and it fills itself up again.
    uint32_t held = 0;
    for (const uint32_t spare : {kPoolCache, kPoolCache}) {
      const uint32_t more = cache->len + 1;
      ASSERT_EQ(AllocateRaw(rig_.copy_pool(), mbufs.data() + held, more), more);
      held += more;
      ASSERT_GT(cache->len, kPoolCache * 3 / 4);
      stash.Spare();
      EXPECT_EQ(available(), had - held - spare) << "no more than it may";
    }
    rte_pktmbuf_free_bulk(mbufs.data(), held);
  }
  EXPECT_EQ(available(), size_);
}

TEST_F(BufferStashTest, KeepsNothingWhereItMayNot) {
  BufferStash stash(rig_.copy_pool(), 0);
  FillCache();
  const uint32_t had = available();
  stash.Spare();
  EXPECT_EQ(available(), had);
}

TEST_F(BufferStashTest, GivesItsSpareBuffersWhenThePoolIsEmpty) {
  std::vector<rte_mbuf*> mbufs(size_ + 1);
  {
    BufferStash stash(rig_.copy_pool(), kPoolCache);
    FillCache();
    stash.Spare();
    ASSERT_LT(available(), size_);
    EXPECT_EQ(stash.TakeMany(mbufs.data(), size_ + 1), size_);
    EXPECT_EQ(stash.Take(), nullptr);
    EXPECT_EQ(stash.Ready(1), 0u);
  }
  rte_pktmbuf_free_bulk(mbufs.data(), size_);
  EXPECT_EQ(available(), size_);
}

TEST_F(BufferStashTest, HasReadyWhatALoopAsksFor) {
  std::vector<rte_mbuf*> taken;
  {
    BufferStash stash(rig_.copy_pool(), 0);
    for (const uint32_t wanted : {1u, 31u, 32u, 33u, 1000u}) {
      const uint32_t ready = stash.Ready(wanted);
      EXPECT_EQ(ready, std::min(wanted, BufferStash::kMost));
      rte_mbuf** top = stash.top();
      for (uint32_t n = 0; n < ready; ++n) taken.push_back(*--top);
      stash.SetTop(top);
    }
  }
  std::sort(taken.begin(), taken.end());
  EXPECT_EQ(std::adjacent_find(taken.begin(), taken.end()), taken.end()) << "none twice";
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
  EXPECT_EQ(available(), size_);
}

}  // namespace
}  // namespace mgmd::dataplane
