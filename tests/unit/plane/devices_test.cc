// Invariants of devices that come and go: a device is closed when no worker can be using it and not before, forwarding
// between other ports goes on, what was counted stays counted, and every packet buffer comes back.

#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mempool.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/plane/device_sign.h"
#include "control/plane/device_thread.h"
#include "control/plane/dpdk_words.h"
#include "control/plane/plane.h"
#include "control/plane/port_device.h"
#include "dataplane/devices/pools.h"
#include "tests/support/eal_environment.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

// What a driver calls when its card is unplugged, and how it finds its device: DPDK exports both to drivers.
struct rte_eth_dev;
extern "C" rte_eth_dev* rte_eth_dev_allocated(const char* name);
extern "C" int rte_eth_dev_callback_process(rte_eth_dev* device, rte_eth_event_type event, void* parameter);

namespace mgmd::plane {
namespace {

using support::RingPort;
using Clock = std::chrono::steady_clock;
using What = views::PortChange::What;

const auto* const kEal = support::WithEal(256);

constexpr const char* kConfig = R"(
[dpdk]
workers = [1]
[limits]
mfes = 1024
pending = 64
pending_packets = 512
[dataplane]
release_wait = 1
vanish_linger = 0
[[interface]]
name = "up"
device = "net_ring_dup"
[[interface]]
name = "dn"
device = "net_ring_ddn"
[[interface]]
name = "card"
device = "net_null_card,no-rx=1"
[[interface]]
name = "card7"
parent = "card"
vlan = 7
)";

constexpr std::chrono::milliseconds kReleaseWait{1};  // as above

config::Config Parsed(const std::string& text) {
  config::Result result = config::Parse(text, "devices_test.toml");
  EXPECT_TRUE(result.ok()) << result.ErrorText();
  return std::move(result.config);
}

void Unplug(const char* device) {
  rte_eth_dev* const found = rte_eth_dev_allocated(device);
  ASSERT_NE(found, nullptr);
  rte_eth_dev_callback_process(found, RTE_ETH_EVENT_INTR_RMV, nullptr);
}

bool IsAttached(const char* device) {
  uint16_t port;
  return rte_eth_dev_get_port_by_name(device, &port) == 0;
}

class DevicesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    up_ = RingPort::Make("dup", 1024);
    down_ = RingPort::Make("ddn", 1024);
    pool_ = dataplane::MakePool("devices_test", 1023, 1518, SOCKET_ID_ANY);
  }

  void SetUp() override {
    auto plane = Plane::Create(Parsed(kConfig), {.stepped = true});
    ASSERT_TRUE(plane.ok()) << plane.status();
    plane_ = *std::move(plane);
    const InterfaceSlot iif = forwarder().Slot({1, {}});
    forwarder().SetEnabled(iif, true);
    FibBatch<Ipv4> batch;
    const std::vector<InterfaceSlot> oil = {forwarder().Slot({2, {}}), forwarder().Slot({3, {}}),
                                            forwarder().Slot({4, {}})};
    batch.Upsert(kKey, iif, oil);
    ASSERT_TRUE(forwarder().Apply(batch).refused.empty());
  }

  Forwarder<Ipv4>& forwarder() { return plane_->forwarder<Ipv4>(); }

  void Send(int packets) {
    for (int p = 0; p < packets; ++p)
      ASSERT_TRUE(up_.Feed(pool_, mgmd::testing::PacketBuilder().To("232.1.1.1").Build()));
    plane_->StepWorkers();
  }
  size_t Witnessed() {
    return down_.Drain([](const auto&) {});
  }
  void Poll() {
    plane_->PollPorts([this](const views::PortChange& change) { changes_.push_back({change.name, change.what}); });
  }
  uint64_t Count(const std::string& port, std::string_view name) {
    for (const views::Port& each : plane_->ReadPorts()) {
      for (const views::NamedCount& count : each.counts) {
        if (each.name == port && count.name == name) return count.count;
      }
    }
    return 0;
  }
  uint64_t Dropped(std::string_view reason) {
    for (const views::NamedCount& drop : plane_->ReadDrops(0)) {
      if (drop.name == reason) return drop.count;
    }
    return 0;
  }

  using Change = std::pair<std::string, What>;
  static constexpr const char* kCard = "net_null_card";
  const Ipv4FibKey kKey = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 1), Ipv4Address(232, 1, 1, 1));
  static RingPort up_, down_;
  static rte_mempool* pool_;
  std::unique_ptr<Plane> plane_;
  std::vector<Change> changes_;
};
RingPort DevicesTest::up_, DevicesTest::down_;
rte_mempool* DevicesTest::pool_;

TEST_F(DevicesTest, ClosesADeviceThatHasGoneWhenNoWorkerCanBeUsingIt) {
  Send(10);
  EXPECT_EQ(Witnessed(), 10u);
  EXPECT_EQ(Count("card", "tx_packets"), 20u) << "the VLAN's, too";
  Poll();
  EXPECT_EQ(changes_, std::vector<Change>());

  Unplug(kCard);
  // The worker stands still for longer than control waits before it takes the link for down.
  for (const auto end = Clock::now() + 50 * kReleaseWait; Clock::now() < end;) Poll();
  EXPECT_EQ(changes_, (std::vector<Change>{{"card", What::kLink}, {"card", What::kDeviceGone}}));
  EXPECT_TRUE(IsAttached(kCard)) << "the worker may be inside its driver";
  Send(5);
  EXPECT_EQ(Witnessed(), 5u);
  EXPECT_EQ(Dropped("oif_down"), 10u);
  while (IsAttached(kCard)) {
    plane_->StepWorkers();
    Poll();
  }
  EXPECT_EQ(Count("card", "tx_packets"), 20u);

  Send(5);
  EXPECT_EQ(Witnessed(), 5u);
  EXPECT_EQ(Dropped("oif_down"), 20u);
  const std::vector<InterfaceId> lost = plane_->TakeLost();
  ASSERT_EQ(lost.size(), 2u) << "vanish_linger is over for the port and its VLAN";
  EXPECT_EQ(lost[0].index + lost[1].index, 7u);
  EXPECT_TRUE(plane_->TakeLost().empty());
  const config::Config config = Parsed(kConfig);
  for (const config::Interface& interface : config.interfaces)
    EXPECT_EQ(plane_->PortNow(interface).up, !interface.name.starts_with("card"));
}

TEST_F(DevicesTest, StopsWithADeviceThatIsBeingClosed) {
  Unplug(kCard);
  // Its link goes down, nothing waits for it any more, no worker can be using it, it is closed.
  for (int turn = 0; turn < 4; ++turn) {
    Poll();
    plane_->StepWorkers();
  }
  plane_->StopPorts();
  plane_.reset();
  EXPECT_FALSE(IsAttached(kCard));
}

TEST(PortDevice, GivesEveryBufferBackHoweverOftenItIsOpened) {
  const config::Config config = Parsed(R"(
[dpdk]
workers = [1]
[[interface]]
name = "null"
device = "net_null_often"
)");
  rte_mempool* const pool = dataplane::MakePool("often", 4095, 1518, SOCKET_ID_ANY);
  for (int time = 0; time < 20; ++time) {
    const auto device = PortDevice::Open(config, config.interfaces[0], pool);
    ASSERT_TRUE(device.ok()) << device.status();
    EXPECT_FALSE((*device)->IsGone());
    rte_mbuf* received[32];
    const uint16_t count = rte_eth_rx_burst((*device)->port().id, 0, received, 32);
    EXPECT_GT(count, 0);
    rte_pktmbuf_free_bulk(received, count);
    Unplug("net_null_often");
    EXPECT_TRUE((*device)->IsGone());
  }
  EXPECT_EQ(rte_mempool_in_use_count(pool), 0u);
  EXPECT_FALSE(IsAttached("net_null_often"));
  rte_mempool_free(pool);
}

TEST(PortDevice, OpensACardAgainThatEalHadAttached) {
  // With colons in its name, as a card's address has.
  constexpr const char* kName = "net_null_00:01.0";
  const config::Config config = Parsed(R"(
[dpdk]
workers = [1]
[[interface]]
name = "card"
device = "net_null_00:01.0"
)");
  rte_mempool* const pool = dataplane::MakePool("again", 4095, 1518, SOCKET_ID_ANY);
  ASSERT_EQ(rte_dev_probe(kName), 0);
  for (int time = 0; time < 2; ++time) {
    const auto device = PortDevice::Open(config, config.interfaces[0], pool);
    ASSERT_TRUE(device.ok()) << device.status();
  }
  EXPECT_FALSE(IsAttached(kName));
  rte_mempool_free(pool);
}

TEST(DeviceSign, IsThereWhereTheDeviceIs) {
  EXPECT_EQ(DeviceSign("net_af_packet0,iface=nosuchdev"), "");
  EXPECT_NE(DeviceSign("net_af_packet0,iface=lo,qpairs=2"), "");
  EXPECT_EQ(DeviceSign("net_af_packet0,iface=lo"), DeviceSign("net_af_xdp1,iface=lo"));
  EXPECT_EQ(DeviceSign("net_tap0,iface=lo"), "") << "the name is taken";
  EXPECT_NE(DeviceSign("net_tap0,iface=nosuchdev"), "");
  EXPECT_EQ(DeviceSign("ffff:ff:1f.7"), "");
  EXPECT_EQ(DeviceSign("ff:1f.7,argument=1"), "");
}

TEST(DpdkWords, HearsItsOwnThread) {
  const DpdkWords words;
  std::thread([] { rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: said on another thread\n"); }).join();
  EXPECT_EQ(words.Words(), "");
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: said on this one\n");
  EXPECT_EQ(words.Words(), "EAL: said on this one");
}

TEST(DeviceThread, DoesOneJobAtATimeInOrder) {
  DeviceThread thread;
  std::promise<void> go;
  auto first = thread.Do([waits = go.get_future()]() mutable {
    waits.wait();
    return std::this_thread::get_id();
  });
  auto second = thread.Do([&first] { return IsDone(first); });
  EXPECT_FALSE(IsDone(second));
  go.set_value();
  EXPECT_TRUE(second.get());
  EXPECT_NE(first.get(), std::this_thread::get_id());
}

}  // namespace
}  // namespace mgmd::plane
