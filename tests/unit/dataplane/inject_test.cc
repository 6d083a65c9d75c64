#include "dataplane/inject.h"

#include <gtest/gtest.h>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::Injected;
using dataplane::MakeInjected;

PacketBuilder Query() { return PacketBuilder().To("224.0.0.1").Ttl(1).Protocol(2).Options({148, 4, 0, 0}); }

TEST(Inject, SendsControlsPacketsWithTheInterfacesHeader) {
  // Invariant: the IP packet leaves as it was given, also to a link-local group with TTL 1, behind
  // the interface's MAC and tag.
  WorkerRig rig;
  rig.AddInterface(1, 1);
  rig.AddInterface(2, 2, 77);
  for (const int slot : {1, 2}) {
    const Injected injected =
        MakeInjected(rig.copy_pool(), InterfaceSlot{static_cast<uint16_t>(slot)}, Query().BuildIp());
    ASSERT_NE(injected.frame, nullptr);
    ASSERT_TRUE(rig.inject().Push(injected));
  }
  rig.Turn();
  EXPECT_EQ(rig.Sent(1), Frames{Query().SourceMac(MacOf(1)).Build()});
  EXPECT_EQ(rig.Sent(2), Frames{Query().SourceMac(MacOf(2)).Vlan(77).Build()});
}

TEST(Inject, CountsWhatCannotLeave) {
  // Invariant: an interface that is down or a full device costs the packet, counted, and no buffer.
  WorkerRig rig;
  rig.AddInterface(1, 1);
  rig.AddInterface(2, 2);
  rig.interfaces().SetUp(InterfaceSlot{1}, false);
  rig.LimitTx(2, 1);
  for (const uint16_t slot : {1, 2, 2}) {
    rig.inject().Push(MakeInjected(rig.copy_pool(), InterfaceSlot{slot}, Query().BuildIp()));
  }
  rig.Turn();
  EXPECT_EQ(rig.drops(), (std::map<DropReason, uint64_t>{{DropReason::kOifDown, 1}, {DropReason::kTxFull, 1}}));
  EXPECT_EQ(rig.DiscardSent(2), 1u);
}

TEST(Inject, RefusesWhatIsNoMulticastPacket) {
  // Invariant: no frame is made of a packet that is cut short, too long, or not for a group.
  WorkerRig rig;
  const auto frame = [&](const Bytes& packet) { return MakeInjected(rig.copy_pool(), InterfaceSlot{1}, packet).frame; };
  EXPECT_EQ(frame(Bytes(19)), nullptr);
  EXPECT_EQ(frame(Query().To("10.0.0.1").BuildIp()), nullptr);
  EXPECT_EQ(frame(Query().Payload(3000).BuildIp()), nullptr);
}

}  // namespace
}  // namespace mgmd::testing
