// Invariant: a protocol of IPv6 has through mgm6.h what one of IPv4 has through mgm.h: interfaces, memberships, alerts,
// MFEs and enumerations, with the same codes; where the manager has no IPv6 it has nothing.

#include "control/mgm/mgm6.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/c_values.h"
#include "control/mgm/host.h"
#include "control/mgm/mgm_ext.h"
#include "tests/fakes/fake_forwarder.h"

namespace mgmd::mgm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> told;  // callbacks carry no context

std::string Text(const in6_addr* address) { return CValues<Ipv6>::FromC(*address).ToString(); }
std::string Entry(const in6_addr* source, DWORD source_length, const in6_addr* group, DWORD group_length) {
  return Text(source) + "/" + std::to_string(source_length) + " " + Text(group) + "/" + std::to_string(group_length);
}
void Tell(const std::string& line) { told.push_back(line); }

DWORD OnRpf(const in6_addr* source, DWORD source_length, const in6_addr* group, DWORD group_length, PDWORD index,
            in6_addr*, in6_addr* upstream, DWORD, PBYTE, PBYTE route) {
  auto* shown = reinterpret_cast<PMGM6_EXT_ROUTE>(route);
  Tell("RPF " + Entry(source, source_length, group, group_length) + " by " + std::to_string(*index) + " " +
       Text(&shown->Network) + "/" + std::to_string(shown->dwLength));
  inet_pton(AF_INET6, "fe80::9", upstream);
  shown->dwProtocol = 77;
  return NO_ERROR;
}
DWORD OnCreation(const in6_addr* source, DWORD source_length, const in6_addr* group, DWORD group_length, DWORD index,
                 const in6_addr*, DWORD count, PMGM6_IF_ENTRY list) {
  Tell("CREATION " + Entry(source, source_length, group, group_length) + " from " + std::to_string(index));
  for (DWORD i = 0; i < count; ++i) list[i].bIsEnabled = list[i].dwIfIndex == 3 ? FALSE : TRUE;  // a veto
  return NO_ERROR;
}
DWORD OnPrune(const in6_addr* source, DWORD source_length, const in6_addr* group, DWORD group_length, DWORD,
              const in6_addr*, BOOL membership, PDWORD) {
  Tell("PRUNE " + Entry(source, source_length, group, group_length) + (membership != FALSE ? " T" : " F"));
  return NO_ERROR;
}
DWORD OnJoin(const in6_addr* source, DWORD source_length, const in6_addr* group, DWORD group_length, BOOL membership) {
  Tell("JOIN " + Entry(source, source_length, group, group_length) + (membership != FALSE ? " T" : " F"));
  return NO_ERROR;
}
DWORD OnLocalJoin(const in6_addr* source, DWORD source_length, const in6_addr* group, DWORD group_length, DWORD index,
                  const in6_addr*) {
  Tell("LOCAL_JOIN " + Entry(source, source_length, group, group_length) + " on " + std::to_string(index));
  return NO_ERROR;
}
DWORD OnDisable(DWORD index, const in6_addr* next_hop) {
  Tell("DISABLE " + std::to_string(index) + " " + Text(next_hop));
  return NO_ERROR;
}
DWORD OnEnable(DWORD index, const in6_addr* next_hop) {
  Tell("ENABLE " + std::to_string(index) + " " + Text(next_hop));
  return NO_ERROR;
}

in6_addr Address(const char* text) {
  in6_addr address;
  EXPECT_EQ(inet_pton(AF_INET6, text, &address), 1) << text;
  return address;
}

class Mgm6 : public ::testing::Test {
 protected:
  explicit Mgm6(bool with_ipv6 = true) {
    told.clear();
    HostConfig config;
    config.families.of<Ipv4>() = {.forwarder = &forwarder4_, .routes = &routes4_, .observer = nullptr};
    if (with_ipv6) config.families.of<Ipv6>() = {.forwarder = &forwarder_, .routes = &routes_, .observer = nullptr};
    routes_.routes[*Ipv6Address::Parse("2001:db8::1")] = {.index = 1, .next_hop = {}};
    EXPECT_EQ(MgmHostStart(config), NO_ERROR);
  }
  ~Mgm6() override { MgmHostStop(); }

  static HANDLE Register(DWORD protocol, MGM6_PROTOCOL_CONFIG callbacks = {}) {
    HANDLE client = nullptr;
    EXPECT_EQ(Mgm6RegisterMProtocol(&callbacks, protocol, 0, &client), NO_ERROR);
    return client;
  }
  static DWORD Add(HANDLE client, const char* source, DWORD source_length, const char* group, DWORD group_length,
                   DWORD index, DWORD flags = MGM_JOIN_STATE_FLAG) {
    const in6_addr from = Address(source);
    const in6_addr to = Address(group);
    return Mgm6AddGroupMembershipEntry(client, &from, source_length, &to, group_length, index, nullptr, flags);
  }
  static DWORD Delete(HANDLE client, const char* group, DWORD index) {
    const in6_addr to = Address(group);
    return Mgm6DeleteGroupMembershipEntry(client, nullptr, 0, &to, 128, index, nullptr, MGM_JOIN_STATE_FLAG);
  }
  // The first packet of the stream.
  void Packet(const char* source, const char* group, uint32_t index) {
    Punt<Ipv6> punt;
    punt.key = Ipv6FibKey::SourceGroupUnchecked(*Ipv6Address::Parse(source), *Ipv6Address::Parse(group));
    punt.arrival = forwarder_.Slot({.index = index, .next_hop = {}});
    forwarder_.punts.push_back(punt);
    while (MgmHostPoll()) {
    }
  }
  static std::vector<std::string> Told() { return std::exchange(told, {}); }

  fakes::FakeForwarderOf<Ipv6> forwarder_;

 private:
  fakes::FakeForwarder forwarder4_;
  fakes::FakeRouteTable routes4_;
  fakes::FakeRouteTableOf<Ipv6> routes_;
};

TEST_F(Mgm6, CountsClientsOfAGroup) {
  MGM6_PROTOCOL_CONFIG callbacks = {};
  callbacks.pfnJoinAlertCallback = OnJoin;
  callbacks.pfnPruneAlertCallback = OnPrune;
  const HANDLE up = Register(0x40000001, callbacks);
  const HANDLE down = Register(0x40000002);
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(up, 1, nullptr), NO_ERROR);
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(down, 2, nullptr), NO_ERROR);
  EXPECT_EQ(Mgm6TakeInterfaceOwnership(up, 2, nullptr), ERROR_ALREADY_EXISTS);
  EXPECT_EQ(Add(down, "::", 0, "ff0e::1", 128, 2), NO_ERROR);
  EXPECT_EQ(Add(down, "::", 0, "::", 0, 2), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("JOIN ::/0 ff0e::1/128 T", "JOIN ::/0 ::/0 T"));
  EXPECT_EQ(Delete(down, "::", 2), ERROR_INVALID_PARAMETER) << "a zero address with a length";
  EXPECT_EQ(Delete(down, "ff0e::1", 2), NO_ERROR);
  EXPECT_EQ(Delete(down, "ff0e::1", 2), ERROR_NOT_FOUND);
  EXPECT_THAT(Told(), IsEmpty()) << "(*,*) stands, and covers the group";
  EXPECT_EQ(Mgm6DeRegisterMProtocol(down), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(Mgm6ReleaseInterfaceOwnership(down, 2, nullptr), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("PRUNE ::/0 ::/0 T", "PRUNE ::/0 ff0e::1/128 T"));
  EXPECT_EQ(Mgm6DeRegisterMProtocol(down), NO_ERROR);
  EXPECT_EQ(Mgm6DeRegisterMProtocol(down), ERROR_INVALID_PARAMETER);
}

TEST_F(Mgm6, RefusesWhatIsNoEntry) {
  const HANDLE client = Register(0x40000001);
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(client, 1, nullptr), NO_ERROR);
  const struct {
    const char* source;
    DWORD source_length;
    const char* group;
    DWORD group_length;
    DWORD flags;
  } rows[] = {
      {"::", 0, "2001:db8::1", 128, MGM_JOIN_STATE_FLAG},  // not multicast
      {"::", 0, "ff02::1", 128, MGM_JOIN_STATE_FLAG},      // scopes that are never forwarded
      {"::", 0, "ff32::1", 128, MGM_JOIN_STATE_FLAG},
      {"::", 0, "ff11::1", 128, MGM_JOIN_STATE_FLAG},
      {"::", 0, "ff00::1", 128, MGM_JOIN_STATE_FLAG},
      {"ff0e::2", 128, "ff0e::1", 128, MGM_JOIN_STATE_FLAG},  // cannot send
      {"::1", 128, "ff0e::1", 128, MGM_JOIN_STATE_FLAG},
      {"2001:db8::1", 64, "ff0e::1", 128, MGM_JOIN_STATE_FLAG},
      {"::", 0, "ff0e::1", 129, MGM_JOIN_STATE_FLAG},
      {"::", 0, "ff0e::1", 128, 0},
      {"::", 0, "ff0e::1", 128, 0x100},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Add(client, row.source, row.source_length, row.group, row.group_length, 1, row.flags),
              ERROR_INVALID_PARAMETER)
        << row.source << " " << row.group;
  }
  EXPECT_EQ(Add(client, "::", 0, "ff0e::1", 128, 2), ERROR_INVALID_PARAMETER) << "not its interface";
  EXPECT_EQ(Add(client, "::", 0, "ff15::1", 128, 1), NO_ERROR);
}

TEST_F(Mgm6, DecidesAStreamWithItsClients) {
  MGM6_PROTOCOL_CONFIG callbacks = {};
  callbacks.pfnRpfCallback = OnRpf;
  callbacks.pfnJoinAlertCallback = OnJoin;
  const HANDLE up = Register(0x40000001, callbacks);
  callbacks = {};
  callbacks.pfnCreationAlertCallback = OnCreation;
  const HANDLE down = Register(0x40000002, callbacks);
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(up, 1, nullptr), NO_ERROR);
  for (const DWORD index : {2, 3}) {
    ASSERT_EQ(Mgm6TakeInterfaceOwnership(down, index, nullptr), NO_ERROR);
    ASSERT_EQ(Add(down, "::", 0, "ff0e::1", 128, index), NO_ERROR);
  }
  Told();
  Packet("2001:db8::1", "ff0e::1", 1);
  EXPECT_THAT(Told(), ElementsAre("RPF 2001:db8::1/128 ff0e::1/128 by 1 2001:db8::1/128",
                                  "CREATION 2001:db8::1/128 ff0e::1/128 from 1", "JOIN 2001:db8::1/128 ff0e::1/128 F"));

  MIB6_IPMCAST_MFE key = {};
  key.Group = Address("ff0e::1");
  key.Source = Address("2001:db8::1");
  DWORD size = 0;
  EXPECT_EQ(Mgm6GetMfe(&key, &size, nullptr), ERROR_INSUFFICIENT_BUFFER);
  EXPECT_EQ(size, SIZEOF_MIB6_MFE(1)) << "3 is vetoed";
  std::vector<BYTE> buffer(size);
  ASSERT_EQ(Mgm6GetMfe(&key, &size, buffer.data()), NO_ERROR);
  MIB6_IPMCAST_MFE mfe = {};
  std::memcpy(&mfe, buffer.data(), buffer.size());
  EXPECT_EQ(Entry(&mfe.Source, mfe.dwSrcLength, &mfe.Group, 128), "2001:db8::1/128 ff0e::1/128");
  EXPECT_EQ(Text(&mfe.UpStrmNgbr), "fe80::9");
  EXPECT_EQ(mfe.dwInIfIndex, 1U);
  EXPECT_EQ(mfe.dwInIfProtocol, 0x40000001U);
  EXPECT_EQ(Text(&mfe.RouteNetwork) + "/" + std::to_string(mfe.dwRouteLength), "2001:db8::1/128");
  EXPECT_EQ(mfe.dwRouteProtocol, 77U);
  ASSERT_EQ(mfe.ulNumOutIf, 1U);
  EXPECT_EQ(mfe.rgmioOutInfo[0].dwOutIfIndex, 2U);
  EXPECT_EQ(Text(&mfe.rgmioOutInfo[0].NextHopAddr), "::");

  mfe.UpStrmNgbr = Address("fe80::8");
  mfe.dwInIfIndex = 0;
  EXPECT_EQ(Mgm6SetMfe(down, &mfe), ERROR_INVALID_PARAMETER) << "not its iif";
  EXPECT_EQ(Mgm6SetMfe(up, &mfe), NO_ERROR);
  DWORD count = 0;
  size = SIZEOF_MIB6_MFE_STATS_EX(1);
  buffer.resize(size);
  EXPECT_EQ(Mgm6GetFirstMfeStats(&size, buffer.data(), &count, MGM_MFE_STATS_1), ERROR_NO_MORE_ITEMS);
  ASSERT_EQ(count, 1U);
  MIB6_IPMCAST_MFE_STATS_EX stats = {};
  std::memcpy(&stats, buffer.data(), size);
  EXPECT_EQ(Text(&stats.UpStrmNgbr), "fe80::8");
  EXPECT_EQ(stats.rgmiosOutStats[0].dwOutIfIndex, 2U);
  EXPECT_EQ(Mgm6GetNextMfe(&mfe, &size, buffer.data(), &count), ERROR_NO_MORE_ITEMS);
  EXPECT_EQ(count, 0U);
}

TEST_F(Mgm6, ChangesAnOwnerAroundMld) {
  MGM6_PROTOCOL_CONFIG callbacks = {};
  callbacks.pfnDisableMldCallback = OnDisable;
  callbacks.pfnEnableMldCallback = OnEnable;
  const HANDLE mld = Register(MS_IP_IGMP, callbacks);
  callbacks = {};
  callbacks.pfnLocalJoinCallback = OnLocalJoin;
  const HANDLE owner = Register(0x40000001, callbacks);
  const in6_addr link = Address("fe80::5");
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(mld, 4, &link), NO_ERROR);
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(owner, 4, &link), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("DISABLE 4 fe80::5", "ENABLE 4 fe80::5"));
  const in6_addr group = Address("ff0e::1");
  EXPECT_EQ(Mgm6AddGroupMembershipEntry(mld, nullptr, 0, &group, 128, 4, &link, MGM_JOIN_STATE_FLAG), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("LOCAL_JOIN ::/0 ff0e::1/128 on 4"));
  DWORD protocol = 0;
  DWORD component = 1;
  EXPECT_EQ(Mgm6GetProtocolOnInterface(4, &link, &protocol, &component), NO_ERROR);
  EXPECT_EQ(protocol, 0x40000001U);
  EXPECT_EQ(component, 0U);
  EXPECT_EQ(Mgm6GetProtocolOnInterface(4, nullptr, &protocol, &component), ERROR_NOT_FOUND) << "another next hop";
}

TEST_F(Mgm6, EnumeratesGroups) {
  const HANDLE client = Register(0x40000001);
  ASSERT_EQ(Mgm6TakeInterfaceOwnership(client, 1, nullptr), NO_ERROR);
  ASSERT_EQ(Add(client, "2001:db8::1", 128, "ff3e::1", 128, 1), NO_ERROR);
  HANDLE enumeration = nullptr;
  ASSERT_EQ(Mgm6GroupEnumerationStart(client, ALL_SOURCES, &enumeration), NO_ERROR);
  SOURCE_GROUP_ENTRY6 record = {};
  DWORD size = 1;
  DWORD count = 0;
  EXPECT_EQ(Mgm6GroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(&record), &count),
            ERROR_INSUFFICIENT_BUFFER);
  EXPECT_EQ(size, sizeof(record));
  EXPECT_EQ(Mgm6GroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(&record), &count),
            ERROR_NO_MORE_ITEMS);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(Entry(&record.SourceAddr, record.dwSourceLength, &record.GroupAddr, record.dwGroupLength),
            "2001:db8::1/128 ff3e::1/128");
  EXPECT_EQ(Mgm6GroupEnumerationEnd(enumeration), NO_ERROR);
  EXPECT_EQ(MgmGroupEnumerationEnd(enumeration), ERROR_INVALID_PARAMETER);
}

class Mgm6Missing : public Mgm6 {
 protected:
  Mgm6Missing() : Mgm6(false) {}
};

TEST_F(Mgm6Missing, CompletesNothing) {
  MGM6_PROTOCOL_CONFIG callbacks = {};
  HANDLE client = nullptr;
  EXPECT_EQ(Mgm6RegisterMProtocol(&callbacks, 7, 0, &client), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(Mgm6RegisterMProtocol(nullptr, 7, 0, &client), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(Mgm6TakeInterfaceOwnership(client, 1, nullptr), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(client, nullptr);
}

}  // namespace
}  // namespace mgmd::mgm
