// The router as a host: `join` without and with a router part on the interface, in both families.

#include "control/membership/datagram.h"
#include "tests/conformance/membership_world.h"

namespace mgmd::conformance {
namespace {

using ::testing::HasSubstr;

template <class Family>
class HostMembership : public MembershipWorld<Family> {};
TYPED_TEST_SUITE(HostMembership, BothFamilies, FamilyName);

// Invariant: what is joined is said in the turn that begins, once more within a second, and to whoever asks.
TYPED_TEST(HostMembership, JoinsAreSaidAtOnceAndAgain) {
  this->Join(4, {"G", "S@G2", "S2@G2"});
  this->Start();
  EXPECT_EQ(this->Said(4), "TO_EX(G) ALLOW(G2:S,S2)");
  this->Advance(1s);
  EXPECT_EQ(this->Said(4), "TO_EX(G) ALLOW(G2:S,S2)");
  this->Advance(20s);
  EXPECT_EQ(this->Said(4), "");
  this->GeneralQuery(4, 1);
  this->Advance(10s);
  EXPECT_EQ(this->Said(4), "IS_EX(G) IS_IN(G2:S,S2)");
}

// Invariant: what the router asks its hosts it asks programs of its own machine, too (they listen on the twin), as from
// nobody in IPv4: a kernel takes nothing from an address of its own.
TYPED_TEST(HostMembership, TheHostIsAskedWhatTheLinkIs) {
  struct Twin : local::Consumer {
    void Take(const LocalPacket& packet) override { frames.emplace_back(packet.frame.begin(), packet.frame.end()); }
    std::vector<std::vector<uint8_t>> frames;
  } twin;
  this->Router(4);
  this->surroundings_.dispatcher.Register(this->SlotOf(4), kAllLocalClasses, twin);
  this->Start();
  this->Report(4, membership::RecordType::kToExclude, "G");
  this->Report(4, membership::RecordType::kToInclude, "G");
  const std::string said = this->Said(4);
  EXPECT_THAT(said, HasSubstr("GQ"));
  EXPECT_THAT(said, HasSubstr("Q(G)"));
  std::vector<typename TypeParam::Address> groups;
  for (const auto& frame : twin.frames) {
    const auto datagram = membership::ReadDatagram<TypeParam>(frame);
    ASSERT_TRUE(datagram) << "broken";
    EXPECT_TRUE(membership::ChecksumIsRight(*datagram));
    const auto kind = membership::FindKind<TypeParam>(datagram->message).kind;
    if (kind->type != membership::MessageType::kQuery) continue;
    groups.push_back(membership::ReadQuery<TypeParam>(datagram->message)->group);
    EXPECT_EQ(datagram->source.is_zero(), TypeParam::kAddressBits == 32);
  }
  EXPECT_THAT(groups, ElementsAre(typename TypeParam::Address(), this->Named("G")));
  this->surroundings_.dispatcher.Unregister(twin);
}

TYPED_TEST(HostMembership, AnySourceAndOneOfThemIsAnySource) {
  this->Join(4, {"S@G", "G"});
  this->Start();
  EXPECT_EQ(this->Said(4), "TO_EX(G)");
}

// A switch asks from no address of IGMP's (RFC 4541 section 2.1.1), and is answered all the same.
TEST(HostMembershipOfIpv4, ASwitchIsAnswered) {
  struct Igmp : MembershipWorld<Ipv4> {
    void TestBody() override {
      Join(4, {"G"});
      Start();
      Advance(2s);
      Said(4);
      GeneralQuery(4, 0);
      Advance(10s);
      EXPECT_EQ(Said(4), "IS_EX(G)");
    }
  } igmp;
  igmp.TestBody();
}

// Invariant (A15): the interface is a valid iif by it, and neither member nor oif.
TYPED_TEST(HostMembership, AStreamComesInAndNothingGoesOut) {
  this->Join(4, {"G"});
  this->Start();
  EXPECT_TRUE(this->world.enabled().contains(4));
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "no membership";
  this->world.SetRoute("S2", 4);
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S2", "G", 4), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S2", "G"), "i4 -> {i2}");
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "i4 is no oif";
}

TYPED_TEST(HostMembership, QueriesAreHandedOverWhereOnlyAHostIs) {
  this->Join(4, {"G"});
  this->Start();
  EXPECT_TRUE(this->surroundings_.packets.wanted[this->SlotOf(4)].Has(this->kClass));
  EXPECT_FALSE(this->surroundings_.packets.wanted[this->SlotOf(5)].Has(this->kClass));
}

// Invariant: what a router part asks, its own router answers as a host, and what it answers is no member's.
TYPED_TEST(HostMembership, ARouterAnswersItsOwnQuestions) {
  this->Router(4);
  this->Join(4, {"G"});
  this->Start();
  EXPECT_EQ(this->Said(4), "GQ; TO_EX(R) TO_EX(G)");
  this->Advance(12s);
  EXPECT_EQ(this->Said(4), "TO_EX(R) TO_EX(G); IS_EX(R) IS_EX(G)");
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty());
  this->Report(4, RecordType::kToExclude, "G2");
  this->Report(4, RecordType::kToInclude, "G2");
  EXPECT_EQ(this->Said(4), "Q(G2)");
  this->Advance(10s);
  EXPECT_EQ(this->Said(4), "Q(G2)") << "it is no member of G2";
}

TYPED_TEST(HostMembership, ItSpeaksAsItsRoutersUnderstand) {
  this->Join(4, {"G"});
  this->Start();
  this->Advance(2s);
  this->Said(4);
  this->GeneralQuery(4, 1, membership::Version::kV2);
  this->Advance(10s);
  EXPECT_EQ(this->Said(4), "report(G)");
  this->protocol_->SayGoodbye();
  EXPECT_EQ(this->Said(4), "leave(G)");
}

TYPED_TEST(HostMembership, AStopLeavesEverythingOnce) {
  this->Router(4);
  this->Join(4, {"G", "S@G2"});
  this->Join(5, {"G"});
  this->Start();
  this->Advance(2s);
  this->Said(4), this->Said(5);
  this->protocol_->SayGoodbye();
  EXPECT_EQ(this->Said(4), "TO_IN(R) TO_IN(G) BLOCK(G2:S)");
  EXPECT_EQ(this->Said(5), "TO_IN(G)");
  ASSERT_TRUE(this->protocol_->Stop({}).ok());
  EXPECT_EQ(this->Said(4) + this->Said(5), "");
}

TYPED_TEST(HostMembership, AReleaseLeavesWhatWasJoinedThere) {
  this->Join(4, {"G"});
  this->Join(5, {"G2"});
  this->Start();
  this->Advance(2s);
  this->Said(4), this->Said(5);
  ASSERT_TRUE(this->protocol_->Release(this->Id(4)).ok());
  EXPECT_EQ(this->Said(4), "TO_IN(G)");
  EXPECT_FALSE(this->world.enabled().contains(4));
  this->GeneralQuery(4, 1);
  this->GeneralQuery(5, 1);
  this->Advance(10s);
  EXPECT_EQ(this->Said(4), "");
  EXPECT_EQ(this->Said(5), "IS_EX(G2)");
}

// Invariant: a link that comes up, and another address, have all of it said anew.
TYPED_TEST(HostMembership, ALinkThatComesUpIsToldAnew) {
  this->Join(4, {"G"});
  this->Start();
  this->Advance(2s);
  this->Said(4);
  views::Link link = this->surroundings_.links[3];
  link.up = false;
  this->protocol_->LinkChanged(link);
  this->Advance(1s);
  EXPECT_EQ(this->Said(4), "");
  link.up = true;
  this->protocol_->LinkChanged(link);
  this->Turn();
  EXPECT_EQ(this->Said(4), "TO_EX(G)");
}

TYPED_TEST(HostMembership, WhatNoStationCanHaveAskedIsNotAnswered) {
  this->Join(4, {"G"});
  this->Start();
  this->Advance(2s);
  this->Said(4);
  const membership::Query<TypeParam> query{.version = membership::Version::kV3, .max_response = 1000ms};
  this->Arrive(4, membership::Protocol<TypeParam>::kAllHosts, membership::Protocol<TypeParam>::kAllHosts,
               membership::WriteQuery<TypeParam>(query));
  this->Advance(2s);
  EXPECT_EQ(this->Said(4), "");
}

}  // namespace
}  // namespace mgmd::conformance
