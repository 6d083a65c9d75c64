#include "control/plane/ports.h"

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "control/plane/dpdk_words.h"
#include "control/plane/packet_memory.h"
#include "dataplane/devices/pools.h"

namespace mgmd::plane {
namespace {

std::string DeviceName(const std::string& device) { return device.substr(0, device.find(',')); }

// The port of the device; attached if it is not there yet.
absl::StatusOr<uint16_t> FindOrAttach(const std::string& device, bool* attached) {
  uint16_t port;
  *attached = false;
  if (rte_eth_dev_get_port_by_name(DeviceName(device).c_str(), &port) == 0) return port;
  const DpdkWords words;
  const int error = rte_dev_probe(device.c_str());
  if (error < 0) {
    return absl::NotFoundError(absl::StrCat("device \"", device, "\" cannot be attached: ", words.Why(error)));
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
  settings.vlans = std::any_of(config.interfaces.begin(), config.interfaces.end(), [&](const config::Interface& other) {
    return other.port == port.id && other.vlan != config::kNoVlan;
  });
  settings.descriptors = DescriptorsOf(port.device);
  return settings;
}

// In a buffer of a page, after DPDK's headroom and the kernel's own.
uint32_t LargestXdpPacket() {
  constexpr uint32_t kKernelHeadroom = 256;  // XDP_PACKET_HEADROOM
  constexpr uint32_t kHeaders = 18;          // Ethernet and one tag
  return dataplane::PageRoom() - kKernelHeadroom - kHeaders;
}

absl::Status CheckXdp(const config::Interface& port, size_t workers) {
  if (port.mtu > LargestXdpPacket()) {
    return absl::InvalidArgumentError(
        absl::StrCat("net_af_xdp carries packets of at most ", LargestXdpPacket(), " octets, and mtu is ", port.mtu));
  }
  if (port.rx_queues != workers) {
    return absl::InvalidArgumentError(
        absl::StrCat("net_af_xdp has a queue each way or none: rx_queues is ", port.rx_queues, " and has to be ",
                     workers, ", the number of workers, with queue_count=", workers, " in device"));
  }
  return absl::OkStatus();
}

// The netdev carries packets of the MTU; its driver would not say if it did not.
absl::Status EnsureMtu(const Netdev& netdev, uint16_t mtu) {
  const auto settings = ReadSettings(netdev.name);
  if (settings.ok() && settings->mtu >= mtu) return absl::OkStatus();
  if (const absl::Status status = SetMtu(netdev.name, mtu); !status.ok()) {
    return absl::FailedPreconditionError(absl::StrCat("mtu is ", mtu, ", and the MTU of ", netdev.name,
                                                      " cannot be set to that: ", std::string(status.message())));
  }
  return absl::OkStatus();
}

// Whether an interface on the port of this one has a twin.
bool HasTwin(const config::Config& config, const config::Interface& port) {
  return std::any_of(config.interfaces.begin(), config.interfaces.end(),
                     [&](const config::Interface& one) { return one.tap && one.port == port.id; });
}

// What the kernel or the driver will do to packets of the port and nobody would think of.
void WarnOfTheWire(const Ports::OpenPort& port) {
  const Netdev& netdev = port.netdev;
  if (KernelForwardsMulticastOn(netdev.name)) {
    spdlog::warn(
        "port {}: the kernel forwards multicast on {} itself (/proc/net/ip_mr_vif): what both forward leaves twice",
        port.name, netdev.name);
  }
  if (netdev.driver != WireDriver::kAfPacket || !port.ring) return;
  spdlog::warn(
      "port {}: net_af_packet has the kernel put fragments together; datagrams above {} octets arrive cut and "
      "are dropped as ip_total_length (framesz and blocksz in the device's arguments set the limit). An 802.1ad "
      "tag arrives as an 802.1Q tag",
      port.name, port.ring->longest_packet());
}

}  // namespace

absl::Status Ports::Check(const config::Config& config) {
  for (const config::Interface& interface : config.interfaces) {
    absl::Status status;
    if (DriverOf(interface.device) == WireDriver::kAfPacket) {
      status = RingOf(interface.device, interface.mtu).status();
    } else if (DriverOf(interface.device) == WireDriver::kAfXdp) {
      status = CheckXdp(interface, config.dpdk.workers.size());
    }
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("interface ", interface.name, ": ", std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Ports> Ports::Open(const config::Config& config, rte_mempool* rx_pool) {
  Ports ports;
  for (const config::Interface& interface : config.interfaces) {
    if (!interface.has_device()) continue;
    if (const absl::Status status = ports.OpenOne(config, interface, rx_pool); !status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("interface ", interface.name, ": ", std::string(status.message())));
    }
  }
  if (const absl::Status status = ports.FollowLinks(); !status.ok()) return status;
  return ports;
}

absl::Status Ports::OpenOne(const config::Config& config, const config::Interface& interface, rte_mempool* rx_pool) {
  OpenPort open;
  open.number = static_cast<uint16_t>(ports_.size());
  open.interface = interface.id;
  open.name = interface.name;
  std::string device = interface.device;
  if (DriverOf(device) == WireDriver::kAfPacket) {
    const auto ring = RingOf(device, interface.mtu);
    if (!ring.ok()) return ring.status();
    open.ring = *ring;
    device = WithRing(device, *ring);
  }
  const absl::StatusOr<uint16_t> id = FindOrAttach(device, &open.attached);
  if (!id.ok()) return id.status();
  // EAL has attached it with other arguments than these.
  if (!open.attached) open.ring.reset();
  open.port.id = *id;
  open.netdev = NetdevOf(*id);
  dataplane::PortSettings settings = SettingsOf(config, interface, rx_pool);
  settings.set_mtu = !open.netdev.hides_link();
  if (open.netdev.hides_link()) {
    open.host = std::make_unique<HostChanges>(open.netdev);
    absl::Status status = EnsureMtu(open.netdev, interface.mtu);
    if (status.ok() && HasTwin(config, interface)) {
      auto deaf = DeafNetdev::Make(open.netdev.name);
      status = deaf.status();
      if (deaf.ok()) open.deaf = *std::move(deaf);
    }
    if (!status.ok()) {
      ports_.push_back(std::move(open));
      return status;
    }
  }
  const std::set<int> xdp_before = DriverSockets::XdpSockets();
  const DpdkWords words;
  dataplane::PortResult result = dataplane::OpenPort(*id, settings);
  if (const std::string said = words.Words(); !result.ok && !said.empty())
    absl::StrAppend(&result.message, "; DPDK says: ", said);
  open.port = result.port;
  open.port.id = *id;
  open.sockets = DriverSockets(open.netdev, xdp_before, open.ring);
  if (open.host != nullptr) open.host->Log();
  if (result.ok && open.netdev.driver == WireDriver::kAfXdp) {
    spdlog::info("{}: an XDP program is attached until mgmd stops", open.netdev.name);
  }
  if (result.ok && open.netdev.driver != WireDriver::kOther) WarnOfTheWire(open);
  const bool is_xdp = open.netdev.driver == WireDriver::kAfXdp;
  ports_.push_back(std::move(open));
  if (result.ok) return absl::OkStatus();
  if (is_xdp) {
    absl::StrAppend(&result.message,
                    " (libxdp's own lines say more; net_af_xdp needs a netdev without another XDP program, and "
                    "CAP_IPC_LOCK or a high `ulimit -l` for its packet memory)");
  }
  return absl::FailedPreconditionError(result.message);
}

absl::Status Ports::FollowLinks() {
  for (OpenPort& port : ports_) {
    if (!port.netdev.hides_link()) continue;
    if (monitor_ == nullptr) {
      auto monitor = NetdevMonitor::Open();
      if (!monitor.ok()) return monitor.status();
      monitor_ = *std::move(monitor);
    }
    monitor_->Follow(port.netdev.index);
  }
  Listen();
  for (OpenPort& port : ports_) {
    const Link link = LinkOf(port);
    port.link_up = link.up;
    port.mtu = link.mtu;
  }
  return absl::OkStatus();
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
    if (open.host != nullptr) open.host->Undo();
  }
}

const Ports::OpenPort& Ports::Of(const config::Interface& interface) const {
  const auto found = std::find_if(ports_.begin(), ports_.end(),
                                  [&](const OpenPort& port) { return port.interface == interface.port; });
  if (found == ports_.end()) std::abort();  // a Config is consistent: every interface is on a port
  return *found;
}

PortStats Ports::Read(const OpenPort& port) {
  rte_eth_stats stats{};
  rte_eth_stats_get(port.port.id, &stats);
  const uint64_t taken_back = port.taken_back;
  PortStats result{.rx_packets = stats.ipackets,
                   .rx_octets = stats.ibytes,
                   .tx_packets = stats.opackets,
                   .tx_octets = stats.obytes,
                   .rx_missed = stats.imissed,
                   .rx_errors = stats.ierrors,
                   .rx_nombuf = stats.rx_nombuf,
                   .tx_errors = stats.oerrors,
                   .tx_taken_back = taken_back};
  switch (port.netdev.driver) {
    case WireDriver::kOther:
      break;
    case WireDriver::kAfPacket:
      // The driver takes every frame that its ring has room for. When the kernel then refuses the netdev, it counts all
      // that it took as errors, though they wait in the ring still; those that were taken back are counted apart.
      result.rx_missed += port.sockets.Read().rx_overflows;
      result.tx_errors -= std::min(result.tx_errors, taken_back);
      result.tx_lost = result.tx_errors;
      break;
    case WireDriver::kAfXdp: {
      const DriverSockets::Losses losses = port.sockets.Read();
      result.rx_missed += losses.rx_overflows;
      result.tx_errors += losses.tx_refused;
      result.tx_lost = losses.tx_refused;
      break;
    }
    case WireDriver::kTap:
      port.tap_overflows = TapOverflows(port.netdev.index).value_or(port.tap_overflows);
      result.rx_missed += port.tap_overflows;
      break;
  }
  return result;
}

Ports::Link Ports::LinkOf(const OpenPort& port) const {
  if (port.netdev.hides_link()) {
    const NetdevState& netdev = monitor_->state(port.netdev.index);
    // Some netdevs (VLANs, dummies) can be set to less than IPv4 takes, for which no fragments can be made.
    if (netdev.mtu < kLeastMtu) return {};
    return {.up = netdev.running, .mtu = netdev.mtu, .mac = netdev.mac};
  }
  rte_eth_link link{};
  // A device that cannot tell is taken for up.
  const bool up = rte_eth_link_get_nowait(port.port.id, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
  return {.up = up, .mtu = 0, .mac = port.port.mac};
}

}  // namespace mgmd::plane
