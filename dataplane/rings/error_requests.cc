#include "dataplane/rings/error_requests.h"

#include <algorithm>

#include "common/interface.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {

ErrorRequests::ErrorRequests(WorkerStats& stats, ErrorRing* ring, rte_mempool* pool, uint32_t per_second, uint64_t hz)
    : stats_(stats), ring_(ring), pool_(pool), rate_(hz, per_second, per_second), buckets_(kMaxSlots + 1) {}

rte_mbuf* ErrorRequests::Quote(uint64_t now, uint16_t slot, FrameReader reader, uint32_t octets) {
  if (ring_ == nullptr) return nullptr;
  uint64_t& bucket = buckets_[slot];
  rte_mbuf* quote = nullptr;
  if (rate_.Has(bucket, now)) quote = CopyFrame(pool_, reader, kEthernetHeader + std::min(octets, kMostQuoted));
  if (quote == nullptr) {
    Add(stats_.icmpv6_errors_suppressed, 1);
    return nullptr;
  }
  rate_.Take(bucket, now);
  return quote;
}

void ErrorRequests::Send(const ErrorRequest& request) {
  if (ring_->Push(request)) {
    Add(stats_.icmpv6_errors, 1);
    return;
  }
  rte_pktmbuf_free(request.quote);
  Add(stats_.icmpv6_errors_suppressed, 1);
}

}  // namespace mgmd::dataplane
