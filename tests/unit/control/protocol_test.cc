// Invariant: whatever a protocol is made of, a release of it returns its trace, and a shutdown releases every interface
// in order, says how, and leaves no client behind; where a release fails, the protocol goes on with what is left.

#include "control/protocols/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "control/mgm/host.h"
#include "control/protocols/clients.h"
#include "control/protocols/start_protocol.h"
#include "control/rib/static_rib.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/protocol_surroundings.h"

namespace mgmd::protocols {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr AnyInterfaceId kUp0 = InterfaceId{1, {}};
constexpr AnyInterfaceId kUp0InIpv6 = InterfaceIdOf<Ipv6>{1, {}};
constexpr AnyInterfaceId kDn1 = InterfaceId{2, {}};
constexpr AnyInterfaceId kDn2 = InterfaceId{3, {}};

std::vector<AnyInterfaceId> InterfacesOf(const views::Shutdown& shutdown) {
  std::vector<AnyInterfaceId> interfaces;
  for (const views::Release& release : shutdown.releases) interfaces.push_back(release.interface);
  return interfaces;
}

// Notes what is asked of it.
class FakeProtocol : public Protocol {
 public:
  const std::string& name() const override { return name_; }
  const std::vector<mgm::ClientId>& clients() const override { return clients_; }
  bool needs_its_entries() const override { return false; }
  std::vector<AnyInterfaceId> interfaces() const override { return owned; }
  absl::StatusOr<views::Release> Release(const AnyInterfaceId& interface) override {
    if (interface == refused) return absl::FailedPreconditionError("inside a callback");
    if (std::erase(owned, interface) == 0) return absl::NotFoundError("not its own");
    if (interface == kDn2) std::erase(owned, goes_with_dn2);
    return views::Release{.client = clients_.front(), .interface = interface};
  }
  absl::Status Stop(const std::vector<mgm::ClientId>& others) override {
    EXPECT_THAT(owned, IsEmpty());
    waiting = others;
    ++stopped;
    return absl::OkStatus();
  }

  std::vector<AnyInterfaceId> owned = {kDn2, kUp0, kDn1};
  AnyInterfaceId refused;
  AnyInterfaceId goes_with_dn2;  // a callback releases it
  int stopped = 0;
  std::vector<mgm::ClientId> waiting;  // while it stopped

 private:
  const std::string name_ = "fake";
  const std::vector<mgm::ClientId> clients_ = {{8, 1}};
};

TEST(Protocol, ReleasesAnInterfaceInEachFamilyInWhichItIsOnIt) {
  for (const std::string_view family : {"", "ipv4", "ipv6"}) {
    FakeProtocol protocol;
    protocol.owned = {kUp0, kUp0InIpv6, kDn1};
    const auto releases = protocol.ReleaseIn(family, 1);
    ASSERT_TRUE(releases.ok()) << releases.status();
    EXPECT_EQ(releases->front().interface, family == "ipv6" ? kUp0InIpv6 : kUp0);
    EXPECT_EQ(releases->back().interface, family == "ipv4" ? kUp0 : kUp0InIpv6);
    EXPECT_EQ(protocol.owned.size() + releases->size(), 3u);
  }
  FakeProtocol protocol;
  EXPECT_TRUE(absl::IsNotFound(protocol.ReleaseIn("ipv6", 1).status()));
  EXPECT_TRUE(absl::IsNotFound(protocol.ReleaseIn("", 9).status()));
}

TEST(Protocol, SaysWhatHasBeenReleasedWhereTheOtherFamilyFails) {
  FakeProtocol protocol;
  protocol.owned = {kUp0, kUp0InIpv6};
  protocol.refused = kUp0InIpv6;
  EXPECT_EQ(protocol.ReleaseIn("", 1).status(),
            absl::FailedPreconditionError("inside a callback; in ipv4 the interface has been released"));
  EXPECT_THAT(protocol.owned, ElementsAre(kUp0InIpv6));
  EXPECT_EQ(protocol.ReleaseIn("", 1).status(), absl::FailedPreconditionError("inside a callback"));
}

TEST(Protocol, ReleasesAllInItsOrderAndThenStops) {
  FakeProtocol protocol;
  const std::vector<mgm::ClientId> others = {{9, 1}};
  const auto shutdown = protocol.ShutDown(others);
  ASSERT_TRUE(shutdown.ok());
  EXPECT_THAT(InterfacesOf(*shutdown), ElementsAre(kDn2, kUp0, kDn1));
  EXPECT_EQ(protocol.stopped, 1);
  EXPECT_EQ(protocol.waiting, others);
}

TEST(Protocol, GoesOnPastWhatACallbackHasReleasedMeanwhile) {
  FakeProtocol protocol;
  protocol.goes_with_dn2 = kUp0;
  const auto shutdown = protocol.ShutDown({});
  ASSERT_TRUE(shutdown.ok()) << shutdown.status();
  EXPECT_THAT(InterfacesOf(*shutdown), ElementsAre(kDn2, kDn1));
  EXPECT_EQ(protocol.stopped, 1);
}

TEST(Protocol, GoesOnWhereAReleaseOfItsShutdownFails) {
  FakeProtocol protocol;
  protocol.refused = kUp0;
  EXPECT_EQ(protocol.ShutDown({}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(protocol.owned, ElementsAre(kUp0, kDn1));
  EXPECT_EQ(protocol.stopped, 0);
}

// A protocol in a manager of the process.
class StartedProtocol : public ::testing::Test {
 protected:
  StartedProtocol() {
    mgm::HostConfig host;
    host.families.of<Ipv4>() = {.forwarder = &forwarder_, .routes = &routes_, .observer = nullptr};
    EXPECT_EQ(MgmHostStart(host), NO_ERROR);
  }
  ~StartedProtocol() override { MgmHostStop(); }

  static config::Protocol Static() {
    config::StaticProtocol config;
    config.interfaces.of<Ipv4>() = {{1, {}}, {3, {}}, {2, {}}};
    config.mroutes.of<Ipv4>() = {
        {.from = {1, {}}, .source = {}, .group = Ipv4Prefix(Ipv4Address(239, 1, 1, 1), 32), .to = {{2, {}}, {3, {}}}}};
    return {.name = "static", .kind = config};
  }

 private:
  fakes::FakeForwarder forwarder_;
  StaticRib<Ipv4> routes_;  // without routes

 protected:
  fakes::ProtocolSurroundings others_;
};

TEST_F(StartedProtocol, AnswersAReleaseWithItsTrace) {
  const auto protocol = StartProtocol(Static(), others_.around);
  ASSERT_TRUE(protocol.ok()) << protocol.status();
  EXPECT_EQ((*protocol)->name(), "static");
  EXPECT_THAT((*protocol)->interfaces(), ElementsAre(kUp0, kDn2, kDn1));
  EXPECT_EQ((*protocol)->clients(), AllClients());

  const auto release = (*protocol)->Release(kDn1);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->client, (*protocol)->clients().front());
  EXPECT_EQ(release->interface, kDn1);
  EXPECT_FALSE(release->take);
  EXPECT_TRUE(release->settled);
  const auto dropped = std::find_if(release->steps.begin(), release->steps.end(),
                                    [](const views::Step& step) { return step.name == "memberships dropped"; });
  ASSERT_NE(dropped, release->steps.end());
  EXPECT_EQ(dropped->count, 1u);
  EXPECT_THAT((*protocol)->interfaces(), ElementsAre(kUp0, kDn2));
  EXPECT_TRUE(absl::IsNotFound((*protocol)->Release(kDn1).status()));
}

TEST_F(StartedProtocol, ShutsDownWithATraceForEachInterface) {
  const auto protocol = StartProtocol(Static(), others_.around);
  ASSERT_TRUE(protocol.ok()) << protocol.status();
  const auto shutdown = (*protocol)->ShutDown({});
  ASSERT_TRUE(shutdown.ok()) << shutdown.status();
  EXPECT_THAT(InterfacesOf(*shutdown), ElementsAre(kUp0, kDn2, kDn1));
  for (const views::Release& release : shutdown->releases) EXPECT_THAT(release.steps, testing::Not(IsEmpty()));
  EXPECT_THAT(AllClients(), IsEmpty());
}

TEST_F(StartedProtocol, StopsOnceAndLeavesNothingBehind) {
  const auto protocol = StartProtocol(Static(), others_.around);
  ASSERT_TRUE(protocol.ok()) << protocol.status();
  for (int times = 0; times < 2; ++times) EXPECT_TRUE((*protocol)->Stop({}).ok());
  EXPECT_THAT((*protocol)->interfaces(), IsEmpty());
  EXPECT_THAT(AllClients(), IsEmpty());
}

TEST_F(StartedProtocol, LeavesNothingBehindWhereItCannotStart) {
  const auto first = StartProtocol(Static(), others_.around);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(absl::IsAlreadyExists(StartProtocol(Static(), others_.around).status()));
  EXPECT_EQ(AllClients(), (*first)->clients());
  const config::Protocol module{.name = "no",
                                .kind = config::ProtocolModule{.module = "no_such_module.so", .options = {}}};
  EXPECT_TRUE(absl::IsNotFound(StartProtocol(module, others_.around).status()));
  EXPECT_EQ(AllClients(), (*first)->clients());
}

}  // namespace
}  // namespace mgmd::protocols
