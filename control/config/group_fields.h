#ifndef MGMD_CONTROL_CONFIG_GROUP_FIELDS_H_
#define MGMD_CONTROL_CONFIG_GROUP_FIELDS_H_

// Fields that hold sources and groups.

#include <optional>

#include "control/config/names.h"
#include "control/config/table.h"

namespace mgmd::config {

// A group or, where `ranges` are allowed, a prefix of groups. Reported: what is not multicast, what
// is all in 224.0.0.0/24 (never forwarded, RFC 5771 section 4).
std::optional<Ipv4Prefix> ReadGroup(const Field& field, bool ranges);

// Reports a group or range that is all in 232.0.0.0/8: nothing is forwarded there without a source
// (RFC 4607).
void CheckAnySource(const Field& field, const Ipv4Prefix& group, std::string_view allowed);

// Reports a reference to an interface that none of the groups may cross.
void CheckBoundary(const Reference& reference, const Ipv4Prefix& group);

std::optional<Ipv4Address> ReadSource(const Field& field);

// "239.1.1.1" or "239.1.0.0/16".
std::string GroupText(const Ipv4Prefix& group);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_GROUP_FIELDS_H_
