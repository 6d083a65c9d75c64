#include "control/plane/port_device.h"

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

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
  for (const config::Interface& other : config.interfaces) {
    if (other.port == port.id) settings.macs.insert(settings.macs.end(), other.macs.begin(), other.macs.end());
  }
  return settings;
}

// In a buffer of a page, after DPDK's headroom and the kernel's own.
uint32_t LargestXdpPacket() {
  constexpr uint32_t kKernelHeadroom = 256;  // XDP_PACKET_HEADROOM
  constexpr uint32_t kHeaders = 18;          // Ethernet and one tag
  return dataplane::PageRoom() - kKernelHeadroom - kHeaders;
}

absl::Status CheckAfPacket(const config::Interface& port) {
  const auto ring = RingOf(port.device, port.mtu);
  if (!ring.ok()) return ring.status();
  const uint32_t queues = QueuePairsOf(port.device);
  if (port.rx_queues == queues) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the kernel deals what arrives to all queues of net_af_packet: rx_queues is ", port.rx_queues,
                   " and has to be ", queues, ", the qpairs in device"));
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

// The driver gives the port the MAC address of the netdev that it makes. But that is the other end of the wire, a host
// or a bridge with addresses of its own: a bridge takes what is for that address as its own, and a host what comes from
// it.
dataplane::MacAddress BesideTap(dataplane::MacAddress netdev) {
  netdev[1] ^= 0x80;
  return netdev;
}

int NoteRemoval(uint16_t, rte_eth_event_type, void* removed, void*) {
  static_cast<std::atomic<bool>*>(removed)->store(true);
  return 0;
}

}  // namespace

PortStats& PortStats::operator+=(const PortStats& other) {
#define MGMD_PORT(field, ...) field += other.field;
#include "common/counter_table.def"
  tx_lost += other.tx_lost;
  return *this;
}

absl::Status PortDevice::Check(const config::Config& config, const config::Interface& interface) {
  switch (DriverOf(interface.device)) {
    case WireDriver::kAfPacket:
      return CheckAfPacket(interface);
    case WireDriver::kAfXdp:
      return CheckXdp(interface, config.dpdk.workers.size());
    case WireDriver::kOther:
    case WireDriver::kTap:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<PortDevice>> PortDevice::Open(const config::Config& config,
                                                             const config::Interface& interface, rte_mempool* rx_pool) {
  std::unique_ptr<PortDevice> device(new PortDevice(interface.name));
  absl::Status status = device->Attach(interface);
  if (status.ok()) status = device->SetUpNetdev(config, interface);
  if (status.ok()) status = device->Start(config, interface, rx_pool);
  if (!status.ok()) return status;
  rte_eth_dev_callback_register(device->port_.id, RTE_ETH_EVENT_INTR_RMV, NoteRemoval, &device->removed_);
  device->Warn();
  return device;
}

absl::Status PortDevice::Attach(const config::Interface& interface) {
  std::string device = interface.device;
  if (DriverOf(device) == WireDriver::kAfPacket) {
    const auto ring = RingOf(device, interface.mtu);
    if (!ring.ok()) return ring.status();
    ring_ = *ring;
    device = WithRing(device, *ring);
  }
  bool attached = false;
  const absl::StatusOr<uint16_t> id = FindOrAttach(device, &attached);
  if (!id.ok()) return id.status();
  // EAL has attached it with other arguments than these.
  if (!attached) ring_.reset();
  port_.id = *id;
  netdev_ = NetdevOf(*id);
  // EAL attaches a netdev or a card (its name has colons) for us alone. Other ports that were there before us belong to
  // who made them.
  ours_ = attached || netdev_.driver != WireDriver::kOther || DeviceName(device).find(':') != std::string::npos;
  return absl::OkStatus();
}

absl::Status PortDevice::SetUpNetdev(const config::Config& config, const config::Interface& interface) {
  if (!netdev_.hides_link()) return absl::OkStatus();
  host_ = std::make_unique<HostChanges>(netdev_);
  if (HasTwin(config, interface)) {
    auto deaf = DeafNetdev::Make(netdev_.name);
    if (!deaf.ok()) return deaf.status();
    deaf_ = *std::move(deaf);
  }
  if (netdev_.driver == WireDriver::kAfPacket && IsVeth(netdev_.name)) {
    // The driver's packets are the headers and a reference to its ring. A network card could read there; here they stay
    // with other hosts, and the kernel copies what is referred to into pages of its own, out of which these hosts then
    // take the headers. In one piece it is one copy.
    whole_ = OffloadOff::Make(netdev_.name, Offload::kScatterGather, "a veth copies whole packets faster than pieces");
  }
  // Last: what is not logged is not undone.
  return EnsureMtu(netdev_, interface.mtu);
}

absl::Status PortDevice::Start(const config::Config& config, const config::Interface& interface, rte_mempool* rx_pool) {
  dataplane::PortSettings settings = SettingsOf(config, interface, rx_pool);
  settings.set_mtu = !netdev_.hides_link();
  settings.spread = netdev_.hides_link();
  const std::set<int> xdp_before = DriverSockets::XdpSockets();
  rx_pool_ = rx_pool;
  const uint16_t id = port_.id;
  const DpdkWords words;
  dataplane::PortResult result = dataplane::OpenPort(id, settings);
  if (const std::string said = words.Words(); !result.ok && !said.empty())
    absl::StrAppend(&result.message, "; DPDK says: ", said);
  port_ = result.port;
  port_.id = id;
  if (netdev_.driver == WireDriver::kTap) port_.mac = BesideTap(port_.mac);
  sockets_ = DriverSockets(netdev_, xdp_before, ring_);
  if (host_ != nullptr) host_->Log();
  if (result.ok && sockets_.ShareNetdev()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the kernel would deal what arrives on ", netdev_.name,
        " to this process and another one: each has a port of net_af_packet there and a process number with "
        "the same last 16 bits, in containers of their own; start one of them with another number"));
  }
  if (result.ok) return absl::OkStatus();
  if (netdev_.driver == WireDriver::kAfXdp) {
    absl::StrAppend(&result.message,
                    " (libxdp's own lines say more; net_af_xdp needs a netdev without another XDP program, and "
                    "CAP_IPC_LOCK or a high `ulimit -l` for its packet memory)");
  }
  return absl::FailedPreconditionError(result.message);
}

// What the kernel or the driver will do to packets of the port and nobody would think of.
void PortDevice::Warn() const {
  if (netdev_.driver == WireDriver::kAfXdp) {
    spdlog::info("{}: an XDP program is attached until mgmd stops", netdev_.name);
  }
  if (netdev_.driver != WireDriver::kOther && KernelForwardsMulticastOn(netdev_.name)) {
    spdlog::warn(
        "port {}: the kernel forwards multicast on {} itself (/proc/net/ip_mr_vif): what both forward leaves twice",
        interface_, netdev_.name);
  }
  if (netdev_.driver != WireDriver::kAfPacket || !ring_) return;
  spdlog::warn(
      "port {}: net_af_packet has the kernel put fragments together; datagrams above {} octets arrive cut and "
      "are dropped as ip_total_length (framesz and blocksz in the device's arguments set the limit). An 802.1ad "
      "tag arrives as an 802.1Q tag",
      interface_, ring_->longest_packet());
}

PortDevice::~PortDevice() {
  if (port_.id == dataplane::kNoPort) return;
  // Refused while it is being called.
  while (rte_eth_dev_callback_unregister(port_.id, RTE_ETH_EVENT_INTR_RMV, NoteRemoval, &removed_) == -EAGAIN) {
    std::this_thread::yield();
  }
  rte_eth_dev_info info;
  const bool known = rte_eth_dev_info_get(port_.id, &info) == 0;
  Stop();
  if (IsGone()) sockets_.TakeBackBuffers(rx_pool_);
  if (ours_) {
    // It gives its buffers back before their pools go, and can be attached anew.
    rte_eth_dev_close(port_.id);
    if (known && info.device != nullptr) rte_dev_remove(info.device);
  }
  deaf_.reset();
  if (host_ != nullptr) host_->Undo();
}

bool PortDevice::IsGone() const {
  if (removed_ || rte_eth_dev_is_removed(port_.id) != 0) return true;
  return netdev_.driver != WireDriver::kOther && (!Exists(netdev_) || sockets_.HaveLostNetdev());
}

void PortDevice::TakeBackUnsent() {
  if (!netdev_.hides_link()) return;
  const absl::StatusOr<size_t> frames = sockets_.TakeBackUnsent();
  if (frames.ok()) {
    taken_back_ += *frames;
  } else {
    spdlog::warn("port {}: what waits in its ring leaves when it is up again: {}", interface_,
                 std::string(frames.status().message()));
  }
}

PortStats PortDevice::Read() const {
  rte_eth_stats stats{};
  rte_eth_stats_get(port_.id, &stats);
  const uint64_t taken_back = taken_back_;
  PortStats result{.rx_packets = stats.ipackets,
                   .rx_octets = stats.ibytes,
                   .tx_packets = stats.opackets,
                   .tx_octets = stats.obytes,
                   .rx_missed = stats.imissed,
                   .rx_errors = stats.ierrors,
                   .rx_nombuf = stats.rx_nombuf,
                   .tx_errors = stats.oerrors,
                   .tx_taken_back = taken_back};
  switch (netdev_.driver) {
    case WireDriver::kOther:
      break;
    case WireDriver::kAfPacket:
      // The driver takes every frame that its ring has room for. When the kernel then refuses the netdev, it counts all
      // that it took as errors, though they wait in the ring still; those that were taken back are counted apart.
      result.rx_missed += sockets_.Read().rx_overflows;
      result.tx_errors -= std::min(result.tx_errors, taken_back);
      result.tx_lost = result.tx_errors;
      break;
    case WireDriver::kAfXdp: {
      const DriverSockets::Losses losses = sockets_.Read();
      result.rx_missed += losses.rx_overflows;
      result.tx_errors += losses.tx_refused;
      result.tx_lost = losses.tx_refused;
      break;
    }
    case WireDriver::kTap:
      tap_overflows_ = TapOverflows(netdev_.index).value_or(tap_overflows_);
      result.rx_missed += tap_overflows_;
      break;
  }
  return result;
}

}  // namespace mgmd::plane
