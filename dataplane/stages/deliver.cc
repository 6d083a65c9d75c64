#include "dataplane/stages/deliver.h"

namespace mgmd::dataplane {

template <class Family>
void DeliverAll(LocalWay& way, uint64_t now, const StreamBatch<Family>& batch) {
  for (uint32_t i = 0; i < batch.count; ++i)
    Deliver(way, now, batch.mbufs[i], batch.arrivals[i], batch.keys[i].group());
}

template <class Address>
void Deliver(LocalWay& way, uint64_t now, const rte_mbuf* mbuf, uint16_t slot, const Address& group) {
  const LocalClasses wanted = way.interfaces.line(slot).load_wanted();
  if (!wanted.Has(LocalClass::kDeliver) || !way.interfaces.Delivers(slot, group)) return;
  constexpr auto kRow = static_cast<size_t>(LocalClass::kDeliver);
  uint64_t& bucket = way.buckets[size_t{slot} * kLocalClasses + kRow];
  const TokenRate& rate = way.rates[kRow];
  if (!rate.Has(bucket, now)) {
    way.stats.Drop(DropReason::kDeliverRate);
    return;
  }
  // Asked before, so that a flood that control does not take costs no copies.
  if (!way.ring->HasRoom(mbuf->nb_segs)) {
    way.stats.Drop(DropReason::kDeliverRingFull);
    return;
  }
  rte_mbuf* const copy = rte_pktmbuf_copy(mbuf, mbuf->pool, 0, UINT32_MAX);
  if (copy == nullptr) {
    way.stats.Drop(DropReason::kNoBuffers);
    return;
  }
  if (!way.ring->Push(copy, now, slot, LocalClass::kDeliver)) {
    way.stats.Drop(DropReason::kDeliverRingFull);
    rte_pktmbuf_free(copy);
    return;
  }
  rate.Take(bucket, now);
  Add(way.stats.local[kRow], 1);
}

template void DeliverAll(LocalWay&, uint64_t, const StreamBatch<Ipv4>&);
template void DeliverAll(LocalWay&, uint64_t, const StreamBatch<Ipv6>&);
template void Deliver(LocalWay&, uint64_t, const rte_mbuf*, uint16_t, const Ipv4Address&);
template void Deliver(LocalWay&, uint64_t, const rte_mbuf*, uint16_t, const Ipv6Address&);

}  // namespace mgmd::dataplane
