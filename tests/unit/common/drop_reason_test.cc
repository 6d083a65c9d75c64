// Invariant: the table of drop reasons is whole: each reason finds its own row, and no two rows have the same name.

#include "common/drop_reason.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string_view>

namespace mgmd {
namespace {

TEST(DropReason, FindsItsOwnRow) {
  for (size_t i = 0; i < kDropReasons; ++i) {
    const auto reason = static_cast<DropReason>(i);
    EXPECT_EQ(Info(reason).reason, reason);
    EXPECT_EQ(Info(reason).name, Name(reason));
  }
  EXPECT_EQ(Name(DropReason::kTtlExpired), "ttl_expired");
  EXPECT_EQ(Info(DropReason::kTtlExpired).scope, DropScope::kPacket);
  EXPECT_EQ(Info(DropReason::kTtlThreshold).scope, DropScope::kCopy);
  EXPECT_EQ(Info(DropReason::kDeviceRxErrors).scope, DropScope::kDevice);
  EXPECT_EQ(static_cast<size_t>(DropReason::kDeviceTxErrors) + 1, kDropReasons);
}

TEST(DropReason, HasANameOfItsOwnMadeOfLettersDigitsAndUnderscores) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kDropReasons; ++i) {
    const std::string_view name = Name(static_cast<DropReason>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(name.empty());
    for (const char letter : name) EXPECT_TRUE(std::islower(letter) || std::isdigit(letter) || letter == '_') << name;
  }
}

TEST(DropReason, SaysItsRuleOrThatItHasNone) {
  for (size_t i = 0; i < kDropReasons; ++i) {
    const DropReasonInfo& info = Info(static_cast<DropReason>(i));
    EXPECT_TRUE(info.rule == "-" || info.rule.substr(0, 4) == "RFC ") << info.name;
    EXPECT_FALSE(info.description.empty()) << info.name;
  }
}

}  // namespace
}  // namespace mgmd
