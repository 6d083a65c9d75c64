// Invariant: a list of sources is what a map from address to deadline is, ascending, whatever is added and erased, and
// takes no more than its share of memory.

#include "control/membership/source_list.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/support/choices.h"
#include "tests/support/families.h"
#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

Time At(uint32_t seconds) { return Time(std::chrono::seconds(seconds)); }

template <class Family>
class SourceLists : public ::testing::Test {
 protected:
  using Address = typename Family::Address;
  static Address Number(uint32_t number) {
    if constexpr (Family::kAddressBits == 32) {
      return Ipv4Address(0x0A090000u + number);
    } else {
      return Six("2001:db8:9::" + std::to_string(number));
    }
  }
};
TYPED_TEST_SUITE(SourceLists, BothFamilies);

TYPED_TEST(SourceLists, AreWhatAMapIs) {
  using Address = typename TypeParam::Address;
  support::RandomChoices choices(1);
  SourceList<TypeParam> list;
  std::map<Address, Time> map;
  for (uint32_t step = 0; step < 2000; ++step) {
    if (choices.Below(3) > 0) {
      std::map<Address, Time> added;
      for (uint32_t left = choices.Below(1 + step % 40); left > 0; --left) {
        const Address address = this->Number(choices.Below(300));
        if (!map.contains(address)) added.emplace(address, At(step));
      }
      std::vector<Address> addresses;
      for (const auto& [address, expires] : added) addresses.push_back(address);
      list.Add(addresses, At(step));
      map.merge(added);
    } else {
      const Time before = At(step - std::min(step, choices.Below(60)));
      const size_t erased = std::erase_if(map, [&](const auto& entry) { return entry.second < before; });
      EXPECT_EQ(list.EraseIf([&](const auto& source) { return source.timer.expires() < before; }), erased);
    }
    ASSERT_EQ(list.empty(), map.empty());
    ASSERT_EQ(list.size(), map.size());
    ASSERT_TRUE(std::equal(list.begin(), list.end(), map.begin(), [](const auto& source, const auto& entry) {
      return source.address == entry.first && source.timer.expires() == entry.second;
    }));
    ASSERT_LE(list.capacity(), 2 * list.size());
    const Address any = this->Number(choices.Below(300));
    const auto* const found = list.Find(any);
    ASSERT_EQ(found != nullptr, map.contains(any));
    ASSERT_TRUE(found == nullptr || found->address == any);
    ASSERT_EQ(list.LowerBound(any) - list.begin(), std::distance(map.begin(), map.lower_bound(any)));
  }
}

TYPED_TEST(SourceLists, TakeWhatTheirSourcesDo) {
  SourceList<TypeParam> list;
  EXPECT_EQ(sizeof(list), 8u);
  EXPECT_EQ(list.capacity(), 0u);
  std::vector<typename TypeParam::Address> ten;
  for (uint32_t n = 0; n < 10; ++n) ten.push_back(this->Number(n));
  list.Add(ten, At(1));
  EXPECT_EQ(list.capacity(), 10u) << "exactly, if they come together";
  const auto eleventh = this->Number(10);
  list.Add({&eleventh, 1}, At(1));
  EXPECT_LE(list.capacity(), 12u) << "a quarter more, if they come one by one";
}

TEST(Timers, HoldADeadlineAndWhatIsAsked) {
  Timer timer(Timer::kNever);
  EXPECT_EQ(timer.expires(), Timer::kNever);
  timer.repeats = 7;
  timer.asked_anew = true;
  timer.set_expires(Timer::kBlocked);
  EXPECT_EQ(timer.expires(), Timer::kBlocked);
  const Time late{std::chrono::hours(24 * 365 * 18)};
  timer.set_expires(late);
  EXPECT_EQ(timer.expires(), late);
  EXPECT_LT(late, Timer::kNever);
  EXPECT_EQ(timer.repeats, 7u);
  EXPECT_TRUE(timer.asked_anew);
}

}  // namespace
}  // namespace mgmd::membership
