#ifndef MGMD_TESTS_REFERENCE_REFERENCE_ROUTER_H_
#define MGMD_TESTS_REFERENCE_REFERENCE_ROUTER_H_

// A multicast router written plainly from docs/dataplane-rules.md: one packet at a time, no batches, no tables but
// std::map, nothing shared with dataplane/. What mgmd sends and counts is compared with what this sends and counts.
//
// It forwards by entries that are given; streams without an entry are counted and end here (first packets have tests
// of their own).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/drop_reason.h"
#include "common/ip_address.h"

namespace mgmd::reference {

using Bytes = std::vector<uint8_t>;

struct Interface {
  int port = 0;
  int vlan = 0;  // 0: untagged
  Bytes mac;     // six bytes
  int mtu = 1500;
  int ttl_threshold = 1;
  std::vector<Ipv4Prefix> boundaries;
  bool enabled = true;  // has an owner or IGMP
};

// (S,G) with a source, a group range otherwise.
struct Entry {
  std::optional<Ipv4Address> source;
  Ipv4Prefix group;
  int accept = 0;  // index of an interface
  std::vector<int> oifs;
  bool no_route = false;
};

struct Frame {
  int port = 0;
  Bytes bytes;
};

struct EntryTotals {
  uint64_t packets = 0;
  uint64_t octets = 0;
  uint64_t different_if_packets = 0;
  uint64_t different_if_octets = 0;
  uint64_t ttl_packets = 0;
  uint64_t negative_packets = 0;
  std::map<int, uint64_t> oif_packets;  // packets given to each oif; fragments of one packet count once
};

class ReferenceRouter {
 public:
  ReferenceRouter(std::vector<Interface> interfaces, std::vector<Entry> entries);

  // What leaves the router for one frame that arrives, in the order of the entry's oifs. `stripped_vlan`: the tag that
  // the device has taken out of the frame.
  std::vector<Frame> Receive(const Frame& frame, std::optional<int> stripped_vlan = std::nullopt);

  const std::map<DropReason, uint64_t>& drops() const { return drops_; }
  const EntryTotals& totals(size_t entry) const { return totals_[entry]; }
  uint64_t unknown_streams() const { return unknown_streams_; }

 private:
  int FindInterface(int port, int vlan) const;
  int FindEntry(Ipv4Address source, Ipv4Address group) const;
  bool CrossesBoundary(const Interface& interface, Ipv4Address group) const;
  std::vector<Frame> Drop(DropReason reason);

  std::vector<Interface> interfaces_;
  std::vector<Entry> entries_;
  std::vector<EntryTotals> totals_;
  std::map<DropReason, uint64_t> drops_;
  uint64_t unknown_streams_ = 0;
};

// The IPv4 packets that a packet becomes on a link with this MTU (RFC 791 section 3.2); the packet itself if it fits.
std::vector<Bytes> Fragment(const Bytes& packet, int mtu);

// The header checksum of RFC 1071 over an IPv4 header, its checksum field taken as zero.
uint16_t HeaderChecksum(const Bytes& packet);

}  // namespace mgmd::reference

#endif  // MGMD_TESTS_REFERENCE_REFERENCE_ROUTER_H_
