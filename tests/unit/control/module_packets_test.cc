// Invariant: a module gets the packets that it has asked for, whole and each once for each filter, whatever its
// callbacks register and cancel meanwhile; what it sends leaves in order, or a code says why it does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/control/module_services_fixture.h"

namespace mgmd::protocols {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(ModuleServicesTest, HearsItsProtocolWhereItHasAskedForIt) {
  Listener listener;
  EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, listener), MGMD_OK);
  EXPECT_EQ(Wanted(kOne, 0), (LocalClasses{LocalClass::kLinkLocal, LocalClass::kLinkLocalOther, LocalClass::kHost}));
  EXPECT_EQ(Wanted(kOne, 1), LocalClasses{});
  EXPECT_EQ(Wanted(kTwo, 0), LocalClasses{});
  Arrive(LocalClass::kLinkLocal, kOne, 0, Ospf("224.0.0.5", "to a group").Padding(9).Build());
  Arrive(LocalClass::kHost, kOne, 0, Ospf("10.0.0.254", "to the router").Build());
  Arrive(LocalClass::kHost, kOne, 0, PacketBuilder().To("10.0.0.254").Build());  // UDP
  Arrive(LocalClass::kLinkLocal, kTwo, 0, Ospf("224.0.0.5", "elsewhere").Build());
  EXPECT_THAT(listener.heard, ElementsAre("1 v4 89: to a group", "1 v4 89: to the router"));
}

TEST_F(ModuleServicesTest, HearsAGroupAlone) {
  struct Row {
    uint32_t family;
    uint16_t slot_bit;
    const char *group, *other;
    LocalClass local_class;
    std::string heard;
  };
  for (const Row& row :
       {Row{MGMD_PROTOCOL_IPV4, 0, "224.0.0.5", "224.0.0.6", LocalClass::kLinkLocal, "1 v4 89: "},
        Row{MGMD_PROTOCOL_IPV4, 0, "224.0.0.254", "10.0.0.1", LocalClass::kLinkLocalOther, "1 v4 89: "},
        Row{MGMD_PROTOCOL_IPV6, 1, "ff02::5", "ff02::6", LocalClass::kLinkLocal, "1 v6 89: "},
        Row{MGMD_PROTOCOL_IPV6, 1, "ff02::114", "fe80::1", LocalClass::kLinkLocalOther, "1 v6 89: "}}) {
    Listener listener;
    MGMD_ID id = 0;
    ASSERT_EQ(Receive(kOne, row.family, kOspf, row.group, listener, &id), MGMD_OK);
    EXPECT_EQ(Wanted(kOne, row.slot_bit), LocalClasses{row.local_class}) << row.group;
    Arrive(row.local_class, kOne, row.slot_bit, Ospf(row.group, "own").Build());
    Arrive(row.local_class, kOne, row.slot_bit, Ospf(row.other, "other").Build());
    EXPECT_THAT(listener.heard, ElementsAre(row.heard + "own"));
    EXPECT_EQ(table()->pfnCancel(table(), id), MGMD_OK);
    EXPECT_EQ(Wanted(kOne, row.slot_bit), LocalClasses{}) << "nobody asks any more";
    EXPECT_EQ(table()->pfnCancel(table(), id), MGMD_ERROR_NOT_FOUND);
  }
}

TEST_F(ModuleServicesTest, SaysWhereAPacketCameFromAndWhatItIs) {
  MGMD_PACKET seen = {};
  const MGMD_PACKET_FILTER filter = {kOne, MGMD_PROTOCOL_IPV6, kOspf, nullptr};
  const auto keep = [](void* context, const MGMD_PACKET* packet) { *static_cast<MGMD_PACKET*>(context) = *packet; };
  ASSERT_EQ(table()->pfnReceive(table(), &filter, keep, &seen, nullptr), MGMD_OK);
  // Behind hop-by-hop options of eight octets.
  Arrive(LocalClass::kLinkLocal, kOne, 1,
         Ospf("ff02::5", "12345").Extension(0, {1, 4, 0, 0, 0, 0}).SourceMac({2, 0, 0, 0, 0, 9}).Build());
  EXPECT_EQ(seen.dwLength, 40u + 8 + 5);
  EXPECT_EQ(seen.dwPayload, 48u);
  EXPECT_EQ(seen.dwProtocol, kOspf);
  EXPECT_THAT(seen.abSource, ElementsAre(2, 0, 0, 0, 0, 9));
  EXPECT_THAT(seen.abDestination, ElementsAre(0x33, 0x33, 0, 0, 0, 5));
}

TEST_F(ModuleServicesTest, DoesNotHearWhatIsNoPacket) {
  Listener listener;
  ASSERT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, listener), MGMD_OK);
  const auto good = [] { return Ospf("224.0.0.5", "good"); };
  const Bytes whole = good().Build();
  for (const Bytes& bad : {good().Checksum(0x1234).Build(), good().Version(5).Build(), good().HeaderWords(4).Build(),
                           good().TotalLength(19).Build(), good().TotalLength(100).Build(),
                           good().EtherType(0x0806).Build(), Bytes(whole.begin(), whole.begin() + 13),
                           good().CutTo(33).Build(), Ospf("ff02::5", "of the other family").Build()}) {
    Arrive(LocalClass::kLinkLocal, kOne, 0, bad);
  }
  EXPECT_THAT(listener.heard, IsEmpty());
  Arrive(LocalClass::kLinkLocal, kOne, 0, whole);
  EXPECT_THAT(listener.heard, ElementsAre("1 v4 89: good"));
}

TEST_F(ModuleServicesTest, LetsFiltersComeAndGoWhileAPacketIsHandedOut) {
  Listener first, second, third;
  MGMD_ID first_id = 0;
  MGMD_ID second_id = 0;
  ASSERT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, first, &first_id), MGMD_OK);
  ASSERT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, "224.0.0.5", second, &second_id), MGMD_OK);
  const auto arrive = [&](const char* mark) {
    Arrive(LocalClass::kLinkLocal, kOne, 0, Ospf("224.0.0.5", mark).Build());
  };
  arrive("1");
  EXPECT_EQ(first.heard.size() + second.heard.size(), 2u) << "both want it";
  first.besides = [&] {
    first.besides = [] {};
    EXPECT_EQ(table()->pfnCancel(table(), first_id), MGMD_OK);
    EXPECT_EQ(table()->pfnCancel(table(), second_id), MGMD_OK);
    EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, third), MGMD_OK);
  };
  arrive("2");
  arrive("3");
  EXPECT_THAT(first.heard, ElementsAre("1 v4 89: 1", "1 v4 89: 2"));
  EXPECT_THAT(second.heard, ElementsAre("1 v4 89: 1")) << "not even of the packet at hand";
  EXPECT_THAT(third.heard, ElementsAre("1 v4 89: 3")) << "who comes meanwhile gets the next";
}

TEST_F(ModuleServicesTest, RefusesFiltersThatMakeNoSense) {
  Listener listener;
  MGMD_ID id = 77;
  EXPECT_EQ(Receive(kNone, MGMD_PROTOCOL_IPV4, kOspf, nullptr, listener, &id), MGMD_ERROR_INTERFACE);
  EXPECT_EQ(Receive(kOne, 3, kOspf, nullptr, listener, &id), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, 256, nullptr, listener, &id), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, "ff02::5", listener, &id), MGMD_ERROR_ARGUMENT) << "family";
  for (const char* group : {"224.0.1.1", "239.1.1.1", "10.0.0.1"}) {
    EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, group, listener, &id), MGMD_ERROR_ARGUMENT) << group;
  }
  for (const char* group : {"ff05::1", "ff01::1", "fe80::1"}) {
    EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV6, kOspf, group, listener, &id), MGMD_ERROR_ARGUMENT) << group;
  }
  const MGMD_PACKET_FILTER good = {kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr};
  EXPECT_EQ(table()->pfnReceive(table(), nullptr, &OnPacket, nullptr, &id), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(table()->pfnReceive(table(), &good, nullptr, nullptr, &id), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(table()->pfnReceive(nullptr, &good, &OnPacket, nullptr, &id), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(id, 77u);
  EXPECT_THAT(others_.packets.wanted, IsEmpty());
}

TEST_F(ModuleServicesTest, SendsPacketsAndFramesInTheirOrder) {
  const Bytes packet = Ip(Ospf("224.0.0.5", "1"));
  const Bytes packet6 = Ip(Ospf("ff02::5", "2"));
  const Bytes frame = Ospf("10.0.0.1", "3").Build();
  EXPECT_EQ(SendPacket(kOne, packet), MGMD_OK);
  EXPECT_EQ(SendPacket(kOne, packet6), MGMD_OK);
  EXPECT_EQ(SendFrame(kTwo, frame), MGMD_OK);
  using Sent = fakes::FakeLocalPackets::Sent;
  EXPECT_THAT(others_.packets.sent, ElementsAre(Sent{Slot(kOne, 0), InjectForm::kPacket, packet},
                                                Sent{Slot(kOne, 1), InjectForm::kPacket, packet6},
                                                Sent{Slot(kTwo, 0), InjectForm::kFrame, frame}));
}

TEST_F(ModuleServicesTest, SaysWhyItCannotSend) {
  const Bytes packet = Ip(Ospf("224.0.0.5", "1"));
  EXPECT_EQ(SendPacket(kNone, packet), MGMD_ERROR_INTERFACE);
  EXPECT_EQ(table()->pfnSendPacket(table(), kOne, nullptr, 20), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(SendPacket(kOne, {}), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(SendPacket(kOne, {0x50}), MGMD_ERROR_PACKET) << "IP of no version that there is";
  EXPECT_EQ(SendFrame(kOne, Bytes(13)), MGMD_ERROR_PACKET);
  others_.packets.impossible = {Slot(kOne, 0)};
  EXPECT_EQ(SendPacket(kOne, packet), MGMD_ERROR_PACKET) << "the dataplane cannot make a frame of it";
  others_.packets.impossible = {};
  // The MTU is of the packet, whatever stands in front of it.
  others_.links[0].mtu = static_cast<uint32_t>(packet.size());
  EXPECT_EQ(SendPacket(kOne, packet), MGMD_OK);
  EXPECT_EQ(SendFrame(kOne, Ospf("10.0.0.1", "1").Build()), MGMD_OK);
  --others_.links[0].mtu;
  EXPECT_EQ(SendPacket(kOne, packet), MGMD_ERROR_TOO_LONG);
  EXPECT_EQ(SendFrame(kOne, Ospf("10.0.0.1", "1").Build()), MGMD_ERROR_TOO_LONG);
  others_.links[1].up = false;
  EXPECT_EQ(SendPacket(kTwo, packet), MGMD_ERROR_LINK_DOWN);
  EXPECT_EQ(others_.packets.sent.size(), 2u);
}

TEST_F(ModuleServicesTest, LeavesRoomForOthersWhereWorkersTakeNothing) {
  others_.packets.full = {Slot(kOne, 0)};
  const Bytes packet = Ip(Ospf("224.0.0.5", "1"));
  size_t taken = 0;
  while (SendPacket(kOne, packet) == MGMD_OK) ++taken;
  EXPECT_EQ(taken, local::Injector::kMostWaiting / 2);
  EXPECT_EQ(SendPacket(kOne, packet), MGMD_ERROR_FULL);
  EXPECT_EQ(others_.injector.dropped(), 0u) << "nothing that was taken is lost";
  others_.packets.full = {};
  others_.injector.Poll();
  EXPECT_EQ(SendPacket(kOne, packet), MGMD_OK);
  EXPECT_EQ(others_.packets.sent.size(), taken + 1);
}

}  // namespace
}  // namespace mgmd::protocols
