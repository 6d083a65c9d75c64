#ifndef MGMD_TESTS_UNIT_PLANE_ROUTER_UNDER_TRAFFIC_H_
#define MGMD_TESTS_UNIT_PLANE_ROUTER_UNDER_TRAFFIC_H_

// A whole router, whose worker runs on a real lcore, between the ring ports that Traffic feeds and drains.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "control/config/config.h"
#include "control/router.h"
#include "dataplane/devices/pools.h"
#include "tests/support/ring_ports.h"
#include "tests/unit/plane/traffic.h"

namespace mgmd::support {

// A port for each of two streams to arrive on, the first for one of IPv6, too, and three ports towards receivers. What
// else [limits] has follows, and then what protocols do.
inline constexpr const char* kRouterUnderTraffic = R"(
[dpdk]
workers = [1]
[[interface]]
name = "up1"
device = "net_ring_up1"
index = 1
addresses = ["10.0.1.254/24", "2001:db8::fe/64"]
[[interface]]
name = "up2"
device = "net_ring_up2"
index = 2
addresses = ["10.0.2.254/24", "10.2.0.254/16", "2001:db8:2::fe/64"]
[[interface]]
name = "dn1"
device = "net_ring_dn1"
index = 11
[[interface]]
name = "dn2"
device = "net_ring_dn2"
index = 12
[[interface]]
name = "dn3"
device = "net_ring_dn3"
index = 13
[limits]
mfes = 1024
pending = 64
pending_packets = 512
)";

class RouterUnderTraffic : public ::testing::Test {
 protected:
  static constexpr unsigned kRingSize = 2048;

  // For SetUpTestSuite(): the ports, and the buffers that they are fed from; once, however many suites there are.
  static void MakePorts(unsigned buffers) {
    if (pool_ != nullptr) return;
    for (const char* name : {"up1", "up2", "dn1", "dn2", "dn3"}) ports_[name] = RingPort::Make(name, kRingSize);
    pool_ = dataplane::MakePool("traffic", buffers, 1518, SOCKET_ID_ANY);
    ASSERT_NE(pool_, nullptr);
  }

  // `change`: what is different from what the configuration says.
  void Start(
      const std::string& more, const std::function<void(config::Config&)>& change = [](config::Config&) {}) {
    config::Result config = config::Parse(kRouterUnderTraffic + more, "router_under_traffic.toml");
    ASSERT_TRUE(config.ok()) << config.ErrorText();
    change(config.config);
    auto router = Router::Create(config.config, {.stepped = false});
    ASSERT_TRUE(router.ok()) << router.status();
    router_ = *std::move(router);
  }

  void TearDown() override {
    router_.reset();
    EXPECT_EQ(rte_mempool_avail_count(pool_), pool_->size);
  }

  inline static std::map<std::string, RingPort> ports_;
  inline static rte_mempool* pool_ = nullptr;
  std::unique_ptr<Router> router_;
};

}  // namespace mgmd::support

#endif  // MGMD_TESTS_UNIT_PLANE_ROUTER_UNDER_TRAFFIC_H_
