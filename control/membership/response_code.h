#ifndef MGMD_CONTROL_MEMBERSHIP_RESPONSE_CODE_H_
#define MGMD_CONTROL_MEMBERSHIP_RESPONSE_CODE_H_

// The numbers of a version 3 query that are floating-point from their upper half on: IGMP's Max Resp Code and both
// protocols' QQIC in eight bits (RFC 9776 sections 4.1.1 and 4.1.7), MLD's Maximum Response Code in sixteen (RFC 9777
// section 5.1.3). Of both: one bit that says so, three bits of exponent, and a mantissa.
//
// Pure. Any thread.

#include <algorithm>
#include <bit>
#include <cstdint>

namespace mgmd::membership {

// `kMantissa`: bits of it.
template <int kMantissa>
struct FloatingCode {
  static constexpr uint32_t kImplied = uint32_t{1} << kMantissa;
  static constexpr uint32_t kFirstFloating = kImplied << 3;
  static constexpr uint32_t kHighest = (2 * kImplied - 1) << 10;  // the largest number that it can say

  static constexpr uint32_t Decode(uint32_t code) {
    if (code < kFirstFloating) return code;
    return ((code & (kImplied - 1)) | kImplied) << ((code >> kMantissa & 7) + 3);
  }
  // Of that number, or of the next lower one that can be said.
  static constexpr uint32_t Encode(uint32_t number) {
    if (number < kFirstFloating) return number;
    number = std::min(number, kHighest);
    const int shift = std::bit_width(number) - (kMantissa + 1);
    return kFirstFloating | static_cast<uint32_t>(shift - 3) << kMantissa | (number >> shift & (kImplied - 1));
  }
};
using Code8 = FloatingCode<4>;
using Code16 = FloatingCode<12>;

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_RESPONSE_CODE_H_
