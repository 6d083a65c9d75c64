#include "control/local/wanted_classes.h"

#include <type_traits>

#include "common/ipv6_header.h"
#include "common/routing_groups.h"

namespace mgmd::local {
namespace {

constexpr uint8_t kIgmp = 2;
constexpr uint8_t kPim = 103;

constexpr LocalClasses kAnyIcmpv6 = {LocalClass::kNeighbour, LocalClass::kNeighbourOther, LocalClass::kMld};

}  // namespace

template <class Family>
LocalClasses ClassesTo(const typename Family::Address& group, uint8_t protocol) {
  if constexpr (std::is_same_v<Family, Ipv4>) {
    if (protocol == kIgmp) return {LocalClass::kIgmp};
    if (protocol == kPim) return {LocalClass::kPim};
  } else {
    if (protocol == kIcmpv6) return kAnyIcmpv6;
    if (protocol == kPim) return {LocalClass::kPim};
    // A fragment to all PIM routers counts as PIM's, whatever it is of.
    if (IsAllPimRouters(group)) return {LocalClass::kLinkLocal, LocalClass::kPim};
  }
  return {IsRoutingGroup(group) ? LocalClass::kLinkLocal : LocalClass::kLinkLocalOther};
}

template <class Family>
LocalClasses ClassesOf(uint8_t protocol) {
  if constexpr (std::is_same_v<Family, Ipv4>) {
    if (protocol == kIgmp) return {LocalClass::kIgmp};
  } else {
    if (protocol == kIcmpv6) return kAnyIcmpv6 | LocalClasses{LocalClass::kHost};
  }
  if (protocol == kPim) return {LocalClass::kPim, LocalClass::kPimRegister};
  return {LocalClass::kLinkLocal, LocalClass::kLinkLocalOther, LocalClass::kHost};
}

template LocalClasses ClassesTo<Ipv4>(const Ipv4Address&, uint8_t);
template LocalClasses ClassesTo<Ipv6>(const Ipv6Address&, uint8_t);
template LocalClasses ClassesOf<Ipv4>(uint8_t);
template LocalClasses ClassesOf<Ipv6>(uint8_t);

}  // namespace mgmd::local
