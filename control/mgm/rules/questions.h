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

class Questions {
 public:
  // `creation_to_all`: CREATION goes to clients without an oif, too (RFC 2715 rule 3).
  Questions(Tables& tables, Clock& clock, ClientCalls& calls, const OpenDecisions& open, bool creation_to_all)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        clock_(clock),
        calls_(calls),
        open_(open),
        creation_to_all_(creation_to_all) {}

  // RPF of a wildcard. kYes: the decision's way is what the client names. kNo: it names no interface of its own.
  Answer AskNamer(Decision& decision, ClientIndex namer);
  Answer TakeName(Decision& decision, ClientIndex namer, const RpfChoice& choice) const;
  // RPF of a single source: the owner is shown the decision's way and may change it. False: the answer comes later.
  bool AskOwner(Decision& decision, ClientIndex owner);
  void TakeChoice(Decision& decision, ClientIndex owner, const RpfChoice& choice) const;

  // The oifs that memberships ask for, and edits of the wildcard MFE that covers the key; ascending by slot.
  std::vector<OifPlan> PlanOifs(Ipv4FibKey key, InterfaceSlot iif) const;
  // CREATION: clients may veto their oifs of the plan. False: answers come later.
  bool AskVetoes(Decision& decision, std::vector<OifPlan>& plan);
  // The client's answer to an open question: those of `oifs` that it was asked about and that are not enabled.
  void TakeVetoes(Decision& decision, const OpenQuestion& question, std::span<const CreationOif> oifs) const;
  // What all answers leave of a plan.
  void ApplyVetoes(const Decision& decision, std::vector<OifPlan>& plan) const;

 private:
  // Whether the decision is to wait for the client, who puts its answer off.
  bool PutsOff(Decision& decision, ClientIndex client, QuestionId id, Reply reply, bool creation);
  // The client's oifs of the plan that it may veto; ascending.
  void ListOifs(Ipv4FibKey key, ClientIndex client, const std::vector<OifPlan>& plan,
                std::vector<CreationOif>& oifs) const;
  uint16_t VetoBy(ClientIndex client, const Interface& oif) const {
    return oif.owner == client ? OilElement::kSuppressed : OilElement::kIgmpSuppressed;
  }

  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  const Memberships& memberships_;
  const MfeCache& cache_;
  Clock& clock_;
  ClientCalls& calls_;
  const OpenDecisions& open_;
  const bool creation_to_all_;
  uint64_t last_id_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_QUESTIONS_H_
