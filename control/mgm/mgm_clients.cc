// mgm.h: clients, interfaces, memberships and group enumerations.

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "control/mgm/c_call.h"
#include "control/mgm/c_client.h"
#include "control/mgm/mgm_ext.h"

using mgmd::Ipv4;
using mgmd::Ipv4FibKey;
using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

DWORD MgmRegisterMProtocol(PROUTING_PROTOCOL_CONFIG prpiInfo, DWORD dwProtocolId, DWORD dwComponentId,
                           HANDLE* phProtocol) {
  if (prpiInfo == nullptr || phProtocol == nullptr) return BadArgument();
  const ROUTING_PROTOCOL_CONFIG config = *prpiInfo;
  return CallManager<Ipv4>(
      [=](Ipv4GroupManager& manager) {
        return manager.Register({dwProtocolId, dwComponentId}, std::make_unique<CClient>(config));
      },
      [&](const absl::StatusOr<ClientHandle>& handle) {
        if (handle.ok()) *phProtocol = ToC(*handle);
        return CodeOf(handle.status());
      });
}

DWORD MgmDeRegisterMProtocol(HANDLE hProtocol) {
  return CallManagerFor<Ipv4>(hProtocol,
                              [=](Ipv4GroupManager& manager) { return manager.Deregister(ClientFromC(hProtocol)); });
}

DWORD MgmTakeInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, DWORD dwIfNextHopAddr) {
  return CallManagerFor<Ipv4>(hProtocol, [=](Ipv4GroupManager& manager) {
    return manager.TakeInterface(ClientFromC(hProtocol), InterfaceFromC(dwIfIndex, dwIfNextHopAddr));
  });
}

DWORD MgmReleaseInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, DWORD dwIfNextHopAddr) {
  return CallManagerFor<Ipv4>(hProtocol, [=](Ipv4GroupManager& manager) {
    return manager.ReleaseInterface(ClientFromC(hProtocol), InterfaceFromC(dwIfIndex, dwIfNextHopAddr));
  });
}

DWORD MgmGetProtocolOnInterface(DWORD dwIfIndex, DWORD dwIfNextHopAddr, PDWORD pdwIfProtocolId,
                                PDWORD pdwIfComponentId) {
  if (pdwIfProtocolId == nullptr || pdwIfComponentId == nullptr) return BadArgument();
  return CallManager<Ipv4>(
      [=](Ipv4GroupManager& manager) { return manager.ClientOn(InterfaceFromC(dwIfIndex, dwIfNextHopAddr)); },
      [&](const absl::StatusOr<ClientId>& client) {
        if (client.ok()) {
          *pdwIfProtocolId = client->protocol;
          *pdwIfComponentId = client->component;
        }
        return CodeOf(client.status());
      });
}

namespace {

constexpr DWORD kFlags = MGM_JOIN_STATE_FLAG | MGM_FORWARD_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG;

// An unknown flag is no flag at all to the manager, and no key is a key that it refuses: it judges
// after the handle.
MembershipChange ChangeFromC(bool add, const CEntry& entry, DWORD index, DWORD next_hop, DWORD flags) {
  MembershipChange change{.add = add, .key = {}, .interface = InterfaceFromC(index, next_hop), .flags = {}};
  if ((flags & ~kFlags) == 0 && FromC(entry, change.key)) {
    change.flags = {.join = (flags & MGM_JOIN_STATE_FLAG) != 0,
                    .forward = (flags & MGM_FORWARD_STATE_FLAG) != 0,
                    .proactive = (flags & MGM_EXT_PROACTIVE_FLAG) != 0};
  }
  return change;
}

DWORD Change(bool add, HANDLE client, const CEntry& entry, DWORD index, DWORD next_hop, DWORD flags) {
  return CallManagerFor<Ipv4>(client, [=](Ipv4GroupManager& manager) {
    return manager.ChangeMembership(ClientFromC(client), ChangeFromC(add, entry, index, next_hop, flags));
  });
}

}  // namespace

DWORD MgmAddGroupMembershipEntry(HANDLE hProtocol, DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                 DWORD dwGroupMask, DWORD dwIfIndex, DWORD dwIfNextHopIPAddr, DWORD dwFlags) {
  return Change(true, hProtocol, {dwSourceAddr, dwSourceMask, dwGroupAddr, dwGroupMask}, dwIfIndex, dwIfNextHopIPAddr,
                dwFlags);
}

DWORD MgmDeleteGroupMembershipEntry(HANDLE hProtocol, DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                    DWORD dwGroupMask, DWORD dwIfIndex, DWORD dwIfNextHopIPAddr, DWORD dwFlags) {
  return Change(false, hProtocol, {dwSourceAddr, dwSourceMask, dwGroupAddr, dwGroupMask}, dwIfIndex, dwIfNextHopIPAddr,
                dwFlags);
}

DWORD MgmExtChangeMemberships(HANDLE hProtocol, const MGM_EXT_MEMBERSHIP_CHANGE* pChanges, DWORD dwCount,
                              PDWORD pdwResults) {
  if (dwCount != 0 && (pChanges == nullptr || pdwResults == nullptr)) return BadArgument();
  return AsCode([&] {
    std::vector<MembershipChange> changes;
    changes.reserve(dwCount);
    for (const MGM_EXT_MEMBERSHIP_CHANGE& change : std::span(pChanges, dwCount)) {
      const bool add = change.dwChange == MGM_EXT_MEMBERSHIP_ADD;
      const bool known = add || change.dwChange == MGM_EXT_MEMBERSHIP_DELETE;
      changes.push_back(ChangeFromC(add,
                                    {change.dwSourceAddr, change.dwSourceMask, change.dwGroupAddr, change.dwGroupMask},
                                    change.dwIfIndex, change.dwIfNextHopAddr, known ? change.dwFlags : 0));
    }
    return CallManagerFor<Ipv4>(
        hProtocol,
        [client = ClientFromC(hProtocol), changes = std::move(changes)](Ipv4GroupManager& manager) {
          return manager.ChangeMemberships(client, changes);
        },
        [&](const absl::StatusOr<std::vector<absl::Status>>& results) {
          if (!results.ok()) return CodeOf(results.status());
          std::transform(results->begin(), results->end(), pdwResults, CodeOf);
          return DWORD{NO_ERROR};
        });
  });
}

DWORD MgmGroupEnumerationStart(HANDLE hProtocol, MGM_ENUM_TYPES metEnumType, HANDLE* phEnumHandle) {
  if (phEnumHandle == nullptr) return BadArgument();
  if (metEnumType != ANY_SOURCE && metEnumType != ALL_SOURCES) return BadArgument();
  return CallManagerFor<Ipv4>(
      hProtocol,
      [=](Ipv4GroupManager& manager) {
        return manager.StartEnumeration(ClientFromC(hProtocol),
                                        metEnumType == ANY_SOURCE ? EnumType::kAnySource : EnumType::kAllSources);
      },
      [&](const absl::StatusOr<EnumHandle>& handle) {
        if (handle.ok()) *phEnumHandle = ToC(*handle);
        return CodeOf(handle.status());
      });
}

DWORD MgmGroupEnumerationGetNext(HANDLE hEnum, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  if (pdwBufferSize == nullptr || pdwNumEntries == nullptr) return BadArgument();
  const DWORD size = *pdwBufferSize;
  if (pbBuffer == nullptr && size != 0) return BadArgument();
  const size_t room = size / sizeof(SOURCE_GROUP_ENTRY);
  DWORD count = 0;
  return CallManagerInTurns<Ipv4>(
      [&] {
        return [handle = EnumFromC(hEnum), left = room - count](Ipv4GroupManager& manager) {
          return manager.ReadEnumeration(handle, left);
        };
      },
      [&](const absl::StatusOr<mgmd::mgm::EnumerationPiece<Ipv4>>& piece) -> std::optional<DWORD> {
        if (!piece.ok()) return CodeOf(piece.status());
        for (const Ipv4FibKey& key : piece->keys) {
          const CEntry entry = mgmd::mgm::ToC(key);
          const SOURCE_GROUP_ENTRY record = {entry.source, entry.source_mask, entry.group, entry.group_mask};
          std::memcpy(pbBuffer + count * sizeof(record), &record, sizeof(record));
          ++count;
        }
        if (piece->then == mgmd::mgm::EnumerationPiece<Ipv4>::Then::kGoOn) return std::nullopt;
        *pdwNumEntries = count;
        if (piece->then == mgmd::mgm::EnumerationPiece<Ipv4>::Then::kEnd) return ERROR_NO_MORE_ITEMS;
        if (count != 0) return ERROR_MORE_DATA;
        *pdwBufferSize = sizeof(SOURCE_GROUP_ENTRY);
        return ERROR_INSUFFICIENT_BUFFER;
      });
}

DWORD MgmGroupEnumerationEnd(HANDLE hEnum) {
  return CallManager<Ipv4>([=](Ipv4GroupManager& manager) { return manager.EndEnumeration(EnumFromC(hEnum)); });
}
