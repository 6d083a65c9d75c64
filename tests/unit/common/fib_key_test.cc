// Invariant: keys of different entries differ, and a key gives back what it was made from.

#include "common/fib_key.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "absl/hash/hash.h"

namespace mgmd {
namespace {

constexpr Ipv4Address kSource(10, 0, 0, 1);
constexpr Ipv4Address kGroup(239, 1, 2, 3);

TEST(Ipv4FibKey, OfSourceAndGroupGivesThemBack) {
  const Ipv4FibKey key = Ipv4FibKey::SourceGroupUnchecked(kSource, kGroup);
  EXPECT_FALSE(key.is_wildcard());
  EXPECT_EQ(key.source(), kSource);
  EXPECT_EQ(key.group(), kGroup);
  EXPECT_EQ(key.group_length(), 32);
  EXPECT_EQ(key.bits(), 0x0A000001'EF010203U);
  EXPECT_EQ(Ipv4FibKey::SourceGroup(kSource, kGroup), key);
}

TEST(Ipv4FibKey, OfAnySourceHasNoSource) {
  const Ipv4FibKey key = Ipv4FibKey::AnySource(kGroup, 16);
  EXPECT_TRUE(key.is_wildcard());
  EXPECT_TRUE(key.source().is_zero());
  EXPECT_EQ(key.group(), Ipv4Address(239, 1, 0, 0));
  EXPECT_EQ(key.group_length(), 16);
}

TEST(Ipv4FibKey, ReadsAsInTheRfcs) {
  EXPECT_EQ(Ipv4FibKey::SourceGroupUnchecked(kSource, kGroup).ToString(), "(10.0.0.1,239.1.2.3)");
  EXPECT_EQ(Ipv4FibKey::AnySource(kGroup).ToString(), "(*,239.1.2.3)");
  EXPECT_EQ(Ipv4FibKey::AnySource(kGroup, 16).ToString(), "(*,239.1.0.0/16)");
  EXPECT_EQ(Ipv4FibKey::AllGroups().ToString(), "(*,*)");
}

TEST(Ipv4FibKey, DiffersForEachPrefixLengthOfAGroup) {
  const Ipv4Address lowest(224, 0, 0, 0);  // has the same bits at every length
  std::set<Ipv4FibKey> keys;
  for (int length = 4; length <= 32; ++length) keys.insert(Ipv4FibKey::AnySource(lowest, length));
  EXPECT_EQ(keys.size(), 29U);
  EXPECT_FALSE(keys.contains(Ipv4FibKey()));  // no entry has the empty key
}

TEST(Ipv4FibKey, OfASourceThatCannotSendIsNone) {
  for (uint32_t top = 0; top < 256; ++top) {
    const bool can_send = top != 0 && top != 127 && top < 224;
    for (const uint32_t rest : {0u, 1u, 4u, 32u, 0xFFFFFFu}) {
      const Ipv4Address source(top << 24 | rest);
      const auto key = Ipv4FibKey::SourceGroup(source, kGroup);
      ASSERT_EQ(key.has_value(), can_send) << source.ToString();
      if (key.has_value()) {
        EXPECT_FALSE(key->is_wildcard()) << source.ToString();
        EXPECT_EQ(key->source(), source);
      }
    }
  }
}

TEST(Ipv4FibKey, CoversThePacketsOfItsStreams) {
  const Ipv4Address other_source(10, 0, 0, 2);
  const Ipv4Address other_group(239, 2, 2, 3);
  const struct {
    Ipv4FibKey key;
    bool own, of_other_source, of_other_group;
  } rows[] = {
      {Ipv4FibKey::SourceGroupUnchecked(kSource, kGroup), true, false, false},
      {Ipv4FibKey::AnySource(kGroup), true, true, false},
      {Ipv4FibKey::AnySource(kGroup, 16), true, true, false},
      {Ipv4FibKey::AnySource(kGroup, 8), true, true, true},
      {Ipv4FibKey::AllGroups(), true, true, true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(row.key.Covers(kSource, kGroup), row.own) << row.key.ToString();
    EXPECT_EQ(row.key.Covers(other_source, kGroup), row.of_other_source) << row.key.ToString();
    EXPECT_EQ(row.key.Covers(kSource, other_group), row.of_other_group) << row.key.ToString();
  }
}

TEST(Ipv4FibKey, OfRandomStreamsIsUniqueAndReversible) {
  std::mt19937 random(5);
  std::set<uint64_t> bits;
  std::set<std::string> names;
  for (int i = 0; i < 2000; ++i) {
    const Ipv4Address group(0xE0000000 | (random() >> 4));
    const bool any_source = random() % 2 == 0;
    const Ipv4FibKey key =
        any_source ? Ipv4FibKey::AnySource(group, 4 + static_cast<int>(random() % 29))
                   : Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x01000000 + random() % 0x7E000000), group);
    bits.insert(key.bits());
    names.insert(key.ToString());
    EXPECT_EQ(key.is_wildcard(), any_source);
  }
  EXPECT_EQ(bits.size(), names.size());
}

TEST(Ipv6FibKey, OfSourceAndGroupGivesThemBack) {
  const Ipv6Address source = *Ipv6Address::Parse("2001:db8::1");
  const Ipv6Address group = *Ipv6Address::Parse("ff3e::4000:1");
  const Ipv6FibKey key = Ipv6FibKey::SourceGroupUnchecked(source, group);
  EXPECT_FALSE(key.is_wildcard());
  EXPECT_EQ(key.source(), source);
  EXPECT_EQ(key.group(), group);
  EXPECT_EQ(key.group_length(), 128);
  EXPECT_EQ(key.ToString(), "(2001:db8::1,ff3e::4000:1)");
}

TEST(Ipv6FibKey, OfASourceThatCannotSendIsNone) {
  const Ipv6Address group = *Ipv6Address::Parse("ff0e::1");
  for (const char* source : {"::", "::1", "::80", "::255.255.255.255", "::10.0.0.1", "::ffff:10.0.0.1", "ff02::1"}) {
    EXPECT_FALSE(Ipv6FibKey::SourceGroup(*Ipv6Address::Parse(source), group).has_value()) << source;
  }
  for (const char* source : {"::1:0:0", "::fffe:10.0.0.1", "0:0:0:0:1::", "fe80::1", "fec0::1", "100::"}) {
    const auto key = Ipv6FibKey::SourceGroup(*Ipv6Address::Parse(source), group);
    ASSERT_TRUE(key.has_value()) << source;
    EXPECT_FALSE(key->is_wildcard()) << source;
  }
}

TEST(Ipv6FibKey, OfAnySourceKeepsTheBitsOfItsLength) {
  const Ipv6Address group = *Ipv6Address::Parse("ff7e:230:ffff::4000:1");
  const struct {
    int length;
    const char* expected;
  } rows[] = {
      {8, "(*,*)"},
      {9, "(*,ff00::/9)"},
      {16, "(*,ff7e::/16)"},
      {33, "(*,ff7e:230:8000::/33)"},
      {127, "(*,ff7e:230:ffff::4000:0/127)"},
      {128, "(*,ff7e:230:ffff::4000:1)"},
  };
  for (const auto& row : rows) {
    const Ipv6FibKey key = Ipv6FibKey::AnySource(group, row.length);
    EXPECT_TRUE(key.is_wildcard());
    EXPECT_EQ(key.group_length(), row.length);
    EXPECT_EQ(key.ToString(), row.expected);
  }
  EXPECT_EQ(Ipv6FibKey::AllGroups(), Ipv6FibKey::AnySource(group, 8));
}

TEST(Ipv6FibKey, CoversItsOwnStreamOrItsGroups) {
  const Ipv6Address source = *Ipv6Address::Parse("2001:db8::1");
  const Ipv6Address other = *Ipv6Address::Parse("2001:db8::2");
  const Ipv6Address group = *Ipv6Address::Parse("ff0e:0:0:1::7");
  const Ipv6Address beside = *Ipv6Address::Parse("ff0e:0:0:2::7");
  const auto key = *Ipv6FibKey::SourceGroup(source, group);
  EXPECT_EQ(key.source(), source);
  EXPECT_TRUE(key.Covers(source, group));
  EXPECT_FALSE(key.Covers(other, group));
  EXPECT_FALSE(key.Covers(source, beside));
  const Ipv6FibKey range = Ipv6FibKey::AnySource(group, 64);
  EXPECT_TRUE(range.source().is_zero());
  EXPECT_TRUE(range.Covers(other, group));
  EXPECT_FALSE(range.Covers(other, beside));
  EXPECT_TRUE(Ipv6FibKey::AllGroups().Covers(other, beside));
  EXPECT_NE(absl::HashOf(key), absl::HashOf(*Ipv6FibKey::SourceGroup(other, group)));
  EXPECT_NE(absl::HashOf(key), absl::HashOf(*Ipv6FibKey::SourceGroup(source, beside)));
}

}  // namespace
}  // namespace mgmd
