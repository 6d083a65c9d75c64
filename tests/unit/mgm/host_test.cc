// Invariant: the manager of a program that loads modules is that program's own, whatever its modules and its observer do.

#include "control/mgm/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "control/mgm/mgm_ext.h"
#include "tests/fakes/fake_forwarder.h"

namespace mgmd {
namespace {

constexpr DWORD kGroup = 0x070107EF;   // 239.7.1.7
constexpr DWORD kSource = 0x0100000A;  // 10.0.0.1

// Sources are behind interface 1.
class OneRoute : public RouteTable {
 public:
  std::optional<Route> Lookup(Ipv4Address) const override {
    return Route{Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8), {.index = 1, .next_hop = {}}, {}, 3};
  }
};

class Host : public ::testing::Test {
 protected:
  void Start(mgm::Observer* observer = nullptr) {
    mgm::HostConfig config;
    config.forwarder = &forwarder_;
    config.routes = &routes_;
    config.observer = observer;
    ASSERT_EQ(MgmHostStart(config), NO_ERROR);
  }
  ~Host() override { MgmHostStop(); }

  HANDLE Register(DWORD component, ROUTING_PROTOCOL_CONFIG callbacks = {}) {
    HANDLE client = nullptr;
    EXPECT_EQ(MgmRegisterMProtocol(&callbacks, 7, component, &client), NO_ERROR);
    return client;
  }

  static std::vector<std::string> ClientNames() {
    std::vector<std::string> names;
    MgmHostWalkClients(
        [](void* context, const mgm::ClientName& client) {
          static_cast<std::vector<std::string>*>(context)->emplace_back(client.name);
        },
        &names);
    return names;
  }

 private:
  fakes::FakeForwarder forwarder_;
  OneRoute routes_;
};

TEST_F(Host, IsNotStoppedOrPolledByOthers) {
  Start();
  DWORD next = 0;
  EXPECT_EQ(MgmExtStop(), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmExtPoll(&next), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmExtPollFd(), -1);
  MGM_EXT_CONFIG own = {};
  own.dwSize = sizeof(own);
  EXPECT_EQ(MgmExtStart(&own), ERROR_ALREADY_EXISTS);
  EXPECT_EQ(MgmDeRegisterMProtocol(Register(1)), NO_ERROR) << "it runs on";
}

TEST(Caller, IsNotStoppedByTheHost) {
  MGM_EXT_CONFIG own = {};
  own.dwSize = sizeof(own);
  ASSERT_EQ(MgmExtStart(&own), NO_ERROR);
  MgmHostStop();
  EXPECT_EQ(MgmExtPoll(nullptr), NO_ERROR);
  EXPECT_EQ(MgmExtStop(), NO_ERROR);
}

TEST_F(Host, CutsNamesBetweenCharacters) {
  Start();
  const HANDLE client = Register(1);
  const std::string most(31, 'a');
  const std::string almost(30, 'a');
  const std::string two(29, 'a');
  for (const auto& [given, kept] : std::vector<std::pair<std::string, std::string>>{
           {most, most},
           {most + "b", most},
           {almost + "\u00e9", almost},          // two octets, one fits
           {two + "\u00e9", two + "\u00e9"},     // both fit
           {two + "\u20ac", two},                // three octets, two fit
           {two + "\U0001F600", two},            // four octets, two fit
           {almost + "\xff\xff", almost + "\xff"}  // no characters at all
       }) {
    ASSERT_EQ(MgmExtNameClient(client, given.c_str()), NO_ERROR);
    EXPECT_THAT(ClientNames(), ::testing::ElementsAre(kept)) << given;
  }
}

// Throws from whatever it is told.
class Thrower : public mgm::Observer {
 public:
  std::vector<std::string> threw;

  void MfeAdded(const mgm::MfeEvent&) override { Throw(); }
  void MfeChanged(const mgm::MfeEvent&) override { Throw(); }
  void MfeDeleted(const Ipv4FibKey&) override { Throw(); }
  void MembershipAdded(const mgm::ClientName&, const Ipv4FibKey&, InterfaceId) override { Throw(); }
  void MembershipDeleted(const mgm::ClientName&, const Ipv4FibKey&, InterfaceId) override { Throw(); }
  void ClientRegistered(const mgm::ClientName&) override { Throw(); }
  void ClientDeregistered(const mgm::ClientName&) override { throw 1; }
  void InterfaceTaken(const mgm::ClientName&, InterfaceId) override { Throw(); }
  void InterfaceReleased(const mgm::ReleaseTrace&) override { Throw(); }
  void Threw(std::string_view event, std::string_view) override {
    threw.emplace_back(event);
    Throw();
  }

 private:
  static void Throw() { throw std::runtime_error("observer"); }
};

TEST_F(Host, AnObserverThatThrowsFailsNoCall) {
  Thrower observer;
  Start(&observer);
  const HANDLE client = Register(1);
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(MgmTakeInterfaceOwnership(client, 1, 0), NO_ERROR);
  EXPECT_EQ(MgmTakeInterfaceOwnership(client, 2, 0), NO_ERROR);
  EXPECT_EQ(MgmAddGroupMembershipEntry(client, 0, 0, kGroup, ~0u, 2, 0, MGM_JOIN_STATE_FLAG), NO_ERROR);
  EXPECT_EQ(MgmExtNewPacket(kSource, kGroup, 1, 0, 0, nullptr), NO_ERROR);
  EXPECT_EQ(MgmDeleteGroupMembershipEntry(client, 0, 0, kGroup, ~0u, 2, 0, MGM_JOIN_STATE_FLAG), NO_ERROR);
  EXPECT_EQ(MgmReleaseInterfaceOwnership(client, 1, 0), NO_ERROR);
  EXPECT_EQ(MgmReleaseInterfaceOwnership(client, 2, 0), NO_ERROR);
  EXPECT_EQ(MgmDeRegisterMProtocol(client), NO_ERROR);
  while (MgmHostPoll()) {
  }
  for (const char* event : {"ClientRegistered", "InterfaceTaken", "MembershipAdded", "MfeAdded", "MfeChanged",
                            "MembershipDeleted", "MfeDeleted", "InterfaceReleased", "ClientDeregistered"}) {
    EXPECT_THAT(observer.threw, ::testing::Contains(event));
  }
}

}  // namespace
}  // namespace mgmd
