#include <optional>

#include "absl/strings/str_cat.h"
#include "control/api/telemetry_commands.h"
#include "control/api/telemetry_parameters.h"

// /igmp/... and /mld/...: what IGMP, and MLD, know of the hosts of each link.

namespace mgmd::api {
namespace {

using plane::TelemetryAnswer;
using Kind = TelemetryAnswer::Kind;

template <class Family>
constexpr bool kIsMld = Family::kSlotBit == Ipv6::kSlotBit;
template <class Family>
constexpr const char* kFolder = kIsMld<Family> ? "/mld/" : "/igmp/";

// Numbers are how a table has times; where there is none, 0.
uint64_t Number(std::chrono::milliseconds time) { return static_cast<uint64_t>(time.count()); }
uint64_t Number(const std::optional<std::chrono::milliseconds>& time) { return time ? Number(*time) : 0; }

template <class Family>
std::string Text(const typename Family::Address& address) {
  return address.is_zero() ? std::string() : address.ToString();
}

template <class Family>
TelemetryAnswer NotRunning() {
  return TelemetryAnswer::Error(kIsMld<Family> ? "MLD does not run" : "IGMP does not run");
}

template <class Family>
TelemetryAnswer Usage(const char* command) {
  return TelemetryAnswer::Error(absl::StrCat("usage: ", kFolder<Family>, command));
}

}  // namespace

template <class Family>
void TelemetryCommands::AddIgmp(std::vector<Command>& commands) {
  const std::string folder = kFolder<Family>;
  const auto add = [&](const char* name, const char* help, Answer (TelemetryCommands::*run)(std::string_view)) {
    commands.push_back(
        {folder + name, help, [this, run](std::string_view parameters) { return (this->*run)(parameters); }});
  };
  add("interfaces", "Who asks on each link, and counts. Parameter: none, or name",
      &TelemetryCommands::IgmpInterfaces<Family>);
  add("interface", "Variables, messages, counters. Parameter: name", &TelemetryCommands::IgmpInterface<Family>);
  add("groups", "Groups with members. Parameters: interface[,group]", &TelemetryCommands::IgmpGroups<Family>);
  add("group", "Its sources. Parameters: interface,group[,source]", &TelemetryCommands::IgmpGroup<Family>);
}

template <class Family>
TelemetryCommands::Answer TelemetryCommands::IgmpInterfaces(std::string_view parameters) {
  const auto* const igmp = source_.Igmp().of<Family>();
  if (igmp == nullptr) return NotRunning<Family>();
  std::optional<InterfaceIdOf<Family>> from;
  if (!parameters.empty()) {
    const auto index = names_.Find(parameters);
    if (!index) return Usage<Family>("interfaces[,NAME]");
    from = {.index = *index, .next_hop = {}};
  }
  Answer answer;
  answer.StartTable({{"name", Kind::kText},
                     {"role", Kind::kText},
                     {"querier", Kind::kText},
                     {"querier_for_ms", Kind::kNumber},
                     {"querier_heard_ms", Kind::kNumber},
                     {"next_query_ms", Kind::kNumber},
                     {"version", Kind::kNumber},
                     {"groups", Kind::kNumber},
                     {"sources", Kind::kNumber},
                     {"hosts", Kind::kNumber},
                     {"told", Kind::kText}});
  auto page = igmp->Interfaces(from, kIgmpRowsOfPage);
  for (const auto& row : page.interfaces) {
    if (answer.AddRow({names_.NameOf(row.id), std::string(row.role), Text<Family>(row.querier), Number(row.querier_for),
                       Number(row.querier_heard), Number(row.next_query), static_cast<uint64_t>(row.version),
                       row.groups, row.sources, row.hosts, std::string(row.told)})) {
      continue;
    }
    page.next = row.id;
    break;
  }
  answer.Add("total", uint64_t{page.total});
  answer.Add("next", page.next ? absl::StrCat(kFolder<Family>, "interfaces,", names_.NameOf(*page.next)) : "");
  return answer;
}

template <class Family>
TelemetryCommands::Answer TelemetryCommands::IgmpInterface(std::string_view parameters) {
  const auto* const igmp = source_.Igmp().of<Family>();
  if (igmp == nullptr) return NotRunning<Family>();
  const auto index = names_.Find(parameters);
  if (!index) return Usage<Family>("interface,NAME");
  const InterfaceIdOf<Family> id{.index = *index, .next_hop = {}};
  const auto page = igmp->Interfaces(id, 1);
  if (page.interfaces.empty() || page.interfaces.front().id != id) {
    return Answer::Error(absl::StrCat(kIsMld<Family> ? "MLD is not on " : "IGMP is not on ", std::string(parameters)));
  }
  const auto& row = page.interfaces.front();
  Answer answer;
  answer.Add("name", parameters);
  answer.Add("role", row.role);
  answer.Add("querier", Text<Family>(row.querier));
  answer.Add("querier_for_ms", Number(row.querier_for));
  answer.Add("querier_heard_ms", Number(row.querier_heard));
  answer.Add("querier_left_ms", Number(row.querier_left));
  answer.Add("address", Text<Family>(row.address));
  answer.Add("next_query_ms", Number(row.next_query));
  answer.Add("version", static_cast<uint64_t>(row.version));
  answer.Add("groups", row.groups);
  answer.Add("sources", row.sources);
  answer.Add("hosts", row.hosts);
  answer.Add("told", row.told);
  // All of these have room: there are few, with short names.
  answer.StartTable({{"variable", Kind::kText}, {"in_force", Kind::kNumber}, {"configured", Kind::kNumber}});
  for (const views::IgmpVariable& variable : row.variables) {
    answer.AddRow({std::string(variable.name), variable.in_force, variable.configured});
  }
  answer.StartTable({{"message", Kind::kText},
                     {"received", Kind::kNumber},
                     {"received_octets", Kind::kNumber},
                     {"sent", Kind::kNumber},
                     {"sent_octets", Kind::kNumber}});
  for (const views::IgmpTraffic& of_kind : row.traffic) {
    answer.AddRow({of_kind.message, of_kind.received, of_kind.received_octets, of_kind.sent, of_kind.sent_octets});
  }
  answer.StartTable({{"counter", Kind::kText}, {"count", Kind::kNumber}});
  for (const auto& [name, count] : row.counts) answer.AddRow({std::string(name), count});
  return answer;
}

template <class Family>
TelemetryCommands::Answer TelemetryCommands::IgmpGroups(std::string_view parameters) {
  const auto* const igmp = source_.Igmp().of<Family>();
  if (igmp == nullptr) return NotRunning<Family>();
  const auto parts = Parts(parameters);
  const auto index = parts.empty() ? std::nullopt : names_.Find(parts[0]);
  const auto from = parts.size() == 2 ? Family::Address::Parse(parts[1]) : std::optional(typename Family::Address{});
  if (!index || !from || parts.size() > 2) return Usage<Family>("groups,INTERFACE[,GROUP]");
  auto page = igmp->Groups({.index = *index, .next_hop = {}}, *from, kIgmpRowsOfPage);
  if (!page) return Answer::Error(absl::StrCat(kIsMld<Family> ? "MLD is not on " : "IGMP is not on ", parts[0]));
  Answer answer;
  answer.StartTable({{"group", Kind::kText},
                     {"mode", Kind::kText},
                     {"version", Kind::kNumber},
                     {"up_ms", Kind::kNumber},
                     {"expires_ms", Kind::kNumber},
                     {"sources", Kind::kNumber},
                     {"hosts", Kind::kNumber},
                     {"last_reporter", Kind::kText},
                     {"static", Kind::kText},
                     {"questions_left", Kind::kNumber},
                     {"told", Kind::kText}});
  for (const auto& row : page->groups) {
    if (answer.AddRow({Text<Family>(row.group), std::string(row.mode), static_cast<uint64_t>(row.version),
                       Number(row.up_time), Number(row.expires), row.sources, row.hosts,
                       Text<Family>(row.last_reporter), std::string(row.static_members),
                       static_cast<uint64_t>(row.questions_left), std::string(row.told)})) {
      continue;
    }
    page->next = row.group;
    break;
  }
  answer.Add("total", uint64_t{page->total});
  answer.Add("next", page->next ? absl::StrCat(kFolder<Family>, "groups,", parts[0], ",", page->next->ToString()) : "");
  return answer;
}

template <class Family>
TelemetryCommands::Answer TelemetryCommands::IgmpGroup(std::string_view parameters) {
  const auto* const igmp = source_.Igmp().of<Family>();
  if (igmp == nullptr) return NotRunning<Family>();
  const auto parts = Parts(parameters);
  const bool names_source = parts.size() == 3;
  const auto index = names_source || parts.size() == 2 ? names_.Find(parts[0]) : std::nullopt;
  const auto group = index ? Family::Address::Parse(parts[1]) : std::nullopt;
  const auto from = names_source ? Family::Address::Parse(parts[2]) : std::optional(typename Family::Address{});
  if (!group || !from) return Usage<Family>("group,INTERFACE,GROUP[,SOURCE]");
  auto page = igmp->Sources({.index = *index, .next_hop = {}}, *group, *from, kIgmpRowsOfPage);
  if (!page) return Answer::Error(absl::StrCat("nobody wants ", parts[1], " on ", parts[0]));
  const auto& row = page->group;
  Answer answer;
  answer.Add("group", Text<Family>(row.group));
  answer.Add("mode", row.mode);
  answer.Add("version", static_cast<uint64_t>(row.version));
  answer.Add("up_ms", Number(row.up_time));
  answer.Add("expires_ms", Number(row.expires));
  if constexpr (!kIsMld<Family>) answer.Add("v1_expires_ms", Number(row.v1_expires));
  answer.Add(kIsMld<Family> ? "v1_expires_ms" : "v2_expires_ms", Number(row.v2_expires));
  answer.Add("sources", row.sources);
  answer.Add("hosts", row.hosts);
  answer.Add("last_reporter", Text<Family>(row.last_reporter));
  answer.Add("static", row.static_members);
  answer.Add("questions_left", static_cast<uint64_t>(row.questions_left));
  answer.Add("told", row.told);
  answer.StartTable({{"source", Kind::kText},
                     {"state", Kind::kText},
                     {"source_expires_ms", Kind::kNumber},
                     {"source_static", Kind::kText},
                     {"source_questions_left", Kind::kNumber},
                     {"source_told", Kind::kText}});
  for (const auto& source : page->sources) {
    if (answer.AddRow({source.source.ToString(), source.forwarded ? "forwarded" : "blocked", Number(source.expires),
                       source.is_static ? "true" : "false", static_cast<uint64_t>(source.questions_left),
                       std::string(source.told)})) {
      continue;
    }
    page->next = source.source;
    break;
  }
  answer.Add("next", page->next
                         ? absl::StrCat(kFolder<Family>, "group,", parts[0], ",", parts[1], ",", page->next->ToString())
                         : "");
  return answer;
}

template void TelemetryCommands::AddIgmp<Ipv4>(std::vector<Command>& commands);
template void TelemetryCommands::AddIgmp<Ipv6>(std::vector<Command>& commands);

}  // namespace mgmd::api
