#include "control/config/group_fields.h"

namespace mgmd::config {

std::string GroupText(const Ipv4Prefix& group) {
  return group.length() == 32 ? group.address().ToString() : group.ToString();
}

std::optional<Ipv4Prefix> ReadGroup(const Field& field, bool ranges) {
  const std::string allowed =
      ranges ? "a group, as in \"239.1.1.1\", or a range, as in \"239.1.0.0/16\"" : "a group, as in \"239.1.1.1\"";
  std::optional<Ipv4Prefix> group;
  if (ranges) {
    group = field.Prefix(allowed);
  } else if (const auto address = field.Address(allowed)) {
    group = Ipv4Prefix(*address, 32);
  }
  if (!group) return std::nullopt;
  if (!group->address().is_multicast() || group->length() < Ipv4::kAllGroupsLength) {
    field.Fail(GroupText(*group) + " is not multicast", allowed);
    return std::nullopt;
  }
  if (group->address().is_link_local_multicast() && group->length() >= 24) {
    field.Fail(GroupText(*group) + " is in 224.0.0.0/24, which is never forwarded", allowed);
    return std::nullopt;
  }
  return group;
}

void CheckAnySource(const Field& field, const Ipv4Prefix& group, std::string_view allowed) {
  if (!group.address().is_source_specific() || group.length() < 8) return;
  field.Fail(GroupText(group) + " is in 232.0.0.0/8, which is forwarded for known sources only", allowed);
}

void CheckBoundary(const Reference& reference, const Ipv4Prefix& group) {
  if (!reference.interface->IsBoundaryFor(group)) return;
  reference.field.Fail(GroupText(group) + " may not cross the boundary of " + Quoted(reference.interface->name),
                       "an interface without that boundary, or another group");
}

std::optional<Ipv4Address> ReadSource(const Field& field) {
  const std::string allowed = "a host's address";
  const auto source = field.Address(allowed);
  if (!source || source->is_valid_source()) return source;
  field.Fail(source->ToString() + " can be no packet's source", allowed);
  return std::nullopt;
}

}  // namespace mgmd::config
