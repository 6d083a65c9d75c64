#include "control/mgm/rules/open_decisions.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {

template <class Family>
void OpenDecisions<Family>::Keep(Decision<Family> decision, Time now) {
  const FibKey<Family> key = decision.key;
  if (!decision.deadline.has_value()) {
    decision.deadline = now + time_;
    due_.push_back({*decision.deadline, key});
  }
  if (decision.own_header.empty()) decision.own_header.assign(decision.header.begin(), decision.header.end());
  auto& kept = decisions_.emplace(key, std::move(decision)).first->second;
  kept.header = kept.own_header;
  for (const OpenQuestion<Family>& question : kept.waiting) by_question_.emplace(question.id, key);
}

template <class Family>
Decision<Family>* OpenDecisions<Family>::Find(FibKey<Family> key) {
  const auto found = decisions_.find(key);
  return found == decisions_.end() ? nullptr : &found->second;
}

template <class Family>
Decision<Family>* OpenDecisions<Family>::Find(QuestionId question) {
  const auto found = by_question_.find(question);
  return found == by_question_.end() ? nullptr : Find(found->second);
}

template <class Family>
void OpenDecisions<Family>::Close(Decision<Family>& decision, QuestionId question) {
  by_question_.erase(question);
  std::erase_if(decision.waiting, [&](const OpenQuestion<Family>& open) { return open.id == question; });
}

template <class Family>
void OpenDecisions<Family>::ForgetVetoes(FibKey<Family> key, InterfaceIdOf<Family> oif, uint16_t mark) {
  for (auto& [decided, decision] : decisions_) {
    if (!Covers(key, decided, ssm_)) continue;
    std::erase_if(decision.vetoes, [&](const Veto<Family>& veto) { return veto.oif == oif && veto.mark == mark; });
  }
}

template <class Family>
void OpenDecisions<Family>::ForgetOwnersVetoes(InterfaceIdOf<Family> oif) {
  for (auto& [decided, decision] : decisions_) {
    std::erase_if(decision.vetoes,
                  [&](const Veto<Family>& veto) { return veto.oif == oif && veto.mark == OilElement::kSuppressed; });
  }
}

template <class Family>
Decision<Family> OpenDecisions<Family>::Take(FibKey<Family> key) {
  const auto found = decisions_.find(key);
  Decision<Family> taken = std::move(found->second);
  decisions_.erase(found);
  taken.header = taken.own_header;
  for (const OpenQuestion<Family>& question : taken.waiting) by_question_.erase(question.id);
  return taken;
}

template <class Family>
std::optional<Decision<Family>> OpenDecisions<Family>::TakeOverdue(Time now) {
  while (!due_.empty() && due_.front().deadline <= now) {
    const Due due = due_.front();
    due_.pop_front();
    const auto* decision = Find(due.key);
    if (decision != nullptr && *decision->deadline <= now) return Take(due.key);
  }
  return std::nullopt;
}

template <class Family>
std::optional<Time> OpenDecisions<Family>::NextDeadline() const {
  if (decisions_.empty()) return std::nullopt;
  return due_.front().deadline;
}

template <class Family>
std::vector<FibKey<Family>> OpenDecisions<Family>::Keys() const {
  std::vector<FibKey<Family>> keys;
  for (const auto& [key, decision] : decisions_) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), ComesBefore);
  return keys;
}

template class OpenDecisions<Ipv4>;
template class OpenDecisions<Ipv6>;

}  // namespace mgmd::mgm
