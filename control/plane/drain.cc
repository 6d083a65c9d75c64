#include "control/plane/drain.h"

#include <array>

namespace mgmd::plane {

using dataplane::Drained;
using dataplane::WorkerMessage;

void Drain::Start(const Ipv4FibKey& key) {
  unanswered_[key] += static_cast<uint32_t>(rings_.size());
  Tell(WorkerMessage::Kind::kDrain, key);
}

void Drain::Tell(WorkerMessage::Kind kind, const Ipv4FibKey& key) {
  for (size_t worker = 0; worker < rings_.size(); ++worker) Send(worker, {.kind = kind, .spare = 0, .key = key});
}

void Drain::Send(size_t worker, const WorkerMessage& message) {
  // Behind those that wait, so that a worker gets its messages in order.
  if (!waiting_[worker].empty() || !rings_[worker].messages->Push(message)) waiting_[worker].push_back(message);
}

bool Drain::Poll() {
  bool worked = false;
  for (size_t worker = 0; worker < rings_.size(); ++worker) {
    std::array<Drained, 64> answers;
    while (const uint32_t count = rings_[worker].drained->Pop(answers.data(), answers.size())) {
      worked = true;
      for (uint32_t i = 0; i < count; ++i) {
        const auto found = unanswered_.find(answers[i].key);
        if (--found->second > 0) continue;
        fib_.ClearFlags(found->first, dataplane::kDrainFirst);
        unanswered_.erase(found);
      }
    }
    auto& waiting = waiting_[worker];
    while (!waiting.empty() && rings_[worker].messages->Push(waiting.front())) {
      worked = true;
      waiting.pop_front();
    }
  }
  return worked;
}

}  // namespace mgmd::plane
