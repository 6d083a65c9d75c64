#ifndef MGMD_DATAPLANE_FRAMES_COPY_H_
#define MGMD_DATAPLANE_FRAMES_COPY_H_

// Copying frames, whole lines at a time where the buffers allow it and piece by piece where they do
// not.

#include <rte_mbuf.h>

#include <cstdint>
#include <cstring>

namespace mgmd::dataplane {

// Flags that say where an mbuf's data lives; all others are of no use to a copy.
inline constexpr uint64_t kPlacementFlags = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;

inline constexpr uint32_t kLine = 64;
constexpr uint32_t LinesOf(uint32_t octets) { return (octets + kLine - 1) / kLine; }

// Copies whole lines; both sides have them in full.
inline void CopyLines(uint8_t* to, const uint8_t* from, uint32_t lines) {
  do {
    std::memcpy(to, from, kLine);
    to += kLine;
    from += kLine;
  } while (--lines != 0);
}

// What a buffer of the pool holds after its headroom, in octets.
inline uint32_t RoomOf(rte_mempool* pool) { return rte_pktmbuf_data_room_size(pool) - uint32_t{RTE_PKTMBUF_HEADROOM}; }

// A position in a frame that begins in the first segment of an mbuf and goes on in the next ones.
// It only walks forward.
class FrameReader {
 public:
  // `piece` octets of the frame stand at `data`, the rest in `next` and its followers.
  FrameReader(const uint8_t* data, uint32_t piece, const rte_mbuf* next) : data_(data), piece_(piece), next_(next) {}

  // Copies the next `octets`; the frame has them.
  void Read(uint8_t* to, uint32_t octets);

 private:
  const uint8_t* data_;
  uint32_t piece_;
  const rte_mbuf* next_;
};

// A copy of the next `octets` of a frame in buffers of `pool`, chained where one has not the room.
// nullptr: no buffers.
rte_mbuf* CopyFrame(rte_mempool* pool, FrameReader reader, uint32_t octets);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FRAMES_COPY_H_
