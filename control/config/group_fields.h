#ifndef MGMD_CONTROL_CONFIG_GROUP_FIELDS_H_
#define MGMD_CONTROL_CONFIG_GROUP_FIELDS_H_

// Fields that hold addresses, sources and groups, of either family.

#include <optional>

#include "common/any_family.h"
#include "control/config/names.h"
#include "control/config/table.h"

namespace mgmd::config {

// An address of the family that goes with something else; reported is one of the other family.
template <class Family>
std::optional<typename Family::Address> ReadAddress(const Field& field, std::string_view allowed);

// A range of groups, forwarded or not. Reported: what is not multicast.
std::optional<AnyPrefix> ReadGroupRange(const Field& field, std::string_view allowed);

// A group or a range of groups. Reported: what is not multicast, and what is never forwarded: all of it in 224.0.0.0/24
// (RFC 5771 section 4), or of scopes 0 to 2 (RFC 4291 section 2.7).
std::optional<AnyPrefix> ReadGroups(const Field& field);

// One group of the family, likewise.
template <class Family>
std::optional<typename Family::Address> ReadGroup(const Field& field);

// One group of either family, likewise.
std::optional<AnyAddress> ReadAnyGroup(const Field& field);

// Reports a group or range that is all in a range of `ssm`: nothing is forwarded there without a source (RFC 4607).
void CheckAnySource(const Field& field, const PerFamily<Prefixes>& ssm, const AnyPrefix& group,
                    std::string_view allowed);

// Reports a reference to an interface that none of the groups may cross.
void CheckBoundary(const Reference& reference, const AnyPrefix& group);

// Reported: what can be no packet's source, or none's that is forwarded.
std::optional<AnyAddress> ReadSource(const Field& field);

// Why it is no group, or no source, of packets that are forwarded: " is not multicast". Empty: it is one.
std::string WhyNoGroup(const AnyAddress& group);
std::string WhyNoSource(const AnyAddress& source);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_GROUP_FIELDS_H_
