#include "control/plane/worker_messages.h"

#include <spdlog/spdlog.h>

namespace mgmd::plane {

using dataplane::WorkerMessage;

void WorkerMessages::Tell(WorkerMessage::Kind kind, const Ipv4FibKey& key) {
  const WorkerMessage message{.kind = kind, .spare = 0, .key = key};
  for (Worker& worker : workers_) {
    if (worker.behind || worker.ring->Push(message)) continue;
    worker.behind = true;
    spdlog::warn("{} does not keep up with decisions about streams that wait; it will look at all of them again",
                 worker.name);
  }
}

bool WorkerMessages::Poll() {
  bool sent = false;
  for (Worker& worker : workers_) {
    // Not before it has read what it was told: a worker that is slow would miss the next message, too, and begin anew.
    if (!worker.behind || !worker.ring->empty()) continue;
    worker.behind = !worker.ring->Push({.kind = WorkerMessage::Kind::kReread, .spare = 0, .key = {}});
    sent |= !worker.behind;
  }
  return sent;
}

}  // namespace mgmd::plane
