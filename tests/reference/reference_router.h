#ifndef MGMD_TESTS_REFERENCE_REFERENCE_ROUTER_H_
#define MGMD_TESTS_REFERENCE_REFERENCE_ROUTER_H_

// A multicast router written plainly from docs/dataplane-rules.md: one packet at a time, no
// batches, no tables but std::map, nothing shared with dataplane/. What mgmd sends and counts is
// compared with what this sends and counts.
//
// It forwards by entries that are given; streams without an entry are counted and end here (first
// packets have tests of their own). Interfaces are named by their place in the list that was given.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/drop_reason.h"
#include "tests/reference/packets.h"

namespace mgmd::reference {

using Drops = std::map<DropReason, uint64_t>;

struct Interface {
  int port = 0;
  int vlan = 0;            // 0: untagged
  std::optional<int> pcp;  // 802.1p priority of what leaves with a tag; none: as it came
  Bytes mac;               // six bytes
  int mtu = 1500;
  int ttl_threshold = 1;
  std::vector<Range> boundaries;
  int scope_boundary = 0;  // the border of IPv6 zones up to this scope; 0: of none
  bool enabled = true;     // has an owner or IGMP
  bool up = true;
  bool complete_checksums = false;
};

inline constexpr int kAnyInterface = -1;

// (S,G) with a source, a group range otherwise.
struct Entry {
  std::optional<Address> source;
  Range group;
  int accept = 0;  // kAnyInterface: a negative entry for want of a route
  std::vector<int> oifs;
  bool no_route = false;

  // What tells entries apart.
  std::pair<std::optional<Address>, Range> key() const { return {source, group}; }
  bool is_ipv6() const { return group.address.size() == 16; }
};

struct Frame {
  int port = 0;
  Bytes bytes;
};

// Of one entry, since it was last set.
struct EntryTotals {
  uint64_t packets = 0;  // accepted; of a negative entry those that it dropped
  uint64_t octets = 0;
  uint64_t different_if_packets = 0;
  uint64_t ttl_packets = 0;
  Drops drops;                          // whole packets, for other reasons than those above
  std::map<int, uint64_t> oif_packets;  // packets given to each oif; fragments of one packet count once
  std::map<int, Drops> oif_drops;
};

class ReferenceRouter {
 public:
  explicit ReferenceRouter(std::vector<Interface> interfaces) : interfaces_(std::move(interfaces)) {}

  // Makes the entry, or makes it anew, with all its counts at zero.
  void Set(Entry entry);
  void Remove(const Entry& entry);
  // Every entry that was set before loses the interface, as iif and as oif.
  void Release(int interface);
  Interface& interface(int place) { return interfaces_[size_t(place)]; }
  // What arrives on the port from this address is the host's own, and dropped.
  void DropOwnFrames(int port, Bytes mac) { own_macs_[port] = std::move(mac); }

  // What leaves the router for one frame that arrives, in the order of the entry's oifs.
  // `stripped_tag`: the tag control information that the device has taken out of the frame.
  std::vector<Frame> Receive(const Frame& frame, std::optional<int> stripped_tag = std::nullopt);

  const Drops& drops() const { return drops_; }
  const EntryTotals& totals(const Entry& entry) const { return Find(entry)->totals; }
  uint64_t unknown_streams() const { return unknown_streams_; }
  uint64_t completed_checksums() const { return completed_checksums_; }

 private:
  struct Known {
    Entry entry;
    std::set<int> released;
    EntryTotals totals;
  };

  const Known* Find(const Entry& entry) const;
  int FindInterface(int port, int vlan) const;
  Known* FindEntry(const Address& source, const Address& group);
  bool CrossesBoundary(const Interface& interface, const Address& group) const;
  // A packet that arrived in a frame for `station`: why it does not go on. Cuts padding off.
  std::optional<DropReason> WhyNotIpv4(const Interface& in, const Bytes& station, Bytes& packet) const;
  std::optional<DropReason> WhyNotIpv6(const Interface& in, const Bytes& station, Bytes& packet) const;
  // Counts a packet, for the entry too if it is known.
  std::vector<Frame> Drop(DropReason reason, Known* known = nullptr);
  std::vector<Frame> Forward(Known& known, int arrival, int priority, Bytes packet);
  std::optional<DropReason> WhyNoCopy(const Known& known, int arrival, int oif, const Bytes& packet, int ttl) const;

  std::vector<Interface> interfaces_;
  std::map<int, Bytes> own_macs_;  // by port
  std::vector<Known> entries_;
  Drops drops_;
  uint64_t unknown_streams_ = 0;
  uint64_t completed_checksums_ = 0;
};

}  // namespace mgmd::reference

#endif  // MGMD_TESTS_REFERENCE_REFERENCE_ROUTER_H_
