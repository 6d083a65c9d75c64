// The proxy of RFC 4605 beside protocols in a Group Manager: what it asks its upstream for, and where streams go.

#include "tests/conformance/membership_world.h"

namespace mgmd::conformance {
namespace {

// Upstream is i4, downstream are i5 and i6, a second one has i7 and i8; i9 has no part in any. The way to S is i4.
template <class Family>
class ProxyStreams : public MembershipWorld<Family> {
 protected:
  ProxyStreams() { this->world.SetRoute("S", 4); }

  void StartProxies(bool upstream_sends = true) {
    this->On(4), this->On(7);
    this->Router(9);
    for (const uint32_t number : {5, 6, 8}) this->Router(number).forward_only_as_querier = true;
    this->config_.proxies = {
        {.upstream = {4, {}}, .downstream = {{5, {}}, {6, {}}}, .sources = {}, .upstream_sends = upstream_sends},
        {.upstream = {7, {}}, .downstream = {{8, {}}}, .sources = {}}};
    this->Start();
    this->Advance(2s);
    Forget();
  }
  void Forget() {
    for (uint32_t number = 4; number <= this->kInterfaces; ++number) this->Said(number);
    this->world.TakeEvents();
  }
  std::string Stream(const std::string& source, DWORD interface) {
    EXPECT_EQ(this->world.Packet(source, "G", interface), NO_ERROR);
    return this->world.Entry(source, "G");
  }
  // By the rest of what is repeated.
  void Settle() {
    this->Advance(3s);
    Forget();
  }
};
TYPED_TEST_SUITE(ProxyStreams, BothFamilies, FamilyName);

// Invariant: what hosts want is said upstream in the turn that hears it, and comes to them, never back.
TYPED_TEST(ProxyStreams, ComeFromUpstreamToMembers) {
  this->StartProxies();
  this->Report(5, RecordType::kToExclude, "G");
  EXPECT_EQ(this->Said(4), "TO_EX(G)");
  EXPECT_EQ(this->Said(7), "") << "another instance's";
  EXPECT_EQ(this->Stream("S", 4), "i4 -> {i5}");
  this->Settle();
  this->Report(5, RecordType::kToInclude, "G");
  EXPECT_EQ(this->Said(4), "") << "somebody else may be there";
  this->Advance(2s);
  EXPECT_EQ(this->Said(4), "TO_IN(G)");
  EXPECT_EQ(this->world.Entry("S", "G"), "i4 -> {}");
}

TYPED_TEST(ProxyStreams, ALeaveOfOneLinkIsNoneWhileAnotherHasMembers) {
  this->StartProxies();
  this->Report(5, RecordType::kToExclude, "G");
  this->Report(6, RecordType::kToExclude, "G");
  EXPECT_EQ(this->Stream("S", 4), "i4 -> {i5 i6}");
  this->Settle();
  this->Report(5, RecordType::kToInclude, "G");
  this->Advance(3s);
  EXPECT_EQ(this->Said(4), "");
  EXPECT_EQ(this->world.Entry("S", "G"), "i4 -> {i6}");
}

TYPED_TEST(ProxyStreams, FromDownstreamGoUpstreamAndToMembersElsewhere) {
  this->StartProxies();
  this->world.SetRoute("S", 5);
  this->Report(5, RecordType::kToExclude, "G");
  EXPECT_EQ(this->Stream("S", 5), "i5 -> {i4}") << "never to where it comes from";
  this->Report(6, RecordType::kToExclude, "G");
  EXPECT_EQ(this->world.Entry("S", "G"), "i5 -> {i4 i6}");
}

TYPED_TEST(ProxyStreams, FromDownstreamStayThereIfSoConfigured) {
  this->StartProxies(false);
  this->world.SetRoute("S", 5);
  this->Report(6, RecordType::kToExclude, "G");
  EXPECT_EQ(this->Stream("S", 5), "i5 -> {i6}");
}

// Invariant: instances do not mix, and nothing but their own downstream goes upstream.
TYPED_TEST(ProxyStreams, OfOthersDoNotGoUpstreamOrIntoAnotherInstance) {
  this->StartProxies();
  for (const uint32_t number : {5, 8, 9}) this->Report(number, RecordType::kToExclude, "G");
  EXPECT_EQ(this->Stream("S", 4), "i4 -> {i5 i9}");
  this->world.SetRoute("S2", 8);
  EXPECT_EQ(this->Stream("S2", 8), "i8 -> {i7 i9}");
  this->world.SetRoute("S3", 9);
  EXPECT_EQ(this->Stream("S3", 9), "i9 -> {i5 i8}") << "i9 is no part of any: to members, not upstream";
  this->world.SetRoute("S4", 1);
  EXPECT_EQ(this->Stream("S4", 1), "i1 -> {i5 i8 i9}");
}

// RFC 4605 sections 3 and 4.1: reported all the same, and forwarded by the querier alone.
TYPED_TEST(ProxyStreams, AreForwardedByTheQuerierAlone) {
  this->StartProxies();
  this->GeneralQuery(5, 1);
  this->Report(5, RecordType::kToExclude, "G");
  EXPECT_EQ(this->Said(4), "TO_EX(G)");
  EXPECT_EQ(this->Stream("S", 4), "i4 -> {}");
  this->Advance(256s);
  EXPECT_EQ(this->world.Entry("S", "G"), "i4 -> {i5}") << "nobody else asks any more";
}

TYPED_TEST(ProxyStreams, OldHostsAndChosenSourcesAreMerged) {
  this->StartProxies();
  this->Report(6, RecordType::kAllow, "G", {"S", "S2"});
  EXPECT_EQ(this->Said(4), "ALLOW(G:S,S2)");
  this->Settle();
  this->ReportOld(5, "G");
  EXPECT_EQ(this->Said(4), "TO_EX(G)");
  this->Settle();
  this->GeneralQuery(4, 1, membership::Version::kV2);
  this->Settle();
  this->Report(6, RecordType::kBlock, "G", {"S"});
  this->Advance(3s);
  EXPECT_EQ(this->Said(4).find("leave"), std::string::npos) << "sources are nothing to an old router";
}

// What other protocols' receivers want is asked for, too: single sources where the way to them leads.
TYPED_TEST(ProxyStreams, OfOtherProtocolsReceiversAreAskedFor) {
  this->StartProxies();
  auto& routes = this->surroundings_.routes.template of<TypeParam>();
  routes.Add({.prefix = typename TypeParam::Prefix(this->Named("S"), TypeParam::kAddressBits),
              .interface = this->Id(4),
              .upstream_neighbour = {}});
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  this->Turn();
  EXPECT_EQ(this->Said(4), "TO_EX(G)");
  EXPECT_EQ(this->Said(7), "TO_EX(G)") << "any source may be there";
  this->Settle();
  ASSERT_EQ(this->world.Add("P2", "S", "G2", 2), NO_ERROR);
  this->Turn();
  EXPECT_EQ(this->Said(4), "ALLOW(G2:S)");
  EXPECT_EQ(this->Said(7), "");
  this->Settle();
  ASSERT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Delete("P2", "S", "G2", 2), NO_ERROR);
  this->Turn();
  EXPECT_EQ(this->Said(4), "TO_IN(G) BLOCK(G2:S)");
  this->Settle();
  ASSERT_EQ(this->world.Add("P2", "*", "*", 2), NO_ERROR);
  this->Turn();
  EXPECT_EQ(this->Said(4), "") << "there are no words for it";
}

// Invariant: a protocol that takes the upstream suspends the instance, and its release gives all of it back.
TYPED_TEST(ProxyStreams, OfAnUpstreamThatAProtocolTakesAreItsOwn) {
  this->StartProxies();
  this->Report(5, RecordType::kToExclude, "G");
  this->world.SetRoute("S2", 6);
  ASSERT_EQ(this->Stream("S2", 6), "i6 -> {i4 i5}");
  this->Settle();
  ASSERT_EQ(this->world.Register("P4"), NO_ERROR);
  ASSERT_EQ(this->world.Take("P4", 4), NO_ERROR);
  this->Turn();
  EXPECT_EQ(this->Said(4), "TO_IN(G)");
  EXPECT_EQ(this->world.Entry("S2", "G"), "i6 -> {i5}");
  ASSERT_EQ(this->surroundings_.proxy_changes.size(), 1U);
  EXPECT_EQ(this->surroundings_.proxy_changes[0].upstream, "i4");
  EXPECT_TRUE(this->surroundings_.proxy_changes[0].suspended);
  this->Settle();
  this->Report(6, RecordType::kToExclude, "G2");
  EXPECT_EQ(this->Said(4), "");
  ASSERT_EQ(this->world.Release("P4", 4), NO_ERROR);
  this->Turn();
  EXPECT_EQ(this->Said(4), "TO_EX(G) TO_EX(G2)");
  EXPECT_EQ(this->world.Entry("S2", "G"), "i6 -> {i4 i5}");
  ASSERT_EQ(this->surroundings_.proxy_changes.size(), 2U);
  EXPECT_FALSE(this->surroundings_.proxy_changes[1].suspended);
}

// Both are one link: what is asked downstream comes in upstream.
TYPED_TEST(ProxyStreams, StopWhereUpstreamAndDownstreamAreOneLink) {
  this->StartProxies();
  this->Report(5, RecordType::kToExclude, "G");
  this->Settle();
  const membership::Query<TypeParam> query{.version = membership::Version::kV3, .max_response = 10000ms};
  const auto message = membership::WriteQuery<TypeParam>(query);
  const auto all_hosts = membership::Protocol<TypeParam>::kAllHosts;
  const auto own = this->surroundings_.links[4];
  this->Arrive(4, this->OnLink(5, 254), all_hosts, message);
  EXPECT_EQ(this->Said(4), "") << "another station with the address";
  this->Arrive(4, this->OnLink(5, 254), all_hosts, message, own.mac);
  EXPECT_EQ(this->Said(4), "TO_IN(G)");
  ASSERT_EQ(this->surroundings_.proxy_changes.size(), 1U);
  EXPECT_EQ(this->surroundings_.proxy_changes[0].why, "a downstream interface is on the same link");
  this->Settle();
  this->Report(5, RecordType::kIsExclude, "G");
  this->Advance(253s);
  EXPECT_EQ(this->surroundings_.proxy_changes.size(), 2U) << "none has come in for as long as one is waited for";
  EXPECT_EQ(this->Said(4).substr(0, 8), "TO_EX(G)");
}

TYPED_TEST(ProxyStreams, OfAReleasedLinkAreNotAskedForAnyMore) {
  this->StartProxies();
  this->Report(5, RecordType::kToExclude, "G");
  this->Report(6, RecordType::kToExclude, "G2");
  this->Settle();
  ASSERT_TRUE(this->protocol_->Release(this->Id(5)).ok());
  this->Turn();
  EXPECT_EQ(this->Said(4), "TO_IN(G)");
  this->Settle();
  ASSERT_TRUE(this->protocol_->Release(this->Id(4)).ok());
  EXPECT_EQ(this->Said(4), "TO_IN(G2)");
  this->Report(6, RecordType::kToExclude, "G3");
  this->Advance(1s);
  EXPECT_EQ(this->Said(4), "");
}

}  // namespace
}  // namespace mgmd::conformance
