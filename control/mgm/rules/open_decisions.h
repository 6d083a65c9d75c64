#ifndef MGMD_CONTROL_MGM_RULES_OPEN_DECISIONS_H_
#define MGMD_CONTROL_MGM_RULES_OPEN_DECISIONS_H_

// The decisions that wait for answers: one for each key at most, found by key and by question, until their time is
// over. Every decision has the same time from its first question on, however often it is asked anew, so the oldest is
// always the first one due.
//
// Cost: about 300 octets and the first packet's header for each; nothing where nobody puts an answer off.

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "control/mgm/rules/decision.h"

namespace mgmd::mgm {

template <class Family>
class OpenDecisions {
 public:
  OpenDecisions(const SsmRanges<Family>& ssm, Time time, size_t max_questions)
      : ssm_(ssm), time_(time), max_questions_(max_questions) {}

  bool empty() const { return decisions_.empty(); }
  // Whether the decision, which is not kept here, may wait for one more answer.
  bool MayWait(const Decision<Family>& decision, Time now) const {
    return (!decision.deadline.has_value() || now < *decision.deadline) &&
           by_question_.size() + decision.waiting.size() < max_questions_;
  }

  // Keeps a decision that waits. None is kept for its key.
  void Keep(Decision<Family> decision, Time now);
  // Null: none waits. Valid until the next Keep() or Take().
  Decision<Family>* Find(FibKey<Family> key);
  bool Has(FibKey<Family> key) const { return decisions_.contains(key); }
  // The decision that waits for the answer; null: none.
  Decision<Family>* Find(QuestionId question);
  // The question is open no longer; the decision is kept.
  void Close(Decision<Family>& decision, QuestionId question);
  // A client joins the oif anew: its vetoes of it, in decisions about what the key covers, are over. `mark`: of
  // OilElement, the client's.
  void ForgetVetoes(FibKey<Family> key, InterfaceIdOf<Family> oif, uint16_t mark);
  // The oif has another owner: the former one's vetoes of it are over.
  void ForgetOwnersVetoes(InterfaceIdOf<Family> oif);
  // Calls visit(decision) for each that is about something that the key covers and waits for vetoes. visit() keeps,
  // takes and closes none.
  template <class Visitor>
  void ForEachAwaitingVetoes(FibKey<Family> key, Visitor visit);
  // Takes out the decision, which is kept, with what it still waits for.
  Decision<Family> Take(FibKey<Family> key);
  // Takes out one whose time is over; nothing: there is none.
  std::optional<Decision<Family>> TakeOverdue(Time now);
  std::optional<Time> NextDeadline() const;
  // In order.
  std::vector<FibKey<Family>> Keys() const;

 private:
  struct Due {
    Time deadline{};
    FibKey<Family> key;
  };

  const SsmRanges<Family>& ssm_;
  const Time time_;
  const size_t max_questions_;
  absl::flat_hash_map<FibKey<Family>, Decision<Family>> decisions_;
  absl::flat_hash_map<QuestionId, FibKey<Family>> by_question_;
  std::deque<Due> due_;  // one for each that has begun to wait; some are decided
};

template <class Family>
template <class Visitor>
void OpenDecisions<Family>::ForEachAwaitingVetoes(FibKey<Family> key, Visitor visit) {
  for (auto& [decided, decision] : decisions_) {
    if (Covers(key, decided, ssm_) && decision.waiting.front().creation) visit(decision);
  }
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_OPEN_DECISIONS_H_
