#include <algorithm>
#include <map>
#include <set>

#include "control/config/interface_draft.h"
#include "control/config/names.h"

namespace mgmd::config {
namespace {

using Drafts = std::vector<InterfaceDraft>;

constexpr size_t kMostPorts = 32;       // RTE_MAX_ETHPORTS of Debian's DPDK
constexpr size_t kLongestDevice = 63;   // RTE_DEV_NAME_MAX_LEN
constexpr size_t kMostBoundaries = 64;  // a worker compares boundaries as one 64-bit mask

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

// A port has a device, a VLAN has parent and vlan.
void CheckKinds(const Drafts& drafts) {
  constexpr const char* kKinds = "either device, or parent and vlan";
  for (const InterfaceDraft& draft : drafts) {
    if (draft.device.present() && draft.parent.present()) {
      draft.parent.Fail("an interface with a device has no parent", kKinds);
    } else if (!draft.device.present() && !draft.parent.present()) {
      draft.table.Fail("neither a device nor a parent", kKinds);
    } else if (draft.vlan.present() && !draft.parent.present()) {
      draft.vlan.Fail("an interface with a device has no vlan", kKinds);
    } else if (draft.interface.pcp && !draft.parent.present()) {
      draft.pcp.Fail("what leaves an interface without a vlan has no tag", "\"keep\", or no pcp");
    } else if (draft.parent.present() && !draft.vlan.present()) {
      draft.table.Fail("a parent without a vlan", kKinds);
    }
    if (!draft.parent.present()) continue;
    for (const Field* field : {&draft.rx_queues, &draft.worker}) {
      if (field->present()) field->Fail("a VLAN has no queues of its own", "the key on its port");
    }
    if (draft.complete_checksums.present())
      draft.complete_checksums.Fail("a VLAN has the senders of its port", "the key on its port");
  }
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
    if (const InterfaceDraft* other = devices.Take(device, draft)) {
      draft.device.Fail(Quoted(device) + " is taken by the interface " + AtLine(other->table), "a device of its own");
    }
    if (++ports == kMostPorts + 1) {
      draft.device.Fail("more devices than DPDK has ports", "32 devices; larger fan-outs by VLANs");
    }
  }
}

void ConnectParents(Drafts& drafts) {
  std::vector<std::string> all;
  for (const InterfaceDraft& draft : drafts) all.push_back(draft.interface.name);
  const NameIndex names(std::move(all));
  std::map<std::pair<size_t, VlanId>, const InterfaceDraft*> vlans;
  for (InterfaceDraft& draft : drafts) {
    if (!draft.parent.present()) continue;
    const auto place = names.Resolve(draft.parent);
    if (!place) continue;
    const InterfaceDraft& port = drafts[*place];
    if (port.parent.present()) {
      draft.parent.Fail(Quoted(port.interface.name) + " is a VLAN itself", "an interface with a device");
      continue;
    }
    draft.interface.parent = port.interface.id;
    if (!draft.mtu.present()) draft.interface.mtu = port.interface.mtu;
    draft.interface.complete_checksums = port.interface.complete_checksums;
    if (draft.interface.mtu > port.interface.mtu) {
      draft.mtu.Fail(std::to_string(draft.interface.mtu) + " is above the port's",
                     "at most " + std::to_string(port.interface.mtu));
    }
    if (draft.interface.vlan == kNoVlan) continue;
    const auto [other, is_new] = vlans.emplace(std::pair(*place, draft.interface.vlan), &draft);
    if (!is_new) {
      draft.vlan.Fail("VLAN " + std::to_string(Value(draft.interface.vlan)) + " of " + Quoted(port.interface.name) +
                          " is taken by the interface " + AtLine(other->second->table),
                      "each VLAN of a port once");
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

void ConnectAddresses(Drafts& drafts) {
  Taken<Ipv4Address> addresses;
  Taken<Ipv4Prefix> prefixes;
  for (InterfaceDraft& draft : drafts) {
    for (const auto& [field, value] : draft.addresses) {
      const InterfaceDraft* same_address = addresses.Take(value.address, draft);
      const InterfaceDraft* same_prefix = prefixes.Take(value.prefix(), draft);
      if (same_address != nullptr) {
        field.Fail(value.address.ToString() + " is taken by the interface " + AtLine(same_address->table),
                   "each address once");
      } else if (same_prefix != nullptr && same_prefix != &draft) {
        field.Fail(value.prefix().ToString() + " is the prefix of the interface " + AtLine(same_prefix->table),
                   "each prefix on one interface, since it is the route to its sources");
      }
      draft.interface.addresses.push_back(value);
    }
  }
}

void ConnectBoundaries(Drafts& drafts) {
  // Where there is any boundary, this one is, too (RFC 2365 section 6.1).
  std::set<Ipv4Prefix> distinct = {Ipv4Prefix(Ipv4Address(239, 255, 0, 0), 16)};
  for (InterfaceDraft& draft : drafts) {
    std::set<Ipv4Prefix> own;
    for (const auto& [field, prefix] : draft.boundary) {
      if (!own.insert(prefix).second) {
        field.Fail(prefix.ToString() + " is there already", "each prefix once");
        continue;
      }
      draft.interface.boundary.push_back(prefix);
      if (distinct.insert(prefix).second && distinct.size() == kMostBoundaries + 1) {
        field.Fail("more distinct boundaries than can be told apart",
                   "64 in the whole file, 239.255.0.0/16 counted, which every boundary has with it");
      }
    }
  }
}

}  // namespace

void ConnectInterfaces(const Dpdk& dpdk, Drafts* drafts) {
  CheckNamesAndIndices(*drafts);
  CheckKinds(*drafts);
  CheckDevices(*drafts);
  ConnectParents(*drafts);
  CheckWorkers(*drafts, dpdk.workers);
  ConnectAddresses(*drafts);
  ConnectBoundaries(*drafts);
}

}  // namespace mgmd::config
