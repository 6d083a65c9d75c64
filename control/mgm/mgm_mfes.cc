// mgm.h and mgm6.h: reading and changing MFEs. A function of either is the template of its family.

#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

#include "common/oif_index.h"
#include "control/mgm/c_call.h"
#include "control/mgm/c_values.h"
#include "control/mgm/rows_per_turn.h"

using mgmd::EntryCounters;
using mgmd::FibKey;
using mgmd::Ipv4;
using mgmd::Ipv6;
using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

namespace {

enum class Form { kMfe, kStats, kStatsEx };

template <class Family>
size_t SizeOf(Form form, size_t oifs) {
  using Values = CValues<Family>;
  switch (form) {
    case Form::kMfe:
      return offsetof(typename Values::Mfe, rgmioOutInfo) + oifs * sizeof(typename Values::Oif);
    case Form::kStats:
      return offsetof(typename Values::MfeStats, rgmiosOutStats) + oifs * sizeof(typename Values::OifStats);
    case Form::kStatsEx:
      return offsetof(typename Values::MfeStatsEx, rgmiosOutStats) + oifs * sizeof(typename Values::OifStats);
  }
  return 0;
}

// 32-bit counters of the MIB wrap.
ULONG Count(uint64_t value) { return static_cast<ULONG>(value); }

// What tells apart the wildcard MFEs that begin at one group: a range shows its group mask where
// (S,G) shows the source's (mgm_ext.h).
template <class Family>
DWORD ShownMask(const CEntry<Family>& entry) {
  if (entry.source_mask != 0) return entry.source_mask;
  return entry.group_mask == CValues<Family>::MaskOf(Family::kAddressBits) ? 0 : entry.group_mask;
}

// The key that an MFE is shown with; nothing: none can have such a source. What is no mask of a
// range says nothing.
template <class Family>
std::optional<FibKey<Family>> KeyOf(const typename CValues<Family>::Mfe& mfe) {
  const typename Family::Address source = CValues<Family>::FromC(Source(mfe));
  const typename Family::Address group = CValues<Family>::FromC(Group(mfe));
  if (!source.is_zero()) return FibKey<Family>::SourceGroup(source, group);
  if (group.is_zero()) return FibKey<Family>::AllGroups();
  FibKey<Family> range;
  const CEntry<Family> shown = {{}, 0, Group(mfe), SourceMask(mfe)};
  if (SourceMask(mfe) != 0 && FromC(shown, range)) return range;
  return FibKey<Family>::AnySource(group);
}

// The nine fields that all three structures begin with.
template <class Family, class Structure>
void FillCommon(const MfeInfoOf<Family>& info, Structure& out) {
  using Values = CValues<Family>;
  const CEntry<Family> entry = mgmd::mgm::ToC(info.key);
  Group(out) = entry.group;
  Source(out) = entry.source;
  SourceMask(out) = ShownMask(entry);
  UpstreamNeighbour(out) = Values::ToC(info.upstream_neighbour);
  out.dwInIfIndex = info.iif.has_value() ? info.iif->index : 0;
  out.dwInIfProtocol = info.owner_protocol;
  out.dwRouteProtocol = info.route_protocol;
  RouteNetwork(out) = Values::ToC(info.route.address());
  RouteMask(out) = Values::MaskOf(info.route.length());
  out.ulNumOutIf = static_cast<ULONG>(info.oifs.size());
}

template <class Family>
std::vector<typename CValues<Family>::OifStats> OifStats(const MfeInfoOf<Family>& info,
                                                         const GroupManager<Family>& manager,
                                                         const EntryCounters& counters) {
  std::vector<typename CValues<Family>::OifStats> stats;
  thread_local mgmd::OifIndex index;  // kept, since it may have a place for each slot
  index.Load(counters.oifs);
  for (const mgmd::InterfaceIdOf<Family>& oif : info.oifs) {
    typename CValues<Family>::OifStats one = {};
    one.dwOutIfIndex = oif.index;
    NextHop(one) = CValues<Family>::ToC(oif.next_hop);
    const mgmd::InterfaceSlot slot = manager.interfaces().all().at(oif)->slot;
    if (const mgmd::OifCounters* counted = index.Find(counters.oifs, slot)) {
      one.ulTtlTooLow = Count(counted->ttl_too_low);
      one.ulFragNeeded = Count(counted->frag_needed);
      one.ulOutPackets = Count(counted->packets);
      one.ulOutDiscards = Count(counted->discards);
    }
    stats.push_back(one);
  }
  return stats;
}

template <class Family, class Structure>
void FillStats(const MfeInfoOf<Family>& info, const EntryCounters& counters, Structure& out) {
  FillCommon(info, out);
  out.ulUpTime = Count(static_cast<uint64_t>(info.up_time.count()) / 10000);
  out.ulExpiryTime = Count(static_cast<uint64_t>((Time(info.timeout) - info.up_time).count()) / 10000);
  out.ulInPkts = Count(counters.packets);
  out.ulInOctets = Count(counters.octets);
  out.ulPktsDifferentIf = Count(counters.different_if_packets);
  out.ulQueueOverflow = Count(counters.queue_overflow);
}

void AppendBytes(std::vector<BYTE>& out, const void* data, size_t size) {
  const BYTE* bytes = static_cast<const BYTE*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

template <class Family>
void Append(const GroupManager<Family>& manager, const MfeInfoOf<Family>& info, Form form, std::vector<BYTE>& out) {
  using Values = CValues<Family>;
  const size_t head = SizeOf<Family>(form, 0);
  if (form == Form::kMfe) {
    typename Values::Mfe mfe = {};
    FillCommon(info, mfe);
    mfe.ulUpTime = Count(static_cast<uint64_t>(info.up_time.count()) / 1000000);
    mfe.ulTimeOut = Count(static_cast<uint64_t>(info.timeout.count()));
    mfe.ulExpiryTime = mfe.ulTimeOut - mfe.ulUpTime;
    AppendBytes(out, &mfe, head);
    for (const mgmd::InterfaceIdOf<Family>& oif : info.oifs) {
      const typename Values::Oif one = {oif.index, Values::ToC(oif.next_hop), 0, 0};
      AppendBytes(out, &one, sizeof(one));
    }
    return;
  }
  const EntryCounters counters = manager.ReadCounters(info.key).value_or(EntryCounters());
  const std::vector<typename Values::OifStats> oifs = OifStats(info, manager, counters);
  if (form == Form::kStats) {
    typename Values::MfeStats stats = {};
    FillStats(info, counters, stats);
    AppendBytes(out, &stats, head);
  } else {
    typename Values::MfeStatsEx stats = {};
    FillStats(info, counters, stats);
    stats.ulUninitMfe = Count(counters.held_packets);
    stats.ulNegativeMfe = Count(counters.negative_packets);
    stats.ulInDiscards = Count(counters.discards);
    stats.ulInHdrErrors = Count(counters.ttl_packets);
    stats.ulTotalOutPackets = Count(counters.total_out_packets());
    AppendBytes(out, &stats, head);
  }
  AppendBytes(out, oifs.data(), oifs.size() * sizeof(typename Values::OifStats));
}

// What a read found; written to the caller's memory by the caller's thread.
struct Found {
  DWORD code = NO_ERROR;
  DWORD needed = 0;
  std::vector<BYTE> bytes;
};

DWORD Deliver(const Found& found, PDWORD size, PBYTE buffer) {
  if (found.code == ERROR_INSUFFICIENT_BUFFER) *size = found.needed;
  if (!found.bytes.empty()) std::memcpy(buffer, found.bytes.data(), found.bytes.size());
  return found.code;
}

template <class Family>
DWORD GetOne(const typename CValues<Family>::Mfe* key, PDWORD size, PBYTE buffer, std::optional<Form> form) {
  if (key == nullptr || size == nullptr || (buffer == nullptr && *size != 0)) return BadArgument<Family>();
  if (!form.has_value()) return BadArgument<Family>();
  const std::optional<FibKey<Family>> named = KeyOf<Family>(*key);
  if (!named.has_value()) return BadArgument<Family>();
  const DWORD room = *size;
  return CallManager<Family>(
      [wanted = *named, room, form = *form](GroupManager<Family>& manager) {
        MfeInfoOf<Family> info;
        Found found;
        bool exists = manager.GetMfe(wanted, info);
        // (*,G), or else the narrowest range that begins there.
        const typename Family::Address group = wanted.group();
        for (int length = Family::kAddressBits; wanted.is_wildcard() && length > Family::kAllGroupsLength && !exists;
             --length) {
          const FibKey<Family> wildcard = FibKey<Family>::AnySource(group, length);
          exists = wildcard.group() == group && manager.GetMfe(wildcard, info);
        }
        const size_t needed = SizeOf<Family>(form, info.oifs.size());
        if (!exists) {
          found.code = ERROR_NOT_FOUND;
        } else if (needed > room) {
          found.code = ERROR_INSUFFICIENT_BUFFER;
          found.needed = static_cast<DWORD>(needed);
        } else {
          Append(manager, info, form, found.bytes);
        }
        return found;
      },
      [&](const Found& found) { return Deliver(found, size, buffer); });
}

// What one turn of the control thread has read of many.
template <class Family>
struct Piece {
  std::vector<BYTE> bytes;
  DWORD count = 0;
  DWORD needed = 0;                    // by the next one, for which there was no room; 0: there was room
  std::optional<FibKey<Family>> next;  // where to go on; nothing: there is no more
};

template <class Family>
Piece<Family> ReadPiece(GroupManager<Family>& manager, const KeyOrder<Family>& from, DWORD room, Form form) {
  Piece<Family> piece;
  piece.next = manager.ReadMfes(from, kRowsPerTurn, [&](const MfeInfoOf<Family>& info) {
    const size_t needed = SizeOf<Family>(form, info.oifs.size());
    if (piece.bytes.size() + needed > room) {
      piece.needed = static_cast<DWORD>(needed);
      return false;
    }
    Append(manager, info, form, piece.bytes);
    ++piece.count;
    return true;
  });
  return piece;
}

// From `start` on; nothing: no MFE can be shown as the caller's was. A large buffer is filled in several turns of the
// control thread.
template <class Family>
DWORD GetMany(std::optional<KeyOrder<Family>> start, PDWORD size, PBYTE buffer, PDWORD count,
              std::optional<Form> form) {
  if (size == nullptr || count == nullptr || (buffer == nullptr && *size != 0)) return BadArgument<Family>();
  if (!start.has_value() || !form.has_value()) return BadArgument<Family>();
  KeyOrder<Family> from = *start;
  const DWORD room = *size;
  DWORD used = 0;
  DWORD entries = 0;
  return CallManagerInTurns<Family>(
      [&] {
        return [from, left = room - used, form = *form](GroupManager<Family>& manager) {
          return ReadPiece<Family>(manager, from, left, form);
        };
      },
      [&](const Piece<Family>& piece) -> std::optional<DWORD> {
        if (!piece.bytes.empty()) std::memcpy(buffer + used, piece.bytes.data(), piece.bytes.size());
        used += static_cast<DWORD>(piece.bytes.size());
        entries += piece.count;
        if (piece.needed == 0 && piece.next.has_value()) {
          from = OrderOf(*piece.next);
          return std::nullopt;
        }
        *count = entries;
        if (piece.needed == 0) return ERROR_NO_MORE_ITEMS;
        if (entries != 0) return ERROR_MORE_DATA;
        *size = piece.needed;
        return ERROR_INSUFFICIENT_BUFFER;
      });
}

// Right after the MFE that is shown so; nothing: there is no such one.
template <class Family>
std::optional<KeyOrder<Family>> After(const typename CValues<Family>::Mfe* shown) {
  if (shown == nullptr) return std::nullopt;
  const std::optional<FibKey<Family>> key = KeyOf<Family>(*shown);
  return key.has_value() ? std::optional(NextOrder(OrderOf(*key))) : std::nullopt;
}

template <class Family>
DWORD Set(HANDLE client, const typename CValues<Family>::Mfe* mfe) {
  if (mfe == nullptr) return BadArgument<Family>();
  const std::optional<FibKey<Family>> key = KeyOf<Family>(*mfe);
  if (!key.has_value()) return BadArgument<Family>();
  return CallManagerFor<Family>(
      client, [key = *key, upstream = CValues<Family>::FromC(UpstreamNeighbour(*mfe)), iif = mfe->dwInIfIndex, client](
                  GroupManager<Family>& manager) { return manager.SetMfe(ClientFromC(client), key, upstream, iif); });
}

// Nothing: the flags name none.
std::optional<Form> StatsForm(DWORD flags) {
  if (flags == MGM_MFE_STATS_0) return Form::kStats;
  if (flags == MGM_MFE_STATS_1) return Form::kStatsEx;
  return std::nullopt;
}

}  // namespace

DWORD MgmGetMfe(PMIB_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer) {
  return GetOne<Ipv4>(pimm, pdwBufferSize, pbBuffer, Form::kMfe);
}

DWORD MgmGetFirstMfe(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return GetMany<Ipv4>(FirstOrder<Ipv4>(), pdwBufferSize, pbBuffer, pdwNumEntries, Form::kMfe);
}

DWORD MgmGetNextMfe(PMIB_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return GetMany<Ipv4>(After<Ipv4>(pimmStart), pdwBufferSize, pbBuffer, pdwNumEntries, Form::kMfe);
}

DWORD MgmGetMfeStats(PMIB_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer, DWORD dwFlags) {
  return GetOne<Ipv4>(pimm, pdwBufferSize, pbBuffer, StatsForm(dwFlags));
}

DWORD MgmGetFirstMfeStats(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries, DWORD dwFlags) {
  return GetMany<Ipv4>(FirstOrder<Ipv4>(), pdwBufferSize, pbBuffer, pdwNumEntries, StatsForm(dwFlags));
}

DWORD MgmGetNextMfeStats(PMIB_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries,
                         DWORD dwFlags) {
  return GetMany<Ipv4>(After<Ipv4>(pimmStart), pdwBufferSize, pbBuffer, pdwNumEntries, StatsForm(dwFlags));
}

DWORD MgmSetMfe(HANDLE hProtocol, PMIB_IPMCAST_MFE pmimm) { return Set<Ipv4>(hProtocol, pmimm); }

DWORD Mgm6GetMfe(PMIB6_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer) {
  return GetOne<Ipv6>(pimm, pdwBufferSize, pbBuffer, Form::kMfe);
}

DWORD Mgm6GetFirstMfe(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return GetMany<Ipv6>(FirstOrder<Ipv6>(), pdwBufferSize, pbBuffer, pdwNumEntries, Form::kMfe);
}

DWORD Mgm6GetNextMfe(PMIB6_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return GetMany<Ipv6>(After<Ipv6>(pimmStart), pdwBufferSize, pbBuffer, pdwNumEntries, Form::kMfe);
}

DWORD Mgm6GetMfeStats(PMIB6_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer, DWORD dwFlags) {
  return GetOne<Ipv6>(pimm, pdwBufferSize, pbBuffer, StatsForm(dwFlags));
}

DWORD Mgm6GetFirstMfeStats(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries, DWORD dwFlags) {
  return GetMany<Ipv6>(FirstOrder<Ipv6>(), pdwBufferSize, pbBuffer, pdwNumEntries, StatsForm(dwFlags));
}

DWORD Mgm6GetNextMfeStats(PMIB6_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries,
                          DWORD dwFlags) {
  return GetMany<Ipv6>(After<Ipv6>(pimmStart), pdwBufferSize, pbBuffer, pdwNumEntries, StatsForm(dwFlags));
}

DWORD Mgm6SetMfe(HANDLE hProtocol, PMIB6_IPMCAST_MFE pmimm) { return Set<Ipv6>(hProtocol, pmimm); }
