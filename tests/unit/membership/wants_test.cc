// What several wanters want comes to: whatever any of them wants comes in, and nothing that none of them does.

#include "control/membership/wants.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

template <class Family>
class WantsTest : public ::testing::Test {};
TYPED_TEST_SUITE(WantsTest, BothFamilies);

template <class Family>
std::string TextOf(const Filter<Family>& filter) {
  return (filter.mode == FilterMode::kInclude ? "I:" : "E:") + Letters<Family>(filter.sources);
}

struct WantsRow {
  std::vector<std::string_view> wants;
  std::string merged;
};

const WantsRow kWantsRows[] = {
    {{}, "I:"},
    {{"I:ab"}, "I:ab"},
    {{"I:cb", "I:abb"}, "I:abc"},
    {{"E:"}, "E:"},
    {{"E:ba"}, "E:ab"},
    {{"E:", "I:ab"}, "E:"},
    {{"E:ab", "E:bc"}, "E:b"},
    {{"E:ab", "E:cd"}, "E:"},
    {{"E:abc", "I:b"}, "E:ac"},
    {{"I:b", "E:abc", "E:bcd", "I:x"}, "E:c"},
    {{"E:ab", "E:bc", "I:b"}, "E:"},
};

TYPED_TEST(WantsTest, AreMerged) {
  for (const WantsRow& row : kWantsRows) {
    Wants<TypeParam> wants;
    Wants<TypeParam> backwards;
    const size_t count = row.wants.size();
    for (size_t i = 0; i < count; ++i) {
      wants.Set(static_cast<WanterId>(i), FilterOf<TypeParam>(row.wants[i]));
      backwards.Set(static_cast<WanterId>(i), FilterOf<TypeParam>(row.wants[count - 1 - i]));
    }
    EXPECT_EQ(TextOf(wants.Merged()), row.merged);
    EXPECT_EQ(backwards.Merged(), wants.Merged()) << row.merged;
  }
}

TYPED_TEST(WantsTest, OfAWanterAreReplacedAndWithdrawn) {
  Wants<TypeParam> wants;
  wants.Set(7, FilterOf<TypeParam>("E:a"));
  wants.Set(9, FilterOf<TypeParam>("I:b"));
  wants.Set(7, FilterOf<TypeParam>("I:c"));
  EXPECT_EQ(TextOf(wants.Merged()), "I:bc");
  EXPECT_TRUE(wants.Has(7));
  wants.Set(7, {});
  EXPECT_FALSE(wants.Has(7));
  EXPECT_EQ(TextOf(wants.Merged()), "I:b");
  wants.Set(7, {});
  wants.Set(9, FilterOf<TypeParam>("I:"));
  EXPECT_TRUE(wants.empty());
  EXPECT_TRUE(wants.Merged().is_none());
}

}  // namespace
}  // namespace mgmd::membership
