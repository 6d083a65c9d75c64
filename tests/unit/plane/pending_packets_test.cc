// Invariant: packets that wait for a decision in one family take no room from those of the other, and those of one
// interface no more than half of it.

#include <gtest/gtest.h>

#include <memory>

#include "control/config/config.h"
#include "control/plane/plane.h"
#include "dataplane/devices/pools.h"
#include "dataplane/worker.h"
#include "tests/support/family_streams.h"
#include "tests/support/ring_ports.h"

namespace mgmd::plane {
namespace {

using support::RingPort;

// Many more than what devices keep has buffers for besides.
constexpr int kMostHeld = 8000;
constexpr int kMostOfOne = kMostHeld / 2;
constexpr int kTooMany = 300;

constexpr const char* kHeldConfig = R"(
[dpdk]
workers = [1]
[limits]
mfes = 64
pending = 4
pending_depth = 20000
pending_packets = 8000
[[interface]]
name = "one"
device = "net_ring_one"
[[interface]]
name = "other"
device = "net_ring_other"
)";

class PendingPackets : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    one_ = RingPort::Make("one", 1024);
    other_ = RingPort::Make("other", 1024);
    pool_ = dataplane::MakePool("held", 1023, 1518, SOCKET_ID_ANY);
  }

  void SetUp() override {
    const config::Result config = config::Parse(kHeldConfig, "pending_packets_test.toml");
    ASSERT_TRUE(config.ok()) << config.ErrorText();
    auto plane = Plane::Create(config.config, {.stepped = true});
    ASSERT_TRUE(plane.ok()) << plane.status();
    plane_ = *std::move(plane);
    ForEachFamily([&]<class Family>() {
      auto& forwarder = plane_->forwarder<Family>();
      for (const uint32_t interface : {1, 2}) forwarder.SetEnabled(forwarder.Slot({interface, {}}), true);
    });
  }

  // Of a stream that nobody decides about.
  template <class Family>
  void Receive(RingPort& port, int packets) {
    const auto frame = mgmd::testing::Packet<Family>().Payload(20).Build();
    for (int n = 0; n < packets; ++n) {
      ASSERT_TRUE(port.Feed(pool_, frame));
      while (plane_->StepWorkers() > 0) {
      }
    }
  }
  template <class First, class Second>
  void ExpectRoomForBoth() {
    const dataplane::WorkerStats& stats = plane_->worker(0).stats();
    const auto dropped = [&](DropReason reason) { return dataplane::Get(stats.drops[static_cast<size_t>(reason)]); };
    Receive<First>(one_, kMostOfOne + kTooMany);
    EXPECT_EQ(dataplane::Get(stats.held), uint64_t{kMostOfOne});
    EXPECT_EQ(dropped(DropReason::kPendingShare), uint64_t{kTooMany});
    Receive<First>(other_, kMostOfOne + kTooMany);
    EXPECT_EQ(dataplane::Get(stats.held), uint64_t{kMostHeld});
    EXPECT_EQ(dropped(DropReason::kPendingPackets), uint64_t{kTooMany});
    Receive<Second>(one_, kMostOfOne);
    Receive<Second>(other_, kMostOfOne);
    EXPECT_EQ(dataplane::Get(stats.held), uint64_t{2 * kMostHeld});
    EXPECT_EQ(dropped(DropReason::kPendingShare), uint64_t{kTooMany});
    EXPECT_EQ(dropped(DropReason::kPendingPackets), uint64_t{kTooMany});
  }

  static RingPort one_, other_;
  static rte_mempool* pool_;
  std::unique_ptr<Plane> plane_;
};
RingPort PendingPackets::one_, PendingPackets::other_;
rte_mempool* PendingPackets::pool_;

TEST_F(PendingPackets, OfIpv6LeaveIpv4ItsRoom) { ExpectRoomForBoth<Ipv6, Ipv4>(); }
TEST_F(PendingPackets, OfIpv4LeaveIpv6ItsRoom) { ExpectRoomForBoth<Ipv4, Ipv6>(); }

}  // namespace
}  // namespace mgmd::plane
