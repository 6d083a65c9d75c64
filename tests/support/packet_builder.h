#ifndef MGMD_TESTS_SUPPORT_PACKET_BUILDER_H_
#define MGMD_TESTS_SUPPORT_PACKET_BUILDER_H_

// Ethernet frames for tests, written out field by field and sharing nothing with the code under
// test:
//
//   const Bytes frame =
//   PacketBuilder().From("10.0.0.1").To("239.1.1.1").Ttl(64).Payload(32).Build();
//
// Defaults: a UDP packet from 10.0.0.1 to 239.1.1.1, or from 2001:db8::1 to ff0e::1, with TTL or hop
// limit 64 and 18 octets of payload, untagged, towards the group's MAC address. It is an IPv6 packet if
// Ipv6() has made it, or once it has an IPv6 address. Lengths and checksum are right unless they are
// set. Every function returns the builder.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ip_address.h"

namespace mgmd::testing {

using Bytes = std::vector<uint8_t>;
using Frames = std::vector<Bytes>;

class PacketBuilder {
 public:
  // --- Ethernet
  PacketBuilder& SourceMac(Bytes mac) { return Set(source_mac_, std::move(mac)); }
  PacketBuilder& DestinationMac(Bytes mac) { return Set(destination_mac_, std::move(mac)); }
  PacketBuilder& Vlan(int vlan, int priority = 0) { return Set(tags_, {priority << 13 | vlan}); }
  PacketBuilder& SecondVlan(int vlan) {
    tags_.push_back(vlan);
    return *this;
  }
  PacketBuilder& EtherType(int type) { return Set(ether_type_, type); }
  // Octets after the IP packet, as short Ethernet frames have them.
  PacketBuilder& Padding(size_t octets) { return Set(padding_, octets); }
  // The frame ends after so many octets.
  PacketBuilder& CutTo(size_t octets) { return Set(cut_, octets); }

  // --- IP
  static PacketBuilder Ipv6();
  PacketBuilder& From(std::string_view source) { return SetAddress(source_, source6_, source); }
  PacketBuilder& To(std::string_view group) { return SetAddress(group_, group6_, group); }
  // The hop limit of IPv6.
  PacketBuilder& Ttl(int ttl) { return Set(ttl_, ttl); }
  PacketBuilder& TrafficClass(int octet) { return Set(traffic_class_, octet); }
  // Tells packets apart: the identification, or the flow label.
  PacketBuilder& Id(int id) { return Set(id_, id); }
  PacketBuilder& Version(int version) { return Set(version_, version); }
  // Of what comes after the headers.
  PacketBuilder& Protocol(int protocol) { return Set(protocol_, protocol); }

  // --- IPv6
  // What the header says of its payload's length.
  PacketBuilder& PayloadLength(int octets) { return Set(total_length_, octets); }
  // One more extension header, of the kind that has a length: its octets after that one, padded with zeros to whole
  // eights.
  PacketBuilder& Extension(int type, Bytes octets);
  // One more: a fragment header.
  PacketBuilder& FragmentHeader(int offset, bool more);

  // --- IPv4
  PacketBuilder& DontFragment() { return Set(dont_fragment_, true); }
  // A fragment: offset in octets (a multiple of 8).
  PacketBuilder& Fragment(int offset, bool more) {
    offset_ = offset;
    return Set(more_, more);
  }
  // Options as they are; padded with zeros to whole words.
  PacketBuilder& Options(Bytes options) { return Set(options_, std::move(options)); }
  PacketBuilder& HeaderWords(int words) { return Set(header_words_, words); }
  PacketBuilder& TotalLength(int octets) { return Set(total_length_, octets); }
  PacketBuilder& Checksum(int checksum) { return Set(checksum_, checksum); }

  // --- After the headers: octets that count up from `first`, or exactly these.
  PacketBuilder& Payload(size_t octets, int first = 0);
  PacketBuilder& Payload(Bytes octets) { return Set(payload_, std::move(octets)); }

  // The frame.
  Bytes Build() const;
  // The IP packet alone.
  Bytes BuildIp() const;

 private:
  template <typename T, typename U>
  PacketBuilder& Set(T& field, U&& value) {
    field = std::forward<U>(value);
    return *this;
  }
  PacketBuilder& Set(std::vector<int>& field, std::vector<int> value) {
    field = std::move(value);
    return *this;
  }
  PacketBuilder& SetAddress(Ipv4Address& ipv4, Ipv6Address& ipv6, std::string_view text) {
    ipv6_ = text.find(':') != std::string_view::npos;
    if (ipv6_) {
      ipv6 = Ipv6Address::Parse(text).value();
    } else {
      ipv4 = Ipv4Address::Parse(text).value();
    }
    return *this;
  }
  Bytes BuildIpv4() const;
  Bytes BuildIpv6() const;

  Bytes source_mac_ = {0x02, 0, 0, 0, 0, 0x99};
  std::optional<Bytes> destination_mac_;
  std::vector<int> tags_;
  std::optional<int> ether_type_;
  size_t padding_ = 0;
  std::optional<size_t> cut_;
  bool ipv6_ = false;
  Ipv4Address source_{10, 0, 0, 1};
  Ipv4Address group_{239, 1, 1, 1};
  Ipv6Address source6_ = Ipv6Address::Parse("2001:db8::1").value();
  Ipv6Address group6_ = Ipv6Address::Parse("ff0e::1").value();
  std::vector<std::pair<int, Bytes>> extensions_;  // type; without the first octet, which is the next one's
  int ttl_ = 64;
  int traffic_class_ = 0;
  int id_ = 0x1234;
  bool dont_fragment_ = false;
  bool more_ = false;
  int offset_ = 0;
  std::optional<int> version_;
  int protocol_ = 17;
  std::optional<int> header_words_;
  std::optional<int> total_length_;
  std::optional<int> checksum_;
  Bytes options_;
  Bytes payload_ = Bytes(18);
};

// A frame for all: "Who has the target? Tell 10.0.0.1."
Bytes ArpRequest(const Ipv4Address& target, const Bytes& station = {0x02, 0, 0, 0, 0, 0x99});

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_PACKET_BUILDER_H_
