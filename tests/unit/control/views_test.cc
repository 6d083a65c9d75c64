// Invariant: whoever reads memberships page by page sees each that stands the whole time in exactly one page, whatever
// is joined and left between two pages; and clients and releases are seen as the Group Manager has them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "control/mgm/host.h"
#include "control/mgm/mgm6.h"
#include "control/rib/static_rib.h"
#include "control/views/clients.h"
#include "control/views/counts.h"
#include "control/views/memberships.h"
#include "control/views/releases.h"
#include "tests/fakes/fake_forwarder.h"

namespace mgmd::views {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

constexpr DWORD kProtocol = PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS1, 100);

class Views : public ::testing::Test {
 protected:
  Views() {
    mgm::HostConfig config;
    config.families.of<Ipv4>() = {.forwarder = &forwarder_, .routes = &routes_, .observer = nullptr};
    config.families.of<Ipv6>() = {.forwarder = &forwarder6_, .routes = &routes6_, .observer = nullptr};
    EXPECT_EQ(MgmHostStart(config), NO_ERROR);
    owner_ = Register(kProtocol, 1);
    igmp_ = Register(MS_IP_IGMP, 0);
    for (DWORD index = 1; index <= 3; ++index) EXPECT_EQ(MgmTakeInterfaceOwnership(owner_, index, 0), NO_ERROR);
    EXPECT_EQ(MgmTakeInterfaceOwnership(igmp_, 3, 0), NO_ERROR);
  }
  ~Views() override { MgmHostStop(); }

  static HANDLE Register(DWORD protocol, DWORD component) {
    ROUTING_PROTOCOL_CONFIG callbacks{};
    HANDLE client = nullptr;
    EXPECT_EQ(MgmRegisterMProtocol(&callbacks, protocol, component, &client), NO_ERROR);
    return client;
  }
  static Ipv4Address Group(uint32_t number) { return Ipv4Address(0xEF010000u + number); }
  static void Join(HANDLE client, uint32_t group, DWORD interface) {
    EXPECT_EQ(MgmAddGroupMembershipEntry(client, 0, 0, Group(group).ToNetwork(), ~DWORD{0}, interface, 0,
                                         MGM_JOIN_STATE_FLAG),
              NO_ERROR);
  }
  static void Leave(HANDLE client, uint32_t group, DWORD interface) {
    EXPECT_EQ(MgmDeleteGroupMembershipEntry(client, 0, 0, Group(group).ToNetwork(), ~DWORD{0}, interface, 0,
                                            MGM_JOIN_STATE_FLAG),
              NO_ERROR);
  }

  using Row = std::tuple<std::string, uint32_t, bool, bool>;
  static Row RowOf(const MembershipOf<Ipv4>& membership) {
    return {membership.key.ToString(), membership.interface.index, membership.by_owner, membership.by_igmp};
  }
  // All pages of at most `limit` rows; `between` is called after each.
  template <class Between>
  static std::vector<Row> ReadAll(size_t limit, Between&& between) {
    std::vector<Row> rows;
    std::optional<MembershipPlaceOf<Ipv4>> from;
    do {
      const MembershipPageOf<Ipv4> page = ReadMemberships(from, limit);
      EXPECT_LE(page.memberships.size(), std::min(limit, mgm::kRowsPerTurn));
      for (const MembershipOf<Ipv4>& membership : page.memberships) rows.push_back(RowOf(membership));
      from = page.next;
      between();
    } while (from);
    return rows;
  }

  HANDLE owner_ = nullptr;
  HANDLE igmp_ = nullptr;

 private:
  fakes::FakeForwarder forwarder_;
  fakes::FakeForwarderOf<Ipv6> forwarder6_;
  StaticRib<Ipv4> routes_;  // without routes
  StaticRib<Ipv6> routes6_;
};

TEST_F(Views, MembershipsAreTheSameInPagesOfAnySize) {
  EXPECT_THAT(ReadMemberships<Ipv4>({}, 10).memberships, IsEmpty());
  Join(owner_, 1, 1);
  Join(owner_, 1, 3);
  Join(igmp_, 1, 3);
  Join(igmp_, 2, 3);
  Join(owner_, 3, 2);
  const std::vector<Row> all = {{"(*,239.1.0.1)", 1, true, false},
                                {"(*,239.1.0.1)", 3, true, true},
                                {"(*,239.1.0.2)", 3, false, true},
                                {"(*,239.1.0.3)", 2, true, false}};
  for (const size_t limit : {1, 2, 3, 4, 5, 1000}) EXPECT_EQ(ReadAll(limit, [] {}), all) << limit;
}

TEST_F(Views, MembershipsThatStandAreInOnePageWhateverComesAndGoes) {
  constexpr uint32_t kGroups = 2000;
  for (uint32_t group = 0; group < kGroups; ++group) Join(owner_, group, 1 + group % 3);
  uint32_t left = 0;
  // Before the reader's place and after it: every second one goes, new ones come.
  const auto change = [&] {
    for (int times = 0; times < 40 && left < kGroups; ++times, left += 2) Leave(owner_, left, 1 + left % 3);
    Join(igmp_, left + 1, 3);
  };
  std::multiset<std::string> seen;
  for (const Row& row : ReadAll(100, change)) {
    if (std::get<2>(row)) seen.insert(std::get<0>(row));
  }
  for (uint32_t group = 1; group < kGroups; group += 2) {
    EXPECT_EQ(seen.count("(*," + Group(group).ToString() + ")"), 1u) << group;
  }
  for (const std::string& key : seen) EXPECT_EQ(seen.count(key), 1u) << key;
}

TEST_F(Views, ClientsAreInOrderOfRegistration) {
  EXPECT_THAT(ReadClients(), ElementsAre(Field(&Client::id, mgm::ClientId{kProtocol, 1}),
                                         Field(&Client::id, mgm::ClientId{MS_IP_IGMP, 0})));
}

TEST_F(Views, EachFamilyHasItsLimits) {
  std::vector<std::string> limits;
  for (const Limit& limit : ReadLimits()) limits.push_back(std::string(limit.family) + " " + std::string(limit.name));
  EXPECT_THAT(limits,
              ElementsAre("ipv4 mfes", "ipv4 mfes_per_group", "ipv4 mfes_per_interface", "ipv4 mfes_per_owner",
                          "ipv6 mfes", "ipv6 mfes_per_group", "ipv6 mfes_per_interface", "ipv6 mfes_per_owner"));
}

TEST_F(Views, ReleasesHaveTheirStepsTheLastFirst) {
  Join(owner_, 1, 2);
  EXPECT_EQ(MgmReleaseInterfaceOwnership(owner_, 1, 0), NO_ERROR);
  EXPECT_EQ(MgmReleaseInterfaceOwnership(owner_, 2, 0), NO_ERROR);
  const std::vector<Release> releases = ReadReleases();
  ASSERT_EQ(releases.size(), 2u);
  EXPECT_EQ(releases[0].interface, AnyInterfaceId(InterfaceId{2, {}}));
  EXPECT_EQ(releases[1].interface, AnyInterfaceId(InterfaceId{1, {}}));
  EXPECT_EQ(releases[0].client, (mgm::ClientId{kProtocol, 1}));
  EXPECT_FALSE(releases[0].take);
  EXPECT_TRUE(releases[0].settled);
  EXPECT_EQ(releases[0].steps.front().name, "memberships dropped");
  EXPECT_EQ(releases[0].steps.front().count, 1u);
  EXPECT_EQ(releases[1].steps.front().count, 0u);
}

TEST_F(Views, AReleaseIsReadByItsNumber) {
  MGM6_PROTOCOL_CONFIG callbacks{};
  EXPECT_EQ(Mgm6RegisterMProtocol(&callbacks, kProtocol, 1, &owner_), NO_ERROR);
  EXPECT_EQ(Mgm6TakeInterfaceOwnership(owner_, 2, nullptr), NO_ERROR);
  EXPECT_FALSE(ReadRelease(0));
  EXPECT_EQ(MgmReleaseInterfaceOwnership(owner_, 1, 0), NO_ERROR);
  EXPECT_EQ(MgmReleaseInterfaceOwnership(owner_, 2, 0), NO_ERROR);
  EXPECT_EQ(Mgm6ReleaseInterfaceOwnership(owner_, 2, nullptr), NO_ERROR);
  ASSERT_TRUE(ReadRelease(0) && ReadRelease(1) && ReadRelease(2));
  EXPECT_EQ(ReadRelease(0)->interface, AnyInterfaceId(InterfaceIdOf<Ipv6>{2, {}})) << "the last one";
  EXPECT_EQ(ReadRelease(1)->interface, AnyInterfaceId(InterfaceId{2, {}}));
  EXPECT_EQ(ReadRelease(2)->interface, AnyInterfaceId(InterfaceId{1, {}}));
  EXPECT_FALSE(ReadRelease(3));
  EXPECT_EQ(ReadReleases().size(), 3u);
}

}  // namespace
}  // namespace mgmd::views
