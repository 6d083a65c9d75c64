// Invariant: whatever hosts of all versions want, and whatever becomes of their messages, lan_world.h and
// watched_router.h find nothing wrong with the routers of their link; and no message makes a router hold more than it
// may.
//
//   MEMBERSHIP_WORLDS=400   so many links of each family
//   MEMBERSHIP_SEED=17      that one alone, with a line for each thing that happens

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/choices.h"
#include "tests/support/families.h"
#include "tests/unit/membership/lan_world.h"

namespace mgmd::membership {
namespace {

int Worlds() {
  const char* const more = std::getenv("MEMBERSHIP_WORLDS");
  return more != nullptr ? std::atoi(more) : 40;
}

template <class Family>
class RouterProperty : public ::testing::Test {};
TYPED_TEST_SUITE(RouterProperty, BothFamilies);

TYPED_TEST(RouterProperty, HoldsWhateverHostsWantAndWhateverIsLost) {
  const char* const one = std::getenv("MEMBERSHIP_SEED");
  const int first = one != nullptr ? std::atoi(one) : 0;
  for (int seed = first; seed < (one != nullptr ? first + 1 : Worlds()) && !this->HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::RandomChoices choices(static_cast<uint64_t>(seed));
    LanWorld<TypeParam> world(choices);
    if (one != nullptr) world.Tell();
    world.Run(300);
  }
}

template <class Family>
class Silent : public MessageOut<Family>, public RouterObserver<Family> {
  using Address = typename Family::Address;
  bool Send(MessageKind, const Address&, const Address&, std::span<const uint8_t>) override { return true; }
};

// Under hostile messages, and nothing is left of them in the end.
TYPED_TEST(RouterProperty, HoldsNoMoreThanItMay) {
  using Address = typename TypeParam::Address;
  constexpr bool kFour = TypeParam::kAddressBits == 32;
  for (const ImmediateLeave leave : {ImmediateLeave::kNo, ImmediateLeave::kTracked, ImmediateLeave::kAlways}) {
    support::RandomChoices choices(7);
    SharedByRouters<TypeParam> shared{.memberships = Room(400)};
    Silent<TypeParam> silent;
    Counters counters;
    RouterSettings<TypeParam> settings{.immediate_leave = leave, .max_groups = 50, .max_sources = 20};
    RouterPart<TypeParam> router(settings, shared, silent, silent, counters);
    const auto address = [&](const char* four, const char* six, uint32_t number) {
      if constexpr (kFour) {
        return Ipv4Address(Ipv4Address::Parse(four)->host_order() + number);
      } else {
        return Six(six + std::to_string(number));
      }
    };
    Link<TypeParam> link{.up = true, .address = address("10.0.0.10", "fe80::", 10)};
    if constexpr (kFour) link.networks = {Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 16)};
    Time now{std::chrono::hours(1)};
    router.Start(link, now);
    for (int step = 0; step < 20'000; ++step) {
      std::vector<std::vector<Address>> lists;
      std::vector<Record<TypeParam>> records(1 + choices.Below(8));
      lists.reserve(records.size());
      for (auto& record : records) {
        lists.emplace_back();
        for (uint32_t left = choices.Below(40); left > 0; --left) {
          lists.back().push_back(address("10.9.0.1", "2001:db8:9::", choices.Below(200)));
        }
        record = {static_cast<RecordType>(choices.Below(8)), address("239.1.0.0", "ff0e::", choices.Below(200)),
                  lists.back()};
      }
      const Address from = address("10.0.1.0", "fe80::1:", choices.Below(500));
      const auto packet =
          MakePacket<TypeParam>(from, Protocol<TypeParam>::kAllReports, WriteReport<TypeParam>(records));
      const auto message = std::span<const uint8_t>(packet).subspan(Protocol<TypeParam>::kIpHeader);
      const Datagram<TypeParam> datagram{
          .source = from, .destination = Protocol<TypeParam>::kAllReports, .message = message};
      const auto check = CheckPacket(datagram, settings.acceptance);
      ASSERT_FALSE(check.fault);
      router.Take(datagram, check.kind, now);
      now += std::chrono::milliseconds(choices.Below(200));
      if (router.NextDeadline() <= now) router.Tick(now);

      uint64_t held = router.groups();
      router.ForEachGroup([&](const Address& group) {
        const auto& sources = router.Find(group)->group.sources();
        EXPECT_LE(sources.size(), 20u);
        held += sources.size();
      });
      ASSERT_EQ(shared.memberships.used(), held);
      ASSERT_LE(held, 400u);
      ASSERT_LE(router.groups(), 50u);
      ASSERT_LE(router.hosts(), 50u * TrackedHosts<TypeParam>::kMostOfGroup);
    }
    EXPECT_GT(counters.of(Counter::kLimitGroups), 0u);
    EXPECT_GT(counters.of(Counter::kLimitSources) + counters.of(Counter::kLimitGlobal), 0u);
    // Whoever is silent is forgotten.
    for (const Time end = now + std::chrono::minutes(10); router.NextDeadline() <= end;) {
      router.Tick(router.NextDeadline());
    }
    EXPECT_EQ(router.groups(), 0u);
    EXPECT_EQ(router.hosts(), 0u);
    EXPECT_EQ(shared.memberships.used(), 0u);
  }
}

}  // namespace
}  // namespace mgmd::membership
