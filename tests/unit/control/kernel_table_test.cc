// Invariant: of what the kernel has told of a prefix the route counts that the kernel would take itself, and it leads
// out of one interface of ours, always the same, or nowhere; what changes that is told, and nothing else is.

#include "control/rib/kernel_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/families.h"

namespace mgmd {
namespace {

// The same addresses in each family. Prefixes: a wide one, one in it, and all sources; gateways in ascending order.
template <class Family>
struct Names;
template <>
struct Names<Ipv4> {
  static constexpr const char* kWide = "10.0.0.0/8";
  static constexpr const char* kNarrow = "10.50.0.0/16";
  static constexpr const char* kAll = "0.0.0.0/0";
  static constexpr const char* kInWide = "10.1.0.7";
  static constexpr const char* kInNarrow = "10.50.0.7";
  static constexpr const char* kGateways[] = {"0.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"};
};
template <>
struct Names<Ipv6> {
  static constexpr const char* kWide = "2001:db8::/32";
  static constexpr const char* kNarrow = "2001:db8:50::/48";
  static constexpr const char* kAll = "::/0";
  static constexpr const char* kInWide = "2001:db8:1::7";
  static constexpr const char* kInNarrow = "2001:db8:50::7";
  static constexpr const char* kGateways[] = {"::", "fe80::1", "fe80::2", "fe80::3"};
};

constexpr uint32_t kTable = 254;
constexpr bool kDead = false;

template <class Family>
class KernelTableTest : public testing::Test {
 protected:
  using Name = Names<Family>;
  using Hop = KernelNextHop<Family>;

  // Devices 101, 102 and 103 are interfaces 1, 2 and 3; others are none.
  static std::optional<InterfaceId> InterfaceOf(unsigned netdev) {
    if (netdev < 101 || netdev > 103) return std::nullopt;
    return InterfaceId{netdev - 100, {}};
  }
  static Hop Via(unsigned netdev, int gateway, bool alive = true) {
    return {.netdev = netdev, .gateway = *Family::Address::Parse(Name::kGateways[gateway]), .alive = alive};
  }
  static KernelRoute<Family> To(const char* prefix, std::vector<Hop> next_hops, uint32_t metric = 0) {
    return {.prefix = *Family::Prefix::Parse(prefix),
            .table = kTable,
            .metric = metric,
            .protocol = 186,
            .unicast = true,
            .selective = false,
            .nexthop_object = 0,
            .next_hops = std::move(next_hops)};
  }
  static KernelRoute<Family> Blackhole(const char* prefix, uint32_t metric = 0) {
    KernelRoute<Family> route = To(prefix, {}, metric);
    route.unicast = false;
    return route;
  }
  static KernelRoute<Family> ByObject(const char* prefix, uint32_t object) {
    KernelRoute<Family> route = To(prefix, {});
    route.nexthop_object = object;
    return route;
  }

  // The kernel has exactly these. Returns the prefixes that have changed.
  std::vector<std::string> Dump(const std::vector<KernelRoute<Family>>& routes,
                                const std::vector<NexthopObject<Family>>& objects = {}) {
    std::vector<std::string> changed;
    table_.BeginDump();
    for (const auto& object : objects) table_.Add(object);
    for (const auto& route : routes) {
      if (table_.Add(route)) changed.push_back(route.prefix.ToString());
    }
    while (table_.RemoveMissing(1, [&](const auto& prefix) { changed.push_back(prefix.ToString()); })) {
    }
    return changed;
  }
  // "2 via 10.0.0.1", or "-".
  std::string Towards(const char* source) const {
    const auto route = table_.Lookup(*Family::Address::Parse(source));
    if (!route) return "-";
    return absl::StrCat(route->interface.ToString(), " via ", route->upstream_neighbour.ToString());
  }
  static std::string By(int interface, int gateway) {
    return absl::StrCat(interface, " via ", Name::kGateways[gateway]);
  }

  KernelTable<Family> table_{kTable, &InterfaceOf};
};
TYPED_TEST_SUITE(KernelTableTest, BothFamilies);

using Changed = std::vector<std::string>;

TYPED_TEST(KernelTableTest, TheLongestPrefixLeads) {
  using Name = Names<TypeParam>;
  this->Dump({this->To(Name::kAll, {this->Via(103, 3)}), this->To(Name::kWide, {this->Via(101, 1)}),
              this->To(Name::kNarrow, {this->Via(102, 2)})});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 2));
  EXPECT_EQ(this->Towards(Name::kInWide), this->By(1, 1));
  const auto route = this->table_.Lookup(*TypeParam::Address::Parse(Name::kInNarrow));
  EXPECT_EQ(route->prefix.ToString(), Name::kNarrow);
  EXPECT_EQ(route->protocol, 14u) << "BGP, as the MIB has it";
}

TYPED_TEST(KernelTableTest, TheLowestMetricCountsAndTheFirstOfEquals) {
  using Name = Names<TypeParam>;
  const auto first = this->To(Name::kNarrow, {this->Via(102, 2)}, 10);
  const auto appended = this->To(Name::kNarrow, {this->Via(101, 1)}, 10);
  const auto worse = this->To(Name::kNarrow, {this->Via(103, 1)}, 20);
  this->Dump({first, appended, worse});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 2));
  EXPECT_EQ(this->Dump({appended, worse}), Changed{Name::kNarrow});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(1, 1));
  EXPECT_EQ(this->Dump({worse}), Changed{Name::kNarrow});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(3, 1));
  this->Dump({worse, first});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 2)) << "whatever the order";
}

TYPED_TEST(KernelTableTest, OfManyNextHopsTheLowestThatLeadsSomewhereCounts) {
  using Name = Names<TypeParam>;
  const auto a = this->Via(103, 1, kDead), b = this->Via(7, 1), c = this->Via(102, 2), d = this->Via(101, 3);
  this->Dump({this->To(Name::kNarrow, {a, b, c, d})});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 2));
  EXPECT_EQ(this->Dump({this->To(Name::kNarrow, {d, c, b, a})}), Changed{}) << "in whatever order";
  EXPECT_EQ(this->Dump({this->To(Name::kNarrow, {a, b, d})}), Changed{Name::kNarrow});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(1, 3));
  // The same address on two links.
  this->Dump({this->To(Name::kNarrow, {this->Via(103, 1), this->Via(102, 1)})});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 1));
}

TYPED_TEST(KernelTableTest, ARouteWithoutALivingNextHopIsNotThere) {
  using Name = Names<TypeParam>;
  const auto wide = this->To(Name::kWide, {this->Via(103, 3)});
  const auto second = this->To(Name::kNarrow, {this->Via(102, 2)}, 20);
  this->Dump({wide, this->To(Name::kNarrow, {this->Via(101, 1)}, 10), second});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(1, 1));
  const auto dead = this->To(Name::kNarrow, {this->Via(101, 1, kDead)}, 10);
  EXPECT_EQ(this->Dump({wide, dead, second}), Changed{Name::kNarrow});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 2));
  EXPECT_EQ(this->Dump({wide, dead}), Changed{Name::kNarrow});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(3, 3));
}

TYPED_TEST(KernelTableTest, WhatLeadsNowhereHidesWhatIsWider) {
  using Name = Names<TypeParam>;
  const auto wide = this->To(Name::kWide, {this->Via(103, 3)});
  for (const auto& nowhere : {this->Blackhole(Name::kNarrow), this->To(Name::kNarrow, {this->Via(7, 1)})}) {
    this->Dump({wide});
    EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(3, 3));
    EXPECT_EQ(this->Dump({wide, nowhere, this->To(Name::kNarrow, {this->Via(101, 1)}, 10)}), Changed{Name::kNarrow});
    EXPECT_EQ(this->Towards(Name::kInNarrow), "-");
    EXPECT_EQ(this->Towards(Name::kInWide), this->By(3, 3));
  }
}

TYPED_TEST(KernelTableTest, NexthopObjectsAreLookedUp) {
  using Name = Names<TypeParam>;
  const NexthopObject<TypeParam> one{1, this->Via(103, 3), {}}, two{2, this->Via(101, 2), {}},
      group{10, {}, {1, 2, 99}}, blackhole{5, {}, {}};
  this->Dump({this->ByObject(Name::kNarrow, 1)}, {one, two, group});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(3, 3));
  EXPECT_EQ(this->Dump({this->ByObject(Name::kNarrow, 10)}, {one, two, group}), Changed{Name::kNarrow});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(1, 2));
  EXPECT_EQ(this->Dump({this->ByObject(Name::kNarrow, 10)}, {one, group}), Changed{Name::kNarrow}) << "2 is gone";
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(3, 3));
  this->Dump({this->ByObject(Name::kNarrow, 5)}, {blackhole});
  EXPECT_EQ(this->Towards(Name::kInNarrow), "-");
  this->Dump({this->To(Name::kWide, {this->Via(101, 1)}), this->ByObject(Name::kNarrow, 77)});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(1, 1)) << "not known yet";
  // The kernel says both: the route's own count.
  auto both = this->To(Name::kNarrow, {this->Via(102, 1)});
  both.nexthop_object = 1;
  this->Dump({both}, {one});
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 1));
}

TYPED_TEST(KernelTableTest, OtherTablesAndSelectiveRoutesArePassedOver) {
  using Name = Names<TypeParam>;
  auto other = this->To(Name::kNarrow, {this->Via(101, 1)});
  other.table = 1000;
  auto selective = this->To(Name::kNarrow, {this->Via(101, 1)});
  selective.selective = true;
  EXPECT_EQ(this->Dump({other, selective}), Changed{});
  EXPECT_EQ(this->Towards(Name::kInNarrow), "-");
}

TYPED_TEST(KernelTableTest, ADumpTellsWhatHasChangedAndNothingElse) {
  using Name = Names<TypeParam>;
  const auto all = this->To(Name::kAll, {this->Via(103, 3)});
  const auto wide = this->To(Name::kWide, {this->Via(101, 1)});
  const auto narrow = this->To(Name::kNarrow, {this->Via(102, 2)});
  EXPECT_EQ(this->Dump({all, wide, narrow}), (Changed{Name::kAll, Name::kWide, Name::kNarrow}));
  EXPECT_EQ(this->Dump({all, wide, narrow}), Changed{});
  EXPECT_EQ(this->Dump({all, this->To(Name::kWide, {this->Via(101, 2)}), narrow}), Changed{Name::kWide}) << "neighbour";
  EXPECT_EQ(this->Dump({narrow}), (Changed{Name::kAll, Name::kWide}));
  EXPECT_EQ(this->Towards(Name::kInWide), "-");
  EXPECT_EQ(this->Dump({this->To(Name::kNarrow, {this->Via(102, 2)}, 50)}), Changed{Name::kNarrow}) << "metric";
  EXPECT_EQ(this->table_.Lookup(*TypeParam::Address::Parse(Name::kInNarrow))->metric, 50u);
}

TYPED_TEST(KernelTableTest, AnswersWhileItIsDumped) {
  using Name = Names<TypeParam>;
  this->Dump({this->To(Name::kWide, {this->Via(101, 1)}), this->To(Name::kNarrow, {this->Via(102, 2)})});
  this->table_.BeginDump();
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(2, 2));
  this->table_.Add(this->To(Name::kNarrow, {this->Via(103, 3)}));
  EXPECT_EQ(this->Towards(Name::kInNarrow), this->By(3, 3));
  EXPECT_EQ(this->Towards(Name::kInWide), this->By(1, 1)) << "until it is removed";
}

}  // namespace
}  // namespace mgmd
