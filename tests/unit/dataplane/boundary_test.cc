#include "dataplane/interfaces/boundary.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mgmd::dataplane {
namespace {

Ipv4Prefix Prefix(const char* text) { return Ipv4Prefix::Parse(text).value(); }
Ipv4Address Address(const char* text) { return Ipv4Address::Parse(text).value(); }

TEST(BoundarySet, StopsAGroupAtExactlyTheInterfacesWhoseBoundaryContainsIt) {
  // Invariant: interface mask AND group mask is non-zero iff a boundary of the interface contains
  // the group, or the interface has any boundary and the group is in 239.255/16.
  BoundarySet<Ipv4> set;
  const uint64_t none = *set.InterfaceMask({});
  const uint64_t organisation = *set.InterfaceMask(std::vector{Prefix("239.192.0.0/14")});
  const uint64_t two = *set.InterfaceMask(std::vector{Prefix("239.1.0.0/16"), Prefix("239.192.0.0/14")});
  struct Case {
    const char* group;
    bool none, organisation, two;
  };
  for (const Case& c : {Case{"239.191.255.255", false, false, false}, Case{"239.192.0.0", false, true, true},
                        Case{"239.195.255.255", false, true, true}, Case{"239.196.0.0", false, false, false},
                        Case{"239.1.2.3", false, false, true}, Case{"239.255.0.1", false, true, true},
                        Case{"232.1.1.1", false, false, false}}) {
    const uint64_t mask = set.GroupMask(Address(c.group));
    EXPECT_EQ((mask & none) != 0, c.none) << c.group;
    EXPECT_EQ((mask & organisation) != 0, c.organisation) << c.group;
    EXPECT_EQ((mask & two) != 0, c.two) << c.group;
  }
}

TEST(BoundarySet, HasNothingToCompareWithoutBoundaries) {
  // Invariant: the dataplane may skip everything while any() is false.
  BoundarySet<Ipv4> set;
  EXPECT_FALSE(set.any());
  EXPECT_EQ(set.InterfaceMask({}), 0u);
  EXPECT_FALSE(set.any());
  EXPECT_EQ(set.GroupMask(Address("239.255.1.1")), 0u);
  set.InterfaceMask(std::vector{Prefix("239.1.0.0/16")});
  EXPECT_TRUE(set.any());
}

TEST(BoundarySet, TakesSixtyFourDistinctPrefixesAndRefusesOneMore) {
  // Invariant: prefixes are counted once however often they are named; the local scope counts.
  BoundarySet<Ipv4> set;
  std::vector<Ipv4Prefix> prefixes;
  for (int i = 0; i < 63; ++i) prefixes.push_back(Ipv4Prefix(Ipv4Address(239, uint8_t(i), 0, 0), 16));
  EXPECT_EQ(set.InterfaceMask(prefixes), ~uint64_t{0});
  EXPECT_TRUE(set.InterfaceMask(prefixes).has_value());
  EXPECT_FALSE(set.InterfaceMask(std::vector{Prefix("239.200.0.0/16")}).has_value());
  EXPECT_TRUE(set.InterfaceMask(std::vector{Prefix("239.62.0.0/16")}).has_value());
}

TEST(BoundarySet, StopsIpv6GroupsByPrefixAndByScope) {
  // Invariant: a boundary stops the groups that it contains, whatever their last bit; the border of zones up to a scope
  // stops every group of that scope and of narrower ones, whatever the flags.
  BoundarySet<Ipv6> set;
  EXPECT_FALSE(set.any());
  const auto address = [](const char* text) { return Ipv6Address::Parse(text).value(); };
  const auto prefix = [&](const char* text, int length) { return Ipv6Prefix(address(text), length); };
  const uint64_t none = *set.InterfaceMask({});
  const uint64_t wide = *set.InterfaceMask(std::vector{prefix("ff08::", 16)});
  const uint64_t narrow = *set.InterfaceMask(std::vector{prefix("ff0e::1:2:3:4", 127), prefix("ff08::", 16)});
  EXPECT_TRUE(set.any());
  const uint64_t site = *set.InterfaceMask({}, 5);
  struct Case {
    const char* group;
    bool wide, narrow, site;
  };
  for (const Case& c :
       {Case{"ff08::", true, true, false}, Case{"ff08:ffff::1", true, true, false}, Case{"ff09::", false, false, false},
        Case{"ff07::1", false, false, false}, Case{"ff0e::1:2:3:4", false, true, false},
        Case{"ff0e::1:2:3:5", false, true, false}, Case{"ff0e::1:2:3:6", false, false, false},
        Case{"ff05::1", false, false, true}, Case{"ff35::1", false, false, true}, Case{"ff03::1", false, false, true},
        Case{"ff06::1", false, false, false}, Case{"ff0f::1", false, false, false}}) {
    const uint64_t mask = set.GroupMask(address(c.group));
    EXPECT_EQ(mask & none, 0u) << c.group;
    EXPECT_EQ((mask & wide) != 0, c.wide) << c.group;
    EXPECT_EQ((mask & narrow) != 0, c.narrow) << c.group;
    EXPECT_EQ((mask & site) != 0, c.site) << c.group;
  }
  BoundarySet<Ipv6> scopes;
  scopes.InterfaceMask({}, 3);
  EXPECT_TRUE(scopes.any()) << "a border of zones alone is enough";
}

TEST(BoundarySet, TakesFortyEightDistinctIpv6PrefixesAndRefusesOneMore) {
  BoundarySet<Ipv6> set;
  std::vector<Ipv6Prefix> prefixes;
  for (int i = 0; i < 48; ++i) {
    prefixes.push_back(Ipv6Prefix(Ipv6Address::Parse("ff08:" + std::to_string(i) + "::").value(), 32));
  }
  EXPECT_EQ(set.InterfaceMask(prefixes), (uint64_t{1} << 48) - 1);
  EXPECT_FALSE(set.InterfaceMask(std::vector{Ipv6Prefix(Ipv6Address::Parse("ff09::").value(), 32)}).has_value());
}

}  // namespace
}  // namespace mgmd::dataplane
