#include "control/plane/worker_messages.h"

#include <spdlog/spdlog.h>

namespace mgmd::plane {

template <class Family>
void WorkerMessages<Family>::Tell(Kind kind, const FibKey<Family>& key) {
  const dataplane::WorkerMessage<Family> message{.kind = kind, .spare = 0, .key = key};
  for (Worker& worker : workers_) {
    if (worker.behind || worker.ring->Push(message)) continue;
    worker.behind = true;
    spdlog::warn("{} does not keep up with decisions about streams that wait; it will look at all of them again",
                 worker.name);
  }
}

template <class Family>
bool WorkerMessages<Family>::Poll() {
  bool sent = false;
  for (Worker& worker : workers_) {
    // Not before it has read what it was told: a worker that is slow would miss the next message, too, and begin anew.
    if (!worker.behind || !worker.ring->empty()) continue;
    worker.behind = !worker.ring->Push({.kind = Kind::kReread, .spare = 0, .key = {}});
    sent |= !worker.behind;
  }
  return sent;
}

template class WorkerMessages<Ipv4>;
template class WorkerMessages<Ipv6>;

}  // namespace mgmd::plane
