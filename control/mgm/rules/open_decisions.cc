#include "control/mgm/rules/open_decisions.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {

void OpenDecisions::Keep(Decision decision, Time now) {
  const Ipv4FibKey key = decision.key;
  if (!decision.deadline.has_value()) {
    decision.deadline = now + time_;
    due_.push_back({*decision.deadline, key});
  }
  if (decision.own_header.empty()) decision.own_header.assign(decision.header.begin(), decision.header.end());
  Decision& kept = decisions_.emplace(key, std::move(decision)).first->second;
  kept.header = kept.own_header;
  for (const OpenQuestion& question : kept.waiting) by_question_.emplace(question.id, key);
}

Decision* OpenDecisions::Find(Ipv4FibKey key) {
  const auto found = decisions_.find(key);
  return found == decisions_.end() ? nullptr : &found->second;
}

Decision* OpenDecisions::Find(QuestionId question) {
  const auto found = by_question_.find(question);
  return found == by_question_.end() ? nullptr : Find(found->second);
}

void OpenDecisions::Close(Decision& decision, QuestionId question) {
  by_question_.erase(question);
  std::erase_if(decision.waiting, [&](const OpenQuestion& open) { return open.id == question; });
}

void OpenDecisions::ForgetVetoes(Ipv4FibKey key, InterfaceId oif) {
  for (auto& [decided, decision] : decisions_) {
    if (Covers(key, decided)) std::erase_if(decision.vetoes, [&](const Veto& veto) { return veto.oif == oif; });
  }
}

Decision OpenDecisions::Take(Ipv4FibKey key) {
  const auto found = decisions_.find(key);
  Decision taken = std::move(found->second);
  decisions_.erase(found);
  taken.header = taken.own_header;
  for (const OpenQuestion& question : taken.waiting) by_question_.erase(question.id);
  return taken;
}

std::optional<Decision> OpenDecisions::TakeOverdue(Time now) {
  while (!due_.empty() && due_.front().deadline <= now) {
    const Due due = due_.front();
    due_.pop_front();
    const Decision* decision = Find(due.key);
    if (decision != nullptr && *decision->deadline <= now) return Take(due.key);
  }
  return std::nullopt;
}

std::optional<Time> OpenDecisions::NextDeadline() const {
  if (decisions_.empty()) return std::nullopt;
  return due_.front().deadline;
}

std::vector<Ipv4FibKey> OpenDecisions::Keys() const {
  std::vector<Ipv4FibKey> keys;
  for (const auto& [key, decision] : decisions_) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), ComesBefore);
  return keys;
}

}  // namespace mgmd::mgm
