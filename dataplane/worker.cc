#include "dataplane/worker.h"

#include <rte_cycles.h>

#include <algorithm>
#include <new>
#include <utility>

#include "dataplane/frames/copy.h"
#include "dataplane/idle_pace.h"
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
constexpr uint32_t kAskedPerTurn = 256;

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

template <class Family>
void Discard(WorkerState& worker, const FibKey<Family>& key) {
  PendingTable<Family>& pending = worker.streams<Family>().pending;
  uint32_t cursor = 0;
  while (auto held = key.is_wildcard() ? pending.TakeCovered(key, cursor) : pending.Take(key)) {
    DropHeld(worker.stats, *held, DropReason::kPendingDiscarded);
  }
}

template <class Family>
void HandleMessages(WorkerState& worker) {
  using Message = WorkerMessage<Family>;
  Streams<Family>& streams = worker.streams<Family>();
  Message message;
  for (uint32_t n = 0; n < kMessagesPerTurn; ++n) {
    if (streams.parts.messages->Pop(&message, 1) == 0) return;
    // What control published before it sent the message is to be found: the turn's view may be
    // older.
    streams.view = streams.parts.fib->View();
    switch (message.kind) {
      case Message::Kind::kDrain:
        if (message.key.is_wildcard()) {
          streams.pending.StartDrainingCovered(message.key);
        } else {
          streams.pending.StartDraining(message.key);
        }
        break;
      case Message::Kind::kDiscard:
        Discard(worker, message.key);
        break;
      case Message::Kind::kDropReleased:
        streams.pending.StartWalk();
        break;
      case Message::Kind::kReread:
        streams.pending.StartWalk();
        streams.pending.AskAgain();
        Add(worker.stats.rereads, 1);
        break;
    }
  }
}

// Packets of a family's draining streams, at most `limit`; what has no entry is dropped as pending_discarded. Returns
// how many.
template <class Family>
uint32_t SendHeld(WorkerState& worker, uint64_t limit) {
  Streams<Family>& streams = worker.streams<Family>();
  if (!streams.pending.draining()) return 0;
  StreamBatch<Family>& batch = worker.batch<Family>();
  TakeHeld(streams, batch, static_cast<uint32_t>(std::min<uint64_t>(limit, kBatch)));
  const uint32_t taken = batch.count;
  Lookup(streams, batch);
  Accept(worker.acceptor, streams, worker.now, batch);
  Replicate(worker.replicator, streams.view, batch);
  return taken;
}

bool Draining(const WorkerState& worker) { return worker.ipv4.pending.draining() || worker.ipv6.pending.draining(); }

// As many as the pace allows.
void SendHeld(WorkerState& worker) {
  const uint64_t allowed = worker.drain_pace.Allowed(worker.now, worker.received);
  uint64_t sent = 0;
  while (sent < allowed && Draining(worker)) {
    // By turns, which go on where they were the last time: neither family waits until the other has none left.
    worker.drains_ipv6 = !worker.drains_ipv6;
    sent += worker.drains_ipv6 ? SendHeld<Ipv6>(worker, allowed - sent) : SendHeld<Ipv4>(worker, allowed - sent);
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

template <class Family>
void KeepPending(WorkerState& worker) {
  Streams<Family>& streams = worker.streams<Family>();
  for (uint32_t n = 0; n < kExpiredPerTurn; ++n) {
    const auto held = streams.pending.TakeExpired(worker.now);
    if (!held) break;
    DropHeld(worker.stats, *held, DropReason::kPendingTimeout);
  }
  HeldStream<Family> released;
  streams.pending.WalkReleased(
      kWalkedPerTurn,
      [&worker](uint32_t arrival) {
        return worker.config.interfaces->line(StampOf(arrival).slot).load_gate().stamp() == arrival;
      },
      released);
  DropHeld(worker.stats, released, DropReason::kReleased);
  using Next = typename PendingTable<Family>::Next;
  streams.pending.AskUnasked(kAskedPerTurn, [&streams](const FibKey<Family>& key, rte_mbuf* oldest) {
    uint32_t entry = kNoEntry;
    streams.view.Lookup(&key, 1, &entry);
    if (entry != kNoEntry) return Next::kDrain;
    return PuntHeld(streams, key, oldest) ? Next::kWait : Next::kLater;
  });
}

uint32_t HeldStreams(const WorkerState& worker) {
  return worker.ipv4.pending.streams() + worker.ipv6.pending.streams();
}

// False: what is held only waits, as in the turn before.
bool KeepPending(WorkerState& worker) {
  KeepPending<Ipv4>(worker);
  KeepPending<Ipv6>(worker);
  const uint64_t before = Get(worker.stats.held);
  const uint64_t held = uint64_t{worker.ipv4.pending.packets()} + worker.ipv6.pending.packets();
  worker.stats.held.store(held, std::memory_order_relaxed);
  worker.stats.held_streams.store(HeldStreams(worker), std::memory_order_relaxed);
  return held != before;
}

// What may have to be done although nothing has been received.
bool HasUpkeep(const WorkerState& worker) { return HeldStreams(worker) != 0 || Get(worker.stats.held_streams) != 0; }

// From the keys of a burst's packets of a family to their copies.
template <class Family>
void Forward(WorkerState& worker, StageClock& clock) {
  Streams<Family>& streams = worker.streams<Family>();
  StreamBatch<Family>& batch = worker.batch<Family>();
  Lookup(streams, batch);
  clock.End(Stage::kLookup);
  Accept(worker.acceptor, streams, worker.now, batch);
  clock.End(Stage::kAccept);
  Replicate(worker.replicator, streams.view, batch);
  clock.End(Stage::kReplicate);
}

// After a turn: nothing is held that control may wait for.
void Sleep(WorkerState& worker, uint32_t microseconds) {
  WorkerStats& stats = worker.stats;
  const uint64_t begin = rte_rdtsc();
  worker.config.epoch->Offline(worker.config.reader);
  worker.config.sleep(microseconds);
  worker.config.epoch->Online(worker.config.reader);
  Add(stats.sleeps, 1);
  Add(stats.idle_cycles, rte_rdtsc() - begin);
  // The sleep is no part of a turn; what it took longer than it should have is.
  worker.now = std::min(worker.now + microseconds * worker.config.tsc_hz / 1'000'000, worker.config.clock());
}

}  // namespace

WorkerState::WorkerState(const WorkerConfig& worker_config)
    : config(Complete(worker_config)),
      turn_times(config.tsc_hz, stats.longest_turn, stats.long_turns),
      ipv4(config.ipv4, config, stats),
      ipv6(config.ipv6, config, stats),
      drain_pace(config.tsc_hz),
      local(*config.interfaces, stats, config.local, config.local_rates, config.tsc_hz),
      errors(stats, config.errors, config.quote_pool, config.icmpv6_errors, config.tsc_hz),
      acceptor{.interfaces = *config.interfaces,
               .alert_rate = TokenRate(config.tsc_hz, kAlertsPerSecond, kAlertBurst),
               .alert_interval = config.tsc_hz * config.alert_interval_ms / 1000},
      now(config.clock()),
      copy_buffers(config.copy_pool, config.spare_buffers),
      header_buffers(config.header_pool, 0),
      replicator{.interfaces = *config.interfaces,
                 .accounts = tx.accounts,
                 .tx = tx,
                 .too_big = too_big,
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
  const auto drop = [this]<class Family>(Streams<Family>& streams) {
    uint32_t cursor = 0;
    while (auto held = streams.pending.TakeCovered(FibKey<Family>::AllGroups(), cursor)) {
      DropHeld(state_->stats, *held, DropReason::kStopped);
    }
  };
  drop(state_->ipv4);
  drop(state_->ipv6);
  state_->stats.held.store(0, std::memory_order_relaxed);
  state_->stats.held_streams.store(0, std::memory_order_relaxed);
}

uint32_t Worker::Turn() { return TakeTurn().received; }

Worker::Turned Worker::TakeTurn() {
  WorkerState& worker = *state_;
  WorkerStats& stats = worker.stats;
  const uint64_t begin = rte_rdtsc();
  StageClock clock(stats, begin);
  // A turn lasts until the next one begins, so that nothing that keeps the core from turning is left out.
  const uint64_t before = std::exchange(worker.now, worker.config.clock());
  worker.turn_times.Took(worker.now - before);
  worker.ipv4.view = worker.ipv4.parts.fib->View();
  worker.ipv6.view = worker.ipv6.parts.fib->View();
  worker.too_big.Begin(worker.now);

  bool busy = false;
  if (!worker.ipv4.parts.messages->empty() || !worker.ipv6.parts.messages->empty()) {
    HandleMessages<Ipv4>(worker);
    HandleMessages<Ipv6>(worker);
    clock.End(Stage::kMessages);
    busy = true;
  }
  if (Draining(worker)) {
    SendHeld(worker);
    clock.End(Stage::kUpkeep);
    busy = true;
  }
  uint32_t received = 0;
  for (const RxQueue queue : worker.config.rx) {
    const uint16_t device = worker.config.interfaces->port(queue.port).rx_device.load(std::memory_order_acquire);
    if (device == kNoDevice) continue;
    for (uint32_t burst = 0; burst < kBurstsPerTurn; ++burst) {
      const uint32_t count = Receive(stats, device, queue.queue, worker.ipv4_batch);
      if (count == 0) break;
      received += count;
      clock.End(Stage::kRx);
      Parse(worker.parser, worker.now, worker.ipv4_batch, worker.ipv6_batch, queue.port);
      clock.End(Stage::kParse);
      if (worker.ipv4_batch.count != 0) Forward<Ipv4>(worker, clock);
      if (worker.ipv6_batch.count != 0) Forward<Ipv6>(worker, clock);
      if (count < kBatch) break;
    }
  }
  if (HasUpkeep(worker)) {
    busy |= KeepPending(worker);
    clock.End(Stage::kUpkeep);
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
  return {.received = received, .idle = received == 0 && !busy};
}

void Worker::Run(const std::atomic<bool>& stop) {
  state_->config.epoch->Online(state_->config.reader);
  state_->now = state_->config.clock();  // what was before is no turn
  if (state_->config.sleep == nullptr) {
    while (!stop.load(std::memory_order_relaxed)) TakeTurn();
  } else {
    IdlePace pace;
    while (!stop.load(std::memory_order_relaxed)) {
      if (const uint32_t microseconds = pace.SleepAfter(TakeTurn().idle)) Sleep(*state_, microseconds);
    }
  }
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

template <class Family>
StreamCounters& Worker::counters() const {
  return state_->streams<Family>().counters;
}
template <class Family>
ExceptionTable& Worker::exceptions() const {
  return state_->streams<Family>().exceptions;
}

template StreamCounters& Worker::counters<Ipv4>() const;
template StreamCounters& Worker::counters<Ipv6>() const;
template ExceptionTable& Worker::exceptions<Ipv4>() const;
template ExceptionTable& Worker::exceptions<Ipv6>() const;

}  // namespace mgmd::dataplane
