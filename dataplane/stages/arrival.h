#ifndef MGMD_DATAPLANE_STAGES_ARRIVAL_H_
#define MGMD_DATAPLANE_STAGES_ARRIVAL_H_

// The interface that a frame arrives on: by its port and VLAN, or by an encapsulation that is taken off first. It is a
// slot for each family of packets that it may bring.

#include <rte_mbuf.h>

#include <cstdint>

#include "common/local_class.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

// An arrival interface, asked once for packets in a row.
struct Arrival {
  // In one family.
  struct Side {
    uint16_t slot = Value(kNoSlot);
    Gate gate;
  };

  uint32_t found_by = UINT32_MAX;  // VLAN and slot of the encapsulation: no packet's at first
  Side ipv4;
  Side ipv6;
  LocalClasses wanted;  // of frames without IP, which are IPv4's slot's
};

// The interface whose encapsulation the frame has, which is then taken off: the first of its slots; Value(kNoSlot):
// none of those that begin with `slot` has it.
uint16_t Decapsulate(const InterfaceTable& interfaces, uint16_t slot, rte_mbuf* mbuf);

// The slots of the interface that Decapsulate() has found, where its frames come with that VLAN.
void FindEncapsulated(const InterfaceTable& interfaces, uint16_t encapsulated, uint32_t vlan, Arrival& arrival);

// By its VLAN, and by the interface whose encapsulation has been taken off, if that is one.
inline void FindArrival(const InterfaceTable& interfaces, uint16_t port, uint32_t vlan, uint16_t encapsulated,
                        Arrival& arrival) {
  const uint32_t found_by = vlan | uint32_t{encapsulated} << 16;
  if (found_by == arrival.found_by) return;
  arrival.found_by = found_by;
  if (encapsulated != Value(kNoSlot)) [[unlikely]] {
    FindEncapsulated(interfaces, encapsulated, vlan, arrival);
  } else {
    arrival.ipv4.slot = interfaces.Arrival<Ipv4>(port, static_cast<uint16_t>(vlan));
    arrival.ipv6.slot = interfaces.Arrival<Ipv6>(port, static_cast<uint16_t>(vlan));
  }
  // The line of no slot is nobody's: it is down, and nothing is wanted of it.
  arrival.ipv4.gate = interfaces.line(arrival.ipv4.slot).load_gate();
  arrival.ipv6.gate = interfaces.line(arrival.ipv6.slot).load_gate();
  arrival.wanted = interfaces.line(arrival.ipv4.slot).load_wanted();
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_ARRIVAL_H_
