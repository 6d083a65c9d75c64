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

enum class DecisionOutcome : uint8_t {
  kDecided,  // the MFE stands
  kWaits,    // for answers
  kNoWay,    // there is none, or nobody wants it any more
  kNoRoom,   // Room::Refusal()
};
// Where an open decision goes on.
enum class DecisionStep : uint8_t { kBegin, kFindWay, kHasWay, kHasVetoes };

template <class Family>
class Decider {
 public:
  // What it knows.
  struct Rules {
    Forwarder<Family>& forwarder;
    Clock& clock;
    Lifetimes<Family>& lifetimes;
    Alerts<Family>& alerts;
    MfeAlerts<Family>& mfe_alerts;
    MfeWriter<Family>& writer;
    Mfes<Family>& mfes;
    Room<Family>& room;
    DecisionQueue<Family>& queue;
    OpenDecisions<Family>& open;
    const Ways<Family>& ways;
    Questions<Family>& questions;
  };
  Decider(Tables<Family>& tables, const Rules& rules)
      : ssm_(tables.ssm),
        clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        rules_(rules) {}

  // Decides the key, or joins the decision about it that is open. `header`: of the first packet.
  DecisionOutcome Decide(FibKey<Family> key, Why why, std::span<const uint8_t> header);
  // The wildcard MFE of the key has come or changed its way: what it covers and differs from it gets an MFE of its own,
  // and what has its way from it is decided again.
  void DecideNarrower(FibKey<Family> key);

  // Whether a membership asks for an MFE of the key, packet or not.
  bool IsWanted(FibKey<Family> key) const;
  // Whether everything that the open decision stands on is as it was.
  bool Stands(const Decision<Family>& decision) const;
  // Goes on with a decision that was taken out of the open ones.
  void GoOn(Decision<Family> decision, DecisionStep step);

 private:
  DecisionOutcome Run(Decision<Family>& decision, DecisionStep step);
  DecisionOutcome RunFrom(Decision<Family>& decision, DecisionStep step);
  DecisionOutcome Join(Decision<Family>& open, Why why, std::span<const uint8_t> header);
  DecisionOutcome BeginAnew(Decision<Family>& decision);
  DecisionOutcome Begin(Decision<Family>& decision);
  DecisionOutcome FindWayAndOifs(Decision<Family>& decision);
  Answer FindWay(Decision<Family>& decision);
  DecisionOutcome FindOifs(Decision<Family>& decision);
  // All answers are in, some of them late.
  DecisionOutcome Complete(Decision<Family>& decision);
  DecisionOutcome Make(const Decision<Family>& decision, const std::vector<OifPlan>& plan);
  // For another MFE, if it needs one.
  bool HasRoom(const Decision<Family>& decision);
  bool HasRoomOnIif(const Decision<Family>& decision);
  DecisionOutcome RefusedRoom(const Decision<Family>& decision);
  void Install(uint32_t mfe, const Decision<Family>& decision, const std::vector<OifPlan>& plan);
  bool StandsByNamers(const Decision<Family>& decision, const std::vector<ClientIndex>& namers) const;
  void NoteIif(Decision<Family>& decision) const;

  const SsmRanges<Family>& ssm_;
  const ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  const Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_DECIDER_H_
