#include "common/fib_key.h"

namespace mgmd {

std::string Ipv4FibKey::ToString() const {
  if (!is_wildcard()) return "(" + source().ToString() + "," + group().ToString() + ")";
  if (group_length() == 32) return "(*," + group().ToString() + ")";
  if (*this == AllGroups()) return "(*,*)";
  return "(*," + Ipv4Prefix(group(), group_length()).ToString() + ")";
}

Ipv6FibKey Ipv6FibKey::AnySource(const Ipv6Address& group, int length) {
  std::array<uint8_t, 16> source{};
  source[15] = static_cast<uint8_t>(length);
  return FibKey(Ipv6Address(source), Ipv6Prefix(group, length).address());
}

Ipv6FibKey Ipv6FibKey::AllGroups() {
  std::array<uint8_t, 16> group{};
  group[0] = 0xFF;
  return AnySource(Ipv6Address(group), Ipv6::kAllGroupsLength);
}

std::string Ipv6FibKey::ToString() const {
  if (!is_wildcard()) return "(" + source_.ToString() + "," + group_.ToString() + ")";
  if (group_length() == 128) return "(*," + group_.ToString() + ")";
  if (*this == AllGroups()) return "(*,*)";
  return "(*," + Ipv6Prefix(group_, group_length()).ToString() + ")";
}

}  // namespace mgmd
