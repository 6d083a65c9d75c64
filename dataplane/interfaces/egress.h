#ifndef MGMD_DATAPLANE_INTERFACES_EGRESS_H_
#define MGMD_DATAPLANE_INTERFACES_EGRESS_H_

// The Ethernet header of what leaves, written with two stores at most.
//
// A frame on its way through the worker is untagged: destination, source, type, IP header. Its
// destination (from the group: 01-00-5E and the low 23 bits, RFC 1112 section 6.4, or 33-33 and the
// low 32 bits, RFC 2464 section 7) and type are right before it is copied. So an untagged copy needs
// its source address only: one 8-byte store over source and type. A tagged copy begins four bytes
// earlier: its sixteen bytes in front of the type, which stays where it is, are two 8-byte stores. Its
// tag has the priority (IEEE 802.1p) that is configured for the interface, or that the packet came with.
//
// What an interface with an encapsulation sends gets the same header first, and then what
// common/encapsulation.h says.
//
// Byte order: the words are byte sequences, loaded and stored with memcpy; little-endian machines
// only.

#include <rte_mbuf.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "common/interface.h"
#include "common/ip_address.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

static_assert(std::endian::native == std::endian::little);

inline constexpr uint16_t kEthernetHeader = 14;
inline constexpr uint16_t kVlanTag = 4;
inline constexpr uint32_t kLongestHeaders = kEthernetHeader + 60;  // with all options of IPv4; IPv6 has 40 octets

struct EgressWords {
  uint64_t source_and_type = 0;            // six bytes of source, EtherType
  uint64_t tagged_source_high = 0;         // six zero bytes, first two bytes of source
  uint64_t tagged_source_low_and_tag = 0;  // last four bytes of source, 81-00, VLAN
};

inline constexpr uint16_t kIpv4EtherType = 0x0800;
inline constexpr uint16_t kIpv6EtherType = 0x86DD;
constexpr uint16_t EtherTypeOf(uint16_t slot) { return IsIpv6(slot) ? kIpv6EtherType : kIpv4EtherType; }

// `tci`: the tag control information, VLAN and priority. `type`: the EtherType.
inline EgressWords MakeEgressWords(const MacAddress& mac, uint16_t tci, uint16_t type) {
  uint64_t source = 0;
  std::memcpy(&source, mac.data(), mac.size());
  const uint64_t tag = uint64_t{__builtin_bswap16(tci)} << 16 | 0x0081;
  return {source | uint64_t{__builtin_bswap16(type)} << 48, source << 48, source >> 16 | tag << 32};
}

// The tag control information in EgressWords::tagged_source_low_and_tag.
constexpr uint16_t TciOf(uint64_t tagged_source_low_and_tag) {
  return __builtin_bswap16(static_cast<uint16_t>(tagged_source_low_and_tag >> 48));
}

// The priority of a tag at its place in EgressWords::tagged_source_low_and_tag.
inline constexpr uint16_t kPriorityBits = 0xE000;
inline constexpr int kPriorityShift = 53;  // of the priority as a number in that word
constexpr uint64_t PriorityWord(uint16_t tci) { return uint64_t{tci} << 40 & uint64_t{0xE0} << 48; }

inline void Store8(uint8_t* to, uint64_t word) { std::memcpy(to, &word, sizeof(word)); }
inline uint64_t Load8(const uint8_t* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// Writes the destination of an untagged header; over the first two bytes of the source, which is
// still to be written.
inline void WriteDestination(uint8_t* frame, uint64_t group_mac) { Store8(frame, group_mac); }
// Leaves the source as it is.
inline void ReplaceDestination(uint8_t* frame, uint64_t group_mac) {
  std::memcpy(frame, &group_mac, sizeof(MacAddress));
}

// What an oif writes, loaded once for all its copies.
struct Egress {
  explicit Egress(const InterfaceLine& line)
      : tagged(line.vlan.load(std::memory_order_relaxed) != 0),
        words{line.source_and_type.load(std::memory_order_relaxed),
              line.tagged_source_high.load(std::memory_order_relaxed),
              line.tagged_source_low_and_tag.load(std::memory_order_relaxed)},
        kept_priority(line.kept_priority.load(std::memory_order_relaxed)) {}

  // Octets that the frame begins earlier than the untagged header.
  uint16_t front() const { return tagged ? kVlanTag : 0; }

  // Makes the untagged header at `frame` the interface's: source address, and the tag, which stands
  // in front. `priority`: PriorityWord() of the tag that the packet came with, 0 without one.
  void Write(uint8_t* frame, uint64_t priority) const {
    if (!tagged) {
      Store8(frame + 6, words.source_and_type);
      return;
    }
    const uint64_t destination = Load8(frame) & 0xFFFFFFFFFFFF;
    Store8(frame - kVlanTag, destination | words.tagged_source_high);
    Store8(frame + 4, words.tagged_source_low_and_tag | (priority & kept_priority));
  }

  // The same for the packet `mbuf`, which begins with the untagged header and has room in front of
  // it.
  void Prepend(rte_mbuf* mbuf, uint64_t priority) const {
    Write(rte_pktmbuf_mtod(mbuf, uint8_t*), priority);
    if (!tagged) return;
    mbuf->data_off = static_cast<uint16_t>(mbuf->data_off - kVlanTag);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len + kVlanTag);
    mbuf->pkt_len += kVlanTag;
  }

  const bool tagged;
  const EgressWords words;
  const uint64_t kept_priority;
};

static_assert(kVlanTag + Encapsulation::kMostFront <= RTE_PKTMBUF_HEADROOM);

// Puts the encapsulation around the packet `mbuf`, which begins with the ordinary frame and has room
// in front of it. `priority`: PriorityWord() of the tag that the packet came with, 0 without one.
inline void Encapsulate(rte_mbuf* mbuf, const Encapsulation& encapsulation, uint64_t priority) {
  encapsulation.Write({.frame = rte_pktmbuf_mtod(mbuf, uint8_t*),
                       .octets = mbuf->pkt_len,
                       .priority = static_cast<uint8_t>(priority >> kPriorityShift)});
  mbuf->data_off = static_cast<uint16_t>(mbuf->data_off - encapsulation.front());
  mbuf->data_len = static_cast<uint16_t>(mbuf->data_len + encapsulation.front());
  mbuf->pkt_len += encapsulation.front();
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INTERFACES_EGRESS_H_
