#ifndef MGMD_CONTROL_PLANE_WORKER_MESSAGES_H_
#define MGMD_CONTROL_PLANE_WORKER_MESSAGES_H_

// What control tells all workers about pending streams (dataplane/messages.h). Messages that a full ring refuses wait
// here, in order, and are sent from Poll(). Control thread.

#include <deque>
#include <utility>
#include <vector>

#include "common/fib_key.h"
#include "dataplane/messages.h"

namespace mgmd::plane {

class WorkerMessages {
 public:
  // One ring for each worker.
  explicit WorkerMessages(std::vector<dataplane::MessageRing*> rings)
      : rings_(std::move(rings)), waiting_(rings_.size()) {}

  void Tell(dataplane::WorkerMessage::Kind kind, const Ipv4FibKey& key = {});

  // Sends messages that waited. Returns whether there were any.
  bool Poll();

 private:
  std::vector<dataplane::MessageRing*> rings_;
  std::vector<std::deque<dataplane::WorkerMessage>> waiting_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_WORKER_MESSAGES_H_
