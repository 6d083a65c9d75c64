// Invariant: the process has one manager with two families: a client that is in both is one client, and what it does,
// or loses, in one family costs it nothing in the other. What reads a family reads that family alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/host.h"
#include "control/mgm/runtime.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/support/families.h"
#include "tests/support/keys.h"

namespace mgmd::mgm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ClientId kPim{0x40000001, 1};
constexpr ClientId kOther{0x40000002, 1};

template <class Family>
FibKey<Family> Stream() {
  return Keys<Family>::SourceGroup(1, 1);
}

template <class Family>
InterfaceIdOf<Family> Link(uint32_t index) {
  return {.index = index, .next_hop = {}};
}

// As a call of a client's: Runtime::Run() is what the C functions do.
template <class Family, class Function>
auto Call(Function function) {
  return Runtime::Current()->Run<Family>(std::move(function));
}

template <class Family>
absl::StatusOr<ClientHandle> Register(const ClientId& id) {
  return *Call<Family>([id](GroupManager<Family>& manager) {
    return manager.Register(id, std::make_unique<ClientCallbacksOf<Family>>());
  });
}

template <class Family>
absl::Status Take(ClientHandle client, uint32_t index) {
  return *Call<Family>(
      [=](GroupManager<Family>& manager) { return manager.TakeInterface(client, Link<Family>(index)); });
}

template <class Family>
absl::Status Join(ClientHandle client, uint32_t index) {
  return *Call<Family>([=](GroupManager<Family>& manager) {
    return manager.AddMembership(client, Stream<Family>(), Link<Family>(index), {.join = true});
  });
}

std::vector<std::string> ClientNames() {
  std::vector<std::string> names;
  MgmHostWalkClients(
      [](void* context, const ClientName& client) {
        static_cast<std::vector<std::string>*>(context)->emplace_back(client.name);
      },
      &names);
  return names;
}

// "1 of 40000001/1" for each interface with an owner.
template <class Family>
std::vector<std::string> Owned() {
  std::vector<std::string> rows;
  const auto visit = [](void* context, const InterfaceView<Family>& interface) {
    if (!interface.has_owner) return;
    static_cast<std::vector<std::string>*>(context)->push_back(interface.id.ToString() + " of " +
                                                               std::string(interface.owner.name));
  };
  InterfaceIdOf<Family> cursor;
  while (MgmHostReadInterfaces(cursor, kRowsPerTurn, visit, &rows)) {
  }
  return rows;
}

template <class Family>
std::vector<std::string> Joined() {
  std::vector<std::string> rows;
  const auto visit = [](void* context, const MembershipView<Family>& membership) {
    static_cast<std::vector<std::string>*>(context)->push_back(membership.key.ToString() + " on " +
                                                               membership.interface.ToString());
  };
  FibKey<Family> key;
  InterfaceSlot slot{};
  while (MgmHostReadMemberships(key, slot, kRowsPerTurn, visit, &rows)) {
  }
  return rows;
}

template <class Family>
std::vector<std::string> Mfes() {
  std::vector<std::string> rows;
  const auto visit = [](void* context, const MfeView<Family>& mfe) {
    static_cast<std::vector<std::string>*>(context)->push_back(mfe.key.ToString() + " from " + mfe.iif.ToString());
  };
  FibKey<Family> cursor;
  while (MgmHostReadMfes(cursor, kRowsPerTurn, visit, &rows)) {
  }
  return rows;
}

template <class Family>
struct Around {
  fakes::FakeForwarderOf<Family> forwarder;
  fakes::FakeRouteTableOf<Family> routes;
};

class HostFamilies : public ::testing::Test {
 protected:
  HostFamilies() {
    HostConfig config;
    ForEachFamily([&]<class Family>() {
      Around<Family>& around = around_.of<Family>();
      around.routes.routes[Stream<Family>().source()] = Link<Family>(1);
      config.families.of<Family>() = {.forwarder = &around.forwarder, .routes = &around.routes, .observer = nullptr};
    });
    EXPECT_EQ(MgmHostStart(config), NO_ERROR);
  }
  ~HostFamilies() override { MgmHostStop(); }

  // Registered in both, on interfaces 1 and 2 of both, with the stream joined on interface 2.
  ClientHandle PimInBoth() {
    ClientHandle handle{};
    ForEachFamily([&]<class Family>() {
      const auto registered = Register<Family>(kPim);
      ASSERT_TRUE(registered.ok()) << registered.status();
      handle = *registered;
      for (const uint32_t index : {1, 2}) ASSERT_TRUE(Take<Family>(handle, index).ok());
      ASSERT_TRUE(Join<Family>(handle, 2).ok());
    });
    return handle;
  }

  PerFamily<Around> around_;
};

TEST_F(HostFamilies, HaveOneHandleForAClientOfBoth) {
  const auto four = Register<Ipv4>(kPim);
  const auto six = Register<Ipv6>(kPim);
  ASSERT_TRUE(four.ok() && six.ok());
  EXPECT_EQ(*four, *six);
  const auto other = Register<Ipv6>(kOther);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(*other, *six);
  EXPECT_TRUE(absl::IsAlreadyExists(Register<Ipv6>(kPim).status()));
  EXPECT_THAT(ClientNames(), ElementsAre("40000001/1", "40000002/1")) << "each once, those of IPv6 alone last";
}

TEST_F(HostFamilies, AreReadApart) {
  const ClientHandle pim = PimInBoth();
  ASSERT_TRUE(Take<Ipv6>(pim, 3).ok());
  EXPECT_THAT(Owned<Ipv4>(), ElementsAre("1 of 40000001/1", "2 of 40000001/1"));
  EXPECT_THAT(Owned<Ipv6>(), ElementsAre("1 of 40000001/1", "2 of 40000001/1", "3 of 40000001/1"));
  EXPECT_THAT(Joined<Ipv4>(), ElementsAre("(10.0.0.1,239.0.0.1) on 2"));
  EXPECT_THAT(Joined<Ipv6>(), ElementsAre("(2001:db8::1,ff0e:1::1) on 2"));
}

TEST_F(HostFamilies, TakeTheirPacketsInOneTurn) {
  PimInBoth();
  ForEachFamily([&]<class Family>() {
    Punt<Family> punt;
    punt.key = Stream<Family>();
    punt.arrival = around_.of<Family>().forwarder.Slot(Link<Family>(1));
    around_.of<Family>().forwarder.punts.push_back(punt);
  });
  EXPECT_TRUE(MgmHostPoll());
  EXPECT_THAT(Mfes<Ipv4>(), ElementsAre("(10.0.0.1,239.0.0.1) from 1"));
  EXPECT_THAT(Mfes<Ipv6>(), ElementsAre("(2001:db8::1,ff0e:1::1) from 1"));
  EXPECT_EQ(MgmHostCountMfes<Ipv4>(), 1U);
  EXPECT_EQ(MgmHostCountMfes<Ipv6>(), 1U);
}

TEST_F(HostFamilies, LoseNothingByAReleaseInTheOther) {
  ForEachFamily([&]<class Family>() {
    using Other = OtherFamily<Family>;
    PimInBoth();
    const auto owned = Owned<Other>();
    const auto joined = Joined<Other>();
    auto& forwarder = around_.of<Other>().forwarder;
    forwarder.calls.clear();
    EXPECT_EQ(MgmHostReleaseInterface(kPim.protocol, kPim.component, Link<Family>(2)), NO_ERROR);
    EXPECT_THAT(Owned<Family>(), ElementsAre("1 of 40000001/1"));
    EXPECT_THAT(Joined<Family>(), IsEmpty());
    EXPECT_EQ(Owned<Other>(), owned);
    EXPECT_EQ(Joined<Other>(), joined);
    EXPECT_THAT(forwarder.calls, IsEmpty());
    EXPECT_EQ(MgmHostShutDownClient(kPim.protocol, kPim.component), NO_ERROR);
  });
}

TEST_F(HostFamilies, AreLeftTogetherByAClientThatIsShutDown) {
  PimInBoth();
  ASSERT_TRUE(Register<Ipv6>(kOther).ok());
  EXPECT_EQ(MgmHostShutDownClient(kPim.protocol, kPim.component), NO_ERROR);
  EXPECT_THAT(Owned<Ipv4>(), IsEmpty());
  EXPECT_THAT(Owned<Ipv6>(), IsEmpty());
  EXPECT_THAT(ClientNames(), ElementsAre("40000002/1"));
  EXPECT_EQ(MgmHostShutDownClient(kPim.protocol, kPim.component), ERROR_NOT_FOUND);
  EXPECT_EQ(MgmHostShutDownClient(kOther.protocol, kOther.component), NO_ERROR) << "that is in one only";
  EXPECT_THAT(ClientNames(), IsEmpty());
}

TEST(HostOfOneFamily, HasNothingOfTheOther) {
  Around<Ipv4> around;
  HostConfig config;
  config.families.of<Ipv4>() = {.forwarder = &around.forwarder, .routes = &around.routes, .observer = nullptr};
  ASSERT_EQ(MgmHostStart(config), NO_ERROR);
  const auto count = Call<Ipv6>([](GroupManager<Ipv6>& manager) { return manager.mfe_count(); });
  EXPECT_FALSE(count.has_value());
  EXPECT_EQ(MgmHostCountMfes<Ipv6>(), 0U);
  EXPECT_THAT(Owned<Ipv6>(), IsEmpty());
  EXPECT_EQ(MgmHostReleaseInterface(kPim.protocol, kPim.component, Link<Ipv6>(1)), ERROR_CAN_NOT_COMPLETE);
  MgmHostStop();
}

TEST(HostOfOneFamily, NeedsIpv4AndRoutes) {
  Around<Ipv4> four;
  Around<Ipv6> six;
  HostConfig config;
  EXPECT_EQ(MgmHostStart(config), ERROR_INVALID_PARAMETER);
  config.families.of<Ipv6>() = {.forwarder = &six.forwarder, .routes = &six.routes, .observer = nullptr};
  EXPECT_EQ(MgmHostStart(config), ERROR_INVALID_PARAMETER) << "IPv6 alone";
  config.families.of<Ipv4>() = {.forwarder = &four.forwarder, .routes = &four.routes, .observer = nullptr};
  config.families.of<Ipv6>().routes = nullptr;
  EXPECT_EQ(MgmHostStart(config), ERROR_INVALID_PARAMETER) << "IPv6 without routes";
}

}  // namespace
}  // namespace mgmd::mgm
