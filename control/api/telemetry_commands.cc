#include "control/api/telemetry_commands.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/counter_table.h"
#include "control/api/telemetry_parameters.h"

// The list of commands, and those that show counters. Those that show tables of the Group Manager's are in
// telemetry_tables.cc, those of IGMP and MLD in telemetry_igmp.cc, those that do something in telemetry_actions.cc.

namespace mgmd::api {
namespace {

using Cell = plane::TelemetryAnswer::Cell;
using Column = plane::TelemetryAnswer::Column;
using Kind = plane::TelemetryAnswer::Kind;

}  // namespace

std::vector<TelemetryCommands::Command> TelemetryCommands::All() {
  std::vector<Command> commands = {
      {"/mgm/routes", "Multicast routes. Parameters: none, or group,source",
       [this](std::string_view parameters) { return Routes(parameters); }},
      {"/mgm/route", "One multicast route. Parameters: group,source[,oif]",
       [this](std::string_view parameters) { return Route(parameters); }},
      {"/mgm/interfaces", "Owner, IGMP, memberships. Parameters: first index[,family]",
       [this](std::string_view parameters) { return Interfaces(parameters); }},
      {"/mgm/memberships", "Who joined what. Parameters: none, or group,source,slot",
       [this](std::string_view parameters) { return Memberships(parameters); }},
      {"/mgm/clients", "Protocols and IGMP. Parameter: first",
       [this](std::string_view parameters) { return Clients(parameters); }},
      {"/mgm/releases", "The last releases and takes, newest first", [this](std::string_view) { return Releases(); }},
      {"/mgm/drops", "Lost packets and copies by reason",
       [this](std::string_view) { return Numbers(source_.Drops()); }},
      {"/mgm/counter", "What a counter means, why it grows. Parameter: name", &Explain},
      {"/mgm/limits", "Limits of routes, and what they refused", [this](std::string_view) { return Limits(); }},
      {"/mgm/refused", "Routes that wait for room", [this](std::string_view) { return Refused(); }},
      {"/mgm/workers", "Packets and cycles of workers. Parameter: first",
       [this](std::string_view parameters) { return Workers(parameters); }},
      {"/mgm/control", "Turns of control, and how long they took",
       [this](std::string_view) { return Numbers(source_.Control()); }},
      {"/mgm/release", "Releases. Parameters: protocol,interface[,family]",
       [this](std::string_view parameters) { return Release(parameters); }},
      {"/mgm/shutdown", "Shuts a protocol down. Parameter: protocol",
       [this](std::string_view parameters) { return ShutDown(parameters); }},
      {"/mgm/steps", "Steps of a release. Parameters: number[,first]",
       [this](std::string_view parameters) { return StepsOf(parameters); }},
  };
  AddIgmp<Ipv4>(commands);
  AddIgmp<Ipv6>(commands);
  return commands;
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
      {"family", Kind::kText},
      {"name", Kind::kText},
      {"most", Kind::kNumber},
#define MGMD_LIMIT(field, name, ...) {name, Kind::kNumber},
#include "common/counter_table.def"
  });
  for (const views::Limit& limit : source_.Limits()) {
    answer.AddRow({
        std::string(limit.family),
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

}  // namespace mgmd::api
