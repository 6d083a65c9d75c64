#include "control/api/telemetry_commands.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/counter_table.h"
#include "control/api/route_text.h"

namespace mgmd::api {
namespace {

using plane::ListText;
using plane::TelemetryAnswer;
using Cell = TelemetryAnswer::Cell;
using Column = TelemetryAnswer::Column;
using Kind = TelemetryAnswer::Kind;

// "a,b,c" as its parts; none for "".
std::vector<std::string_view> Parts(std::string_view parameters) {
  std::vector<std::string_view> parts;
  if (parameters.empty()) return parts;
  for (size_t at = 0; at != std::string_view::npos;) {
    const size_t comma = parameters.find(',', at);
    parts.push_back(parameters.substr(at, comma - at));
    at = comma == std::string_view::npos ? comma : comma + 1;
  }
  return parts;
}

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number)) return std::nullopt;
  return number;
}

std::string RouteParameters(const Ipv4FibKey& key) { return absl::StrCat(GroupText(key), ",", SourceText(key)); }

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

std::vector<TelemetryCommands::Command> TelemetryCommands::All() {
  return {
      {"/mgm/routes", "Multicast routes. Parameters: none, or group,source",
       [this](std::string_view parameters) { return Routes(parameters); }},
      {"/mgm/route", "One multicast route. Parameters: group,source[,oif]",
       [this](std::string_view parameters) { return Route(parameters); }},
      {"/mgm/interfaces", "Owner, IGMP, memberships. Parameter: first index",
       [this](std::string_view parameters) { return Interfaces(parameters); }},
      {"/mgm/drops", "Lost packets and copies by reason",
       [this](std::string_view) { return Numbers(source_.Drops()); }},
      {"/mgm/counter", "What a counter means, why it grows. Parameter: name", &Explain},
      {"/mgm/limits", "Limits of routes, and what they refused", [this](std::string_view) { return Limits(); }},
      {"/mgm/workers", "Packets and cycles of workers. Parameter: first",
       [this](std::string_view parameters) { return Workers(parameters); }},
      {"/mgm/control", "Turns of control, and how long they took",
       [this](std::string_view) { return Numbers(source_.Control()); }},
      {"/mgm/release", "Releases an interface. Parameters: protocol,interface",
       [this](std::string_view parameters) { return Release(parameters); }},
      {"/mgm/shutdown", "Shuts a protocol down. Parameter: protocol",
       [this](std::string_view parameters) { return ShutDown(parameters); }},
      {"/mgm/steps", "Steps of a release. Parameters: number[,first]",
       [this](std::string_view parameters) { return StepsOf(parameters); }},
  };
}

TelemetryCommands::Answer TelemetryCommands::Routes(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<Ipv4FibKey> from;
  if (parts.size() == 2) from = ParseRoute(parts[0], parts[1]);
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
  if (parts.size() == 2 || parts.size() == 3) key = ParseRoute(parts[0], parts[1]);
  std::optional<InterfaceId> first = InterfaceId();
  if (parts.size() == 3) first = ParseInterface(parts[2]);
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
                         : absl::StrCat("/mgm/route,", RouteParameters(*key), ",", InterfaceText(oif->interface)));
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Interfaces(std::string_view parameters) {
  std::optional<InterfaceId> from;
  if (!parameters.empty()) {
    from = ParseInterface(parameters);
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
  answer.Add("next", next ? absl::StrCat("/mgm/interfaces,", InterfaceText(*next)) : "");
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Numbers(const std::vector<views::NamedCount>& counts) {
  Answer answer;
  for (const auto& [name, count] : counts) answer.Add(name, count);
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Explain(std::string_view name) {
  if (name.empty()) return Answer::Error("usage: /mgm/counter,NAME");
  Answer answer;
  answer.StartTable({{"of", Kind::kText},
                     {"type", Kind::kText},
                     {"unit", Kind::kText},
                     {"help", Kind::kText},
                     {"cause", Kind::kText},
                     {"remedy", Kind::kText}});
  bool found = false;
  for (const CounterInfo& counter : EveryCounter()) {
    if (counter.name != name) continue;
    found = true;
    answer.AddRow({std::string(Name(counter.of)), std::string(Name(counter.type)), std::string(counter.unit),
                   std::string(counter.help), std::string(counter.cause), std::string(counter.remedy)});
  }
  return found ? answer : Answer::Error(absl::StrCat("nothing is counted as ", std::string(name)));
}

// There are a few.
TelemetryCommands::Answer TelemetryCommands::Limits() {
  Answer answer;
  answer.StartTable({
      {"name", Kind::kText},
      {"most", Kind::kNumber},
#define MGMD_LIMIT(field, name, ...) {name, Kind::kNumber},
#include "common/counter_table.def"
  });
  for (const views::Limit& limit : source_.Limits()) {
    answer.AddRow({
        std::string(limit.name),
        uint64_t{limit.most},
#define MGMD_LIMIT(field, ...) limit.field,
#include "common/counter_table.def"
    });
  }
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Workers(std::string_view parameters) {
  const std::optional<uint64_t> first = parameters.empty() ? 0 : Number(parameters);
  if (!first) return Answer::Error("usage: /mgm/workers[,FIRST]");
  const std::vector<views::Worker> workers = source_.Workers();
  Answer answer;
  std::vector<Column> columns = {{"name", Kind::kText}};
  if (!workers.empty()) {
    for (const auto& [name, count] : workers.front().counts) columns.push_back({name, Kind::kNumber});
  }
  answer.StartTable(columns);
  size_t place = std::min<uint64_t>(*first, workers.size());
  for (; place < workers.size(); ++place) {
    std::vector<Cell> row = {workers[place].name};
    for (const auto& [name, count] : workers[place].counts) row.emplace_back(count);
    if (!answer.AddRow(std::move(row))) break;
  }
  answer.Add("total", uint64_t{workers.size()});
  answer.Add("next", place == workers.size() ? "" : absl::StrCat("/mgm/workers,", place));
  return answer;
}

TelemetryCommands::Answer TelemetryCommands::Release(std::string_view parameters) {
  const size_t comma = parameters.find(',');
  if (comma == std::string_view::npos) return Answer::Error("usage: /mgm/release,PROTOCOL,INTERFACE");
  const auto release = actions_.release(parameters.substr(0, comma), parameters.substr(comma + 1));
  if (!release.ok()) return Answer::Error(std::string(release.status().message()));
  Steps steps;
  Append(*release, steps);
  Answer answer;
  answer.Add("protocol", parameters.substr(0, comma));
  answer.Add("interface", parameters.substr(comma + 1));
  return Keep(std::move(answer), std::move(steps));
}

TelemetryCommands::Answer TelemetryCommands::ShutDown(std::string_view parameters) {
  const auto shutdown = actions_.shut_down(parameters);
  if (!shutdown.ok()) return Answer::Error(std::string(shutdown.status().message()));
  Steps steps;
  for (const views::Release& release : shutdown->releases) Append(release, steps);
  steps.push_back({.name = "deregister", .duration = shutdown->deregistration});
  Answer answer;
  answer.Add("protocol", parameters);
  return Keep(std::move(answer), std::move(steps));
}

void TelemetryCommands::Append(const views::Release& release, Steps& steps) const {
  const std::string name = names_.NameOf(release.interface);
  for (const views::Step& step : release.steps) {
    steps.push_back({absl::StrCat("release ", name, ": ", step.name), step.duration, step.count});
  }
}

TelemetryCommands::Answer TelemetryCommands::Keep(Answer answer, Steps steps) {
  kept_.push_front({++actions_done_, std::move(steps)});
  if (kept_.size() > kKeptSteps) kept_.pop_back();
  return StepsPage(std::move(answer), kept_.front(), 0);
}

TelemetryCommands::Answer TelemetryCommands::StepsOf(std::string_view parameters) {
  const auto parts = Parts(parameters);
  std::optional<uint64_t> number, first = 0;
  if (parts.size() == 1 || parts.size() == 2) number = Number(parts[0]);
  if (parts.size() == 2) first = Number(parts[1]);
  if (!number || !first) return Answer::Error("usage: /mgm/steps,NUMBER[,FIRST]");
  for (const Kept& kept : kept_) {
    if (kept.number == *number) return StepsPage(Answer(), kept, *first);
  }
  return Answer::Error(absl::StrCat("no steps of number ", *number, ": those of the last ", kKeptSteps, " are kept"));
}

TelemetryCommands::Answer TelemetryCommands::StepsPage(Answer answer, const Kept& kept, size_t first) const {
  answer.StartTable({{"step", Kind::kText}, {"us", Kind::kNumber}, {"count", Kind::kNumber}});
  size_t place = std::min(first, kept.steps.size());
  const size_t end = std::min(kept.steps.size(), place + views::kMostRows);
  while (place < end &&
         answer.AddRow({kept.steps[place].name, static_cast<uint64_t>(kept.steps[place].duration.count()),
                        kept.steps[place].count})) {
    ++place;
  }
  answer.Add("number", kept.number);
  answer.Add("steps", uint64_t{kept.steps.size()});
  answer.Add("next", place == kept.steps.size() ? "" : absl::StrCat("/mgm/steps,", kept.number, ",", place));
  return answer;
}

}  // namespace mgmd::api
