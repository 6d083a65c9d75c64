#include "tests/bench/paced_source.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>

namespace mgmd::bench {
namespace {

// Moments of every copy in the burst.
uint16_t ReadClock(uint16_t, uint16_t, rte_mbuf** packets, uint16_t count, void* argument) {
  auto& clock = *static_cast<OutputClock*>(argument);
  const uint64_t now = rte_rdtsc();
  for (uint16_t i = 0; i < count; ++i) {
    const rte_mbuf* segment = packets[i];
    // A shared copy has its headers in a segment of their own.
    uint32_t skip = 0;
    if (segment->nb_segs > 1) {
      skip = segment->data_len;
      segment = segment->next;
    }
    const uint8_t* const data = rte_pktmbuf_mtod(segment, const uint8_t*);
    // A VLAN tag moves everything by its four octets.
    const uint32_t tag = rte_pktmbuf_mtod(packets[i], const uint8_t*)[12] == 0x81 ? 4 : 0;
    uint64_t due, handed_over;
    std::memcpy(&due, data + kDueAt + tag - skip, sizeof(due));
    std::memcpy(&handed_over, data + kHandedOverAt + tag - skip, sizeof(handed_over));
    clock.since_due.Add(now - due);
    clock.since_handed_over.Add(now - handed_over);
  }
  if (count == 0) return 0;
  const uint64_t copies = clock.copies.load(std::memory_order_relaxed);
  if (copies == 0) clock.first.store(now, std::memory_order_relaxed);
  clock.last.store(now, std::memory_order_relaxed);
  clock.copies.store(copies + count, std::memory_order_relaxed);
  return count;
}

}  // namespace

uint64_t Histogram::Quantile(double share) const {
  const auto wanted = static_cast<uint64_t>(share * static_cast<double>(total_));
  uint64_t seen = 0;
  for (size_t number = 0; number < counts_.size(); ++number) {
    seen += counts_[number];
    if (seen == 0 || seen < wanted) continue;
    if (number < kSub) return number;
    const uint32_t exponent = static_cast<uint32_t>(number / kSub) + 4;
    return (number % kSub + kSub + 1) << (exponent - 5);
  }
  return 0;
}

PacedSource::PacedSource(Rig& rig, uint32_t groups) : rig_(rig), frame_(rig.options().octets) {
  const uint32_t sum = WriteFrame(frame_.data(), rig.options().octets);
  source_ = {.state = 1, .entries = groups, .template_sum = sum, .ipv6 = 0};
  rte_eth_add_rx_callback(rig.inputs()[0].id, 0, Give, this);
}

void PacedSource::Start(double rate, uint64_t limit) {
  interval_ = rate == 0 ? 0 : static_cast<double>(rte_get_tsc_hz()) / rate;
  next_due_ = 0;
  limit_ = limit;
  sent_ = 0;
  lost_ = 0;
  next_key_ = 0;
}

// How many packets to hand over now.
uint32_t PacedSource::Due(uint64_t now, uint32_t limit) {
  limit = static_cast<uint32_t>(std::min<uint64_t>(limit, limit_ - sent()));
  if (interval_ == 0) {
    next_due_ = static_cast<double>(now);
    return limit;
  }
  if (next_due_ == 0) next_due_ = static_cast<double>(now);
  const double waiting = (static_cast<double>(now) - next_due_) / interval_ + 1;
  if (waiting < 1) return 0;
  if (waiting > kQueue) {
    const double over = waiting - kQueue;
    lost_ += static_cast<uint64_t>(over);
    next_due_ += static_cast<double>(static_cast<uint64_t>(over)) * interval_;
  }
  return std::min(limit, static_cast<uint32_t>(waiting));
}

uint16_t PacedSource::Give(uint16_t, uint16_t, rte_mbuf** packets, uint16_t, uint16_t limit, void* self) {
  auto& source = *static_cast<PacedSource*>(self);
  const uint64_t now = rte_rdtsc();
  const uint32_t count = source.Due(now, limit);
  if (count == 0 || rte_pktmbuf_alloc_bulk(source.rig_.rx_pool(), packets, count) != 0) return 0;
  const uint16_t octets = source.rig_.options().octets;
  for (uint32_t i = 0; i < count; ++i) {
    auto* const to = rte_pktmbuf_mtod(packets[i], uint8_t*);
    std::memcpy(to, source.frame_.data(), octets);
    const uint32_t index = source.in_turn_ ? source.next_key_ : NextIndex(&source.source_);
    source.next_key_ = source.next_key_ + 1 == source.source_.entries ? 0 : source.next_key_ + 1;
    WriteKey(to, SourceKey(index), source.source_.template_sum);
    const auto due = static_cast<uint64_t>(source.next_due_);
    std::memcpy(to + kDueAt, &due, sizeof(due));
    std::memcpy(to + kHandedOverAt, &now, sizeof(now));
    source.next_due_ += source.interval_;
    packets[i]->data_len = octets;
    packets[i]->pkt_len = octets;
  }
  source.sent_.store(source.sent() + count, std::memory_order_relaxed);
  return static_cast<uint16_t>(count);
}

OutputClocks::OutputClocks(Rig& rig) : clocks_(rig.outputs().size()) {
  for (size_t output = 0; output < clocks_.size(); ++output) {
    rte_eth_add_tx_callback(rig.outputs()[output].id, 0, ReadClock, &clocks_[output]);
  }
}

void OutputClock::Clear() {
  since_handed_over = {};
  since_due = {};
  copies = 0;
  first = 0;
  last = 0;
}

void OutputClocks::Clear() {
  for (OutputClock& clock : clocks_) clock.Clear();
}

}  // namespace mgmd::bench
