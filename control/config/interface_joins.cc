// `join` of an [[interface]]: "239.1.1.1", or "10.0.0.1@232.1.1.1" for one source.

#include <algorithm>
#include <string>

#include "common/ipv6_header.h"
#include "control/config/group_fields.h"
#include "control/config/interface_draft.h"

namespace mgmd::config {
namespace {

using membership::StaticMember;

constexpr std::string_view kJoinAllowed =
    "a group, as in \"239.1.1.1\", or a source and a group, as in \"10.0.0.1@232.1.1.1\"";

// Nothing, and reported: it is no address, or none that can stand there.
std::optional<AnyAddress> ReadPart(const Field& field, std::string_view text,
                                   std::string (*why_not)(const AnyAddress&)) {
  const auto address = ParseAddress(text);
  const std::string wrong = address ? why_not(*address) : " is no IP address";
  if (wrong.empty()) return address;
  field.Fail((address ? std::string(text) : Quoted(text)) + wrong, kJoinAllowed);
  return std::nullopt;
}

template <class Family>
std::string TextOf(const StaticMember<Family>& join) {
  return (join.source ? join.source->ToString() + "@" : "") + join.group.ToString();
}

template <class Family>
void AddJoin(const Field& field, const typename Family::Address& group, const std::optional<AnyAddress>& source,
             const PerFamily<Prefixes>& ssm, PlacedJoins<Family>* joins) {
  StaticMember<Family> join{group, std::nullopt};
  if (!source) {
    CheckAnySource(field, ssm, typename Family::Prefix(group, Family::kAddressBits),
                   "a source, as in \"10.0.0.1@232.1.1.1\", or another group");
  } else if (const auto* of_family = std::get_if<typename Family::Address>(&*source)) {
    join.source = *of_family;
  } else {
    field.Fail("the source is of another family than the group", kJoinAllowed);
    return;
  }
  if (std::any_of(joins->begin(), joins->end(), [&](const auto& other) { return other.value == join; })) {
    field.Fail(TextOf(join) + " is there already", "each group once, or once for each source");
    return;
  }
  joins->push_back({field, join});
}

}  // namespace

PerFamily<PlacedJoins> ReadJoins(const Field& field, const PerFamily<Prefixes>& ssm) {
  PerFamily<PlacedJoins> joins;
  for (const Field& element : field.List("an array of groups, each with a source or without one")) {
    const auto text = element.String(std::string(kJoinAllowed));
    if (!text) continue;
    const size_t at = text->find('@');
    const std::string_view group_text = at == text->npos ? *text : std::string_view(*text).substr(at + 1);
    const auto group = ReadPart(element, group_text, &WhyNoGroup);
    std::optional<AnyAddress> source;
    if (at != text->npos) source = ReadPart(element, std::string_view(*text).substr(0, at), &WhyNoSource);
    if (!group || (at != text->npos && !source)) continue;
    std::visit(
        [&]<class Address>(const Address& address) {
          using Family = typename Address::Family;
          AddJoin<Family>(element, address, source, ssm, &joins.of<Family>());
        },
        *group);
  }
  return joins;
}

void ConnectJoins(InterfaceDraft* draft) {
  Interface& interface = draft->interface;
  ForEachFamily([&]<class Family>() {
    for (const auto& [field, join] : draft->join.of<Family>()) {
      CheckBoundary({field, &interface}, typename Family::Prefix(join.group, Family::kAddressBits));
      if (std::is_same_v<Family, Ipv6> && interface.mtu < kLowestIpv6Mtu) {
        field.Fail("an mtu of " + std::to_string(interface.mtu) + " is too small for IPv6",
                   "a group of IPv4, or an mtu of at least " + std::to_string(kLowestIpv6Mtu));
      }
      interface.join.of<Family>().push_back(join);
    }
  });
}

}  // namespace mgmd::config
