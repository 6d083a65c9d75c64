#include "dataplane/interfaces/boundary.h"

namespace mgmd::dataplane {
namespace {

// What every interface with a boundary has besides its own.
template <class Family>
std::optional<typename Family::Prefix> Everywhere() {
  return std::nullopt;
}
template <>
std::optional<Ipv4Prefix> Everywhere<Ipv4>() {
  return Ipv4Prefix(Ipv4Address(239, 255, 0, 0), 16);
}

// The address whose first bits are set.
template <class Family>
typename Family::Address Mask(int length);
template <>
Ipv4Address Mask<Ipv4>(int length) {
  return Ipv4Prefix(Ipv4Address(), length).mask();
}
template <>
Ipv6Address Mask<Ipv6>(int length) {
  std::array<uint8_t, 16> ones;
  ones.fill(0xFF);
  return Ipv6Prefix(Ipv6Address(ones), length).address();
}

}  // namespace

template <class Family>
uint32_t BoundarySet<Family>::Bit(const typename Family::Prefix& prefix) {
  const uint32_t count = count_.load(std::memory_order_relaxed);
  const Words address = WordsOf(prefix.address());
  const Words mask = WordsOf(Mask<Family>(prefix.length()));
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

template <class Family>
std::optional<uint64_t> BoundarySet<Family>::InterfaceMask(std::span<const typename Family::Prefix> boundaries,
                                                           uint32_t scope) {
  uint64_t interface_mask = 0;
  const auto add = [&](const typename Family::Prefix& prefix) {
    const uint32_t bit = Bit(prefix);
    if (bit == kMaxPrefixes) return false;
    interface_mask |= uint64_t{1} << bit;
    return true;
  };
  if (const auto everywhere = Everywhere<Family>(); everywhere && !boundaries.empty() && !add(*everywhere))
    return std::nullopt;
  for (const typename Family::Prefix& prefix : boundaries) {
    if (!add(prefix)) return std::nullopt;
  }
  if constexpr (kHasScopes) {
    for (uint32_t within = 1; within <= scope; ++within) interface_mask |= uint64_t{1} << (kMaxPrefixes + within);
    if (scope != 0) scoped_.store(true, std::memory_order_release);
  }
  return interface_mask;
}

template class BoundarySet<Ipv4>;
template class BoundarySet<Ipv6>;

}  // namespace mgmd::dataplane
