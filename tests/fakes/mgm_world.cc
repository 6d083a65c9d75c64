#include "tests/fakes/mgm_world.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "tests/fakes/mgm_callbacks.h"

namespace mgmd::fakes {
namespace {

// What stands in a buffer: an MFE and its oifs.
template <class Family>
typename MgmWorldOf<Family>::Shown Decode(const BYTE* at) {
  using World = MgmWorldOf<Family>;
  typename World::Shown shown = {};
  std::memcpy(&shown.mfe, at, World::MfeSize(0));
  for (ULONG oif = 0; oif < shown.mfe.ulNumOutIf; ++oif) {
    typename mgm::CValues<Family>::Oif out;
    std::memcpy(&out, at + World::MfeSize(oif), sizeof(out));
    shown.oifs.push_back(out.dwOutIfIndex);
  }
  return shown;
}

}  // namespace

template <class Family>
int MgmWorldOf<Family>::Number(const std::string& client) {
  return client == "I" ? kIgmp : client[1] - '1';
}

template <class Family>
MgmWorldOf<Family>::MgmWorldOf(DWORD flags, DWORD max_mfes, DWORD max_negative, DWORD igmp_grace_ms,
                               const std::function<void(MGM_EXT_CONFIG&)>& tune) {
  current_ = this;
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  config.dwFlags = flags;
  config.dwMaxMfes = max_mfes;
  config.dwMaxNegativeMfes = max_negative;
  config.dwIgmpGraceMs = igmp_grace_ms;
  config.pvClockContext = this;
  config.pfnClock = [](PVOID world) {
    static_cast<MgmWorldOf*>(world)->Outside("Clock");
    return static_cast<MgmWorldOf*>(world)->now_;
  };
  config.pvLogContext = this;
  config.pfnLog = [](PVOID world, const char* text) {
    static_cast<MgmWorldOf*>(world)->Outside("Log");
    static_cast<MgmWorldOf*>(world)->logged_.push_back(text);
  };
  MGM6_EXT_CONFIG config6 = {};
  config6.dwSize = sizeof(config6);
  if constexpr (std::is_same_v<Family, Ipv4>) {
    Surround(config);
  } else {
    Surround(config6);
  }
  if (tune) tune(config);
  const DWORD code = std::is_same_v<Family, Ipv4> ? MgmExtStart(&config) : Mgm6ExtStart(&config, &config6);
  if (code != NO_ERROR) std::abort();
}

template <class Family>
MgmWorldOf<Family>::~MgmWorldOf() {
  on_outside = nullptr;
  MgmExtStop();
  current_ = nullptr;
}

template <class Family>
template <class Config>
void MgmWorldOf<Family>::Surround(Config& config) {
  using Parameter = typename Values::Parameter;
  config.Forwarder.pvContext = this;
  config.Forwarder.pfnSetInterface = [](PVOID world, DWORD index, Parameter, BOOL enabled) {
    static_cast<MgmWorldOf*>(world)->Outside("SetInterface");
    auto& set = static_cast<MgmWorldOf*>(world)->enabled_;
    if (enabled != FALSE) {
      set.insert(index);
    } else {
      set.erase(index);
    }
  };
  config.Forwarder.pfnApply = [](PVOID context, typename Values::TableEntry* entries, DWORD count) {
    auto& world = *static_cast<MgmWorldOf*>(context);
    world.Outside("Apply");
    ++world.applied_;
    for (DWORD i = 0; i < count; ++i) {
      auto& [change, flags, source, source_mask, group, group_mask, in, oifs, out, result] = entries[i];
      const std::string key = Address::Entry(source, group, group_mask);
      if (change == MGM_EXT_ENTRY_DELETE) {
        world.table_.erase(key);
        continue;
      }
      if (world.refuse_) {
        result = ERROR_NOT_ENOUGH_MEMORY;
        continue;
      }
      ForwardingEntry made{in.dwIfIndex, {}, (flags & MGM_EXT_ENTRY_NO_ROUTE) != 0};
      for (DWORD oif = 0; oif < oifs; ++oif) made.oifs.insert(out[oif].dwIfIndex);
      world.table_[key] = made;
    }
  };
  config.Forwarder.pfnSettle = [](PVOID world) {
    static_cast<MgmWorldOf*>(world)->Outside("Settle");
    ++static_cast<MgmWorldOf*>(world)->settled_;
  };
  config.Forwarder.pfnDiscard = [](PVOID world, Parameter, Parameter) {
    static_cast<MgmWorldOf*>(world)->Outside("Discard");
  };
  config.Forwarder.pfnActivity = [](PVOID context, Parameter source, Parameter group) -> uint64_t {
    auto& world = *static_cast<MgmWorldOf*>(context);
    world.Outside("Activity");
    const std::string key = Address::Entry(Values::Given(source), Values::Given(group));
    return world.flowing_.contains(key) ? ++world.activity_[key] : world.activity_[key];
  };
  config.Forwarder.pfnReadCounters = [](PVOID world, typename Values::MfeStatsEx* stats) -> DWORD {
    static_cast<MgmWorldOf*>(world)->Outside("ReadCounters");
    stats->ulInPkts = 11;
    stats->ulInOctets = 1100;
    stats->ulPktsDifferentIf = 3;
    stats->ulNegativeMfe = 5;
    typename Values::OifStats* const oifs = stats->rgmiosOutStats;
    for (ULONG i = 0; i < stats->ulNumOutIf; ++i) oifs[i].ulOutPackets = 7;
    return NO_ERROR;
  };
  config.pvRouteContext = this;
  config.pfnRouteLookup = [](PVOID context, Parameter source, typename Values::Route* route) -> DWORD {
    static_cast<MgmWorldOf*>(context)->Outside("RouteLookup");
    const auto& routes = static_cast<MgmWorldOf*>(context)->routes_;
    const auto found = routes.find(Values::FromC(Values::Given(source)));
    if (found == routes.end()) return ERROR_NOT_FOUND;
    *route = {Values::Given(source), AllBits(), 3, found->second, {}, {}};
    return NO_ERROR;
  };
}

template <class Family>
HANDLE MgmWorldOf<Family>::handle(const std::string& client) const {
  return handles_[Number(client)];
}
template <class Family>
auto MgmWorldOf<Family>::hooks(const std::string& client) -> Hooks& {
  return hooks_[Number(client)];
}

template <class Family>
DWORD MgmWorldOf<Family>::Register(const std::string& client) {
  static const auto configs = AllConfigs<Family>(std::make_integer_sequence<int, kClients>());
  const int number = Number(client);
  typename Values::Config config = configs[number]();
  const DWORD protocol = number == kIgmp ? MS_IP_IGMP : PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS1, 100 + number);
  return C::Register(&config, protocol, 1, &handles_[number]);
}

template <class Family>
DWORD MgmWorldOf<Family>::DeRegister(const std::string& client) {
  return C::DeRegister(handle(client));
}

template <class Family>
DWORD MgmWorldOf<Family>::Take(const std::string& client, DWORD interface, const CAddress& next_hop) {
  return C::Take(handle(client), interface, Values::Pass(next_hop));
}

template <class Family>
DWORD MgmWorldOf<Family>::Release(const std::string& client, DWORD interface, const CAddress& next_hop) {
  return C::Release(handle(client), interface, Values::Pass(next_hop));
}

template <class Family>
DWORD MgmWorldOf<Family>::Add(const std::string& client, const std::string& source, const std::string& group,
                              DWORD interface, DWORD flags) {
  const CAddress s = Address::Of(source);
  const CAddress g = Address::Of(group);
  return C::Add(handle(client), Values::Pass(s), HostMask(s), Values::Pass(g), HostMask(g), interface,
                typename Values::Parameter{}, flags);
}

template <class Family>
DWORD MgmWorldOf<Family>::Delete(const std::string& client, const std::string& source, const std::string& group,
                                 DWORD interface, DWORD flags) {
  const CAddress s = Address::Of(source);
  const CAddress g = Address::Of(group);
  return C::Delete(handle(client), Values::Pass(s), HostMask(s), Values::Pass(g), HostMask(g), interface,
                   typename Values::Parameter{}, flags);
}

template <class Family>
DWORD MgmWorldOf<Family>::SetMfe(const std::string& client, const std::string& source, const std::string& group,
                                 DWORD iif) {
  typename Values::Mfe mfe = {};
  mgm::Source(mfe) = Address::Of(source);
  mgm::Group(mfe) = Address::Of(group);
  mfe.dwInIfIndex = iif;
  return C::SetMfe(handle(client), &mfe);
}

template <class Family>
DWORD MgmWorldOf<Family>::Packet(const std::string& source, const std::string& group, DWORD interface) {
  const CAddress s = Address::Of(source);
  const CAddress g = Address::Of(group);
  // The header up to its addresses, then what follows it.
  std::vector<BYTE> header = {0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0};
  if constexpr (std::is_same_v<Family, Ipv6>) header = {0x60, 0, 0, 0, 0, 60, 17, 64};
  const size_t addresses = header.size();
  header.resize(addresses + 2 * sizeof(CAddress) + 8);
  std::memcpy(&header[addresses], &s, sizeof(s));
  std::memcpy(&header[addresses + sizeof(s)], &g, sizeof(g));
  return C::NewPacket(Values::Pass(s), Values::Pass(g), interface, typename Values::Parameter{},
                      static_cast<DWORD>(header.size()), header.data());
}

template <class Family>
void MgmWorldOf<Family>::SetRoute(const std::string& source, DWORD interface) {
  if (interface == 0) {
    routes_.erase(Values::FromC(Address::Of(source)));
  } else {
    routes_[Values::FromC(Address::Of(source))] = interface;
  }
}

template <class Family>
DWORD MgmWorldOf<Family>::RoutesChanged(const std::string& source) {
  const CAddress network = Address::Of(source);
  return C::RoutesChanged(Values::Pass(network), AllBits());
}

template <class Family>
void MgmWorldOf<Family>::Advance(double seconds) {
  now_ += static_cast<uint64_t>(seconds * 1e6);
  Poll();
}

template <class Family>
void MgmWorldOf<Family>::SetFlowing(const std::string& source, const std::string& group, bool flowing) {
  const std::string key = Address::Entry(Address::Of(source), Address::Of(group));
  if (flowing) {
    flowing_.insert(key);
  } else {
    flowing_.erase(key);
  }
}

template <class Family>
Lines MgmWorldOf<Family>::TakeEvents() {
  return std::exchange(events_, {});
}

template <class Family>
Lines MgmWorldOf<Family>::TakeEvents(const std::string& prefix) {
  Lines taken = TakeEvents();
  std::erase_if(taken, [&](const std::string& line) { return !line.starts_with(prefix + " "); });
  return taken;
}

template <class Family>
std::string MgmWorldOf<Family>::Entry(const std::string& source, const std::string& group) const {
  const auto found = table_.find(Address::Entry(Address::Of(source), Address::Of(group)));
  if (found == table_.end()) return "none";
  if (found->second.no_route) return "no route";
  std::string oifs;
  for (const uint32_t oif : found->second.oifs) oifs += (oifs.empty() ? "" : " ") + InterfaceName(oif);
  return InterfaceName(found->second.iif) + " -> {" + oifs + "}";
}

template <class Family>
auto MgmWorldOf<Family>::Walk(DWORD room) const -> std::vector<std::pair<std::string, Shown>> {
  std::vector<std::pair<std::string, Shown>> shown;
  std::vector<BYTE> buffer(room);
  typename Values::Mfe last = {};
  bool first = true;
  for (;;) {
    DWORD size = static_cast<DWORD>(buffer.size());
    DWORD count = 0;
    const DWORD code =
        first ? C::GetFirstMfe(&size, buffer.data(), &count) : C::GetNextMfe(&last, &size, buffer.data(), &count);
    if (code == ERROR_INSUFFICIENT_BUFFER) {
      buffer.resize(size);
      continue;
    }
    const BYTE* at = buffer.data();
    for (DWORD i = 0; i < count; ++i) {
      Shown one = Decode<Family>(at);
      at += MfeSize(one.mfe.ulNumOutIf);
      last = one.mfe;
      first = false;
      const CAddress& source = mgm::Source(one.mfe);
      const DWORD mask = mgm::SourceMask(one.mfe);
      const bool range = Values::FromC(source).is_zero() && mask != 0;
      shown.emplace_back(Address::Entry(source, mgm::Group(one.mfe), range ? mask : AllBits()), one);
    }
    if (code != ERROR_MORE_DATA && code != NO_ERROR) return shown;
  }
}

template <class Family>
auto MgmWorldOf<Family>::GetMfe(const std::string& source, const std::string& group) const -> std::optional<Shown> {
  typename Values::Mfe key = {};
  mgm::Source(key) = Address::Of(source);
  mgm::Group(key) = Address::Of(group);
  std::vector<BYTE> buffer(65536);
  DWORD size = static_cast<DWORD>(buffer.size());
  if (C::GetMfe(&key, &size, buffer.data()) != NO_ERROR) return std::nullopt;
  return Decode<Family>(buffer.data());
}

template <class Family>
std::multiset<std::string> MgmWorldOf<Family>::Enumerate(const std::string& client, MGM_ENUM_TYPES type,
                                                         DWORD room) const {
  std::multiset<std::string> records;
  HANDLE enumeration = nullptr;
  if (C::EnumerationStart(handle(client), type, &enumeration) != NO_ERROR) return {"failed"};
  std::vector<typename Values::Record> buffer(room / sizeof(typename Values::Record));
  DWORD code = ERROR_MORE_DATA;
  while (code == ERROR_MORE_DATA) {
    DWORD size = room;
    DWORD count = 0;
    code = C::EnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(buffer.data()), &count);
    for (DWORD i = 0; i < count; ++i) {
      const auto& [source, source_mask, group, group_mask] = buffer[i];
      records.insert(Address::Entry(source, group, group_mask));
    }
  }
  C::EnumerationEnd(enumeration);
  return records;
}

template class MgmWorldOf<Ipv4>;
template class MgmWorldOf<Ipv6>;

}  // namespace mgmd::fakes
