#include "tests/reference/packets.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace mgmd::reference {
namespace {

void Write16(Bytes& bytes, size_t at, int value) {
  bytes[at] = uint8_t(value >> 8);
  bytes[at + 1] = uint8_t(value);
}

// The options of all fragments but the first: those with the copied flag, padded to whole words.
Bytes CopiedOptions(const Bytes& packet) {
  Bytes options;
  for (size_t at = 20; at < HeaderLength(packet);) {
    const int type = packet[at];
    if (type == 0) break;
    if (type == 1) {
      at += 1;
      continue;
    }
    if (at + 1 >= HeaderLength(packet) || packet[at + 1] < 2 || at + packet[at + 1] > HeaderLength(packet)) break;
    const size_t length = packet[at + 1];
    if (type & 0x80) options.insert(options.end(), packet.begin() + long(at), packet.begin() + long(at + length));
    at += length;
  }
  while (options.size() % 4 != 0) options.push_back(0);
  return options;
}

// What stands behind the extension headers of an IPv6 packet, at most eight of them.
struct Upper {
  int protocol = 59;
  size_t begin = 0;  // 0: it is not in the packet
  bool fragment = false;
  bool routed = false;
};

Upper FindUpper(const Bytes& packet) {
  Upper upper;
  int next = packet[6];
  size_t at = 40;
  for (int passed = 0; passed <= 8; ++passed) {
    const bool passable = next == 43 || next == 44 || next == 60 || (next == 0 && passed == 0);
    if (!passable) {
      upper.protocol = next;
      if (at < packet.size()) upper.begin = at;
      return upper;
    }
    if (at + 8 > packet.size()) return upper;
    upper.fragment |= next == 44;
    upper.routed |= next == 43;
    const bool fragment = next == 44;
    if (fragment && Read16(packet, at + 2) >> 3 != 0) {
      upper.protocol = packet[at];
      return upper;
    }
    next = packet[at];
    at += fragment ? 8 : 8 * (size_t(packet[at + 1]) + 1);
  }
  return upper;
}

// Protocol and begin of what a whole packet carries; protocol -1: it is a fragment, or not to be found.
std::pair<int, size_t> PayloadOf(const Bytes& packet) {
  if (!IsIpv6(packet)) {
    if ((Read16(packet, 6) & 0x3FFF) != 0) return {-1, 0};
    return {packet[9], HeaderLength(packet)};
  }
  const Upper upper = FindUpper(packet);
  if (upper.begin == 0 || upper.fragment || upper.routed) return {-1, 0};
  return {upper.protocol, upper.begin};
}

}  // namespace

int Read16(const Bytes& bytes, size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

Bytes Part(const Bytes& bytes, size_t at, size_t octets) {
  return Bytes(bytes.begin() + long(at), bytes.begin() + long(at + octets));
}

bool IsIpv6(const Bytes& packet) { return packet[0] >> 4 == 6; }
Address SourceOf(const Bytes& packet) { return IsIpv6(packet) ? Part(packet, 8, 16) : Part(packet, 12, 4); }
Address GroupOf(const Bytes& packet) { return IsIpv6(packet) ? Part(packet, 24, 16) : Part(packet, 16, 4); }

bool IsSourceSpecific(const Address& group) {
  if (group.size() == 4) return group[0] == 232;
  return group[0] == 0xFF && group[1] >> 4 == 3 && group[2] == 0 && group[3] == 0;
}

size_t HeaderLength(const Bytes& packet) { return size_t(packet[0] & 15) * 4; }

// The sum of a header with its checksum is one of the two zeros of one's complement arithmetic;
// both are right, since RFC 1071 calls a header good whose words sum up to all ones.
bool ChecksumHolds(const Bytes& packet) {
  const int difference = HeaderChecksum(packet) - Read16(packet, 10);
  return difference == 0 || difference == -0xFFFF || difference == 0xFFFF;
}

void SetChecksum(Bytes& packet) { Write16(packet, 10, HeaderChecksum(packet)); }

bool IsMld(const Bytes& packet) {
  const Upper upper = FindUpper(packet);
  if (upper.protocol != 58 || upper.begin == 0) return false;
  const int type = packet[upper.begin];
  return type == 130 || type == 131 || type == 132 || type == 143;
}

bool IsPim(const Bytes& packet) { return (IsIpv6(packet) ? FindUpper(packet).protocol : packet[9]) == 103; }

std::optional<DropReason> WhyNotByOptions(const Bytes& packet) {
  if (packet.size() < 48) return DropReason::kHbhMalformed;
  const size_t end = 40 + 8 * (size_t(packet[41]) + 1);
  if (end > packet.size()) return DropReason::kHbhMalformed;
  int options = 0;
  for (size_t at = 42; at < end;) {
    const int type = packet[at];
    if (type == 0) {
      at += 1;
      continue;
    }
    if (at + 1 == end || at + 2 + packet[at + 1] > end) return DropReason::kHbhMalformed;
    if (type != 1 && ++options == 9) return DropReason::kHbhOption;
    if (type == 5 && packet[at + 1] != 2) return DropReason::kHbhMalformed;
    if (type >= 0x40) return DropReason::kHbhOption;  // nothing above is known
    at += 2 + size_t(packet[at + 1]);
  }
  return std::nullopt;
}

Range Range::Parse(const std::string& text) {
  const size_t slash = text.find('/');
  Bytes address(text.find(':') == std::string::npos ? 4 : 16);
  inet_pton(address.size() == 4 ? AF_INET : AF_INET6, text.substr(0, slash).c_str(), address.data());
  const int bits = int(address.size()) * 8;
  return {.address = address, .length = slash == std::string::npos ? bits : std::stoi(text.substr(slash + 1))};
}

bool Range::Contains(const Address& group) const {
  if (group.size() != address.size()) return false;
  for (int bit = 0; bit < length; ++bit) {
    if (((group[size_t(bit / 8)] ^ address[size_t(bit / 8)]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

uint16_t OnesComplementSum(Bytes bytes) {
  if (bytes.size() % 2 != 0) bytes.push_back(0);
  uint32_t sum = 0;
  for (size_t at = 0; at < bytes.size(); at += 2) sum += uint32_t(Read16(bytes, at));
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return uint16_t(sum);
}

bool CompleteChecksum(Bytes& packet) {
  const auto [protocol, begin] = PayloadOf(packet);
  const bool udp = protocol == 17;
  if (!udp && protocol != 6) return false;
  size_t length = packet.size() - begin;
  if (length < (udp ? 8 : 20)) return false;
  if (udp) {
    const auto said = size_t(Read16(packet, begin + 4));
    if (said < 8 || said > length) return false;
    length = said;
  }
  const size_t place = begin + (udp ? 6 : 16);
  Bytes summed = IsIpv6(packet) ? Part(packet, 8, 32) : Part(packet, 12, 8);
  for (const int octet : {0, protocol, int(length >> 8), int(length & 0xFF)}) summed.push_back(uint8_t(octet));
  if (Read16(packet, place) != OnesComplementSum(summed)) return false;
  const size_t pseudo_header = summed.size();
  summed.insert(summed.end(), packet.begin() + long(begin), packet.begin() + long(begin + length));
  if (OnesComplementSum(summed) == 0xFFFF) return false;
  Write16(summed, pseudo_header + place - begin, 0);
  const int checksum = ~OnesComplementSum(summed) & 0xFFFF;
  Write16(packet, place, udp && checksum == 0 ? 0xFFFF : checksum);
  return true;
}

uint16_t HeaderChecksum(const Bytes& packet) {
  uint32_t sum = 0;
  for (size_t at = 0; at < HeaderLength(packet); at += 2) {
    if (at != 10) sum += uint32_t(Read16(packet, at));
  }
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return uint16_t(~sum);
}

std::vector<Bytes> Fragment(const Bytes& packet, int mtu) {
  if (packet.size() <= size_t(mtu)) return {packet};
  const Bytes first_header(packet.begin(), packet.begin() + long(HeaderLength(packet)));
  Bytes later_header(packet.begin(), packet.begin() + 20);
  const Bytes copied = CopiedOptions(packet);
  later_header.insert(later_header.end(), copied.begin(), copied.end());
  later_header[0] = uint8_t(0x40 | later_header.size() / 4);

  const int flags_and_offset = Read16(packet, 6);
  const bool more_follow = flags_and_offset & 0x2000;
  const Bytes data(packet.begin() + long(first_header.size()), packet.end());
  std::vector<Bytes> fragments;
  for (size_t done = 0; done < data.size();) {
    Bytes fragment = done == 0 ? first_header : later_header;
    const size_t room = (size_t(mtu) - fragment.size()) / 8 * 8;
    const size_t rest = data.size() - done;
    const bool last = rest <= size_t(mtu) - fragment.size();
    const size_t length = last ? rest : room;
    fragment.insert(fragment.end(), data.begin() + long(done), data.begin() + long(done + length));
    const int offset = (flags_and_offset & 0x1FFF) + int(done / 8);
    Write16(fragment, 2, int(fragment.size()));
    Write16(fragment, 6, (flags_and_offset & 0xC000) | (!last || more_follow ? 0x2000 : 0) | offset);
    SetChecksum(fragment);
    fragments.push_back(std::move(fragment));
    done += length;
  }
  return fragments;
}

}  // namespace mgmd::reference
