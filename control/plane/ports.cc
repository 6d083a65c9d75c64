#include "control/plane/ports.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

std::string DeviceName(const std::string& device) { return device.substr(0, device.find(',')); }

// The port of the device; attached if it is not there yet.
absl::StatusOr<uint16_t> FindOrAttach(const std::string& device, bool* attached) {
  uint16_t port;
  *attached = false;
  if (rte_eth_dev_get_port_by_name(DeviceName(device).c_str(), &port) == 0) return port;
  const int error = rte_dev_probe(device.c_str());
  if (error < 0) {
    return absl::NotFoundError(absl::StrCat("device \"", device, "\" cannot be attached: ", rte_strerror(-error)));
  }
  *attached = true;
  if (rte_eth_dev_get_port_by_name(DeviceName(device).c_str(), &port) == 0) return port;
  // A device whose port has another name than itself (a PCI address written short).
  rte_dev_iterator iterator;
  RTE_ETH_FOREACH_MATCHING_DEV(port, DeviceName(device).c_str(), &iterator) {
    rte_eth_iterator_cleanup(&iterator);
    return port;
  }
  return absl::NotFoundError(absl::StrCat("device \"", device, "\" has no Ethernet port"));
}

dataplane::PortSettings SettingsOf(const config::Config& config, const config::Interface& port, rte_mempool* rx_pool) {
  dataplane::PortSettings settings;
  settings.rx_queues = port.rx_queues;
  settings.tx_queues = static_cast<uint16_t>(config.dpdk.workers.size());
  settings.rx_pool = rx_pool;
  settings.mtu = port.mtu;
  settings.vlans = std::any_of(config.interfaces.begin(), config.interfaces.end(),
                               [&](const config::Interface& other) { return other.parent == port.id; });
  return settings;
}

}  // namespace

absl::StatusOr<Ports> Ports::Open(const config::Config& config, rte_mempool* rx_pool) {
  Ports ports;
  for (const config::Interface& interface : config.interfaces) {
    if (!interface.is_port()) continue;
    OpenPort open;
    open.interface = interface.id;
    open.name = interface.name;
    const absl::StatusOr<uint16_t> id = FindOrAttach(interface.device, &open.attached);
    if (!id.ok()) {
      return absl::NotFoundError(absl::StrCat("interface ", interface.name, ": ", std::string(id.status().message())));
    }
    const dataplane::PortResult result = dataplane::OpenPort(*id, SettingsOf(config, interface, rx_pool));
    open.port = result.port;
    open.port.id = *id;
    ports.ports_.push_back(std::move(open));
    if (!result.ok) {
      return absl::FailedPreconditionError(
          absl::StrCat("interface ", interface.name, ": ", result.message));
    }
  }
  return ports;
}

Ports::~Ports() {
  for (const OpenPort& open : ports_) {
    rte_eth_dev_info info;
    const bool known = rte_eth_dev_info_get(open.port.id, &info) == 0;
    dataplane::StopPort(open.port.id);
    // A PCI device (its name has colons) was attached by EAL, for us alone: it must give its buffers back before their
    // pools go. Other ports that were there before us belong to who made them.
    const bool pci = open.port.device.find(':') != std::string::npos;
    if (open.attached || pci) rte_eth_dev_close(open.port.id);
    if (open.attached && known && info.device != nullptr) rte_dev_remove(info.device);
  }
}

const Ports::OpenPort& Ports::Of(const config::Interface& interface) const {
  const InterfaceId id = interface.parent.value_or(interface.id);
  const auto found =
      std::find_if(ports_.begin(), ports_.end(), [&](const OpenPort& port) { return port.interface == id; });
  if (found == ports_.end()) std::abort();  // a Config is consistent: every parent is a port
  return *found;
}

PortStats Ports::Read(uint16_t port) {
  rte_eth_stats stats{};
  rte_eth_stats_get(port, &stats);
  return {.rx_packets = stats.ipackets,
          .rx_octets = stats.ibytes,
          .tx_packets = stats.opackets,
          .tx_octets = stats.obytes,
          .rx_missed = stats.imissed,
          .rx_errors = stats.ierrors,
          .rx_nombuf = stats.rx_nombuf,
          .tx_errors = stats.oerrors};
}

bool Ports::LinkUp(uint16_t port) {
  rte_eth_link link{};
  // A device that cannot tell is taken for up.
  return rte_eth_link_get_nowait(port, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace mgmd::plane
