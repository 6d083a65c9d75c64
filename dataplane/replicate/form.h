#ifndef MGMD_DATAPLANE_REPLICATE_FORM_H_
#define MGMD_DATAPLANE_REPLICATE_FORM_H_

// What the forms of a copy have in common: the packets and the oif that they are asked to serve.

#include <cstddef>
#include <cstdint>

#include "common/encapsulation.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/tx/tx_port.h"

namespace mgmd::dataplane {

// Packets begin to end - 1 of a batch.
struct Packets {
  uint32_t begin;
  uint32_t end;

  uint32_t size() const { return end - begin; }
};

// The oif whose copies are made.
struct Output {
  Output(uint16_t slot_number, const InterfaceLine& line, TxPort& tx_port, size_t claims)
      : slot(slot_number),
        claims_left(claims),
        egress(line),
        encapsulation(line.encapsulation.load(std::memory_order_relaxed)),
        port(tx_port) {}

  // Octets that the frame begins earlier than the untagged header.
  uint32_t front() const { return egress.front() + (encapsulation != nullptr ? uint32_t{encapsulation->front()} : 0); }

  const uint16_t slot;
  const size_t claims_left;  // claims.h; this oif's included
  const Egress egress;
  const Encapsulation* const encapsulation;  // nullptr: an ordinary interface
  TxPort& port;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_FORM_H_
