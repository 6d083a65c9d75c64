#include "control/plane/read_counts.h"

#include <array>

namespace mgmd::plane {
namespace {

using dataplane::Get;

constexpr std::array<std::string_view, dataplane::kStages> kCyclesNames = {
#define MGMD_X(enumerator, name) name "_cycles",
    MGMD_STAGES(MGMD_X)
#undef MGMD_X
};

uint64_t CompletedChecksums(const Plane& plane, uint16_t port) {
  uint64_t packets = 0;
  for (size_t i = 0; i < plane.worker_count(); ++i) {
    packets += Get(plane.worker(i).stats().completed_checksums[port]);
  }
  return packets;
}

}  // namespace

std::vector<views::Port> ReadPorts(const Plane& plane) {
  std::vector<views::Port> ports;
  for (const Ports::OpenPort& port : plane.ports()) {
    const PortStats stats = Ports::Read(port);
    ports.push_back({.name = port.name,
                     .device = port.port.device,
                     .up = port.link_up,
                     .counts = {{"rx_packets", stats.rx_packets},
                                {"rx_octets", stats.rx_octets},
                                {"tx_packets", stats.tx_packets},
                                {"tx_octets", stats.tx_octets},
                                {"rx_missed", stats.rx_missed},
                                {"rx_errors", stats.rx_errors},
                                {"rx_nombuf", stats.rx_nombuf},
                                {"tx_errors", stats.tx_errors},
                                {"tx_taken_back", stats.tx_taken_back},
                                {"completed_checksums", CompletedChecksums(plane, port.port.id)}}});
  }
  return ports;
}

std::vector<views::Worker> ReadWorkers(const Plane& plane) {
  std::vector<views::Worker> workers;
  for (size_t i = 0; i < plane.worker_count(); ++i) {
    const dataplane::WorkerStats& stats = plane.worker(i).stats();
    views::Worker& worker = workers.emplace_back();
    worker.name = plane.worker(i).name();
    worker.counts = {{"packets", Get(stats.packets)},
                     {"copies", Get(stats.copies)},
                     {"injected", Get(stats.injected)},
                     {"bursts", Get(stats.bursts)},
                     {"turns", Get(stats.turns)},
                     {"idle_turns", Get(stats.idle_turns)},
                     {"held_packets", Get(stats.held)},
                     {"held_streams", Get(stats.held_streams)},
                     {"rereads", Get(stats.rereads)},
                     {"unattributed", Get(stats.unattributed)},
                     {"idle_cycles", Get(stats.idle_cycles)}};
    for (size_t stage = 0; stage < dataplane::kStages; ++stage) {
      worker.counts.push_back({kCyclesNames[stage], Get(stats.cycles[stage])});
    }
  }
  return workers;
}

std::vector<views::NamedCount> ReadDrops(const Plane& plane, uint64_t inject_queue_full) {
  std::array<uint64_t, kDropReasons> packets{};
  for (size_t i = 0; i < plane.worker_count(); ++i) {
    for (size_t reason = 0; reason < kDropReasons; ++reason) {
      packets[reason] += Get(plane.worker(i).stats().drops[reason]);
    }
  }
  const auto of = [&](DropReason reason) -> uint64_t& { return packets[static_cast<size_t>(reason)]; };
  of(DropReason::kInjectQueueFull) += inject_queue_full;
  for (size_t row = 0; row < kLocalClasses; ++row) {
    of(DropReason::kNoConsumer) += plane.untaken(static_cast<LocalClass>(row));
  }
  for (const Ports::OpenPort& port : plane.ports()) {
    const PortStats stats = Ports::Read(port);
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

std::vector<views::NamedCount> ReadPunts(const Plane& plane) {
  std::vector<views::NamedCount> punts;
  for (size_t reason = 0; reason < kPuntReasons; ++reason) {
    uint64_t packets = 0;
    for (size_t i = 0; i < plane.worker_count(); ++i) packets += Get(plane.worker(i).stats().punts[reason]);
    if (packets != 0) punts.push_back({kPuntReasonNames[reason], packets});
  }
  for (size_t row = 0; row < kLocalClasses; ++row) {
    uint64_t packets = 0;
    for (size_t i = 0; i < plane.worker_count(); ++i) packets += Get(plane.worker(i).stats().local[row]);
    packets -= plane.untaken(static_cast<LocalClass>(row));
    if (packets != 0) punts.push_back({kLocalClassNames[row], packets});
  }
  return punts;
}

}  // namespace mgmd::plane
