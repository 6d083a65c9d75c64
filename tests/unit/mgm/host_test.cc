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

}  // namespace
}  // namespace mgmd
