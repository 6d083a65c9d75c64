// Which packets an entry takes, and what the others are counted as.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/stages.h"
#include "dataplane/worker_state.h"
#include "tests/support/family_streams.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::kNoRoute;
using Drops = std::map<DropReason, uint64_t>;

constexpr int kIn = 0;
constexpr int kBeside = 1;
constexpr int kOut = 2;

Bytes Sent(PacketBuilder packet, int slot, int vlan = 0) {
  packet.SourceMac(MacOf(slot));
  if (vlan != 0) packet.Vlan(vlan);
  return packet.Build();
}

class AcceptRig : public ::testing::Test {
 protected:
  AcceptRig() {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kBeside, 1);
    rig_.AddInterface(kOut, 2);
  }
  WorkerRig rig_;
};

// What is the same in both families.
template <class Family>
class Accept : public AcceptRig {};
TYPED_TEST_SUITE(Accept, BothFamilies);

// What only IPv4 has.
class AcceptIpv4 : public AcceptRig {};

// Those that make a rig of their own.
template <class Family>
class AcceptWithOptions : public ::testing::Test {};
TYPED_TEST_SUITE(AcceptWithOptions, BothFamilies);

TYPED_TEST(Accept, TakesPacketsOfTheAcceptInterfaceOnly) {
  // Invariant: wrong-interface packets are counted apart from the stream's own, and nothing of them
  // leaves.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Receive(0, Packet<Family>().Build());
  rig.Receive(1, Packet<Family>().Build());
  rig.Receive(1, Packet<Family>().Payload(30).Build());
  rig.Turn();
  EXPECT_EQ(rig.Sent(2), Frames{Sent(Packet<Family>().Ttl(63), kOut)});
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kWrongInterface, 2}}));
  const auto counts = rig.counts(Key<Family>(1));
  EXPECT_EQ(counts.packets, 1u);
  EXPECT_EQ(counts.octets, kHeaderOctets<Family> + 18);
  EXPECT_EQ(counts.different_if_packets, 2u);
  EXPECT_TRUE(rig.template Punts<Family>().empty());
}

TYPED_TEST(Accept, TellsControlOfWrongInterfacesAtMostOnceInAnInterval) {
  // Invariant: with the alert on, one punt for each stream and interface in an interval, whatever
  // the traffic.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddEntry(Streams<Family>(), kIn, {kOut});
  rig.AddInterface(3, 3);
  rig.interfaces().SetWrongInterfaceAlert(SlotOf<Family>(kBeside), true);
  for (int i = 0; i < 50; ++i) {
    rig.Receive(1, Packet<Family>().Build());
    rig.Receive(1, Packet<Family>(2).Build());
    rig.Receive(3, Packet<Family>().Build());  // no alert there
  }
  rig.Turn();
  auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[0].reason, PuntReason::kWrongInterface);
  EXPECT_EQ(punts[0].arrival, SlotOf<Family>(kBeside));
  EXPECT_EQ(punts[0].key, Key<Family>(1));
  EXPECT_EQ(punts[1].key, Key<Family>(2));
  const Bytes ip = Packet<Family>().BuildIp();
  EXPECT_TRUE(std::equal(ip.begin(), ip.end(), punts[0].header_bytes().begin(), punts[0].header_bytes().end()));

  rig.AdvanceMs(2999);
  rig.Receive(1, Packet<Family>().Build());
  rig.Turn();
  EXPECT_TRUE(rig.template Punts<Family>().empty());
  rig.AdvanceMs(1);
  rig.Receive(1, Packet<Family>().Build());
  rig.Turn();
  EXPECT_EQ(rig.template Punts<Family>().size(), 1u);
  EXPECT_EQ(rig.drops(DropReason::kWrongInterface), 152u);
}

TYPED_TEST(Accept, DropsBeforeTheTtlBecomesZero) {
  // Invariant: a packet leaves with TTL received - 1, at least 1; TTL 0 and 1 are counted for the
  // stream.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  for (const int ttl : {0, 1, 2, 3, 255}) rig.Receive(0, Packet<Family>().Ttl(ttl).Build());
  rig.Turn();
  EXPECT_EQ(rig.Sent(2), (Frames{Sent(Packet<Family>().Ttl(1), kOut), Sent(Packet<Family>().Ttl(2), kOut),
                                 Sent(Packet<Family>().Ttl(254), kOut)}));
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kTtlExpired, 2}}));
  EXPECT_EQ(rig.counts(Key<Family>(1)).ttl_packets, 2u);
  EXPECT_EQ(rig.counts(Key<Family>(1)).packets, 3u);
}

TEST_F(AcceptIpv4, UpdatesEveryChecksumAsIfItWereComputedAnew) {
  // Invariant: RFC 1624, for all TTLs and protocols, 0x0000 and 0xFFFF corner cases of the sum
  // included.
  rig_.AddEntry(AnySource("224.0.0.0", 4), kIn, {kOut});
  for (int id = 0; id < 0x10000; id += 0x101) {
    const int protocol = id >> 8;
    if (protocol == 2 || protocol == 103) continue;  // IGMP and PIM, which are not forwarded
    for (const int ttl : {2, 17, 128, 255}) {
      const PacketBuilder packet = PacketBuilder().Id(id).Ttl(ttl).Protocol(protocol);
      rig_.Receive(0, PacketBuilder(packet).Build());
      rig_.Turn();
      ASSERT_EQ(rig_.Sent(2), Frames{Sent(PacketBuilder(packet).Ttl(ttl - 1), kOut)}) << id << " " << ttl;
    }
  }
  // The identification runs through all values near the wrap of the sum.
  for (int begin = 0; begin < 0x10000; begin += 64) {
    Frames expected;
    for (int id = begin; id < begin + 64; ++id) {
      rig_.Receive(0, PacketBuilder().Id(id).Build());
      expected.push_back(Sent(PacketBuilder().Id(id).Ttl(63), kOut));
    }
    rig_.Turn();
    ASSERT_EQ(rig_.Sent(2), expected) << begin;
  }
}

TYPED_TEST(Accept, NamesWhyANegativeEntryDrops) {
  // Invariant: each kind of negative entry has its own reason, and the packets count as the
  // entry's.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddEntry(Key<Family>(1), kIn, {});
  rig.AddEntry(Key<Family>(2), -1, {}, kNoRoute);
  rig.AddEntry(KeyOf<Family>(kSource<Family>, SourceSpecificGroup<Family>(3)), kIn, {});
  rig.AddEntry(KeyOf<Family>(kSource<Family>, SourceSpecificGroup<Family>(4)), -1, {}, kNoRoute);
  for (const int stream : {1, 2}) rig.Receive(0, Packet<Family>(stream).Build());
  for (const int stream : {3, 4}) rig.Receive(0, PacketTo<Family>(SourceSpecificGroup<Family>(stream)).Build());
  rig.Turn();
  EXPECT_EQ(
      rig.drops(),
      (Drops{{DropReason::kNoReceivers, 1}, {DropReason::kNoRoute, 2}, {DropReason::kSourceSpecificUnwanted, 1}}));
  EXPECT_EQ(rig.counts(Key<Family>(1)).packets, 1u);
  EXPECT_EQ(rig.counts(Key<Family>(1)).octets, kHeaderOctets<Family> + 18);
  EXPECT_TRUE(rig.template Punts<Family>().empty());
}

TYPED_TEST(Accept, PrefersTheMostSpecificEntry) {
  // Invariant: (S,G), then (*,G), then group prefixes by length, then (*,*); source-specific groups match
  // (S,G) only.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddInterface(3, 3);
  rig.AddEntry(FibKey<Family>::AllGroups(), kIn, {});
  rig.AddEntry(Streams<Family>(), kIn, {kOut});
  rig.AddEntry(AnySourceOf<Family>(Group<Family>(1)), kIn, {3});
  rig.AddEntry(Key<Family>(1), kIn, {kOut, 3});
  const auto sent = [&](const char* source, const std::string& group) {
    rig.Receive(0, PacketTo<Family>(group).From(source).Build());
    rig.Turn();
    return std::pair(rig.DiscardSent(2), rig.DiscardSent(3));
  };
  using Pair = std::pair<size_t, size_t>;
  EXPECT_EQ(sent(kSource<Family>, Group<Family>(1)), Pair(1, 1));
  EXPECT_EQ(sent(kOtherSource<Family>, Group<Family>(1)), Pair(0, 1));
  EXPECT_EQ(sent(kSource<Family>, Group<Family>(2)), Pair(1, 0));
  EXPECT_EQ(sent(kSource<Family>, OtherGroup<Family>(1)), Pair(0, 0));
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kNoReceivers, 1}}));
  EXPECT_EQ(sent(kSource<Family>, SourceSpecificGroup<Family>(1)), Pair(0, 0));
  EXPECT_EQ(rig.template Punts<Family>().size(), 1u);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 1u);
}

TYPED_TEST(Accept, TakesAnInterfaceFromEveryEntryByOneBump) {
  // Invariant: after a bump, entries built before neither accept from the interface nor send to it;
  // new ones do.
  using Family = TypeParam;
  auto& rig = this->rig_;
  const FibKey<Family> other = Key<Family>(2);
  rig.AddInterface(3, 3);
  rig.AddEntry(Key<Family>(1), kIn, {kOut, 3});
  rig.AddEntry(other, kOut, {kIn, 3});
  rig.template Bump<Family>(kOut);
  rig.Receive(0, Packet<Family>().Build());
  rig.Receive(2, Packet<Family>(2).Build());
  rig.Receive(1, Packet<Family>(2).Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(2), 0u);
  EXPECT_EQ(rig.DiscardSent(0), 0u);
  EXPECT_EQ(rig.DiscardSent(3), 1u);
  EXPECT_EQ(rig.drops(),
            (Drops{{DropReason::kStaleOif, 1}, {DropReason::kReleased, 1}, {DropReason::kWrongInterface, 1}}));
  EXPECT_EQ(rig.exceptions(Key<Family>(1), kOut), (Drops{{DropReason::kStaleOif, 1}}));
  EXPECT_EQ(rig.exceptions(other, -1), (Drops{{DropReason::kReleased, 1}}));
  EXPECT_EQ(rig.counts(other).exceptions, 1u);

  rig.AddEntry(Key<Family>(1), kIn, {kOut, 3});
  rig.AddEntry(other, kOut, {kIn, 3});
  rig.Receive(0, Packet<Family>().Build());
  rig.Receive(2, Packet<Family>(2).Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(2), 1u);
  EXPECT_EQ(rig.DiscardSent(0), 1u);
  EXPECT_EQ(rig.DiscardSent(3), 2u);
}

TEST_F(AcceptIpv4, StopsAtBoundariesInBothDirections) {
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
    rig_.Receive(0, PacketBuilder().To(group).Build());
    rig_.Receive(1, PacketBuilder().From("10.0.0.2").To(group).Build());
  }
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kScopeBoundaryIn, 2}, {DropReason::kScopeBoundaryOut, 3}}));
  EXPECT_EQ(rig_.DiscardSent(2), 6u);
  EXPECT_EQ(rig_.DiscardSent(3), 3u);
  EXPECT_EQ(rig_.exceptions(SourceGroup("10.0.0.1", "239.1.1.1"), -1), (Drops{{DropReason::kScopeBoundaryIn, 1}}));
  EXPECT_EQ(rig_.exceptions(SourceGroup("10.0.0.2", "239.255.1.1"), 3), (Drops{{DropReason::kScopeBoundaryOut, 1}}));
  // What a boundary keeps out makes no pending stream either.
  rig_.Receive(0, PacketBuilder().From("10.9.9.9").Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.Punts().empty());
}

TEST_F(AcceptIpv4, ForwardsRouterAlertAsAnyOption) {
  // Invariant: router alert asks a router to look at the protocol; what nothing here wants is data
  // like any other: forwarded, or held as the first packet of a stream.
  rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.1"), kIn, {kOut});
  Frames expected;
  for (const int protocol : {17, 46, 113}) {  // UDP, RSVP, PGM
    for (const Bytes& options : {Bytes{148, 4, 0, 0}, Bytes{1, 1, 0x82, 4, 9, 9, 148, 4, 0, 0}}) {
      const PacketBuilder packet = PacketBuilder().Protocol(protocol).Options(options);
      rig_.Receive(0, packet.Build());
      expected.push_back(Sent(PacketBuilder(packet).Ttl(63), kOut));
    }
  }
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(2), expected);
  EXPECT_EQ(rig_.drops(), Drops{});
  EXPECT_TRUE(rig_.Punts().empty());
  rig_.Receive(0, PacketBuilder().To("239.1.1.9").Options({148, 4, 0, 0}).Build());
  rig_.Turn();
  const auto punts = rig_.Punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts[0].header_size, 42);
}

TYPED_TEST(Accept, LetsNoPacketOfABatchOvertakeOneThatIsHeld) {
  // Invariant: control may publish an entry in the middle of a lookup, so that it finds nothing for one packet of a
  // stream and the entry for the next; that one waits behind the first.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  dataplane::WorkerState state(rig.worker_config());
  auto& streams = state.template streams<Family>();
  streams.view = rig.template fib<Family>().View();
  dataplane::StreamBatch<Family>& batch = state.template batch<Family>();
  batch.count = 2;
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_mbuf* const mbuf = rig.MakeMbuf(Packet<Family>().Build());
    batch.mbufs[i] = mbuf;
    batch.frames[i] = rte_pktmbuf_mtod(mbuf, uint8_t*);
    batch.keys[i] = Key<Family>(1);
    batch.arrivals[i] = Value(SlotOf<Family>(kIn));
    batch.ip_lengths[i] = static_cast<uint16_t>(mbuf->pkt_len - dataplane::kEthernetHeader);
    batch.ttls[i] = 64;
  }
  batch.entries[0] = dataplane::kNoEntry;
  batch.entries[1] = rig.template fib<Family>().Find(Key<Family>(1));
  dataplane::Accept(state.acceptor, streams, state.now, batch);
  EXPECT_EQ(batch.count, 0u);
  EXPECT_EQ(streams.pending.packets(), 2u);
  EXPECT_TRUE(streams.pending.draining());
  dataplane::DropHeld(state.stats, *streams.pending.Take(Key<Family>(1)), DropReason::kStopped);
}

TYPED_TEST(AcceptWithOptions, LeavesRoomForFirstPacketsHoweverManySourcesAreMadeUp) {
  // Invariant: alerts about the arrival interface have a bucket; first packets of new streams, which
  // go up the same ring, are not lost to them.
  using Family = TypeParam;
  WorkerRig rig(
      {.pending_buffers = 4096, .pending = {.streams = 4096, .depth = 8, .packets = 4096}, .punt_ring = 4095});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kBeside, 1);
  rig.AddInterface(kOut, 2);
  rig.AddEntry(AnySourceOf<Family>(Group<Family>(1)), kIn, {kOut});
  rig.interfaces().SetWrongInterfaceAlert(SlotOf<Family>(kBeside), true);
  const auto source = [](int n) {
    return Of<Family>("11.1.", "2001:db8:b::") + std::to_string(n / 250) + Of<Family>(".", ":") +
           std::to_string(1 + n % 250);
  };
  const auto made_up = [&](int first, int end) {
    for (int n = first; n < end; ++n) {
      rig.Receive(1, Packet<Family>().From(source(n)).Build());
      if (n % 250 == 249) rig.Turn();
    }
  };
  made_up(0, 4000);
  for (int n = 0; n < 2000; ++n) {
    rig.Receive(0, Packet<Family>(1000 + n).Build());
    if (n % 250 == 249) rig.Turn();
  }
  std::map<PuntReason, uint64_t> punts;
  for (const Punt<Family>& punt : rig.template Punts<Family>()) ++punts[punt.reason];
  EXPECT_EQ(punts[PuntReason::kNoEntry], 2000u);
  EXPECT_EQ(punts[PuntReason::kWrongInterface], dataplane::kAlertBurst);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kWrongInterface, 4000}}));
  // Half a second's worth later; who has been refused before has not been silenced.
  rig.AdvanceMs(500);
  made_up(3000, 4000);
  EXPECT_EQ(rig.template Punts<Family>().size(), dataplane::kAlertsPerSecond / 2);
}

TYPED_TEST(AcceptWithOptions, ForwardsWhileControlTakesNothing) {
  // Invariant: a full punt ring never stops the worker; what it cannot tell of waits.
  using Family = TypeParam;
  WorkerRig rig({.punt_ring = 1});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 2);
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  for (const int stream : {2, 3, 4}) rig.Receive(0, Packet<Family>(stream).Build());
  rig.Receive(0, Packet<Family>().Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(2), 1u);
  EXPECT_EQ(rig.drops(), Drops{});
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 3u);
}

}  // namespace
}  // namespace mgmd::testing
