// Invariant: an address is the same number however it came and left, and text that is no address or prefix is none.

#include "common/ip_address.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string>

#include "absl/container/flat_hash_set.h"

namespace mgmd {
namespace {

TEST(Ipv4Address, CrossesTheBordersInNetworkOrder) {
  const std::array<uint8_t, 4> wire = {232, 1, 2, 3};
  uint32_t network = 0;
  std::memcpy(&network, wire.data(), sizeof(network));
  const Ipv4Address address = Ipv4Address::FromNetwork(network);
  EXPECT_EQ(address, Ipv4Address(232, 1, 2, 3));
  EXPECT_EQ(address.host_order(), 0xE8010203U);
  EXPECT_EQ(address.ToNetwork(), network);
}

TEST(Ipv4Address, IsReadFromDottedQuadsOnly) {
  for (const char* text : {"0.0.0.0", "10.0.0.1", "232.1.1.1", "255.255.255.255"}) {
    const auto address = Ipv4Address::Parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->ToString(), text);
  }
  for (const char* text :
       {"", "10", "10.0.0", "10.0.0.0.1", "10.0.0.256", "010.0.0.1", "10.0.0.01", " 10.0.0.1", "10.0.0.1 ",
        "10.0.0.1/32", "0x0a.0.0.1", "10.0.0.-1", "ten.0.0.1", "::1", "10.0.0.100000000000000000000000000000"}) {
    EXPECT_EQ(Ipv4Address::Parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(Ipv4Address::Parse(std::string_view("10.0.0.1\0", 9)), std::nullopt);
}

TEST(Ipv4Address, IsOrderedAsANumber) {
  const std::set<Ipv4Address> ordered = {Ipv4Address(10, 0, 1, 0), Ipv4Address(9, 255, 255, 255),
                                         Ipv4Address(10, 0, 0, 255)};
  EXPECT_EQ(ordered.begin()->ToString(), "9.255.255.255");
  EXPECT_EQ(ordered.rbegin()->ToString(), "10.0.1.0");
}

TEST(Ipv4Address, KnowsWhatItIs) {
  const struct {
    const char* text;
    bool multicast, link_local, source;
  } rows[] = {
      {"0.0.0.0", false, false, false},        {"0.0.0.1", false, false, false},
      {"1.0.0.0", false, false, true},         {"10.0.0.1", false, false, true},
      {"126.255.255.255", false, false, true}, {"127.0.0.1", false, false, false},
      {"128.0.0.1", false, false, true},       {"223.255.255.255", false, false, true},
      {"224.0.0.0", true, true, false},        {"224.0.0.255", true, true, false},
      {"224.0.1.0", true, false, false},       {"231.255.255.255", true, false, false},
      {"232.0.0.0", true, false, false},       {"232.255.255.255", true, false, false},
      {"233.0.0.0", true, false, false},       {"239.255.255.255", true, false, false},
      {"240.0.0.0", false, false, false},      {"255.255.255.255", false, false, false},
  };
  for (const auto& row : rows) {
    const Ipv4Address address = *Ipv4Address::Parse(row.text);
    EXPECT_EQ(address.is_multicast(), row.multicast) << row.text;
    EXPECT_EQ(address.is_link_local_multicast(), row.link_local) << row.text;
    EXPECT_EQ(address.is_valid_source(), row.source) << row.text;
    EXPECT_EQ(address.is_zero(), std::string_view(row.text) == "0.0.0.0") << row.text;
  }
}

TEST(Ipv4Address, HashesByValue) {
  absl::flat_hash_set<Ipv4Address> set = {Ipv4Address(10, 0, 0, 1), Ipv4Address(0x0A000001)};
  EXPECT_EQ(set.size(), 1U);
}

TEST(Ipv6Address, IsReadAndWrittenInItsShortForm) {
  const auto address = Ipv6Address::Parse("ff3e:0:0::4000:1");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->ToString(), "ff3e::4000:1");
  EXPECT_EQ(address->bytes()[1], 0x3E);
  EXPECT_TRUE(address->is_multicast());
  EXPECT_FALSE(Ipv6Address::Parse("fe80::1")->is_multicast());
  EXPECT_LT(*Ipv6Address::Parse("fe80::1"), *address);
  for (const char* text : {"", "::g", "1:2:3", "ff3e::4000::1", "10.0.0.1", "fe80::1%eth0",
                           "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    EXPECT_EQ(Ipv6Address::Parse(text), std::nullopt) << text;
  }
}

TEST(Ipv6Address, HasOneText) {
  const struct {
    const char* read;
    const char* written;
  } rows[] = {
      // RFC 5952 section 4.1: no leading zeros. 4.3: lower case.
      {"2001:0DB8:0001::0ABC", "2001:db8:1::abc"},
      // 4.2.1: as short as possible. 4.2.2: never for one field only.
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
      {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      // 4.2.3: the longest row of zeros, of equal ones the first.
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"0:0:0:0:0:0:0:0", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"ff0e:0:0:0:0:0:0:0", "ff0e::"},
      // 5: the addresses of RFC 4291 section 2.5.5 with dots.
      {"::ffff:a00:1", "::ffff:10.0.0.1"},
      {"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
      {"64:ff9b::a00:1", "64:ff9b::a00:1"},
  };
  for (const auto& row : rows) {
    const auto address = Ipv6Address::Parse(row.read);
    ASSERT_TRUE(address) << row.read;
    EXPECT_EQ(address->ToString(), row.written);
    EXPECT_EQ(Ipv6Address::Parse(row.written), address);
  }
}

TEST(Ipv6Address, StandsInAPacketAsItsOctets) {
  std::array<uint8_t, 18> packet;
  for (size_t at = 0; at < packet.size(); ++at) packet[at] = static_cast<uint8_t>(at);
  EXPECT_EQ(Ipv6Address::FromNetwork(packet.data() + 1), Ipv6Address::Parse("102:304:506:708:90a:b0c:d0e:f10"));
}

TEST(Ipv6Address, KnowsItsScope) {
  for (int flags = 0; flags < 16; ++flags) {
    for (int scope = 0; scope < 16; ++scope) {
      std::array<uint8_t, 16> bytes{0xFF, static_cast<uint8_t>(flags << 4 | scope)};
      bytes[15] = 1;
      const Ipv6Address group(bytes);
      EXPECT_EQ(group.scope(), scope);
      EXPECT_EQ(group.is_link_local_multicast(), scope <= 2) << group.ToString();
      EXPECT_FALSE(group.is_link_local()) << group.ToString();
    }
  }
  for (const char* text : {"fe80::", "fe80::1", "fe80:1::1", "febf:ffff::1"}) {
    EXPECT_TRUE(Ipv6Address::Parse(text)->is_link_local()) << text;
  }
  for (const char* text : {"fe7f::1", "fec0::1", "fd80::1", "ff02::1", "2001:db8::1"}) {
    EXPECT_FALSE(Ipv6Address::Parse(text)->is_link_local()) << text;
  }
}

TEST(Ipv6Prefix, ContainsWhatItsLengthSays) {
  const Ipv6Address address = *Ipv6Address::Parse("2001:db8:ffff:ffff::1");
  const struct {
    int length;
    const char* expected;
    const char* inside;
    const char* outside;
  } rows[] = {
      {0, "::/0", "ff0e::1", nullptr},
      {1, "::/1", "7fff::", "8000::"},
      {33, "2001:db8:8000::/33", "2001:db8:8000::7", "2001:db8:7fff::"},
      {64, "2001:db8:ffff:ffff::/64", "2001:db8:ffff:ffff::2", "2001:db8:ffff:fffe::1"},
      {127, "2001:db8:ffff:ffff::/127", "2001:db8:ffff:ffff::", "2001:db8:ffff:ffff::2"},
      {128, "2001:db8:ffff:ffff::1/128", "2001:db8:ffff:ffff::1", "2001:db8:ffff:ffff::"},
  };
  for (const auto& row : rows) {
    const Ipv6Prefix prefix(address, row.length);
    EXPECT_EQ(prefix.ToString(), row.expected);
    EXPECT_EQ(prefix.length(), row.length);
    EXPECT_TRUE(prefix.Contains(address)) << row.expected;
    EXPECT_TRUE(prefix.Contains(*Ipv6Address::Parse(row.inside))) << row.expected;
    if (row.outside == nullptr) continue;
    EXPECT_FALSE(prefix.Contains(*Ipv6Address::Parse(row.outside))) << row.expected;
  }
}

TEST(Ipv6Prefix, KnowsTheHighestScopeOfItsGroups) {
  const struct {
    const char* groups;
    int scope;
  } rows[] = {{"ff00::/8", 15}, {"ff30::/12", 15}, {"ff00::/13", 7}, {"ff08::/13", 15}, {"ff04::/14", 7},
              {"ff00::/15", 1}, {"ff02::/15", 3},  {"ff02::/16", 2}, {"ff15::/17", 5},  {"ff7e::1/128", 14}};
  for (const auto& row : rows) EXPECT_EQ(Ipv6Prefix::Parse(row.groups)->highest_scope(), row.scope) << row.groups;
}

TEST(Ipv4Prefix, ClearsTheBitsBehindItsLength) {
  const Ipv4Prefix prefix(Ipv4Address(10, 1, 2, 3), 15);
  EXPECT_EQ(prefix.address(), Ipv4Address(10, 0, 0, 0));
  EXPECT_EQ(prefix.mask(), Ipv4Address(255, 254, 0, 0));
  EXPECT_EQ(prefix.ToString(), "10.0.0.0/15");
  EXPECT_EQ(Ipv4Prefix(Ipv4Address(10, 1, 2, 3), 0), Ipv4Prefix());
  EXPECT_EQ(Ipv4Prefix(Ipv4Address(10, 1, 2, 3), 32).address(), Ipv4Address(10, 1, 2, 3));
}

TEST(Ipv4Prefix, ContainsFromItsFirstToItsLastAddress) {
  const Ipv4Prefix prefix(Ipv4Address(10, 1, 4, 0), 22);
  EXPECT_FALSE(prefix.Contains(Ipv4Address(10, 1, 3, 255)));
  EXPECT_TRUE(prefix.Contains(Ipv4Address(10, 1, 4, 0)));
  EXPECT_TRUE(prefix.Contains(Ipv4Address(10, 1, 7, 255)));
  EXPECT_FALSE(prefix.Contains(Ipv4Address(10, 1, 8, 0)));
  EXPECT_TRUE(Ipv4Prefix().Contains(Ipv4Address(255, 255, 255, 255)));
  EXPECT_TRUE(Ipv4Prefix(Ipv4Address(10, 0, 0, 1), 32).Contains(Ipv4Address(10, 0, 0, 1)));
  EXPECT_FALSE(Ipv4Prefix(Ipv4Address(10, 0, 0, 1), 32).Contains(Ipv4Address(10, 0, 0, 0)));
}

TEST(Prefix, IsReadWithoutHostBits) {
  EXPECT_EQ(Ipv4Prefix::Parse("10.0.0.0/8"), Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8));
  EXPECT_EQ(Ipv4Prefix::Parse("0.0.0.0/0"), Ipv4Prefix());
  EXPECT_EQ(Ipv4Prefix::Parse("10.0.0.1"), Ipv4Prefix(Ipv4Address(10, 0, 0, 1), 32));
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "0.0.0.0/-0", "10.0.0.0/8x",
                           "10.0.0.0/ 8", "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0.0/255.0.0.0", "::/0"}) {
    EXPECT_EQ(Ipv4Prefix::Parse(text), std::nullopt) << text;
  }
  const Ipv6Address address = *Ipv6Address::Parse("2001:db8::");
  EXPECT_EQ(Ipv6Prefix::Parse("2001:db8::/32"), Ipv6Prefix(address, 32));
  EXPECT_EQ(Ipv6Prefix::Parse("2001:0DB8:0::/33"), Ipv6Prefix(address, 33));
  EXPECT_EQ(Ipv6Prefix::Parse("::/0"), Ipv6Prefix());
  EXPECT_EQ(Ipv6Prefix::Parse("2001:db8::"), Ipv6Prefix(address, 128));
  for (const char* text :
       {"", "/8", "2001:db8::/", "2001:db8::/129", "2001:db8::/-1", "::/-0", "2001:db8::/32x", "2001:db8::/ 32",
        "2001:db8::/32/32", "2001:db8::1/64", "2001:db8::/28", "2001:db8::/ffff::", "fe80::%eth0/64", "10.0.0.0/8"}) {
    EXPECT_EQ(Ipv6Prefix::Parse(text), std::nullopt) << text;
  }
}

TEST(Prefix, IsMulticastWhereAllOfItIs) {
  for (const char* groups : {"224.0.0.0/4", "239.1.0.0/16", "239.1.1.1"}) {
    EXPECT_TRUE(Ipv4Prefix::Parse(groups)->is_multicast()) << groups;
  }
  for (const char* not_all : {"224.0.0.0/3", "0.0.0.0/0", "10.0.0.0/8", "240.0.0.0/4"}) {
    EXPECT_FALSE(Ipv4Prefix::Parse(not_all)->is_multicast()) << not_all;
  }
  for (const char* groups : {"ff00::/8", "ff0e::/16", "ff0e::1"}) {
    EXPECT_TRUE(Ipv6Prefix::Parse(groups)->is_multicast()) << groups;
  }
  for (const char* not_all : {"fe00::/7", "::/0", "fe80::/10", "2001:db8::/32"}) {
    EXPECT_FALSE(Ipv6Prefix::Parse(not_all)->is_multicast()) << not_all;
  }
}

TEST(Address, SharesBitsUpToTheFirstThatDiffers) {
  EXPECT_EQ(CommonBits(Ipv4Address(10, 0, 0, 0), Ipv4Address(10, 0, 0, 0)), 32);
  EXPECT_EQ(CommonBits(Ipv4Address(10, 0, 0, 0), Ipv4Address(10, 0, 0, 1)), 31);
  EXPECT_EQ(CommonBits(Ipv4Address(10, 0, 0, 0), Ipv4Address(138, 0, 0, 0)), 0);
  const Ipv6Address one = *Ipv6Address::Parse("2001:db8::1");
  EXPECT_EQ(CommonBits(one, one), 128);
  EXPECT_EQ(CommonBits(one, *Ipv6Address::Parse("2001:db8::")), 127);
  EXPECT_EQ(CommonBits(one, *Ipv6Address::Parse("2001:db8:8000::1")), 32);
  EXPECT_EQ(CommonBits(one, *Ipv6Address::Parse("a001:db8::1")), 0);
}

TEST(Prefix, OfOneAddressCanBeWrittenAsTheAddress) {
  for (const char* text : {"10.0.0.1", "10.0.0.0/31", "0.0.0.0/0"}) {
    EXPECT_EQ(Ipv4Prefix::Parse(text)->ToShortString(), text);
  }
  for (const char* text : {"2001:db8::1", "2001:db8::/127", "::/0"}) {
    EXPECT_EQ(Ipv6Prefix::Parse(text)->ToShortString(), text);
  }
}

}  // namespace
}  // namespace mgmd
