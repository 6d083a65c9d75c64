// Invariant: a program of C runs a manager of both families on its own forwarders and routes, and what it is told of
// IPv6 is what mgm6_ext.h says.

#include "control/mgm/mgm6_ext.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/c_values.h"

namespace mgmd::mgm::mgm6_ext {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> told;  // by the forwarder's functions and the log

std::string Text(const in6_addr& address) { return CValues<Ipv6>::FromC(address).ToString(); }
in6_addr Address(const char* text) {
  in6_addr address;
  EXPECT_EQ(inet_pton(AF_INET6, text, &address), 1) << text;
  return address;
}

void SetInterface(PVOID, DWORD index, const in6_addr* next_hop, BOOL enabled) {
  told.push_back((enabled != FALSE ? "enable " : "disable ") + std::to_string(index) + " " + Text(*next_hop));
}
// "set (S,G) from 1 to 2 fe80::2": the packets' way.
void Apply(PVOID, PMGM6_EXT_ENTRY entries, DWORD count) {
  for (DWORD i = 0; i < count; ++i) {
    const MGM6_EXT_ENTRY& entry = entries[i];
    std::string line = entry.dwChange == MGM_EXT_ENTRY_SET ? "set " : "delete ";
    line += Text(entry.SourceAddr) + "/" + std::to_string(entry.dwSourceLength) + " " + Text(entry.GroupAddr) + "/" +
            std::to_string(entry.dwGroupLength);
    if (entry.dwChange == MGM_EXT_ENTRY_SET) line += " from " + std::to_string(entry.In.dwIfIndex) + " to";
    for (DWORD oif = 0; oif < entry.dwOutIfCount; ++oif) {
      line += " " + std::to_string(entry.pOutIf[oif].dwIfIndex) + " " + Text(entry.pOutIf[oif].IfNextHopAddr);
    }
    told.push_back(line);
  }
}
DWORD ReadCounters(PVOID, PMIB6_IPMCAST_MFE_STATS_EX stats) {
  told.push_back("count " + Text(stats->Source) + "/" + std::to_string(stats->dwSrcLength) + " " + Text(stats->Group));
  stats->ulInPkts = 10;
  for (ULONG oif = 0; oif < stats->ulNumOutIf; ++oif) {
    stats->rgmiosOutStats[oif].ulOutPackets = stats->rgmiosOutStats[oif].dwOutIfIndex;
  }
  return NO_ERROR;
}
uint64_t Activity(PVOID, const in6_addr*, const in6_addr*) { return 0; }
DWORD Lookup(PVOID, const in6_addr* source, PMGM6_EXT_ROUTE route) {
  if (Text(*source) != "2001:db8::1") return ERROR_NOT_FOUND;
  *route = {Address("2001:db8::"), 32, 3, 1, Address("::"), Address("fe80::1")};
  return NO_ERROR;
}

class Mgm6Ext : public ::testing::Test {
 protected:
  Mgm6Ext() {
    told.clear();
    MGM_EXT_CONFIG config = {};
    config.dwSize = sizeof(config);
    MGM6_EXT_CONFIG config6 = {};
    config6.dwSize = sizeof(config6);
    config6.Forwarder.pfnSetInterface = SetInterface;
    config6.Forwarder.pfnApply = Apply;
    config6.Forwarder.pfnReadCounters = ReadCounters;
    config6.Forwarder.pfnActivity = Activity;
    config6.pfnRouteLookup = Lookup;
    EXPECT_EQ(Mgm6ExtStart(&config, &config6), NO_ERROR);
    MGM6_PROTOCOL_CONFIG callbacks = {};
    EXPECT_EQ(Mgm6RegisterMProtocol(&callbacks, 0x40000001, 0, &client_), NO_ERROR);
    EXPECT_EQ(Mgm6TakeInterfaceOwnership(client_, 1, nullptr), NO_ERROR);
    EXPECT_EQ(Mgm6TakeInterfaceOwnership(client_, 2, &link_), NO_ERROR);
    EXPECT_THAT(Told(), ElementsAre("enable 1 ::", "enable 2 fe80::2"));
  }
  ~Mgm6Ext() override { EXPECT_EQ(MgmExtStop(), NO_ERROR); }

  DWORD Packet() const { return Mgm6ExtNewPacket(&source_, &group_, 1, nullptr, 0, nullptr); }
  MGM6_EXT_MEMBERSHIP_CHANGE Add(DWORD index, const in6_addr& next_hop) const {
    return {MGM_EXT_MEMBERSHIP_ADD, MGM_JOIN_STATE_FLAG, {}, 0, group_, 128, index, next_hop};
  }
  static std::vector<std::string> Told() { return std::exchange(told, {}); }

  const in6_addr source_ = Address("2001:db8::1");
  const in6_addr group_ = Address("ff0e::1");
  const in6_addr link_ = Address("fe80::2");
  HANDLE client_ = nullptr;
};

TEST_F(Mgm6Ext, TellsTheForwarderOfAStream) {
  const MGM6_EXT_MEMBERSHIP_CHANGE changes[] = {Add(2, link_), Add(9, link_), Add(1, {})};
  DWORD results[3] = {};
  EXPECT_EQ(Mgm6ExtChangeMemberships(client_, changes, 3, results), NO_ERROR);
  EXPECT_THAT(results, ElementsAre(NO_ERROR, ERROR_INVALID_PARAMETER, NO_ERROR));
  EXPECT_THAT(Told(), IsEmpty()) << "no MFE yet";
  EXPECT_EQ(Packet(), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("set 2001:db8::1/128 ff0e::1/128 from 1 to 2 fe80::2"));

  MIB6_IPMCAST_MFE key = {};
  key.Group = group_;
  key.Source = source_;
  MIB6_IPMCAST_MFE_STATS_EX stats = {};
  DWORD size = sizeof(stats);
  EXPECT_EQ(Mgm6GetMfeStats(&key, &size, reinterpret_cast<PBYTE>(&stats), MGM_MFE_STATS_1), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("count 2001:db8::1/128 ff0e::1"));
  EXPECT_EQ(stats.ulInPkts, 10U);
  ASSERT_EQ(stats.ulNumOutIf, 1U);
  EXPECT_EQ(stats.rgmiosOutStats[0].ulOutPackets, 2U);
  EXPECT_EQ(Text(stats.rgmiosOutStats[0].NextHopAddr), "fe80::2");
  EXPECT_EQ(Text(stats.UpStrmNgbr), "fe80::1");
  EXPECT_EQ(Text(stats.RouteNetwork) + "/" + std::to_string(stats.dwRouteLength), "2001:db8::/32");

  EXPECT_EQ(Mgm6ReleaseInterfaceOwnership(client_, 1, nullptr), NO_ERROR);
  EXPECT_THAT(Told(), ::testing::Contains("delete 2001:db8::1/128 ff0e::1/128"));
  MGM6_EXT_RELEASE_TRACE trace = {};
  ASSERT_EQ(Mgm6ExtGetReleaseTrace(0, &trace), NO_ERROR);
  EXPECT_EQ(trace.dwProtocolId, 0x40000001U);
  EXPECT_EQ(trace.dwIfIndex, 1U);
  EXPECT_EQ(trace.bTake, FALSE);
  EXPECT_GT(trace.dwSteps, 0U);
  EXPECT_EQ(Mgm6ExtGetReleaseTrace(1, &trace), ERROR_NOT_FOUND);
  MGM_EXT_RELEASE_TRACE ipv4 = {};
  EXPECT_EQ(MgmExtGetReleaseTrace(0, &ipv4), ERROR_INVALID_PARAMETER) << "it is IPv6's";
}

// "4 3": IPv4's, of interface 3; by number, the last first.
std::vector<std::string> Traces() {
  std::vector<std::string> traces;
  MGM_EXT_RELEASE_TRACE four;
  MGM6_EXT_RELEASE_TRACE six;
  for (DWORD number = 0;; ++number) {
    const DWORD code = MgmExtGetReleaseTrace(number, &four);
    const DWORD code6 = Mgm6ExtGetReleaseTrace(number, &six);
    if (code == ERROR_NOT_FOUND && code6 == ERROR_NOT_FOUND) return traces;
    EXPECT_EQ(std::min(code, code6), NO_ERROR);
    EXPECT_EQ(std::max(code, code6), ERROR_INVALID_PARAMETER);
    traces.push_back(code == NO_ERROR ? "4 " + std::to_string(four.dwIfIndex) : "6 " + std::to_string(six.dwIfIndex));
  }
}

TEST_F(Mgm6Ext, KeepsTheLastReleasesOfBothFamiliesTogether) {
  ROUTING_PROTOCOL_CONFIG callbacks = {};
  HANDLE client = nullptr;
  ASSERT_EQ(MgmRegisterMProtocol(&callbacks, 0x40000001, 0, &client), NO_ERROR);
  ASSERT_EQ(client, client_);
  std::vector<std::string> released;
  for (DWORD interface = 11; interface <= 30; ++interface) {
    const bool four = interface % 3 == 0;
    if (four) {
      ASSERT_EQ(MgmTakeInterfaceOwnership(client_, interface, 0), NO_ERROR);
      ASSERT_EQ(MgmReleaseInterfaceOwnership(client_, interface, 0), NO_ERROR);
    } else {
      ASSERT_EQ(Mgm6TakeInterfaceOwnership(client_, interface, nullptr), NO_ERROR);
      ASSERT_EQ(Mgm6ReleaseInterfaceOwnership(client_, interface, nullptr), NO_ERROR);
    }
    released.insert(released.begin(), (four ? "4 " : "6 ") + std::to_string(interface));
  }
  released.resize(16);
  EXPECT_EQ(Traces(), released);
}

TEST_F(Mgm6Ext, RefusesWhatMakesNoSense) {
  const in6_addr zero = {};
  EXPECT_EQ(Mgm6ExtNewPacket(&zero, &group_, 1, nullptr, 0, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtNewPacket(&source_, &source_, 1, nullptr, 0, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtNewPacket(&source_, &group_, 9, nullptr, 0, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtNewPacket(&source_, &group_, 1, nullptr, 1, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtRoutesChanged(&source_, 129), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtRoutesChanged(&source_, 128), NO_ERROR);
  EXPECT_EQ(Mgm6ExtRoutesChanged(nullptr, 0), NO_ERROR) << "all sources";
  EXPECT_EQ(Mgm6ExtChangeMemberships(client_, nullptr, 1, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtGetReleaseTrace(0, nullptr), ERROR_INVALID_PARAMETER);
}

TEST_F(Mgm6Ext, NamesAClientOfEitherFamily) {
  EXPECT_EQ(MgmExtNameClient(client_, "pim6"), NO_ERROR);
  EXPECT_EQ(MgmExtNameClient(nullptr, "nobody"), ERROR_INVALID_PARAMETER);
}

TEST(Mgm6ExtStartTest, WantsBothConfigurations) {
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  MGM6_EXT_CONFIG config6 = {};
  EXPECT_EQ(Mgm6ExtStart(&config, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtStart(&config, &config6), ERROR_INVALID_PARAMETER) << "of another size";
  config6.dwSize = sizeof(config6);
  EXPECT_EQ(Mgm6ExtStart(nullptr, &config6), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(Mgm6ExtStart(&config, &config6), NO_ERROR);
  EXPECT_EQ(MgmExtStop(), NO_ERROR);
}

}  // namespace
}  // namespace mgmd::mgm::mgm6_ext
