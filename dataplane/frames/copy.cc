#include "dataplane/frames/copy.h"

#include <algorithm>

namespace mgmd::dataplane {

void FrameReader::Read(uint8_t* to, uint32_t octets) {
  while (octets > 0) {
    if (piece_ == 0) {
      data_ = rte_pktmbuf_mtod(next_, const uint8_t*);
      piece_ = next_->data_len;
      next_ = next_->next;
      continue;
    }
    const uint32_t step = std::min(octets, piece_);
    std::memcpy(to, data_, step);
    to += step;
    octets -= step;
    data_ += step;
    piece_ -= step;
  }
}

rte_mbuf* CopyFrame(rte_mempool* pool, FrameReader reader, uint32_t octets) {
  const uint32_t room = RoomOf(pool);
  rte_mbuf* first = nullptr;
  rte_mbuf** link = &first;
  uint16_t segments = 0;
  for (uint32_t done = 0; done < octets;) {
    rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool);
    if (mbuf == nullptr) {
      rte_pktmbuf_free(first);
      return nullptr;
    }
    const uint32_t length = std::min(room, octets - done);
    reader.Read(rte_pktmbuf_mtod(mbuf, uint8_t*), length);
    mbuf->data_len = static_cast<uint16_t>(length);
    done += length;
    ++segments;
    *link = mbuf;
    link = &mbuf->next;
    first->nb_segs = segments;
    first->pkt_len = done;
  }
  return first;
}

}  // namespace mgmd::dataplane
