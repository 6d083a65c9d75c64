#ifndef MGMD_DATAPLANE_STAGES_ARRIVAL_H_
#define MGMD_DATAPLANE_STAGES_ARRIVAL_H_

// The interface that a frame arrives on: by its port and VLAN, or by an encapsulation that is taken off first.

#include <rte_mbuf.h>

#include <cstdint>

#include "common/local_class.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

// An arrival interface, asked once for packets in a row.
struct Arrival {
  uint32_t found_by = UINT32_MAX;  // VLAN and slot of the encapsulation: no packet's at first
  uint16_t slot = Value(kNoSlot);
  Gate gate;
  LocalClasses wanted;
};

// The interface whose encapsulation the frame has, which is then taken off; Value(kNoSlot): none of those that begin
// with `slot` has it.
uint16_t Decapsulate(const InterfaceTable& interfaces, uint16_t slot, rte_mbuf* mbuf);

// By its VLAN, and by the interface whose encapsulation has been taken off, if that is one.
inline void FindArrival(const InterfaceTable& interfaces, uint16_t port, uint32_t vlan, uint16_t encapsulated,
                        Arrival& arrival) {
  const uint32_t found_by = vlan | uint32_t{encapsulated} << 16;
  if (found_by == arrival.found_by) return;
  arrival.found_by = found_by;
  arrival.slot = interfaces.Arrival(port, static_cast<uint16_t>(vlan));
  if (encapsulated != Value(kNoSlot)) [[unlikely]] {
    const bool same_vlan = interfaces.line(encapsulated).vlan.load(std::memory_order_relaxed) == vlan;
    arrival.slot = same_vlan ? encapsulated : Value(kNoSlot);
  }
  arrival.wanted = {};
  if (arrival.slot == Value(kNoSlot)) return;
  const InterfaceLine& line = interfaces.line(arrival.slot);
  arrival.gate = line.load_gate();
  arrival.wanted = line.load_wanted();
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_ARRIVAL_H_
