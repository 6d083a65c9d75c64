// Invariant: a module is told of every interface what the configuration says, in both families, and one that was built
// for another version is not started; whatever its callbacks do meanwhile, it is released from each of its interfaces
// once, and a release that cannot be done is told apart from one that there is nothing to do for; it is told of those
// that others make; while it stops its threads come out of their calls, and those of others wait; and when it has
// stopped, nothing that it has registered with mgmd's services stands.
//
// The module is this program itself: it exports MgmdProtocol(), and dlopen("") opens the program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/mgm/host.h"
#include "control/mgm/mgm_ext.h"
#include "control/protocols/clients.h"
#include "control/protocols/module/mgmd_protocol.h"
#include "control/protocols/start_protocol.h"
#include "control/rib/static_rib.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/protocol_surroundings.h"

namespace mgmd::protocols {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr DWORD kProtocol = PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS1, 100);
constexpr DWORD kGroup = 0x010101EF;   // 239.1.1.1
constexpr DWORD kSource = 0x0100000A;  // 10.0.0.1
constexpr InterfaceId kUp0{1, {}};
constexpr InterfaceId kDn1{2, {}};
constexpr InterfaceId kDn2{3, {}};

// What the module does, and what a callback of a test's client does.
std::function<void(const MGMD_PROTOCOL_ARGUMENTS&)> at_start;
std::function<void()> at_goodbye;
std::function<void()> at_stop;
uint32_t start_code = 0;
std::function<void()> in_callback;
uint32_t version = MGMD_PROTOCOL_VERSION;  // that the module was built for

HANDLE Register(DWORD component, ROUTING_PROTOCOL_CONFIG callbacks = {}) {
  HANDLE client = nullptr;
  EXPECT_EQ(MgmRegisterMProtocol(&callbacks, kProtocol, component, &client), NO_ERROR);
  return client;
}

void Take(HANDLE client, InterfaceId interface) {
  EXPECT_EQ(MgmTakeInterfaceOwnership(client, interface.index, 0), NO_ERROR);
}

class ProtocolModule : public ::testing::Test {
 protected:
  ProtocolModule() {
    routes_.Add({.prefix = Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8),
                 .interface = kUp0,
                 .upstream_neighbour = {},
                 .protocol = StaticRib<Ipv4>::kLocal});
    StartManager(nullptr);
  }
  ~ProtocolModule() override {
    MgmHostStop();
    at_start = nullptr;
    at_goodbye = at_stop = in_callback = nullptr;
    start_code = 0;
    version = MGMD_PROTOCOL_VERSION;
  }

  void StartManager(mgm::Observer* observer) {
    mgm::HostConfig host;
    host.families.of<Ipv4>() = {.forwarder = &forwarder_, .routes = &routes_, .observer = observer};
    EXPECT_EQ(MgmHostStart(host), NO_ERROR);
  }
  absl::StatusOr<std::unique_ptr<Protocol>> TryStart(const std::vector<config::Interface>& interfaces) {
    others_.interfaces = interfaces;
    const config::Protocol module{.name = "own", .kind = config::ProtocolModule{.module = "", .options = {}}};
    return StartProtocol(module, others_.around);
  }
  // A module whose start does so.
  std::unique_ptr<Protocol> Start(std::function<void()> start) {
    at_start = [start = std::move(start)](const MGMD_PROTOCOL_ARGUMENTS&) { start(); };
    auto protocol = TryStart({});
    EXPECT_TRUE(protocol.ok()) << protocol.status();
    return *std::move(protocol);
  }

  fakes::ProtocolSurroundings others_;

 private:
  fakes::FakeForwarder forwarder_;
  StaticRib<Ipv4> routes_;
};

template <class Family>
config::InterfaceAddress<Family> Own(const char* address, int length) {
  return {*Family::Address::Parse(address), length};
}

// "up0 1 families 3: 10.0.0.254/24 2001:db8::fe/64"
std::string TextOf(const MGMD_PROTOCOL_INTERFACE& interface) {
  std::string text = absl::StrCat(interface.szName, " ", interface.dwIfIndex, " families ", interface.dwFamilies, ":");
  for (uint32_t i = 0; i < interface.dwAddressCount; ++i) {
    const MGMD_PROTOCOL_ADDRESS& own = interface.pAddresses[i];
    absl::StrAppend(&text, " ", Ipv4Address::FromNetwork(own.dwAddress).ToString(), "/",
                    Ipv4Address::FromNetwork(own.dwMask).ToString());
  }
  for (uint32_t i = 0; i < interface.dwAddress6Count; ++i) {
    const MGMD_PROTOCOL_ADDRESS6& own = interface.pAddresses6[i];
    absl::StrAppend(&text, " ", Ipv6Address::FromNetwork(own.Address.s6_addr).ToString(), "/", own.dwLength);
  }
  return text;
}

TEST_F(ProtocolModule, IsToldTheAddressesAndFamiliesOfEveryInterface) {
  std::vector<config::Interface> interfaces(5);
  const char* const names[] = {"both", "four", "six", "none", "small"};
  for (uint32_t i = 0; i < interfaces.size(); ++i) {
    interfaces[i].name = names[i];
    interfaces[i].id = {i + 1, {}};
  }
  interfaces[0].addresses = {{Own<Ipv4>("10.0.0.254", 24), Own<Ipv4>("10.1.0.254", 31)},
                             {Own<Ipv6>("2001:db8::fe", 64), Own<Ipv6>("fe80::fe", 10)}};
  interfaces[1].addresses.of<Ipv4>() = {Own<Ipv4>("10.2.0.254", 32)};
  interfaces[2].addresses.of<Ipv6>() = {Own<Ipv6>("2001:db8:3::fe", 128)};
  interfaces[4].mtu = 1279;
  std::vector<std::string> told;
  at_start = [&](const MGMD_PROTOCOL_ARGUMENTS& arguments) {
    EXPECT_EQ(arguments.dwVersion, 3u);
    for (uint32_t i = 0; i < arguments.dwInterfaceCount; ++i) told.push_back(TextOf(arguments.pInterfaces[i]));
  };
  ASSERT_TRUE(TryStart(interfaces).ok());
  EXPECT_THAT(told, ElementsAre("both 1 families 3: 10.0.0.254/255.255.255.0 10.1.0.254/255.255.255.254"
                                " 2001:db8::fe/64 fe80::fe/10",
                                "four 2 families 1: 10.2.0.254/255.255.255.255", "six 3 families 2: 2001:db8:3::fe/128",
                                "none 4 families 3:", "small 5 families 1:"));
}

TEST_F(ProtocolModule, OfAnotherVersionIsNotStarted) {
  at_start = [](const MGMD_PROTOCOL_ARGUMENTS&) { ADD_FAILURE() << "it was started"; };
  for (const uint32_t other : {2u, 4u}) {
    version = other;
    const absl::Status status = TryStart({}).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_EQ(status.message(), absl::StrCat("protocol own: : it was built for version ", other,
                                             " of mgmd_protocol.h, and this mgmd has 3"));
  }
}

TEST_F(ProtocolModule, ReleasesAnInterfaceOfAnyOfItsClientsOnce) {
  const auto module = Start([] {
    Take(Register(1), kDn1);
    Take(Register(2), kDn2);
  });
  EXPECT_THAT(module->interfaces(), ElementsAre(AnyInterfaceId(kDn1), AnyInterfaceId(kDn2)));
  const auto release = module->Release(kDn2);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->client, (mgm::ClientId{kProtocol, 2}));
  EXPECT_THAT(release->steps, testing::Not(IsEmpty()));
  EXPECT_TRUE(absl::IsNotFound(module->Release(kDn2).status()));
  EXPECT_TRUE(absl::IsNotFound(module->Release(kUp0).status()));
  EXPECT_THAT(module->interfaces(), ElementsAre(AnyInterfaceId(kDn1)));
}

TEST_F(ProtocolModule, SaysThatAReleaseCannotBeDoneNow) {
  const auto module = Start([] { Take(Register(1), kDn1); });
  ROUTING_PROTOCOL_CONFIG callbacks = {};
  callbacks.pfnRpfCallback = [](DWORD, DWORD, DWORD, DWORD, PDWORD, PDWORD, PDWORD, DWORD, PBYTE, PBYTE) -> DWORD {
    in_callback();
    return NO_ERROR;
  };
  Take(Register(2, callbacks), kUp0);
  absl::Status released;
  in_callback = [&] { released = module->Release(kDn1).status(); };
  const BYTE header[20] = {0x45};
  EXPECT_EQ(MgmExtNewPacket(kSource, kGroup, kUp0.index, 0, sizeof(header), header), NO_ERROR);
  EXPECT_TRUE(absl::IsFailedPrecondition(released)) << "this callback may change nothing: " << released;
  EXPECT_THAT(module->interfaces(), ElementsAre(AnyInterfaceId(kDn1)));
}

TEST_F(ProtocolModule, GoesOnWhereACallbackReleasesMeanwhile) {
  const auto module = Start([] {
    const HANDLE first = Register(1);
    ROUTING_PROTOCOL_CONFIG callbacks = {};
    callbacks.pfnPruneAlertCallback = [](DWORD, DWORD, DWORD, DWORD, DWORD, DWORD, BOOL, PDWORD) -> DWORD {
      in_callback();
      return NO_ERROR;
    };
    const HANDLE second = Register(2, callbacks);
    Take(first, kUp0);
    Take(second, kDn1);
    Take(second, kDn2);
    EXPECT_EQ(MgmAddGroupMembershipEntry(first, 0, 0, kGroup, ~0u, kUp0.index, 0, MGM_JOIN_STATE_FLAG), NO_ERROR);
    in_callback = [second] { EXPECT_EQ(MgmReleaseInterfaceOwnership(second, kDn1.index, 0), NO_ERROR); };
  });
  const auto shutdown = module->ShutDown({});
  ASSERT_TRUE(shutdown.ok()) << shutdown.status();
  ASSERT_EQ(shutdown->releases.size(), 2u);
  EXPECT_EQ(shutdown->releases[0].interface, AnyInterfaceId(kUp0));
  EXPECT_EQ(shutdown->releases[1].interface, AnyInterfaceId(kDn2));
  EXPECT_THAT(AllClients(), IsEmpty());
}

// What waits for a function of a module's to return is told after a second.
class Listener : public mgm::Observer {
 public:
  void CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds) override {
    waits.set_value(std::string(function) + " of " + std::string(who));
  }
  std::promise<std::string> waits;
};

TEST_F(ProtocolModule, OthersCallsWaitWhileItStopsAndItsOwnFail) {
  Listener listener;
  MgmHostStop();
  StartManager(&listener);
  const HANDLE other = Register(2);
  HANDLE own = nullptr;
  const auto module = Start([&] { own = Register(1); });
  DWORD failed = NO_ERROR;
  DWORD waited = ERROR_CAN_NOT_COMPLETE;
  std::atomic<bool> done = false;
  std::thread others_thread;
  at_stop = [&] {
    std::thread([&] { failed = MgmTakeInterfaceOwnership(own, kDn1.index, 0); }).join();
    others_thread = std::thread([&] {
      waited = MgmTakeInterfaceOwnership(other, kDn2.index, 0);
      done = true;
    });
    EXPECT_EQ(listener.waits.get_future().get(), "pfnStop of protocol own");
  };
  EXPECT_TRUE(module->Stop({{kProtocol, 2}}).ok());
  EXPECT_EQ(failed, ERROR_CAN_NOT_COMPLETE);
  while (!done) MgmHostPoll();
  others_thread.join();
  EXPECT_EQ(waited, NO_ERROR);
  EXPECT_THAT(AllClients(), ElementsAre(mgm::ClientId{kProtocol, 2}));
}

// Whose interfaces somebody else releases.
TEST_F(ProtocolModule, IsToldOfReleasesThatItHasNotMade) {
  const MGMD_SERVICES* services = nullptr;
  HANDLE client = nullptr;
  std::vector<uint32_t> told;  // the interfaces
  const auto tell = [](void* context, uint32_t index, uint32_t family) {
    EXPECT_EQ(family, MGMD_PROTOCOL_IPV4);
    DWORD protocol = 0;
    DWORD component = 0;
    EXPECT_EQ(MgmGetProtocolOnInterface(index, 0, &protocol, &component), ERROR_NOT_FOUND) << "it has been done";
    static_cast<std::vector<uint32_t>*>(context)->push_back(index);
  };
  at_start = [&](const MGMD_PROTOCOL_ARGUMENTS& arguments) {
    services = arguments.pServices;
    client = Register(1);
    for (const InterfaceId& interface : {kUp0, kDn1, kDn2}) Take(client, interface);
    EXPECT_EQ(services->pfnFollowReleases(services, tell, &told, nullptr), MGMD_OK);
  };
  auto module = TryStart({});
  ASSERT_TRUE(module.ok()) << module.status();
  EXPECT_EQ(MgmReleaseInterfaceOwnership(client, kDn2.index, 0), NO_ERROR);
  EXPECT_THAT(told, IsEmpty());
  EXPECT_TRUE((*module)->Release(kDn1).ok());
  EXPECT_TRUE(absl::IsNotFound((*module)->Release(kDn1).status()));
  EXPECT_THAT(told, ElementsAre(kDn1.index));
  EXPECT_TRUE((*module)->ShutDown({}).ok());
  EXPECT_THAT(told, ElementsAre(kDn1.index, kUp0.index));
}

TEST_F(ProtocolModule, SaysGoodbyeOnceBeforeItIsStopped) {
  std::vector<std::string> called;
  at_goodbye = [&] { called.push_back("goodbye"); };
  at_stop = [&] { called.push_back("stop"); };
  const auto first = Start([] {});
  first->SayGoodbye();
  first->SayGoodbye();
  EXPECT_TRUE(first->Stop({}).ok());
  first->SayGoodbye();
  EXPECT_THAT(called, ElementsAre("goodbye", "stop"));
  called.clear();
  EXPECT_TRUE(Start([] {})->Stop({}).ok());
  EXPECT_THAT(called, ElementsAre("goodbye", "stop"));
}

// What a module has registered with its services, and the code that it gets for one more timer.
struct Registered {
  const MGMD_SERVICES* services = nullptr;
  void operator()(const MGMD_PROTOCOL_ARGUMENTS& arguments) {
    services = arguments.pServices;
    const MGMD_PACKET_FILTER filter = {1, MGMD_PROTOCOL_IPV4, 89, nullptr};
    EXPECT_EQ(services->pfnReceive(
                  services, &filter, [](void*, const MGMD_PACKET*) {}, nullptr, nullptr),
              MGMD_OK);
    EXPECT_EQ(StartTimer(), MGMD_OK);
  }
  uint32_t StartTimer() const {
    return services->pfnStartTimer(
        services, 0, [](void*) { ADD_FAILURE() << "it has ended"; }, nullptr, nullptr);
  }
};

TEST_F(ProtocolModule, LosesWhatItHasRegisteredWhenItStopsOrDoesNotStart) {
  others_.links = {{.name = "lan", .index = 1, .up = true, .mtu = 1500, .mac = {}, .addresses = {}}};
  const auto wanted = [this] { return others_.packets.wanted[fakes::ProtocolSurroundings::SlotOf(1, 0)]; };
  Registered registered;
  at_start = std::ref(registered);
  at_stop = [&] {
    EXPECT_NE(wanted(), LocalClasses{});
    EXPECT_EQ(registered.StartTimer(), MGMD_OK) << "it has not stopped yet";
    EXPECT_EQ(registered.services->pfnPost(
                  registered.services, [](void*) {}, nullptr),
              MGMD_ERROR_STOPPED);
  };
  auto module = TryStart({});
  ASSERT_TRUE(module.ok()) << module.status();
  EXPECT_TRUE((*module)->Stop({}).ok());
  EXPECT_EQ(wanted(), LocalClasses{});
  EXPECT_EQ(registered.StartTimer(), MGMD_ERROR_STOPPED);
  EXPECT_FALSE((*module)->Poll());
  module->reset();
  EXPECT_EQ(registered.StartTimer(), MGMD_ERROR_STOPPED) << "a thread that comes late is answered";

  start_code = 7;
  EXPECT_TRUE(absl::IsFailedPrecondition(TryStart({}).status()));
  EXPECT_EQ(wanted(), LocalClasses{});
  EXPECT_EQ(registered.StartTimer(), MGMD_ERROR_STOPPED);
}

}  // namespace
}  // namespace mgmd::protocols

const MGMD_PROTOCOL* MgmdProtocol() {
  static MGMD_PROTOCOL protocol = {0,
                                   [](const MGMD_PROTOCOL_ARGUMENTS* arguments) -> uint32_t {
                                     mgmd::protocols::at_start(*arguments);
                                     return mgmd::protocols::start_code;
                                   },
                                   [] {
                                     if (mgmd::protocols::at_goodbye) mgmd::protocols::at_goodbye();
                                   },
                                   [] {
                                     if (mgmd::protocols::at_stop) mgmd::protocols::at_stop();
                                   }};
  protocol.dwVersion = mgmd::protocols::version;
  return &protocol;
}
