#include <algorithm>
#include <map>
#include <set>

#include "common/ipv6_header.h"
#include "control/config/interface_draft.h"
#include "control/config/names.h"

namespace mgmd::config {
namespace {

using Drafts = std::vector<InterfaceDraft>;

constexpr size_t kMostPorts = 32;      // RTE_MAX_ETHPORTS of Debian's DPDK
constexpr size_t kLongestDevice = 63;  // RTE_DEV_NAME_MAX_LEN
// A worker compares boundaries as one 64-bit mask; of IPv6 the 16 scopes have bits of it, too.
constexpr size_t kMostIpv4Boundaries = 64;
constexpr size_t kMostIpv6Boundaries = 48;

std::string AtLine(const Table& table) { return "at line " + std::to_string(table.position().line); }

// Two interfaces with the same value, reported at the later one.
template <class T>
class Taken {
 public:
  // Where it was taken before, or null, and then it is taken from now on.
  const InterfaceDraft* Take(const T& value, const InterfaceDraft& draft) {
    const auto [place, taken_now] = by_value_.emplace(value, &draft);
    return taken_now ? nullptr : place->second;
  }

 private:
  std::map<T, const InterfaceDraft*> by_value_;
};

void CheckNamesAndIndices(Drafts& drafts) {
  Taken<std::string> names;
  Taken<uint32_t> indices;
  for (InterfaceDraft& draft : drafts) {
    const std::string& name = draft.interface.name;
    const InterfaceDraft* other = name.empty() ? nullptr : names.Take(name, draft);
    if (other != nullptr) {
      draft.name.Fail(Quoted(name) + " is taken by the interface " + AtLine(other->table), "a name of its own");
    }
    other = indices.Take(draft.number, draft);
    if (other != nullptr) {
      draft.index.Fail(std::to_string(draft.number) +
                           (draft.index.present() ? "" : ", the interface's place in the file,") +
                           " is taken by the interface " + AtLine(other->table),
                       "an index of its own");
    }
    draft.interface.id = {.index = draft.number, .next_hop = {}};
  }
}

// What an interface with a parent is called: "a VLAN".
std::string NameOfKind(const InterfaceDraft& draft) {
  const size_t kind = draft.kind();
  return kind < draft.kinds.size() ? "a " + std::string(InterfaceKinds()[kind].noun) : "an interface with a parent";
}

// The marks of all kinds, with words between.
std::string Marks(std::string_view between) {
  std::string text;
  for (const InterfaceKind& kind : InterfaceKinds()) text.append(text.empty() ? "" : between).append(kind.mark);
  return text;
}

// The interface, with what `has` names, is of no kind but the one at `own`.
void RefuseOtherKinds(const InterfaceDraft& draft, size_t own, std::string_view has, const std::string& allowed) {
  for (size_t i = 0; i < draft.kinds.size(); ++i) {
    if (i == own) continue;
    if (draft.kinds[i]->mark().present()) {
      draft.kinds[i]->mark().Fail(
          "an interface with a " + std::string(has) + " has no " + std::string(InterfaceKinds()[i].mark), allowed);
    } else {
      draft.kinds[i]->Refuse();
    }
  }
}

// A port has a device, every other interface a parent and the mark of its kind.
void CheckKinds(const Drafts& drafts) {
  const std::string allowed = "either device, or parent and " + Marks(", or parent and ");
  for (const InterfaceDraft& draft : drafts) {
    const size_t kind = draft.kind();
    if (draft.device.present() && draft.parent.present()) {
      draft.parent.Fail("an interface with a device has no parent", allowed);
    } else if (!draft.device.present() && !draft.parent.present()) {
      draft.table.Fail("neither a device nor a parent", allowed);
    } else if (draft.device.present()) {
      RefuseOtherKinds(draft, draft.kinds.size(), "device", allowed);
    } else if (kind == draft.kinds.size()) {
      draft.table.Fail("a parent without a " + Marks(" or a "), allowed);
    } else {
      RefuseOtherKinds(draft, kind, InterfaceKinds()[kind].mark, allowed);
    }
    if (!draft.parent.present()) continue;
    for (const Field* field : {&draft.rx_queues, &draft.worker}) {
      if (field->present()) field->Fail(NameOfKind(draft) + " has no queues of its own", "the key on its port");
    }
    if (draft.late.present()) draft.late.Fail(NameOfKind(draft) + " comes with its port", "the key on its port");
    if (draft.complete_checksums.present())
      draft.complete_checksums.Fail(NameOfKind(draft) + " has the senders of its port", "the key on its port");
  }
}

// Whether somebody tells when the device appears: of a netdev the kernel does, and of a card, which has a PCI address.
bool CanComeLater(std::string_view device) {
  return device.starts_with("net_af_packet") || device.starts_with("net_af_xdp") || device.find(':') != device.npos;
}

void CheckDevices(const Drafts& drafts) {
  Taken<std::string> devices;
  size_t ports = 0;
  for (const InterfaceDraft& draft : drafts) {
    if (draft.interface.device.empty()) continue;
    const std::string device = draft.interface.device.substr(0, draft.interface.device.find(','));
    if (device.size() > kLongestDevice) {
      draft.device.Fail("the device's name is too long", "at most 63 bytes before the first comma");
    }
    if (draft.interface.late && !CanComeLater(device)) {
      draft.late.Fail("nobody tells when " + Quoted(device) + " is there",
                      "true with a PCI address, net_af_packet or net_af_xdp");
    }
    if (const InterfaceDraft* other = devices.Take(device, draft)) {
      draft.device.Fail(Quoted(device) + " is taken by the interface " + AtLine(other->table), "a device of its own");
    }
    if (++ports == kMostPorts + 1) {
      draft.device.Fail("more devices than DPDK has ports", "32 devices; larger fan-outs by VLANs");
    }
  }
}

// Its MTU is its port's, less what stands in front of an ordinary frame.
void ConnectMtu(InterfaceDraft& draft, const Interface& port) {
  Interface& interface = draft.interface;
  const int front = interface.encapsulation ? interface.encapsulation->front() : 0;
  const int most = port.mtu - front;
  const std::string less = front > 0 ? " less the " + std::to_string(front) + " octets that are put in front" : "";
  if (most < kLowestMtu) {
    draft.parent.Fail("the mtu of " + Quoted(port.name) + less + " is too small for IPv4",
                      "a port with an mtu of at least " + std::to_string(kLowestMtu + front));
  } else if (!draft.mtu.present()) {
    interface.mtu = static_cast<uint16_t>(most);
  } else if (interface.mtu > most) {
    draft.mtu.Fail(std::to_string(interface.mtu) + " is above the port's" + less, "at most " + std::to_string(most));
  }
}

void ConnectPorts(Drafts& drafts) {
  std::vector<std::string> all;
  for (const InterfaceDraft& draft : drafts) all.push_back(draft.interface.name);
  const NameIndex names(std::move(all));
  Taken<std::pair<size_t, std::string>> arrivals;
  for (InterfaceDraft& draft : drafts) {
    draft.interface.port = draft.interface.id;
    if (!draft.parent.present()) continue;
    const auto place = names.Resolve(draft.parent);
    if (!place) continue;
    const InterfaceDraft& port = drafts[*place];
    if (port.parent.present()) {
      draft.parent.Fail(Quoted(port.interface.name) + " is " + NameOfKind(port) + " itself",
                        "an interface with a device");
      continue;
    }
    draft.interface.port = port.interface.id;
    draft.interface.complete_checksums = port.interface.complete_checksums;
    const size_t kind = draft.kind();
    if (kind < draft.kinds.size()) draft.kinds[kind]->Complete(&draft.interface);
    ConnectMtu(draft, port.interface);
    const auto own = kind < draft.kinds.size() ? draft.kinds[kind]->Arrivals() : std::nullopt;
    if (!own) continue;
    if (const InterfaceDraft* other = arrivals.Take({*place, *own}, draft)) {
      draft.kinds[kind]->mark().Fail(
          *own + " of " + Quoted(port.interface.name) + " is taken by the interface " + AtLine(other->table),
          "each " + std::string(InterfaceKinds()[kind].noun) + " of a port once");
    }
  }
}

void CheckWorkers(const Drafts& drafts, const std::vector<LcoreId>& workers) {
  std::string allowed;
  for (const LcoreId lcore : workers) allowed += (allowed.empty() ? "" : ", ") + std::to_string(Value(lcore));
  for (const InterfaceDraft& draft : drafts) {
    const auto worker = draft.interface.worker;
    // Without any worker there is an error about that already.
    if (!worker || workers.empty() || std::find(workers.begin(), workers.end(), *worker) != workers.end()) continue;
    draft.worker.Fail("lcore " + std::to_string(Value(*worker)) + " is not in dpdk.workers", allowed);
  }
}

// Of the addresses and prefixes that several interfaces may have: of which it is this one.
uint32_t LinkOf(const Ipv4Address&, const InterfaceDraft&) { return 0; }
uint32_t LinkOf(const Ipv6Address& address, const InterfaceDraft& draft) {
  return address.is_link_local() ? draft.number : 0;
}

template <class Family>
void ConnectAddresses(Drafts& drafts) {
  Taken<std::pair<uint32_t, typename Family::Address>> addresses;
  Taken<std::pair<uint32_t, typename Family::Prefix>> prefixes;
  for (InterfaceDraft& draft : drafts) {
    for (const auto& [field, value] : draft.addresses.of<Family>()) {
      const uint32_t link = LinkOf(value.address, draft);
      const InterfaceDraft* same_address = addresses.Take({link, value.address}, draft);
      const InterfaceDraft* same_prefix = prefixes.Take({link, value.prefix()}, draft);
      if (same_address != nullptr) {
        field.Fail(value.address.ToString() + " is taken by the interface " + AtLine(same_address->table),
                   "each address once");
      } else if (same_prefix != nullptr && same_prefix != &draft) {
        field.Fail(value.prefix().ToString() + " is the prefix of the interface " + AtLine(same_prefix->table),
                   "each prefix on one interface, since it is the route to its sources");
      }
      // Where some were refused it is as one without any, so that nothing else is refused for what was meant there.
      if (!draft.addresses_refused) draft.interface.addresses.of<Family>().push_back(value);
    }
  }
}

void CheckIpv6Mtu(const Drafts& drafts) {
  const std::string allowed = "at least " + std::to_string(kLowestIpv6Mtu) + ", or no IPv6 addresses";
  for (const InterfaceDraft& draft : drafts) {
    const uint16_t mtu = draft.interface.mtu;
    if (draft.addresses.of<Ipv6>().empty() || mtu >= kLowestIpv6Mtu) continue;
    if (draft.mtu.present()) {
      draft.mtu.Fail(std::to_string(mtu) + " is too small for IPv6", allowed);
    } else {
      draft.table.Fail("the mtu that its port leaves it, " + std::to_string(mtu) + ", is too small for IPv6", allowed);
    }
  }
}

// `distinct`: those that are there without being named. `most`: of them in the whole file.
template <class Family>
void ConnectBoundaries(Drafts& drafts, std::set<typename Family::Prefix> distinct, size_t most,
                       std::string_view allowed) {
  for (InterfaceDraft& draft : drafts) {
    std::set<typename Family::Prefix> own;
    for (const auto& [field, prefix] : draft.boundary.of<Family>()) {
      if (!own.insert(prefix).second) {
        field.Fail(prefix.ToString() + " is there already", "each prefix once");
        continue;
      }
      draft.interface.boundary.of<Family>().push_back(prefix);
      if (distinct.insert(prefix).second && distinct.size() == most + 1) {
        field.Fail("more distinct boundaries than can be told apart", allowed);
      }
    }
  }
}

}  // namespace

size_t InterfaceDraft::kind() const {
  const auto marked = std::find_if(kinds.begin(), kinds.end(), [](const auto& keys) { return keys->mark().present(); });
  return static_cast<size_t>(marked - kinds.begin());
}

void ConnectInterfaces(const Dpdk& dpdk, Drafts* drafts) {
  CheckNamesAndIndices(*drafts);
  CheckKinds(*drafts);
  CheckDevices(*drafts);
  ConnectPorts(*drafts);
  CheckWorkers(*drafts, dpdk.workers);
  ForEachFamily([&]<class Family>() { ConnectAddresses<Family>(*drafts); });
  CheckIpv6Mtu(*drafts);
  // Where there is any boundary, this one is, too (RFC 2365 section 6.1).
  ConnectBoundaries<Ipv4>(*drafts, {Ipv4Prefix(Ipv4Address(239, 255, 0, 0), 16)}, kMostIpv4Boundaries,
                          "64 in the whole file, 239.255.0.0/16 counted, which every boundary has with it");
  ConnectBoundaries<Ipv6>(*drafts, {}, kMostIpv6Boundaries, "48 of IPv6 in the whole file");
}

}  // namespace mgmd::config
