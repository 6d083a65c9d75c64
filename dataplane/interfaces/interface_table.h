#ifndef MGMD_DATAPLANE_INTERFACES_INTERFACE_TABLE_H_
#define MGMD_DATAPLANE_INTERFACES_INTERFACE_TABLE_H_

// What workers know of interfaces: one cache line for each slot, and for each port the slots, one of
// each family, behind each VLAN.
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
// Cost: 4 MiB for all slots at once, since each line is written to at the start; 16 KiB a port with interfaces, when
// the first of them is configured. A copy reads one line.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "common/encapsulation.h"
#include "common/interface.h"
#include "common/local_class.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/interfaces/own_addresses.h"

namespace mgmd::dataplane {

inline constexpr uint16_t kMaxPorts = 32;  // Debian's DPDK is built with no more (RTE_MAX_ETHPORTS)
inline constexpr uint16_t kNoPort = 0xFFFF;
inline constexpr uint16_t kNoDevice = 0xFFFF;
inline constexpr uint16_t kVlans = 4096;  // VLAN 0: untagged

using MacAddress = std::array<uint8_t, 6>;

// A stamp as the one word that is stored and compared.
constexpr uint32_t Word(Stamp stamp) { return uint32_t{stamp.slot} | uint32_t{stamp.epoch} << 16; }
constexpr Stamp StampOf(uint32_t word) { return {static_cast<uint16_t>(word), static_cast<uint16_t>(word >> 16)}; }

// What is set once when an interface is configured.
struct InterfaceSettings {
  uint16_t port = kNoPort;          // the router's number of it; kNoPort: copies to it are dropped as oif_down
  uint16_t vlan = 0;                // 1 to 4094; 0: untagged
  std::optional<uint8_t> pcp{};     // 802.1p priority of what leaves tagged; absent: as it came
  uint16_t mtu = 1500;              // largest IP packet, octets; at least 68 (RFC 791)
  uint8_t ttl_threshold = 1;        // TTL as received must be above it; 0 and 255: never sent to
  MacAddress mac{};                 // source address of what leaves
  uint64_t boundary = 0;            // BoundarySet::InterfaceMask()
  bool complete_checksums = false;  // Gate::kCompleteChecksums
  // Of an interface that is not ordinary. Outlives the table.
  const Encapsulation* encapsulation = nullptr;
};

// What decides about a packet on an interface, in one word: the stamp, the limits and the flags,
// laid out so that one sum tells whether a packet gets an ordinary copy for an oif.
//
//   bits 0-31   Word(Stamp)
//        32-47  65535 - mtu; adding a packet's octets carries into bit 48 if they are more
//        49-56  TTL threshold; adding 256 - TTL carries into bit 57 if the TTL is not above it
//        58-63  flags
class Gate {
 public:
  enum Flag : uint64_t {
    kUnsendable = uint64_t{1} << 58,  // not up, or on no port
    // Operator and link say so; a port that is not up takes and gives nothing.
    kUp = uint64_t{1} << 59,
    // Has an owner or IGMP: what arrives is looked up.
    kEnabled = uint64_t{1} << 60,
    // Of the data that arrives some is for the host, too (deliver.h).
    kDelivers = uint64_t{1} << 61,
    // What arrives may have UDP and TCP checksums to be completed (l4_checksum.h).
    kCompleteChecksums = uint64_t{1} << 62,
    // What leaves is not as the line's words say alone: it gets no ordinary copy.
    kEncapsulated = uint64_t{1} << 63,
  };

  constexpr Gate() = default;
  constexpr explicit Gate(uint64_t bits) : bits_(bits) {}
  constexpr uint64_t bits() const { return bits_; }

  constexpr uint32_t stamp() const { return static_cast<uint32_t>(bits_); }
  constexpr bool Has(Flag flag) const { return (bits_ & flag) != 0; }
  constexpr uint16_t mtu() const { return static_cast<uint16_t>(~(bits_ >> kMtu)); }
  constexpr uint8_t ttl_threshold() const { return static_cast<uint8_t>(bits_ >> kTtl); }

  constexpr Gate WithStamp(uint32_t stamp) const { return With(UINT32_MAX, stamp); }
  constexpr Gate WithFlag(Flag flag, bool on) const { return With(flag, on ? uint64_t{flag} : 0); }
  constexpr Gate WithLimits(uint16_t mtu, uint8_t ttl_threshold) const {
    return With(uint64_t{0xFFFF} << kMtu | uint64_t{0xFF} << kTtl,
                uint64_t{static_cast<uint16_t>(~mtu)} << kMtu | uint64_t{ttl_threshold} << kTtl);
  }

  // What packets of at most `longest` IP octets and a TTL of `lowest_ttl`, 1 or more, bring to the
  // sum.
  static constexpr uint64_t Asked(uint32_t longest, uint32_t lowest_ttl) {
    return uint64_t{longest} << kMtu | uint64_t{256 - lowest_ttl} << kTtl;
  }
  // Whether the interface is ordinary, has the stamp, is sendable, and its limits let all of them pass.
  [[gnu::always_inline]] constexpr bool LetsPass(uint32_t stamp, uint64_t asked) const {
    return (((bits_ ^ stamp) + asked) & (UINT32_MAX | kTooLong | kTtlTooLow | kUnsendable | kEncapsulated)) == 0;
  }

 private:
  constexpr Gate With(uint64_t mask, uint64_t bits) const { return Gate((bits_ & ~mask) | bits); }

  static constexpr int kMtu = 32;
  static constexpr int kTtl = 49;
  static constexpr uint64_t kTooLong = uint64_t{1} << 48;
  static constexpr uint64_t kTtlTooLow = uint64_t{1} << 57;

  uint64_t bits_ = 0;
};

struct alignas(64) InterfaceLine {
  std::atomic<uint64_t> gate;  // Gate
  std::atomic<uint64_t> boundary;
  // The Ethernet header of what leaves, prepared as words to be stored (egress.h): untagged, and
  // with a VLAN tag.
  std::atomic<uint64_t> source_and_type;
  std::atomic<uint64_t> tagged_source_high;
  std::atomic<uint64_t> tagged_source_low_and_tag;
  std::atomic<uint64_t> kept_priority;  // bits of the word before that are as the packet came
  std::atomic<uint16_t> port;
  std::atomic<uint16_t> vlan;
  // With Gate::kEncapsulated: the slot of the port's next such interface, or Value(kNoSlot).
  std::atomic<uint16_t> next_encapsulated;
  std::atomic<uint16_t> wanted;  // what of its traffic control is told: LocalClasses, and kWrongInterfaceAlert
  std::atomic<const Encapsulation*> encapsulation;  // nullptr: an ordinary interface

  // What arrives here of a stream whose accept interface is another is punted.
  static constexpr uint16_t kWrongInterfaceAlert = 0x8000;
  static_assert(kAllLocalClasses.WholeMembershipMessages().bits() < kWrongInterfaceAlert);

  bool alerts_of_wrong_interface() const {
    return (wanted.load(std::memory_order_relaxed) & kWrongInterfaceAlert) != 0;
  }
  LocalClasses load_wanted() const { return LocalClasses::FromBits(wanted.load(std::memory_order_relaxed)); }
  // Acquire: not before the entry that names the interface was read.
  Gate load_gate() const { return Gate(gate.load(std::memory_order_acquire)); }
};
static_assert(sizeof(InterfaceLine) == 64);

// What workers know of a port besides its interfaces.
//
// A port has a number that it keeps, by which interfaces, queues and counters name it. Its device is another number,
// DPDK's, which the next device to be opened gets when this one has been closed.
struct PortLine {
  // The device that is polled for what arrives, and the one that takes what leaves; kNoDevice: none.
  std::atomic<uint16_t> rx_device{kNoDevice};
  std::atomic<uint16_t> tx_device{kNoDevice};
  // Frames with this Ethernet source address, as a SourceWord(), are the router's own, and no arrivals: a wire has
  // brought them back, or the host has sent them on the netdev behind the port. 0: there are none such.
  std::atomic<uint64_t> own_source{0};
  // The slot of the first interface on the port with an encapsulation; Value(kNoSlot): there are none.
  std::atomic<uint16_t> encapsulated{Value(kNoSlot)};
};

// The Ethernet source address of a frame with at least a whole Ethernet header, as one word.
inline uint64_t SourceWord(const uint8_t* frame) {
  uint64_t word;
  std::memcpy(&word, frame + 6, sizeof(word));
  return word & 0xFFFFFFFFFFFF;  // the two octets after it are the EtherType
}

class InterfaceTable {
 public:
  // Allocates; valid() tells whether the system gave the memory.
  InterfaceTable();
  InterfaceTable(const InterfaceTable&) = delete;
  InterfaceTable& operator=(const InterfaceTable&) = delete;
  bool valid() const { return lines_.valid() && arrivals_.valid(); }

  // --- The control thread

  // Gives the slot its port, header and limits, and to the slot what arrives for it on that port: with that VLAN, or
  // what its encapsulation finds. Stamp and flags are left alone, except that a port that appears or goes changes what
  // is sendable. A slot never configured has no port. While workers run, a slot that has a port keeps it: a copy may be
  // on its way there.
  void Configure(InterfaceSlot slot, const InterfaceSettings& settings);

  // Frames to the address, too, are for the interface. Before workers run.
  void AddStation(InterfaceSlot slot, const MacAddress& mac);
  // The group's data that arrives on the interface is for the host, too (deliver.h). Before workers run.
  template <class Address>
  void AddDelivered(InterfaceSlot slot, const Address& group) {
    delivered_.of<typename Address::Family>().Add(Value(slot), group);
    SetFlag(slot, Gate::kDelivers, true);
  }

  void SetUp(InterfaceSlot slot, bool up);
  // The largest IP packet from now on, at least 68: what the netdev behind the port takes.
  void SetMtu(InterfaceSlot slot, uint16_t mtu);
  // The source address of what leaves from now on. A copy that is made meanwhile may have octets of
  // both.
  void SetSource(InterfaceSlot slot, const MacAddress& mac);
  void SetEnabled(InterfaceSlot slot, bool enabled);
  void SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled);
  void SetWanted(InterfaceSlot slot, LocalClasses classes) {
    StoreWanted(slot, kAllLocalClasses.WholeMembershipMessages().bits(), classes.bits());
  }

  // From this store on entries with another epoch have lost the interface.
  void SetStamp(Stamp stamp);

  // What arrives on a port (below kMaxPorts) is received by that device from now on; kNoDevice: by none. A worker may
  // be polling the one before until a grace period has passed (epoch.h).
  void SetReceiving(uint16_t port, uint16_t device) { ports_[port].rx_device.store(device, std::memory_order_release); }
  // What leaves by the port is handed over to that device from now on. kNoDevice, for a port that is down: what workers
  // have collected and not yet handed over is dropped as oif_down. Its interfaces are set down by themselves, before. A
  // worker may be handing over to the one before until a grace period has passed.
  void SetSending(uint16_t port, uint16_t device) { ports_[port].tx_device.store(device, std::memory_order_release); }
  // What arrives on the port from this address is dropped as own_frame from now on; nothing where it is zero, as that
  // of a device without one is.
  void DropOwnFrames(uint16_t port, const MacAddress& mac);

  // The router's own addresses from now on, none at first. Those before are read until a grace period has passed
  // (epoch.h), and both are the caller's.
  void SetOwnAddresses(const OwnAddresses& own) { own_addresses_.store(&own, std::memory_order_release); }

  // --- Workers

  const InterfaceLine& line(uint16_t slot) const { return lines_[slot]; }
  const PortLine& port(uint16_t port) const { return ports_[port]; }
  // Whether the station was added to the interface: the low 48 bits of the word are its address.
  bool HasStation(uint16_t slot, uint64_t station) const {
    return std::binary_search(stations_.begin(), stations_.end(), std::pair(slot, station));
  }
  template <class Address>
  bool Delivers(uint16_t slot, const Address& group) const {
    return delivered_.of<typename Address::Family>().Has(slot, group);
  }
  OwnAddressesOn own_addresses(uint16_t slot) const { return {*own_addresses_.load(std::memory_order_acquire), slot}; }

  // The slot of a family's packets that arrive on a port (below kMaxPorts) with a VLAN (below kVlans, 0
  // untagged) and no interface's encapsulation; Value(kNoSlot) if there is none.
  template <class Family>
  uint16_t Arrival(uint16_t port, uint16_t vlan) const {
    // Stored complemented, so that untouched memory means no slot.
    return static_cast<uint16_t>(~arrivals_[PlaceOf(port, vlan, Family::kSlotBit)].load(std::memory_order_relaxed));
  }

 private:
  static size_t PlaceOf(uint16_t port, uint16_t vlan, uint16_t slot) {
    return (size_t{port} * kVlans + vlan) * 2 + (slot & 1);
  }
  // What arrives for the slot becomes its own, or nobody's.
  void TakeArrivals(InterfaceSlot slot, const InterfaceSettings& settings);
  void LeaveArrivals(InterfaceSlot slot);
  // `tci`: VLAN and priority.
  void StoreHeader(InterfaceSlot slot, const MacAddress& mac, uint16_t tci);
  void SetFlag(InterfaceSlot slot, Gate::Flag flag, bool on);
  // These of its bits become `bits`.
  void StoreWanted(InterfaceSlot slot, uint16_t mask, uint16_t bits);
  // Adds what follows from the rest: whether the interface is sendable.
  static void StoreGate(InterfaceLine& line, Gate gate);

  ReservedArray<InterfaceLine> lines_;
  ReservedArray<std::atomic<uint16_t>> arrivals_;
  std::array<PortLine, kMaxPorts> ports_;
  std::vector<std::pair<uint16_t, uint64_t>> stations_;  // sorted
  PerFamily<AddressesBySlot> delivered_;
  const OwnAddresses none_;
  std::atomic<const OwnAddresses*> own_addresses_{&none_};
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INTERFACES_INTERFACE_TABLE_H_
