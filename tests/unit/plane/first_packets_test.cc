// Invariant: no first packet is lost or overtaken while the pending tables have room. One stream starts at full speed
// while ten thousand others start; workers run on real lcores, the Group Manager decides each stream by its first
// packet, and every packet comes out once, in the order of its stream.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/config/config.h"
#include "control/mgm/mgm_ext.h"
#include "control/router.h"
#include "dataplane/devices/pools.h"
#include "tests/support/eal_environment.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

namespace mgmd {
namespace {

using support::RingPort;

const auto* const kEal = support::WithEal(768, support::TwoLcores());

constexpr int kOthers = 10000;
constexpr int kPacketsOfOthers = 3;
constexpr int kPacketsOfFirst = 60000;
constexpr unsigned kRingSize = 1024;
constexpr unsigned kOutRingSize = 4096;  // what devices have
constexpr DWORD kUp = 1, kDown = 2;

constexpr const char* kConfig = R"(
[dpdk]
workers = [1]
[limits]
mfes = 16384
negative_mfes = 1024
pending = 16384
pending_depth = 65536
pending_packets = 65536
[[interface]]
name = "up"
device = "net_ring_up"
index = 1
addresses = ["10.0.0.254/16"]
[[interface]]
name = "dn"
device = "net_ring_dn"
index = 2
)";

// Stream 0 is the one at full speed. Its group is 239.1.0.0/16's, its source tells the number.
std::vector<uint8_t> MakeFrame(int stream, uint32_t sequence) {
  std::vector<uint8_t> payload(8);
  for (int shift = 24; shift >= 0; shift -= 8) payload.push_back(uint8_t(sequence >> shift));
  return mgmd::testing::PacketBuilder()
      .From("10.0." + std::to_string(stream >> 8) + "." + std::to_string(stream & 0xFF))
      .To("239.1.1.1")
      .Payload(std::move(payload))
      .Build();
}

class Sink {
 public:
  Sink() : next_(kOthers + 1) {}
  void Take(const std::vector<uint8_t>& frame) {
    const auto stream = size_t(frame[28] << 8 | frame[29]);
    uint32_t sequence = 0;
    for (size_t byte = 42; byte < 46; ++byte) sequence = sequence << 8 | frame[byte];
    if (sequence != next_[stream]) ++out_of_order_;
    ++next_[stream];
    ++taken_;
  }
  uint64_t taken() const { return taken_; }
  uint64_t out_of_order() const { return out_of_order_; }

 private:
  std::vector<uint32_t> next_;
  uint64_t taken_ = 0;
  uint64_t out_of_order_ = 0;
};

TEST(FirstPackets, ComeOutAllAndInOrderWhileTenThousandStreamsStart) {
  const RingPort up = RingPort::Make("up", kRingSize);
  const RingPort down = RingPort::Make("dn", kRingSize, 1, kOutRingSize);
  rte_mempool* pool = dataplane::MakePool("traffic", 16383, 128, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);
  const config::Result config = config::Parse(kConfig, "first_packets.toml");
  ASSERT_TRUE(config.ok()) << config.ErrorText();
  auto router = Router::Create(config.config, {.stepped = false});
  ASSERT_TRUE(router.ok()) << router.status();

  ROUTING_PROTOCOL_CONFIG no_callbacks{};
  HANDLE client = nullptr;
  ASSERT_EQ(MgmRegisterMProtocol(&no_callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 0, 99), 0, &client), NO_ERROR);
  for (const DWORD index : {kUp, kDown}) ASSERT_EQ(MgmTakeInterfaceOwnership(client, index, 0), NO_ERROR);
  ASSERT_EQ(MgmAddGroupMembershipEntry(client, 0, 0, Ipv4Address(239, 1, 1, 1).ToNetwork(), ~0u, kDown, 0,
                                       MGM_JOIN_STATE_FLAG),
            NO_ERROR);

  constexpr uint64_t kTotal = kPacketsOfFirst + uint64_t{kOthers} * kPacketsOfOthers;
  Sink sink;
  // Control and the receivers get their turn again and again, whatever is fed.
  const auto step = [&] {
    (*router)->StepControl();
    down.Drain([&](const std::vector<uint8_t>& frame) { sink.Take(frame); });
  };
  const auto feed = [&](int stream, uint32_t sequence) {
    while (!up.Feed(pool, MakeFrame(stream, sequence))) step();
  };
  // Two of the fast stream, then one of the others, each of which sends its packets at once.
  uint32_t first = 0;
  int others = 0;
  while (first < kPacketsOfFirst || others < kOthers * kPacketsOfOthers) {
    for (int n = 0; n < 2 && first < kPacketsOfFirst; ++n) feed(0, first++);
    if (others < kOthers * kPacketsOfOthers) {
      feed(1 + others / kPacketsOfOthers, uint32_t(others % kPacketsOfOthers));
      ++others;
    }
    if (first % 32 == 0) step();
  }
  const auto lost = [&] {
    uint64_t packets = 0;
    for (const auto& [reason, count] : (*router)->Drops()) packets += count;
    return packets;
  };
  while (sink.taken() + lost() < kTotal) step();

  for (const auto& [reason, count] : (*router)->Drops()) ADD_FAILURE() << reason << " " << count;
  EXPECT_EQ(sink.taken(), kTotal);
  EXPECT_EQ(sink.out_of_order(), 0u);
  router->reset();
  EXPECT_EQ(rte_mempool_avail_count(pool), 16383u);
  rte_mempool_free(pool);
}

}  // namespace
}  // namespace mgmd
