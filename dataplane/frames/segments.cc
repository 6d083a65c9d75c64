#include "dataplane/frames/segments.h"

#include <algorithm>
#include <cstring>

namespace mgmd::dataplane {

bool PullUp(rte_mbuf* mbuf, uint32_t octets) {
  if (octets > mbuf->buf_len) return false;
  if (octets > mbuf->data_len + uint32_t{rte_pktmbuf_tailroom(mbuf)}) {
    auto* const start = static_cast<uint8_t*>(mbuf->buf_addr);
    std::memmove(start, rte_pktmbuf_mtod(mbuf, uint8_t*), mbuf->data_len);
    mbuf->data_off = 0;
  }
  while (mbuf->data_len < octets) {
    rte_mbuf* const next = mbuf->next;
    const auto step = static_cast<uint16_t>(std::min<uint32_t>(octets - mbuf->data_len, next->data_len));
    std::memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t*, mbuf->data_len), rte_pktmbuf_mtod(next, uint8_t*), step);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len + step);
    next->data_len = static_cast<uint16_t>(next->data_len - step);
    next->data_off = static_cast<uint16_t>(next->data_off + step);
    if (next->data_len > 0) continue;
    mbuf->next = next->next;
    --mbuf->nb_segs;
    next->next = nullptr;
    next->nb_segs = 1;
    rte_pktmbuf_free_seg(next);
  }
  return true;
}

void Trim(rte_mbuf* mbuf, uint32_t octets) {
  mbuf->pkt_len = octets;
  rte_mbuf* last = mbuf;
  uint16_t segments = 1;
  while (octets > last->data_len) {
    octets -= last->data_len;
    last = last->next;
    ++segments;
  }
  last->data_len = static_cast<uint16_t>(octets);
  rte_mbuf* const rest = last->next;
  last->next = nullptr;
  mbuf->nb_segs = segments;
  for (rte_mbuf* segment = rest; segment != nullptr;) {
    rte_mbuf* const next = segment->next;
    segment->next = nullptr;
    segment->nb_segs = 1;
    rte_pktmbuf_free_seg(segment);
    segment = next;
  }
}

}  // namespace mgmd::dataplane
