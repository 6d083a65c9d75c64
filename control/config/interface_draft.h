#ifndef MGMD_CONTROL_CONFIG_INTERFACE_DRAFT_H_
#define MGMD_CONTROL_CONFIG_INTERFACE_DRAFT_H_

// An [[interface]] whose keys have been read one by one and that has not been compared with the others yet.

#include <vector>

#include "control/config/config.h"
#include "control/config/table.h"

namespace mgmd::config {

template <class T>
struct Placed {
  Field field;
  T value;
};

struct InterfaceDraft {
  Interface interface;  // all but id, parent and what is inherited
  Table table;
  Field name;
  Field index;
  Field device;
  Field parent;
  Field vlan;
  Field pcp;
  Field mtu;
  Field rx_queues;
  Field worker;
  Field complete_checksums;
  uint32_t number = 0;  // its index
  std::vector<Placed<InterfaceAddress>> addresses;
  std::vector<Placed<Ipv4Prefix>> boundary;
};

// Compares the interfaces with each other and with the workers, and completes them: ids, parents, what a VLAN has from
// its port.
void ConnectInterfaces(const Dpdk& dpdk, std::vector<InterfaceDraft>* drafts);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_INTERFACE_DRAFT_H_
