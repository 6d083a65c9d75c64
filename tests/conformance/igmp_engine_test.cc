// T5, T6, T19, T20, T28 and T29 with the router part of IGMP and MLD in place of a client that a test plays: what hosts
// say becomes memberships, by ManagerClient.

#include <map>
#include <memory>

#include "control/membership/router_part.h"
#include "control/protocols/membership/manager_client.h"
#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

using membership::RecordType;

template <class Family>
class Engine : public Streams<Family>, private protocols::WantedMemberships<Family> {
 protected:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;
  using Protocol = membership::Protocol<Family>;
  using Router = membership::RouterPart<Family>;
  using Values = mgm::CValues<Family>;

  Engine() : client_(*this, {}) { EXPECT_TRUE(client_.Register().ok()); }

  static Address Named(const std::string& name) { return Values::FromC(fakes::AddressOf<Family>::Of(name)); }
  static Interface Id(DWORD interface) { return {.index = interface, .next_hop = {}}; }

  // IGMP comes to the interface.
  void Come(DWORD interface) {
    Part& part = parts_[interface];
    part.changed = [this, interface](const Address& group) { client_.Changed(Id(interface), group); };
    part.router = std::make_unique<Router>(membership::RouterSettings<Family>{}, shared_, part, part, part.counters);
    membership::Link<Family> link{.up = true, .mtu = 1500, .address = OnLink(1), .own = {OnLink(1)}, .networks = {}};
    part.router->Start(link, now_);
    EXPECT_TRUE(client_.Take(Id(interface)).ok());
  }
  // A host says so about G, and control has its turn.
  void Report(DWORD interface, RecordType type, const std::vector<std::string>& sources = {},
              const std::string& group = "G") {
    std::vector<Address> addresses;
    for (const std::string& name : sources) addresses.push_back(Named(name));
    std::sort(addresses.begin(), addresses.end());
    const auto message =
        membership::WriteReport<Family>(std::array{membership::Record<Family>{type, Named(group), addresses}});
    const auto packet = membership::MakePacket<Family>(OnLink(101), Protocol::kAllReports, message);
    parts_[interface].router->Take({.source = OnLink(101),
                                    .destination = Protocol::kAllReports,
                                    .message = std::span<const uint8_t>(packet).subspan(Protocol::kIpHeader)},
                                   {membership::MessageType::kReport, membership::Version::kV3}, now_);
    Turn();
  }
  void Advance(int seconds) {
    for (int second = 0; second < seconds; ++second) {
      now_ += std::chrono::seconds(1);
      for (auto& [interface, part] : parts_) part.router->Tick(now_);
      Turn();
    }
    this->world.Advance(seconds);
  }
  void Turn() {
    while (client_.Flush(now_)) {
    }
  }

  membership::Time now_{std::chrono::hours(1)};
  protocols::ManagerClient<Family> client_;

 private:
  struct Part : membership::MessageOut<Family>, membership::RouterObserver<Family> {
    std::function<void(const Address&)> changed;
    membership::Counters counters;
    std::unique_ptr<Router> router;

    bool Send(membership::MessageKind, const Address&, const Address&, std::span<const uint8_t>) override {
      return true;
    }
    void Changed(const Address& group) override { changed(group); }
  };

  // The addresses of stations are of no interest here.
  static Address OnLink(uint8_t last) {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return Ipv4Address(10, 0, 0, last);
    } else {
      return Ipv6Address(std::array<uint8_t, 16>{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
    }
  }

  membership::Wanted<Family> Describe(const Interface& interface, const Address& group) const override {
    return parts_.at(interface.index).router->Describe(group);
  }
  bool Wants(const Interface& interface, const Address& source, const Address& group) const override {
    return parts_.at(interface.index).router->Wants(source, group);
  }
  std::vector<Address> Groups(const Interface& interface) const override {
    std::vector<Address> groups;
    parts_.at(interface.index).router->ForEachGroup([&](const Address& group) { groups.push_back(group); });
    return groups;
  }

  membership::SharedByRouters<Family> shared_;
  std::map<DWORD, Part> parts_;
};
TYPED_TEST_SUITE(Engine, BothFamilies, FamilyName);

TYPED_TEST(Engine, T5_AProtocolComesToInterfacesWithMembers) {
  this->Come(4);
  this->Report(4, RecordType::kToExclude);
  this->Report(4, RecordType::kToExclude, {}, "G2");
  this->world.TakeEvents();
  ASSERT_EQ(this->world.Register("P4"), NO_ERROR);
  ASSERT_EQ(this->world.Take("P4", 4), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("LJ"), IsEmpty()) << "[DOC] nothing before ENABLE has returned";
  EXPECT_TRUE(this->client_.is_enabled(this->Id(4)));
  this->Turn();
  EXPECT_THAT(this->world.TakeEvents("LJ"), UnorderedElementsAre("LJ P4 (*,G) i4", "LJ P4 (*,G2) i4")) << "[DOC]";
  EXPECT_TRUE(this->client_.is_idle());
}

TYPED_TEST(Engine, T6_AProtocolLeavesInterfacesWithMembers) {
  this->Come(2);
  this->Report(2, RecordType::kToExclude);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}");
  ASSERT_EQ(this->world.Release("P2", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] A9: by contract, until it is joined anew";
  this->Turn();
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] at once, without another first packet";
}

// What hosts say between DISABLE and the turn after ENABLE is not lost.
TYPED_TEST(Engine, T6_WhatHostsSayMeanwhileCounts) {
  this->Come(2);
  this->Report(2, RecordType::kToExclude);
  this->Report(2, RecordType::kToExclude, {}, "G2");
  ASSERT_EQ(this->world.Release("P2", 2), NO_ERROR);
  this->Report(2, RecordType::kToInclude, {}, "G2");  // a question goes out first
  this->Report(2, RecordType::kToExclude, {}, "G3");
  this->world.TakeEvents();
  this->Advance(3);
  EXPECT_EQ(this->client_.Synced(this->Id(2), this->Named("G2")), membership::Wanted<TypeParam>{});
  EXPECT_TRUE(this->client_.Synced(this->Id(2), this->Named("G3")).any);
  EXPECT_TRUE(this->client_.is_idle());
}

TYPED_TEST(Engine, T19_AJoinOnAnUnownedInterface) {
  this->Come(4);
  this->world.TakeEvents();
  this->Report(4, RecordType::kToExclude);
  EXPECT_THAT(this->world.TakeEvents(), UnorderedElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC]";
}

TYPED_TEST(Engine, T20_AJoinOnAnOwnedInterface) {
  this->Come(1);
  this->world.TakeEvents();
  this->Report(1, RecordType::kToExclude);
  EXPECT_THAT(this->world.TakeEvents(), UnorderedElementsAre("LJ P1 (*,G) i1", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC]";
  this->Report(1, RecordType::kIsExclude);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC] a refresh is no call";
  ASSERT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC]";
  this->Report(1, RecordType::kToInclude);
  this->Advance(3);
  EXPECT_THAT(this->world.TakeEvents("LL"), ElementsAre("LL P1 (*,G) i1")) << "[DOC]";
}

TYPED_TEST(Engine, T28_AnExcludedSource) {
  this->Come(4);
  this->world.SetRoute("S2", 1);
  this->Report(4, RecordType::kToExclude, {"S"});
  this->world.TakeEvents();
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] by CREATION's veto";
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {i4}");
  this->Report(4, RecordType::kToExclude);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}") << "[REC] A24: the block is lifted";
  this->Report(4, RecordType::kBlock, {"S2"});
  this->Advance(3);
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {}") << "[REC] nobody has answered";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}");
}

// IGMP's block is IGMP's alone, and what the owner joins besides comes and goes without it.
TYPED_TEST(Engine, T29_AnExcludedSourceBesideTheOwner) {
  this->Come(2);
  this->Report(2, RecordType::kToExclude, {"S"});
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] A25: the owner wants it";
  ASSERT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] T29: nothing of S";
}

TYPED_TEST(Engine, FromIncludeToExcludeNothingStopsInBetween) {
  this->Come(4);
  this->Report(4, RecordType::kAllow, {"S"});
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}");
  const uint64_t applied = this->world.applied();
  this->Report(4, RecordType::kToExclude);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}");
  EXPECT_LE(this->world.applied() - applied, 1U) << "one batch at most";
}

TYPED_TEST(Engine, AllOfItEndsWhenItStops) {
  this->Come(4);
  this->Report(4, RecordType::kToExclude);
  this->world.TakeEvents();
  ASSERT_TRUE(this->client_.Stop().ok());
  EXPECT_THAT(this->world.TakeEvents("U"), UnorderedElementsAre("U P1 (*,G) T", "U P2 (*,G) T", "U P3 (*,G) T"));
}

}  // namespace
}  // namespace mgmd::conformance
