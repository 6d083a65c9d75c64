#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

// Interfaces come and go, more of them than there are slots, and leave nothing behind: the slots of
// those that nobody is on and nothing names go back to the forwarder.

namespace mgmd::mgm::interface_turnover {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kMany = 70'000;  // there are 65,535 slots
constexpr InterfaceId kUp{1, {}};
constexpr Ipv4Address kSource(10, 0, 0, 1);
constexpr Ipv4Address kGroup(239, 1, 1, 1);
constexpr Ipv4FibKey kStream = Ipv4FibKey::SourceGroupUnchecked(kSource, kGroup);

class WrongInterfaceCounter : public ClientCallbacks {
 public:
  explicit WrongInterfaceCounter(int& told) : told_(told) {}
  void WrongInterface(const Ipv4FibKey&, InterfaceId, std::span<const uint8_t>) override { ++told_; }
  bool wants_wrong_interface() const override { return true; }

 private:
  int& told_;
};

class InterfaceTurnover : public ::testing::Test {
 protected:
  InterfaceTurnover() {
    client = *manager.Register({0x40000001, 1}, std::make_unique<WrongInterfaceCounter>(told));
    EXPECT_TRUE(manager.TakeInterface(client, kUp).ok());
  }
  static InterfaceId Link(uint32_t number) { return {7, Ipv4Address(0x0A000000 + number)}; }

  fakes::FakeForwarder forwarder;
  fakes::FakeRouteTable routes;
  ManualClock clock;
  Ipv4GroupManager manager{forwarder, routes, clock, Options()};
  int told = 0;
  ClientHandle client{};
};

TEST_F(InterfaceTurnover, MoreInterfacesThanSlotsAreTakenAndReleased) {
  routes.routes[kSource] = kUp;
  std::set<uint16_t> slots;
  for (uint32_t number = 0; number < kMany; ++number) {
    const InterfaceId link = Link(number);
    ASSERT_TRUE(manager.TakeInterface(client, link).ok()) << number;
    slots.insert(Value(forwarder.Slot(link)));
    // As an oif, and as an iif.
    ASSERT_TRUE(manager.AddMembership(client, Ipv4FibKey::AnySource(kGroup), link, {.join = true}).ok());
    if (number % 2 == 1) routes.routes[kSource] = link;
    ASSERT_TRUE(manager.NewPacket(kStream, kUp, {}).ok());
    if (number % 2 == 0) {
      ASSERT_THAT(forwarder.Forward(kSource, kGroup, kUp), ElementsAre(link)) << number;
    }
    ASSERT_TRUE(manager.ReleaseInterface(client, link).ok());
    ASSERT_THAT(forwarder.Forward(kSource, kGroup, kUp), IsEmpty()) << number;
    routes.routes[kSource] = kUp;
    ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
    clock.now += std::chrono::seconds(1);
    manager.Poll();
    ASSERT_LE(manager.interfaces().all().size(), 2u);
  }
  EXPECT_LE(slots.size(), 4u) << "a slot that came back is used before a new one";
}

// A module that takes and releases in its start lets nobody poll in between.
TEST_F(InterfaceTurnover, TheLastSlotIsNotTheLastInterface) {
  for (uint32_t number = 0; number < kMany; ++number) {
    ASSERT_TRUE(manager.TakeInterface(client, Link(number)).ok()) << number;
    ASSERT_TRUE(manager.ReleaseInterface(client, Link(number)).ok()) << number;
  }
}

TEST_F(InterfaceTurnover, WhatIsHeldStaysAndTheNextOneIsRefused) {
  uint32_t taken = 0;
  while (taken < kMany && manager.TakeInterface(client, Link(taken)).ok()) ++taken;
  EXPECT_EQ(taken, kMaxInterfaces - 1);
  EXPECT_EQ(manager.TakeInterface(client, Link(taken)).code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(manager.ReleaseInterface(client, Link(5)).ok());
  EXPECT_TRUE(manager.TakeInterface(client, Link(taken)).ok());
  EXPECT_EQ(manager.TakeInterface(client, Link(5)).code(), absl::StatusCode::kResourceExhausted);
}

// Routes name interfaces that nobody is on; so do the entries of streams from there.
TEST_F(InterfaceTurnover, InterfacesOfRoutesGoWithTheirLastEntry) {
  routes.routes[kSource] = Link(1);
  ASSERT_TRUE(manager.NewPacket(kStream, kUp, {}).ok());
  manager.Poll();
  EXPECT_TRUE(manager.interfaces().all().contains(Link(1)));
  ASSERT_TRUE(manager.TakeInterface(client, Link(1)).ok()) << "and is decided again";
  ASSERT_TRUE(manager.ReleaseInterface(client, Link(1)).ok());
  manager.Poll();
  EXPECT_FALSE(manager.interfaces().all().contains(Link(1)));
}

TEST_F(InterfaceTurnover, ConfiguredInterfacesStay) {
  forwarder.configured.insert(Link(1));
  ASSERT_TRUE(manager.TakeInterface(client, Link(1)).ok());
  const InterfaceSlot slot = forwarder.Slot(Link(1));
  ASSERT_TRUE(manager.ReleaseInterface(client, Link(1)).ok());
  manager.Poll();
  EXPECT_TRUE(manager.interfaces().all().contains(Link(1)));
  ASSERT_TRUE(manager.TakeInterface(client, Link(2)).ok());
  EXPECT_NE(forwarder.Slot(Link(2)), slot);
}

// What was said of the interface that had the slot before does not silence its next one.
TEST_F(InterfaceTurnover, ASlotsNextInterfaceHearsOfWrongPacketsAtOnce) {
  routes.routes[kSource] = kUp;
  ASSERT_TRUE(manager.NewPacket(kStream, kUp, {}).ok());
  for (uint32_t number = 0; number < 3; ++number) {
    ASSERT_TRUE(manager.TakeInterface(client, Link(number)).ok());
    const Punt<Ipv4> punt{
        .key = kStream, .arrival = forwarder.Slot(Link(number)), .reason = PuntReason::kWrongInterface};
    manager.HandlePunts({&punt, 1});
    manager.HandlePunts({&punt, 1});
    EXPECT_EQ(told, static_cast<int>(number) + 1);
    ASSERT_TRUE(manager.ReleaseInterface(client, Link(number)).ok());
    manager.Poll();
  }
}

}  // namespace
}  // namespace mgmd::mgm::interface_turnover
