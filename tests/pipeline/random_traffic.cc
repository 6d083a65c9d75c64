#include "tests/pipeline/random_traffic.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace mgmd::pipeline {
namespace {

using reference::Bytes;
using testing::PacketBuilder;

const std::vector<std::string> kSources = {"10.0.0.1",   "10.0.0.2", "10.1.0.1",
                                           "172.16.0.1", "1.0.0.0",  "223.255.255.255"};
const std::vector<std::string> kBadSources = {"0.0.0.0",   "0.1.2.3",   "127.0.0.1",      "224.0.0.1",
                                              "239.1.1.1", "240.0.0.1", "255.255.255.255"};
const std::vector<std::string> kGroups = {"239.1.1.1", "239.1.1.2", "239.1.2.1", "239.255.0.1", "239.254.1.1",
                                          "225.1.1.1", "224.0.1.0", "232.1.1.1", "232.255.0.1", "239.129.1.1"};
const std::vector<std::string> kRanges = {"224.0.0.0/4",  "239.0.0.0/8",    "239.1.0.0/16", "239.1.1.0/24",
                                          "225.1.1.0/31", "239.255.0.0/16", "239.1.1.1/32", "225.1.1.1/32"};
const std::vector<std::string> kBoundaries = {"239.1.0.0/16", "239.255.0.0/16", "225.1.1.1/32", "239.0.0.0/8",
                                              "232.1.1.0/24"};

const std::vector<std::string> kIpv6Sources = {"2001:db8::1", "2001:db8::2", "fec0::1", "0:0:0:0:1::1"};
const std::vector<std::string> kIpv6Groups = {"ff0e::1",   "ff0e::2", "ff05::1", "ff03::1", "ff3e::1",
                                              "ff3e:1::1", "ff08::1", "ff18::1", "ff0f::1"};
const std::vector<std::string> kIpv6Ranges = {"ff00::/8",  "ff0e::/16",     "ff0e::/127",  "ff05::/16",
                                              "ff08::/13", "ff3e:1::1/128", "ff0e::2/128", "ff03::/16"};
const std::vector<std::string> kIpv6Boundaries = {"ff08::/16", "ff0e::2/128", "ff05::/16", "ff3e::/31"};

reference::Range Range(const std::string& text) { return reference::Range::Parse(text); }

std::string Text(const reference::Address& address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof(text));
}

}  // namespace

std::vector<reference::Interface> RandomTraffic::Interfaces() {
  std::vector<reference::Interface> interfaces;
  for (int port = 0; port < kPorts; ++port) {
    for (int vlan : {0, 1, 7, 4094}) {
      if (vlan != 0 && random_.OneIn(2)) continue;
      reference::Interface interface;
      interface.port = port;
      interface.vlan = vlan;
      if (random_.OneIn(3)) interface.pcp = random_.Below(8);
      interface.mtu = random_.Of({68, 100, 576, 1280, 1500, 1500, 1500, 2000});
      interface.ttl_threshold = random_.Of({0, 1, 1, 1, 1, 1, 16, 64, 254, 255});
      for (int n = random_.OneIn(3) ? random_.Below(3) : 0; n > 0; --n) {
        interface.boundaries.push_back(Range(random_.Of(random_.OneIn(2) ? kBoundaries : kIpv6Boundaries)));
      }
      if (random_.OneIn(8)) interface.scope_boundary = 3 + random_.Below(3);
      interface.enabled = !random_.OneIn(12);
      interface.up = !random_.OneIn(12);
      interface.complete_checksums = random_.OneIn(2);
      interfaces.push_back(std::move(interface));
    }
  }
  return interfaces;
}

reference::Entry RandomTraffic::Entry(int interfaces) {
  reference::Entry entry;
  const bool ipv6 = random_.OneIn(3);
  if (random_.OneIn(3)) {
    entry.group = Range(random_.Of(ipv6 ? kIpv6Ranges : kRanges));
  } else {
    entry.source = Range(random_.Of(ipv6 ? kIpv6Sources : kSources)).address;
    entry.group = Range(random_.Of(ipv6 ? kIpv6Groups : kGroups));
  }
  entry.accept = random_.Below(interfaces);
  if (random_.OneIn(8)) {
    entry.no_route = random_.OneIn(2);
    if (entry.no_route) entry.accept = reference::kAnyInterface;
    return entry;
  }
  // Few oifs often, all of them now and then.
  const int share = random_.Of({1, 1, 2, 3, 8});
  for (int oif = 0; oif < interfaces; ++oif) {
    if (random_.OneIn(share)) entry.oifs.push_back(oif);
  }
  for (size_t n = entry.oifs.size(); n > 1; --n)
    std::swap(entry.oifs[n - 1], entry.oifs[size_t(random_.Below(int(n)))]);
  return entry;
}

std::vector<uint8_t> RandomTraffic::Options() {
  std::vector<uint8_t> options;
  while (options.size() < 36 && !random_.OneIn(4)) {
    switch (random_.Below(6)) {
      case 0:
        options.push_back(1);
        break;
      case 1:
        options.insert(options.end(), {0x82, 8, 1, 2, 3, 4, 5, 6});  // copied into fragments
        break;
      case 2:
        options.insert(options.end(), {0x44, 8, 5, 0, 0, 0, 0, 0});  // not copied
        break;
      case 3:
        options.insert(options.end(), {0x9E, 3, 9});
        break;
      case 4:
        options.push_back(uint8_t(random_.Below(256)));  // no sense, or an end
        break;
      default:
        if (random_.OneIn(6)) options.insert(options.end(), {0x94, 4, 0, 0});  // router alert
    }
  }
  options.resize(std::min<size_t>(options.size(), 40));
  return options;
}

void RandomTraffic::Address(PacketBuilder& builder, const reference::Entry& entry) {
  if (entry.source) builder.From(Text(*entry.source));
  reference::Address group = entry.group.address;
  const int free_bits = std::min(int(group.size()) * 8 - entry.group.length, 2);
  group.back() = uint8_t(group.back() | random_.Below(1 << free_bits));
  builder.To(Text(group));
}

PacketBuilder RandomTraffic::Valid(const reference::Interface& interface, const reference::Entry* entry) {
  PacketBuilder builder;
  builder.From(random_.Of(kSources)).To(random_.Of(kGroups)).Ttl(random_.Of({2, 3, 16, 17, 64, 65, 128, 255}));
  if (entry != nullptr) Address(builder, *entry);
  builder.Id(random_.Below(65536))
      .TrafficClass(random_.Below(256))
      .Protocol(random_.OneIn(2) ? random_.Of({6, 17}) : random_.Below(256));
  if (interface.vlan != 0) {
    builder.Vlan(interface.vlan, random_.Below(8));
  } else if (random_.OneIn(10)) {
    builder.Vlan(0, random_.Below(8));
  }
  const int size = random_.OneIn(3) ? random_.Below(1900) : random_.Below(100);
  builder.Payload(size_t(size), random_.Below(256));
  if (random_.OneIn(3)) {
    builder.DontFragment();
  } else if (random_.OneIn(8)) {
    // Some end beyond the 65,535 octets that a datagram can have.
    builder.Fragment(8 * random_.Below(8192), random_.OneIn(2));
  }
  if (random_.OneIn(8)) builder.Options(Options());
  if (random_.OneIn(8)) builder.Padding(size_t(random_.Below(40)));
  return builder;
}

void RandomTraffic::Break(PacketBuilder& builder) {
  switch (random_.Below(14)) {
    case 0:
      builder.CutTo(1 + static_cast<size_t>(random_.Below(60)));
      break;
    case 1:
      builder.Version(random_.Below(16));
      break;
    case 2:
      builder.HeaderWords(random_.Below(16));
      break;
    case 3:
      builder.TotalLength(random_.OneIn(2) ? random_.Below(100) : random_.Below(65536));
      break;
    case 4:
      builder.Checksum(random_.Below(65536));
      break;
    case 5:
      builder.Ttl(random_.Below(3));
      break;
    case 6:
      builder.From(random_.Of(kBadSources));
      break;
    case 7:
      builder.To("224.0.0." + std::to_string(random_.Below(256)));
      break;
    case 8:
      builder.To(random_.Of({"10.1.0.1", "255.255.255.255", "240.0.0.1"}));
      if (random_.OneIn(2)) builder.DestinationMac({0x02, 0, 0, 0, 0, 1});
      break;
    case 9:
      builder.EtherType(random_.Of({0x0806, 0x86DD, 0x88A8, 46}));
      break;
    case 10:
      builder.SecondVlan(random_.Below(4096));
      break;
    case 11:
      builder.Vlan(random_.Below(4096));
      break;
    case 12:
      builder.Protocol(2);  // IGMP, of any kind and to any group
      if (random_.OneIn(2)) builder.Options({0x94, 4, 0, 0});
      break;
    default:
      builder.From("10.9." + std::to_string(random_.Below(256)) + ".1");  // probably unknown
  }
}

std::vector<uint8_t> RandomTraffic::Ipv6Options() {
  std::vector<uint8_t> options;
  while (options.size() < 40 && !random_.OneIn(4)) {
    switch (random_.Below(6)) {
      case 0:
        options.push_back(0);
        break;
      case 1:
        options.insert(options.end(), {1, 2, 0, 0});
        break;
      case 2:
        options.insert(options.end(), {5, uint8_t(random_.OneIn(6) ? 1 : 2), 0, 0});  // router alert
        break;
      case 3:
      case 4:
        options.insert(options.end(), {0x1E, 0});  // unknown, to be passed over
        break;
      default:
        if (random_.OneIn(3)) options.insert(options.end(), {uint8_t(random_.Below(256)), 0});
    }
  }
  if (random_.OneIn(12)) options.insert(options.end(), {1, 200});
  return options;
}

PacketBuilder RandomTraffic::Ipv6Packet(const reference::Interface& interface, const reference::Entry* entry) {
  PacketBuilder builder = PacketBuilder::Ipv6();
  builder.From(random_.Of(kIpv6Sources)).To(random_.Of(kIpv6Groups));
  if (entry != nullptr) Address(builder, *entry);
  builder.Ttl(random_.Of({2, 3, 16, 17, 64, 65, 128, 255}))
      .Id(random_.Below(1 << 20))
      .TrafficClass(random_.Below(256))
      .Protocol(random_.OneIn(3) ? random_.Below(256) : 17)
      .Payload(size_t(random_.Below(random_.OneIn(3) ? 1600 : 80)), random_.Below(256));
  if (interface.vlan != 0) builder.Vlan(interface.vlan, random_.Below(8));
  if (random_.OneIn(6)) builder.Extension(0, Ipv6Options());
  if (random_.OneIn(8)) builder.Extension(random_.Of({43, 60, 60, 0}), Ipv6Options());
  if (random_.OneIn(8)) builder.FragmentHeader(8 * random_.Below(3), random_.OneIn(2));
  if (random_.OneIn(12)) {
    // MLD, or other ICMPv6.
    builder.Protocol(58).Payload(std::vector<uint8_t>{uint8_t(random_.Of({130, 131, 132, 143, 128, 135})), 0, 0, 0});
  }
  if (random_.OneIn(8)) builder.Padding(size_t(random_.Below(40)));
  if (!random_.OneIn(5)) return builder;
  switch (random_.Below(9)) {
    case 0:
      builder.CutTo(1 + static_cast<size_t>(random_.Below(80)));
      break;
    case 1:
      builder.Version(random_.Below(16));
      break;
    case 2:
      builder.PayloadLength(random_.OneIn(2) ? random_.Below(100) : random_.Below(65536));
      break;
    case 3:
      builder.From(
          random_.Of<const char*>({"::", "::1", "::10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "febf::1", "ff0e::1"}));
      break;
    case 4:
      builder.To(random_.Of<const char*>({"ff00::1", "ff70::1", "ff01::1", "ff12::1", "ff02::1", "2001:db8::9"}));
      break;
    case 5:
      builder.Ttl(random_.Below(3));
      break;
    case 6:
      builder.From("2001:db8:9::" + std::to_string(random_.Below(256)));  // probably unknown
      break;
    case 7:
      builder.DestinationMac(random_.OneIn(2) ? interface.mac : Bytes{0x02, 0, 0, 0, 0, 1});
      break;
    default:
      builder.To("2001:db8::9").DestinationMac(interface.mac);
  }
  return builder;
}

// What a host leaves in the place of a UDP or TCP checksum when it counts on a card, in headers that
// may hold together or not.
void RandomTraffic::LeaveChecksumOut(Bytes& frame) {
  const size_t ip = frame.size() > 14 && frame[12] == 0x81 && frame[13] == 0 ? 18 : 14;
  if (frame.size() < ip + 20) return;
  const size_t header = size_t(frame[ip] & 15) * 4;
  const size_t begin = ip + header;
  const auto total = size_t(frame[ip + 2] << 8 | frame[ip + 3]);
  const bool udp = frame[ip + 9] == 17;
  if (header < 20 || total < header + (udp ? 8 : 20) || frame.size() < ip + total) return;
  size_t length = total - header;
  if (udp) {
    if (random_.OneIn(6)) length -= size_t(random_.Below(12));
    frame[begin + 4] = uint8_t(length >> 8);
    frame[begin + 5] = uint8_t(length);
  }
  Bytes pseudo_header(frame.begin() + long(ip + 12), frame.begin() + long(ip + 20));
  for (const size_t octet : {size_t{0}, size_t{frame[ip + 9]}, length >> 8, length & 0xFF}) {
    pseudo_header.push_back(uint8_t(octet));
  }
  const uint16_t sum = reference::OnesComplementSum(pseudo_header);
  const size_t place = begin + (udp ? 6 : 16);
  frame[place] = uint8_t(sum >> 8);
  frame[place + 1] = uint8_t(sum);
}

Arrival RandomTraffic::Packet(const std::vector<reference::Interface>& interfaces,
                              const std::vector<reference::Entry>& entries) {
  Arrival arrival;
  const reference::Entry* entry = entries.empty() || random_.OneIn(4) ? nullptr : &random_.Of(entries);
  const bool where_taken = entry != nullptr && entry->accept != reference::kAnyInterface && !random_.OneIn(12);
  const reference::Interface& interface = where_taken ? interfaces[size_t(entry->accept)] : random_.Of(interfaces);
  arrival.port = interface.port;
  const bool ipv6 = entry != nullptr ? entry->is_ipv6() : random_.OneIn(3);
  PacketBuilder builder = ipv6 ? Ipv6Packet(interface, entry) : Valid(interface, entry);
  for (int faults = !ipv6 && random_.OneIn(5) ? 1 + random_.Below(2) : 0; faults > 0; --faults) Break(builder);
  arrival.frame = builder.Build();
  if (random_.OneIn(50)) {
    for (int flips = 1 + random_.Below(4); flips > 0; --flips) {
      arrival.frame[size_t(random_.Below(int(arrival.frame.size())))] ^= uint8_t(1 << random_.Below(8));
    }
  }
  Bytes& frame = arrival.frame;
  if (frame.size() >= 12 && random_.OneIn(40)) {
    std::copy(std::begin(kHostMac), std::end(kHostMac), frame.begin() + 6);
  }
  if (!ipv6 && random_.OneIn(3)) LeaveChecksumOut(frame);
  if (frame.size() >= 18 && frame[12] == 0x81 && frame[13] == 0 && random_.OneIn(2)) {
    arrival.stripped_tag = frame[14] << 8 | frame[15];
    frame.erase(frame.begin() + 12, frame.begin() + 16);
  }
  if (random_.OneIn(6)) {
    for (int pieces = 1 + random_.Below(4); pieces > 0; --pieces) {
      arrival.segments.push_back(size_t(1 + random_.Below(random_.OneIn(2) ? 40 : 600)));
    }
  }
  return arrival;
}

}  // namespace mgmd::pipeline
