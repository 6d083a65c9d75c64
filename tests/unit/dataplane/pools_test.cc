#include "dataplane/devices/pools.h"

#include <gtest/gtest.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

class PoolsTest : public ::testing::Test {
 protected:
  // The rig brings the EAL.
  WorkerRig rig_;
};

TEST_F(PoolsTest, GivesEachBufferOfAPagePoolAPageOfItsOwn) {
  // Invariant: as many pages in a row as there are buffers, and in each one whole buffer that begins
  // with it: net_af_xdp finds all of them in a region of that many pages, at the place it expects.
  constexpr uint32_t kBuffers = 3000;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::unique_ptr<rte_mempool, void (*)(rte_mempool*)> pool(
      dataplane::MakePagePool("pages", kBuffers, dataplane::PageFrame(), SOCKET_ID_ANY), rte_mempool_free);
  ASSERT_NE(pool, nullptr) << rte_strerror(rte_errno);
  EXPECT_EQ(pool->populated_size, kBuffers);
  EXPECT_EQ(pool->nb_mem_chunks, 1u);
  EXPECT_EQ(rte_mempool_calc_obj_size(pool->elt_size, pool->flags, nullptr), page);
  EXPECT_GE(rte_pktmbuf_data_room_size(pool.get()), RTE_PKTMBUF_HEADROOM + uint32_t{dataplane::PageFrame()});
  std::vector<rte_mbuf*> mbufs(kBuffers);
  ASSERT_EQ(rte_pktmbuf_alloc_bulk(pool.get(), mbufs.data(), kBuffers), 0);
  std::sort(mbufs.begin(), mbufs.end());
  const auto base = reinterpret_cast<uintptr_t>(STAILQ_FIRST(&pool->mem_list)->addr);
  EXPECT_EQ(base % page, 0u);
  for (uint32_t i = 0; i < kBuffers; ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(mbufs[i]), base + i * page + pool->header_size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(mbufs[i]->buf_addr) + mbufs[i]->buf_len, base + (i + 1) * page);
  }
  rte_pktmbuf_free_bulk(mbufs.data(), kBuffers);
}

TEST_F(PoolsTest, RefusesFramesThatAPageDoesNotHold) {
  EXPECT_EQ(dataplane::MakePagePool("too_long", 64, dataplane::PageFrame() + 1, SOCKET_ID_ANY), nullptr);
  EXPECT_EQ(rte_errno, EINVAL);
}

}  // namespace
}  // namespace mgmd::testing
