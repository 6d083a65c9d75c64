#ifndef MGMD_CONTROL_LOCAL_INTERNET_CHECKSUM_H_
#define MGMD_CONTROL_LOCAL_INTERNET_CHECKSUM_H_

// The Internet's checksum (RFC 1071): the ones' complement of the ones' complement sum of all 16-bit words. Pure. Any
// thread.
//
//   const uint16_t field = InternetChecksum().Add(pseudo_header).Add(packet).Field();   // its place there being zero
//   const bool right = InternetChecksum().Add(packet).SumsUp();                         // its place there included

#include <cstddef>
#include <cstdint>
#include <span>

namespace mgmd::local {

class InternetChecksum {
 public:
  // A last odd octet counts as the first of a word, so only the last of several spans may be odd.
  constexpr InternetChecksum& Add(std::span<const uint8_t> octets) {
    for (size_t at = 0; at < octets.size(); ++at) {
      sum_ += at % 2 == 0 ? uint64_t{octets[at]} << 8 : octets[at];
    }
    return *this;
  }
  constexpr InternetChecksum& Add(uint16_t word) {
    sum_ += word;
    return *this;
  }

  // The value of the field, in host order.
  constexpr uint16_t Field() const { return static_cast<uint16_t>(~Folded()); }
  // Whether what was added had the right checksum in it.
  constexpr bool SumsUp() const { return Folded() == 0xFFFF; }

 private:
  constexpr uint16_t Folded() const {
    uint64_t sum = sum_;
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint16_t>(sum);
  }
  uint64_t sum_ = 0;
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_INTERNET_CHECKSUM_H_
