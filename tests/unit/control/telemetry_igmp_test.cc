// Invariant: what IGMP and MLD know of hosts is shown whole, in pages that say where they go on, whatever is in it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/control/telemetry_commands_fixture.h"

namespace mgmd::api {
namespace {

using std::chrono::milliseconds;

// Interfaces, groups and sources that a test makes up; every interface has the same groups.
template <class Family>
class FakeIgmp : public views::IgmpReaderOf<Family> {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;

  std::vector<views::IgmpInterfaceOf<Family>> interfaces;
  std::vector<views::IgmpGroupOf<Family>> groups;
  std::vector<views::IgmpSourceOf<Family>> sources;

  views::IgmpInterfacePageOf<Family> Interfaces(std::optional<Interface> from, size_t limit) const override {
    views::IgmpInterfacePageOf<Family> page{.interfaces = {}, .next = {}, .total = interfaces.size()};
    page.next = Fill(
        interfaces, from.value_or(Interface{}), limit, [](const auto& row) { return row.id; }, page.interfaces);
    return page;
  }
  std::optional<views::IgmpGroupPageOf<Family>> Groups(const Interface& interface, const Address& from,
                                                       size_t limit) const override {
    if (!Has(interface)) return std::nullopt;
    views::IgmpGroupPageOf<Family> page{.groups = {}, .next = {}, .total = groups.size()};
    page.next = Fill(
        groups, from, limit, [](const auto& row) { return row.group; }, page.groups);
    return page;
  }
  std::optional<views::IgmpSourcePageOf<Family>> Sources(const Interface& interface, const Address& group,
                                                         const Address& from, size_t limit) const override {
    const auto found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& each) { return each.group == group; });
    if (!Has(interface) || found == groups.end()) return std::nullopt;
    views::IgmpSourcePageOf<Family> page{.group = *found};
    page.next = Fill(
        sources, from, limit, [](const auto& row) { return row.source; }, page.sources);
    return page;
  }
  std::vector<views::NamedCount> Totals() const override { return {}; }

 private:
  bool Has(const Interface& interface) const {
    return std::any_of(interfaces.begin(), interfaces.end(), [&](const auto& each) { return each.id == interface; });
  }
  template <class Row, class Place, class PlaceOf>
  static std::optional<Place> Fill(const std::vector<Row>& all, const Place& from, size_t limit,
                                   const PlaceOf& place_of, std::vector<Row>& rows) {
    EXPECT_LE(limit, views::kMostRows);
    for (const Row& row : all) {
      if (place_of(row) < from) continue;
      if (rows.size() == limit) return place_of(row);
      rows.push_back(row);
    }
    return std::nullopt;
  }
};

Ipv6Address Six(const std::string& text) { return *Ipv6Address::Parse(text); }

class IgmpCommands : public Commands {
 protected:
  IgmpCommands() { source.igmp = {&igmp, &mld}; }

  FakeIgmp<Ipv4> igmp;
  FakeIgmp<Ipv6> mld;
};

TEST_F(IgmpCommands, WhatDoesNotRunIsAnError) {
  source.igmp = {};
  for (const char* command : {"interfaces", "interface,dn1", "groups,dn1", "group,dn1,239.1.1.1"}) {
    EXPECT_EQ(Value<std::string>(Ask(std::string("/igmp/") + command), "error"), "IGMP does not run");
    EXPECT_EQ(Value<std::string>(Ask(std::string("/mld/") + command), "error"), "MLD does not run");
  }
}

TEST_F(IgmpCommands, WhatIsNoInterfaceOrGroupIsAnError) {
  igmp.interfaces.push_back({.id = {1, {}}});
  igmp.groups.push_back({.group = Ipv4Address(239, 1, 1, 1)});
  const auto error = [&](const std::string& line) { return Value<std::string>(Ask(line), "error"); };
  EXPECT_EQ(error("/igmp/interfaces,x"), "usage: /igmp/interfaces[,NAME]");
  EXPECT_EQ(error("/igmp/interface"), "usage: /igmp/interface,NAME");
  EXPECT_EQ(error("/igmp/interface,dn2"), "IGMP is not on dn2");
  for (const char* line : {"/igmp/groups", "/igmp/groups,x", "/igmp/groups,dn1,x", "/igmp/groups,dn1,239.1.1.1,2"}) {
    EXPECT_EQ(error(line), "usage: /igmp/groups,INTERFACE[,GROUP]") << line;
  }
  EXPECT_EQ(error("/igmp/groups,dn2"), "IGMP is not on dn2");
  EXPECT_EQ(error("/mld/groups,dn1"), "MLD is not on dn1");
  for (const char* line : {"/igmp/group", "/igmp/group,dn1", "/igmp/group,dn1,x", "/igmp/group,dn1,239.1.1.1,x",
                           "/igmp/group,dn1,239.1.1.1,10.0.0.1,1"}) {
    EXPECT_EQ(error(line), "usage: /igmp/group,INTERFACE,GROUP[,SOURCE]") << line;
  }
  EXPECT_EQ(error("/igmp/group,dn1,239.1.1.2"), "nobody wants 239.1.1.2 on dn1");
}

TEST_F(IgmpCommands, InterfacesComeInPagesThatHaveEachOnce) {
  for (uint32_t index = 1; index <= 500; ++index) {
    mld.interfaces.push_back({.id = {index, {}},
                              .role = "non_querier",
                              .querier = Six("fe80:1111:1111:1111:1111:1111:1111:1111"),
                              .querier_for = milliseconds(INT64_MAX),
                              .querier_heard = milliseconds(INT64_MAX),
                              .next_query = milliseconds(INT64_MAX),
                              .version = 2,
                              .told = "not_forwarded",
                              .groups = UINT64_MAX,
                              .sources = UINT64_MAX,
                              .hosts = index});
  }
  const auto pages = Pages("/mld/interfaces");
  const auto hosts = Column<uint64_t>(pages, "hosts");
  ASSERT_EQ(hosts.size(), 500u);
  for (size_t row = 0; row < hosts.size(); ++row) EXPECT_EQ(hosts[row], row + 1);
  EXPECT_EQ(Value<uint64_t>(pages.front(), "total"), 500u);
  EXPECT_EQ(Value<Strings>(Ask("/mld/interfaces,dn400"), "name").front(), "dn400");
  EXPECT_EQ(Value<std::string>(Ask("/igmp/interfaces"), "next"), "");
}

TEST_F(IgmpCommands, AnInterfaceHasAllOfIt) {
  igmp.interfaces.push_back({.id = {7, {}},
                             .role = "non_querier",
                             .querier = Ipv4Address(10, 0, 0, 1),
                             .address = Ipv4Address(10, 0, 0, 10),
                             .querier_for = milliseconds(60'000),
                             .querier_heard = milliseconds(1500),
                             .querier_left = milliseconds(253'500),
                             .version = 3,
                             .told = "told",
                             .groups = 3,
                             .sources = 4,
                             .hosts = 5,
                             .counts = {{"joins", 9}, {"own", UINT64_MAX}},
                             .traffic = {{"IGMPv3 report", 1, 2, 3, 4}},
                             .variables = {{"robustness", 3, 2}}});
  const TelemetryAnswer answer = Ask("/igmp/interface,dn7");
  EXPECT_EQ(Value<std::string>(answer, "name"), "dn7");
  EXPECT_EQ(Value<std::string>(answer, "role"), "non_querier");
  EXPECT_EQ(Value<std::string>(answer, "querier"), "10.0.0.1");
  EXPECT_EQ(Value<std::string>(answer, "address"), "10.0.0.10");
  EXPECT_EQ(Value<uint64_t>(answer, "querier_for_ms"), 60'000u);
  EXPECT_EQ(Value<uint64_t>(answer, "querier_heard_ms"), 1500u);
  EXPECT_EQ(Value<uint64_t>(answer, "querier_left_ms"), 253'500u);
  EXPECT_EQ(Value<uint64_t>(answer, "next_query_ms"), 0u) << "never";
  EXPECT_EQ(Value<Strings>(answer, "variable"), Strings{"robustness"});
  EXPECT_EQ(Value<Numbers>(answer, "in_force"), Numbers{3});
  EXPECT_EQ(Value<Numbers>(answer, "configured"), Numbers{2});
  EXPECT_EQ(Value<Strings>(answer, "message"), Strings{"IGMPv3 report"});
  EXPECT_EQ(Value<Numbers>(answer, "sent_octets"), Numbers{4});
  EXPECT_EQ(Value<Strings>(answer, "counter"), (Strings{"joins", "own"}));
  EXPECT_EQ(Value<Numbers>(answer, "count"), (Numbers{9, UINT64_MAX}));
}

TEST_F(IgmpCommands, GroupsComeInPagesThatHaveEachOnce) {
  mld.interfaces.push_back({.id = {1, {}}});
  for (int group = 0; group < 1000; ++group) {
    mld.groups.push_back({.group = Six("ff3e:1111:1111:1111:1111:1111:1111:" + std::to_string(1000 + group)),
                          .mode = "exclude",
                          .version = 2,
                          .up_time = milliseconds(INT64_MAX),
                          .expires = milliseconds(INT64_MAX),
                          .sources = UINT64_MAX,
                          .hosts = UINT64_MAX,
                          .last_reporter = Six("fe80:1111:1111:1111:1111:1111:1111:1111"),
                          .static_members = "sources",
                          .questions_left = 7,
                          .told = "not_forwarded"});
  }
  const auto groups = Column<std::string>(Pages("/mld/groups,dn1"), "group");
  EXPECT_EQ(groups.size(), 1000u);
  EXPECT_EQ(std::set<std::string>(groups.begin(), groups.end()).size(), 1000u);
  EXPECT_EQ(Value<Strings>(Ask("/mld/groups,dn1," + groups[900]), "group").front(), groups[900]);
}

TEST_F(IgmpCommands, AGroupsSourcesComeInPagesThatHaveEachOnce) {
  mld.interfaces.push_back({.id = {1, {}}});
  mld.groups.push_back({.group = Six("ff0e::1"),
                        .mode = "exclude",
                        .version = 1,
                        .expires = milliseconds(5),
                        .v2_expires = milliseconds(6),
                        .last_reporter = Six("fe80::9")});
  for (int number = 0; number < 1000; ++number) {
    mld.sources.push_back({.source = Six("2001:1db8:1111:1111:1111:1111:1111:" + std::to_string(1000 + number)),
                           .forwarded = number % 2 == 0,
                           .is_static = number == 0,
                           .expires = milliseconds(INT64_MAX),
                           .questions_left = 2,
                           .told = number % 2 == 0 ? "" : "blocked"});
  }
  const auto pages = Pages("/mld/group,dn1,ff0e::1");
  EXPECT_EQ(Value<std::string>(pages.front(), "last_reporter"), "fe80::9");
  EXPECT_EQ(Value<uint64_t>(pages.front(), "v1_expires_ms"), 6u) << "of MLDv1";
  const auto sources = Column<std::string>(pages, "source");
  const auto states = Column<std::string>(pages, "state");
  const auto told = Column<std::string>(pages, "source_told");
  ASSERT_EQ(sources.size(), 1000u);
  for (size_t row = 0; row < sources.size(); ++row) {
    EXPECT_EQ(sources[row], mld.sources[row].source.ToString());
    EXPECT_EQ(states[row], row % 2 == 0 ? "forwarded" : "blocked");
    EXPECT_EQ(told[row], mld.sources[row].told);
  }
  EXPECT_EQ(Value<Strings>(pages.front(), "source_static").front(), "true");
  EXPECT_EQ(Value<Numbers>(pages.front(), "source_questions_left").front(), 2u);
}

}  // namespace
}  // namespace mgmd::api
