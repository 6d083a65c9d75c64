#ifndef MGMD_CONTROL_MGM_RULES_DECIDER_H_
#define MGMD_CONTROL_MGM_RULES_DECIDER_H_

// Deciding a stream (T11 to T14): which interface it comes in on (routing table, RPF callback), where it goes
// (memberships, CREATION veto), who must know (rules 4 and 5 of RFC 2715). The same steps serve a first packet, a
// proactive membership, a narrower MFE under a wildcard MFE, and an MFE that is decided again.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/lifetimes.h"
#include "control/mgm/rules/mfe_alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/rules/questions.h"
#include "control/mgm/rules/room.h"
#include "control/mgm/rules/ways.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class Decider {
 public:
  // What it knows.
  struct Rules {
    Lifetimes& lifetimes;
    Alerts& alerts;
    MfeAlerts& mfe_alerts;
    MfeWriter& writer;
    Mfes& mfes;
    Room& room;
    DecisionQueue& queue;
    const Ways& ways;
    Questions& questions;
  };
  Decider(Tables& tables, const Rules& rules)
      : interfaces_(tables.interfaces), memberships_(tables.memberships), cache_(tables.cache), rules_(rules) {}

  // The MFE of the key; kNoMfe: it has none. `header`: of the first packet.
  uint32_t Decide(Ipv4FibKey key, Why why, std::span<const uint8_t> header);
  // The wildcard MFE of the key has come or changed its way: what it covers and differs from it gets an MFE of its own,
  // and what has its way from it is decided again.
  void DecideNarrower(Ipv4FibKey key);

 private:
  std::optional<Way> FindWay(Ipv4FibKey key, Why why, std::span<const uint8_t> header, uint32_t present);
  void Install(uint32_t mfe, const Way& way, const std::vector<OifPlan>& plan, Why why);

  InterfaceTable& interfaces_;
  const Memberships& memberships_;
  MfeCache& cache_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_DECIDER_H_
