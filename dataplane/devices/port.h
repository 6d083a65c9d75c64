#ifndef MGMD_DATAPLANE_DEVICES_PORT_H_
#define MGMD_DATAPLANE_DEVICES_PORT_H_

// A DPDK port: configured once, started, stopped. One thread at a time, while no worker polls it or sends by it.
//
// Every port gets one tx queue for each worker, so that no two workers ever share a queue, and as
// many rx queues as asked for. RSS is used only with several rx queues and hashes addresses only,
// so that the fragments of a packet stay on one queue and in order. Ports receive all multicast, and
// everything where they cannot receive that or a further station's frames alone. No rx interrupts; it
// tells when it is unplugged, if it can. No MBUF_FAST_FREE: what leaves comes from several pools and
// may be shared.

#include <rte_mempool.h>

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

struct PortSettings {
  uint16_t rx_queues = 1;
  uint16_t tx_queues = 1;       // the number of workers
  uint16_t mtu = 1500;          // largest IP packet of the interfaces on the port
  bool vlans = false;           // interfaces with a tag sit on the port: frames may be four octets longer
  bool set_mtu = true;          // false: the device carries packets of that MTU already
  bool spread = false;          // what arrives is spread over the rx queues before the device: no RSS
  uint16_t descriptors = 1024;  // asked for per queue; the device's limits have the last word
  rte_mempool* rx_pool = nullptr;
  std::vector<MacAddress> macs{};  // of stations whose frames it receives, besides its own
};

// A port that has been opened.
struct Port {
  uint16_t id = kNoPort;
  std::string device;
  MacAddress mac{};
  bool multi_segs = false;  // chained mbufs may be handed to it: sharing is possible
  // Packets come from hosts beside it on the same machine, by no network card: their UDP and TCP
  // checksums may have been left to one (l4_checksum.h).
  bool local_senders = false;
};

struct PortResult {
  bool ok = false;
  std::string message;  // not ok: what the device has and what is needed
  Port port;
};

// Configures the port `id` and starts it.
PortResult OpenPort(uint16_t id, const PortSettings& settings);

// Stops the port and gives its queues' buffers back. The device stays attached.
void StopPort(uint16_t id);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_DEVICES_PORT_H_
