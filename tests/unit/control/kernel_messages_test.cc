// Invariant: what the kernel says of a route or a nexthop object is read as it is, whichever of its ways it says it in,
// and nothing is read beyond a message. The octets are messages of Linux 6.18, to dumps and as events; w0 is the device
// of index 3 and w1 that of index 5.

#include "control/rib/kernel_messages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/support/families.h"

namespace mgmd {
namespace {

// A message in memory of its own size, so that whoever reads beyond it is found out.
class Message {
 public:
  explicit Message(std::string_view hex) {
    const std::string octets = absl::HexStringToBytes(std::string(hex));
    octets_.assign(octets.begin(), octets.end());
  }
  const nlmsghdr& operator*() const { return *reinterpret_cast<const nlmsghdr*>(octets_.data()); }
  uint32_t size() const { return static_cast<uint32_t>(octets_.size()); }
  // The message without its last octets: it ends there, and says so.
  Message CutTo(uint32_t size) const {
    Message cut = *this;
    cut.octets_.resize(size);
    cut.octets_.shrink_to_fit();
    std::memcpy(cut.octets_.data(), &size, sizeof(size));
    return cut;
  }

 private:
  std::vector<uint8_t> octets_;
};

template <class Family>
std::string Text(const KernelNextHop<Family>& next_hop) {
  return absl::StrCat(" dev ", next_hop.netdev,
                      next_hop.gateway.is_zero() ? "" : absl::StrCat(" via ", next_hop.gateway.ToString()),
                      next_hop.alive ? "" : " dead");
}

template <class Family>
std::string Text(const KernelRoute<Family>& route) {
  std::string text =
      absl::StrCat(route.prefix.ToString(), " table ", route.table, " metric ", route.metric, " proto ", route.protocol,
                   route.unicast ? "" : " to nowhere", route.selective ? " selective" : "");
  if (route.nexthop_object != 0) absl::StrAppend(&text, " nhid ", route.nexthop_object);
  for (const auto& next_hop : route.next_hops) text += Text(next_hop);
  return text;
}

template <class Family>
std::string Text(const NexthopObject<Family>& object) {
  std::string text = absl::StrCat("id ", object.id);
  for (const uint32_t member : object.group) absl::StrAppend(&text, " member ", member);
  return text + Text(object.next_hop);
}

struct Row {
  const char* made_by;  // after "ip" or "ip -6"
  const char* message;
  const char* expected;
};

constexpr Row kIpv4Routes[] = {
    {"route add 10.50.0.0/16 via 10.0.0.1 dev w0 proto bgp",
     "3c0000001800020007000000dc7f1af002100000feba00010000000008000f00fe000000080001000a320000080005000a00000108000400"
     "03000000",
     "10.50.0.0/16 table 254 metric 0 proto 186 dev 3 via 10.0.0.1"},
    {"route add 10.50.0.0/16 via 10.1.0.1 dev w1 metric 2000 proto ospf",
     "4400000018000200070000001b33c38902100000febc00010000000008000f00fe000000080001000a32000008000600d0070000080005000"
     "a"
     "0100010800040005000000",
     "10.50.0.0/16 table 254 metric 2000 proto 188 dev 5 via 10.1.0.1"},
    {"address add 10.0.0.254/24 dev w0",
     "3c0000001800020007000000dc7f1af002180000fe02fd010000000008000f00fe000000080001000a000000080007000a0000fe08000400"
     "03000000",
     "10.0.0.0/24 table 254 metric 0 proto 2 dev 3"},
    {"address add 10.1.0.254/24 dev w1, without carrier",
     "3c00000018000200070000007495c9c102180000fe02fd011000000008000f00fe000000080001000a010000080007000a0100fe08000400"
     "05000000",
     "10.1.0.0/24 table 254 metric 0 proto 2 dev 5 dead"},
    {"route add 10.50.0.0/16 nexthop via 10.0.0.1 dev w0 nexthop via 10.1.0.1 dev w1",
     "50000000180002000700000096bb6efb02100000fe0300010000000008000f00fe000000080001000a320000240009001000000003000000"
     "080005000a0000011000000005000000080005000a010001",
     "10.50.0.0/16 table 254 metric 0 proto 3 dev 3 via 10.0.0.1 dev 5 via 10.1.0.1"},
    {"the same, w1 down",
     "5000000018000200070000002cc97d8102100000fe0300010000000008000f00fe000000080001000a320000240009001000000003000000"
     "080005000a0000011000110005000000080005000a010001",
     "10.50.0.0/16 table 254 metric 0 proto 3 dev 3 via 10.0.0.1 dev 5 via 10.1.0.1 dead"},
    {"the same, w1 without carrier",
     "5000000018000200070000007495c9c102100000fe0300010000000008000f00fe000000080001000a320000240009001000000003000000"
     "080005000a0000011000100005000000080005000a010001",
     "10.50.0.0/16 table 254 metric 0 proto 3 dev 3 via 10.0.0.1 dev 5 via 10.1.0.1 dead"},
    {"route add blackhole 10.50.0.0/16",
     "2c0000001800020007000000b96a0acd02100000fe0300060000000008000f00fe000000080001000a320000",
     "10.50.0.0/16 table 254 metric 0 proto 3 to nowhere"},
    {"route add default via 10.0.0.1 dev w0",
     "3400000018000200070000005c8b31ca02000000fe0300010000000008000f00fe000000080005000a0000010800040003000000",
     "0.0.0.0/0 table 254 metric 0 proto 3 dev 3 via 10.0.0.1"},
    {"route add 10.50.0.0/16 dev w0 table 1000",
     "340000001800020007000000fb85cd9902100000fc03fd010000000008000f00e8030000080001000a3200000800040003000000",
     "10.50.0.0/16 table 1000 metric 0 proto 3 dev 3"},
    {"route add 10.60.0.0/16 via inet6 fe80::1 dev w0",
     "4c00000018000200070000002ec0b2af02100000fe0300010000000008000f00fe000000080001000a3c0000160012000a00fe8000000000"
     "0000000000000000000100000800040003000000",
     "10.60.0.0/16 table 254 metric 0 proto 3 dev 3"},
    {"route add 10.50.0.0/16 nhid 10",
     "580000001800020007000000d7c8abc802100000fe0300010000000008000f00fe000000080001000a32000008001e000a00000024000900"
     "1000000003000000080005000a0000011000000005000000080005000a010001",
     "10.50.0.0/16 table 254 metric 0 proto 3 nhid 10 dev 3 via 10.0.0.1 dev 5 via 10.1.0.1"},
    {"the same, nexthop_compat_mode 0",
     "340000001800020007000000aa12aee702100000fe0300010000000008000f00fe000000080001000a32000008001e000a000000",
     "10.50.0.0/16 table 254 metric 0 proto 3 nhid 10"},
    {"route del 10.50.0.0/16 via 10.1.0.1 dev w1, the event",
     "3c00000019000000d75b086b4310000002100000fe0300010000000008000f00fe000000080001000a320000080005000a01000108000400"
     "05000000",
     "10.50.0.0/16 table 254 metric 0 proto 3 dev 5 via 10.1.0.1"},
    {"route add 10.50.0.0/16 tos 0x10 dev w0",
     "34000000180002000700000088da708102100010fe03fd010000000008000f00fe000000080001000a3200000800040003000000",
     "10.50.0.0/16 table 254 metric 0 proto 3 selective dev 3"},
    {"route get 10.50.0.7",
     "70000000180000000700000004aacda402200000fe0000010002000008000f00fe000000080001000a320007080004000300000008000700"
     "0a0000fe080005000a000001080019000000000024000c000200000000000000000000000000000000000000000000000000000000000000",
     "10.50.0.7/32 table 254 metric 0 proto 0 selective dev 3 via 10.0.0.1"},
};

constexpr Row kIpv6Routes[] = {
    {"route add 2001:db8:50::/48 via fe80::1 dev w0 proto bgp",
     "8800000018000200070000009f150cbc0a300000feba00010000000008000f00fe0000001400010020010db8005000000000000000000000"
     "080006000004000014000500fe800000000000000000000000000001080004000300000024000c0000000000000000000000000000000000"
     "000000000000000000000000000000000500140000000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 186 dev 3 via fe80::1"},
    {"route append 2001:db8:50::/48 via fe80::2 dev w1",
     "a800000018000200070000009e5604f80a300000feba00010000000008000f00fe0000001400010020010db8005000000000000000000000"
     "08000600000400003c0009001c0000000300000014000500fe8000000000000000000000000000011c0000000500000014000500fe800000"
     "00000000000000000000000224000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 186 dev 3 via fe80::1 dev 5 via fe80::2"},
    {"the same, w1 down",
     "a8000000180002000700000090cf39f40a300000fe0300010000000008000f00fe0000001400010020010db8005000000000000000000000"
     "08000600000400003c0009001c0000000300000014000500fe8000000000000000000000000000011c0011000500000014000500fe800000"
     "00000000000000000000000224000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 3 dev 3 via fe80::1 dev 5 via fe80::2 dead"},
    {"the same, w1 without carrier",
     "a80000001800020007000000cfd1dcd10a300000fe0300010000000008000f00fe0000001400010020010db8005000000000000000000000"
     "08000600000400003c0009001c0000000300000014000500fe8000000000000000000000000000011c0010000500000014000500fe800000"
     "00000000000000000000000224000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 3 dev 3 via fe80::1 dev 5 via fe80::2 dead"},
    {"route add blackhole 2001:db8:50::/48",
     "740000001800020007000000e07da8d10a300000fe0300060000000008000f00fe0000001400010020010db8005000000000000000000000"
     "0800060000040000080004000100000024000c000000000000000000000000000000000000000000000000000000000000000000050014000"
     "0"
     "000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 3 to nowhere dev 1"},
    {"route add default via fe80::1 dev w0",
     "740000001800020007000000b82a69e30a000000fe0300010000000008000f00fe000000080006000004000014000500fe80000000000000"
     "0000000000000001080004000300000024000c000000000000000000000000000000000000000000000000000000000000000000050014000"
     "0"
     "000000",
     "::/0 table 254 metric 1024 proto 3 dev 3 via fe80::1"},
    {"route add 2001:db8:50::/48 dev w0 table 1000",
     "7400000018000200070000009e22f5d40a300000fc0300010000000008000f00e80300001400010020010db8005000000000000000000000"
     "0800060000040000080004000300000024000c000000000000000000000000000000000000000000000000000000000000000000050014000"
     "0"
     "000000",
     "2001:db8:50::/48 table 1000 metric 1024 proto 3 dev 3"},
    {"route add 2001:db8:50::/48 nhid 11, nexthop_compat_mode 0",
     "740000001800020007000000abf871a00a300000fe0300010000000008000f00fe0000001400010020010db8005000000000000000000000"
     "080006000004000008001e000b00000024000c00000000000000000000000000000000000000000000000000000000000000000005001400"
     "00000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 3 nhid 11"},
    {"route add 2001:db8:60::/48 from 2001:db8:1::/48 dev w0",
     "88000000180002000700000033834b880a303000fe0300010000000008000f00fe0000001400010020010db8006000000000000000000000"
     "1400020020010db80001000000000000000000000800060000040000080004000300000024000c0000000000000000000000000000000000"
     "000000000000000000000000000000000500140000000000",
     "2001:db8:60::/48 table 254 metric 1024 proto 3 selective dev 3"},
    {"route del of one next hop, the event",
     "8800000019000000db5b086b851000000a300000fe0300010000000008000f00fe0000001400010020010db8005000000000000000000000"
     "080006000004000014000500fe800000000000000000000000000001080004000300000024000c0000000000000000000000000000000000"
     "000000000000000000000000000000000500140000000000",
     "2001:db8:50::/48 table 254 metric 1024 proto 3 dev 3 via fe80::1"},
};

constexpr Row kObjects[] = {
    {"nexthop add id 1 via 10.0.0.1 dev w0",
     "300000006800020007000000c5ee9ad802fd00000000000008000100010000000800050003000000080006000a000001",
     "id 1 dev 3 via 10.0.0.1"},
    {"nexthop add id 10 group 1/2",
     "440000006800020007000000c5ee9ad80000000000000000080001000a000000060003000000000014000200010000000000000002000000"
     "0000000008000e0000000080",
     "id 10 member 1 member 2 dev 0"},
    {"nexthop add id 3 via fe80::1 dev w0: no neighbour that IPv4 has an address for",
     "3c0000006800020007000000c5ee9ad80afd0000000000000800010003000000080005000300000014000600fe8000000000000000000000"
     "00000001",
     "id 3 dev 3"},
    {"nexthop add id 5 blackhole", "240000006800020007000000c5ee9ad80200000000000000080001000500000004000400",
     "id 5 dev 0"},
    {"nexthop add id 6 dev w0", "280000006800020007000000c5ee9ad802fe00000000000008000100060000000800050003000000",
     "id 6 dev 3"},
    {"nexthop del id 2, the event",
     "3000000069000500dd5b086bba10000002fd00000000000008000100020000000800050005000000080006000a010001",
     "id 2 dev 5 via 10.1.0.1"},
};

template <class Family>
std::span<const Row> Routes() {
  if constexpr (std::is_same_v<Family, Ipv4>) {
    return kIpv4Routes;
  } else {
    return kIpv6Routes;
  }
}

template <class Family>
class KernelMessages : public testing::Test {};
TYPED_TEST_SUITE(KernelMessages, BothFamilies);

TYPED_TEST(KernelMessages, SayWhatARouteIs) {
  KernelRoute<TypeParam> route;
  for (const Row& row : Routes<TypeParam>()) {
    ASSERT_TRUE(Read(*Message(row.message), route)) << row.made_by;
    EXPECT_EQ(Text(route), row.expected) << row.made_by;
  }
}

TYPED_TEST(KernelMessages, OfAnotherFamilyOrKindAreNoRoutes) {
  KernelRoute<TypeParam> route;
  NexthopObject<TypeParam> object;
  for (const Row& row : Routes<OtherFamily<TypeParam>>())
    EXPECT_FALSE(Read(*Message(row.message), route)) << row.made_by;
  for (const Row& row : kObjects) EXPECT_FALSE(Read(*Message(row.message), route)) << row.made_by;
  for (const Row& row : Routes<TypeParam>()) EXPECT_FALSE(Read(*Message(row.message), object)) << row.made_by;
}

TEST(NexthopMessages, SayWhatANexthopObjectIs) {
  NexthopObject<Ipv4> object;
  for (const Row& row : kObjects) {
    ASSERT_TRUE(Read(*Message(row.message), object)) << row.made_by;
    EXPECT_EQ(Text(object), row.expected) << row.made_by;
  }
  NexthopObject<Ipv6> of_ipv6;
  ASSERT_TRUE(Read(*Message(kObjects[2].message), of_ipv6));
  EXPECT_EQ(Text(of_ipv6), "id 3 dev 3 via fe80::1");
}

TYPED_TEST(KernelMessages, AreReadNoFurtherThanTheyGo) {
  KernelRoute<TypeParam> route;
  NexthopObject<TypeParam> object;
  for (const Row& row : Routes<TypeParam>()) {
    const Message whole(row.message);
    for (uint32_t size = sizeof(nlmsghdr); size < whole.size(); ++size) {
      EXPECT_EQ(Read(*whole.CutTo(size), route), size >= 28) << row.made_by << " cut to " << size;
    }
  }
  for (const Row& row : kObjects) {
    const Message whole(row.message);
    for (uint32_t size = sizeof(nlmsghdr); size < whole.size(); ++size) {
      EXPECT_EQ(Read(*whole.CutTo(size), object), size >= 32) << row.made_by << " cut to " << size;
    }
  }
}

}  // namespace
}  // namespace mgmd
