#ifndef MGMD_CONTROL_RIB_KERNEL_TABLE_H_
#define MGMD_CONTROL_RIB_KERNEL_TABLE_H_

// What the kernel's unicast routes of a family say about where sources are, as of the last dump of its table.
//
//   table.BeginDump();
//   table.Add(...) for each nexthop object, then table.Add(...) for each route, in the kernel's order
//   while (table.RemoveMissing(...)) {}
//
// Look-ups are answered all the time: a route counts from when it has been added, and one that is gone until it is
// removed. Of a prefix's routes that of the lowest metric counts, the first of equals, among those with a next hop that
// is alive; a route with none is not there, as it is not for the kernel. The route that counts leads by the lowest next
// hop address among those that are alive and lead to an interface of ours. If there is none, or the route is a
// blackhole, unreachable or prohibited, then its sources have no route, and no shorter prefix is asked.
//
// Pure; control thread. Cost: prefix_map.h.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/ip_family.h"
#include "common/route_table.h"
#include "control/rib/kernel_messages.h"
#include "control/rib/prefix_map.h"

namespace mgmd {

// The interface that the kernel's network device of that index belongs to; nothing: it is none of ours.
using InterfaceOfNetdev = std::function<std::optional<InterfaceId>(unsigned netdev)>;

template <class Family>
class KernelTable : public RouteTable<Family> {
 public:
  using Prefix = typename Family::Prefix;

  // Routes of the kernel's other tables are passed over.
  KernelTable(uint32_t table, InterfaceOfNetdev interface_of) : table_(table), interface_of_(std::move(interface_of)) {}

  uint32_t table() const { return table_; }
  // Whether the route is among those that count here.
  bool Has(const KernelRoute<Family>& route) const { return route.table == table_ && !route.selective; }

  void BeginDump();
  void Add(const NexthopObject<Family>& object) { objects_[object.id] = object; }
  // Returns whether sources in the prefix may be elsewhere now, or farther away.
  bool Add(const KernelRoute<Family>& route);
  // Looks at `most` prefixes more, takes those out that the dump did not have, and calls removed(prefix) for them.
  // Returns whether there are more to look at.
  template <class Removed>
  bool RemoveMissing(size_t most, Removed&& removed);

  std::optional<Route<Family>> Lookup(const typename Family::Address& source) const override;

 private:
  struct Way {
    uint32_t interface = 0;  // its index; 0: it leads nowhere
    typename Family::Address upstream_neighbour{};

    bool operator==(const Way&) const = default;
  };
  struct Entry {
    uint32_t dump = 0;  // the last one that had it
    uint32_t metric = 0;
    Way way;
    uint8_t protocol = 0;
  };

  // Nothing: no next hop is alive.
  std::optional<Way> WayOf(const KernelRoute<Family>& route) const;

  const uint32_t table_;
  const InterfaceOfNetdev interface_of_;
  absl::flat_hash_map<uint32_t, NexthopObject<Family>> objects_;
  PrefixMap<Family, Entry> entries_;
  uint32_t dump_ = 0;
  Prefix next_to_look_at_{};  // of RemoveMissing()
};

template <class Family>
template <class Removed>
bool KernelTable<Family>::RemoveMissing(size_t most, Removed&& removed) {
  auto place = entries_.lower_bound(next_to_look_at_);
  for (; place != entries_.end() && most != 0; --most) {
    if (place->second.dump == dump_) {
      ++place;
    } else {
      removed(place->first);
      place = entries_.erase(place);
    }
  }
  const bool more = place != entries_.end();
  next_to_look_at_ = more ? place->first : Prefix();
  return more;
}

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_KERNEL_TABLE_H_
