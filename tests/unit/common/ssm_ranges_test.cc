// Invariant: a range has the groups that its prefix has, but for ffX0::/12, which has ffXY::/32 with any scope Y.

#include "common/ssm_ranges.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace mgmd {
namespace {

template <class Family>
SsmRanges<Family> Ranges(const std::vector<const char*>& texts) {
  std::vector<typename Family::Prefix> prefixes;
  for (const char* text : texts) prefixes.push_back(*Family::Prefix::Parse(text));
  return SsmRanges<Family>(prefixes);
}

template <class Family>
void ExpectGroups(const SsmRanges<Family>& ranges, const std::vector<const char*>& in,
                  const std::vector<const char*>& out) {
  for (const char* text : in) EXPECT_TRUE(ranges.Has(*Family::Address::Parse(text))) << text;
  for (const char* text : out) EXPECT_FALSE(ranges.Has(*Family::Address::Parse(text))) << text;
}

template <class Family>
bool HasAll(const SsmRanges<Family>& ranges, const char* text) {
  const auto prefix = *Family::Prefix::Parse(text);
  return ranges.HasAll(FibKey<Family>::AnySource(prefix.address(), prefix.length()));
}

TEST(SsmRanges, AreThoseOfTheRfcByDefault) {
  ExpectGroups(SsmRanges<Ipv4>(), {"232.0.0.0", "232.255.255.255"}, {"231.255.255.255", "233.0.0.0", "224.0.0.0"});
  // RFC 4607 section 1: ff3x::/32, whatever the scope.
  ExpectGroups(SsmRanges<Ipv6>(), {"ff30::1", "ff3e::4000:1", "ff3f:0:ffff::"},
               {"ff2e::1", "ff4e::1", "ffbe::1", "ff3e:1::", "ff3e:100::", "fe30::1"});
}

TEST(SsmRanges, AreThoseThatAreGiven) {
  ExpectGroups(Ranges<Ipv4>({"239.1.0.0/16", "225.1.1.1/32"}), {"239.1.255.1", "225.1.1.1"},
               {"232.1.1.1", "239.2.0.0", "225.1.1.2"});
  ExpectGroups(Ranges<Ipv6>({"ffb0::/12", "ff3e::/32", "ff0e::8000:0/97", "ff08::/16"}),
               {"ffb3::1", "ffbe::1", "ff3e::1", "ff0e::8000:0", "ff0e::ffff:ffff", "ff08:1::1"},
               {"ffbe:1::1", "ff3f::1", "ff0e::7fff:ffff", "ff0e:1::8000:0", "ff0e::1:8000:0", "ff09::1"});
  ExpectGroups(Ranges<Ipv4>({"224.0.0.0/4"}), {"224.0.0.0", "239.255.255.255"}, {});
  ExpectGroups(Ranges<Ipv6>({"ff00::/8"}), {"ff00::", "ffff::1"}, {});
}

TEST(SsmRanges, CanBeNone) {
  ExpectGroups(Ranges<Ipv4>({}), {}, {"224.0.0.1", "232.1.1.1", "0.0.0.1"});
  ExpectGroups(Ranges<Ipv6>({}), {}, {"ff00::", "ff3e::1", "100::"});
}

TEST(SsmRanges, HaveAPrefixIfOneOfThemHasAllOfIt) {
  for (const char* text : {"232.0.0.0/8", "232.128.0.0/9", "232.1.1.1/32"}) {
    EXPECT_TRUE(HasAll(SsmRanges<Ipv4>(), text)) << text;
  }
  for (const char* text : {"232.0.0.0/7", "224.0.0.0/4", "233.0.0.0/8"}) {
    EXPECT_FALSE(HasAll(SsmRanges<Ipv4>(), text)) << text;
  }
  for (const char* text : {"ff30::/32", "ff3e::/32", "ff3e::1:0/112", "ff3e::1/128"}) {
    EXPECT_TRUE(HasAll(SsmRanges<Ipv6>(), text)) << text;
  }
  for (const char* text : {"ff30::/12", "ff30::/16", "ff3e::/31", "ff3e:1::/32", "ff00::/8"}) {
    EXPECT_FALSE(HasAll(SsmRanges<Ipv6>(), text)) << text;
  }
}

// A table's lookup tries the first range whether there is one or not.
TEST(SsmRanges, HaveAFirstOneThatHasNoGroupWhereThereAreNone) {
  EXPECT_EQ(Ranges<Ipv4>({"239.1.0.0/16", "225.1.0.0/16"}).ranges().size(), 2U);
  const auto none4 = Ranges<Ipv4>({});
  const auto none6 = Ranges<Ipv6>({});
  ASSERT_TRUE(none4.ranges().empty() && none6.ranges().empty());
  EXPECT_FALSE(none4.ranges().data()->Has(Ipv4Address(232, 1, 1, 1)));
  EXPECT_FALSE(none6.ranges().data()->Has(*Ipv6Address::Parse("ff3e::1")));
}

}  // namespace
}  // namespace mgmd
