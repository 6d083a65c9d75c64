#include "control/mgm/rules/late_answers.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mgmd::mgm {
namespace {

absl::Status NotOpen() { return absl::NotFoundError("the client has no such question open"); }
absl::Status Changed() { return absl::NotFoundError("what the question was about has changed"); }

}  // namespace

template <class Family>
Decision<Family>* LateAnswers<Family>::Find(ClientHandle client, QuestionId question, bool creation,
                                            absl::Status& refused) {
  if (clients_.Find(client) == kNoClient) {
    refused = absl::InvalidArgumentError("no such client");
    return nullptr;
  }
  auto* decision = open_.Find(question);
  const auto is_it = [&](const OpenQuestion<Family>& open) {
    return open.id == question && open.client == client && open.creation == creation;
  };
  if (decision == nullptr || std::none_of(decision->waiting.begin(), decision->waiting.end(), is_it)) {
    refused = NotOpen();
    return nullptr;
  }
  return decision;
}

template <class Family>
absl::Status LateAnswers<Family>::AnswerRpf(ClientHandle client, QuestionId question,
                                            const RpfChoiceOf<Family>& choice) {
  absl::Status refused;
  const auto* open = Find(client, question, false, refused);
  if (open == nullptr) return refused;
  Decision<Family> decision = open_.Take(open->key);
  const bool stands = decider_.Stands(decision);
  auto step = DecisionStep::kHasWay;
  if (stands && !decision.key.is_wildcard()) {
    questions_.TakeChoice(decision, clients_.Find(client), choice);
  } else if (stands && questions_.TakeName(decision, clients_.Find(client), choice) == Answer::kNo) {
    decision.passed.push_back(client);
    step = DecisionStep::kFindWay;
  }
  decider_.GoOn(std::move(decision), stands ? step : DecisionStep::kBegin);
  return stands ? absl::OkStatus() : Changed();
}

template <class Family>
absl::Status LateAnswers<Family>::AnswerCreation(ClientHandle client, QuestionId question,
                                                 std::span<const CreationOifOf<Family>> oifs) {
  absl::Status refused;
  auto* open = Find(client, question, true, refused);
  if (open == nullptr) return refused;
  const FibKey<Family> key = open->key;
  const bool stands = decider_.Stands(*open);
  if (stands) {
    for (const OpenQuestion<Family>& asked : open->waiting) {
      if (asked.id == question) questions_.TakeVetoes(*open, asked, oifs);
    }
    open_.Close(*open, question);
    if (!open->waiting.empty()) return absl::OkStatus();
  }
  decider_.GoOn(open_.Take(key), stands ? DecisionStep::kHasVetoes : DecisionStep::kBegin);
  return stands ? absl::OkStatus() : Changed();
}

template <class Family>
bool LateAnswers<Family>::HasSay(const OpenQuestion<Family>& question) const {
  const ClientIndex client = clients_.Find(question.client);
  if (client == kNoClient || !question.creation) return client != kNoClient;
  // Asked as one of all, without an oif.
  if (question.oifs.empty()) return true;
  return std::any_of(question.oifs.begin(), question.oifs.end(), [&](InterfaceIdOf<Family> oif) {
    const auto* interface = interfaces_.Find(oif);
    return interface != nullptr && interface->Has(client);
  });
}

template <class Family>
void LateAnswers<Family>::RecheckVetoes(FibKey<Family> key) {
  auto& decision = *open_.Find(key);
  std::vector<QuestionId> over;
  for (const OpenQuestion<Family>& question : decision.waiting) {
    if (!HasSay(question)) over.push_back(question.id);
  }
  for (const QuestionId question : over) open_.Close(decision, question);
  if (decision.waiting.empty()) decider_.GoOn(open_.Take(key), DecisionStep::kHasVetoes);
}

template <class Family>
bool LateAnswers<Family>::Recheck() {
  if (!std::exchange(recheck_, false)) return false;
  for (const FibKey<Family> key : open_.Keys()) {
    const auto* decision = open_.Find(key);
    if (decision == nullptr) continue;  // decided by what came before it
    if (decider_.Stands(*decision)) {
      RecheckVetoes(key);
    } else {
      decider_.GoOn(open_.Take(key), DecisionStep::kBegin);
    }
  }
  return true;
}

template <class Family>
bool LateAnswers<Family>::EndOverdue() {
  constexpr int kPerTurn = 256;
  const Time now = clock_.Now();
  int ended = 0;
  for (; ended < kPerTurn; ++ended) {
    std::optional<Decision<Family>> overdue = open_.TakeOverdue(now);
    if (!overdue.has_value()) break;
    auto step = DecisionStep::kHasVetoes;
    for (const OpenQuestion<Family>& question : overdue->waiting) {
      observer_.AnswerOverdue(clients_.NameOf(clients_.Find(question.client)), question.creation ? "CREATION" : "RPF",
                              overdue->key);
      if (question.creation) continue;
      overdue->passed.push_back(question.client);
      step = overdue->key.is_wildcard() ? DecisionStep::kFindWay : DecisionStep::kHasWay;
    }
    decider_.GoOn(*std::move(overdue), step);
  }
  return ended != 0;
}

template class LateAnswers<Ipv4>;
template class LateAnswers<Ipv6>;

}  // namespace mgmd::mgm
