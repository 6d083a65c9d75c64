#include "control/plane/plane.h"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sleep.h"
#include "common/ssm_ranges.h"
#include "control/plane/counter_ledger.h"
#include "control/plane/device_follower.h"
#include "control/plane/dpdk_forwarder.h"
#include "control/plane/dpdk_local_packets.h"
#include "control/plane/packet_memory.h"
#include "control/plane/ports.h"
#include "control/plane/read_counts.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/worker.h"

namespace mgmd::plane {
namespace {

using dataplane::Worker;

constexpr uint32_t kRingElements = 4096;
// Whether a worker has stopped: DPDK tells how it is with an lcore to whoever looks, or waits without end.
constexpr std::chrono::microseconds kWorkerLook{100};
// Below this size a copy is cheaper than a header and a shared payload; docs/benchmarks.md has the measurement.
constexpr uint32_t kShareAbove = 768;

// Of one worker and one address family.
template <class Family>
struct FamilyRings {
  dataplane::PuntRing<Family> punts{kRingElements};
  dataplane::MessageRing<Family> messages{kRingElements};
};

// Of one worker.
struct Rings {
  explicit Rings(uint32_t local_buffers) : local(local_buffers) {}
  ~Rings() {
    for (dataplane::Injected left; inject.Pop(&left, 1) == 1;) rte_pktmbuf_free(left.frame);
    for (dataplane::ErrorRequest left; errors.Pop(&left, 1) == 1;) rte_pktmbuf_free(left.quote);
  }
  PerFamily<FamilyRings> families;
  dataplane::InjectRing inject{kInjectRing};
  dataplane::LocalRing local;
  dataplane::ErrorRing errors{dataplane::kErrorRing};
};

// Of one address family: all that a stream of it meets. What is released in one half does not touch the other.
template <class Family>
struct Half {
  dataplane::BoundarySet<Family> boundaries;
  InterfaceDirectory<Family> directory;
  CounterLedger<Family> ledger{directory};
  std::unique_ptr<dataplane::Mfib<Family>> fib;
  std::unique_ptr<DpdkForwarder<Family>> forwarder;
};

template <class Family>
dataplane::FamilyParts<Family> PartsFor(const Half<Family>& half, FamilyRings<Family>& rings) {
  return {.fib = half.fib.get(), .boundaries = &half.boundaries, .punts = &rings.punts, .messages = &rings.messages};
}

std::vector<std::string> WorkerNames(const config::Config& config) {
  std::vector<std::string> names;
  for (const config::LcoreId lcore : config.dpdk.workers) {
    names.push_back(absl::StrCat("worker on lcore ", config::Value(lcore)));
  }
  return names;
}

template <class Family>
std::vector<WorkerCounts> CountsOf(const std::vector<std::unique_ptr<Worker>>& workers) {
  std::vector<WorkerCounts> counting;
  for (const auto& worker : workers) {
    counting.push_back({.counters = &worker->counters<Family>(), .exceptions = &worker->exceptions<Family>()});
  }
  return counting;
}

struct Launch {
  Worker* worker;
  const std::atomic<bool>* stop;
};

int RunWorker(void* argument) {
  const auto* launch = static_cast<const Launch*>(argument);
  launch->worker->Run(*launch->stop);
  return 0;
}

}  // namespace

struct Plane::Parts {
  Parts(const config::Config& the_config, PlaneOptions the_options, PacketMemory the_memory, Ports the_ports)
      : config(the_config),
        options(the_options),
        memory(std::move(the_memory)),
        ports(std::move(the_ports)),
        epoch(WorkerNames(config)),
        worker_of_port{} {
    for (size_t i = 0; i < config.dpdk.workers.size(); ++i) rings.emplace_back(memory.sizes().local_per_worker);
  }

  absl::Status MakeFibs();
  absl::Status MakeWorkers();
  template <class Family>
  void MakeForwarder();
  void MakeLocalPackets();
  template <class Family>
  absl::StatusOr<InterfaceSlot> MakeInterface(const config::Interface& interface);
  absl::Status MakeInterfaces();

  const config::Config config;
  const PlaneOptions options;
  // In the order of their construction; what comes later uses what comes before.
  PacketMemory memory;
  Ports ports;
  dataplane::InterfaceTable interfaces;
  dataplane::Epoch epoch;
  PerFamily<Half> halves;
  std::deque<Rings> rings;
  std::array<uint8_t, dataplane::kMaxPorts> worker_of_port;  // the one that has the port's first queue
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<DpdkLocalPackets> local_packets;

  std::optional<DeviceFollower> devices;

  std::vector<Launch> launches;
  std::atomic<bool> stop{false};
};

absl::Status Plane::Parts::MakeFibs() {
  if (!interfaces.valid()) return absl::ResourceExhaustedError("no memory for the interface table");
  dataplane::FibOptions fib_options;
  fib_options.max_entries = config.limits.mfes;
  fib_options.max_retired = config.limits.retired;
  bool made = true;
  ForEachFamily([&]<class Family>() {
    Half<Family>& half = halves.of<Family>();
    half.fib = dataplane::Mfib<Family>::Create(fib_options, epoch, half.ledger,
                                               SsmRanges<Family>(config.control.ssm.of<Family>()));
    made = made && half.fib != nullptr;
  });
  if (made) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("no address space for [limits] mfes = ", config.limits.mfes, ", retired = ", config.limits.retired));
}

absl::Status Plane::Parts::MakeWorkers() {
  const size_t count = config.dpdk.workers.size();
  std::vector<dataplane::WorkerConfig> configs(count);
  size_t dealt = 0;
  for (const config::Interface& interface : config.interfaces) {
    if (!interface.has_device()) continue;
    const Ports::Port& port = ports.Of(interface);
    for (uint16_t queue = 0; queue < interface.rx_queues; ++queue) {
      size_t worker = dealt++ % count;
      for (size_t i = 0; interface.worker && i < count; ++i) {
        if (config.dpdk.workers[i] == *interface.worker) worker = i;
      }
      configs[worker].rx.push_back({port.number, queue});
      if (queue == 0) worker_of_port[port.number] = static_cast<uint8_t>(worker);
    }
    for (size_t worker = 0; worker < count; ++worker) {
      configs[worker].tx.push_back({port.number, static_cast<uint16_t>(worker), port.multi_segs});
    }
  }
  const PoolSizes& sizes = memory.sizes();
  for (size_t i = 0; i < count; ++i) {
    dataplane::WorkerConfig& worker = configs[i];
    worker.id = static_cast<uint8_t>(i);
    worker.reader = dataplane::ReaderId{static_cast<uint32_t>(i)};
    worker.name = epoch.name(worker.reader);
    worker.ipv4 = PartsFor(halves.of<Ipv4>(), rings[i].families.of<Ipv4>());
    worker.ipv6 = PartsFor(halves.of<Ipv6>(), rings[i].families.of<Ipv6>());
    worker.interfaces = &interfaces;
    worker.epoch = &epoch;
    worker.copy_pool = memory.copy();
    worker.spare_buffers = sizes.spare;
    worker.header_pool = memory.header();
    worker.pending_pool = memory.pending(i);
    worker.inject = &rings[i].inject;
    worker.local = &rings[i].local;
    worker.errors = &rings[i].errors;
    worker.quote_pool = memory.inject();
    worker.local_rates = config.punt;
    worker.pending = {.streams = std::max<uint32_t>(config.limits.pending / static_cast<uint32_t>(count), 1),
                      .depth = config.limits.pending_depth,
                      .packets = sizes.pending_limit,
                      .timeout_ms = config.limits.pending_timeout * 1000};
    worker.act_on_unknown_options = config.control.act_on_unknown_options;
    worker.icmpv6_errors = config.control.icmpv6_errors;
    worker.share_above = config.dataplane.share_above.value_or(kShareAbove);
    // Room for an exception or two of every stream; memory is used only by those that happen.
    worker.exception_places = std::max(worker.exception_places, 2 * std::min(config.limits.mfes, 1u << 24));
    worker.tsc_hz = rte_get_tsc_hz();
    if (config.dataplane.idle == config::Idle::kSleep) worker.sleep = SleepUs;
    workers.push_back(Worker::Create(worker));
    if (workers.back() == nullptr) return absl::ResourceExhaustedError(absl::StrCat("no memory for the ", worker.name));
  }
  ForEachFamily([&]<class Family>() { halves.of<Family>().ledger.SetWorkers(CountsOf<Family>(workers)); });
  return absl::OkStatus();
}

template <class Family>
void Plane::Parts::MakeForwarder() {
  Half<Family>& half = halves.of<Family>();
  ForwarderParts<Family> parts{.epoch = &epoch,
                               .fib = half.fib.get(),
                               .interfaces = &interfaces,
                               .ledger = &half.ledger,
                               .directory = &half.directory,
                               .release_wait = std::chrono::milliseconds(config.dataplane.release_wait)};
  for (Rings& ring : rings) {
    parts.messages.push_back(&ring.families.of<Family>().messages);
    parts.punts.push_back(&ring.families.of<Family>().punts);
  }
  if (options.stepped) {
    parts.wait = [this] {
      for (const auto& worker : workers) worker->Turn();
    };
  } else {
    parts.wait = [] { rte_pause(); };
  }
  half.forwarder = std::make_unique<DpdkForwarder<Family>>(std::move(parts));
}

void Plane::Parts::MakeLocalPackets() {
  LocalParts parts{
      .worker_of_port = worker_of_port, .interfaces = &interfaces, .epoch = &epoch, .inject_pool = memory.inject()};
  for (Rings& ring : rings)
    parts.workers.push_back({.local = &ring.local, .errors = &ring.errors, .inject = &ring.inject});
  local_packets = std::make_unique<DpdkLocalPackets>(std::move(parts));
}

template <class Family>
absl::StatusOr<InterfaceSlot> Plane::Parts::MakeInterface(const config::Interface& interface) {
  Half<Family>& half = halves.of<Family>();
  const auto boundary = half.boundaries.InterfaceMask(interface.boundary.of<Family>(), interface.scope_boundary);
  if (!boundary) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", dataplane::BoundarySet<Family>::kMaxPrefixes,
                                                   " distinct boundary prefixes of ", std::string(Family::kName)));
  }
  const Ports::Port& port = ports.Of(interface);
  const InterfaceSlot slot = half.forwarder->Slot(interface.IdIn<Family>());
  half.directory.Keep(slot);
  interfaces.Configure(slot, {.port = port.number,
                              .vlan = config::Value(interface.vlan),
                              .pcp = interface.pcp,
                              .mtu = interface.mtu,
                              .ttl_threshold = interface.ttl_threshold,
                              .mac = port.mac,
                              .boundary = *boundary,
                              .complete_checksums = interface.complete_checksums.value_or(port.local_senders),
                              .encapsulation = interface.encapsulation.get()});
  for (const config::Mac& mac : interface.macs) interfaces.AddStation(slot, mac);
  for (const auto& group : interface.deliver.of<Family>()) interfaces.AddDelivered(slot, group);
  interfaces.SetUp(slot, port.link_up);
  return slot;
}

absl::Status Plane::Parts::MakeInterfaces() {
  LinkFollowerParts links{.config = &config, .ports = &ports, .interfaces = &interfaces, .epoch = &epoch, .slots = {}};
  for (const config::Interface& interface : config.interfaces) {
    const auto slot4 = MakeInterface<Ipv4>(interface);
    if (!slot4.ok()) return slot4.status();
    const auto slot6 = MakeInterface<Ipv6>(interface);
    if (!slot6.ok()) return slot6.status();
    links.slots.push_back({*slot4, *slot6});
  }
  devices.emplace(DeviceFollowerParts{std::move(links), memory.rx(), options.stepped});
  return absl::OkStatus();
}

Plane::Plane(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

absl::StatusOr<std::unique_ptr<Plane>> Plane::Create(const config::Config& config, const PlaneOptions& options) {
  if (const absl::Status status = Ports::Check(config); !status.ok()) return status;
  absl::StatusOr<PacketMemory> memory = PacketMemory::Create(config);
  if (!memory.ok()) return memory.status();
  absl::StatusOr<Ports> ports = Ports::Open(config, memory->rx());
  if (!ports.ok()) return ports.status();
  auto parts = std::make_unique<Parts>(config, options, *std::move(memory), *std::move(ports));
  if (auto status = parts->MakeFibs(); !status.ok()) return status;
  if (auto status = parts->MakeWorkers(); !status.ok()) return status;
  ForEachFamily([&]<class Family>() { parts->MakeForwarder<Family>(); });
  parts->MakeLocalPackets();
  if (auto status = parts->MakeInterfaces(); !status.ok()) return status;
  if (options.stepped) {
    for (uint32_t reader = 0; reader < parts->workers.size(); ++reader) {
      parts->epoch.Online(dataplane::ReaderId{reader});
    }
  }
  return std::unique_ptr<Plane>(new Plane(std::move(parts)));
}

Plane::~Plane() {
  StopWorkers();
  if (!parts_->options.stepped) return;
  for (uint32_t reader = 0; reader < parts_->workers.size(); ++reader) {
    parts_->epoch.Offline(dataplane::ReaderId{reader});
  }
}

template <class Family>
mgmd::Forwarder<Family>& Plane::forwarder() {
  return *parts_->halves.of<Family>().forwarder;
}
template mgmd::Forwarder<Ipv4>& Plane::forwarder();
template mgmd::Forwarder<Ipv6>& Plane::forwarder();

std::optional<InterfaceId> Plane::InterfaceOfNetdev(unsigned index) const {
  const Ports::Port* const port = parts_->ports.OfNetdev(index);
  return port == nullptr ? std::nullopt : std::optional(port->interface);
}

LocalPackets& Plane::local_packets() { return *parts_->local_packets; }

absl::Status Plane::StartWorkers() {
  parts_->stop = false;
  parts_->launches.clear();
  for (const auto& worker : parts_->workers) parts_->launches.push_back({worker.get(), &parts_->stop});
  for (size_t i = 0; i < parts_->launches.size(); ++i) {
    const unsigned lcore = config::Value(parts_->config.dpdk.workers[i]);
    if (rte_lcore_is_enabled(lcore) == 0 || lcore == rte_get_main_lcore()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "dpdk.workers: lcore ", lcore, " is ", rte_lcore_is_enabled(lcore) == 0 ? "not among EAL's" : "the main one",
          "; eal_args (-l, --lcores) must name it besides the main lcore"));
    }
  }
  for (size_t i = 0; i < parts_->launches.size(); ++i) {
    rte_eal_remote_launch(RunWorker, &parts_->launches[i], config::Value(parts_->config.dpdk.workers[i]));
  }
  return absl::OkStatus();
}

std::vector<std::string> Plane::StopWorkers(std::optional<std::chrono::milliseconds> limit) {
  parts_->stop = true;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::string> left;
  for (size_t i = 0; i < parts_->launches.size(); ++i) {
    const unsigned lcore = config::Value(parts_->config.dpdk.workers[i]);
    const auto runs = [&] { return rte_eal_get_lcore_state(lcore) != WAIT; };
    while (runs() && (!limit || std::chrono::steady_clock::now() - begin < *limit)) {
      std::this_thread::sleep_for(kWorkerLook);
    }
    if (runs()) {
      left.push_back(parts_->workers[i]->name());
    } else {
      rte_eal_wait_lcore(lcore);
    }
  }
  return left;
}

void Plane::StopPorts() { parts_->ports.Stop(); }

size_t Plane::StepWorkers() {
  size_t received = 0;
  for (const auto& worker : parts_->workers) received += worker->Turn();
  return received;
}

void Plane::PollPorts(const PortChanged& changed) { parts_->devices->Poll(changed); }
std::vector<InterfaceId> Plane::TakeLost() { return parts_->devices->TakeLost(); }
views::PortChange Plane::PortNow(const config::Interface& interface) const {
  return parts_->ports.Of(interface).Changed(views::PortChange::What::kLink);
}
std::vector<views::Port> Plane::ReadPorts() const { return plane::ReadPorts(parts_->ports, parts_->workers); }
std::vector<views::Worker> Plane::ReadWorkers() const { return plane::ReadWorkers(parts_->workers); }
std::vector<views::NamedCount> Plane::ReadDrops(uint64_t inject_queue_full) const {
  return plane::ReadDrops(parts_->ports, parts_->workers, *parts_->local_packets, inject_queue_full);
}
std::vector<views::NamedCount> Plane::ReadPunts() const {
  return plane::ReadPunts(parts_->workers, *parts_->local_packets);
}
uint64_t Plane::packets_received() const { return PacketsReceived(parts_->workers); }
const Worker& Plane::worker(size_t index) const { return *parts_->workers[index]; }

}  // namespace mgmd::plane
