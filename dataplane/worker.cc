#include "dataplane/worker.h"

#include <rte_cycles.h>

#include <algorithm>
#include <new>
#include <utility>

#include "dataplane/frames/copy.h"
#include "dataplane/stages/stages.h"
#include "dataplane/worker_state.h"

namespace mgmd::dataplane {
namespace {

// A queue that keeps filling batches gets this many in a row, so that the others' turn comes.
constexpr uint32_t kBurstsPerTurn = 4;
constexpr uint32_t kMessagesPerTurn = 32;
constexpr uint32_t kInjectedPerTurn = 32;
constexpr uint32_t kExpiredPerTurn = 32;
constexpr uint32_t kWalkedPerTurn = 256;

uint64_t ReadTsc() { return rte_rdtsc(); }

WorkerConfig Complete(WorkerConfig config) {
  if (config.clock == nullptr) {
    config.clock = ReadTsc;
    config.tsc_hz = rte_get_tsc_hz();
  }
  return config;
}

// Gives the time since the last call to a stage, in one turn of kSampledTurns, for all of them: to
// ask the time six times for each burst would cost a twentieth of the work on small packets.
class StageClock {
 public:
  StageClock(WorkerStats& stats, uint64_t begin)
      : stats_(stats), sampled_(Get(stats.turns) % kSampledTurns == 0), last_(begin) {}
  void End(Stage stage) {
    if (!sampled_) return;
    const uint64_t now = rte_rdtsc();
    Add(stats_.cycles[static_cast<size_t>(stage)], kSampledTurns * (now - last_));
    last_ = now;
  }

 private:
  static constexpr uint64_t kSampledTurns = 16;
  WorkerStats& stats_;
  const bool sampled_;
  uint64_t last_;
};

void Discard(WorkerState& worker, const Ipv4FibKey& key) {
  uint32_t cursor = 0;
  while (auto held = key.is_wildcard() ? worker.ipv4.pending.TakeCovered(key, cursor) : worker.ipv4.pending.Take(key)) {
    DropHeld(worker.stats, *held, DropReason::kPendingDiscarded);
  }
}

void HandleMessages(WorkerState& worker) {
  WorkerMessage<Ipv4> message;
  for (uint32_t n = 0; n < kMessagesPerTurn; ++n) {
    if (worker.config.messages->Pop(&message, 1) == 0) return;
    // What control published before it sent the message is to be found: the turn's view may be
    // older.
    worker.ipv4.view = worker.ipv4.fib->View();
    switch (message.kind) {
      case WorkerMessage<Ipv4>::Kind::kDrain:
        if (message.key.is_wildcard()) {
          worker.ipv4.pending.StartDrainingCovered(message.key);
        } else {
          worker.ipv4.pending.StartDraining(message.key);
        }
        break;
      case WorkerMessage<Ipv4>::Kind::kDiscard:
        Discard(worker, message.key);
        break;
      case WorkerMessage<Ipv4>::Kind::kDropReleased:
        worker.ipv4.pending.StartWalk();
        break;
      case WorkerMessage<Ipv4>::Kind::kReread:
        worker.ipv4.pending.StartWalk();
        worker.ipv4.pending.StartReread();
        Add(worker.stats.rereads, 1);
        break;
    }
  }
}

// Packets of draining streams, as many as the pace allows; what has no entry is dropped as pending_discarded.
void SendHeld(WorkerState& worker) {
  const uint64_t allowed = worker.drain_pace.Allowed(worker.now, worker.received);
  uint64_t sent = 0;
  while (sent < allowed && worker.ipv4.pending.draining()) {
    StreamBatch<Ipv4>& batch = worker.batch;
    TakeHeld(worker.ipv4, batch, static_cast<uint32_t>(std::min<uint64_t>(allowed - sent, kBatch)));
    sent += batch.count;
    Lookup(worker.ipv4, batch);
    Accept(worker.acceptor, worker.ipv4, worker.now, batch);
    Replicate(worker.replicator, worker.ipv4.view, batch);
  }
  worker.drain_pace.Sent(sent);
}

void SendInjected(WorkerState& worker) {
  if (worker.config.inject->empty()) return;
  Injected injected[kInjectedPerTurn];
  const uint32_t count = worker.config.inject->Pop(injected, kInjectedPerTurn);
  for (uint32_t n = 0; n < count; ++n) {
    const InterfaceLine& line = worker.config.interfaces->line(injected[n].slot);
    if (line.load_gate().Has(Gate::kUnsendable)) {
      DropPacket(worker.stats, injected[n].frame, DropReason::kOifDown);
      continue;
    }
    Add(worker.stats.injected, 1);
    TxPort& port = worker.tx.PortOf(line);
    SetCharge(injected[n].frame, kNoEntry, injected[n].slot);
    port.Append(injected[n].frame);
    Grown(worker.tx, port, kPortBuffer);
  }
}

void KeepPending(WorkerState& worker) {
  for (uint32_t n = 0; n < kExpiredPerTurn; ++n) {
    const auto held = worker.ipv4.pending.TakeExpired(worker.now);
    if (!held) break;
    DropHeld(worker.stats, *held, DropReason::kPendingTimeout);
  }
  HeldStream<Ipv4> released;
  worker.ipv4.pending.WalkReleased(
      kWalkedPerTurn,
      [&worker](uint32_t arrival) {
        return worker.config.interfaces->line(StampOf(arrival).slot).load_gate().stamp() == arrival;
      },
      released);
  DropHeld(worker.stats, released, DropReason::kReleased);
  worker.ipv4.pending.Reread(kWalkedPerTurn, [&worker](const Ipv4FibKey& key, rte_mbuf* oldest) {
    uint32_t entry = kNoEntry;
    worker.ipv4.view.Lookup(&key, 1, &entry);
    if (entry != kNoEntry) return PendingTable<Ipv4>::Next::kDrain;
    // The other half is for first packets, which are lost where the ring is full.
    if (worker.ipv4.punts->half_full()) return PendingTable<Ipv4>::Next::kLater;
    return PuntHeld(worker.ipv4, key, oldest) ? PendingTable<Ipv4>::Next::kWait : PendingTable<Ipv4>::Next::kLater;
  });
  worker.stats.held.store(worker.ipv4.pending.packets(), std::memory_order_relaxed);
  worker.stats.held_streams.store(worker.ipv4.pending.streams(), std::memory_order_relaxed);
}

// What may have to be done although nothing has been received.
bool HasUpkeep(const WorkerState& worker) {
  return worker.ipv4.pending.streams() != 0 || Get(worker.stats.held_streams) != 0;
}

}  // namespace

WorkerState::WorkerState(const WorkerConfig& worker_config)
    : config(Complete(worker_config)),
      turn_times(config.tsc_hz, stats.longest_turn, stats.long_turns),
      ipv4(config.fib, config.punts, config.pending_pool, config, stats),
      drain_pace(config.tsc_hz),
      local(*config.interfaces, stats, config.local, config.local_rates, config.tsc_hz),
      acceptor{.interfaces = *config.interfaces,
               .boundaries = *config.boundaries,
               .alert_rate = TokenRate(config.tsc_hz, kAlertsPerSecond, kAlertBurst),
               .alert_interval = config.tsc_hz * config.alert_interval_ms / 1000},
      now(config.clock()),
      copy_buffers(config.copy_pool, config.spare_buffers),
      header_buffers(config.header_pool, 0),
      replicator{.interfaces = *config.interfaces,
                 .accounts = ipv4.accounts,
                 .tx = tx,
                 .copy_buffers = copy_buffers,
                 .header_buffers = header_buffers,
                 .whole = FindWholeCopies(config.instructions),
                 .copy_pool = config.copy_pool,
                 .copy_room = RoomOf(config.copy_pool) / kLine * kLine,
                 .share_above = config.header_pool != nullptr ? config.share_above : UINT32_MAX} {
  for (const TxQueue& queue : config.tx) {
    TxPort& port = tx.ports[queue.port];
    port.port = queue.port;
    port.queue = queue.queue;
    port.multi_segs = queue.multi_segs;
    replicator.ports_share &= queue.multi_segs;
  }
}

Worker::Worker(std::unique_ptr<WorkerState> state) : state_(std::move(state)) {}

std::unique_ptr<Worker> Worker::Create(const WorkerConfig& config) {
  std::unique_ptr<WorkerState> state(new (std::nothrow) WorkerState(config));
  if (state == nullptr || !state->valid()) return nullptr;
  return std::unique_ptr<Worker>(new (std::nothrow) Worker(std::move(state)));
}

Worker::~Worker() { DropEverythingHeld(); }

void Worker::DropEverythingHeld() {
  uint32_t cursor = 0;
  while (auto held = state_->ipv4.pending.TakeCovered(Ipv4FibKey::AllGroups(), cursor)) {
    DropHeld(state_->stats, *held, DropReason::kStopped);
  }
  state_->stats.held.store(0, std::memory_order_relaxed);
  state_->stats.held_streams.store(0, std::memory_order_relaxed);
}

uint32_t Worker::Turn() {
  WorkerState& worker = *state_;
  WorkerStats& stats = worker.stats;
  const uint64_t begin = rte_rdtsc();
  StageClock clock(stats, begin);
  // A turn lasts until the next one begins, so that nothing that keeps the core from turning is left out.
  const uint64_t before = std::exchange(worker.now, worker.config.clock());
  worker.turn_times.Took(worker.now - before);
  worker.ipv4.view = worker.ipv4.fib->View();

  bool busy = false;
  if (!worker.config.messages->empty()) {
    HandleMessages(worker);
    clock.End(Stage::kMessages);
    busy = true;
  }
  if (worker.ipv4.pending.draining()) {
    SendHeld(worker);
    clock.End(Stage::kUpkeep);
    busy = true;
  }
  uint32_t received = 0;
  StreamBatch<Ipv4>& batch = worker.batch;
  for (const RxQueue queue : worker.config.rx) {
    for (uint32_t burst = 0; burst < kBurstsPerTurn; ++burst) {
      const uint32_t count = Receive(stats, queue, batch);
      if (count == 0) break;
      received += count;
      clock.End(Stage::kRx);
      Parse(worker.parser, worker.now, batch, queue.port);
      clock.End(Stage::kParse);
      Lookup(worker.ipv4, batch);
      clock.End(Stage::kLookup);
      Accept(worker.acceptor, worker.ipv4, worker.now, batch);
      clock.End(Stage::kAccept);
      Replicate(worker.replicator, worker.ipv4.view, batch);
      clock.End(Stage::kReplicate);
      if (count < kBatch) break;
    }
  }
  if (HasUpkeep(worker)) {
    KeepPending(worker);
    clock.End(Stage::kUpkeep);
    busy = true;
  }
  worker.received = received;
  SendInjected(worker);
  if (worker.tx.loaded != 0) {
    Flush(worker.tx);
    clock.End(Stage::kTx);
    busy = true;
  }
  worker.config.epoch->Quiescent(worker.config.reader);

  Add(stats.turns, 1);
  if (received == 0) {
    Add(stats.idle_turns, 1);
    if (!busy) Add(stats.idle_cycles, rte_rdtsc() - begin);
  }
  return received;
}

void Worker::Run(const std::atomic<bool>& stop) {
  state_->config.epoch->Online(state_->config.reader);
  state_->now = state_->config.clock();  // what was before is no turn
  while (!stop.load(std::memory_order_relaxed)) Turn();
  // What control has handed over by now leaves, too.
  while (!state_->config.inject->empty()) {
    SendInjected(*state_);
    Flush(state_->tx);
  }
  DropEverythingHeld();
  state_->config.epoch->Offline(state_->config.reader);
}

const std::string& Worker::name() const { return state_->config.name; }
const WorkerStats& Worker::stats() const { return state_->stats; }
const StreamCounters& Worker::counters() const { return state_->ipv4.counters; }
ExceptionTable& Worker::exceptions() const { return state_->ipv4.exceptions; }

}  // namespace mgmd::dataplane
