#include "tests/fakes/mgm_world.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace mgmd::fakes {
namespace {

MgmWorld* current = nullptr;

constexpr int kIgmp = 8;

std::string ClientName(int number) { return number == kIgmp ? "I" : "P" + std::to_string(number + 1); }
std::string InterfaceName(DWORD index) { return "i" + std::to_string(index); }
std::string Bool(BOOL value) { return value != FALSE ? " T" : " F"; }

// mgm.h's callbacks carry no context: each client has functions of its own.
template <int N>
struct Callbacks {
  static MgmWorld::Hooks& hooks() { return MgmWorld::Current().hooks(ClientName(N)); }
  static void Record(const std::string& what, const std::string& rest) {
    MgmWorld::Current().Record(what + " " + ClientName(N) + " " + rest);
  }
  static DWORD Rpf(DWORD source, DWORD, DWORD group, DWORD mask, PDWORD iif, PDWORD, PDWORD, DWORD, PBYTE,
                   PBYTE route) {
    Record("RPF", Address::Entry(source, group, mask) + " " + InterfaceName(*iif));
    if (hooks().rpf) hooks().rpf(iif, reinterpret_cast<PMGM_EXT_ROUTE>(route));
    return NO_ERROR;
  }
  static DWORD Creation(DWORD source, DWORD, DWORD group, DWORD mask, DWORD iif, DWORD, DWORD count,
                        PMGM_IF_ENTRY list) {
    std::string oifs;
    for (DWORD i = 0; i < count; ++i) oifs += (i == 0 ? "" : " ") + InterfaceName(list[i].dwIfIndex);
    Record("CREATION", Address::Entry(source, group, mask) + " " + InterfaceName(iif) + " {" + oifs + "}");
    if (hooks().creation) hooks().creation(count, list);
    return NO_ERROR;
  }
  static DWORD Prune(DWORD source, DWORD, DWORD group, DWORD mask, DWORD index, DWORD, BOOL membership,
                     PDWORD timeout) {
    const std::string what = Address::Entry(source, group, mask) + Bool(membership);
    Record("U", what);
    MgmWorld::Current().RecordPrune("U " + ClientName(N) + " " + what + " " + InterfaceName(index));
    if (hooks().prune) hooks().prune(timeout, membership);
    return NO_ERROR;
  }
  static DWORD Join(DWORD source, DWORD, DWORD group, DWORD mask, BOOL membership) {
    Record("J", Address::Entry(source, group, mask) + Bool(membership));
    if (hooks().join) hooks().join(membership);
    return NO_ERROR;
  }
  static DWORD Wrong(DWORD source, DWORD group, DWORD index, DWORD, DWORD, PBYTE) {
    Record("WRONG", Address::Entry(source, group) + " " + InterfaceName(index));
    return NO_ERROR;
  }
  static DWORD LocalJoin(DWORD source, DWORD, DWORD group, DWORD mask, DWORD index, DWORD) {
    Record("LJ", Address::Entry(source, group, mask) + " " + InterfaceName(index));
    if (hooks().local) hooks().local();
    return NO_ERROR;
  }
  static DWORD LocalLeave(DWORD source, DWORD, DWORD group, DWORD mask, DWORD index, DWORD) {
    Record("LL", Address::Entry(source, group, mask) + " " + InterfaceName(index));
    if (hooks().local) hooks().local();
    return NO_ERROR;
  }
  static DWORD Disable(DWORD index, DWORD) {
    MgmWorld::Current().Record("D " + InterfaceName(index));
    if (hooks().disable) hooks().disable();
    return NO_ERROR;
  }
  static DWORD Enable(DWORD index, DWORD) {
    MgmWorld::Current().Record("E " + InterfaceName(index));
    if (hooks().enable) hooks().enable();
    return NO_ERROR;
  }
  static ROUTING_PROTOCOL_CONFIG Config() {
    return {0,         Rpf,        Creation, Prune, Join, hooks().wants_wrong_interface ? Wrong : nullptr,
            LocalJoin, LocalLeave, Disable,  Enable};
  }
};

template <int... N>
std::array<ROUTING_PROTOCOL_CONFIG (*)(), sizeof...(N)> AllConfigs(std::integer_sequence<int, N...>) {
  return {&Callbacks<N>::Config...};
}

// What stands in a buffer: an MFE and its oifs.
MgmWorld::Shown Decode(const BYTE* at) {
  MgmWorld::Shown shown = {};
  std::memcpy(&shown.mfe, at, SIZEOF_BASIC_MIB_MFE);
  for (ULONG oif = 0; oif < shown.mfe.ulNumOutIf; ++oif) {
    MIB_IPMCAST_OIF out;
    std::memcpy(&out, at + SIZEOF_MIB_MFE(oif), sizeof(out));
    shown.oifs.push_back(out.dwOutIfIndex);
  }
  return shown;
}

}  // namespace

DWORD Address::Of(const std::string& name) {
  if (name == "*") return 0;
  if (name[0] == 'S') return htonl(0x0A000000u + (name.size() > 1 ? std::stoul(name.substr(1)) : 1));
  if (name[0] == 'G') return htonl(0xEF010100u + (name.size() > 1 ? std::stoul(name.substr(1)) : 1));
  in_addr parsed = {};
  if (inet_pton(AF_INET, name.c_str(), &parsed) != 1) std::abort();
  return parsed.s_addr;
}

std::string Address::Name(DWORD address) {
  const uint32_t value = ntohl(address);
  if (value == 0) return "*";
  if (value >> 8 == 0x0A0000) return value % 256 == 1 ? "S" : "S" + std::to_string(value % 256);
  if (value >> 8 == 0xEF0101) return value % 256 == 1 ? "G" : "G" + std::to_string(value % 256);
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address, text.data(), text.size());
  return text.data();
}

std::string Address::Entry(DWORD source, DWORD group, DWORD group_mask) {
  const int length = std::countl_one(ntohl(group_mask));
  const std::string range = group == 0 || length == 32 ? "" : "/" + std::to_string(length);
  return "(" + Name(source) + "," + Name(group) + range + ")";
}

MgmWorld& MgmWorld::Current() { return *current; }

int MgmWorld::Number(const std::string& client) { return client == "I" ? kIgmp : client[1] - '1'; }

MgmWorld::MgmWorld(DWORD flags, DWORD max_mfes, DWORD max_negative, DWORD igmp_grace_ms,
                   const std::function<void(MGM_EXT_CONFIG&)>& tune) {
  current = this;
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  config.dwFlags = flags;
  config.dwMaxMfes = max_mfes;
  config.dwMaxNegativeMfes = max_negative;
  config.dwIgmpGraceMs = igmp_grace_ms;
  config.Forwarder.pvContext = this;
  config.Forwarder.pfnSetInterface = [](PVOID world, DWORD index, DWORD, BOOL enabled) {
    static_cast<MgmWorld*>(world)->Outside("SetInterface");
    auto& set = static_cast<MgmWorld*>(world)->enabled_;
    if (enabled != FALSE) {
      set.insert(index);
    } else {
      set.erase(index);
    }
  };
  config.Forwarder.pfnApply = [](PVOID context, PMGM_EXT_ENTRY entries, DWORD count) {
    auto& world = *static_cast<MgmWorld*>(context);
    world.Outside("Apply");
    ++world.applied_;
    for (DWORD i = 0; i < count; ++i) {
      MGM_EXT_ENTRY& entry = entries[i];
      const std::string key = Address::Entry(entry.dwSourceAddr, entry.dwGroupAddr, entry.dwGroupMask);
      if (entry.dwChange == MGM_EXT_ENTRY_DELETE) {
        world.table_.erase(key);
        continue;
      }
      if (world.refuse_) {
        entry.dwResult = ERROR_NOT_ENOUGH_MEMORY;
        continue;
      }
      ForwardingEntry made{entry.In.dwIfIndex, {}, (entry.dwFlags & MGM_EXT_ENTRY_NO_ROUTE) != 0};
      for (DWORD oif = 0; oif < entry.dwOutIfCount; ++oif) made.oifs.insert(entry.pOutIf[oif].dwIfIndex);
      world.table_[key] = made;
    }
  };
  config.Forwarder.pfnSettle = [](PVOID world) {
    static_cast<MgmWorld*>(world)->Outside("Settle");
    ++static_cast<MgmWorld*>(world)->settled_;
  };
  config.Forwarder.pfnDiscard = [](PVOID world, DWORD, DWORD) { static_cast<MgmWorld*>(world)->Outside("Discard"); };
  config.Forwarder.pfnActivity = [](PVOID context, DWORD source, DWORD group) -> uint64_t {
    auto& world = *static_cast<MgmWorld*>(context);
    world.Outside("Activity");
    const std::string key = Address::Entry(source, group);
    return world.flowing_.contains(key) ? ++world.activity_[key] : world.activity_[key];
  };
  config.Forwarder.pfnReadCounters = [](PVOID world, PMIB_IPMCAST_MFE_STATS_EX stats) -> DWORD {
    static_cast<MgmWorld*>(world)->Outside("ReadCounters");
    stats->ulInPkts = 11;
    stats->ulInOctets = 1100;
    stats->ulPktsDifferentIf = 3;
    stats->ulNegativeMfe = 5;
    for (ULONG i = 0; i < stats->ulNumOutIf; ++i) {
      reinterpret_cast<PMIB_IPMCAST_OIF_STATS>(reinterpret_cast<BYTE*>(stats) + SIZEOF_MIB_MFE_STATS_EX(i))
          ->ulOutPackets = 7;
    }
    return NO_ERROR;
  };
  config.pvRouteContext = this;
  config.pfnRouteLookup = [](PVOID context, DWORD source, PMGM_EXT_ROUTE route) -> DWORD {
    static_cast<MgmWorld*>(context)->Outside("RouteLookup");
    const auto& routes = static_cast<MgmWorld*>(context)->routes_;
    const auto found = routes.find(source);
    if (found == routes.end()) return ERROR_NOT_FOUND;
    *route = {source, 0xFFFFFFFF, 3, found->second, 0, 0};
    return NO_ERROR;
  };
  config.pvClockContext = this;
  config.pfnClock = [](PVOID world) {
    static_cast<MgmWorld*>(world)->Outside("Clock");
    return static_cast<MgmWorld*>(world)->now_;
  };
  config.pvLogContext = this;
  config.pfnLog = [](PVOID world, const char* text) {
    static_cast<MgmWorld*>(world)->Outside("Log");
    static_cast<MgmWorld*>(world)->logged_.push_back(text);
  };
  if (tune) tune(config);
  if (MgmExtStart(&config) != NO_ERROR) std::abort();
}

MgmWorld::~MgmWorld() {
  on_outside = nullptr;
  MgmExtStop();
  current = nullptr;
}

HANDLE MgmWorld::handle(const std::string& client) const { return handles_[Number(client)]; }
MgmWorld::Hooks& MgmWorld::hooks(const std::string& client) { return hooks_[Number(client)]; }

DWORD MgmWorld::Register(const std::string& client) {
  static const auto configs = AllConfigs(std::make_integer_sequence<int, kClients>());
  const int number = Number(client);
  ROUTING_PROTOCOL_CONFIG config = configs[number]();
  const DWORD protocol = number == kIgmp ? MS_IP_IGMP : PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS1, 100 + number);
  return MgmRegisterMProtocol(&config, protocol, 1, &handles_[number]);
}

DWORD MgmWorld::DeRegister(const std::string& client) { return MgmDeRegisterMProtocol(handle(client)); }

DWORD MgmWorld::Take(const std::string& client, DWORD interface, DWORD next_hop) {
  return MgmTakeInterfaceOwnership(handle(client), interface, next_hop);
}

DWORD MgmWorld::Release(const std::string& client, DWORD interface, DWORD next_hop) {
  return MgmReleaseInterfaceOwnership(handle(client), interface, next_hop);
}

DWORD MgmWorld::Add(const std::string& client, const std::string& source, const std::string& group, DWORD interface,
                    DWORD flags) {
  const DWORD s = Address::Of(source);
  const DWORD g = Address::Of(group);
  return MgmAddGroupMembershipEntry(handle(client), s, s == 0 ? 0 : 0xFFFFFFFF, g, g == 0 ? 0 : 0xFFFFFFFF, interface,
                                    0, flags);
}

DWORD MgmWorld::Delete(const std::string& client, const std::string& source, const std::string& group, DWORD interface,
                       DWORD flags) {
  const DWORD s = Address::Of(source);
  const DWORD g = Address::Of(group);
  return MgmDeleteGroupMembershipEntry(handle(client), s, s == 0 ? 0 : 0xFFFFFFFF, g, g == 0 ? 0 : 0xFFFFFFFF,
                                       interface, 0, flags);
}

DWORD MgmWorld::SetMfe(const std::string& client, const std::string& source, const std::string& group, DWORD iif) {
  MIB_IPMCAST_MFE mfe = {};
  mfe.dwSource = Address::Of(source);
  mfe.dwGroup = Address::Of(group);
  mfe.dwInIfIndex = iif;
  return MgmSetMfe(handle(client), &mfe);
}

DWORD MgmWorld::Packet(const std::string& source, const std::string& group, DWORD interface) {
  std::array<BYTE, 28> header = {0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17};
  const DWORD s = Address::Of(source);
  const DWORD g = Address::Of(group);
  std::memcpy(header.data() + 12, &s, 4);
  std::memcpy(header.data() + 16, &g, 4);
  return MgmExtNewPacket(s, g, interface, 0, header.size(), header.data());
}

void MgmWorld::SetRoute(const std::string& source, DWORD interface) {
  if (interface == 0) {
    routes_.erase(Address::Of(source));
  } else {
    routes_[Address::Of(source)] = interface;
  }
}

DWORD MgmWorld::RoutesChanged(const std::string& source) {
  return MgmExtRoutesChanged(Address::Of(source), 0xFFFFFFFF);
}

void MgmWorld::Advance(double seconds) {
  now_ += static_cast<uint64_t>(seconds * 1e6);
  Poll();
}

void MgmWorld::SetFlowing(const std::string& source, const std::string& group, bool flowing) {
  const std::string key = Address::Entry(Address::Of(source), Address::Of(group));
  if (flowing) {
    flowing_.insert(key);
  } else {
    flowing_.erase(key);
  }
}

Lines MgmWorld::TakeEvents() { return std::exchange(events_, {}); }

Lines MgmWorld::TakeEvents(const std::string& prefix) {
  Lines taken = TakeEvents();
  std::erase_if(taken, [&](const std::string& line) { return !line.starts_with(prefix + " "); });
  return taken;
}

std::string MgmWorld::Entry(const std::string& source, const std::string& group) const {
  const auto found = table_.find(Address::Entry(Address::Of(source), Address::Of(group)));
  if (found == table_.end()) return "none";
  if (found->second.no_route) return "no route";
  std::string oifs;
  for (const uint32_t oif : found->second.oifs) oifs += (oifs.empty() ? "" : " ") + InterfaceName(oif);
  return InterfaceName(found->second.iif) + " -> {" + oifs + "}";
}

std::vector<std::pair<std::string, MgmWorld::Shown>> MgmWorld::Walk(DWORD room) const {
  std::vector<std::pair<std::string, Shown>> shown;
  std::vector<BYTE> buffer(room);
  MIB_IPMCAST_MFE last = {};
  bool first = true;
  for (;;) {
    DWORD size = static_cast<DWORD>(buffer.size());
    DWORD count = 0;
    const DWORD code =
        first ? MgmGetFirstMfe(&size, buffer.data(), &count) : MgmGetNextMfe(&last, &size, buffer.data(), &count);
    if (code == ERROR_INSUFFICIENT_BUFFER) {
      buffer.resize(size);
      continue;
    }
    const BYTE* at = buffer.data();
    for (DWORD i = 0; i < count; ++i) {
      const Shown one = Decode(at);
      at += SIZEOF_MIB_MFE(one.mfe.ulNumOutIf);
      last = one.mfe;
      first = false;
      const bool range = one.mfe.dwSource == 0 && one.mfe.dwSrcMask != 0;
      shown.emplace_back(Address::Entry(one.mfe.dwSource, one.mfe.dwGroup, range ? one.mfe.dwSrcMask : 0xFFFFFFFF),
                         one);
    }
    if (code != ERROR_MORE_DATA && code != NO_ERROR) return shown;
  }
}

std::optional<MgmWorld::Shown> MgmWorld::GetMfe(const std::string& source, const std::string& group) const {
  MIB_IPMCAST_MFE key = {};
  key.dwSource = Address::Of(source);
  key.dwGroup = Address::Of(group);
  std::vector<BYTE> buffer(65536);
  DWORD size = static_cast<DWORD>(buffer.size());
  if (MgmGetMfe(&key, &size, buffer.data()) != NO_ERROR) return std::nullopt;
  return Decode(buffer.data());
}

std::multiset<std::string> MgmWorld::Enumerate(const std::string& client, MGM_ENUM_TYPES type, DWORD room) const {
  std::multiset<std::string> records;
  HANDLE enumeration = nullptr;
  if (MgmGroupEnumerationStart(handle(client), type, &enumeration) != NO_ERROR) return {"failed"};
  std::vector<SOURCE_GROUP_ENTRY> buffer(room / sizeof(SOURCE_GROUP_ENTRY));
  DWORD code = ERROR_MORE_DATA;
  while (code == ERROR_MORE_DATA) {
    DWORD size = room;
    DWORD count = 0;
    code = MgmGroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(buffer.data()), &count);
    for (DWORD i = 0; i < count; ++i) {
      records.insert(Address::Entry(buffer[i].dwSourceAddr, buffer[i].dwGroupAddr, buffer[i].dwGroupMask));
    }
  }
  MgmGroupEnumerationEnd(enumeration);
  return records;
}

}  // namespace mgmd::fakes
