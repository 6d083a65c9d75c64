#ifndef MGMD_CONTROL_CONFIG_INTERFACE_DRAFT_H_
#define MGMD_CONTROL_CONFIG_INTERFACE_DRAFT_H_

// An [[interface]] whose keys have been read one by one and that has not been compared with the others yet.

#include <memory>
#include <vector>

#include "control/config/config.h"
#include "control/config/interface_kind.h"
#include "control/config/table.h"

namespace mgmd::config {

template <class T>
struct Placed {
  Field field;
  T value;
};

template <class Family>
using PlacedAddresses = std::vector<Placed<InterfaceAddress<Family>>>;
template <class Family>
using PlacedPrefixes = std::vector<Placed<typename Family::Prefix>>;
template <class Family>
using PlacedJoins = std::vector<Placed<membership::StaticMember<Family>>>;

struct InterfaceDraft {
  Interface
      interface;  // all but id, port, addresses, boundaries, joins, what its kind makes of it and what is inherited
  Table table;
  Field name;
  Field index;
  Field device;
  Field parent;
  std::vector<std::unique_ptr<KindKeys>> kinds;  // of each of InterfaceKinds()
  Field mtu;
  Field rx_queues;
  Field worker;
  Field late;
  Field complete_checksums;
  uint32_t number = 0;  // its index
  PerFamily<PlacedAddresses> addresses;
  bool addresses_refused = false;  // some of them: its families and links are not known
  PerFamily<PlacedPrefixes> boundary;
  PerFamily<PlacedJoins> join;

  // The place among `kinds` of the first whose mark is there; their number if there is none.
  size_t kind() const;
};

// Compares the interfaces with each other and with the workers, and completes them: ids, ports, what they have from
// their ports.
void ConnectInterfaces(const Dpdk& dpdk, std::vector<InterfaceDraft>* drafts);

// `join`, of an interface of which everything else is known: what cannot be joined there is reported.
PerFamily<PlacedJoins> ReadJoins(const Field& field, const PerFamily<Prefixes>& ssm);
void ConnectJoins(InterfaceDraft* draft);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_INTERFACE_DRAFT_H_
