#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "control/api/route_text.h"
#include "control/api/telemetry_commands.h"
#include "control/api/telemetry_parameters.h"

namespace mgmd::api {
namespace {

using plane::ListText;
using plane::TelemetryAnswer;
using Cell = TelemetryAnswer::Cell;
using Kind = TelemetryAnswer::Kind;

std::vector<Cell> RouteRow(const views::Route& route, const views::InterfaceNames& names) {
  std::vector<std::string> oifs, oif_packets, drops;
  for (const views::RouteOif& oif : route.oifs) {
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

}  // namespace

TelemetryCommands::Answer TelemetryCommands::Routes(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<Ipv4FibKey> from;
  if (parts.size() == 2) from = ParseRoute<Ipv4>(parts[0], parts[1]);
  if (!parts.empty() && !from) return Answer::Error("usage: /mgm/routes[,GROUP,SOURCE]");
  const views::RoutePage page = source_.Routes(from, views::kMostRows);
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
  std::optional<Ipv4FibKey> next = page.next;
  for (const views::Route& route : page.routes) {
    if (answer.AddRow(RouteRow(route, names_))) continue;
    next = route.key;
    break;
  }
  answer.Add("total", uint64_t{page.total});
  answer.Add("next", next ? absl::StrCat("/mgm/routes,", RouteParameters(*next)) : "");
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Route(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<Ipv4FibKey> key;
  if (parts.size() == 2 || parts.size() == 3) key = ParseRoute<Ipv4>(parts[0], parts[1]);
  std::optional<InterfaceId> first = InterfaceId();
  if (parts.size() == 3) first = ParseInterface<Ipv4>(parts[2]);
  if (!key || !first) return Answer::Error("usage: /mgm/route,GROUP,SOURCE[,OIF]");
  const std::optional<views::Route> route = source_.FindRoute(*key);
  if (!route) return Answer::Error(absl::StrCat("no route ", RouteParameters(*key)));
  Answer answer;
  answer.Add("source", SourceText(*key));
  answer.Add("group", GroupText(*key));
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
  auto oif = std::lower_bound(oifs.begin(), oifs.end(), *first,
                              [](const views::RouteOif& each, InterfaceId id) { return each.interface < id; });
  const auto row = [this](const views::RouteOif& each) -> std::vector<Cell> {
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
                         : absl::StrCat("/mgm/route,", RouteParameters(*key), ",", oif->interface.ToString()));
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Interfaces(std::string_view parameters) {
  std::optional<InterfaceId> from;
  if (!parameters.empty()) {
    from = ParseInterface<Ipv4>(parameters);
    if (!from) return Answer::Error("usage: /mgm/interfaces[,INDEX[/NEXTHOP]]");
  }
  const views::InterfacePage page = source_.Interfaces(from, views::kMostRows);
  Answer answer;
  answer.StartTable({
      {"name", Kind::kText},
      {"index", Kind::kNumber},
      {"owner", Kind::kText},
      {"igmp", Kind::kText},
#define MGMD_INTERFACE(field, name, ...) {name, Kind::kNumber},
#include "common/counter_table.def"
  });
  std::optional<InterfaceId> next = page.next;
  for (const views::Interface& interface : page.interfaces) {
    if (answer.AddRow({
            names_.NameOf(interface.id),
            uint64_t{interface.id.index},
            interface.owner,
            interface.igmp ? "true" : "false",
#define MGMD_INTERFACE(field, ...) interface.field,
#include "common/counter_table.def"
        })) {
      continue;
    }
    next = interface.id;
    break;
  }
  answer.Add("total", uint64_t{page.total});
  answer.Add("next", next ? absl::StrCat("/mgm/interfaces,", next->ToString()) : "");
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Memberships(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<views::MembershipPlace> from;
  if (parts.size() == 3) {
    const auto key = ParseRoute<Ipv4>(parts[0], parts[1]);
    const auto slot = Number(parts[2]);
    if (key && slot && *slot <= UINT16_MAX) from = {*key, InterfaceSlot(static_cast<uint16_t>(*slot))};
  }
  if (!parts.empty() && !from) return Answer::Error("usage: /mgm/memberships[,GROUP,SOURCE,SLOT]");
  Answer answer;
  answer.StartTable({{"source", Kind::kText},
                     {"group", Kind::kText},
                     {"interface", Kind::kText},
                     {"owner", Kind::kText},
                     {"igmp", Kind::kText}});
  // A row has room: its texts are short.
  const views::MembershipPage page = source_.Memberships(from, kMembershipsOfPage);
  for (const views::Membership& membership : page.memberships) {
    answer.AddRow({SourceText(membership.key), GroupText(membership.key), names_.NameOf(membership.interface),
                   membership.by_owner ? "true" : "false", membership.by_igmp ? "true" : "false"});
  }
  answer.Add(
      "next",
      page.next ? absl::StrCat("/mgm/memberships,", RouteParameters(page.next->key), ",", Value(page.next->slot)) : "");
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
