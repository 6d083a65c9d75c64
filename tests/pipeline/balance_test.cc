// Invariant: received = forwarded + dropped + held + handed to control, to the packet, whatever arrives: for all of a
// burst of both families on all interfaces, and for each interface and family of it.
//
// Workers count by reason, not by interface. So each burst comes twice, to two routers made from the same seed: as it
// is, and taken apart, so that a turn sees what one interface brings of one family. The parts come to the same as the
// whole.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <tuple>
#include <vector>

#include "tests/pipeline/random_traffic.h"
#include "tests/support/instruction_sets.h"
#include "tests/support/reference_rig.h"
#include "tests/support/worker_rig.h"

namespace mgmd::pipeline {
namespace {

using testing::Bytes;
using testing::PacketBuilder;
using testing::RigOptions;
using testing::WorkerRig;

struct Ledger {
  uint64_t received = 0, forwarded = 0, dropped = 0, held = 0, local = 0;

  uint64_t accounted() const { return forwarded + dropped + held + local; }
  Ledger operator+(const Ledger& other) const {
    return {received + other.received, forwarded + other.forwarded, dropped + other.dropped, held + other.held,
            local + other.local};
  }
  Ledger operator-(const Ledger& other) const {
    return {received - other.received, forwarded - other.forwarded, dropped - other.dropped, held - other.held,
            local - other.local};
  }
  bool operator==(const Ledger&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Ledger& ledger) {
  return out << ledger.received << " received, " << ledger.forwarded << " forwarded, " << ledger.dropped << " dropped, "
             << ledger.held << " held, " << ledger.local << " for the router";
}

// What tells where a frame arrives, and its family: port, VLAN, EtherType.
using Part = std::tuple<int, int, int>;

Part PartOf(const Arrival& arrival) {
  const Bytes& frame = arrival.frame;
  const auto two = [&](size_t at) { return at + 1 < frame.size() ? frame[at] << 8 | frame[at + 1] : 0; };
  if (arrival.stripped_tag) return {arrival.port, *arrival.stripped_tag & 0xFFF, two(12)};
  if (two(12) == 0x8100) return {arrival.port, two(14) & 0xFFF, two(16)};
  return {arrival.port, 0, two(12)};
}

// A router with random interfaces and entries, some of whose local traffic somebody wants.
class Router {
 public:
  static constexpr int kRouters = 60;
  static constexpr int kBursts = 25;
  static constexpr int kLargestBurst = 130;  // two full batches and a short one

  explicit Router(uint64_t seed) : traffic_(seed), interfaces_(traffic_.Interfaces()) {
    RigOptions options;
    options.frame = RandomTraffic::kLongestFrame + 100;
    options.rx_buffers = 4096;
    options.copy_buffers = 8192;
    options.pending_buffers = 1024;
    options.local_buffers = 2048;
    options.multi_segs = random().OneIn(2);
    options.instructions = random().Of(testing::SupportedInstructionSets());
    // Which packet finds the last place would depend on the order of the parts.
    options.pending = {.streams = 512, .depth = 256, .packets = 512, .timeout_ms = 10000};
    rig_ = std::make_unique<WorkerRig>(options);
    for (int i = 0; i < int(interfaces_.size()); ++i) {
      interfaces_[size_t(i)].mac = testing::MacOf(i);
      testing::AddInterface(*rig_, i, interfaces_[size_t(i)]);
      const int wanted = random().OneIn(2) ? kAllLocalClasses.bits() : random().Below(kAllLocalClasses.bits() + 1);
      rig_->Want(i, LocalClasses::FromBits(uint16_t(wanted)));
    }
    for (int n = 5 + random().Below(30); n > 0; --n) {
      const reference::Entry entry = traffic_.Entry(int(interfaces_.size()));
      const bool known = std::any_of(entries_.begin(), entries_.end(),
                                     [&](const reference::Entry& one) { return one.key() == entry.key(); });
      if (known) continue;
      entries_.push_back(entry);
      testing::AddEntry(*rig_, entry);
    }
  }

  // The next burst, in order.
  std::vector<Arrival> Burst() {
    std::vector<Arrival> burst;
    for (int n = 1 + random().Below(kLargestBurst); n > 0; --n) {
      burst.push_back(traffic_.Packet(interfaces_, entries_));
      if (random().OneIn(6)) burst.push_back(ForTheRouter());
    }
    return burst;
  }

  // Something becomes otherwise before the next one.
  void Change() {
    const int interface = random().Below(int(interfaces_.size()));
    const bool on = !random().OneIn(4);
    switch (random().Below(3)) {
      case 0:
        rig_->Bump<Ipv4>(interface);
        break;
      case 1:
        testing::SetUp(*rig_, interface, on);
        break;
      default:
        testing::SetEnabled(*rig_, interface, on);
    }
    rig_->AdvanceMs(1000);
  }

  // What becomes of these packets, which arrive in one turn.
  Ledger Play(const std::vector<Arrival>& packets) {
    const Ledger before = Counted();
    for (const Arrival& arrival : packets) {
      rte_mbuf* const mbuf = rig_->MakeMbuf(arrival.frame);
      if (arrival.stripped_tag) {
        mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
        mbuf->vlan_tci = uint16_t(*arrival.stripped_tag);
      }
      rig_->ReceiveMbuf(arrival.port, mbuf);
    }
    rig_->Turn();
    return Counted() - before;
  }

  // Nothing waits any more.
  void Settle() {
    testing::DiscardUnknown(*rig_);
    rig_->TakeLocal();
    for (int port = 0; port < testing::kRigPorts; ++port) rig_->DiscardSent(port);
  }

 private:
  Random& random() { return traffic_.random(); }

  Arrival ForTheRouter() {
    const reference::Interface& interface = random().Of(interfaces_);
    const Bytes all(6, 0xFF);
    PacketBuilder packet = PacketBuilder().Ttl(1);
    switch (random().Below(8)) {
      case 0:
        packet.EtherType(0x0806).DestinationMac(all);
        break;
      case 1:
        packet.To("224.0.0.22").Protocol(2).Options({148, 4, 0, 0});
        break;
      case 2:
        packet.To("224.0.0.13").Protocol(103);
        break;
      case 3:
        packet.To("10.9.9.9").Protocol(random().Of({1, 17, 103})).DestinationMac(interface.mac);
        break;
      case 4:
        packet = PacketBuilder::Ipv6().To("ff02::1").Protocol(58).Payload(Bytes{135, 0, 0, 0});
        break;
      case 5:
        packet = PacketBuilder::Ipv6().To("ff02::16").Protocol(58).Payload(Bytes{143, 0, 0, 0});
        break;
      case 6:
        packet = PacketBuilder::Ipv6().To("2001:db8::9").DestinationMac(interface.mac);
        break;
      default:
        packet.EtherType(0x88CC).DestinationMac({0x01, 0x80, 0xC2, 0, 0, 0x0E});
    }
    if (interface.vlan != 0) packet.Vlan(interface.vlan);
    return {.port = interface.port, .frame = packet.Build(), .stripped_tag = {}, .segments = {}};
  }

  // Drops are counted together, those of packets and those of copies; the latter are charged to entry and oif as well.
  Ledger Counted() {
    const dataplane::WorkerStats& stats = rig_->stats();
    Ledger ledger{.received = dataplane::Get(stats.packets), .held = dataplane::Get(stats.held)};
    for (const auto& count : stats.local) ledger.local += dataplane::Get(count);
    for (const auto& [reason, count] : rig_->drops()) ledger.dropped += count;
    for (const reference::Entry& entry : entries_) {
      testing::WithKey(entry, [&](const auto& key) {
        if (!entry.oifs.empty()) ledger.forwarded += rig_->counts(key).packets;
        for (const int oif : entry.oifs) {
          for (const auto& [reason, count] : rig_->exceptions(key, oif)) ledger.dropped -= count;
        }
      });
    }
    return ledger;
  }

  RandomTraffic traffic_;
  std::vector<reference::Interface> interfaces_;
  std::vector<reference::Entry> entries_;
  std::unique_ptr<WorkerRig> rig_;
};

// Of each burst what `play` says.
template <typename Play>
std::vector<Ledger> PlayAll(uint64_t seed, Play&& play) {
  Router router(seed);
  std::vector<Ledger> ledgers;
  for (int n = 0; n < Router::kBursts; ++n) {
    ledgers.push_back(play(router, router.Burst()));
    router.Settle();
    router.Change();
  }
  return ledgers;
}

Ledger PlayWhole(Router& router, const std::vector<Arrival>& burst) {
  const Ledger ledger = router.Play(burst);
  EXPECT_EQ(ledger.received, burst.size());
  EXPECT_EQ(ledger.received, ledger.accounted()) << ledger;
  return ledger;
}

TEST(Balance, HoldsForEachInterfaceAndFamily) {
  std::map<int, Ledger> met;  // by EtherType
  for (uint64_t seed = 0; seed < Router::kRouters && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<Ledger> whole = PlayAll(seed, PlayWhole);
    const std::vector<Ledger> apart = PlayAll(seed, [&](Router& router, const std::vector<Arrival>& burst) {
      std::map<Part, std::vector<Arrival>> parts;
      for (const Arrival& arrival : burst) parts[PartOf(arrival)].push_back(arrival);
      Ledger sum;
      for (const auto& [part, packets] : parts) {
        const Ledger ledger = PlayWhole(router, packets);
        sum = sum + ledger;
        met[std::get<2>(part)] = met[std::get<2>(part)] + ledger;
      }
      return sum;
    });
    EXPECT_EQ(whole, apart);
  }
  // Traffic that never ends in one of the ways shows nothing.
  for (const int family : {0x0800, 0x86DD}) {
    const Ledger& all = met[family];
    for (const uint64_t end : {all.forwarded, all.dropped, all.held, all.local}) EXPECT_GT(end, 500U) << all;
  }
}

}  // namespace
}  // namespace mgmd::pipeline
