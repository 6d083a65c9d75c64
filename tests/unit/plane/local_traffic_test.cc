// Packets for the router itself through the whole router, stepped in one thread: whoever registers gets them whole,
// a flood of them leaves streams alone, and what the router says itself leaves in order.

#include <gtest/gtest.h>

#include <vector>

#include "control/config/config.h"
#include "control/local/dispatcher.h"
#include "control/local/injector.h"
#include "control/plane/packet_memory.h"
#include "control/router.h"
#include "dataplane/devices/pools.h"
#include "dataplane/rings/error_requests.h"
#include "tests/support/eal_environment.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

namespace mgmd {
namespace {

using support::RingPort;
using testing::Bytes;
using testing::Frames;
using testing::PacketBuilder;

constexpr InterfaceId kUp{1, {}};
constexpr InterfaceId kTagged{3, {}};
constexpr uint32_t kLocalPackets = 512;  // [limits] local_packets
constexpr uint32_t kWorkers = 2;

constexpr const char* kConfig = R"(
[dpdk]
workers = [1, 2]
[limits]
mfes = 1024
pending = 64
pending_packets = 512
local_packets = 512
mbufs = 8192
[[interface]]
name = "up"
device = "net_ring_up"
index = 1
mtu = 9000
addresses = ["10.0.0.254/24"]
[[interface]]
name = "dn"
device = "net_ring_dn"
index = 2
mtu = 9000
[[interface]]
name = "dn7"
parent = "dn"
vlan = 7
index = 3
[protocol.static]
interfaces = ["up", "dn"]
[[protocol.static.mroute]]
from = "up"
source = "10.0.0.1"
group = "232.1.1.1"
to = ["dn"]
)";

const auto* const kEal = support::WithEal(512);

struct TestConsumer : local::Consumer {
  void Take(const LocalPacket& packet) override {
    packets.push_back(packet);
    frames.emplace_back(packet.frame.begin(), packet.frame.end());
  }
  std::vector<LocalPacket> packets;  // their spans are dead
  Frames frames;
};

PacketBuilder Ospf() { return PacketBuilder().Protocol(89).To("224.0.0.5").Ttl(1); }
PacketBuilder Stream() { return PacketBuilder().To("232.1.1.1"); }

class LocalTraffic : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    up_ = RingPort::Make("up", 1024, kWorkers);
    down_ = RingPort::Make("dn", 4096, kWorkers);
    // Little more than local packets may have: whatever holds more of them starves what follows.
    pool_ = dataplane::MakePool("test", kLocalPackets + 512, 9018, SOCKET_ID_ANY);
  }

  void SetUp() override {
    const config::Result config = config::Parse(kConfig, "local_traffic_test.toml");
    ASSERT_TRUE(config.ok()) << config.ErrorText();
    auto router = Router::Create(config.config, {.stepped = true});
    ASSERT_TRUE(router.ok()) << router.status();
    router_ = *std::move(router);
  }

  void StepUntilIdle() {
    for (bool busy = true; busy;) {
      busy = router_->StepWorkers() > 0;
      busy |= router_->StepControl();
    }
  }
  uint64_t Count(const std::vector<views::NamedCount>& counts, std::string_view name) const {
    for (const auto& count : counts) {
      if (count.name == name) return count.count;
    }
    return 0;
  }

  static RingPort up_, down_;
  static rte_mempool* pool_;
  std::unique_ptr<Router> router_;
};
RingPort LocalTraffic::up_, LocalTraffic::down_;
rte_mempool* LocalTraffic::pool_;

TEST_F(LocalTraffic, ComesWholeToWhomeverHasRegistered) {
  // Invariant: a packet of nine thousand octets comes as it was sent, once, with its interface and time.
  TestConsumer consumer;
  const Bytes frame = Ospf().Payload(8980).Build();
  ASSERT_TRUE(up_.Feed(pool_, frame));
  StepUntilIdle();
  EXPECT_EQ(Count(router_->Drops(), "no_consumer"), 1u) << "nobody wanted it";

  router_->dispatcher().Register(router_->SlotOf(kUp), {LocalClass::kLinkLocal}, consumer);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(up_.Feed(pool_, frame));
  StepUntilIdle();
  ASSERT_EQ(consumer.frames, Frames{frame});
  EXPECT_EQ(consumer.packets[0].arrival, router_->SlotOf(kUp));
  EXPECT_EQ(consumer.packets[0].local_class, LocalClass::kLinkLocal);
  // The two clocks tick apart by no more than this.
  EXPECT_GE(consumer.packets[0].arrived, before - std::chrono::milliseconds(1));
  EXPECT_LE(consumer.packets[0].arrived, std::chrono::steady_clock::now());
  EXPECT_EQ(Count(router_->Punts(), "link_local"), 1u);
  EXPECT_EQ(rte_mempool_avail_count(pool_), pool_->size);
}

TEST_F(LocalTraffic, KnowsTheRoutersAddresses) {
  // Invariant: without twins they are those of the configuration.
  TestConsumer consumer;
  router_->dispatcher().Register(router_->SlotOf(kUp), kAllLocalClasses, consumer);
  for (const uint8_t last : {1, 254}) {
    ASSERT_TRUE(up_.Feed(pool_, testing::ArpRequest(Ipv4Address(10, 0, 0, last))));
    StepUntilIdle();
  }
  ASSERT_EQ(consumer.packets.size(), 2u);
  EXPECT_EQ(consumer.packets[0].local_class, LocalClass::kNeighbourOther);
  EXPECT_EQ(consumer.packets[1].local_class, LocalClass::kNeighbour);
}

TEST_F(LocalTraffic, HasBuffersOfItsOwn) {
  // Invariant: whatever local packets may have, what is received and copied has as much as without them.
  config::Config config = config::Parse(kConfig, "x.toml").config;
  const plane::PoolSizes few = plane::SizePools(config);
  config.limits.local_packets += 2 * kWorkers;
  const plane::PoolSizes more = plane::SizePools(config);
  EXPECT_EQ(more.local_per_worker, few.local_per_worker + 2);
  EXPECT_EQ(more.rx, few.rx + 2 * kWorkers);
  EXPECT_EQ(more.copy, few.copy);
  // What a worker has sent for control may wait in its own cache and in its devices, and more can be sent all the same.
  // Nor do ICMPv6 errors that are asked for take anything of that.
  constexpr uint32_t kCache = dataplane::kPoolCache * 3 / 2;
  constexpr uint32_t kSent = kWorkers * (plane::kInjectRing + kCache);
  constexpr uint32_t kAsked = (kWorkers + 1) * dataplane::kErrorRing + kCache;
  EXPECT_GE(few.inject, kSent + kAsked);
}

TEST_F(LocalTraffic, ThatNobodyWantsAnyMoreIsCountedAsSuch) {
  // Invariant: what a worker has handed over when its consumer leaves is dropped, and its count is right.
  TestConsumer consumer;
  router_->dispatcher().Register(router_->SlotOf(kUp), {LocalClass::kLinkLocal}, consumer);
  ASSERT_TRUE(up_.Feed(pool_, Ospf().Build()));
  router_->StepWorkers();
  router_->dispatcher().Unregister(consumer);
  StepUntilIdle();
  EXPECT_EQ(Count(router_->Punts(), "link_local"), 0u);
  EXPECT_EQ(Count(router_->Drops(), "no_consumer"), 1u);
}

TEST_F(LocalTraffic, FloodsLeaveStreamsAlone) {
  // Invariant: while control takes nothing at all, streams are received and forwarded to the last packet, whatever
  // comes for the router; then control gets what fitted into its buffers, and every packet is accounted for.
  TestConsumer consumer;
  router_->dispatcher().Register(router_->SlotOf(kUp), kAllLocalClasses, consumer);
  constexpr uint32_t kRounds = 400;
  uint64_t streams = 0;
  uint64_t local = 0;
  for (uint32_t round = 0; round < kRounds; ++round) {
    for (int i = 0; i < 8; ++i, ++local) ASSERT_TRUE(up_.Feed(pool_, Ospf().Id(i).Build())) << round;
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(up_.Feed(pool_, Stream().Id(i).Build())) << round;
    router_->StepWorkers();
    streams += down_.Drain([](const Bytes&) {});
  }
  EXPECT_EQ(streams, 8 * kRounds);
  StepUntilIdle();
  EXPECT_EQ(consumer.frames.size(), kLocalPackets / kWorkers) << "one worker has the port";
  const auto drops = router_->Drops();
  EXPECT_EQ(consumer.frames.size() + Count(drops, "local_rate") + Count(drops, "local_ring_full"), local);
  EXPECT_EQ(router_->packets_received(), streams + local);
  EXPECT_EQ(rte_mempool_avail_count(pool_), pool_->size);
}

TEST_F(LocalTraffic, OfTheRoutersOwnLeavesInOrder) {
  // Invariant: more than the worker's ring holds waits with control and leaves after it; a tag is the interface's.
  constexpr int kFrames = 700;
  Frames expected;
  for (int i = 0; i < kFrames; ++i) {
    const PacketBuilder frame = PacketBuilder().EtherType(0x0806).DestinationMac(Bytes(6, 255)).Id(i);
    ASSERT_TRUE(router_->injector().Send(router_->SlotOf(kTagged), InjectForm::kFrame, PacketBuilder(frame).Build()));
    expected.push_back(PacketBuilder(frame).Vlan(7).Build());
  }
  EXPECT_GT(router_->injector().waiting(), 0u);
  Frames sent;
  for (int turn = 0; turn < kFrames && sent.size() < expected.size(); ++turn) {
    router_->StepWorkers();
    router_->StepControl();
    down_.Drain([&](const Bytes& frame) { sent.push_back(frame); });
  }
  EXPECT_EQ(sent, expected);
  EXPECT_FALSE(router_->injector().Send(router_->SlotOf(kTagged), InjectForm::kFrame, Bytes(9015)));
}

}  // namespace
}  // namespace mgmd
