#include "control/config/interface_draft.h"
#include "control/config/names.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

constexpr int64_t kHighestIndex = 0x7FFFFFFF;  // InterfaceIndex, RFC 2863
constexpr int64_t kHighestMtu = 65000;         // a frame and what precedes it fit a packet buffer of 64 KB
constexpr int64_t kMostRxQueues = 1024;

// "10.0.0.254/24": a host's address on a link.
std::optional<InterfaceAddress> ReadAddress(const Field& field) {
  const std::string allowed = "an address with its link's prefix length, as in \"10.0.0.254/24\"";
  const auto text = field.String(allowed);
  if (!text) return std::nullopt;
  const size_t slash = text->find('/');
  const auto address = Ipv4Address::Parse(std::string_view(*text).substr(0, slash));
  const auto length = slash == std::string::npos ? std::nullopt : Ipv4Prefix::Parse("0.0.0.0" + text->substr(slash));
  if (!address || !length || length->length() == 0) {
    field.Fail(Quoted(*text) + " is no address of an interface", allowed);
    return std::nullopt;
  }
  const InterfaceAddress result{*address, length->length()};
  const Ipv4Prefix prefix = result.prefix();
  const uint32_t hosts = ~prefix.mask().host_order();
  const bool reserved = result.length < 31 && (*address == prefix.address() ||
                                               address->host_order() == (prefix.address().host_order() | hosts));
  if (!address->is_valid_source() || reserved) {
    field.Fail(Quoted(*text) + " is no host's address", allowed);
    return std::nullopt;
  }
  return result;
}

std::optional<Ipv4Prefix> ReadBoundary(const Field& field) {
  const std::string allowed = "an IPv4 prefix of groups, as in \"239.255.0.0/16\"";
  const auto prefix = field.Prefix(allowed);
  if (!prefix) return std::nullopt;
  if (prefix->address().is_multicast() && prefix->length() >= Ipv4::kAllGroupsLength) return prefix;
  field.Fail(prefix->ToString() + " is no range of groups", allowed);
  return std::nullopt;
}

// Absent: auto.
std::optional<bool> ReadCompleteChecksums(const Field& field) {
  const std::string allowed = "\"auto\", or true or false without quotes";
  if (!field.is_string()) return field.Boolean(allowed);
  const auto word = field.String(allowed);
  if (word && *word != "auto") field.Fail(Quoted(*word) + " is unknown", allowed);
  return std::nullopt;
}

InterfaceDraft ReadInterface(Table table, const BuiltRooms& rooms) {
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
  const Field complete_checksums = table.Get("complete_checksums");
  interface.complete_checksums = ReadCompleteChecksums(complete_checksums);
  const Field tap = table.Get("tap");
  Assign(&interface.tap, tap.Boolean());
  if (interface.tap && !rooms.tap) tap.Fail("not in this build", "false");

  std::vector<Placed<InterfaceAddress>> addresses;
  for (const Field& element : table.Get("addresses").List("an array of addresses with prefix lengths")) {
    if (const auto address = ReadAddress(element)) addresses.push_back({element, *address});
  }
  std::vector<Placed<Ipv4Prefix>> boundary;
  for (const Field& element : table.Get("boundary").List("an array of IPv4 prefixes of groups")) {
    if (const auto prefix = ReadBoundary(element)) boundary.push_back({element, *prefix});
  }
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
      .complete_checksums = complete_checksums,
      .number = static_cast<uint32_t>(number.value_or(0)),
      .addresses = std::move(addresses),
      .boundary = std::move(boundary),
  };
}

}  // namespace

void ReadInterfaces(Table& root, const Dpdk& dpdk, const BuiltRooms& rooms, std::vector<Interface>* interfaces) {
  std::vector<InterfaceDraft> drafts;
  for (const Table& table : root.Get("interface").Tables()) {
    if (drafts.size() == kMaxInterfaces) {
      table.Fail("more interfaces than can be told apart", std::to_string(kMaxInterfaces) + " in the whole file");
      break;
    }
    drafts.push_back(ReadInterface(table, rooms));
    if (drafts.back().number == 0) drafts.back().number = static_cast<uint32_t>(drafts.size());
  }
  ConnectInterfaces(dpdk, &drafts);
  for (InterfaceDraft& draft : drafts) interfaces->push_back(std::move(draft.interface));
}

}  // namespace mgmd::config
