#ifndef MGMD_CONTROL_API_TELEMETRY_COMMANDS_H_
#define MGMD_CONTROL_API_TELEMETRY_COMMANDS_H_

// The commands on DPDK's telemetry socket, /mgm/..., and /igmp/... and /mld/...; docs/operating.md is their manual.
//
// Tables have the rows of both families, IPv4's first. No answer cuts anything without a word. A table that is longer
// than an answer is shown in pages: `next` is the command for the next one, empty at the end. A cell that is longer
// than a text of DPDK's shows whole items, how many more there are, and the command that shows all of them. A page
// reads what it shows and no more, at most views::kMostRows rows.
//
// Control thread.

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "control/plane/telemetry_answer.h"
#include "control/views/interface_names.h"
#include "control/views/releases.h"
#include "control/views/source.h"

namespace mgmd::api {

// What can be told to do.
struct Actions {
  // In the family of the word, or, where that is empty, in each family in which the protocol has the interface.
  std::function<absl::StatusOr<std::vector<views::Release>>(std::string_view protocol, std::string_view interface,
                                                            std::string_view family)>
      release;
  std::function<absl::StatusOr<views::Shutdown>(std::string_view protocol)> shut_down;
};

class TelemetryCommands {
 public:
  using Answer = plane::TelemetryAnswer;
  // Releases and shutdowns whose steps can still be asked for.
  static constexpr size_t kKeptSteps = 4;
  // All of which fit into an answer, however long the names in them.
  static constexpr size_t kMembershipsOfPage = 64;
  static constexpr size_t kRefusedShown = 64;
  static constexpr size_t kIgmpRowsOfPage = 48;

  // Both outlive it.
  TelemetryCommands(views::Source& source, const views::InterfaceNames& names, Actions actions)
      : source_(source), names_(names), actions_(std::move(actions)) {}

  struct Command {
    std::string name;  // "/mgm/routes"
    std::string help;
    std::function<Answer(std::string_view parameters)> run;
  };
  // They live no longer than this.
  std::vector<Command> All();

 private:
  using Steps = std::vector<views::Step>;
  struct Kept {
    uint64_t number = 0;
    Steps steps;
  };

  Answer Routes(std::string_view parameters);
  Answer Route(std::string_view parameters);
  template <class Family>
  Answer OneRoute(const FibKey<Family>& key, const InterfaceIdOf<Family>& first);
  Answer Interfaces(std::string_view parameters);
  Answer Memberships(std::string_view parameters);
  Answer Clients(std::string_view parameters);
  static Answer Numbers(const std::vector<views::NamedCount>& counts);
  static Answer Explain(std::string_view name);
  Answer Limits();
  Answer Refused();
  Answer Workers(std::string_view parameters);
  // Of IGMP, or MLD.
  template <class Family>
  void AddIgmp(std::vector<Command>& commands);
  template <class Family>
  Answer IgmpInterfaces(std::string_view parameters);
  template <class Family>
  Answer IgmpInterface(std::string_view parameters);
  template <class Family>
  Answer IgmpGroups(std::string_view parameters);
  template <class Family>
  Answer IgmpGroup(std::string_view parameters);
  Answer Releases();
  Answer Release(std::string_view parameters);
  Answer ShutDown(std::string_view parameters);
  Answer StepsOf(std::string_view parameters);
  // Appends the release's steps, as "release NAME: STEP".
  void Append(const views::Release& release, Steps& steps) const;
  Answer Keep(Answer answer, Steps steps);
  Answer StepsPage(Answer answer, const Kept& kept, size_t first) const;

  views::Source& source_;
  const views::InterfaceNames& names_;
  const Actions actions_;
  std::deque<Kept> kept_;  // the last one first
  uint64_t actions_done_ = 0;
};

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_TELEMETRY_COMMANDS_H_
