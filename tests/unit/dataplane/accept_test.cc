// Which packets an entry takes, and what the others are counted as.

#include <gtest/gtest.h>

#include <map>

#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/stages.h"
#include "dataplane/worker_state.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::kNoRoute;
using Drops = std::map<DropReason, uint64_t>;

constexpr int kIn = 0;
constexpr int kBeside = 1;
constexpr int kOut = 2;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");

PacketBuilder Packet() { return PacketBuilder(); }
Bytes Sent(PacketBuilder packet, int slot, int vlan = 0) {
  packet.SourceMac(MacOf(slot));
  if (vlan != 0) packet.Vlan(vlan);
  return packet.Build();
}

class Accept : public ::testing::Test {
 protected:
  Accept() {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kBeside, 1);
    rig_.AddInterface(kOut, 2);
  }
  WorkerRig rig_;
};

TEST_F(Accept, TakesPacketsOfTheAcceptInterfaceOnly) {
  // Invariant: wrong-interface packets are counted apart from the stream's own, and nothing of them
  // leaves.
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.Receive(0, Packet().Build());
  rig_.Receive(1, Packet().Build());
  rig_.Receive(1, Packet().Payload(30).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(2), Frames{Sent(Packet().Ttl(63), kOut)});
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kWrongInterface, 2}}));
  const auto counts = rig_.counts(kKey);
  EXPECT_EQ(counts.packets, 1u);
  EXPECT_EQ(counts.octets, 38u);
  EXPECT_EQ(counts.different_if_packets, 2u);
  EXPECT_TRUE(rig_.Punts().empty());
}

TEST_F(Accept, TellsControlOfWrongInterfacesAtMostOnceInAnInterval) {
  // Invariant: with the alert on, one punt for each stream and interface in an interval, whatever
  // the traffic.
  rig_.AddEntry(AnySource("239.1.0.0", 16), kIn, {kOut});
  rig_.AddInterface(3, 3);
  rig_.interfaces().SetWrongInterfaceAlert(SlotOf(kBeside), true);
  for (int i = 0; i < 50; ++i) {
    rig_.Receive(1, Packet().Build());
    rig_.Receive(1, Packet().To("239.1.1.2").Build());
    rig_.Receive(3, Packet().Build());  // no alert there
  }
  rig_.Turn();
  auto punts = rig_.Punts();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[0].reason, PuntReason::kWrongInterface);
  EXPECT_EQ(punts[0].arrival, SlotOf(kBeside));
  EXPECT_EQ(punts[0].key, kKey);
  EXPECT_EQ(punts[1].key, SourceGroup("10.0.0.1", "239.1.1.2"));
  const Bytes ip = Packet().BuildIp();
  EXPECT_TRUE(std::equal(ip.begin(), ip.end(), punts[0].header_bytes().begin(), punts[0].header_bytes().end()));

  rig_.AdvanceMs(2999);
  rig_.Receive(1, Packet().Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.Punts().empty());
  rig_.AdvanceMs(1);
  rig_.Receive(1, Packet().Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Punts().size(), 1u);
  EXPECT_EQ(rig_.drops(DropReason::kWrongInterface), 152u);
}

TEST_F(Accept, DropsBeforeTheTtlBecomesZero) {
  // Invariant: a packet leaves with TTL received - 1, at least 1; TTL 0 and 1 are counted for the
  // stream.
  rig_.AddEntry(kKey, kIn, {kOut});
  for (const int ttl : {0, 1, 2, 3, 255}) rig_.Receive(0, Packet().Ttl(ttl).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(2),
            (Frames{Sent(Packet().Ttl(1), kOut), Sent(Packet().Ttl(2), kOut), Sent(Packet().Ttl(254), kOut)}));
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kTtlExpired, 2}}));
  EXPECT_EQ(rig_.counts(kKey).ttl_packets, 2u);
  EXPECT_EQ(rig_.counts(kKey).packets, 3u);
}

TEST_F(Accept, UpdatesEveryChecksumAsIfItWereComputedAnew) {
  // Invariant: RFC 1624, for all TTLs and protocols, 0x0000 and 0xFFFF corner cases of the sum
  // included.
  rig_.AddEntry(AnySource("224.0.0.0", 4), kIn, {kOut});
  for (int id = 0; id < 0x10000; id += 0x101) {
    const int protocol = id >> 8;
    if (protocol == 2) continue;  // IGMP, which is not forwarded
    for (const int ttl : {2, 17, 128, 255}) {
      const PacketBuilder packet = Packet().Id(id).Ttl(ttl).Protocol(protocol);
      rig_.Receive(0, PacketBuilder(packet).Build());
      rig_.Turn();
      ASSERT_EQ(rig_.Sent(2), Frames{Sent(PacketBuilder(packet).Ttl(ttl - 1), kOut)}) << id << " " << ttl;
    }
  }
  // The identification runs through all values near the wrap of the sum.
  for (int begin = 0; begin < 0x10000; begin += 64) {
    Frames expected;
    for (int id = begin; id < begin + 64; ++id) {
      rig_.Receive(0, Packet().Id(id).Build());
      expected.push_back(Sent(Packet().Id(id).Ttl(63), kOut));
    }
    rig_.Turn();
    ASSERT_EQ(rig_.Sent(2), expected) << begin;
  }
}

TEST_F(Accept, NamesWhyANegativeEntryDrops) {
  // Invariant: each kind of negative entry has its own reason, and the packets count as the
  // entry's.
  rig_.AddEntry(kKey, kIn, {});
  rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.2"), -1, {}, kNoRoute);
  rig_.AddEntry(SourceGroup("10.0.0.1", "232.1.1.3"), kIn, {});
  rig_.AddEntry(SourceGroup("10.0.0.1", "232.1.1.4"), -1, {}, kNoRoute);
  for (const char* group : {"239.1.1.1", "239.1.1.2", "232.1.1.3", "232.1.1.4"}) {
    rig_.Receive(0, Packet().To(group).Build());
  }
  rig_.Turn();
  EXPECT_EQ(
      rig_.drops(),
      (Drops{{DropReason::kNoReceivers, 1}, {DropReason::kNoRoute, 2}, {DropReason::kSourceSpecificUnwanted, 1}}));
  EXPECT_EQ(rig_.counts(kKey).packets, 1u);
  EXPECT_EQ(rig_.counts(kKey).octets, 38u);
  EXPECT_TRUE(rig_.Punts().empty());
}

TEST_F(Accept, PrefersTheMostSpecificEntry) {
  // Invariant: (S,G), then (*,G), then group prefixes by length, then (*,*); 232/8 matches (S,G)
  // only.
  rig_.AddInterface(3, 3);
  rig_.AddEntry(Ipv4FibKey::AllGroups(), kIn, {});
  rig_.AddEntry(AnySource("239.0.0.0", 8), kIn, {kOut});
  rig_.AddEntry(AnySource("239.1.1.1"), kIn, {3});
  rig_.AddEntry(kKey, kIn, {kOut, 3});
  const auto sent = [&](const char* source, const char* group) {
    rig_.Receive(0, Packet().From(source).To(group).Build());
    rig_.Turn();
    return std::pair(rig_.DiscardSent(2), rig_.DiscardSent(3));
  };
  using Pair = std::pair<size_t, size_t>;
  EXPECT_EQ(sent("10.0.0.1", "239.1.1.1"), Pair(1, 1));
  EXPECT_EQ(sent("10.0.0.2", "239.1.1.1"), Pair(0, 1));
  EXPECT_EQ(sent("10.0.0.1", "239.2.2.2"), Pair(1, 0));
  EXPECT_EQ(sent("10.0.0.1", "225.1.1.1"), Pair(0, 0));
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kNoReceivers, 1}}));
  EXPECT_EQ(sent("10.0.0.1", "232.1.1.1"), Pair(0, 0));
  EXPECT_EQ(rig_.Punts().size(), 1u);
  EXPECT_EQ(dataplane::Get(rig_.stats().held), 1u);
}

TEST_F(Accept, TakesAnInterfaceFromEveryEntryByOneBump) {
  // Invariant: after a bump, entries built before neither accept from the interface nor send to it;
  // new ones do.
  const Ipv4FibKey other = SourceGroup("10.0.0.1", "239.1.1.2");
  rig_.AddInterface(3, 3);
  rig_.AddEntry(kKey, kIn, {kOut, 3});
  rig_.AddEntry(other, kOut, {kIn, 3});
  rig_.Bump(kOut);
  rig_.Receive(0, Packet().Build());
  rig_.Receive(2, Packet().To("239.1.1.2").Build());
  rig_.Receive(1, Packet().To("239.1.1.2").Build());
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(2), 0u);
  EXPECT_EQ(rig_.DiscardSent(0), 0u);
  EXPECT_EQ(rig_.DiscardSent(3), 1u);
  EXPECT_EQ(rig_.drops(),
            (Drops{{DropReason::kStaleOif, 1}, {DropReason::kReleased, 1}, {DropReason::kWrongInterface, 1}}));
  EXPECT_EQ(rig_.exceptions(kKey, kOut), (Drops{{DropReason::kStaleOif, 1}}));
  EXPECT_EQ(rig_.exceptions(other, -1), (Drops{{DropReason::kReleased, 1}}));
  EXPECT_EQ(rig_.counts(other).exceptions, 1u);

  rig_.AddEntry(kKey, kIn, {kOut, 3});
  rig_.AddEntry(other, kOut, {kIn, 3});
  rig_.Receive(0, Packet().Build());
  rig_.Receive(2, Packet().To("239.1.1.2").Build());
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(2), 1u);
  EXPECT_EQ(rig_.DiscardSent(0), 1u);
  EXPECT_EQ(rig_.DiscardSent(3), 2u);
}

TEST_F(Accept, StopsAtBoundariesInBothDirections) {
  // Invariant: a group inside a boundary of an interface neither comes in nor goes out there;
  // 239.255/16 stops at any interface that has a boundary.
  const auto mask = [&](const char* prefix) {
    return *rig_.boundaries().InterfaceMask(std::vector{Ipv4Prefix::Parse(prefix).value()});
  };
  rig_.AddInterface(kIn, {.port = 0, .boundary = mask("239.1.0.0/16")});
  rig_.AddInterface(3, {.port = 3, .boundary = mask("239.2.0.0/16")});
  for (const char* group : {"239.1.1.1", "239.2.2.2", "239.255.1.1", "239.3.3.3"}) {
    rig_.AddEntry(SourceGroup("10.0.0.1", group), kIn, {kOut, 3});
    rig_.AddEntry(SourceGroup("10.0.0.2", group), kBeside, {kOut, 3});
    rig_.Receive(0, Packet().To(group).Build());
    rig_.Receive(1, Packet().From("10.0.0.2").To(group).Build());
  }
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kScopeBoundaryIn, 2}, {DropReason::kScopeBoundaryOut, 3}}));
  EXPECT_EQ(rig_.DiscardSent(2), 6u);
  EXPECT_EQ(rig_.DiscardSent(3), 3u);
  EXPECT_EQ(rig_.exceptions(kKey, -1), (Drops{{DropReason::kScopeBoundaryIn, 1}}));
  EXPECT_EQ(rig_.exceptions(SourceGroup("10.0.0.2", "239.255.1.1"), 3), (Drops{{DropReason::kScopeBoundaryOut, 1}}));
  // What a boundary keeps out makes no pending stream either.
  rig_.Receive(0, Packet().From("10.9.9.9").Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.Punts().empty());
}

TEST_F(Accept, ForwardsRouterAlertAsAnyOption) {
  // Invariant: router alert asks a router to look at the protocol; what nothing here wants is data
  // like any other: forwarded, or held as the first packet of a stream.
  rig_.AddEntry(kKey, kIn, {kOut});
  Frames expected;
  for (const int protocol : {17, 46, 113}) {  // UDP, RSVP, PGM
    for (const Bytes& options : {Bytes{148, 4, 0, 0}, Bytes{1, 1, 0x82, 4, 9, 9, 148, 4, 0, 0}}) {
      const PacketBuilder packet = Packet().Protocol(protocol).Options(options);
      rig_.Receive(0, packet.Build());
      expected.push_back(Sent(PacketBuilder(packet).Ttl(63), kOut));
    }
  }
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(2), expected);
  EXPECT_EQ(rig_.drops(), Drops{});
  EXPECT_TRUE(rig_.Punts().empty());
  rig_.Receive(0, Packet().To("239.1.1.9").Options({148, 4, 0, 0}).Build());
  rig_.Turn();
  const auto punts = rig_.Punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts[0].header_size, 42);
}

TEST_F(Accept, LetsNoPacketOfABatchOvertakeOneThatIsHeld) {
  // Invariant: control may publish an entry in the middle of a lookup, so that it finds nothing for one packet of a
  // stream and the entry for the next; that one waits behind the first.
  rig_.AddEntry(kKey, kIn, {kOut});
  dataplane::WorkerState state(rig_.worker_config());
  state.ipv4.view = rig_.fib().View();
  dataplane::StreamBatch<Ipv4>& batch = state.ipv4_batch;
  batch.count = 2;
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_mbuf* const mbuf = rig_.MakeMbuf(Packet().Build());
    batch.mbufs[i] = mbuf;
    batch.frames[i] = rte_pktmbuf_mtod(mbuf, uint8_t*);
    batch.keys[i] = kKey;
    batch.arrivals[i] = Value(SlotOf(kIn));
    batch.ip_lengths[i] = static_cast<uint16_t>(mbuf->pkt_len - dataplane::kEthernetHeader);
    batch.ttls[i] = 64;
  }
  batch.entries[0] = dataplane::kNoEntry;
  batch.entries[1] = rig_.fib().Find(kKey);
  dataplane::Accept(state.acceptor, state.ipv4, state.now, batch);
  EXPECT_EQ(batch.count, 0u);
  EXPECT_EQ(state.ipv4.pending.packets(), 2u);
  EXPECT_TRUE(state.ipv4.pending.draining());
  dataplane::DropHeld(state.stats, *state.ipv4.pending.Take(kKey), DropReason::kStopped);
}

TEST(AcceptAlerts, LeaveRoomForFirstPacketsHoweverManySourcesAreMadeUp) {
  // Invariant: alerts about the arrival interface have a bucket; first packets of new streams, which
  // go up the same ring, are not lost to them.
  WorkerRig rig(
      {.pending_buffers = 4096, .pending = {.streams = 2048, .depth = 8, .packets = 4096}, .punt_ring = 4095});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kBeside, 1);
  rig.AddInterface(kOut, 2);
  rig.AddEntry(AnySource("239.1.1.1"), kIn, {kOut});
  rig.interfaces().SetWrongInterfaceAlert(SlotOf(kBeside), true);
  const auto address = [](const char* prefix, int n) {
    return prefix + std::to_string(n / 250) + "." + std::to_string(1 + n % 250);
  };
  const auto made_up = [&](int first, int end) {
    for (int n = first; n < end; ++n) {
      rig.Receive(1, Packet().From(address("11.1.", n)).Build());
      if (n % 250 == 249) rig.Turn();
    }
  };
  made_up(0, 4000);
  for (int n = 0; n < 2000; ++n) {
    rig.Receive(0, Packet().To(address("239.7.", n)).Build());
    if (n % 250 == 249) rig.Turn();
  }
  std::map<PuntReason, uint64_t> punts;
  for (const Punt<Ipv4>& punt : rig.Punts()) ++punts[punt.reason];
  EXPECT_EQ(punts[PuntReason::kNoEntry], 2000u);
  EXPECT_EQ(punts[PuntReason::kWrongInterface], dataplane::kAlertBurst);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kWrongInterface, 4000}}));
  // Half a second's worth later; who has been refused before has not been silenced.
  rig.AdvanceMs(500);
  made_up(3000, 4000);
  EXPECT_EQ(rig.Punts().size(), dataplane::kAlertsPerSecond / 2);
}

TEST(AcceptFullRing, CountsWhatControlDoesNotTake) {
  // Invariant: a full punt ring never stops the worker; the packet it cannot tell of is counted.
  WorkerRig rig({.punt_ring = 1});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 2);
  rig.AddEntry(kKey, kIn, {kOut});
  for (const char* group : {"239.9.9.1", "239.9.9.2", "239.9.9.3"}) rig.Receive(0, Packet().To(group).Build());
  rig.Receive(0, Packet().Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(2), 1u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPuntRingFull, 2}}));
}

}  // namespace
}  // namespace mgmd::testing
