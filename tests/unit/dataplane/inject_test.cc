#include "dataplane/rings/inject.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::IsInjectable;
using dataplane::MakeInjected;

PacketBuilder Query() { return PacketBuilder().To("224.0.0.1").Ttl(1).Protocol(2).Options({148, 4, 0, 0}); }
PacketBuilder Reply() {
  return PacketBuilder().EtherType(0x0806).DestinationMac({2, 0, 0, 0, 0, 1}).SourceMac(MacOf(9));
}

class Inject : public ::testing::Test {
 protected:
  Inject() {
    rig_.AddInterface(1, 1);
    rig_.AddInterface(2, 2, 77);
    rig_.AddInterface(3, 3);
  }
  void Send(InterfaceSlot slot, InjectForm form, const Bytes& octets) {
    const auto& line = rig_.interfaces().line(Value(slot));
    ASSERT_TRUE(IsInjectable(rig_.copy_pool(), line, form, octets));
    rte_mbuf* const frame = MakeInjected(rig_.copy_pool(), line, form, octets);
    ASSERT_NE(frame, nullptr);
    ASSERT_TRUE(rig_.inject().Push({.frame = frame, .slot = Value(slot)}));
  }
  WorkerRig rig_;
};

TEST_F(Inject, SendsPacketsWithTheInterfacesHeader) {
  // Invariant: the IP packet leaves as it was given, also to a link-local group with TTL 1, behind
  // the interface's MAC and tag.
  for (const int n : {1, 2}) Send(SlotOf(n), InjectForm::kPacket, Query().BuildIp());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), Frames{Query().SourceMac(MacOf(1)).Build()});
  EXPECT_EQ(rig_.Sent(2), Frames{Query().SourceMac(MacOf(2)).Vlan(77).Build()});
}

TEST_F(Inject, SendsIpv6PacketsByTheInterfacesIpv6Side) {
  // Invariant: likewise, to the group's IPv6 MAC; a packet goes by no slot of the other family.
  const PacketBuilder query = PacketBuilder::Ipv6().To("ff02::1").Ttl(1).Protocol(58).Extension(0, {5, 2, 0, 0});
  for (const int n : {1, 2}) Send(SlotOf<Ipv6>(n), InjectForm::kPacket, query.BuildIp());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), Frames{PacketBuilder(query).SourceMac(MacOf(1)).Build()});
  EXPECT_EQ(rig_.Sent(2), Frames{PacketBuilder(query).SourceMac(MacOf(2)).Vlan(77).Build()});
  const auto fits = [&](InterfaceSlot slot, const Bytes& packet) {
    return IsInjectable(rig_.copy_pool(), rig_.interfaces().line(Value(slot)), InjectForm::kPacket, packet);
  };
  EXPECT_FALSE(fits(SlotOf<Ipv4>(1), query.BuildIp()));
  EXPECT_FALSE(fits(SlotOf<Ipv6>(1), Query().Payload(40).BuildIp()));
  EXPECT_FALSE(fits(SlotOf<Ipv6>(1), PacketBuilder(query).To("2001:db8::9").BuildIp()));
  EXPECT_FALSE(fits(SlotOf<Ipv6>(1), Bytes(39, 0x60)));
}

TEST_F(Inject, SendsFramesAsTheyAreBehindTheInterfacesTag) {
  // Invariant: of a frame nothing is changed, its addresses and its type included; a tag is put in between.
  for (const int n : {1, 2}) Send(SlotOf(n), InjectForm::kFrame, Reply().Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), Frames{Reply().Build()});
  EXPECT_EQ(rig_.Sent(2), Frames{Reply().Vlan(77).Build()});
}

TEST_F(Inject, KeepsTheOrderOfAnInterface) {
  // Invariant: packets and frames leave in the order in which they were handed over, more of them than go in one turn.
  Frames expected;
  for (int i = 0; i < 60; ++i) {
    if (i % 2 == 0) {
      Send(SlotOf(1), InjectForm::kPacket, Query().Id(i).BuildIp());
      expected.push_back(Query().Id(i).SourceMac(MacOf(1)).Build());
    } else {
      Send(SlotOf(1), InjectForm::kFrame, Reply().Payload(static_cast<size_t>(i)).Build());
      expected.push_back(Reply().Payload(static_cast<size_t>(i)).Build());
    }
  }
  for (int turn = 0; turn < 2; ++turn) rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), expected);
  EXPECT_EQ(dataplane::Get(rig_.stats().injected), 60u);
}

TEST_F(Inject, SendsWhatItHasWhenTheWorkerStops) {
  // Invariant: what control has handed over before the stop leaves, however much it is.
  for (int i = 0; i < 60; ++i) Send(SlotOf(1), InjectForm::kFrame, Reply().Id(i).Build());
  const std::atomic<bool> stop = true;
  rig_.worker().Run(stop);
  EXPECT_EQ(rig_.Sent(1).size(), 60u);
}

TEST_F(Inject, CountsWhatCannotLeave) {
  // Invariant: an interface that is down or a full device costs the packet, counted, and no buffer.
  rig_.interfaces().SetUp(SlotOf(1), false);
  rig_.LimitTx(3, 1);
  for (const int n : {1, 3, 3}) Send(SlotOf(n), InjectForm::kPacket, Query().BuildIp());
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kOifDown, 1}, {DropReason::kTxFull, 1}}));
  EXPECT_EQ(rig_.DiscardSent(3), 1u);
}

TEST_F(Inject, TellsWhatCanNeverLeave) {
  // Invariant: no frame is made of a packet that is cut short, longer than the interface takes, or not for a group; of
  // a frame that has no whole header; or for an interface without a port.
  rig_.AddInterface(4, dataplane::InterfaceSettings{});
  const auto fits = [&](InjectForm form, const Bytes& octets, InterfaceSlot slot = SlotOf(1)) {
    return IsInjectable(rig_.copy_pool(), rig_.interfaces().line(Value(slot)), form, octets);
  };
  EXPECT_FALSE(fits(InjectForm::kPacket, {}));
  EXPECT_FALSE(fits(InjectForm::kPacket, Bytes(19, 0x45)));
  EXPECT_FALSE(fits(InjectForm::kPacket, Query().To("10.0.0.1").BuildIp()));
  EXPECT_FALSE(fits(InjectForm::kPacket, Query().Version(6).BuildIp()));
  EXPECT_TRUE(fits(InjectForm::kPacket, PacketBuilder().Payload(1480).BuildIp()));
  EXPECT_FALSE(fits(InjectForm::kPacket, PacketBuilder().Payload(1481).BuildIp()));
  EXPECT_FALSE(fits(InjectForm::kPacket, Query().BuildIp(), SlotOf(4)));
  EXPECT_FALSE(fits(InjectForm::kFrame, Bytes(13)));
  EXPECT_TRUE(fits(InjectForm::kFrame, Bytes(14)));
  EXPECT_TRUE(fits(InjectForm::kFrame, Bytes(1514)));
  EXPECT_FALSE(fits(InjectForm::kFrame, Bytes(1515)));
}

}  // namespace
}  // namespace mgmd::testing
