#include "control/plane/read_counts.h"

#include <rte_cycles.h>

#include <algorithm>
#include <array>

#include "common/turn_times.h"

namespace mgmd::plane {
namespace {

using dataplane::Get;

// The sum over the workers of what `counter` picks from their totals.
template <class Pick>
uint64_t Sum(Workers workers, Pick&& counter) {
  uint64_t sum = 0;
  for (const auto& worker : workers) sum += Get(counter(worker->stats()));
  return sum;
}

}  // namespace

std::vector<views::Port> ReadPorts(const Ports& open_ports, Workers workers) {
  std::vector<views::Port> ports;
  for (const Ports::Port& port : open_ports.all()) {
    PortStats stats = port.Read();
    stats.completed_checksums = Sum(
        workers, [&](const auto& of_worker) -> auto& { return of_worker.completed_checksums[port.number]; });
    ports.push_back({.name = port.name,
                     .device = port.device_name,
                     .up = port.link_up,
                     .counts = {
#define MGMD_PORT(field, name, ...) {name, stats.field},
#include "common/counter_table.def"
                     }});
  }
  return ports;
}

std::vector<views::Worker> ReadWorkers(Workers workers) {
  std::vector<views::Worker> read;
  for (const auto& worker : workers) {
    const dataplane::WorkerStats& stats = worker->stats();
    read.push_back({.name = worker->name(),
                    .counts = {
#define MGMD_WORKER(field, name, type, unit, ...) {name, Told(unit, Get(stats.field), rte_get_tsc_hz())},
#define MGMD_STAGE(enumerator, name, ...) \
  {name "_cycles", Get(stats.cycles[static_cast<size_t>(dataplane::Stage::enumerator)])},
#include "common/counter_table.def"
                    }});
  }
  return read;
}

std::vector<views::NamedCount> ReadDrops(const Ports& ports, Workers workers, const DpdkLocalPackets& local,
                                         uint64_t inject_queue_full) {
  std::array<uint64_t, kDropReasons> packets{};
  for (size_t reason = 0; reason < kDropReasons; ++reason) {
    packets[reason] = Sum(
        workers, [&](const auto& stats) -> auto& { return stats.drops[reason]; });
  }
  const auto of = [&](DropReason reason) -> uint64_t& { return packets[static_cast<size_t>(reason)]; };
  of(DropReason::kInjectQueueFull) += inject_queue_full;
  for (size_t row = 0; row < kLocalClasses; ++row) {
    of(DropReason::kNoConsumer) += local.untaken(static_cast<LocalClass>(row));
  }
  for (const Ports::Port& port : ports.all()) {
    const PortStats stats = port.Read();
    of(DropReason::kDeviceRxMissed) += stats.rx_missed;
    of(DropReason::kDeviceRxErrors) += stats.rx_errors;
    of(DropReason::kDeviceRxNoBuffers) += stats.rx_nombuf;
    of(DropReason::kDeviceTxErrors) += stats.tx_lost;
    of(DropReason::kOifDown) += stats.tx_taken_back;
  }
  std::vector<views::NamedCount> drops;
  for (size_t reason = 0; reason < kDropReasons; ++reason) {
    if (packets[reason] != 0) drops.push_back({Name(static_cast<DropReason>(reason)), packets[reason]});
  }
  return drops;
}

std::vector<views::NamedCount> ReadPunts(Workers workers, const DpdkLocalPackets& local) {
  std::vector<views::NamedCount> punts;
  for (size_t reason = 0; reason < kPuntReasons; ++reason) {
    const uint64_t packets = Sum(
        workers, [&](const auto& stats) -> auto& { return stats.punts[reason]; });
    if (packets != 0) punts.push_back({kPuntReasonNames[reason], packets});
  }
  for (size_t row = 0; row < kLocalClasses; ++row) {
    uint64_t packets = Sum(
        workers, [&](const auto& stats) -> auto& { return stats.local[row]; });
    // Both go on while they are read.
    packets -= std::min(packets, local.untaken(static_cast<LocalClass>(row)));
    if (packets != 0) punts.push_back({kLocalClassNames[row], packets});
  }
  return punts;
}

uint64_t PacketsReceived(Workers workers) {
  return Sum(
      workers, [](const auto& stats) -> auto& { return stats.packets; });
}

}  // namespace mgmd::plane
