// Invariant: after a release has returned, nothing is sent out of the released interface nor by an entry that it
// deleted, while every other stream and interface gets every packet, once and in order. Workers run on real lcores and
// forward all the time; a traffic thread feeds them and counts what comes out.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "control/mgm/mgm_ext.h"
#include "tests/support/eal_environment.h"
#include "tests/unit/plane/router_under_traffic.h"
#include "tests/unit/plane/traffic.h"

namespace mgmd {
namespace {

constexpr uint64_t kWarmUp = 20000;  // packets before a release, and again after it

constexpr const char* kTwoStreams = R"(
[protocol.static]
interfaces = ["up1", "up2", "dn1", "dn2", "dn3"]
[[protocol.static.mroute]]
from = "up1"
source = "10.0.1.1"
group = "232.1.1.1"
to = ["dn1", "dn2"]
[[protocol.static.mroute]]
from = "up2"
source = "10.0.2.1"
group = "232.1.1.2"
to = ["dn1", "dn2", "dn3"]
)";

using support::kIpv6Stream;
using support::Traffic;

const auto* const kEal = support::WithEal(256, support::TwoLcores());

class ReleaseUnderLoad : public support::RouterUnderTraffic {
 protected:
  static void SetUpTestSuite() { MakePorts(8191); }
};

TEST_F(ReleaseUnderLoad, WhatWasReleasedStandsStillAndTheRestLosesNothing) {
  Start(kTwoStreams);
  Traffic traffic(ports_, pool_, {"dn2", 1});
  traffic.WaitForMore(kWarmUp);

  // An oif goes.
  ASSERT_TRUE(router_->Release("static", "dn1").ok());
  traffic.CountWhatWasSent();
  const uint64_t dn1_stream1 = traffic.Count("dn1", 1);
  const uint64_t dn1_stream2 = traffic.Count("dn1", 2);
  EXPECT_GT(dn1_stream1, 0u);
  traffic.WaitForMore(kWarmUp);
  EXPECT_EQ(traffic.Count("dn1", 1), dn1_stream1);
  EXPECT_EQ(traffic.Count("dn1", 2), dn1_stream2);

  // An accept interface goes.
  ASSERT_TRUE(router_->Release("static", "up2").ok());
  traffic.CountWhatWasSent();
  const uint64_t dn2_stream2 = traffic.Count("dn2", 2);
  const uint64_t dn3_stream2 = traffic.Count("dn3", 2);
  EXPECT_EQ(dn2_stream2, dn3_stream2);
  traffic.WaitForMore(kWarmUp);
  EXPECT_EQ(traffic.Count("dn2", 2), dn2_stream2);
  EXPECT_EQ(traffic.Count("dn3", 2), dn3_stream2);

  traffic.Stop();
  EXPECT_EQ(traffic.Count("dn2", 1), traffic.fed());
  EXPECT_TRUE(traffic.InOrder("dn2", 1));
  EXPECT_TRUE(traffic.InOrder("dn2", 2));
  EXPECT_TRUE(traffic.InOrder("dn3", 2));
  EXPECT_TRUE(traffic.InOrder("dn1", 1));
}

// Invariant: also where the worker sleeps between the bursts, nothing is lost, and no release waits for one that does.
TEST_F(ReleaseUnderLoad, AWorkerThatSleepsLosesNothingAndHoldsNoReleaseUp) {
  Start(std::string(kTwoStreams) + "[dataplane]\nidle = \"sleep\"\n");
  const auto sleeps = [&] {
    const auto counts = router_->Workers()[0].counts;
    return std::find_if(counts.begin(), counts.end(), [](const auto& count) { return count.name == "sleeps"; })->count;
  };
  Traffic traffic(ports_, pool_, {"dn2", 1}, {1, 2}, [&] {
    const uint64_t before = sleeps();
    while (sleeps() < before + 8) std::this_thread::yield();  // it has come to the longest
  });
  traffic.WaitForMore(kWarmUp / 8);
  for (const char* interface : {"dn1", "up2"}) {
    const auto released = router_->Release("static", interface);
    ASSERT_TRUE(released.ok()) << released.status();
    for (const views::Release& release : *released) EXPECT_TRUE(release.settled);
    traffic.CountWhatWasSent();
    const uint64_t dn1 = traffic.Count("dn1", 1) + traffic.Count("dn1", 2);
    const uint64_t dn2_stream2 = traffic.Count("dn2", 2);
    traffic.WaitForMore(kWarmUp / 8);
    EXPECT_EQ(traffic.Count("dn1", 1) + traffic.Count("dn1", 2), dn1);
    EXPECT_EQ(traffic.Count("dn2", 2) > dn2_stream2, interface == std::string("dn1"));
  }
  traffic.Stop();
  EXPECT_EQ(traffic.Count("dn2", 1), traffic.fed());
  EXPECT_EQ(traffic.Count("dn3", 2), traffic.Count("dn2", 2));
  for (const char* port : {"dn1", "dn2", "dn3"}) {
    EXPECT_TRUE(traffic.InOrder(port, 1)) << port;
    EXPECT_TRUE(traffic.InOrder(port, 2)) << port;
  }
}

constexpr const char* kBothFamilies = R"(
[protocol.static]
interfaces = ["up1", "dn1", "dn2", "dn3"]
[[protocol.static.mroute]]
from = "up1"
source = "10.0.1.1"
group = "232.1.1.1"
to = ["dn1", "dn2", "dn3"]
[[protocol.static.mroute]]
from = "up1"
source = "2001:db8::1"
group = "ff3e::3"
to = ["dn1", "dn2", "dn3"]
)";

// The two streams arrive and leave on the same interfaces, which one protocol has in both families.
TEST_F(ReleaseUnderLoad, AReleaseInOneFamilyCostsTheOtherNoPacket) {
  Start(kBothFamilies);
  Traffic traffic(ports_, pool_, {"dn2", kIpv6Stream}, {1, kIpv6Stream});
  traffic.WaitForMore(kWarmUp);

  // An oif goes in each of the families.
  ASSERT_TRUE(router_->Release("static", "dn1", "ipv6").ok());
  ASSERT_TRUE(router_->Release("static", "dn3", "ipv4").ok());
  traffic.CountWhatWasSent();
  const uint64_t dn1_ipv6 = traffic.Count("dn1", kIpv6Stream);
  const uint64_t dn3_ipv4 = traffic.Count("dn3", 1);
  const uint64_t dn1_ipv4 = traffic.Count("dn1", 1);
  EXPECT_GT(dn1_ipv6, 0u);
  traffic.WaitForMore(kWarmUp);
  EXPECT_EQ(traffic.Count("dn1", kIpv6Stream), dn1_ipv6);
  EXPECT_EQ(traffic.Count("dn3", 1), dn3_ipv4);
  EXPECT_GT(traffic.Count("dn1", 1), dn1_ipv4);

  // The accept interface of both goes in IPv4.
  const auto released = router_->Release("static", "up1", "ipv4");
  ASSERT_TRUE(released.ok()) << released.status();
  ASSERT_EQ(released->size(), 1u);
  EXPECT_EQ(router_->Release("static", "up1", "ipv4").status().code(), absl::StatusCode::kNotFound);
  traffic.CountWhatWasSent();
  const uint64_t dn2_ipv4 = traffic.Count("dn2", 1);
  traffic.WaitForMore(kWarmUp);
  EXPECT_EQ(traffic.Count("dn2", 1), dn2_ipv4);

  traffic.Stop();
  EXPECT_EQ(traffic.Count("dn2", kIpv6Stream), traffic.fed());
  EXPECT_EQ(traffic.Count("dn3", kIpv6Stream), traffic.fed());
  EXPECT_EQ(traffic.Count("dn1", 1), dn2_ipv4) << "what was released in IPv6 alone got every packet of IPv4";
  for (const char* port : {"dn1", "dn2", "dn3"}) {
    EXPECT_TRUE(traffic.InOrder(port, 1)) << port;
    EXPECT_TRUE(traffic.InOrder(port, kIpv6Stream)) << port;
  }
}

// A second routing protocol, and IGMP's stand-in beside both, speak to the manager through mgm.h.
constexpr const char* kOneStream = R"(
[protocol.static]
interfaces = ["up1", "dn1"]
[[protocol.static.mroute]]
from = "up1"
source = "10.0.1.1"
group = "232.1.1.1"
to = ["dn1"]
)";
constexpr DWORD kUp1 = 1, kUp2 = 2, kDn1 = 11, kDn2 = 12, kDn3 = 13;

std::vector<std::string>& IgmpCalls() {
  static std::vector<std::string> calls;
  return calls;
}
DWORD OnDisable(DWORD index, DWORD) {
  IgmpCalls().push_back("disable " + std::to_string(index));
  return NO_ERROR;
}
DWORD OnEnable(DWORD index, DWORD) {
  IgmpCalls().push_back("enable " + std::to_string(index));
  return NO_ERROR;
}

DWORD Join(HANDLE client, int stream, DWORD index) {
  const Ipv4Address source(10, 0, uint8_t(stream), 1);
  const Ipv4Address group(232, 1, 1, uint8_t(stream));
  return MgmAddGroupMembershipEntry(client, source.ToNetwork(), ~0u, group.ToNetwork(), ~0u, index, 0,
                                    MGM_JOIN_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG);
}

TEST_F(ReleaseUnderLoad, AProtocolShutsDownBesideAnotherAndIgmp) {
  Start(kOneStream);
  ROUTING_PROTOCOL_CONFIG no_callbacks{};
  HANDLE other = nullptr;
  ASSERT_EQ(MgmRegisterMProtocol(&no_callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 0, 99), 0, &other), NO_ERROR);
  ROUTING_PROTOCOL_CONFIG igmp_callbacks{};
  igmp_callbacks.pfnDisableIgmpCallback = &OnDisable;
  igmp_callbacks.pfnEnableIgmpCallback = &OnEnable;
  HANDLE igmp = nullptr;
  ASSERT_EQ(MgmRegisterMProtocol(&igmp_callbacks, MS_IP_IGMP, 0, &igmp), NO_ERROR);
  for (const DWORD index : {kUp2, kDn2}) ASSERT_EQ(MgmTakeInterfaceOwnership(other, index, 0), NO_ERROR);
  for (const DWORD index : {kDn1, kDn3}) ASSERT_EQ(MgmTakeInterfaceOwnership(igmp, index, 0), NO_ERROR);
  // Stream 1 belongs to the static protocol, stream 2 to the other; both leave on interfaces of everybody.
  for (const int stream : {1, 2}) {
    ASSERT_EQ(Join(other, stream, kDn2), NO_ERROR);
    ASSERT_EQ(Join(igmp, stream, kDn1), NO_ERROR);
    ASSERT_EQ(Join(igmp, stream, kDn3), NO_ERROR);
  }
  IgmpCalls().clear();

  Traffic traffic(ports_, pool_, {"dn2", 2});
  traffic.WaitForMore(kWarmUp);
  ASSERT_TRUE(router_->Shutdown("static").ok());
  EXPECT_EQ(IgmpCalls(), (std::vector<std::string>{"disable 11", "enable 11"}));
  traffic.CountWhatWasSent();
  std::map<std::string, uint64_t> stream1;
  for (const char* port : {"dn1", "dn2", "dn3"}) stream1[port] = traffic.Count(port, 1);
  const uint64_t dn1_stream2 = traffic.Count("dn1", 2);
  traffic.WaitForMore(kWarmUp);
  // Stream 1 arrives on nobody's interface now; on dn1 IGMP has not joined again.
  for (const char* port : {"dn1", "dn2", "dn3"}) {
    EXPECT_GT(stream1[port], 0u) << port;
    EXPECT_EQ(traffic.Count(port, 1), stream1[port]) << port;
  }
  EXPECT_EQ(traffic.Count("dn1", 2), dn1_stream2);

  // As ENABLE_IGMP asks for, IGMP joins again from another context, and stream 2 is back on its link.
  ASSERT_EQ(Join(igmp, 2, kDn1), NO_ERROR);
  traffic.WaitForMore(kWarmUp);
  EXPECT_GT(traffic.Count("dn1", 2), dn1_stream2);

  traffic.Stop();
  for (const char* port : {"dn2", "dn3"}) {
    EXPECT_EQ(traffic.Count(port, 2), traffic.fed()) << port;
    EXPECT_TRUE(traffic.InOrder(port, 2)) << port;
    EXPECT_TRUE(traffic.InOrder(port, 1)) << port;
  }
}

// The stamps of interfaces that IGMP is on stay: what the protocol alone had stands still when its shutdown has
// returned, on the interface by which it came in as well, and IGMP's copies lose no packet before, during and after it.
TEST_F(ReleaseUnderLoad, AHitlessShutdownCostsIgmpsHostsNoPacket) {
  Start(kOneStream, [](config::Config& config) { config.takeover.of<Ipv4>() = {.grace = 5, .hitless = true}; });
  ROUTING_PROTOCOL_CONFIG no_callbacks{};
  HANDLE other = nullptr;
  ASSERT_EQ(MgmRegisterMProtocol(&no_callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 0, 99), 0, &other), NO_ERROR);
  HANDLE igmp = nullptr;
  ASSERT_EQ(MgmRegisterMProtocol(&no_callbacks, MS_IP_IGMP, 0, &igmp), NO_ERROR);
  for (const DWORD index : {kUp2, kDn2}) ASSERT_EQ(MgmTakeInterfaceOwnership(other, index, 0), NO_ERROR);
  for (const DWORD index : {kUp1, kDn1}) ASSERT_EQ(MgmTakeInterfaceOwnership(igmp, index, 0), NO_ERROR);
  ASSERT_EQ(Join(other, 2, kDn2), NO_ERROR);
  ASSERT_EQ(Join(igmp, 2, kDn1), NO_ERROR);

  Traffic traffic(ports_, pool_, {"dn2", 2});
  traffic.WaitForMore(kWarmUp);
  ASSERT_TRUE(router_->Shutdown("static").ok());
  traffic.CountWhatWasSent();
  const uint64_t stream1 = traffic.Count("dn1", 1);
  EXPECT_GT(stream1, 0u);
  traffic.WaitForMore(kWarmUp);
  EXPECT_EQ(traffic.Count("dn1", 1), stream1);
  ASSERT_EQ(Join(igmp, 2, kDn1), NO_ERROR);
  traffic.WaitForMore(kWarmUp);
  traffic.Stop();
  EXPECT_EQ(traffic.Count("dn1", 1), stream1);
  for (const char* port : {"dn1", "dn2"}) {
    EXPECT_EQ(traffic.Count(port, 2), traffic.fed()) << port;
    EXPECT_TRUE(traffic.InOrder(port, 2)) << port;
  }
}

}  // namespace
}  // namespace mgmd
