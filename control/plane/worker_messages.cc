#include "control/plane/worker_messages.h"

namespace mgmd::plane {

using dataplane::WorkerMessage;

void WorkerMessages::Tell(WorkerMessage::Kind kind, const Ipv4FibKey& key) {
  const WorkerMessage message{.kind = kind, .spare = 0, .key = key};
  for (size_t worker = 0; worker < rings_.size(); ++worker) {
    // Behind those that wait, so that a worker gets its messages in order.
    if (!waiting_[worker].empty() || !rings_[worker]->Push(message)) waiting_[worker].push_back(message);
  }
}

bool WorkerMessages::Poll() {
  bool sent = false;
  for (size_t worker = 0; worker < rings_.size(); ++worker) {
    auto& waiting = waiting_[worker];
    while (!waiting.empty() && rings_[worker]->Push(waiting.front())) {
      sent = true;
      waiting.pop_front();
    }
  }
  return sent;
}

}  // namespace mgmd::plane
