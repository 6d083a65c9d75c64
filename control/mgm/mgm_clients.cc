// mgm.h and mgm6.h: clients, interfaces, memberships and group enumerations. A function of either is the template of
// its family.

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "control/mgm/c_call.h"
#include "control/mgm/c_client.h"

using mgmd::FibKey;
using mgmd::Ipv4;
using mgmd::Ipv6;
using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

namespace {

template <class Family>
DWORD Register(const typename CValues<Family>::Config* info, DWORD protocol, DWORD component, HANDLE* client) {
  if (info == nullptr || client == nullptr) return BadArgument<Family>();
  const typename CValues<Family>::Config config = *info;
  return CallManager<Family>(
      [=](GroupManager<Family>& manager) {
        return manager.Register({protocol, component}, std::make_unique<CClient<Family>>(config));
      },
      [&](const absl::StatusOr<ClientHandle>& handle) {
        if (handle.ok()) *client = ToC(*handle);
        return CodeOf(handle.status());
      });
}

template <class Family>
DWORD DeRegister(HANDLE client) {
  return CallManagerFor<Family>(client,
                                [=](GroupManager<Family>& manager) { return manager.Deregister(ClientFromC(client)); });
}

template <class Family>
DWORD Take(HANDLE client, DWORD index, CParameter<Family> next_hop) {
  const auto interface = GivenInterface<Family>(index, next_hop);
  return CallManagerFor<Family>(
      client, [=](GroupManager<Family>& manager) { return manager.TakeInterface(ClientFromC(client), interface); });
}

template <class Family>
DWORD Release(HANDLE client, DWORD index, CParameter<Family> next_hop) {
  const auto interface = GivenInterface<Family>(index, next_hop);
  return CallManagerFor<Family>(
      client, [=](GroupManager<Family>& manager) { return manager.ReleaseInterface(ClientFromC(client), interface); });
}

template <class Family>
DWORD GetProtocol(DWORD index, CParameter<Family> next_hop, PDWORD protocol, PDWORD component) {
  if (protocol == nullptr || component == nullptr) return BadArgument<Family>();
  const auto interface = GivenInterface<Family>(index, next_hop);
  return CallManager<Family>([=](GroupManager<Family>& manager) { return manager.ClientOn(interface); },
                             [&](const absl::StatusOr<ClientId>& client) {
                               if (client.ok()) {
                                 *protocol = client->protocol;
                                 *component = client->component;
                               }
                               return CodeOf(client.status());
                             });
}

constexpr DWORD kFlags = MGM_JOIN_STATE_FLAG | MGM_FORWARD_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG;

// An unknown flag is no flag at all to the manager, and no key is a key that it refuses: it judges
// after the handle.
template <class Family>
MembershipChangeOf<Family> ChangeFromC(bool add, const CEntry<Family>& entry,
                                       const mgmd::InterfaceIdOf<Family>& interface, DWORD flags) {
  MembershipChangeOf<Family> change{.add = add, .key = {}, .interface = interface, .flags = {}};
  if ((flags & ~kFlags) == 0 && FromC(entry, change.key)) {
    change.flags = {.join = (flags & MGM_JOIN_STATE_FLAG) != 0,
                    .forward = (flags & MGM_FORWARD_STATE_FLAG) != 0,
                    .proactive = (flags & MGM_EXT_PROACTIVE_FLAG) != 0};
  }
  return change;
}

template <class Family>
DWORD Change(bool add, HANDLE client, CParameter<Family> source, DWORD source_mask, CParameter<Family> group,
             DWORD group_mask, DWORD index, CParameter<Family> next_hop, DWORD flags) {
  using Values = CValues<Family>;
  const CEntry<Family> entry = {Values::Given(source), source_mask, Values::Given(group), group_mask};
  const auto change = ChangeFromC<Family>(add, entry, GivenInterface<Family>(index, next_hop), flags);
  return CallManagerFor<Family>(
      client, [=](GroupManager<Family>& manager) { return manager.ChangeMembership(ClientFromC(client), change); });
}

template <class Family>
DWORD ChangeMany(HANDLE client, const typename CValues<Family>::Change* changes, DWORD count, PDWORD results) {
  if (count != 0 && (changes == nullptr || results == nullptr)) return BadArgument<Family>();
  return AsCode([&] {
    std::vector<MembershipChangeOf<Family>> all;
    all.reserve(count);
    for (const auto& [what, flags, source, source_mask, group, group_mask, index, next_hop] :
         std::span(changes, count)) {
      const bool add = what == MGM_EXT_MEMBERSHIP_ADD;
      const bool known = add || what == MGM_EXT_MEMBERSHIP_DELETE;
      all.push_back(ChangeFromC<Family>(add, {source, source_mask, group, group_mask},
                                        InterfaceFromC<Family>(index, next_hop), known ? flags : 0));
    }
    return CallManagerFor<Family>(
        client,
        [client = ClientFromC(client), all = std::move(all)](GroupManager<Family>& manager) {
          return manager.ChangeMemberships(client, all);
        },
        [&](const absl::StatusOr<std::vector<absl::Status>>& codes) {
          if (!codes.ok()) return CodeOf(codes.status());
          std::transform(codes->begin(), codes->end(), results, CodeOf);
          return DWORD{NO_ERROR};
        });
  });
}

template <class Family>
DWORD EnumerationStart(HANDLE client, MGM_ENUM_TYPES type, HANDLE* enumeration) {
  if (enumeration == nullptr) return BadArgument<Family>();
  if (type != ANY_SOURCE && type != ALL_SOURCES) return BadArgument<Family>();
  return CallManagerFor<Family>(
      client,
      [=](GroupManager<Family>& manager) {
        return manager.StartEnumeration(ClientFromC(client),
                                        type == ANY_SOURCE ? EnumType::kAnySource : EnumType::kAllSources);
      },
      [&](const absl::StatusOr<EnumHandle>& handle) {
        if (handle.ok()) *enumeration = ToC(*handle);
        return CodeOf(handle.status());
      });
}

template <class Family>
DWORD EnumerationGetNext(HANDLE enumeration, PDWORD size, PBYTE buffer, PDWORD entries) {
  using Record = typename CValues<Family>::Record;
  using Piece = EnumerationPiece<Family>;
  if (size == nullptr || entries == nullptr) return BadArgument<Family>();
  if (buffer == nullptr && *size != 0) return BadArgument<Family>();
  const size_t room = *size / sizeof(Record);
  DWORD count = 0;
  return CallManagerInTurns<Family>(
      [&] {
        return [handle = EnumFromC(enumeration), left = room - count](GroupManager<Family>& manager) {
          return manager.ReadEnumeration(handle, left);
        };
      },
      [&](const absl::StatusOr<Piece>& piece) -> std::optional<DWORD> {
        if (!piece.ok()) return CodeOf(piece.status());
        for (const FibKey<Family>& key : piece->keys) {
          const CEntry<Family> entry = mgmd::mgm::ToC(key);
          const Record record = {entry.source, entry.source_mask, entry.group, entry.group_mask};
          std::memcpy(buffer + count * sizeof(record), &record, sizeof(record));
          ++count;
        }
        if (piece->then == Piece::Then::kGoOn) return std::nullopt;
        *entries = count;
        if (piece->then == Piece::Then::kEnd) return ERROR_NO_MORE_ITEMS;
        if (count != 0) return ERROR_MORE_DATA;
        *size = sizeof(Record);
        return ERROR_INSUFFICIENT_BUFFER;
      });
}

template <class Family>
DWORD EnumerationEnd(HANDLE enumeration) {
  return CallManager<Family>(
      [=](GroupManager<Family>& manager) { return manager.EndEnumeration(EnumFromC(enumeration)); });
}

}  // namespace

DWORD MgmRegisterMProtocol(PROUTING_PROTOCOL_CONFIG prpiInfo, DWORD dwProtocolId, DWORD dwComponentId,
                           HANDLE* phProtocol) {
  return Register<Ipv4>(prpiInfo, dwProtocolId, dwComponentId, phProtocol);
}

DWORD MgmDeRegisterMProtocol(HANDLE hProtocol) { return DeRegister<Ipv4>(hProtocol); }

DWORD MgmTakeInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, DWORD dwIfNextHopAddr) {
  return Take<Ipv4>(hProtocol, dwIfIndex, dwIfNextHopAddr);
}

DWORD MgmReleaseInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, DWORD dwIfNextHopAddr) {
  return Release<Ipv4>(hProtocol, dwIfIndex, dwIfNextHopAddr);
}

DWORD MgmGetProtocolOnInterface(DWORD dwIfIndex, DWORD dwIfNextHopAddr, PDWORD pdwIfProtocolId,
                                PDWORD pdwIfComponentId) {
  return GetProtocol<Ipv4>(dwIfIndex, dwIfNextHopAddr, pdwIfProtocolId, pdwIfComponentId);
}

DWORD MgmAddGroupMembershipEntry(HANDLE hProtocol, DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                 DWORD dwGroupMask, DWORD dwIfIndex, DWORD dwIfNextHopIPAddr, DWORD dwFlags) {
  return Change<Ipv4>(true, hProtocol, dwSourceAddr, dwSourceMask, dwGroupAddr, dwGroupMask, dwIfIndex,
                      dwIfNextHopIPAddr, dwFlags);
}

DWORD MgmDeleteGroupMembershipEntry(HANDLE hProtocol, DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                    DWORD dwGroupMask, DWORD dwIfIndex, DWORD dwIfNextHopIPAddr, DWORD dwFlags) {
  return Change<Ipv4>(false, hProtocol, dwSourceAddr, dwSourceMask, dwGroupAddr, dwGroupMask, dwIfIndex,
                      dwIfNextHopIPAddr, dwFlags);
}

DWORD MgmExtChangeMemberships(HANDLE hProtocol, const MGM_EXT_MEMBERSHIP_CHANGE* pChanges, DWORD dwCount,
                              PDWORD pdwResults) {
  return ChangeMany<Ipv4>(hProtocol, pChanges, dwCount, pdwResults);
}

DWORD MgmGroupEnumerationStart(HANDLE hProtocol, MGM_ENUM_TYPES metEnumType, HANDLE* phEnumHandle) {
  return EnumerationStart<Ipv4>(hProtocol, metEnumType, phEnumHandle);
}

DWORD MgmGroupEnumerationGetNext(HANDLE hEnum, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return EnumerationGetNext<Ipv4>(hEnum, pdwBufferSize, pbBuffer, pdwNumEntries);
}

DWORD MgmGroupEnumerationEnd(HANDLE hEnum) { return EnumerationEnd<Ipv4>(hEnum); }

DWORD Mgm6RegisterMProtocol(PMGM6_PROTOCOL_CONFIG prpiInfo, DWORD dwProtocolId, DWORD dwComponentId,
                            HANDLE* phProtocol) {
  return Register<Ipv6>(prpiInfo, dwProtocolId, dwComponentId, phProtocol);
}

DWORD Mgm6DeRegisterMProtocol(HANDLE hProtocol) { return DeRegister<Ipv6>(hProtocol); }

DWORD Mgm6TakeInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr) {
  return Take<Ipv6>(hProtocol, dwIfIndex, pIfNextHopAddr);
}

DWORD Mgm6ReleaseInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr) {
  return Release<Ipv6>(hProtocol, dwIfIndex, pIfNextHopAddr);
}

DWORD Mgm6GetProtocolOnInterface(DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr, PDWORD pdwIfProtocolId,
                                 PDWORD pdwIfComponentId) {
  return GetProtocol<Ipv6>(dwIfIndex, pIfNextHopAddr, pdwIfProtocolId, pdwIfComponentId);
}

DWORD Mgm6AddGroupMembershipEntry(HANDLE hProtocol, const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                  const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                  const struct in6_addr* pIfNextHopAddr, DWORD dwFlags) {
  return Change<Ipv6>(true, hProtocol, pSourceAddr, dwSourceLength, pGroupAddr, dwGroupLength, dwIfIndex,
                      pIfNextHopAddr, dwFlags);
}

DWORD Mgm6DeleteGroupMembershipEntry(HANDLE hProtocol, const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                     const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                     const struct in6_addr* pIfNextHopAddr, DWORD dwFlags) {
  return Change<Ipv6>(false, hProtocol, pSourceAddr, dwSourceLength, pGroupAddr, dwGroupLength, dwIfIndex,
                      pIfNextHopAddr, dwFlags);
}

DWORD Mgm6ExtChangeMemberships(HANDLE hProtocol, const MGM6_EXT_MEMBERSHIP_CHANGE* pChanges, DWORD dwCount,
                               PDWORD pdwResults) {
  return ChangeMany<Ipv6>(hProtocol, pChanges, dwCount, pdwResults);
}

DWORD Mgm6GroupEnumerationStart(HANDLE hProtocol, MGM_ENUM_TYPES metEnumType, HANDLE* phEnumHandle) {
  return EnumerationStart<Ipv6>(hProtocol, metEnumType, phEnumHandle);
}

DWORD Mgm6GroupEnumerationGetNext(HANDLE hEnum, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return EnumerationGetNext<Ipv6>(hEnum, pdwBufferSize, pbBuffer, pdwNumEntries);
}

DWORD Mgm6GroupEnumerationEnd(HANDLE hEnum) { return EnumerationEnd<Ipv6>(hEnum); }
