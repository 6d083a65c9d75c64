#include <algorithm>
#include <optional>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/any_family.h"
#include "control/api/route_text.h"
#include "control/api/telemetry_commands.h"
#include "control/api/telemetry_parameters.h"

namespace mgmd::api {
namespace {

using plane::ListText;
using plane::TelemetryAnswer;
using Cell = TelemetryAnswer::Cell;
using Kind = TelemetryAnswer::Kind;
using AnyMembershipPlace = std::variant<views::MembershipPlaceOf<Ipv4>, views::MembershipPlaceOf<Ipv6>>;

template <class Family>
std::vector<Cell> RouteRow(const views::RouteOf<Family>& route, const views::InterfaceNames& names) {
  std::vector<std::string> oifs, oif_packets, drops;
  for (const auto& oif : route.oifs) {
    oifs.push_back(names.NameOf(oif.interface));
    oif_packets.push_back(absl::StrCat(oifs.back(), " ", oif.packets));
  }
  for (const DropCount& drop : route.drops) {
    drops.push_back(absl::StrCat(std::string(Name(drop.reason)), " ", drop.packets));
  }
  const std::string whole = absl::StrCat("/mgm/route,", RouteParameters(route.key));
  return {SourceText(route.key),
          GroupText(route.key),
          route.iif ? names.NameOf(*route.iif) : std::string(),
          ListText(oifs, whole),
          static_cast<uint64_t>(route.up_time.count() / 1000),
#define MGMD_ROUTE(field, ...) route.field,
#include "common/counter_table.def"
          ListText(oif_packets, whole),
          ListText(drops, whole)};
}

// Where a page begins, as it is asked of one family: nothing, at that family's first row.
template <class OfFamily, class Place>
std::optional<OfFamily> BeginIn(const Place& place) {
  const auto* const begin = std::get_if<OfFamily>(&place);
  return begin == nullptr ? std::nullopt : std::optional(*begin);
}

// The interface of "INDEX[/NEXTHOP][,FAMILY]", of IPv4 where no family is named; nothing: it is none.
std::optional<AnyInterfaceId> ParseAnyInterface(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<AnyInterfaceId> interface;
  ForEachFamily([&]<class Family>() {
    const bool named = parts.size() == 2 && parts[1] == Family::kWord;
    if (!named && (parts.size() != 1 || Family::kSlotBit != Ipv4::kSlotBit)) return;
    if (const auto found = ParseInterface<Family>(parts[0])) interface = *found;
  });
  return interface;
}

std::string InterfaceParameters(const AnyInterfaceId& interface) {
  return std::visit(
      []<class Family>(const InterfaceIdOf<Family>& of_family) {
        return absl::StrCat(of_family.ToString(), ",", std::string(Family::kWord));
      },
      interface);
}

}  // namespace

TelemetryCommands::Answer TelemetryCommands::Routes(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<AnyFibKey> from;
  if (parts.size() == 2) from = ParseAnyRoute(parts[0], parts[1]);
  if (!parts.empty() && !from) return Answer::Error("usage: /mgm/routes[,GROUP,SOURCE]");
  Answer answer;
  answer.StartTable({{"source", Kind::kText},
                     {"group", Kind::kText},
                     {"iif", Kind::kText},
                     {"oifs", Kind::kText},
                     {"up_seconds", Kind::kNumber},
#define MGMD_ROUTE(field, name, ...) {name, Kind::kNumber},
#include "common/counter_table.def"
                     {"oif_packets", Kind::kText},
                     {"drops", Kind::kText}});
  const AnyFibKey place = from.value_or(Ipv4FibKey());
  std::optional<AnyFibKey> next;
  size_t left = views::kMostRows;
  uint64_t total = 0;
  ForEachFamily([&]<class Family>() {
    // Of a family that is not on the page there is the total alone.
    const bool shown = !next && place.index() <= Family::kSlotBit;
    auto page = source_.Routes(BeginIn<FibKey<Family>>(place), shown ? left : 0);
    total += page.total;
    if (!shown) return;
    left -= page.routes.size();
    for (const auto& route : page.routes) {
      if (answer.AddRow(RouteRow(route, names_))) continue;
      page.next = route.key;
      break;
    }
    if (page.next) next = *page.next;
  });
  answer.Add("total", total);
  answer.Add("next",
             next
                 ? std::visit([](const auto& key) { return absl::StrCat("/mgm/routes,", RouteParameters(key)); }, *next)
                 : "");
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Route(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<AnyFibKey> key;
  if (parts.size() == 2 || parts.size() == 3) key = ParseAnyRoute(parts[0], parts[1]);
  std::optional<Answer> answer;
  const auto show = [&]<class Family>(const FibKey<Family>& of_family) {
    const auto first = parts.size() == 3 ? ParseInterface<Family>(parts[2]) : std::optional(InterfaceIdOf<Family>());
    if (first) answer = OneRoute(of_family, *first);
  };
  if (key) std::visit(show, *key);
  return answer ? *std::move(answer) : Answer::Error("usage: /mgm/route,GROUP,SOURCE[,OIF]");
}

template <class Family>
TelemetryCommands::Answer TelemetryCommands::OneRoute(const FibKey<Family>& key, const InterfaceIdOf<Family>& first) {
  const std::optional<views::RouteOf<Family>> route = source_.FindRoute(key);
  if (!route) return Answer::Error(absl::StrCat("no route ", RouteParameters(key)));
  Answer answer;
  answer.Add("source", SourceText(key));
  answer.Add("group", GroupText(key));
  answer.Add("iif", route->iif ? names_.NameOf(*route->iif) : "");
  answer.Add("up_seconds", static_cast<uint64_t>(route->up_time.count() / 1000));
#define MGMD_ROUTE(field, name, ...) answer.Add(name, route->field);
#include "common/counter_table.def"
  // There are fewer reasons than rows in an answer.
  answer.StartTable({{"drop", Kind::kText}, {"drop_packets", Kind::kNumber}});
  for (const DropCount& drop : route->drops) answer.AddRow({std::string(Name(drop.reason)), drop.packets});
  answer.StartTable({
      {"oif", Kind::kText},
#define MGMD_OIF(field, name, ...) {name, Kind::kNumber},
#include "common/counter_table.def"
  });
  const auto& oifs = route->oifs;
  auto oif = std::lower_bound(oifs.begin(), oifs.end(), first,
                              [](const auto& each, const auto& interface) { return each.interface < interface; });
  const auto row = [this](const auto& each) -> std::vector<Cell> {
    return {
        names_.NameOf(each.interface),
#define MGMD_OIF(field, ...) each.field,
#include "common/counter_table.def"
    };
  };
  while (oif != oifs.end() && answer.AddRow(row(*oif))) ++oif;
  answer.Add("oifs", uint64_t{oifs.size()});
  answer.Add("next", oif == oifs.end()
                         ? ""
                         : absl::StrCat("/mgm/route,", RouteParameters(key), ",", oif->interface.ToString()));
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Interfaces(std::string_view parameters) {
  std::optional<AnyInterfaceId> from = InterfaceId();
  if (!parameters.empty()) from = ParseAnyInterface(parameters);
  if (!from) return Answer::Error("usage: /mgm/interfaces[,INDEX[/NEXTHOP][,FAMILY]]");
  Answer answer;
  answer.StartTable({
      {"name", Kind::kText},
      {"index", Kind::kNumber},
      {"family", Kind::kText},
      {"owner", Kind::kText},
      {"igmp", Kind::kText},
#define MGMD_INTERFACE(field, name, ...) {name, Kind::kNumber},
#include "common/counter_table.def"
  });
  std::optional<AnyInterfaceId> next;
  size_t left = views::kMostRows;
  uint64_t total = 0;
  ForEachFamily([&]<class Family>() {
    const bool shown = !next && from->index() <= Family::kSlotBit;
    auto page = source_.Interfaces(BeginIn<InterfaceIdOf<Family>>(*from), shown ? left : 0);
    total += page.total;
    if (!shown) return;
    left -= page.interfaces.size();
    for (const auto& interface : page.interfaces) {
      if (answer.AddRow({
              names_.NameOf(interface.id),
              uint64_t{interface.id.index},
              std::string(Family::kWord),
              interface.owner,
              interface.igmp ? "true" : "false",
#define MGMD_INTERFACE(field, ...) interface.field,
#include "common/counter_table.def"
          })) {
        continue;
      }
      page.next = interface.id;
      break;
    }
    if (page.next) next = *page.next;
  });
  answer.Add("total", total);
  answer.Add("next", next ? absl::StrCat("/mgm/interfaces,", InterfaceParameters(*next)) : "");
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Memberships(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<AnyMembershipPlace> from;
  if (parts.size() == 3) {
    const auto key = ParseAnyRoute(parts[0], parts[1]);
    const auto slot = Number(parts[2]);
    if (key && slot && *slot <= UINT16_MAX) {
      std::visit(
          [&]<class Family>(const FibKey<Family>& of_family) {
            from = views::MembershipPlaceOf<Family>{of_family, InterfaceSlot(static_cast<uint16_t>(*slot))};
          },
          *key);
    }
  }
  if (!parts.empty() && !from) return Answer::Error("usage: /mgm/memberships[,GROUP,SOURCE,SLOT]");
  Answer answer;
  answer.StartTable({{"source", Kind::kText},
                     {"group", Kind::kText},
                     {"interface", Kind::kText},
                     {"owner", Kind::kText},
                     {"igmp", Kind::kText}});
  std::string next;
  size_t left = kMembershipsOfPage;
  ForEachFamily([&]<class Family>() {
    if (!next.empty() || (from && from->index() > Family::kSlotBit)) return;
    using Place = views::MembershipPlaceOf<Family>;
    // A row has room: its texts are short.
    const auto page = source_.Memberships(from ? BeginIn<Place>(*from) : std::nullopt, left);
    left -= page.memberships.size();
    for (const auto& membership : page.memberships) {
      answer.AddRow({SourceText(membership.key), GroupText(membership.key), names_.NameOf(membership.interface),
                     membership.by_owner ? "true" : "false",
                     membership.igmp_held ? "held"
                     : membership.by_igmp ? "true"
                                          : "false"});
    }
    if (page.next) {
      next = absl::StrCat("/mgm/memberships,", RouteParameters(page.next->key), ",", Value(page.next->slot));
    }
  });
  answer.Add("next", next);
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Refused() {
  const views::Refused refused = source_.Refused(kRefusedShown);
  Answer answer;
  answer.StartTable({{"source", Kind::kText}, {"group", Kind::kText}, {"by", Kind::kText}});
  for (const views::RefusedRoute& route : refused.some) {
    std::visit(
        [&](const auto& key) {
          answer.AddRow({SourceText(key), GroupText(key), std::string(route.by)});
        },
        route.key);
  }
  answer.Add("total", refused.total);
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Clients(std::string_view parameters) {
  const std::optional<uint64_t> first = parameters.empty() ? 0 : Number(parameters);
  if (!first) return Answer::Error("usage: /mgm/clients[,FIRST]");
  const std::vector<views::Client> clients = source_.Clients();
  Answer answer;
  answer.StartTable({{"name", Kind::kText}, {"protocol", Kind::kNumber}, {"component", Kind::kNumber}});
  size_t place = std::min<uint64_t>(*first, clients.size());
  while (place < clients.size() && answer.AddRow({clients[place].name, uint64_t{clients[place].id.protocol},
                                                  uint64_t{clients[place].id.component}})) {
    ++place;
  }
  answer.Add("total", uint64_t{clients.size()});
  answer.Add("next", place == clients.size() ? "" : absl::StrCat("/mgm/clients,", place));
  return answer;
}

}  // namespace mgmd::api
