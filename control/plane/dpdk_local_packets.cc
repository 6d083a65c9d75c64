#include "control/plane/dpdk_local_packets.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/rings/inject.h"

namespace mgmd::plane {
namespace {

std::chrono::steady_clock::time_point TimeOf(uint64_t ticks) {
  const uint64_t now = rte_rdtsc();
  const double seconds = ticks < now ? static_cast<double>(now - ticks) / static_cast<double>(rte_get_tsc_hz()) : 0;
  return std::chrono::steady_clock::now() -
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

void DpdkLocalPackets::SetWanted(InterfaceSlot interface, LocalClasses classes) {
  parts_.interfaces->SetWanted(interface, classes);
}

void DpdkLocalPackets::SetOwnAddresses(const PerFamily<OwnAddressList>& addresses) {
  std::erase_if(retired_, [&](const auto& before) { return parts_.epoch->Passed(before.first); });
  auto next = std::make_unique<const dataplane::OwnAddresses>(addresses);
  parts_.interfaces->SetOwnAddresses(*next);
  // Begins when no worker finds them any more.
  if (own_addresses_ != nullptr) retired_.emplace_back(parts_.epoch->Start(), std::move(own_addresses_));
  own_addresses_ = std::move(next);
}

size_t DpdkLocalPackets::Receive(size_t limit, LocalSink& sink) {
  size_t received = 0;
  for (size_t empty = 0; empty < parts_.workers.size() && received < limit;) {
    const bool more = ReceiveOne(*parts_.workers[next_worker_].local, sink);
    next_worker_ = (next_worker_ + 1) % parts_.workers.size();
    empty = more ? 0 : empty + 1;
    received += more ? 1 : 0;
  }
  return received;
}

bool DpdkLocalPackets::ReceiveOne(dataplane::LocalRing& ring, LocalSink& sink) {
  dataplane::LocalPunt punt;
  if (!ring.Pop(punt)) return false;
  const absl::Cleanup free = [&] { ring.Free(punt); };
  const LocalPacket packet{.local_class = punt.local_class,
                           .arrival = InterfaceSlot{punt.slot},
                           .arrived = TimeOf(punt.arrived),
                           .frame = Join(punt.mbuf)};
  // A copy's packet has gone on, and is no packet without a consumer.
  if (!sink.Take(packet) && punt.local_class != LocalClass::kDeliver) {
    std::atomic<uint64_t>& untaken = untaken_[static_cast<size_t>(punt.local_class)];
    untaken.store(untaken.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  return true;
}

size_t DpdkLocalPackets::ReceiveErrors(Icmpv6ErrorSink& sink) {
  size_t received = 0;
  for (const LocalParts::Worker& worker : parts_.workers) {
    dataplane::ErrorRequest requests[dataplane::kErrorRing];
    const uint32_t count = worker.errors->Pop(requests, dataplane::kErrorRing);
    for (const dataplane::ErrorRequest& request : std::span(requests, count)) {
      const absl::Cleanup free = [&] { rte_pktmbuf_free(request.quote); };
      const std::span<const uint8_t> frame = Join(request.quote);
      Icmpv6Error error{.kind = request.kind,
                        .value = request.value,
                        .arrival = InterfaceSlot{request.slot},
                        .packet = frame.subspan(dataplane::kEthernetHeader)};
      const uint64_t own = parts_.interfaces->line(request.slot).source_and_type.load(std::memory_order_relaxed);
      std::memcpy(error.own_mac.data(), &own, error.own_mac.size());
      std::copy_n(frame.begin() + error.own_mac.size(), error.sender_mac.size(), error.sender_mac.begin());
      sink.Take(error);
    }
    received += count;
  }
  return received;
}

std::span<const uint8_t> DpdkLocalPackets::Join(const rte_mbuf* mbuf) {
  const uint32_t length = mbuf->pkt_len;
  if (mbuf->nb_segs > 1) joined_.resize(length);
  return {static_cast<const uint8_t*>(rte_pktmbuf_read(mbuf, 0, length, joined_.data())), length};
}

InjectResult DpdkLocalPackets::Inject(InterfaceSlot out, InjectForm form, std::span<const uint8_t> octets) {
  const dataplane::InterfaceLine& line = parts_.interfaces->line(Value(out));
  if (!dataplane::IsInjectable(parts_.inject_pool, line, form, octets)) return InjectResult::kImpossible;
  rte_mbuf* const frame = dataplane::MakeInjected(parts_.inject_pool, line, form, octets);
  if (frame == nullptr) return InjectResult::kFull;
  const uint8_t worker = parts_.worker_of_port[line.port.load(std::memory_order_relaxed)];
  if (parts_.workers[worker].inject->Push({.frame = frame, .slot = Value(out)})) return InjectResult::kTaken;
  rte_pktmbuf_free(frame);
  return InjectResult::kFull;
}

}  // namespace mgmd::plane
