#ifndef MGMD_CONTROL_LOCAL_OCTETS_H_
#define MGMD_CONTROL_LOCAL_OCTETS_H_

// Packets written octet by octet: numbers go in network order. Any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mgmd::local {

inline void Append(std::vector<uint8_t>& to, std::span<const uint8_t> octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}
// The lowest octets of the number.
inline void Append2(std::vector<uint8_t>& to, size_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}
inline void Append4(std::vector<uint8_t>& to, uint32_t value) {
  Append2(to, value >> 16);
  Append2(to, value);
}
inline void Store2(std::span<uint8_t> to, size_t at, uint16_t value) {
  to[at] = static_cast<uint8_t>(value >> 8);
  to[at + 1] = static_cast<uint8_t>(value);
}

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_OCTETS_H_
