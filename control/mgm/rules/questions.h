#ifndef MGMD_CONTROL_MGM_RULES_QUESTIONS_H_
#define MGMD_CONTROL_MGM_RULES_QUESTIONS_H_

// RPF and CREATION: what clients are asked about a stream, and what their answers mean. An answer that a client puts
// off is noted in the decision, which then waits, unless it may not: then the default holds (client.h).

#include <span>
#include <vector>

#include "control/mgm/group_manager_types.h"
#include "control/mgm/rules/client_calls.h"
#include "control/mgm/rules/decision.h"
#include "control/mgm/rules/open_decisions.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

enum class Answer : uint8_t { kYes, kNo, kLater };

template <class Family>
class Questions {
 public:
  // `creation_to_all`: CREATION goes to clients without an oif, too (RFC 2715 rule 3).
  Questions(Tables<Family>& tables, Clock& clock, ClientCalls<Family>& calls, const OpenDecisions<Family>& open,
            bool creation_to_all)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        clock_(clock),
        calls_(calls),
        open_(open),
        creation_to_all_(creation_to_all) {}

  // RPF of a wildcard. kYes: the decision's way is what the client names. kNo: it names no interface of its own.
  Answer AskNamer(Decision<Family>& decision, ClientIndex namer);
  Answer TakeName(Decision<Family>& decision, ClientIndex namer, const RpfChoiceOf<Family>& choice) const;
  // RPF of a single source: the owner is shown the decision's way and may change it. False: the answer comes later.
  bool AskOwner(Decision<Family>& decision, ClientIndex owner);
  void TakeChoice(Decision<Family>& decision, ClientIndex owner, const RpfChoiceOf<Family>& choice) const;

  // The oifs that memberships ask for, and edits of the wildcard MFE that covers the key; ascending by slot.
  std::vector<OifPlan> PlanOifs(FibKey<Family> key, InterfaceSlot iif) const;
  // CREATION: clients may veto their oifs of the plan. False: answers come later.
  bool AskVetoes(Decision<Family>& decision, std::vector<OifPlan>& plan);
  // CREATION for one oif of an MFE that stands, or is being decided, which IGMP has just joined (A26): whether IGMP
  // vetoes it. The call that joins is under way, so that an answer that is put off is none.
  bool IgmpVetoes(FibKey<Family> key, InterfaceSlot iif, const Interface<Family>& oif);
  // The client's answer to an open question: those of `oifs` that it was asked about and that are not enabled.
  void TakeVetoes(Decision<Family>& decision, const OpenQuestion<Family>& question,
                  std::span<const CreationOifOf<Family>> oifs) const;
  // What all answers leave of a plan.
  void ApplyVetoes(const Decision<Family>& decision, std::vector<OifPlan>& plan) const;

 private:
  // Whether the decision is to wait for the client, who puts its answer off.
  bool PutsOff(Decision<Family>& decision, ClientIndex client, QuestionId id, Reply reply, bool creation);
  // The client's oifs of the plan that it may veto, of IGMP's those that its memberships hold; ascending.
  void ListOifs(ClientIndex client, const std::vector<OifPlan>& plan, std::vector<CreationOifOf<Family>>& oifs) const;

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  const Memberships<Family>& memberships_;
  const MfeCache<Family>& cache_;
  Clock& clock_;
  ClientCalls<Family>& calls_;
  const OpenDecisions<Family>& open_;
  const bool creation_to_all_;
  uint64_t last_id_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_QUESTIONS_H_
