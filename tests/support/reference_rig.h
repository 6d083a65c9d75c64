#ifndef MGMD_TESTS_SUPPORT_REFERENCE_RIG_H_
#define MGMD_TESTS_SUPPORT_REFERENCE_RIG_H_

// A WorkerRig that is given what a reference router has: the same interfaces, by number, and the same entries.

#include <cstdint>
#include <vector>

#include "dataplane/fib/entry.h"
#include "tests/reference/reference_router.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {

template <class Family>
typename Family::Address AddressOf(const reference::Address& octets);
template <>
inline Ipv4Address AddressOf<Ipv4>(const reference::Address& octets) {
  return {octets[0], octets[1], octets[2], octets[3]};
}
template <>
inline Ipv6Address AddressOf<Ipv6>(const reference::Address& octets) {
  return Ipv6Address::FromNetwork(octets.data());
}

template <class Family>
FibKey<Family> KeyOf(const reference::Entry& entry) {
  const auto group = AddressOf<Family>(entry.group.address);
  if (entry.source) return FibKey<Family>::SourceGroupUnchecked(AddressOf<Family>(*entry.source), group);
  return FibKey<Family>::AnySource(group, entry.group.length);
}

// Calls back with the entry's key, of whichever family it is.
template <typename Call>
void WithKey(const reference::Entry& entry, Call&& call) {
  if (entry.is_ipv6()) {
    call(KeyOf<Ipv6>(entry));
  } else {
    call(KeyOf<Ipv4>(entry));
  }
}

template <class Family>
uint64_t BoundaryOf(WorkerRig& rig, const reference::Interface& interface) {
  std::vector<typename Family::Prefix> prefixes;
  for (const reference::Range& range : interface.boundaries) {
    if (range.address.size() * 8 != Family::kAddressBits) continue;
    prefixes.push_back(typename Family::Prefix(AddressOf<Family>(range.address), range.length));
  }
  return rig.boundaries<Family>().InterfaceMask(prefixes, static_cast<uint32_t>(interface.scope_boundary)).value();
}

inline void SetEnabled(WorkerRig& rig, int interface, bool enabled) {
  rig.interfaces().SetEnabled(SlotOf<Ipv4>(interface), enabled);
  rig.interfaces().SetEnabled(SlotOf<Ipv6>(interface), enabled);
}
inline void SetUp(WorkerRig& rig, int interface, bool up) {
  rig.interfaces().SetUp(SlotOf<Ipv4>(interface), up);
  rig.interfaces().SetUp(SlotOf<Ipv6>(interface), up);
}

inline void AddInterface(WorkerRig& rig, int number, const reference::Interface& interface) {
  rig.AddInterface(number,
                   {.port = static_cast<uint16_t>(interface.port),
                    .vlan = static_cast<uint16_t>(interface.vlan),
                    .pcp = interface.pcp,
                    .mtu = static_cast<uint16_t>(interface.mtu),
                    .ttl_threshold = static_cast<uint8_t>(interface.ttl_threshold),
                    .mac = {},
                    .boundary = BoundaryOf<Ipv4>(rig, interface),
                    .complete_checksums = interface.complete_checksums},
                   BoundaryOf<Ipv6>(rig, interface));
  SetEnabled(rig, number, interface.enabled);
  SetUp(rig, number, interface.up);
}

inline void AddEntry(WorkerRig& rig, const reference::Entry& entry) {
  WithKey(entry, [&](const auto& key) {
    rig.AddEntry(key, entry.accept, entry.oifs, entry.no_route ? uint16_t{dataplane::kNoRoute} : uint16_t{0});
  });
}

// Drops what waits for an entry in both families, and what control was told about it.
inline void DiscardUnknown(WorkerRig& rig) {
  rig.Send(dataplane::WorkerMessage<Ipv4>::Kind::kDiscard, Ipv4FibKey::AllGroups());
  rig.Send(dataplane::WorkerMessage<Ipv6>::Kind::kDiscard, Ipv6FibKey::AllGroups());
  rig.Turn();
  rig.Punts<Ipv4>();
  rig.Punts<Ipv6>();
  rig.TakeErrors();
}

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_REFERENCE_RIG_H_
