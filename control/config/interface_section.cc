#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <tuple>

#include "control/config/group_fields.h"
#include "control/config/interface_draft.h"
#include "control/config/names.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

constexpr int64_t kHighestIndex = 0x7FFFFFFF;  // InterfaceIndex, RFC 2863
constexpr int64_t kHighestMtu = 65000;         // a frame and what precedes it fit a packet buffer of 64 KB
constexpr int64_t kMostRxQueues = 1024;
constexpr size_t kLongestNetdev = 15;  // IFNAMSIZ, less the zero at its end

// Whether a host on the link can have the address: on longer links the first one is no host's (RFC 1812 section
// 4.2.2.11, RFC 4291 section 2.6.1), nor is the last one of IPv4.
bool IsHostOn(const Ipv4Address& address, const Ipv4Prefix& link) {
  const uint32_t last = link.address().host_order() | ~link.mask().host_order();
  return link.length() >= 31 || (address != link.address() && address.host_order() != last);
}
bool IsHostOn(const Ipv6Address& address, const Ipv6Prefix& link) {
  return link.length() >= 127 || address != link.address();
}

// "10.0.0.254/24": a host's address on a link. False: it is none, which has been reported.
bool ReadLinkAddress(const Field& field, PerFamily<PlacedAddresses>* addresses) {
  const std::string allowed =
      "an address with its link's prefix length, as in \"10.0.0.254/24\" or \"2001:db8::fe/64\"";
  const auto text = field.String(allowed);
  if (!text) return false;
  const auto parsed = ParseAddressAndLength(*text);
  if (!parsed || parsed->length == 0) {
    field.Fail(Quoted(*text) + " is no address of an interface", allowed);
    return false;
  }
  return std::visit(
      [&]<class Address>(const Address& address) {
        using Family = typename Address::Family;
        const InterfaceAddress<Family> value{address, parsed->length};
        const bool is_host = address.is_valid_source() && IsHostOn(address, value.prefix());
        if (is_host) {
          addresses->of<Family>().push_back({field, value});
        } else {
          field.Fail(Quoted(*text) + " is no host's address", allowed);
        }
        return is_host;
      },
      parsed->address);
}

void ReadBoundary(const Field& field, PerFamily<PlacedPrefixes>* boundary) {
  const auto range = ReadGroupRange(field, "a prefix of groups, as in \"239.255.0.0/16\" or \"ff08::/16\"");
  if (!range) return;
  std::visit(
      [&]<class Prefix>(const Prefix& prefix) {
        boundary->of<typename Prefix::Family>().push_back({field, prefix});
      },
      *range);
}

// Absent: auto.
std::optional<bool> ReadCompleteChecksums(const Field& field) {
  const std::string allowed = "\"auto\", or true or false without quotes";
  if (!field.is_string()) return field.Boolean(allowed);
  const auto word = field.String(allowed);
  if (word && *word != "auto") field.Fail(Quoted(*word) + " is unknown", allowed);
  return std::nullopt;
}

// "00:00:5e:00:01:01": of one station.
std::optional<Mac> ParseMac(std::string_view text) {
  constexpr size_t kOctets = std::tuple_size_v<Mac>;
  constexpr size_t kEach = 3;  // two digits, and a colon between
  Mac mac;
  if (text.size() != kEach * kOctets - 1) return std::nullopt;
  for (size_t i = 0; i < kOctets; ++i) {
    const char* const digits = text.data() + kEach * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac[i], 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
    if (i + 1 < kOctets && *end != ':') return std::nullopt;
  }
  return (mac[0] & 1) != 0 || mac == Mac{} ? std::nullopt : std::optional(mac);
}

std::vector<Mac> ReadMacs(const Field& field) {
  const std::string allowed = "the MAC address of one station, as in \"00:00:5e:00:01:01\"";
  std::vector<Mac> macs;
  for (const Field& element : field.List("an array of MAC addresses")) {
    const auto text = element.String(allowed);
    if (!text) continue;
    const auto mac = ParseMac(*text);
    if (!mac) {
      element.Fail(Quoted(*text) + " is no station's MAC address", allowed);
    } else if (std::find(macs.begin(), macs.end(), *mac) != macs.end()) {
      element.Fail(Quoted(*text) + " is there already", "each address once");
    } else {
      macs.push_back(*mac);
    }
  }
  return macs;
}

PerFamily<Groups> ReadDelivered(const Field& field) {
  PerFamily<Groups> groups;
  for (const Field& element : field.List("an array of groups")) {
    const std::optional<AnyAddress> read = ReadAnyGroup(element);
    if (!read) continue;
    std::visit(
        [&]<class Address>(const Address& group) {
          auto& of_family = groups.of<typename Address::Family>();
          if (std::find(of_family.begin(), of_family.end(), group) != of_family.end()) {
            element.Fail(group.ToString() + " is there already", "each group once");
          } else {
            of_family.push_back(group);
          }
        },
        *read);
  }
  return groups;
}

InterfaceDraft ReadInterface(Table table, const PerFamily<Prefixes>& ssm) {
  Interface interface;
  const Field name = table.Require("name");
  Assign(&interface.name, name.String(std::string(kNameRule)));
  if (!interface.name.empty() && !IsName(interface.name)) {
    name.Fail(Quoted(interface.name) + " is no name", kNameRule);
  }
  const Field index = table.Get("index");
  const auto number = index.Integer(1, kHighestIndex);
  const Field device = table.Get("device");
  Assign(&interface.device, device.String("a DPDK device: a PCI address, or a virtual device with its arguments"));
  const Field parent = table.Get("parent");
  std::vector<std::unique_ptr<KindKeys>> kinds;
  for (const InterfaceKind& kind : InterfaceKinds()) kinds.push_back(kind.read(table));
  const Field mtu = table.Get("mtu");
  Assign(&interface.mtu, mtu.Integer(kLowestMtu, kHighestMtu));
  Assign(&interface.ttl_threshold, table.Get("ttl_threshold").Integer(0, 255));
  const Field rx_queues = table.Get("rx_queues");
  Assign(&interface.rx_queues, rx_queues.Integer(1, kMostRxQueues));
  const Field worker = table.Get("worker");
  if (const auto lcore = worker.Integer(0, UINT32_MAX, "one of dpdk.workers")) {
    interface.worker = static_cast<LcoreId>(*lcore);
  }
  const Field late = table.Get("late");
  Assign(&interface.late, late.Boolean());
  const Field complete_checksums = table.Get("complete_checksums");
  interface.complete_checksums = ReadCompleteChecksums(complete_checksums);
  interface.macs = ReadMacs(table.Get("macs"));
  const Field tap = table.Get("tap");
  Assign(&interface.tap, tap.Boolean());
  if (interface.tap && interface.name.size() > kLongestNetdev) {
    name.Fail(Quoted(interface.name) + " is too long for the name of its twin (tap = true)",
              "at most " + std::to_string(kLongestNetdev) + " characters");
  }
  const Field tap_all = table.Get("tap_all");
  Assign(&interface.tap_all, tap_all.Boolean());
  const Field ipv6 = table.Get("ipv6");
  static constexpr std::pair<std::string_view, bool> kAuto[] = {{"static", false}, {"auto", true}};
  Assign(&interface.ipv6_auto, ipv6.Choice<bool>(kAuto));
  const Field deliver = table.Get("deliver");
  interface.deliver = ReadDelivered(deliver);
  for (const Field* field : {&tap_all, &ipv6, &deliver}) {
    if (field->present() && !interface.tap) field->Fail("the interface has no twin", "the key beside tap = true");
  }

  PerFamily<PlacedAddresses> addresses;
  bool addresses_refused = false;
  for (const Field& element : table.Get("addresses").List("an array of addresses with prefix lengths")) {
    if (!ReadLinkAddress(element, &addresses)) addresses_refused = true;
  }
  PerFamily<PlacedPrefixes> boundary;
  for (const Field& element : table.Get("boundary").List("an array of prefixes of groups")) {
    ReadBoundary(element, &boundary);
  }
  // Scopes 0 to 2 never cross an interface, and a border of the global scope would be one of everything.
  Assign(&interface.scope_boundary, table.Get("scope_boundary").Integer(3, 13));
  PerFamily<PlacedJoins> join = ReadJoins(table.Get("join"), ssm);
  table.Finish();
  return {
      .interface = std::move(interface),
      .table = table,
      .name = name,
      .index = index,
      .device = device,
      .parent = parent,
      .kinds = std::move(kinds),
      .mtu = mtu,
      .rx_queues = rx_queues,
      .worker = worker,
      .late = late,
      .complete_checksums = complete_checksums,
      .number = static_cast<uint32_t>(number.value_or(0)),
      .addresses = std::move(addresses),
      .addresses_refused = addresses_refused,
      .boundary = std::move(boundary),
      .join = std::move(join),
  };
}

}  // namespace

void ReadInterfaces(Table& root, const Dpdk& dpdk, const PerFamily<Prefixes>& ssm, std::vector<Interface>* interfaces) {
  std::vector<InterfaceDraft> drafts;
  for (const Table& table : root.Get("interface").Tables()) {
    if (drafts.size() == kMaxInterfaces) {
      table.Fail("more interfaces than can be told apart", std::to_string(kMaxInterfaces) + " in the whole file");
      break;
    }
    drafts.push_back(ReadInterface(table, ssm));
    if (drafts.back().number == 0) drafts.back().number = static_cast<uint32_t>(drafts.size());
  }
  ConnectInterfaces(dpdk, &drafts);
  for (InterfaceDraft& draft : drafts) {
    ConnectJoins(&draft);
    interfaces->push_back(std::move(draft.interface));
  }
}

}  // namespace mgmd::config
