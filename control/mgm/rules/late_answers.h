#ifndef MGMD_CONTROL_MGM_RULES_LATE_ANSWERS_H_
#define MGMD_CONTROL_MGM_RULES_LATE_ANSWERS_H_

// How open decisions go on: the answer comes, the time is over, or what they stand on changes.

#include <span>

#include "absl/status/status.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/open_decisions.h"
#include "control/mgm/rules/questions.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class LateAnswers {
 public:
  LateAnswers(Tables<Family>& tables, Clock& clock, GuardedObserver<Family>& observer, OpenDecisions<Family>& open,
              Questions<Family>& questions, Decider<Family>& decider)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        clock_(clock),
        observer_(observer),
        open_(open),
        questions_(questions),
        decider_(decider) {}

  // Errors: group_manager.h.
  absl::Status AnswerRpf(ClientHandle client, QuestionId question, const RpfChoiceOf<Family>& choice);
  absl::Status AnswerCreation(ClientHandle client, QuestionId question, std::span<const CreationOifOf<Family>> oifs);

  // Clients, owners or routes have changed: Recheck() is to look at what waits.
  void RecheckSoon() { recheck_ = recheck_ || !open_.empty(); }
  bool recheck_due() const { return recheck_; }
  // If it is to: decisions that no longer stand begin anew, and nobody waits for a client that has nothing to say any
  // more. Asks clients; not inside a callback, nor inside a call of a client that may not be ready for a question.
  // Returns whether it was to.
  bool Recheck();
  // Gives the default answer for those whose time is over. Returns whether there was one.
  bool EndOverdue();

 private:
  // Null, and why in `refused`: there is no such question for the client.
  Decision<Family>* Find(ClientHandle client, QuestionId question, bool creation, absl::Status& refused);
  // Whether the client of an open CREATION still has an oif to veto.
  bool HasSay(const OpenQuestion<Family>& question) const;
  void RecheckVetoes(FibKey<Family> key);

  const ClientRegistry<Family>& clients_;
  const InterfaceTable<Family>& interfaces_;
  Clock& clock_;
  GuardedObserver<Family>& observer_;
  OpenDecisions<Family>& open_;
  Questions<Family>& questions_;
  Decider<Family>& decider_;
  bool recheck_ = false;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_LATE_ANSWERS_H_
