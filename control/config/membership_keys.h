#ifndef MGMD_CONTROL_CONFIG_MEMBERSHIP_KEYS_H_
#define MGMD_CONTROL_CONFIG_MEMBERSHIP_KEYS_H_

// The parts of [igmp] and [mld].

#include <string_view>

#include "control/config/config.h"
#include "control/config/names.h"
#include "control/config/table.h"

namespace mgmd::config {

inline constexpr int64_t kMostMemberships = 1 << 24;

template <class Family>
std::string_view SectionName() {
  return Family::kSlotBit == Ipv4::kSlotBit ? "igmp" : "mld";
}

// What stands in the section itself, for all of its interfaces, and in a [[igmp.interface]], for one.
template <class Family>
void ReadMembershipKeys(Table& table, MembershipInterface<Family>* out);

// Of `acl`; what is none is reported.
template <class Family>
membership::AccessList<Family> ReadAccessList(const Field& list);

// [[igmp.proxy]]. `common`: what the section says of all interfaces; of `out`: its interfaces, of which the downstream
// ones are told.
template <class Family>
void ReadMembershipProxies(const Field& field, const InterfaceNames& names, const MembershipInterface<Family>& common,
                           Membership<Family>* out);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_MEMBERSHIP_KEYS_H_
