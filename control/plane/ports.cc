#include "control/plane/ports.h"

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/plane/device_sign.h"

namespace mgmd::plane {
namespace {

bool IsNetdev(const config::Interface& interface) { return DriverOf(interface.device) != WireDriver::kOther; }

absl::Status Named(const config::Interface& interface, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("interface ", interface.name, ": ", std::string(status.message())));
}

}  // namespace

Ports::Port::Port(uint16_t the_number, const config::Interface& of)
    : number(the_number),
      interface(of.id),
      name(of.name),
      device_name(of.device.substr(0, of.device.find(','))),
      local_senders(IsNetdev(of)) {
  rte_ether_addr made_up;
  rte_eth_random_addr(made_up.addr_bytes);
  std::copy_n(made_up.addr_bytes, mac.size(), mac.begin());
}

void Ports::Port::Attach(std::unique_ptr<PortDevice> device) {
  mac = device->port().mac;
  const std::lock_guard lock(mutex_);
  device_ = std::move(device);
}

std::unique_ptr<PortDevice> Ports::Port::Detach() {
  const std::lock_guard lock(mutex_);
  before_ += device_->Read();
  return std::move(device_);
}

PortStats Ports::Port::Read() const {
  const std::lock_guard lock(mutex_);
  PortStats stats = before_;
  if (device_ != nullptr) stats += device_->Read();
  return stats;
}

absl::Status Ports::Check(const config::Config& config) {
  for (const config::Interface& interface : config.interfaces) {
    if (const absl::Status status = PortDevice::Check(config, interface); !status.ok()) return Named(interface, status);
  }
  return absl::OkStatus();
}

absl::StatusOr<Ports> Ports::Open(const config::Config& config, rte_mempool* rx_pool) {
  Ports ports;
  if (std::any_of(config.interfaces.begin(), config.interfaces.end(), IsNetdev)) {
    auto monitor = NetdevMonitor::Open();
    if (!monitor.ok()) return monitor.status();
    ports.monitor_ = *std::move(monitor);
  }
  for (const config::Interface& interface : config.interfaces) {
    if (!interface.has_device()) continue;
    const absl::Status status = ports.Add(config, interface, rx_pool);
    if (!status.ok()) return Named(interface, status);
  }
  ports.Listen();
  for (Port& port : ports.ports_) {
    const Link link = ports.LinkOf(port);
    port.link_up = link.up;
    port.mtu = link.mtu;
  }
  return ports;
}

absl::Status Ports::Add(const config::Config& config, const config::Interface& interface, rte_mempool* rx_pool) {
  Port& port = ports_.emplace_back(static_cast<uint16_t>(ports_.size()), interface);
  if (interface.late && DeviceSign(interface.device).empty()) {
    spdlog::info("port {}: {} is not there yet", port.name, port.device_name);
    return absl::OkStatus();
  }
  auto device = PortDevice::Open(config, interface, rx_pool);
  if (!device.ok()) return device.status();
  port.multi_segs = (*device)->port().multi_segs;
  port.local_senders = (*device)->port().local_senders;
  port.Attach(*std::move(device));
  Follow(port);
  return absl::OkStatus();
}

const Ports::Port& Ports::Of(const config::Interface& interface) const {
  const auto found =
      std::find_if(ports_.begin(), ports_.end(), [&](const Port& port) { return port.interface == interface.port; });
  if (found == ports_.end()) std::abort();  // a Config is consistent: every interface is on a port
  return *found;
}

const Ports::Port* Ports::OfNetdev(unsigned index) const {
  for (const Port& port : ports_) {
    if (index != 0 && port.device() != nullptr && port.device()->netdev().index == index) return &port;
  }
  return nullptr;
}

void Ports::Stop() {
  for (Port& port : ports_) {
    if (port.device() != nullptr) port.device()->Stop();
  }
}

void Ports::Follow(const Port& port) {
  if (port.device()->netdev().hides_link()) monitor_->Follow(port.device()->netdev().index);
}

void Ports::Forget(const Port& port) {
  const Netdev& netdev = port.device()->netdev();
  // Nothing keeps two ports from being on one netdev.
  const bool followed = std::any_of(ports_.begin(), ports_.end(), [&](const Port& other) {
    return &other != &port && other.device() != nullptr && other.device()->netdev().index == netdev.index;
  });
  if (netdev.hides_link() && !followed) monitor_->Forget(netdev.index);
}

Ports::Link Ports::LinkOf(const Port& port) const {
  const PortDevice* const device = port.device();
  if (device == nullptr || device->IsGone()) return {};
  if (device->netdev().hides_link()) {
    const NetdevState& netdev = monitor_->state(device->netdev().index);
    // Some netdevs (VLANs, dummies) can be set to less than IPv4 takes, for which no fragments can be made.
    if (netdev.mtu < config::kLowestMtu) return {};
    return {.up = netdev.running, .mtu = netdev.mtu, .mac = netdev.mac};
  }
  rte_eth_link link{};
  // A device that cannot tell is taken for up.
  const bool up = rte_eth_link_get_nowait(device->port().id, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
  return {.up = up, .mtu = 0, .mac = device->port().mac};
}

}  // namespace mgmd::plane
