// The kernel's routes as the kernel tells them, in a network namespace of the test's own. What else may change them is
// in the smoke test kernel_routes.py.

#include "control/rib/kernel_follower.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "control/rib/rib.h"
#include "tests/support/families.h"

namespace mgmd {
namespace {

void Ip(const std::string& words) { ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words; }

template <class Family>
class KernelFollowerTest : public testing::Test {
 protected:
  static constexpr bool kIsIpv4 = std::is_same_v<Family, Ipv4>;

  static void SetUpTestSuite() {
    // As root, or as whoever may become root of a user namespace.
    static const bool entered = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    entered_ = entered;
  }
  void SetUp() override {
    if (!entered_ || std::system("ip link add name w0 type veth peer name w1 2>/dev/null") != 0) {
      GTEST_SKIP() << "no network namespace of its own";
    }
    Ip("link set dev w0 up");
    Ip("link set dev w1 up");
  }
  void TearDown() override { [[maybe_unused]] const int result = std::system("ip link del dev w0 2>/dev/null"); }

  // w0 is interface 1, w1 is interface 2.
  static std::unique_ptr<KernelFollower<Family>> Follow(int receive_buffer = 0, uint32_t table = 254) {
    const unsigned w0 = if_nametoindex("w0"), w1 = if_nametoindex("w1");
    auto follower = KernelFollower<Family>::Open(
        table,
        [=](unsigned netdev) -> std::optional<InterfaceId> {
          if (netdev != w0 && netdev != w1) return std::nullopt;
          return InterfaceId{netdev == w0 ? 1U : 2U, {}};
        },
        receive_buffer);
    EXPECT_TRUE(follower.ok()) << follower.status();
    return *std::move(follower);
  }

  // Of the prefixes that the tests use, by number.
  static std::string Begin(int number) {
    if (kIsIpv4) return absl::StrCat("10.", number / 256, ".", number % 256, ".");
    return absl::StrCat("2001:db8:", absl::Hex(number), "::");
  }
  static std::string Prefix(int number) { return Begin(number) + (kIsIpv4 ? "0/24" : "/48"); }
  static void Route(const std::string& words) { Ip((kIsIpv4 ? "route " : "-6 route ") + words); }
  // "route VERB PREFIX dev DEVICE" for each of the first `count` prefixes.
  static void RouteMany(const std::string& verb, int count, const std::string& device) {
    FILE* const ip = popen(kIsIpv4 ? "ip -batch -" : "ip -6 -batch -", "w");
    ASSERT_NE(ip, nullptr);
    for (int number = 0; number < count; ++number) {
      std::fprintf(ip, "route %s %s dev %s\n", verb.c_str(), Prefix(number).c_str(), device.c_str());
    }
    ASSERT_EQ(pclose(ip), 0);
  }
  // The interface towards a source in the prefix; 0: none.
  static uint32_t Towards(const KernelFollower<Family>& follower, int number) {
    const auto route = follower.routes().Lookup(*Family::Address::Parse(Begin(number) + "7"));
    return route ? route->interface.index : 0;
  }
  static int CountTowards(const KernelFollower<Family>& follower, int count, uint32_t interface) {
    int found = 0;
    for (int number = 0; number < count; ++number) found += Towards(follower, number) == interface ? 1 : 0;
    return found;
  }
  template <class Is>
  static void WaitUntil(KernelFollower<Family>& follower, Is&& is) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is() && std::chrono::steady_clock::now() < deadline) {
      if (!follower.Poll()) std::this_thread::yield();
    }
    EXPECT_TRUE(is());
  }

  static inline bool entered_ = false;
};
TYPED_TEST_SUITE(KernelFollowerTest, BothFamilies);

TYPED_TEST(KernelFollowerTest, KnowsTheTableWhenItIsOpenAndTellsEachChange) {
  // Invariant: what was there before is no change; what is added, replaced and deleted is one of that prefix alone.
  this->Route("add " + this->Prefix(1) + " dev w0");
  const auto follower = this->Follow();
  EXPECT_EQ(this->Towards(*follower, 1), 1u);
  const auto wait_for = [&](int number, uint32_t interface) {
    using Changes = std::vector<typename TypeParam::Prefix>;
    Changes changes;
    this->WaitUntil(*follower, [&] {
      const Changes more = follower->TakeChanges();
      changes.insert(changes.end(), more.begin(), more.end());
      return !changes.empty();
    });
    EXPECT_EQ(changes, Changes{*TypeParam::Prefix::Parse(this->Prefix(number))});
    EXPECT_EQ(this->Towards(*follower, number), interface);
  };
  this->Route("replace " + this->Prefix(1) + " dev w1");
  wait_for(1, 2);
  this->Route("add " + this->Prefix(2) + " dev w0");
  wait_for(2, 1);
  this->Route("del " + this->Prefix(1));
  wait_for(1, 0);
  this->Route("add blackhole " + this->Prefix(1));
  wait_for(1, 0);
  // It would outlive the devices.
  this->Route("del blackhole " + this->Prefix(1));
}

TYPED_TEST(KernelFollowerTest, FollowsATableThatComesAndGoes) {
  // Invariant: a table without routes, which the kernel does not have, is one without routes.
  const auto follower = this->Follow(0, 77);
  this->Route("add " + this->Prefix(1) + " dev w1");
  this->Route("add " + this->Prefix(1) + " dev w0 table 77");
  this->WaitUntil(*follower, [&] { return this->Towards(*follower, 1) == 1; });
  this->Route("del " + this->Prefix(1) + " table 77");
  this->WaitUntil(*follower, [&] { return this->Towards(*follower, 1) == 0; });
}

TYPED_TEST(KernelFollowerTest, MendsWhatTheKernelCouldNotTell) {
  // Invariant: with a buffer that holds a message or two, all of many changes are known in the end; so is one that was
  // not told since the buffer was full of what does not matter.
  const auto follower = this->Follow(1);
  this->Route("add " + this->Prefix(999) + " dev w0");
  this->WaitUntil(*follower, [&] { return this->Towards(*follower, 999) == 1; });
  this->RouteMany("add table 1000", 300, "w0");
  this->Route("del " + this->Prefix(999));
  this->WaitUntil(*follower, [&] { return this->Towards(*follower, 999) == 0; });
  this->RouteMany("add", 300, "w0");
  this->WaitUntil(*follower, [&] { return this->CountTowards(*follower, 300, 1) == 300; });
  this->RouteMany("replace", 300, "w1");
  this->RouteMany("del", 100, "w1");
  this->WaitUntil(*follower, [&] {
    return this->CountTowards(*follower, 300, 2) == 200 && this->CountTowards(*follower, 300, 0) == 100;
  });
}

TYPED_TEST(KernelFollowerTest, DoesLittleInATurn) {
  // Invariant: whatever has changed, a turn reads a few thousand routes at most, and so many changes are told as one.
  constexpr int kRoutes = 12000;
  constexpr int kMostInATurn = 2500;
  const auto follower = this->Follow();
  this->RouteMany("add", kRoutes, "w0");
  int known = 0;
  bool told_as_one = false;
  this->WaitUntil(*follower, [&] {
    const int before = std::exchange(known, this->CountTowards(*follower, kRoutes, 1));
    EXPECT_LE(known, before + kMostInATurn);
    const auto changes = follower->TakeChanges();
    EXPECT_LE(changes.size(), follower->kMostChanges);
    for (const auto& prefix : changes) {
      told_as_one = told_as_one || prefix.length() < TypeParam::Prefix::Parse(this->Prefix(0))->length();
    }
    return known == kRoutes && told_as_one;
  });
}

TYPED_TEST(KernelFollowerTest, FollowsRoutesThatChangeAllTheTime) {
  // Invariant: a route that is gone is removed, though each dump is torn by other changes.
  constexpr int kRoutes = 6000;
  this->RouteMany("add", kRoutes, "w0");
  const auto follower = this->Follow();
  ASSERT_EQ(this->CountTowards(*follower, kRoutes, 1), kRoutes);
  this->Route("del " + this->Prefix(0));
  bool there = true;
  this->WaitUntil(*follower, [&] {
    if (this->Towards(*follower, 0) == 0) return true;
    this->Route((there ? "del " : "add ") + this->Prefix(kRoutes - 1) + " dev w0");
    there = !there;
    return false;
  });
}

TYPED_TEST(KernelFollowerTest, SaysNothingWhereTheConfigurationDoes) {
  // Invariant: of a source that a configured prefix has, a narrower one of the kernel's is not asked.
  this->Route("add " + this->Prefix(1) + " dev w1");
  this->Route("add " + this->Prefix(2) + " dev w1");
  Rib<TypeParam> rib;
  const auto all_are_two = [](unsigned) { return InterfaceId{2, {}}; };
  ASSERT_TRUE(rib.FollowKernel(254, all_are_two).ok());
  const auto towards = [&](int number) {
    return rib.Lookup(*TypeParam::Address::Parse(this->Begin(number) + "7"))->interface.index;
  };
  EXPECT_EQ(towards(1), 2u);
  const auto narrow = *TypeParam::Prefix::Parse(this->Prefix(1));
  rib.configured().Add({.prefix = typename TypeParam::Prefix(narrow.address(), narrow.length() - 1),
                        .interface = {1, {}},
                        .upstream_neighbour = {},
                        .protocol = 0});
  EXPECT_EQ(towards(1), 1u);
  EXPECT_EQ(towards(2), 2u);
}

}  // namespace
}  // namespace mgmd
