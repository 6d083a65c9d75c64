#ifndef MGMD_COMMON_IP_FAMILY_H_
#define MGMD_COMMON_IP_FAMILY_H_

// The two address families as template arguments, for whatever is the same in both but for its addresses. An address, a
// prefix and a key each name theirs: `typename Prefix::Family`.

#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/ip_address.h"

namespace mgmd {

struct Ipv4 {
  using Address = Ipv4Address;
  using Prefix = Ipv4Prefix;
  static constexpr std::string_view kName = "IPv4";
  static constexpr std::string_view kWord = "ipv4";  // for programs: in configuration, summary, events, telemetry
  static constexpr int kAddressBits = 32;
  static constexpr int kAllGroupsLength = 4;
  static constexpr uint16_t kSlotBit = 0;  // the lowest bit of its slots (interface.h)
};

struct Ipv6 {
  using Address = Ipv6Address;
  using Prefix = Ipv6Prefix;
  static constexpr std::string_view kName = "IPv6";
  static constexpr std::string_view kWord = "ipv6";
  static constexpr int kAddressBits = 128;
  static constexpr int kAllGroupsLength = 8;
  static constexpr uint16_t kSlotBit = 1;
};

// Calls the function for IPv4 and then for IPv6: ForEachFamily([&]<class Family>() { ... });
template <class Function>
void ForEachFamily(Function&& function) {
  function.template operator()<Ipv4>();
  function.template operator()<Ipv6>();
}

// One T for each family, asked for by the family.
template <template <class Family> class T>
class PerFamily {
 public:
  PerFamily() = default;
  PerFamily(T<Ipv4> ipv4, T<Ipv6> ipv6) : values_(std::move(ipv4), std::move(ipv6)) {}

  template <class Family>
  T<Family>& of() {
    return std::get<Family::kSlotBit>(values_);
  }
  template <class Family>
  const T<Family>& of() const {
    return std::get<Family::kSlotBit>(values_);
  }

  bool operator==(const PerFamily&) const = default;

 private:
  std::tuple<T<Ipv4>, T<Ipv6>> values_;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_IP_FAMILY_H_
