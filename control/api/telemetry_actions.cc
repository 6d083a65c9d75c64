#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/api/telemetry_commands.h"
#include "control/api/telemetry_parameters.h"

namespace mgmd::api {
namespace {

using Kind = plane::TelemetryAnswer::Kind;

}  // namespace

TelemetryCommands::Answer TelemetryCommands::Release(std::string_view parameters) {
  const auto parts = Parts(parameters);
  if (parts.size() != 2 && parts.size() != 3) return Answer::Error("usage: /mgm/release,PROTOCOL,INTERFACE[,FAMILY]");
  const std::string family = parts.size() == 3 ? parts[2] : std::string();
  if (parts.size() == 3 && family != Ipv4::kWord && family != Ipv6::kWord) {
    return Answer::Error(absl::StrCat("\"", family, "\" is no family: ipv4, ipv6"));
  }
  const auto releases = actions_.release(parts[0], parts[1], family);
  if (!releases.ok()) return Answer::Error(std::string(releases.status().message()));
  Steps steps;
  for (const views::Release& release : *releases) Append(release, steps);
  Answer answer;
  answer.Add("protocol", parts[0]);
  answer.Add("interface", parts[1]);
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
  // Of IPv6 it is said, so that the steps of one interface are told apart.
  const char* const family = std::holds_alternative<InterfaceId>(release.interface) ? "" : " (IPv6)";
  for (const views::Step& step : release.steps) {
    steps.push_back({absl::StrCat("release ", name, family, ": ", step.name), step.duration, step.count});
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

// There are sixteen at most.
TelemetryCommands::Answer TelemetryCommands::Releases() {
  Answer answer;
  answer.StartTable({{"protocol", Kind::kNumber},
                     {"component", Kind::kNumber},
                     {"interface", Kind::kText},
                     {"family", Kind::kText},
                     {"what", Kind::kText},
                     {"settled", Kind::kText},
                     {"reclaimed", Kind::kText},
                     {"us", Kind::kNumber}});
  for (const views::Release& release : source_.Releases()) {
    std::chrono::microseconds lasted{};
    for (const views::Step& step : release.steps) {
      if (step.name != "reclaimed") lasted += step.duration;  // after it had returned
    }
    answer.AddRow({uint64_t{release.client.protocol}, uint64_t{release.client.component},
                   names_.NameOf(release.interface), std::string(FamilyWord(release.interface)),
                   release.take ? "take" : "release", release.settled ? "true" : "false",
                   release.reclaimed ? "true" : "false", static_cast<uint64_t>(lasted.count())});
  }
  return answer;
}

}  // namespace mgmd::api
