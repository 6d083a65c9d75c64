#ifndef MGMD_DATAPLANE_FRAMES_CHECKSUM_H_
#define MGMD_DATAPLANE_FRAMES_CHECKSUM_H_

// The Internet checksum (RFC 1071) over an IPv4 header and its change by RFC 1624. One's complement
// sums do not depend on byte order, so everything here works on words as they lie in memory.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mgmd::dataplane {

inline uint16_t FoldSum(uint64_t sum) {
  sum = (sum & 0xFFFFFFFF) + (sum >> 32);
  sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
  sum = (sum & 0xFFFF) + (sum >> 16);
  sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

// The folded sum of `octets` (a multiple of four). 0xFFFF for a header whose checksum is right.
inline uint16_t HeaderSum(const uint8_t* header, size_t octets) {
  uint64_t sum = 0;
  for (size_t at = 0; at < octets; at += 4) {
    uint32_t word;
    std::memcpy(&word, header + at, sizeof(word));
    sum += word;
  }
  return FoldSum(sum);
}

inline void SetHeaderChecksum(uint8_t* header, size_t octets) {
  const uint16_t none = 0;
  std::memcpy(header + 10, &none, sizeof(none));
  const auto checksum = static_cast<uint16_t>(~HeaderSum(header, octets));
  std::memcpy(header + 10, &checksum, sizeof(checksum));
}

// Takes one hop off the TTL, which is not 0, and adapts the checksum: HC' = ~(~HC + ~m + m') (RFC
// 1624 section 3). With m' = m - 1 that is HC + 1, and one more where the one's complement sum
// wraps, which is from 0xFFFE on. TTL, protocol and checksum are one word, checksum on top.
inline void DecrementTtl(uint8_t* header) {
  uint32_t word;
  std::memcpy(&word, header + 8, sizeof(word));
  word += 0xFFFF + (uint32_t{word >= 0xFFFE0000} << 16);
  std::memcpy(header + 8, &word, sizeof(word));
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FRAMES_CHECKSUM_H_
