#ifndef MGMD_CONTROL_MGM_C_VALUES_H_
#define MGMD_CONTROL_MGM_C_VALUES_H_

// How the values of a family are written in C: mgm.h's and mgm_ext.h's for IPv4, mgm6.h's and mgm6_ext.h's for IPv6.
// Structures that correspond have their members in the same order.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "common/fib_key.h"
#include "common/interface.h"
#include "control/mgm/mgm6_ext.h"
#include "control/mgm/mgm_ext.h"

namespace mgmd::mgm {

template <class Family>
struct CValues;

template <>
struct CValues<Ipv4> {
  using Address = DWORD;    // network byte order
  using Parameter = DWORD;  // an address that a function or a callback is given
  using Config = ROUTING_PROTOCOL_CONFIG;
  using IfEntry = MGM_IF_ENTRY;
  using Record = SOURCE_GROUP_ENTRY;
  using Route = MGM_EXT_ROUTE;
  using Mfe = MIB_IPMCAST_MFE;
  using MfeStats = MIB_IPMCAST_MFE_STATS;
  using MfeStatsEx = MIB_IPMCAST_MFE_STATS_EX;
  using Oif = MIB_IPMCAST_OIF;
  using OifStats = MIB_IPMCAST_OIF_STATS;
  using Change = MGM_EXT_MEMBERSHIP_CHANGE;
  using Trace = MGM_EXT_RELEASE_TRACE;
  using Refused = MGM_EXT_REFUSED;
  using Interface = MGM_EXT_INTERFACE;
  using TableEntry = MGM_EXT_ENTRY;
  using Table = MGM_EXT_FORWARDER;
  using RouteLookup = PMGM_EXT_ROUTE_LOOKUP;

  static Address ToC(Ipv4Address address) { return address.ToNetwork(); }
  static Ipv4Address FromC(Address address) { return Ipv4Address::FromNetwork(address); }
  static Parameter Pass(const Address& address) { return address; }
  static Address Given(Parameter address) { return address; }
  // A length of a prefix is a mask in network byte order.
  static DWORD MaskOf(int length) { return Ipv4Prefix(Ipv4Address(), length).mask().ToNetwork(); }
  static bool IsMask(DWORD mask) { return mask == MaskOf(LengthOf(mask)); }
  // Of what is none: that of the bits before the first hole.
  static int LengthOf(DWORD mask) { return std::countl_one(Ipv4Address::FromNetwork(mask).host_order()); }
  static auto DisableCallback(const Config& config) { return config.pfnDisableIgmpCallback; }
  static auto EnableCallback(const Config& config) { return config.pfnEnableIgmpCallback; }
};

template <>
struct CValues<Ipv6> {
  using Address = in6_addr;
  using Parameter = const in6_addr*;
  using Config = MGM6_PROTOCOL_CONFIG;
  using IfEntry = MGM6_IF_ENTRY;
  using Record = SOURCE_GROUP_ENTRY6;
  using Route = MGM6_EXT_ROUTE;
  using Mfe = MIB6_IPMCAST_MFE;
  using MfeStats = MIB6_IPMCAST_MFE_STATS;
  using MfeStatsEx = MIB6_IPMCAST_MFE_STATS_EX;
  using Oif = MIB6_IPMCAST_OIF;
  using OifStats = MIB6_IPMCAST_OIF_STATS;
  using Change = MGM6_EXT_MEMBERSHIP_CHANGE;
  using Trace = MGM6_EXT_RELEASE_TRACE;
  using Refused = MGM6_EXT_REFUSED;
  using Interface = MGM6_EXT_INTERFACE;
  using TableEntry = MGM6_EXT_ENTRY;
  using Table = MGM6_EXT_FORWARDER;
  using RouteLookup = PMGM6_EXT_ROUTE_LOOKUP;

  static Address ToC(const Ipv6Address& address) {
    in6_addr result;
    std::memcpy(&result, address.bytes().data(), sizeof(result));
    return result;
  }
  static Ipv6Address FromC(const Address& address) {
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &address, sizeof(address));
    return Ipv6Address(bytes);
  }
  static Parameter Pass(const Address& address) { return &address; }  // good while the address lives
  static Address Given(Parameter address) { return address == nullptr ? in6_addr{} : *address; }
  static DWORD MaskOf(int length) { return static_cast<DWORD>(length); }
  static bool IsMask(DWORD length) { return length <= Ipv6::kAddressBits; }
  static int LengthOf(DWORD length) { return static_cast<int>(std::min<DWORD>(length, Ipv6::kAddressBits)); }
  static auto DisableCallback(const Config& config) { return config.pfnDisableMldCallback; }
  static auto EnableCallback(const Config& config) { return config.pfnEnableMldCallback; }
};

// The members that are called otherwise in mgm6.h, since they are of another type.
#define MGMD_MEMBER(Name, ofIpv4, ofIpv6)         \
  template <class Structure>                      \
  auto& Name(Structure& structure) {              \
    if constexpr (requires { structure.ofIpv4; }) \
      return structure.ofIpv4;                    \
    else                                          \
      return structure.ofIpv6;                    \
  }
MGMD_MEMBER(Group, dwGroup, Group)
MGMD_MEMBER(Source, dwSource, Source)
MGMD_MEMBER(SourceMask, dwSrcMask, dwSrcLength)
MGMD_MEMBER(UpstreamNeighbour, dwUpStrmNgbr, UpStrmNgbr)
MGMD_MEMBER(RouteNetwork, dwRouteNetwork, RouteNetwork)
MGMD_MEMBER(RouteMask, dwRouteMask, dwRouteLength)
MGMD_MEMBER(NextHop, dwNextHopAddr, NextHopAddr)
#undef MGMD_MEMBER

// An entry as it is written in C; an address with its mask or length.
template <class Family>
struct CEntry {
  typename CValues<Family>::Address source{};
  DWORD source_mask = 0;
  typename CValues<Family>::Address group{};
  DWORD group_mask = 0;
};

template <class Family>
CEntry<Family> ToC(const FibKey<Family>& key) {
  using Values = CValues<Family>;
  const DWORD host = Values::MaskOf(Family::kAddressBits);
  if (!key.is_wildcard()) return {Values::ToC(key.source()), host, Values::ToC(key.group()), host};
  if (key == FibKey<Family>::AllGroups()) return {};
  return {{}, 0, Values::ToC(key.group()), Values::MaskOf(key.group_length())};
}

// False: the masks break the rules of mgm.h, or the source cannot send. Whether the group makes sense is the manager's
// to judge.
template <class Family>
bool FromC(const CEntry<Family>& entry, FibKey<Family>& key) {
  using Values = CValues<Family>;
  const DWORD host = Values::MaskOf(Family::kAddressBits);
  const typename Family::Address source = Values::FromC(entry.source);
  const typename Family::Address group = Values::FromC(entry.group);
  if (!source.is_zero()) {
    if (entry.source_mask != host || group.is_zero() || entry.group_mask != host) return false;
    const auto made = FibKey<Family>::SourceGroup(source, group);
    key = made.value_or(key);
    return made.has_value();
  }
  if (entry.source_mask != 0) return false;
  if (group.is_zero()) {
    key = FibKey<Family>::AllGroups();
    return entry.group_mask == 0;
  }
  const int length = Values::LengthOf(entry.group_mask);
  // (*,*) is written with zeros.
  if (!Values::IsMask(entry.group_mask) || length <= Family::kAllGroupsLength) return false;
  if (typename Family::Prefix(group, length).address() != group) return false;
  key = FibKey<Family>::AnySource(group, length);
  return true;
}

template <class Family>
InterfaceIdOf<Family> InterfaceFromC(DWORD index, const typename CValues<Family>::Address& next_hop) {
  return {index, CValues<Family>::FromC(next_hop)};
}

// What a function is given.
template <class Family>
using CParameter = typename CValues<Family>::Parameter;

template <class Family>
InterfaceIdOf<Family> GivenInterface(DWORD index, CParameter<Family> next_hop) {
  return InterfaceFromC<Family>(index, CValues<Family>::Given(next_hop));
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_C_VALUES_H_
