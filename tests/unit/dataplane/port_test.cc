#include "dataplane/devices/port.h"

#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include "dataplane/devices/pools.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::OpenPort;
using dataplane::PortResult;

class PortTest : public ::testing::Test {
 protected:
  // The rig brings the EAL and ring ports with two queues each way.
  WorkerRig rig_;
};

TEST_F(PortTest, SaysWhatTheDeviceHasAndWhatIsNeeded) {
  // Invariant: too few queues is an error that names both numbers and the device; nothing is
  // configured.
  const PortResult many_tx = OpenPort(1, {.tx_queues = 17, .rx_pool = rig_.rx_pool()});
  EXPECT_FALSE(many_tx.ok);
  EXPECT_EQ(many_tx.message, "device net_ring_rig1: has 2 tx queues, 17 are needed: one for each worker");
  const PortResult many_rx = OpenPort(1, {.rx_queues = 3, .rx_pool = rig_.rx_pool()});
  EXPECT_FALSE(many_rx.ok);
  EXPECT_EQ(many_rx.message, "device net_ring_rig1: has 2 rx queues, 3 are asked for");
  const PortResult no_rss = OpenPort(1, {.rx_queues = 2, .rx_pool = rig_.rx_pool()});
  EXPECT_FALSE(no_rss.ok);
  EXPECT_EQ(no_rss.message,
            "device net_ring_rig1: cannot spread by addresses over 2 rx queues; 1 rx queue is possible");
  const PortResult absent = OpenPort(31, {.rx_pool = rig_.rx_pool()});
  EXPECT_FALSE(absent.ok);
  EXPECT_EQ(absent.message, "device ?: gives no information: No such device");
}

TEST_F(PortTest, TellsWhatThePortCanDo) {
  // Invariant: the result describes the port that was opened, its own MAC address included.
  dataplane::StopPort(1);
  const PortResult opened = OpenPort(1, {.tx_queues = 2, .rx_pool = rig_.rx_pool()});
  ASSERT_TRUE(opened.ok) << opened.message;
  EXPECT_EQ(opened.port.id, 1);
  EXPECT_EQ(opened.port.device, "net_ring_rig1");
  rte_eth_dev_info info;
  ASSERT_EQ(rte_eth_dev_info_get(1, &info), 0);
  EXPECT_EQ(info.nb_tx_queues, 2);
  EXPECT_EQ(opened.port.multi_segs, (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0);
  EXPECT_NE(rte_eth_allmulticast_get(1) + rte_eth_promiscuous_get(1), 0);
}

TEST_F(PortTest, ReceivesWhatIsForFurtherStations) {
  // Invariant: a device whose filter has no room for their addresses filters nothing.
  dataplane::StopPort(1);
  ASSERT_EQ(rte_eth_promiscuous_disable(1), 0);
  ASSERT_TRUE(OpenPort(1, {.tx_queues = 2, .rx_pool = rig_.rx_pool()}).ok);
  EXPECT_EQ(rte_eth_promiscuous_get(1), 0);
  dataplane::StopPort(1);
  const dataplane::MacAddress station = {0, 0, 0x5E, 0, 1, 7};
  const PortResult opened = OpenPort(1, {.tx_queues = 2, .rx_pool = rig_.rx_pool(), .macs = {station}});
  ASSERT_TRUE(opened.ok) << opened.message;
  EXPECT_EQ(rte_eth_promiscuous_get(1), 1);
  EXPECT_NE(opened.port.mac, station);
}

TEST_F(PortTest, SpreadsByAddressesAloneOverSeveralQueues) {
  // Invariant: several rx queues share the streams by a hash of addresses; of nothing else, since a
  // fragment has no ports and must stay on the queue of its packet.
  ASSERT_EQ(rte_dev_probe("net_null_rss"), 0);
  uint16_t id;
  ASSERT_EQ(rte_eth_dev_get_port_by_name("net_null_rss", &id), 0);
  const PortResult opened = OpenPort(id, {.rx_queues = 2, .rx_pool = rig_.rx_pool()});
  EXPECT_TRUE(opened.ok) << opened.message;
  rte_eth_rss_conf spread = {};
  ASSERT_EQ(rte_eth_dev_rss_hash_conf_get(id, &spread), 0);
  const uint64_t hashed = spread.rss_hf;
  EXPECT_NE(hashed & RTE_ETH_RSS_IPV4, 0u);
  EXPECT_EQ(hashed & (RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP |
                      RTE_ETH_RSS_NONFRAG_IPV6_TCP),
            0u);
  dataplane::StopPort(id);
  rte_eth_dev_info info;
  ASSERT_EQ(rte_eth_dev_info_get(id, &info), 0);
  rte_eth_dev_close(id);
  EXPECT_EQ(rte_dev_remove(info.device), 0);
}

}  // namespace
}  // namespace mgmd::testing
