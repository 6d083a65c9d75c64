#include "dataplane/interfaces/boundary.h"

#include <gtest/gtest.h>

#include <vector>

namespace mgmd::dataplane {
namespace {

Ipv4Prefix Prefix(const char* text) { return Ipv4Prefix::Parse(text).value(); }
Ipv4Address Address(const char* text) { return Ipv4Address::Parse(text).value(); }

TEST(BoundarySet, StopsAGroupAtExactlyTheInterfacesWhoseBoundaryContainsIt) {
  // Invariant: interface mask AND group mask is non-zero iff a boundary of the interface contains
  // the group, or the interface has any boundary and the group is in 239.255/16.
  BoundarySet set;
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
  BoundarySet set;
  EXPECT_FALSE(set.any());
  EXPECT_EQ(set.InterfaceMask({}), 0u);
  EXPECT_FALSE(set.any());
  EXPECT_EQ(set.GroupMask(Address("239.255.1.1")), 0u);
  set.InterfaceMask(std::vector{Prefix("239.1.0.0/16")});
  EXPECT_TRUE(set.any());
}

TEST(BoundarySet, TakesSixtyFourDistinctPrefixesAndRefusesOneMore) {
  // Invariant: prefixes are counted once however often they are named; the local scope counts.
  BoundarySet set;
  std::vector<Ipv4Prefix> prefixes;
  for (int i = 0; i < 63; ++i) prefixes.push_back(Ipv4Prefix(Ipv4Address(239, uint8_t(i), 0, 0), 16));
  EXPECT_EQ(set.InterfaceMask(prefixes), ~uint64_t{0});
  EXPECT_TRUE(set.InterfaceMask(prefixes).has_value());
  EXPECT_FALSE(set.InterfaceMask(std::vector{Prefix("239.200.0.0/16")}).has_value());
  EXPECT_TRUE(set.InterfaceMask(std::vector{Prefix("239.62.0.0/16")}).has_value());
}

}  // namespace
}  // namespace mgmd::dataplane
