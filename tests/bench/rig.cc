#include "tests/bench/rig.h"

#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <sstream>
#include <utility>

#include "dataplane/devices/pools.h"
#include "dataplane/tx/tx_port.h"

namespace mgmd::bench {
namespace {

constexpr uint32_t kRxBuffers = 8191;
constexpr uint32_t kCopyBuffers = 16383;
constexpr unsigned kMegabytes = 256;

[[noreturn]] __attribute__((format(printf, 1, 2))) void Die(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::fputs("bench: ", stderr);
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
  std::exit(1);
}

uint16_t OutputsFor(const RigOptions& options) {
  const auto most = static_cast<uint16_t>(dataplane::kMaxPorts - options.workers);
  if (options.outputs != 0) return std::min(options.outputs, most);
  return options.random_oifs ? most : static_cast<uint16_t>(std::min<uint32_t>(options.fanout, most));
}

}  // namespace

void Require(const absl::Status& status) {
  if (!status.ok()) Die("%s", std::string(status.message()).c_str());
}

Rig::Rig(const RigOptions& options) : options_(options), sources_(options.workers), rings_(options.workers) {
  const uint16_t outputs = OutputsFor(options_);
  StartEal(outputs);
  OpenPorts(outputs);
  if (options_.capture) AddSources();
  MakeWorkers();
  ForEachFamily([this]<class Family>() {
    MakeForwarder<Family>();
    if (!Includes<Family>(options_.traffic)) return;
    MakeInterfaces<Family>();
    MakeEntries<Family>();
  });
}

Rig::~Rig() {
  ForEachFamily([this]<class Family>() { half<Family>().forwarder.reset(); });
  workers_.clear();
  for (const auto* ports : {&outputs_, &inputs_}) {
    for (const dataplane::Port& port : *ports) dataplane::StopPort(port.id);
  }
}

void Rig::StartEal(uint16_t outputs) {
  const std::string capture = folder_.emplace() / "source.pcap";
  if (WriteCapture(capture.c_str(), options_.octets, options_.traffic == Traffic::kIpv6) != 0) Die("no temporary file");
  std::string lcores = "0";
  for (unsigned worker = 1; worker <= options_.workers; ++worker) lcores += "," + std::to_string(worker);
  const bool real = !options_.devices.empty();
  const int started = StartPorts(lcores.c_str(), outputs + (options_.capture ? 0 : options_.workers),
                                 options_.capture ? options_.workers : 0, capture.c_str(), kMegabytes,
                                 real ? options_.devices.c_str() : nullptr);
  if (started < 0) Die("EAL does not start on lcores %s: there must be one core more than workers", lcores.c_str());
  unsigned lcore;
  RTE_LCORE_FOREACH_WORKER(lcore) { lcores_.push_back(lcore); }
}

void Rig::OpenPorts(uint16_t outputs) {
  const int socket = static_cast<int>(rte_socket_id());
  const uint16_t room = std::max<uint16_t>(options_.octets, 1518);
  rx_pool_ = dataplane::MakePool("rx", kRxBuffers, room, socket);
  copy_pool_ = dataplane::MakePool("copy", kCopyBuffers, room, socket);
  header_pool_ = dataplane::MakePool("header", kCopyBuffers, dataplane::kHeaderRoom, socket);
  if (rx_pool_ == nullptr || copy_pool_ == nullptr || header_pool_ == nullptr) Die("no memory for packets");

  std::vector<uint16_t> ids(rte_eth_dev_count_avail());
  std::iota(ids.begin(), ids.end(), 0);
  if (!options_.devices.empty()) {
    // Inputs come first in the list; EAL numbers ports in its own order.
    std::istringstream list(options_.devices);
    std::vector<uint16_t> inputs, others;
    for (std::string device; list >> device;) {
      uint16_t id;
      const std::string name = device.substr(0, device.find(','));
      if (rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0) Die("there is no port %s", name.c_str());
      (inputs.size() < options_.workers ? inputs : others).push_back(id);
    }
    ids = others;
    outputs = static_cast<uint16_t>(others.size());
    ids.insert(ids.end(), inputs.begin(), inputs.end());
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    dataplane::PortSettings settings;
    settings.tx_queues = options_.workers;
    settings.mtu = std::max<uint16_t>(static_cast<uint16_t>(options_.octets - kEthernetOctets), 1500);
    settings.vlans = options_.fanout > outputs;
    settings.rx_pool = rx_pool_;
    const dataplane::PortResult result = dataplane::OpenPort(ids[i], settings);
    if (!result.ok) Die("%s", result.message.c_str());
    (i < outputs ? outputs_ : inputs_).push_back(result.port);
  }
  folder_.reset();
  if (outputs_.empty() || inputs_.size() != options_.workers) Die("%zu ports are too few", ids.size());
}

void Rig::AddSources() {
  std::vector<uint8_t> frame(options_.octets);
  const uint32_t sum = WriteFrame(frame.data(), frame.size());
  for (uint16_t worker = 0; worker < options_.workers; ++worker) {
    sources_[worker] = {.state = worker + 1u,
                        .entries = options_.entries,
                        .template_sum = sum,
                        .ipv6 = options_.traffic == Traffic::kIpv6};
    if (rte_eth_add_rx_callback(inputs_[worker].id, 0, WriteKeys, &sources_[worker]) == nullptr) Die("no rx callback");
  }
}

template <class Family>
void Rig::MakeFib() {
  dataplane::FibOptions fib_options;
  fib_options.max_entries = std::max(options_.max_entries, options_.entries + 1024);
  fib_options.max_retired = std::max(fib_options.max_retired, fib_options.max_entries);
  fib_options.instructions = options_.instructions;
  half<Family>().fib = dataplane::Mfib<Family>::Create(fib_options, *epoch_, half<Family>().ledger);
  if (half<Family>().fib == nullptr) Die("no address space for the FIB");
}

template <class Family>
dataplane::FamilyParts<Family> Rig::PartsOf(Rings& rings) {
  auto& family_rings = rings.families.of<Family>();
  return {.fib = half<Family>().fib.get(),
          .boundaries = &half<Family>().boundaries,
          .punts = &family_rings.punts,
          .messages = &family_rings.messages};
}

template <class Family>
void Rig::MakeForwarder() {
  RigHalf<Family>& half = this->half<Family>();
  std::vector<plane::WorkerCounts> counting;
  plane::ForwarderParts<Family> parts{.epoch = epoch_.get(),
                                      .fib = half.fib.get(),
                                      .interfaces = &interfaces_,
                                      .ledger = &half.ledger,
                                      .directory = &half.directory,
                                      .messages = {},
                                      .punts = {},
                                      .wait = [] { rte_pause(); }};
  for (uint16_t i = 0; i < options_.workers; ++i) {
    counting.push_back(
        {.counters = &workers_[i]->counters<Family>(), .exceptions = &workers_[i]->exceptions<Family>()});
    parts.messages.push_back(&rings_[i].families.of<Family>().messages);
    parts.punts.push_back(&rings_[i].families.of<Family>().punts);
  }
  half.ledger.SetWorkers(counting);
  half.forwarder = std::make_unique<plane::DpdkForwarder<Family>>(parts);
}

void Rig::MakeWorkers() {
  std::vector<std::string> names;
  for (uint16_t worker = 0; worker < options_.workers; ++worker) names.push_back("worker " + std::to_string(worker));
  epoch_ = std::make_unique<dataplane::Epoch>(names);
  if (!interfaces_.valid()) Die("no address space for interfaces");
  ForEachFamily([this]<class Family>() { MakeFib<Family>(); });
  for (uint16_t i = 0; i < options_.workers; ++i) {
    dataplane::WorkerConfig config;
    config.id = static_cast<uint8_t>(i);
    config.name = names[i];
    config.rx = {{inputs_[i].id, 0}};
    interfaces_.SetReceiving(inputs_[i].id, inputs_[i].id);
    for (const dataplane::Port& port : outputs_) {
      // The sinks free chains as they free everything, though net_null does not say so.
      config.tx.push_back({port.id, i, options_.devices.empty() || port.multi_segs});
      interfaces_.SetSending(port.id, port.id);
    }
    config.ipv4 = PartsOf<Ipv4>(rings_[i]);
    config.ipv6 = PartsOf<Ipv6>(rings_[i]);
    config.interfaces = &interfaces_;
    config.epoch = epoch_.get();
    config.reader = dataplane::ReaderId{i};
    config.copy_pool = copy_pool_;
    config.spare_buffers = static_cast<uint32_t>(config.tx.size()) * dataplane::kPortBuffer;
    config.header_pool = options_.mode == CopyMode::kCopy ? nullptr : header_pool_;
    config.pending_pool =
        dataplane::MakePendingPool(("pending" + std::to_string(i)).c_str(), 2 * options_.pending,
                                   std::max<uint16_t>(options_.octets, 1518), static_cast<int>(rte_socket_id()));
    if (config.pending_pool == nullptr) Die("no memory for pending packets");
    config.inject = &rings_[i].inject;
    config.local = &rings_[i].local;
    config.pending = {.streams = options_.pending, .depth = 16, .packets = options_.pending, .timeout_ms = 10000};
    config.instructions = options_.instructions;
    config.share_above = options_.mode == CopyMode::kShare ? 0 : options_.share_above;
    configs_.push_back(config);
    workers_.push_back(dataplane::Worker::Create(config));
    if (workers_.back() == nullptr) Die("no memory for a worker");
  }
}

template <class Family>
void Rig::MakeInterfaces() {
  RigHalf<Family>& half = this->half<Family>();
  const auto configure = [&](const InterfaceIdOf<Family>& id, const dataplane::Port& port, uint16_t vlan) {
    const InterfaceSlot slot = half.forwarder->Slot(id);
    interfaces_.Configure(slot,
                          {.port = port.id,
                           .vlan = vlan,
                           .mtu = std::max<uint16_t>(static_cast<uint16_t>(options_.octets - kEthernetOctets), 1500),
                           .mac = port.mac});
    interfaces_.SetUp(slot, true);
    half.forwarder->SetEnabled(slot, true);
    return slot;
  };
  const auto ports = static_cast<uint32_t>(outputs_.size());
  const uint32_t count = options_.random_oifs ? ports : options_.fanout;
  for (uint32_t n = 0; n < count; ++n) {
    half.oifs.push_back(configure(OifId<Family>(n), outputs_[n % ports], static_cast<uint16_t>(n / ports)));
  }
  // Streams come in by the same interface at every worker: the entries accept one, so each input is
  // told it is that one.
  half.arrival = configure(ArrivalId<Family>(), inputs_[0], 0);
  for (uint16_t worker = 1; worker < options_.workers; ++worker) {
    interfaces_.Configure(half.arrival, {.port = inputs_[worker].id, .mtu = 1500, .mac = inputs_[worker].mac});
  }
}

template <class Family>
void Rig::AddEntry(FibBatch<Family>& batch, uint32_t index) {
  const RigHalf<Family>& half = this->half<Family>();
  if (!options_.random_oifs) {
    batch.Upsert(Key<Family>(index), half.arrival, {half.oifs.data(), options_.fanout});
    return;
  }
  std::vector<InterfaceSlot> drawn = half.oifs;
  uint64_t random = index * 0x9E3779B97F4A7C15u + 1;
  for (size_t place = 0; place < options_.fanout; ++place) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    std::swap(drawn[place], drawn[place + ((random >> 33) % (drawn.size() - place))]);
  }
  batch.Upsert(Key<Family>(index), half.arrival, {drawn.data(), options_.fanout});
}

template <class Family>
void Rig::Apply(const FibBatch<Family>& batch) {
  const ApplyResult result = forwarder<Family>().Apply(batch);
  if (!result.refused.empty()) Die("%zu changes were refused", result.refused.size());
}

template void Rig::AddEntry(FibBatch<Ipv4>& batch, uint32_t index);
template void Rig::AddEntry(FibBatch<Ipv6>& batch, uint32_t index);
template void Rig::Apply(const FibBatch<Ipv4>& batch);
template void Rig::Apply(const FibBatch<Ipv6>& batch);

template <class Family>
void Rig::MakeEntries() {
  constexpr uint32_t kBatchEntries = 65536;
  FibBatch<Family> batch;
  for (uint32_t index = 0; index < options_.entries; ++index) {
    AddEntry(batch, index);
    if (batch.changes.size() < kBatchEntries && index + 1 < options_.entries) continue;
    Apply(batch);
    batch.Clear();
    forwarder<Family>().Poll();
  }
}

}  // namespace mgmd::bench
