// Invariant: an entry is written in C as mgm.h and mgm6.h say, in each family, and what breaks their rules is none.

#include "control/mgm/c_values.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <type_traits>

#include "tests/support/families.h"

namespace mgmd::mgm {
namespace {

// An entry by its texts and the lengths that its masks stand for.
struct Row {
  const char* source;
  int source_length;
  const char* group;
  int group_length;
  const char* key;  // null: it is none
};

template <class Family>
struct Rows;

template <>
struct Rows<Ipv4> {
  static constexpr Row kRows[] = {
      {"10.0.0.1", 32, "239.1.1.1", 32, "(10.0.0.1,239.1.1.1)"},
      {"0.0.0.0", 0, "239.1.1.1", 32, "(*,239.1.1.1)"},
      {"0.0.0.0", 0, "239.1.0.0", 16, "(*,239.1.0.0/16)"},
      {"0.0.0.0", 0, "224.0.0.0", 5, "(*,224.0.0.0/5)"},
      {"0.0.0.0", 0, "0.0.0.0", 0, "(*,*)"},
      {"0.0.0.0", 0, "224.0.0.0", 4, nullptr},   // (*,*) is written with zeros
      {"0.0.0.0", 0, "239.1.1.1", 0, nullptr},   // a specific group without a mask
      {"0.0.0.0", 0, "239.1.1.1", 16, nullptr},  // bits after the mask
      {"0.0.0.0", 0, "0.0.0.0", 4, nullptr},     // a zero address with a mask
      {"0.0.0.0", 32, "239.1.1.1", 32, nullptr},
      {"10.0.0.1", 24, "239.1.1.1", 32, nullptr},   // a range of sources
      {"10.0.0.1", 32, "239.1.0.0", 16, nullptr},   // a range with a source
      {"10.0.0.1", 32, "0.0.0.0", 0, nullptr},      // (S,*)
      {"127.0.0.1", 32, "239.1.1.1", 32, nullptr},  // cannot send
  };
};

template <>
struct Rows<Ipv6> {
  static constexpr Row kRows[] = {
      {"2001:db8::1", 128, "ff0e::1", 128, "(2001:db8::1,ff0e::1)"},
      {"::", 0, "ff0e::1", 128, "(*,ff0e::1)"},
      {"::", 0, "ff0e::", 16, "(*,ff0e::/16)"},
      {"::", 0, "ff00::", 9, "(*,ff00::/9)"},
      {"::", 0, "::", 0, "(*,*)"},
      {"::", 0, "ff00::", 8, nullptr},
      {"::", 0, "ff0e::1", 0, nullptr},
      {"::", 0, "ff0e::1", 16, nullptr},
      {"::", 0, "ff0e::1", 129, nullptr},
      {"::", 0, "::", 8, nullptr},
      {"::", 128, "ff0e::1", 128, nullptr},
      {"2001:db8::1", 64, "ff0e::1", 128, nullptr},
      {"2001:db8::1", 129, "ff0e::1", 128, nullptr},
      {"2001:db8::1", 128, "ff0e::", 16, nullptr},
      {"2001:db8::1", 128, "::", 0, nullptr},
      {"::1", 128, "ff0e::1", 128, nullptr},
      {"::ffff:10.0.0.1", 128, "ff0e::1", 128, nullptr},
  };
};

template <class Family>
class CValuesTest : public testing::Test {};

TYPED_TEST_SUITE(CValuesTest, BothFamilies);

TYPED_TEST(CValuesTest, OfAnEntryAreReadAndWritten) {
  using Values = CValues<TypeParam>;
  const auto address = [](const char* text) { return Values::ToC(*TypeParam::Address::Parse(text)); };
  for (const Row& row : Rows<TypeParam>::kRows) {
    const std::string what = std::string(row.source) + "/" + std::to_string(row.source_length) + " " + row.group + "/" +
                             std::to_string(row.group_length);
    const CEntry<TypeParam> entry = {address(row.source), Values::MaskOf(row.source_length), address(row.group),
                                     Values::MaskOf(row.group_length)};
    FibKey<TypeParam> key;
    ASSERT_EQ(FromC(entry, key), row.key != nullptr) << what;
    if (row.key == nullptr) continue;
    EXPECT_EQ(key.ToString(), row.key);
    const CEntry<TypeParam> written = ToC(key);
    EXPECT_EQ(Values::FromC(written.source).ToString(), row.source);
    EXPECT_EQ(written.source_mask, Values::MaskOf(row.source_length)) << what;
    EXPECT_EQ(Values::FromC(written.group).ToString(), row.group);
    EXPECT_EQ(written.group_mask, Values::MaskOf(row.group_length)) << what;
  }
}

TYPED_TEST(CValuesTest, OfAnInterfaceGiveItBack) {
  using Values = CValues<TypeParam>;
  const InterfaceIdOf<TypeParam> id{
      7, *TypeParam::Address::Parse(std::is_same_v<TypeParam, Ipv4> ? "10.0.0.1" : "fe80::1")};
  EXPECT_EQ(InterfaceFromC<TypeParam>(id.index, Values::ToC(id.next_hop)), id);
  const auto next_hop = Values::ToC(id.next_hop);
  EXPECT_EQ(Values::FromC(Values::Given(Values::Pass(next_hop))), id.next_hop);
}

TEST(CValuesOfIpv4, KnowMasksWithHoles) {
  const DWORD holes = Ipv4Address(255, 0, 255, 0).ToNetwork();
  EXPECT_FALSE(CValues<Ipv4>::IsMask(holes));
  EXPECT_EQ(CValues<Ipv4>::LengthOf(holes), 8);
  for (int length = 0; length <= 32; ++length) {
    EXPECT_TRUE(CValues<Ipv4>::IsMask(CValues<Ipv4>::MaskOf(length))) << length;
    EXPECT_EQ(CValues<Ipv4>::LengthOf(CValues<Ipv4>::MaskOf(length)), length);
  }
  Ipv4FibKey key;
  EXPECT_FALSE(FromC<Ipv4>({0, 0, Ipv4Address(239, 0, 1, 0).ToNetwork(), holes}, key));
}

TEST(CValuesOfIpv6, TakeNoPointerForZero) {
  EXPECT_TRUE(CValues<Ipv6>::FromC(CValues<Ipv6>::Given(nullptr)).is_zero());
}

}  // namespace
}  // namespace mgmd::mgm
