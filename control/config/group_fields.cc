#include "control/config/group_fields.h"

#include <string>
#include <type_traits>

namespace mgmd::config {
namespace {

std::string Text(const AnyPrefix& group) {
  return std::visit([](const auto& prefix) { return prefix.ToShortString(); }, group);
}

std::string TextOf(const AnyAddress& any) {
  return std::visit([](const auto& address) { return address.ToString(); }, any);
}

// What the groups are that they are not forwarded; empty: some are.
std::string WhyNeverForwarded(const Ipv4Prefix& group) {
  if (!group.address().is_link_local_multicast() || group.length() < 24) return {};
  return " is in 224.0.0.0/24, which is never forwarded";
}
std::string WhyNeverForwarded(const Ipv6Prefix& group) {
  if (group.highest_scope() > 2) return {};
  return " is of scope " + std::to_string(group.highest_scope()) + ", and scopes 0 to 2 are never forwarded";
}

std::string TextOfSsm(const Ipv4Prefix& range) { return range.ToString(); }
std::string TextOfSsm(const Ipv6Prefix& range) {
  const std::string text = range.ToString();
  return SsmRange<Ipv6>::IsOfAnyScope(range) ? text.substr(0, 3) + "x::/32" : text;
}

template <class Prefix>
std::string WhyNoGroups(const Prefix& groups) {
  return groups.is_multicast() ? WhyNeverForwarded(groups) : " is not multicast";
}

template <class Prefix>
bool CheckGroups(const Field& field, const Prefix& groups, std::string_view allowed) {
  const std::string wrong = WhyNoGroups(groups);
  if (!wrong.empty()) field.Fail(groups.ToShortString() + wrong, allowed);
  return wrong.empty();
}

template <class Family>
std::string_view ExampleOf() {
  return std::is_same_v<Family, Ipv4> ? "239.1.1.1" : "ff0e::1";
}

bool IsLinkLocal(const Ipv4Address&) { return false; }
bool IsLinkLocal(const Ipv6Address& address) { return address.is_link_local(); }

}  // namespace

template <class Family>
std::optional<typename Family::Address> ReadAddress(const Field& field, std::string_view allowed) {
  const auto any = field.Address(allowed);
  if (!any) return std::nullopt;
  if (const auto* address = std::get_if<typename Family::Address>(&*any)) return *address;
  field.Fail(TextOf(*any) + " is no " + std::string(Family::kName) + " address", allowed);
  return std::nullopt;
}

std::optional<AnyPrefix> ReadGroupRange(const Field& field, std::string_view allowed) {
  const auto range = field.Prefix(allowed);
  if (!range) return std::nullopt;
  const bool right = std::visit(
      [&](const auto& prefix) {
        if (!prefix.is_multicast()) field.Fail(prefix.ToString() + " is no range of groups", allowed);
        return prefix.is_multicast();
      },
      *range);
  return right ? range : std::nullopt;
}

std::optional<AnyPrefix> ReadGroups(const Field& field) {
  const std::string allowed =
      "a group, as in \"239.1.1.1\" or \"ff0e::1\", or a range, as in \"239.1.0.0/16\" or \"ff0e::/16\"";
  const auto groups = field.Prefix(allowed);
  if (!groups) return std::nullopt;
  const bool right = std::visit([&](const auto& prefix) { return CheckGroups(field, prefix, allowed); }, *groups);
  return right ? groups : std::nullopt;
}

template <class Family>
std::optional<typename Family::Address> ReadGroup(const Field& field) {
  const std::string allowed = "a group, as in " + Quoted(ExampleOf<Family>());
  const auto group = ReadAddress<Family>(field, allowed);
  if (!group || !CheckGroups(field, typename Family::Prefix(*group, Family::kAddressBits), allowed))
    return std::nullopt;
  return group;
}

std::optional<AnyAddress> ReadAnyGroup(const Field& field) {
  const std::string allowed = "a group, as in \"239.1.1.1\" or \"ff0e::1\"";
  const auto group = field.Address(allowed);
  if (!group) return std::nullopt;
  const std::string wrong = WhyNoGroup(*group);
  if (wrong.empty()) return group;
  field.Fail(TextOf(*group) + wrong, allowed);
  return std::nullopt;
}

void CheckAnySource(const Field& field, const PerFamily<Prefixes>& ssm, const AnyPrefix& group,
                    std::string_view allowed) {
  std::visit(
      [&]<class Prefix>(const Prefix& prefix) {
        using Family = typename Prefix::Family;
        for (const Prefix& range : ssm.of<Family>()) {
          if (!SsmRange<Family>(range).HasAll(prefix.address(), prefix.length())) continue;
          field.Fail(Text(group) + " is in " + TextOfSsm(range) + ", which is forwarded for known sources only",
                     allowed);
          return;
        }
      },
      group);
}

void CheckBoundary(const Reference& reference, const AnyPrefix& group) {
  const Interface& interface = *reference.interface;
  if (!std::visit([&](const auto& prefix) { return interface.IsBoundaryFor(prefix); }, group)) return;
  reference.field.Fail(Text(group) + " may not cross the boundary of " + Quoted(interface.name),
                       "an interface without that boundary, or another group");
}

std::optional<AnyAddress> ReadSource(const Field& field) {
  const std::string allowed = "a host's address";
  const auto source = field.Address(allowed);
  if (!source) return std::nullopt;
  const std::string wrong = WhyNoSource(*source);
  if (wrong.empty()) return source;
  field.Fail(TextOf(*source) + wrong, allowed);
  return std::nullopt;
}

std::string WhyNoGroup(const AnyAddress& group) {
  return std::visit(
      []<class Address>(const Address& address) {
        using Family = typename Address::Family;
        return WhyNoGroups(typename Family::Prefix(address, Family::kAddressBits));
      },
      group);
}

std::string WhyNoSource(const AnyAddress& source) {
  return std::visit(
      [](const auto& address) -> std::string {
        if (!address.is_valid_source()) return " can be no packet's source";
        return IsLinkLocal(address) ? " is link-local, and its packets never leave their link" : "";
      },
      source);
}

template std::optional<Ipv4Address> ReadAddress<Ipv4>(const Field& field, std::string_view allowed);
template std::optional<Ipv6Address> ReadAddress<Ipv6>(const Field& field, std::string_view allowed);
template std::optional<Ipv4Address> ReadGroup<Ipv4>(const Field& field);
template std::optional<Ipv6Address> ReadGroup<Ipv6>(const Field& field);

}  // namespace mgmd::config
