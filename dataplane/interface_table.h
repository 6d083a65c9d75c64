#ifndef MGMD_DATAPLANE_INTERFACE_TABLE_H_
#define MGMD_DATAPLANE_INTERFACE_TABLE_H_

// What workers know of interfaces: one cache line for each slot, and for each port the slot behind
// each VLAN.
//
// The line holds the interface's current stamp. A FIB entry names interfaces by the stamps that
// were current when it was built; a worker compares them with the line's, loaded after the entry
// and never kept across turns, so that one store of a new stamp takes an interface away from every
// entry at once.
//
// Writer: the control thread, any time. Readers: workers. Every field is one atomic word; a reader
// may see a new field beside an old one while the control thread reconfigures a slot, which is as
// if the packet had come a moment earlier or later: what must not be forwarded any more is guarded
// by the stamp or a flag, each one word.
//
// Cost: 64 bytes a slot touched, 8 KiB a port; a copy reads one line.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/interface.h"
#include "dataplane/fib/reserved_memory.h"

namespace mgmd::dataplane {

inline constexpr uint16_t kMaxPorts = 32;  // Debian's DPDK is built with no more (RTE_MAX_ETHPORTS)
inline constexpr uint16_t kNoPort = 0xFFFF;
inline constexpr uint16_t kVlans = 4096;  // VLAN 0: untagged

using MacAddress = std::array<uint8_t, 6>;

// A stamp as the one word that is stored and compared.
constexpr uint32_t Word(Stamp stamp) { return uint32_t{stamp.slot} | uint32_t{stamp.epoch} << 16; }
constexpr Stamp StampOf(uint32_t word) {
  return {static_cast<uint16_t>(word), static_cast<uint16_t>(word >> 16)};
}

// What is set once when an interface is configured.
struct InterfaceSettings {
  uint16_t port = kNoPort;    // DPDK port id; kNoPort: copies to it are dropped as oif_down
  uint16_t vlan = 0;          // 1 to 4094; 0: untagged
  uint16_t mtu = 1500;        // largest IP packet, octets; at least 68 (RFC 791)
  uint8_t ttl_threshold = 1;  // TTL as received must be above it; 0 and 255: never sent to
  MacAddress mac{};           // source address of what leaves
  uint64_t boundary = 0;      // BoundarySet::InterfaceMask()
};

struct alignas(64) InterfaceLine {
  enum Flag : uint8_t {
    kUp = 1,       // operator and link say so; a port that is not up takes and gives nothing
    kEnabled = 2,  // has an owner or IGMP: what arrives is looked up
    kWrongInterfaceAlert = 4,  // what arrives beside the accept interface is punted
    kSendable = 8,             // up, and on a port
  };

  // One load for all limits of a copy; aligned as a word, or clang calls a library for it.
  struct alignas(uint32_t) Limits {
    uint8_t flags;
    uint8_t ttl_threshold;
    uint16_t mtu;
  };

  std::atomic<uint32_t> stamp;  // Word(Stamp)
  std::atomic<Limits> limits;
  std::atomic<uint64_t> boundary;
  // The Ethernet header of what leaves, prepared as words to be stored (egress.h): untagged, and
  // with a VLAN tag.
  std::atomic<uint64_t> source_and_type;
  std::atomic<uint64_t> tagged_source_high;
  std::atomic<uint64_t> tagged_source_low_and_tag;
  std::atomic<uint16_t> port;
  std::atomic<uint16_t> vlan;

  Limits load_limits() const { return limits.load(std::memory_order_relaxed); }
  Stamp current_stamp() const { return StampOf(stamp.load(std::memory_order_relaxed)); }
};
static_assert(sizeof(InterfaceLine) == 64);
static_assert(std::atomic<InterfaceLine::Limits>::is_always_lock_free);

class InterfaceTable {
 public:
  // Allocates; valid() tells whether the system gave the memory.
  InterfaceTable();
  InterfaceTable(const InterfaceTable&) = delete;
  InterfaceTable& operator=(const InterfaceTable&) = delete;
  bool valid() const { return lines_.valid() && arrivals_.valid(); }

  // --- The control thread

  // Gives the slot its port, VLAN and limits, and its arrivals on that port and VLAN to the slot.
  // Stamp and flags are left alone, except that a port that appears or goes changes what is
  // sendable. A slot never configured has no port.
  void Configure(InterfaceSlot slot, const InterfaceSettings& settings);

  void SetUp(InterfaceSlot slot, bool up);
  void SetEnabled(InterfaceSlot slot, bool enabled);
  void SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled);

  // From this store on entries with another epoch have lost the interface.
  void SetStamp(Stamp stamp);

  // --- Workers

  const InterfaceLine& line(uint16_t slot) const { return lines_[slot]; }

  // The slot of what arrives on a port (below kMaxPorts) with a VLAN (below kVlans, 0 untagged);
  // Value(kNoSlot) if there is none.
  uint16_t Arrival(uint16_t port, uint16_t vlan) const {
    // Stored complemented, so that untouched memory means no slot.
    return static_cast<uint16_t>(
        ~arrivals_[size_t{port} * kVlans + vlan].load(std::memory_order_relaxed));
  }

 private:
  void SetFlag(InterfaceSlot slot, InterfaceLine::Flag flag, bool on);
  void StoreLimits(InterfaceSlot slot, InterfaceLine::Limits limits);

  ReservedArray<InterfaceLine> lines_;
  ReservedArray<std::atomic<uint16_t>> arrivals_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INTERFACE_TABLE_H_
