#include "dataplane/interfaces/boundary.h"

namespace mgmd::dataplane {

uint32_t BoundarySet::Bit(const Ipv4Prefix& prefix) {
  const uint32_t count = count_.load(std::memory_order_relaxed);
  const uint32_t address = prefix.address().host_order();
  const uint32_t mask = prefix.mask().host_order();
  for (uint32_t bit = 0; bit < count; ++bit) {
    if (addresses_[bit] == address && masks_[bit] == mask) return bit;
  }
  if (count == kMaxPrefixes) return kMaxPrefixes;
  addresses_[count] = address;
  masks_[count] = mask;
  // The prefix before the count that shows it to workers.
  count_.store(count + 1, std::memory_order_release);
  return count;
}

std::optional<uint64_t> BoundarySet::InterfaceMask(std::span<const Ipv4Prefix> boundaries) {
  if (boundaries.empty()) return 0;
  const Ipv4Prefix local_scope(Ipv4Address(239, 255, 0, 0), 16);
  uint64_t mask = 0;
  for (size_t i = 0; i <= boundaries.size(); ++i) {
    const uint32_t bit = Bit(i == 0 ? local_scope : boundaries[i - 1]);
    if (bit == kMaxPrefixes) return std::nullopt;
    mask |= uint64_t{1} << bit;
  }
  return mask;
}

}  // namespace mgmd::dataplane
