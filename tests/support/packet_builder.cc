#include "tests/support/packet_builder.h"

#include <utility>

namespace mgmd::testing {
namespace {

void Append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }
void Append16(Bytes& to, int value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}
void Append32(Bytes& to, uint32_t value) {
  Append16(to, static_cast<int>(value >> 16));
  Append16(to, static_cast<int>(value & 0xFFFF));
}

}  // namespace

PacketBuilder& PacketBuilder::Payload(size_t octets, int first) {
  payload_.resize(octets);
  for (size_t i = 0; i < octets; ++i) payload_[i] = static_cast<uint8_t>(first + static_cast<int>(i));
  return *this;
}

PacketBuilder PacketBuilder::Ipv6() {
  PacketBuilder builder;
  builder.ipv6_ = true;
  return builder;
}

PacketBuilder& PacketBuilder::Extension(int type, Bytes octets) {
  while ((octets.size() + 2) % 8 != 0) octets.push_back(0);
  octets.insert(octets.begin(), static_cast<uint8_t>((octets.size() + 2) / 8 - 1));
  extensions_.emplace_back(type, std::move(octets));
  return *this;
}

PacketBuilder& PacketBuilder::FragmentHeader(int offset, bool more) {
  Bytes octets = {0};
  Append16(octets, offset | (more ? 1 : 0));
  Append32(octets, 0x12345678);
  extensions_.emplace_back(44, std::move(octets));
  return *this;
}

Bytes PacketBuilder::Build() const {
  Bytes frame;
  const uint32_t group = group_.host_order();
  if (destination_mac_) {
    Append(frame, *destination_mac_);
  } else if (ipv6_) {
    Append(frame, {0x33, 0x33});
    frame.insert(frame.end(), group6_.bytes().begin() + 12, group6_.bytes().end());
  } else {
    Append(frame, {0x01, 0x00, 0x5E, static_cast<uint8_t>(group >> 16 & 0x7F), static_cast<uint8_t>(group >> 8),
                   static_cast<uint8_t>(group)});
  }
  Append(frame, source_mac_);
  for (const int tag : tags_) {
    Append16(frame, 0x8100);
    Append16(frame, tag);
  }
  Append16(frame, ether_type_.value_or(ipv6_ ? 0x86DD : 0x0800));
  Append(frame, BuildIp());
  frame.insert(frame.end(), padding_, 0);
  if (cut_ && *cut_ < frame.size()) frame.resize(*cut_);
  return frame;
}

Bytes PacketBuilder::BuildIp() const { return ipv6_ ? BuildIpv6() : BuildIpv4(); }

Bytes PacketBuilder::BuildIpv6() const {
  Bytes rest;
  for (size_t n = 0; n < extensions_.size(); ++n) {
    rest.push_back(static_cast<uint8_t>(n + 1 < extensions_.size() ? extensions_[n + 1].first : protocol_));
    Append(rest, extensions_[n].second);
  }
  Append(rest, payload_);
  Bytes ip;
  Append32(ip, static_cast<uint32_t>(version_.value_or(6)) << 28 | static_cast<uint32_t>(traffic_class_) << 20 |
                   static_cast<uint32_t>(id_));
  Append16(ip, total_length_.value_or(static_cast<int>(rest.size())));
  ip.push_back(static_cast<uint8_t>(extensions_.empty() ? protocol_ : extensions_[0].first));
  ip.push_back(static_cast<uint8_t>(ttl_));
  ip.insert(ip.end(), source6_.bytes().begin(), source6_.bytes().end());
  ip.insert(ip.end(), group6_.bytes().begin(), group6_.bytes().end());
  Append(ip, rest);
  return ip;
}

Bytes PacketBuilder::BuildIpv4() const {
  Bytes options = options_;
  while (options.size() % 4 != 0) options.push_back(0);
  const int words = header_words_.value_or(static_cast<int>(5 + options.size() / 4));
  const size_t total = 20 + options.size() + payload_.size();
  Bytes ip;
  ip.push_back(static_cast<uint8_t>(version_.value_or(4) << 4 | words));
  ip.push_back(static_cast<uint8_t>(traffic_class_));
  Append16(ip, total_length_.value_or(static_cast<int>(total)));
  Append16(ip, id_);
  Append16(ip, (dont_fragment_ ? 0x4000 : 0) | (more_ ? 0x2000 : 0) | offset_ / 8);
  ip.push_back(static_cast<uint8_t>(ttl_));
  ip.push_back(static_cast<uint8_t>(protocol_));
  Append16(ip, 0);
  Append32(ip, source_.host_order());
  Append32(ip, group_.host_order());
  Append(ip, options);
  uint32_t sum = 0;
  for (size_t at = 0; at < ip.size(); at += 2) sum += static_cast<uint32_t>(ip[at] << 8 | ip[at + 1]);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  const int checksum = checksum_.value_or(static_cast<int>(~sum & 0xFFFF));
  ip[10] = static_cast<uint8_t>(checksum >> 8);
  ip[11] = static_cast<uint8_t>(checksum);
  Append(ip, payload_);
  return ip;
}

Bytes ArpRequest(const Ipv4Address& target, const Bytes& station) {
  Bytes frame(6, 0xFF);
  Append(frame, station);
  Append(frame, {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1});
  Append(frame, station);
  Append(frame, {10, 0, 0, 1, 0, 0, 0, 0, 0, 0});
  Append32(frame, target.host_order());
  return frame;
}

}  // namespace mgmd::testing
