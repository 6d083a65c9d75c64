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
bool TrackedHosts<Family>::Hear(HostId id, RecordType type, std::span<const Address> sources, Time now, Duration lives,
                                uint32_t max_sources, Room& hosts) {
  auto found = hosts_.find(id);
  if (found == hosts_.end()) {
    if (type == RecordType::kBlock) return true;
    if (hosts_.size() >= kMostOfGroup || !hosts.Take()) return false;
    found = hosts_.emplace(id, Group<Family>()).first;
  }
  Group<Family>& host = found->second;
  SourceRooms rooms{.of_group = max_sources};
  host.Expire(now, rooms);
  // These say all that it wants, and a BLOCK of its ends at once. The others may name some of its sources, whichever
  // its mode is: they answer questions.
  const bool is_whole =
      type == RecordType::kIsExclude || type == RecordType::kToExclude || type == RecordType::kToInclude;
  if (is_whole) host = {};
  typename Group<Family>::Question left;
  host.Apply(type, sources, now, lives, rooms, left);
  for (const Address& source : left.sources) host.EndSource(source, rooms);
  const bool fits = rooms.refused_by_group == 0;
  if (!fits || host.empty()) {
    hosts_.erase(found);
    hosts.Give();
  }
  return fits;
}

template <class Family>
bool TrackedHosts<Family>::Excludes(const Group<Family>& host, Time now) {
  return host.mode() == FilterMode::kExclude && host.expires() > now;
}

template <class Family>
bool TrackedHosts<Family>::SomeoneWants(const Address& source, Time now) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    const auto named = entry.second.sources().find(source);
    return named == entry.second.sources().end() ? Excludes(entry.second, now) : named->second.expires > now;
  });
}

template <class Family>
bool TrackedHosts<Family>::SomeoneExcludes(Time now) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) { return Excludes(entry.second, now); });
}

template <class Family>
void TrackedHosts<Family>::Expire(Time now, Room& hosts) {
  SourceRooms rooms;
  for (auto at = hosts_.begin(); at != hosts_.end();) {
    at->second.Expire(now, rooms);
    if (!at->second.empty()) {
      ++at;
      continue;
    }
    at = hosts_.erase(at);
    hosts.Give();
  }
}

template <class Family>
void TrackedHosts<Family>::Clear(Room& hosts) {
  hosts.Give(hosts_.size());
  hosts_.clear();
}

template class TrackedHosts<Ipv4>;
template class TrackedHosts<Ipv6>;

}  // namespace mgmd::membership
