#include "control/mgm/rules/late_answers.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mgmd::mgm {
namespace {

absl::Status NotOpen() { return absl::NotFoundError("the client has no such question open"); }
absl::Status Changed() { return absl::NotFoundError("what the question was about has changed"); }

}  // namespace

Decision* LateAnswers::Find(ClientHandle client, QuestionId question, bool creation, absl::Status& refused) {
  if (clients_.Find(client) == kNoClient) {
    refused = absl::InvalidArgumentError("no such client");
    return nullptr;
  }
  Decision* decision = open_.Find(question);
  const auto is_it = [&](const OpenQuestion& open) {
    return open.id == question && open.client == client && open.creation == creation;
  };
  if (decision == nullptr || std::none_of(decision->waiting.begin(), decision->waiting.end(), is_it)) {
    refused = NotOpen();
    return nullptr;
  }
  return decision;
}

absl::Status LateAnswers::AnswerRpf(ClientHandle client, QuestionId question, const RpfChoice& choice) {
  absl::Status refused;
  const Decision* open = Find(client, question, false, refused);
  if (open == nullptr) return refused;
  Decision decision = open_.Take(open->key);
  const bool stands = decider_.Stands(decision);
  auto step = Decider::Step::kHasWay;
  if (stands && !decision.key.is_wildcard()) {
    questions_.TakeChoice(decision, clients_.Find(client), choice);
  } else if (stands && questions_.TakeName(decision, clients_.Find(client), choice) == Answer::kNo) {
    decision.passed.push_back(client);
    step = Decider::Step::kFindWay;
  }
  decider_.GoOn(std::move(decision), stands ? step : Decider::Step::kBegin);
  return stands ? absl::OkStatus() : Changed();
}

absl::Status LateAnswers::AnswerCreation(ClientHandle client, QuestionId question, std::span<const CreationOif> oifs) {
  absl::Status refused;
  Decision* open = Find(client, question, true, refused);
  if (open == nullptr) return refused;
  const Ipv4FibKey key = open->key;
  const bool stands = decider_.Stands(*open);
  if (stands) {
    for (const OpenQuestion& asked : open->waiting) {
      if (asked.id == question) questions_.TakeVetoes(*open, asked, oifs);
    }
    open_.Close(*open, question);
    if (!open->waiting.empty()) return absl::OkStatus();
  }
  decider_.GoOn(open_.Take(key), stands ? Decider::Step::kHasVetoes : Decider::Step::kBegin);
  return stands ? absl::OkStatus() : Changed();
}

bool LateAnswers::HasSay(const OpenQuestion& question) const {
  const ClientIndex client = clients_.Find(question.client);
  if (client == kNoClient || !question.creation) return client != kNoClient;
  // Asked as one of all, without an oif.
  if (question.oifs.empty()) return true;
  return std::any_of(question.oifs.begin(), question.oifs.end(), [&](InterfaceId oif) {
    const Interface* interface = interfaces_.Find(oif);
    return interface != nullptr && interface->Has(client);
  });
}

void LateAnswers::RecheckVetoes(Ipv4FibKey key) {
  Decision& decision = *open_.Find(key);
  std::vector<QuestionId> over;
  for (const OpenQuestion& question : decision.waiting) {
    if (!HasSay(question)) over.push_back(question.id);
  }
  for (const QuestionId question : over) open_.Close(decision, question);
  if (decision.waiting.empty()) decider_.GoOn(open_.Take(key), Decider::Step::kHasVetoes);
}

bool LateAnswers::Recheck() {
  if (!std::exchange(recheck_, false)) return false;
  for (const Ipv4FibKey key : open_.Keys()) {
    const Decision* decision = open_.Find(key);
    if (decision == nullptr) continue;  // decided by what came before it
    if (decider_.Stands(*decision)) {
      RecheckVetoes(key);
    } else {
      decider_.GoOn(open_.Take(key), Decider::Step::kBegin);
    }
  }
  return true;
}

bool LateAnswers::EndOverdue() {
  constexpr int kPerTurn = 256;
  const Time now = clock_.Now();
  int ended = 0;
  for (; ended < kPerTurn; ++ended) {
    std::optional<Decision> overdue = open_.TakeOverdue(now);
    if (!overdue.has_value()) break;
    auto step = Decider::Step::kHasVetoes;
    for (const OpenQuestion& question : overdue->waiting) {
      observer_.AnswerOverdue(clients_.NameOf(clients_.Find(question.client)), question.creation ? "CREATION" : "RPF",
                              overdue->key);
      if (question.creation) continue;
      overdue->passed.push_back(question.client);
      step = overdue->key.is_wildcard() ? Decider::Step::kFindWay : Decider::Step::kHasWay;
    }
    decider_.GoOn(*std::move(overdue), step);
  }
  return ended != 0;
}

}  // namespace mgmd::mgm
