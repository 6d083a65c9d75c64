#include "dataplane/devices/port.h"

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string_view>

namespace mgmd::dataplane {
namespace {

// What a frame has around the IP packet: Ethernet header, one tag, checksum.
constexpr uint32_t kFrameOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
// Addresses only: a fragment has no ports, and must stay on the queue of its packet.
constexpr uint64_t kAddressHash = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER |
                                  RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER;

__attribute__((format(printf, 2, 3))) PortResult Failure(const Port& port, const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  PortResult result;
  result.message = "device " + port.device + ": " + text;
  return result;
}

const char* Reason(int error) { return rte_strerror(-error); }

// Drivers behind whose ports there is a kernel or a guest, and no network card.
bool HasLocalSenders(const char* driver) {
  constexpr std::string_view kDrivers[] = {"net_af_packet", "net_af_xdp",      "net_tap",
                                           "net_virtio",    "net_virtio_user", "net_vhost"};
  return std::find(std::begin(kDrivers), std::end(kDrivers), driver) != std::end(kDrivers);
}

// The device's own MTU covers the largest IP packet of its interfaces; tags come on top on devices
// that count them.
int SetMtu(uint16_t id, const PortSettings& settings) {
  const auto with_tag = static_cast<uint16_t>(settings.mtu + RTE_VLAN_HLEN);
  if (settings.vlans && rte_eth_dev_set_mtu(id, with_tag) == 0) return 0;
  return rte_eth_dev_set_mtu(id, settings.mtu);
}

// False: the device has no filter for so many. One without an address of its own would take the first for that.
bool TakeStations(uint16_t id, const MacAddress& own, const std::vector<MacAddress>& macs) {
  for (const MacAddress& mac : macs) {
    rte_ether_addr address;
    std::memcpy(address.addr_bytes, mac.data(), mac.size());
    if (own == MacAddress{} || rte_eth_dev_mac_addr_add(id, &address, 0) != 0) return false;
  }
  return true;
}

// The largest MTU that the device says it takes; UINT16_MAX: it does not say.
uint16_t LargestMtu(const rte_eth_dev_info& info) {
  if (info.max_mtu != UINT16_MAX) return info.max_mtu;
  const uint32_t frame = info.max_rx_pktlen;
  return frame > kFrameOverhead && frame - kFrameOverhead < UINT16_MAX ? static_cast<uint16_t>(frame - kFrameOverhead)
                                                                       : UINT16_MAX;
}

}  // namespace

PortResult OpenPort(uint16_t id, const PortSettings& settings) {
  Port port;
  port.id = id;
  char name[RTE_ETH_NAME_MAX_LEN] = "?";
  rte_eth_dev_get_name_by_port(id, name);
  port.device = name;
  if (id >= kMaxPorts) return Failure(port, "port id %u, at most %u ports are possible", id, kMaxPorts);

  rte_eth_dev_info info;
  int error = rte_eth_dev_info_get(id, &info);
  if (error != 0) return Failure(port, "gives no information: %s", Reason(error));
  port.local_senders = HasLocalSenders(info.driver_name);
  if (info.max_tx_queues < settings.tx_queues) {
    return Failure(port, "has %u tx queues, %u are needed: one for each worker", info.max_tx_queues,
                   settings.tx_queues);
  }
  if (info.max_rx_queues < settings.rx_queues) {
    return Failure(port, "has %u rx queues, %u are asked for", info.max_rx_queues, settings.rx_queues);
  }
  const bool rss = settings.rx_queues > 1 && !settings.spread;
  // Without it whole packets and fragments of one stream would go to different queues.
  if (rss && (info.flow_type_rss_offloads & RTE_ETH_RSS_IPV4) == 0) {
    return Failure(port, "cannot spread by addresses over %u rx queues; 1 rx queue is possible", settings.rx_queues);
  }

  rte_eth_conf conf = {};
  if (rss) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads & kAddressHash;
  }
  conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  // A device that cannot put a long frame into one buffer has to chain.
  const uint32_t room = rte_pktmbuf_data_room_size(settings.rx_pool) - uint32_t{RTE_PKTMBUF_HEADROOM};
  if (settings.mtu + kFrameOverhead + RTE_VLAN_HLEN > room) {
    conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
  }
  conf.intr_conf.rmv = (*info.dev_flags & RTE_ETH_DEV_INTR_RMV) != 0;
  error = rte_eth_dev_configure(id, settings.rx_queues, settings.tx_queues, &conf);
  if (error != 0) return Failure(port, "cannot be configured: %s", Reason(error));

  error = settings.set_mtu ? SetMtu(id, settings) : 0;
  if (error != 0 && error != -ENOTSUP) {
    uint16_t present = 0;
    rte_eth_dev_get_mtu(id, &present);
    // Devices without an MTU of their own say so in many ways; one with a smaller MTU would cut.
    if (present != 0 && present < settings.mtu) {
      if (const uint16_t most = LargestMtu(info); most < settings.mtu)
        return Failure(port, "takes packets of at most %u octets, and mtu is %u", most, settings.mtu);
      return Failure(port, "has MTU %u, and mtu is %u, which it does not take: %s", present, settings.mtu,
                     Reason(error));
    }
  }

  uint16_t rx_descriptors = settings.descriptors;
  uint16_t tx_descriptors = settings.descriptors;
  error = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rx_descriptors, &tx_descriptors);
  if (error != 0) return Failure(port, "takes no %u descriptors: %s", settings.descriptors, Reason(error));
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id));
  for (uint16_t queue = 0; queue < settings.rx_queues; ++queue) {
    error = rte_eth_rx_queue_setup(id, queue, rx_descriptors, socket, nullptr, settings.rx_pool);
    if (error != 0) return Failure(port, "rx queue %u of %u: %s", queue, settings.rx_queues, Reason(error));
  }
  for (uint16_t queue = 0; queue < settings.tx_queues; ++queue) {
    error = rte_eth_tx_queue_setup(id, queue, tx_descriptors, socket, nullptr);
    if (error != 0) return Failure(port, "tx queue %u of %u: %s", queue, settings.tx_queues, Reason(error));
  }
  error = rte_eth_dev_start(id);
  if (error != 0) return Failure(port, "does not start: %s", Reason(error));
  rte_ether_addr mac;
  if (rte_eth_macaddr_get(id, &mac) == 0) std::memcpy(port.mac.data(), mac.addr_bytes, port.mac.size());
  if (rte_eth_allmulticast_enable(id) != 0 || !TakeStations(id, port.mac, settings.macs)) {
    error = rte_eth_promiscuous_enable(id);
    if (error != 0 && error != -ENOTSUP) {
      rte_eth_dev_stop(id);
      return Failure(port, "can receive neither all that it is to nor everything: %s", Reason(error));
    }
  }

  port.multi_segs = (conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
  return {.ok = true, .message = {}, .port = port};
}

void StopPort(uint16_t id) { rte_eth_dev_stop(id); }

}  // namespace mgmd::dataplane
