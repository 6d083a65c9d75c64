#include "tests/bench/rig.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <sstream>
#include <utility>

#include "dataplane/devices/pools.h"
#include "dataplane/tx/tx_port.h"

namespace mgmd::bench {
namespace {

using dataplane::Worker;

constexpr uint32_t kRxBuffers = 8191;
constexpr uint32_t kCopyBuffers = 16383;
constexpr uint32_t kPendingBuffers = 1024;
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

Slice Difference(const dataplane::WorkerStats& stats, const Slice& before) {
  Slice slice;
  const auto since = [](const dataplane::Counter& counter, uint64_t then) { return dataplane::Get(counter) - then; };
  slice.packets = since(stats.packets, before.packets);
  slice.copies = since(stats.copies, before.copies);
  slice.bursts = since(stats.bursts, before.bursts);
  slice.turns = since(stats.turns, before.turns);
  slice.idle_turns = since(stats.idle_turns, before.idle_turns);
  slice.idle_cycles = since(stats.idle_cycles, before.idle_cycles);
  for (const auto& drop : stats.drops) slice.drops += dataplane::Get(drop);
  slice.drops -= before.drops;
  for (size_t stage = 0; stage < slice.stages.size(); ++stage) {
    slice.stages[stage] = since(stats.cycles[stage], before.stages[stage]);
  }
  return slice;
}

// What one worker's lcore is given, and what it gives back.
struct Lane {
  Forwarding what;
  Worker* worker;
  dataplane::Epoch* epoch;
  dataplane::ReaderId reader;
  uint64_t cycles;
  Floor floor;
  FloorResult result;
  uint64_t mark_every;  // 0: no marks
  std::vector<Mark> marks;
  const dataplane::InterfaceLine* watched;  // nullptr: none is watched
  uint64_t stopped;                         // 0: the stamp has not changed
};

int RunLane(void* argument) {
  Lane& lane = *static_cast<Lane*>(argument);
  if (lane.what != Forwarding::kMgmd) {
    lane.result = RunFloor(&lane.floor, lane.cycles);
    return 0;
  }
  lane.epoch->Online(lane.reader);
  const uint64_t begin = rte_rdtsc();
  uint64_t next_mark = lane.mark_every;
  const uint32_t stamp = lane.watched != nullptr ? lane.watched->load_gate().stamp() : 0;
  do {
    lane.worker->Turn();
    // Turns that begin from here on know the new stamp.
    if (lane.watched != nullptr && lane.stopped == 0 && lane.watched->load_gate().stamp() != stamp)
      lane.stopped = rte_rdtsc();
    lane.result.cycles = rte_rdtsc() - begin;
    if (lane.mark_every != 0 && lane.result.cycles >= next_mark) {
      lane.marks.push_back({begin + lane.result.cycles, dataplane::Get(lane.worker->stats().packets)});
      next_mark = lane.result.cycles + lane.mark_every;
    }
  } while (lane.result.cycles < lane.cycles);
  lane.epoch->Offline(lane.reader);
  return 0;
}

}  // namespace

Rig::Rig(const RigOptions& options) : options_(options), sources_(options.workers), rings_(options.workers) {
  const uint16_t outputs = OutputsFor(options_);
  StartEal(outputs);
  OpenPorts(outputs);
  if (options_.capture) AddSources();
  MakeWorkers();
  MakeInterfaces();
  MakeEntries();
}

Rig::~Rig() {
  forwarder_.reset();
  workers_.clear();
  for (const auto* ports : {&outputs_, &inputs_}) {
    for (const dataplane::Port& port : *ports) dataplane::StopPort(port.id);
  }
}

void Rig::StartEal(uint16_t outputs) {
  const int file = mkstemp(capture_.data());
  if (file < 0 || WriteCapture(capture_.c_str(), options_.octets) != 0) Die("no temporary file");
  close(file);
  std::string lcores = "0";
  for (unsigned worker = 1; worker <= options_.workers; ++worker) lcores += "," + std::to_string(worker);
  const bool real = !options_.devices.empty();
  const int started = StartPorts(lcores.c_str(), outputs + (options_.capture ? 0 : options_.workers),
                                 options_.capture ? options_.workers : 0, capture_.c_str(), kMegabytes,
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
  unlink(capture_.c_str());  // the ports have read it
  if (outputs_.empty() || inputs_.size() != options_.workers) Die("%zu ports are too few", ids.size());
}

void Rig::AddSources() {
  std::vector<uint8_t> frame(options_.octets);
  const uint32_t sum = WriteFrame(frame.data(), frame.size());
  for (uint16_t worker = 0; worker < options_.workers; ++worker) {
    sources_[worker] = {.state = worker + 1u, .entries = options_.entries, .template_sum = sum};
    if (rte_eth_add_rx_callback(inputs_[worker].id, 0, WriteKeys, &sources_[worker]) == nullptr) Die("no rx callback");
  }
}

void Rig::MakeWorkers() {
  std::vector<std::string> names;
  for (uint16_t worker = 0; worker < options_.workers; ++worker) names.push_back("worker " + std::to_string(worker));
  epoch_ = std::make_unique<dataplane::Epoch>(names);
  dataplane::FibOptions fib_options;
  fib_options.max_entries = std::max(options_.max_entries, options_.entries + 1024);
  fib_options.max_retired = std::max(fib_options.max_retired, fib_options.max_entries);
  fib_options.instructions = options_.instructions;
  fib_ = dataplane::Mfib<Ipv4>::Create(fib_options, *epoch_, ledger_);
  ipv6_fib_ = dataplane::Mfib<Ipv6>::Create({.instructions = options_.instructions}, *epoch_, ipv6_ledger_);
  if (fib_ == nullptr || ipv6_fib_ == nullptr || !interfaces_.valid()) Die("no address space for the FIB");

  std::vector<plane::WorkerCounts> counting;
  plane::ForwarderParts<Ipv4> parts{.epoch = epoch_.get(),
                                    .fib = fib_.get(),
                                    .interfaces = &interfaces_,
                                    .ledger = &ledger_,
                                    .directory = &directory_,
                                    .messages = {},
                                    .punts = {},
                                    .wait = [] { rte_pause(); }};
  for (uint16_t i = 0; i < options_.workers; ++i) {
    dataplane::WorkerConfig config;
    config.id = static_cast<uint8_t>(i);
    config.name = names[i];
    config.rx = {{inputs_[i].id, 0}};
    for (const dataplane::Port& port : outputs_) {
      // The sinks free chains as they free everything, though net_null does not say so.
      config.tx.push_back({port.id, i, options_.devices.empty() || port.multi_segs});
    }
    config.ipv4 = {
        .fib = fib_.get(), .boundaries = &boundaries_, .punts = &rings_[i].punts, .messages = &rings_[i].messages};
    config.ipv6 = {.fib = ipv6_fib_.get(),
                   .boundaries = &ipv6_boundaries_,
                   .punts = &rings_[i].ipv6_punts,
                   .messages = &rings_[i].ipv6_messages};
    config.interfaces = &interfaces_;
    config.epoch = epoch_.get();
    config.reader = dataplane::ReaderId{i};
    config.copy_pool = copy_pool_;
    config.spare_buffers = static_cast<uint32_t>(config.tx.size()) * dataplane::kPortBuffer;
    config.header_pool = options_.mode == CopyMode::kCopy ? nullptr : header_pool_;
    config.pending_pool =
        dataplane::MakePendingPool(("pending" + std::to_string(i)).c_str(), kPendingBuffers,
                                   std::max<uint16_t>(options_.octets, 1518), static_cast<int>(rte_socket_id()));
    if (config.pending_pool == nullptr) Die("no memory for pending packets");
    config.inject = &rings_[i].inject;
    config.local = &rings_[i].local;
    config.pending = {.streams = 1024, .depth = 16, .packets = kPendingBuffers, .timeout_ms = 10000};
    config.instructions = options_.instructions;
    config.share_above = options_.mode == CopyMode::kShare ? 0 : options_.share_above;
    configs_.push_back(config);
    workers_.push_back(Worker::Create(config));
    if (workers_.back() == nullptr) Die("no memory for a worker");
    const Worker& worker = *workers_.back();
    counting.push_back({.counters = &worker.counters<Ipv4>(), .exceptions = &worker.exceptions<Ipv4>()});
    parts.messages.push_back(&rings_[i].messages);
    parts.punts.push_back(&rings_[i].punts);
  }
  ledger_.SetWorkers(counting);
  forwarder_ = std::make_unique<plane::DpdkForwarder<Ipv4>>(parts);
}

void Rig::MakeInterfaces() {
  const auto configure = [this](InterfaceId id, const dataplane::Port& port, uint16_t vlan) {
    const InterfaceSlot slot = forwarder_->Slot(id);
    interfaces_.Configure(slot,
                          {.port = port.id,
                           .vlan = vlan,
                           .mtu = std::max<uint16_t>(static_cast<uint16_t>(options_.octets - kEthernetOctets), 1500),
                           .mac = port.mac});
    interfaces_.SetUp(slot, true);
    forwarder_->SetEnabled(slot, true);
    return slot;
  };
  const auto ports = static_cast<uint32_t>(outputs_.size());
  const uint32_t count = options_.random_oifs ? ports : options_.fanout;
  for (uint32_t n = 0; n < count; ++n) {
    oifs_.push_back(configure(OifId(n), outputs_[n % ports], static_cast<uint16_t>(n / ports)));
  }
  // Streams come in by the same interface at every worker: the entries accept one, so each input is
  // told it is that one.
  arrival_ = configure(ArrivalId(), inputs_[0], 0);
  for (uint16_t worker = 1; worker < options_.workers; ++worker) {
    interfaces_.Configure(arrival_, {.port = inputs_[worker].id, .mtu = 1500, .mac = inputs_[worker].mac});
  }
}

void Rig::AddEntry(FibBatch<Ipv4>& batch, uint32_t index) {
  if (!options_.random_oifs) {
    batch.Upsert(Key(index), arrival_, {oifs_.data(), options_.fanout});
    return;
  }
  std::vector<InterfaceSlot> drawn = oifs_;
  uint64_t random = index * 0x9E3779B97F4A7C15u + 1;
  for (size_t place = 0; place < options_.fanout; ++place) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    std::swap(drawn[place], drawn[place + ((random >> 33) % (drawn.size() - place))]);
  }
  batch.Upsert(Key(index), arrival_, {drawn.data(), options_.fanout});
}

void Rig::Apply(const FibBatch<Ipv4>& batch) {
  const ApplyResult result = forwarder_->Apply(batch);
  if (!result.refused.empty()) Die("%zu changes were refused", result.refused.size());
}

void Rig::MakeEntries() {
  constexpr uint32_t kBatchEntries = 65536;
  FibBatch<Ipv4> batch;
  for (uint32_t index = 0; index < options_.entries; ++index) {
    AddEntry(batch, index);
    if (batch.changes.size() < kBatchEntries && index + 1 < options_.entries) continue;
    Apply(batch);
    batch.Clear();
    forwarder_->Poll();
  }
}

Slice Rig::Run(Forwarding what, double seconds, const std::function<void()>& control, bool marks,
               InterfaceSlot watched) {
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  std::vector<Lane> lanes;
  std::vector<Slice> before;
  for (uint16_t i = 0; i < options_.workers; ++i) {
    Lane lane{.what = what,
              .worker = workers_[i].get(),
              .epoch = epoch_.get(),
              .reader = dataplane::ReaderId{i},
              .cycles = static_cast<uint64_t>(seconds * hz),
              .floor = {},
              .result = {},
              .mark_every = marks ? static_cast<uint64_t>(hz / 1000) : 0,
              .marks = {},
              .watched = watched == kNoSlot ? nullptr : &interfaces_.line(Value(watched)),
              .stopped = 0};
    if (marks) lane.marks.reserve(static_cast<size_t>(seconds * 1000) + 2);
    lane.floor.input = inputs_[i].id;
    lane.floor.queue = i;
    lane.floor.fanout = static_cast<uint16_t>(
        std::min<size_t>({options_.fanout, outputs_.size(), static_cast<size_t>(kFloorMaxOutputs)}));
    lane.floor.share = what == Forwarding::kFloorShare;
    lane.floor.pool = what == Forwarding::kFloorShare ? header_pool_ : copy_pool_;
    for (size_t n = 0; n < lane.floor.fanout; ++n) {
      lane.floor.outputs[n] = outputs_[n].id;
      std::memcpy(lane.floor.addresses[n].addr_bytes, outputs_[n].mac.data(), RTE_ETHER_ADDR_LEN);
    }
    lanes.push_back(std::move(lane));
    before.push_back(Difference(workers_[i]->stats(), {}));
  }
  for (size_t i = 0; i < lanes.size(); ++i) rte_eal_remote_launch(RunLane, &lanes[i], lcores_[i]);
  const auto running = [this] {
    return std::any_of(lcores_.begin(), lcores_.end(),
                       [](unsigned lcore) { return rte_eal_get_lcore_state(lcore) == RUNNING; });
  };
  while (running()) {
    if (control) {
      control();
    } else {
      // An idle control core, as in a router whose routes stand still: a spinning one costs the workers something.
      usleep(200);
    }
  }
  rte_eal_mp_wait_lcore();

  Slice sum;
  for (size_t i = 0; i < lanes.size(); ++i) {
    Slice slice = Difference(workers_[i]->stats(), before[i]);
    if (what != Forwarding::kMgmd) {
      slice.packets = lanes[i].result.packets;
      slice.copies = lanes[i].result.copies;
    }
    // 0 if any of them never saw it.
    sum.stopped = i > 0 && std::min(sum.stopped, lanes[i].stopped) == 0 ? 0 : std::max(sum.stopped, lanes[i].stopped);
    sum.packets += slice.packets;
    sum.copies += slice.copies;
    sum.drops += slice.drops;
    sum.bursts += slice.bursts;
    sum.turns += slice.turns;
    sum.idle_turns += slice.idle_turns;
    sum.idle_cycles += slice.idle_cycles;
    sum.cycles += lanes[i].result.cycles / lanes.size();
    for (size_t stage = 0; stage < sum.stages.size(); ++stage) sum.stages[stage] += slice.stages[stage];
  }
  sum.marks = std::move(lanes[0].marks);
  sum.seconds = static_cast<double>(sum.cycles) / hz;
  return sum;
}

}  // namespace mgmd::bench
