#ifndef MGMD_CONTROL_MGM_RULES_DECIDER_H_
#define MGMD_CONTROL_MGM_RULES_DECIDER_H_

// Deciding a stream (T11 to T14): which interface it comes in on (routing table, RPF callback), where it goes
// (memberships, CREATION veto), who must know (rules 4 and 5 of RFC 2715). The same steps serve a first packet, a
// proactive membership, a narrower MFE under a wildcard MFE, and an MFE that is decided again:
//
//   room -> way (RPF) -> room on its iif -> oifs (CREATION) -> MFE, alerts, narrower MFEs
//
// Nobody is waited for. Where a client puts its answer off, the decision is kept among the open ones at the step where
// it stands, and late_answers.h goes on with it. Meanwhile the world may change: what the decision stands on (the MFE,
// the route, the wildcard MFE above it, who holds its iif, the membership that asks for it) is compared before each
// step, and where it is no longer so the decision begins anew, with what is left of its time; that about an MFE of a
// single source, which forwards meanwhile, with its turn in the queue.

#include <cstdint>
#include <span>
#include <vector>

#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/rules/decision.h"
#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/lifetimes.h"
#include "control/mgm/rules/mfe_alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/rules/open_decisions.h"
#include "control/mgm/rules/questions.h"
#include "control/mgm/rules/room.h"
#include "control/mgm/rules/ways.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class Decider {
 public:
  enum class Outcome : uint8_t {
    kDecided,  // the MFE stands
    kWaits,    // for answers
    kNoWay,    // there is none, or nobody wants it any more
    kNoRoom,   // Room::Refusal()
  };
  // Where an open decision goes on.
  enum class Step : uint8_t { kBegin, kFindWay, kHasWay, kHasVetoes };

  // What it knows.
  struct Rules {
    Forwarder<Ipv4>& forwarder;
    Clock& clock;
    Lifetimes& lifetimes;
    Alerts& alerts;
    MfeAlerts& mfe_alerts;
    MfeWriter& writer;
    Mfes& mfes;
    Room& room;
    DecisionQueue& queue;
    OpenDecisions& open;
    const Ways& ways;
    Questions& questions;
  };
  Decider(Tables& tables, const Rules& rules)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        rules_(rules) {}

  // Decides the key, or joins the decision about it that is open. `header`: of the first packet.
  Outcome Decide(Ipv4FibKey key, Why why, std::span<const uint8_t> header);
  // The wildcard MFE of the key has come or changed its way: what it covers and differs from it gets an MFE of its own,
  // and what has its way from it is decided again.
  void DecideNarrower(Ipv4FibKey key);

  // Whether everything that the open decision stands on is as it was.
  bool Stands(const Decision& decision) const;
  // Goes on with a decision that was taken out of the open ones.
  void GoOn(Decision decision, Step step);

 private:
  Outcome Run(Decision& decision, Step step);
  Outcome RunFrom(Decision& decision, Step step);
  Outcome Join(Decision& open, Why why, std::span<const uint8_t> header);
  Outcome BeginAnew(Decision& decision);
  Outcome Begin(Decision& decision);
  Outcome FindWayAndOifs(Decision& decision);
  Answer FindWay(Decision& decision);
  Outcome FindOifs(Decision& decision);
  // All answers are in, some of them late.
  Outcome Complete(Decision& decision);
  Outcome Make(const Decision& decision, const std::vector<OifPlan>& plan);
  // For another MFE, if it needs one.
  bool HasRoom(const Decision& decision);
  bool HasRoomOnIif(const Decision& decision);
  Outcome RefusedRoom(const Decision& decision);
  void Install(uint32_t mfe, const Decision& decision, const std::vector<OifPlan>& plan);
  bool StandsByNamers(const Decision& decision, const std::vector<ClientIndex>& namers) const;
  // Whether a membership asks for an MFE of the key, packet or not.
  bool IsWanted(Ipv4FibKey key) const;
  void NoteIif(Decision& decision) const;

  const ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  const Memberships& memberships_;
  MfeCache& cache_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_DECIDER_H_
