// mgm.h: reading and changing MFEs.

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "common/oif_index.h"
#include "control/mgm/c_call.h"
#include "control/mgm/c_values.h"
#include "control/mgm/rows_per_turn.h"

using mgmd::EntryCounters;
using mgmd::Ipv4;
using mgmd::Ipv4Address;
using mgmd::Ipv4FibKey;
using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

namespace {

enum class Form { kMfe, kStats, kStatsEx };

size_t SizeOf(Form form, size_t oifs) {
  switch (form) {
    case Form::kMfe:
      return SIZEOF_MIB_MFE(oifs);
    case Form::kStats:
      return SIZEOF_MIB_MFE_STATS(oifs);
    case Form::kStatsEx:
      return SIZEOF_MIB_MFE_STATS_EX(oifs);
  }
  return 0;
}

// 32-bit counters of the MIB wrap.
ULONG Count(uint64_t value) { return static_cast<ULONG>(value); }

// What tells apart the wildcard MFEs that begin at one group: a range shows its group mask where
// (S,G) shows the source's (mgm_ext.h).
DWORD ShownMask(const CEntry<Ipv4>& entry) {
  if (entry.source != 0) return entry.source_mask;
  return entry.group_mask == ~DWORD{0} ? 0 : entry.group_mask;
}

// The key that an MFE is shown with; nothing: none can have such a source. What is no mask of a
// range says nothing.
std::optional<Ipv4FibKey> KeyOf(const MIB_IPMCAST_MFE& mfe) {
  const Ipv4Address group = Ipv4Address::FromNetwork(mfe.dwGroup);
  if (mfe.dwSource != 0) {
    return Ipv4FibKey::SourceGroup(Ipv4Address::FromNetwork(mfe.dwSource), group);
  }
  if (group.is_zero()) return Ipv4FibKey::AllGroups();
  Ipv4FibKey range;
  if (mfe.dwSrcMask != 0 && FromC<Ipv4>({0, 0, mfe.dwGroup, mfe.dwSrcMask}, range)) return range;
  return Ipv4FibKey::AnySource(group);
}

// The nine fields that all three structures begin with.
template <class Structure>
void FillCommon(const MfeInfo& info, Structure& out) {
  const CEntry<Ipv4> entry = mgmd::mgm::ToC(info.key);
  out.dwGroup = entry.group;
  out.dwSource = entry.source;
  out.dwSrcMask = ShownMask(entry);
  out.dwUpStrmNgbr = info.upstream_neighbour.ToNetwork();
  out.dwInIfIndex = info.iif.has_value() ? info.iif->index : 0;
  out.dwInIfProtocol = info.owner_protocol;
  out.dwRouteProtocol = info.route_protocol;
  out.dwRouteNetwork = info.route.address().ToNetwork();
  out.dwRouteMask = info.route.mask().ToNetwork();
  out.ulNumOutIf = static_cast<ULONG>(info.oifs.size());
}

std::vector<MIB_IPMCAST_OIF_STATS> OifStats(const MfeInfo& info, const Ipv4GroupManager& manager,
                                            const EntryCounters& counters) {
  std::vector<MIB_IPMCAST_OIF_STATS> stats;
  thread_local mgmd::OifIndex index;  // kept, since it may have a place for each slot
  index.Load(counters.oifs);
  for (const mgmd::InterfaceId& oif : info.oifs) {
    MIB_IPMCAST_OIF_STATS one = {};
    one.dwOutIfIndex = oif.index;
    one.dwNextHopAddr = oif.next_hop.ToNetwork();
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

template <class Structure>
void FillStats(const MfeInfo& info, const EntryCounters& counters, Structure& out) {
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

void Append(const Ipv4GroupManager& manager, const MfeInfo& info, Form form, std::vector<BYTE>& out) {
  if (form == Form::kMfe) {
    MIB_IPMCAST_MFE mfe = {};
    FillCommon(info, mfe);
    mfe.ulUpTime = Count(static_cast<uint64_t>(info.up_time.count()) / 1000000);
    mfe.ulTimeOut = Count(static_cast<uint64_t>(info.timeout.count()));
    mfe.ulExpiryTime = mfe.ulTimeOut - mfe.ulUpTime;
    AppendBytes(out, &mfe, SIZEOF_BASIC_MIB_MFE);
    for (const mgmd::InterfaceId& oif : info.oifs) {
      const MIB_IPMCAST_OIF one = {oif.index, oif.next_hop.ToNetwork(), 0, 0};
      AppendBytes(out, &one, sizeof(one));
    }
    return;
  }
  const EntryCounters counters = manager.ReadCounters(info.key).value_or(EntryCounters());
  const std::vector<MIB_IPMCAST_OIF_STATS> oifs = OifStats(info, manager, counters);
  if (form == Form::kStats) {
    MIB_IPMCAST_MFE_STATS stats = {};
    FillStats(info, counters, stats);
    AppendBytes(out, &stats, SIZEOF_BASIC_MIB_MFE_STATS);
  } else {
    MIB_IPMCAST_MFE_STATS_EX stats = {};
    FillStats(info, counters, stats);
    stats.ulUninitMfe = Count(counters.held_packets);
    stats.ulNegativeMfe = Count(counters.negative_packets);
    stats.ulInDiscards = Count(counters.discards);
    stats.ulInHdrErrors = Count(counters.ttl_packets);
    stats.ulTotalOutPackets = Count(counters.total_out_packets());
    AppendBytes(out, &stats, SIZEOF_BASIC_MIB_MFE_STATS_EX);
  }
  AppendBytes(out, oifs.data(), oifs.size() * sizeof(MIB_IPMCAST_OIF_STATS));
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

DWORD GetOne(PMIB_IPMCAST_MFE key, PDWORD size, PBYTE buffer, Form form) {
  if (key == nullptr || size == nullptr || (buffer == nullptr && *size != 0)) return BadArgument<Ipv4>();
  const std::optional<Ipv4FibKey> named = KeyOf(*key);
  if (!named.has_value()) return BadArgument<Ipv4>();
  const DWORD room = *size;
  return CallManager<Ipv4>(
      [wanted = *named, room, form](Ipv4GroupManager& manager) {
        MfeInfo info;
        Found found;
        bool exists = manager.GetMfe(wanted, info);
        // (*,G), or else the narrowest range that begins there.
        const mgmd::Ipv4Address group = wanted.group();
        for (int length = 32; wanted.is_wildcard() && length > Ipv4::kAllGroupsLength && !exists; --length) {
          const Ipv4FibKey wildcard = Ipv4FibKey::AnySource(group, length);
          exists = wildcard.group() == group && manager.GetMfe(wildcard, info);
        }
        if (!exists) {
          found.code = ERROR_NOT_FOUND;
        } else if (SizeOf(form, info.oifs.size()) > room) {
          found.code = ERROR_INSUFFICIENT_BUFFER;
          found.needed = static_cast<DWORD>(SizeOf(form, info.oifs.size()));
        } else {
          Append(manager, info, form, found.bytes);
        }
        return found;
      },
      [&](const Found& found) { return Deliver(found, size, buffer); });
}

// What one turn of the control thread has read of many.
struct Piece {
  std::vector<BYTE> bytes;
  DWORD count = 0;
  DWORD needed = 0;                // by the next one, for which there was no room; 0: there was room
  std::optional<Ipv4FibKey> next;  // where to go on; nothing: there is no more
};

Piece ReadPiece(Ipv4GroupManager& manager, KeyOrder<Ipv4> from, DWORD room, Form form) {
  Piece piece;
  piece.next = manager.ReadMfes(from, kRowsPerTurn, [&](const MfeInfo& info) {
    const size_t needed = SizeOf(form, info.oifs.size());
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

// `start` null: from the first. A large buffer is filled in several turns of the control thread.
DWORD GetMany(PMIB_IPMCAST_MFE start, PDWORD size, PBYTE buffer, PDWORD count, Form form) {
  if (size == nullptr || count == nullptr || (buffer == nullptr && *size != 0)) return BadArgument<Ipv4>();
  KeyOrder<Ipv4> from = 0;
  if (start != nullptr) {
    const std::optional<Ipv4FibKey> key = KeyOf(*start);
    if (!key.has_value()) return BadArgument<Ipv4>();
    from = NextOrder(OrderOf(*key));
  }
  const DWORD room = *size;
  DWORD used = 0;
  DWORD entries = 0;
  return CallManagerInTurns<Ipv4>(
      [&] {
        return [from, left = room - used, form](Ipv4GroupManager& manager) {
          return ReadPiece(manager, from, left, form);
        };
      },
      [&](const Piece& piece) -> std::optional<DWORD> {
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

bool FormOf(DWORD flags, Form& form) {
  form = flags == MGM_MFE_STATS_0 ? Form::kStats : Form::kStatsEx;
  return flags == MGM_MFE_STATS_0 || flags == MGM_MFE_STATS_1;
}

}  // namespace

DWORD MgmGetMfe(PMIB_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer) {
  return GetOne(pimm, pdwBufferSize, pbBuffer, Form::kMfe);
}

DWORD MgmGetFirstMfe(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  return GetMany(nullptr, pdwBufferSize, pbBuffer, pdwNumEntries, Form::kMfe);
}

DWORD MgmGetNextMfe(PMIB_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries) {
  if (pimmStart == nullptr) return BadArgument<Ipv4>();
  return GetMany(pimmStart, pdwBufferSize, pbBuffer, pdwNumEntries, Form::kMfe);
}

DWORD MgmGetMfeStats(PMIB_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer, DWORD dwFlags) {
  Form form;
  if (!FormOf(dwFlags, form)) return BadArgument<Ipv4>();
  return GetOne(pimm, pdwBufferSize, pbBuffer, form);
}

DWORD MgmGetFirstMfeStats(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries, DWORD dwFlags) {
  Form form;
  if (!FormOf(dwFlags, form)) return BadArgument<Ipv4>();
  return GetMany(nullptr, pdwBufferSize, pbBuffer, pdwNumEntries, form);
}

DWORD MgmGetNextMfeStats(PMIB_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries,
                         DWORD dwFlags) {
  Form form;
  if (!FormOf(dwFlags, form) || pimmStart == nullptr) return BadArgument<Ipv4>();
  return GetMany(pimmStart, pdwBufferSize, pbBuffer, pdwNumEntries, form);
}

DWORD MgmSetMfe(HANDLE hProtocol, PMIB_IPMCAST_MFE pmimm) {
  if (pmimm == nullptr) return BadArgument<Ipv4>();
  const std::optional<Ipv4FibKey> key = KeyOf(*pmimm);
  if (!key.has_value()) return BadArgument<Ipv4>();
  const Ipv4Address upstream = Ipv4Address::FromNetwork(pmimm->dwUpStrmNgbr);
  const DWORD iif = pmimm->dwInIfIndex;
  return CallManagerFor<Ipv4>(hProtocol, [=](Ipv4GroupManager& manager) {
    return manager.SetMfe(ClientFromC(hProtocol), *key, upstream, iif);
  });
}
