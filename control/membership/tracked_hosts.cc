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
  auto host = std::lower_bound(hosts_.begin(), hosts_.end(), id,
                               [](const Host& one, const HostId& than) { return one.id < than; });
  if (host == hosts_.end() || host->id != id) {
    if (type == RecordType::kBlock) return true;
    if (hosts_.size() >= kMostOfGroup || !hosts.Take()) return false;
    const auto place = host - hosts_.begin();
    if (hosts_.size() == hosts_.capacity()) hosts_.reserve(hosts_.size() + hosts_.size() / 4 + 1);
    host = hosts_.insert(hosts_.begin() + place, Host{id});
  }
  Group<Family>& wants = host->wants;
  SourceRooms rooms{.of_group = max_sources};
  wants.Expire(now, rooms);
  // These say all that it wants, and a BLOCK of its ends at once. The others may name some of its sources, whichever
  // its mode is: they answer questions.
  const bool is_whole =
      type == RecordType::kIsExclude || type == RecordType::kToExclude || type == RecordType::kToInclude;
  if (is_whole) wants = {};
  typename Group<Family>::Question left;
  wants.Apply(type, sources, now, lives, rooms, left);
  wants.EndSources(left.sources, rooms);
  const bool fits = rooms.refused_by_group == 0;
  if (!fits || wants.empty()) {
    hosts_.erase(host);
    hosts.Give();
  }
  return fits;
}

template <class Family>
bool TrackedHosts<Family>::Excludes(const Host& host, Time now) {
  return host.wants.mode() == FilterMode::kExclude && host.wants.expires() > now;
}

template <class Family>
bool TrackedHosts<Family>::SomeoneWants(const Address& source, Time now) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const Host& host) {
    const auto* const named = host.wants.sources().Find(source);
    return named == nullptr ? Excludes(host, now) : named->timer.expires() > now;
  });
}

template <class Family>
bool TrackedHosts<Family>::SomeoneExcludes(Time now) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const Host& host) { return Excludes(host, now); });
}

template <class Family>
void TrackedHosts<Family>::Expire(Time now, Room& hosts) {
  SourceRooms rooms;
  for (Host& host : hosts_) host.wants.Expire(now, rooms);
  hosts.Give(std::erase_if(hosts_, [](const Host& host) { return host.wants.empty(); }));
  if (2 * hosts_.size() < hosts_.capacity()) hosts_.shrink_to_fit();
}

template <class Family>
void TrackedHosts<Family>::Clear(Room& hosts) {
  hosts.Give(hosts_.size());
  hosts_.clear();
}

template class TrackedHosts<Ipv4>;
template class TrackedHosts<Ipv6>;

}  // namespace mgmd::membership
