#include "control/membership/tracked_hosts.h"

namespace mgmd::membership {

template <>
std::optional<HostId> HostOf<Ipv4>(const Datagram<Ipv4>& datagram) {
  if (!datagram.source.is_zero()) return HostId(0, datagram.source.host_order());
  uint64_t mac = 0;
  for (const uint8_t octet : datagram.sender) mac = mac << 8 | octet;
  if (mac == 0) return std::nullopt;
  return HostId(1, mac);
}
template <>
std::optional<HostId> HostOf<Ipv6>(const Datagram<Ipv6>& datagram) {
  const auto words = std::bit_cast<std::array<uint64_t, 2>>(datagram.source.bytes());
  return HostId(words[0], words[1]);
}

template <class Family>
bool TrackedHosts<Family>::Hear(HostId id, RecordType type, std::span<const Address> sources, Time until,
                                uint32_t max_sources, Room& rooms) {
  auto found = hosts_.find(id);
  if (found == hosts_.end()) {
    if (type == RecordType::kBlock) return true;
    if (hosts_.size() >= kMostOfGroup || !rooms.Take()) return false;
    found = hosts_.emplace(id, Host{}).first;
  }
  Host& host = found->second;
  host.expires = until;
  const bool include = host.mode == FilterMode::kInclude;
  const auto add = [&] {
    for (const Address& source : sources) host.sources[source] = until;
  };
  const auto remove = [&] {
    for (const Address& source : sources) host.sources.erase(source);
  };
  switch (type) {
    case RecordType::kIsExclude:
    case RecordType::kToExclude:
    case RecordType::kToInclude:
      host.mode = type == RecordType::kToInclude ? FilterMode::kInclude : FilterMode::kExclude;
      host.sources.clear();
      add();
      break;
    // A host answers a question about sources with those of them that it wants, whichever its mode is.
    case RecordType::kIsInclude:
    case RecordType::kAllow:
      include ? add() : remove();
      break;
    case RecordType::kBlock:
      include ? remove() : add();
      break;
  }
  if (host.wants_nothing()) {
    hosts_.erase(found);
    rooms.Give();
    return true;
  }
  if (host.sources.size() <= max_sources) return true;
  hosts_.erase(found);
  rooms.Give();
  return false;
}

template <class Family>
bool TrackedHosts<Family>::SomeoneWants(const Address& source, Time now) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    const Host& host = entry.second;
    const auto named = host.sources.find(source);
    if (host.mode == FilterMode::kExclude) return host.expires > now && named == host.sources.end();
    return named != host.sources.end() && named->second > now;
  });
}

template <class Family>
bool TrackedHosts<Family>::SomeoneExcludes(Time now) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    return entry.second.expires > now && entry.second.mode == FilterMode::kExclude;
  });
}

template <class Family>
void TrackedHosts<Family>::Expire(Time now, Room& rooms) {
  for (auto at = hosts_.begin(); at != hosts_.end();) {
    Host& host = at->second;
    if (host.mode == FilterMode::kInclude) {
      absl::erase_if(host.sources, [&](const auto& source) { return source.second <= now; });
    }
    if (host.expires > now && !host.wants_nothing()) {
      ++at;
      continue;
    }
    at = hosts_.erase(at);
    rooms.Give();
  }
}

template <class Family>
void TrackedHosts<Family>::Clear(Room& rooms) {
  rooms.Give(hosts_.size());
  hosts_.clear();
}

template class TrackedHosts<Ipv4>;
template class TrackedHosts<Ipv6>;

}  // namespace mgmd::membership
