// Invariant: the manager of a program that loads modules is that program's own, whatever its modules and its observer
// do.

#include "control/mgm/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "control/mgm/mgm_ext.h"
#include "tests/fakes/fake_forwarder.h"

namespace mgmd {
namespace {

using namespace std::chrono_literals;  // NOLINT: durations

constexpr DWORD kGroup = 0x070107EF;   // 239.7.1.7
constexpr DWORD kSource = 0x0100000A;  // 10.0.0.1

// Sources are behind interface 1.
class OneRoute : public RouteTable<Ipv4> {
 public:
  std::optional<Route<Ipv4>> Lookup(const Ipv4Address&) const override {
    return Route<Ipv4>{Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8), {.index = 1, .next_hop = {}}, {}, 3};
  }
};

class Host : public ::testing::Test {
 protected:
  void Start(mgm::Observer* observer = nullptr) {
    mgm::HostConfig config;
    config.families.of<Ipv4>() = {.forwarder = &forwarder_, .routes = &routes_, .observer = observer};
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

TEST_F(Host, ReadsMfesInPagesWithoutAGap) {
  Start();
  const HANDLE client = Register(1);
  ASSERT_EQ(MgmTakeInterfaceOwnership(client, 1, 0), NO_ERROR);
  constexpr DWORD kStreams = 5;
  const BYTE header[20] = {0x45};
  for (DWORD n = 0; n < kStreams; ++n) {
    ASSERT_EQ(MgmExtNewPacket(kSource + (n << 24), kGroup, 1, 0, sizeof(header), header), NO_ERROR);
  }
  std::vector<Ipv4FibKey> keys;
  std::vector<size_t> pages;
  Ipv4FibKey cursor;
  for (bool more = true; more;) {
    const size_t before = keys.size();
    more = MgmHostReadMfes(
        cursor, 2,
        [](void* context, const mgm::MfeView<Ipv4>& mfe) {
          static_cast<std::vector<Ipv4FibKey>*>(context)->push_back(mfe.key);
        },
        &keys);
    pages.push_back(keys.size() - before);
  }
  EXPECT_EQ(pages, (std::vector<size_t>{2, 2, 1}));
  ASSERT_EQ(keys.size(), kStreams);
  for (DWORD n = 0; n < kStreams; ++n) EXPECT_EQ(keys[n].source(), Ipv4Address::FromNetwork(kSource + (n << 24)));
}

TEST_F(Host, EndsTheStreamsOfAnInterfaceButForThoseThatAProtocolWants) {
  // Invariant: of an interface by which nothing comes any more those MFEs stay that a membership asks for, a packet
  // makes the others again, and no turn looks at all of them.
  Start();
  const HANDLE client = Register(1);
  ASSERT_EQ(MgmTakeInterfaceOwnership(client, 1, 0), NO_ERROR);
  ASSERT_EQ(MgmTakeInterfaceOwnership(client, 2, 0), NO_ERROR);
  ASSERT_EQ(
      MgmAddGroupMembershipEntry(client, kSource, ~0u, kGroup, ~0u, 2, 0, MGM_JOIN_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG),
      NO_ERROR);
  MgmHostPoll();
  EXPECT_EQ(MgmHostCountMfes<Ipv4>(), 1u);
  const auto send = [&](DWORD streams) {
    const BYTE header[20] = {0x45};
    for (DWORD n = 1; n <= streams; ++n)
      ASSERT_EQ(MgmExtNewPacket(kSource + (n << 16), kGroup, 1, 0, sizeof(header), header), NO_ERROR);
  };
  send(3000);
  MgmHostEndStreams<Ipv4>({.index = 3, .next_hop = {}});
  while (MgmHostPoll()) {
  }
  EXPECT_EQ(MgmHostCountMfes<Ipv4>(), 3001u);
  MgmHostEndStreams<Ipv4>({.index = 1, .next_hop = {}});
  EXPECT_TRUE(MgmHostPoll());
  EXPECT_GT(MgmHostCountMfes<Ipv4>(), 1u);
  while (MgmHostPoll()) {
  }
  EXPECT_EQ(MgmHostCountMfes<Ipv4>(), 1u);
  EXPECT_TRUE(MgmHostReadMfe<Ipv4>(
      Ipv4FibKey::SourceGroupUnchecked(Ipv4Address::FromNetwork(kSource), Ipv4Address::FromNetwork(kGroup)),
      [](void*, const mgm::MfeView<Ipv4>&) {}, nullptr));
  send(1);
  EXPECT_EQ(MgmHostCountMfes<Ipv4>(), 2u);
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
           {almost + "\u00e9", almost},            // two octets, one fits
           {two + "\u00e9", two + "\u00e9"},       // both fit
           {two + "\u20ac", two},                  // three octets, two fit
           {two + "\U0001F600", two},              // four octets, two fit
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

  bool WantsMfes() const override { return true; }
  void MfesWritten(std::span<const mgm::MfeEvent>) override { Throw(); }
  void MfesDeleted(std::span<const Ipv4FibKey>) override { Throw(); }
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
  for (const char* event : {"ClientRegistered", "InterfaceTaken", "MembershipAdded", "MfesWritten", "MembershipDeleted",
                            "MfesDeleted", "InterfaceReleased", "ClientDeregistered"}) {
    EXPECT_THAT(observer.threw, ::testing::Contains(event));
  }
}

// While a module stops: its threads come out of their calls, the others' calls wait.
TEST_F(Host, RefusesCallsOfOtherThreadsWhereItIsAsked) {
  Start();
  const HANDLE stopping = Register(1);
  const HANDLE running = Register(2);
  std::promise<void> calling;
  DWORD waited = NO_ERROR;
  std::thread inside([&] {
    calling.set_value();
    waited = MgmTakeInterfaceOwnership(stopping, 1, 0);
  });
  calling.get_future().wait();
  const mgm::ClientId others[] = {{7, 2}};
  MgmHostRefuseCalls(others, 1);
  inside.join();
  EXPECT_EQ(waited, ERROR_CAN_NOT_COMPLETE) << "whether it waited already or not";
  std::thread([&] {
    DWORD protocol = 0;
    DWORD component = 0;
    EXPECT_EQ(MgmAddGroupMembershipEntry(stopping, 0, 0, kGroup, ~0u, 1, 0, MGM_JOIN_STATE_FLAG),
              ERROR_CAN_NOT_COMPLETE);
    EXPECT_EQ(MgmGetProtocolOnInterface(1, 0, &protocol, &component), ERROR_CAN_NOT_COMPLETE);
    EXPECT_EQ(MgmTakeInterfaceOwnership(nullptr, 1, 0), ERROR_CAN_NOT_COMPLETE);
  }).join();
  EXPECT_EQ(MgmTakeInterfaceOwnership(stopping, 1, 0), NO_ERROR) << "control's own calls are executed";
  std::atomic<bool> done = false;
  std::thread other([&] {
    EXPECT_EQ(MgmTakeInterfaceOwnership(running, 2, 0), NO_ERROR);
    done = true;
  });
  MgmHostAcceptCalls();
  while (!done) MgmHostPoll();
  other.join();
}

std::promise<void> entered;
std::promise<void> leave;
std::promise<DWORD> answered;

// Who takes over reads everything and is disturbed by nobody; control does not come back.
TEST_F(Host, IsTakenOverFromACallbackThatDoesNotReturn) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::thread([this] {
          Start();
          EXPECT_FALSE(MgmHostTakeOver(0ms)) << "control is inside no callback";
          ROUTING_PROTOCOL_CONFIG callbacks = {};
          callbacks.pfnJoinAlertCallback = [](DWORD, DWORD, DWORD, DWORD, BOOL) -> DWORD {
            entered.set_value();
            leave.get_future().wait();
            DWORD protocol = 0;
            DWORD component = 0;
            answered.set_value(MgmGetProtocolOnInterface(1, 0, &protocol, &component));
            return 0;
          };
          Register(1, callbacks);
          const HANDLE other = Register(2);
          MgmTakeInterfaceOwnership(other, 1, 0);
          MgmAddGroupMembershipEntry(other, 0, 0, kGroup, ~0u, 1, 0, MGM_JOIN_STATE_FLAG);
          _exit(3);  // it has come back
        }).detach();
        entered.get_future().wait();
        const bool taken = MgmHostTakeOver(0ms);
        const bool again = MgmHostTakeOver(0ms);
        const size_t clients = ClientNames().size();
        leave.set_value();
        // A call of the callback's own is one of any other thread now.
        const bool failed = answered.get_future().get() == ERROR_CAN_NOT_COMPLETE;
        _exit(taken && !again && clients == 2 && failed ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Host, IsTakenOverWhenControlComesIntoAForeignFunction) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Start();
        Register(1);
        std::promise<pid_t> waiting;
        std::thread([&waiting] {
          waiting.set_value(gettid());
          const bool taken = MgmHostTakeOver(1h);  // beyond what the test may take: who is not woken hangs
          _exit(taken && ClientNames().size() == 1 ? 0 : 1);
        }).detach();
        // Nobody tells that it waits, but the kernel that it sleeps.
        const std::string stat = "/proc/self/task/" + std::to_string(waiting.get_future().get()) + "/stat";
        for (std::string line; line.find(") S ") == std::string::npos;) std::getline(std::ifstream(stat), line);
        MgmHostEnterForeign("protocol x", "pfnStop");
        for (;;) pause();
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Host, ShowsTheForeignFunctionThatControlIsInsideOf) {
  Start();
  const auto shown = [] {
    std::string text;
    MgmHostForeign(
        [](void* context, const mgm::ForeignView& foreign) {
          *static_cast<std::string*>(context) = std::string(foreign.function) + " of " + std::string(foreign.who);
        },
        &text);
    return text;
  };
  EXPECT_EQ(shown(), "");
  MgmHostEnterForeign("protocol x", "pfnStart");
  EXPECT_EQ(shown(), "pfnStart of protocol x");
  static std::string inside;
  static std::string (*show)() = shown;
  ROUTING_PROTOCOL_CONFIG callbacks = {};
  callbacks.pfnJoinAlertCallback = [](DWORD, DWORD, DWORD, DWORD, BOOL) -> DWORD {
    inside = show();
    return 0;
  };
  MgmExtNameClient(Register(1, callbacks), "listener");
  const HANDLE other = Register(2);
  EXPECT_EQ(MgmTakeInterfaceOwnership(other, 1, 0), NO_ERROR);
  EXPECT_EQ(MgmAddGroupMembershipEntry(other, 0, 0, kGroup, ~0u, 1, 0, MGM_JOIN_STATE_FLAG), NO_ERROR);
  EXPECT_EQ(inside, "JOIN of listener");
  EXPECT_EQ(shown(), "pfnStart of protocol x");
  MgmHostLeaveForeign();
  EXPECT_EQ(shown(), "");
}

}  // namespace
}  // namespace mgmd
