// Invariant: after a release has returned, nothing is sent out of the released interface nor by an entry that it
// deleted, while every other stream and interface gets every packet, once and in order. Workers run on real lcores and
// forward all the time; a traffic thread feeds them and counts what comes out.

#include <gtest/gtest.h>
#include <rte_eal.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "control/config/config.h"
#include "control/router.h"
#include "control/plane/eal.h"
#include "dataplane/pools.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

namespace mgmd {
namespace {

constexpr unsigned kRingSize = 2048;
constexpr uint32_t kInFlight = 1024;  // below the rings' size: no ring ever overflows
constexpr uint64_t kWarmUp = 20000;   // packets before a release, and again behind it

// Two streams, each with an arrival port of its own, and three ports towards receivers.
constexpr const char* kConfig = R"(
[dpdk]
eal_args = ["--no-pci"]
workers = [1]
[limits]
mfes = 1024
pending = 64
pending_packets = 512
[[interface]]
name = "up1"
device = "net_ring_up1"
addresses = ["10.0.1.254/24"]
[[interface]]
name = "up2"
device = "net_ring_up2"
addresses = ["10.0.2.254/24"]
[[interface]]
name = "dn1"
device = "net_ring_dn1"
[[interface]]
name = "dn2"
device = "net_ring_dn2"
[[interface]]
name = "dn3"
device = "net_ring_dn3"
[protocol.static]
interfaces = ["up1", "up2", "dn1", "dn2", "dn3"]
[[protocol.static.mroute]]
from = "up1"
source = "10.0.1.1"
group = "232.1.1.1"
to = ["dn1", "dn2"]
[[protocol.static.mroute]]
from = "up2"
source = "10.0.2.1"
group = "232.1.1.2"
to = ["dn1", "dn2", "dn3"]
)";

using support::RingPort;

// From 10.0.STREAM.1 to 232.1.1.STREAM, with a sequence number behind the UDP header's place.
std::vector<uint8_t> MakeFrame(int stream, uint64_t sequence) {
  std::vector<uint8_t> payload(8);
  for (int shift = 56; shift >= 0; shift -= 8) payload.push_back(uint8_t(sequence >> shift));
  const std::string number = std::to_string(stream);
  return mgmd::testing::PacketBuilder()
      .From("10.0." + number + ".1")
      .To("232.1.1." + number)
      .Payload(std::move(payload))
      .Build();
}

// Feeds both streams without pause and checks what leaves.
class Traffic {
 public:
  Traffic(std::map<std::string, RingPort>& ports, rte_mempool* pool) : ports_(ports), pool_(pool) {
    thread_ = std::thread([this] { Run(); });
  }
  ~Traffic() {
    if (thread_.joinable()) Stop();
  }

  // Stops feeding, takes what is still under way, ends.
  void Stop() {
    stop_ = true;
    thread_.join();
  }

  // Returns when so many more packets of each stream have been fed and have left the router.
  void WaitForMore(uint64_t packets) {
    const uint64_t goal = rounds_done_ + packets;
    while (rounds_done_ < goal) std::this_thread::yield();
  }
  // Everything handed to devices so far has been counted when this returns.
  void CountWhatWasSent() {
    const uint64_t goal = drains_ + 2;
    while (drains_ < goal) std::this_thread::yield();
  }

  uint64_t Count(const std::string& port, int stream) const { return received_.at({port, stream}).count; }
  bool InOrder(const std::string& port, int stream) const { return received_.at({port, stream}).in_order; }
  uint64_t fed() const { return fed_; }

 private:
  struct Received {
    std::atomic<uint64_t> count{0};
    std::atomic<bool> in_order{true};
  };

  void Run() {
    plane::ResetAffinity();  // EAL has pinned the thread that started this one
    while (!stop_) {
      // dn2 gets every packet of the streams that flow, so its count paces the feeding.
      if (fed_ - expected_behind_ < kInFlight / 2) Feed();
      Drain();
    }
    // Nothing is fed any more: everything is out when the input rings are empty and two drains found nothing.
    for (int empty = 0; empty < 1000;) {
      const bool inputs_empty = rte_ring_empty(ports_["up1"].in) && rte_ring_empty(ports_["up2"].in);
      empty = Drain() || !inputs_empty ? 0 : empty + 1;
      std::this_thread::yield();
    }
  }

  void Feed() {
    for (int stream = 1; stream <= 2; ++stream) {
      ASSERT_TRUE(ports_[stream == 1 ? "up1" : "up2"].Feed(pool_, MakeFrame(stream, fed_)));
    }
    ++fed_;
  }

  bool Drain() {
    bool any = false;
    for (const char* name : {"dn1", "dn2", "dn3"}) {
      any |= ports_[name].Drain([&](const std::vector<uint8_t>& frame) { Take(name, frame); }) > 0;
    }
    // Stream 1 always reaches dn2.
    expected_behind_ = received_.at({"dn2", 1}).count;
    rounds_done_ = expected_behind_;
    ++drains_;
    return any;
  }

  void Take(const std::string& port, const std::vector<uint8_t>& frame) {
    uint64_t sequence = 0;
    for (size_t byte = 0; byte < 8; ++byte) sequence = sequence << 8 | frame[42 + byte];
    Received& received = received_.at({port, frame[33]});
    if (sequence != received.count) received.in_order = false;
    ++received.count;
  }

  std::map<std::string, RingPort>& ports_;
  rte_mempool* pool_;
  std::map<std::pair<std::string, int>, Received> received_ = [] {
    std::map<std::pair<std::string, int>, Received> all;
    for (const char* port : {"dn1", "dn2", "dn3"}) {
      for (int stream = 1; stream <= 2; ++stream) all.try_emplace({port, stream});
    }
    return all;
  }();
  std::atomic<uint64_t> fed_{0};
  uint64_t expected_behind_ = 0;
  std::atomic<uint64_t> rounds_done_{0};
  std::atomic<uint64_t> drains_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST(ReleaseUnderLoad, WhatWasReleasedStandsStillAndTheRestLosesNothing) {
  std::map<std::string, RingPort> ports;
  for (const char* name : {"up1", "up2", "dn1", "dn2", "dn3"}) ports[name] = RingPort::Make(name, kRingSize);
  rte_mempool* pool = dataplane::MakePool("traffic", 8191, 1518, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);
  const config::Result config = config::Parse(kConfig, "release_under_load.toml");
  ASSERT_TRUE(config.ok()) << config.ErrorText();
  {
    auto router = Router::Create(config.config, {.stepped = false, .events = nullptr});
    ASSERT_TRUE(router.ok()) << router.status();
    Traffic traffic(ports, pool);
    traffic.WaitForMore(kWarmUp);

    // An oif goes.
    ASSERT_TRUE((*router)->Release("static", "dn1").ok());
    traffic.CountWhatWasSent();
    const uint64_t dn1_stream1 = traffic.Count("dn1", 1);
    const uint64_t dn1_stream2 = traffic.Count("dn1", 2);
    EXPECT_GT(dn1_stream1, 0u);
    traffic.WaitForMore(kWarmUp);
    EXPECT_EQ(traffic.Count("dn1", 1), dn1_stream1);
    EXPECT_EQ(traffic.Count("dn1", 2), dn1_stream2);

    // An accept interface goes.
    ASSERT_TRUE((*router)->Release("static", "up2").ok());
    traffic.CountWhatWasSent();
    const uint64_t dn2_stream2 = traffic.Count("dn2", 2);
    const uint64_t dn3_stream2 = traffic.Count("dn3", 2);
    EXPECT_EQ(dn2_stream2, dn3_stream2);
    traffic.WaitForMore(kWarmUp);
    EXPECT_EQ(traffic.Count("dn2", 2), dn2_stream2);
    EXPECT_EQ(traffic.Count("dn3", 2), dn3_stream2);

    traffic.Stop();
    EXPECT_EQ(traffic.Count("dn2", 1), traffic.fed());
    EXPECT_TRUE(traffic.InOrder("dn2", 1));
    EXPECT_TRUE(traffic.InOrder("dn2", 2));
    EXPECT_TRUE(traffic.InOrder("dn3", 2));
    EXPECT_TRUE(traffic.InOrder("dn1", 1));
  }
  EXPECT_EQ(rte_mempool_avail_count(pool), 8191u);
  rte_mempool_free(pool);
}

}  // namespace
}  // namespace mgmd

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  mgmd::plane::RememberAffinity();
  // The worker shares the core with control where there is one core only.
  std::string lcores = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "--lcores=0@0,1@1" : "--lcores=(0,1)@0";
  std::string prefix = "--file-prefix=mgmd-release-" + std::to_string(getpid());
  std::vector<std::string> args = {"test", lcores, "--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "-m", "256", prefix};
  std::vector<char*> eal;
  for (std::string& arg : args) eal.push_back(arg.data());
  if (rte_eal_init(int(eal.size()), eal.data()) < 0) return 1;
  const int status = RUN_ALL_TESTS();
  rte_eal_cleanup();
  return status;
}
