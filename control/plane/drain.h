#ifndef MGMD_CONTROL_PLANE_DRAIN_H_
#define MGMD_CONTROL_PLANE_DRAIN_H_

// The end of a pending stream. Its entry is published with the mark "drain first"; every worker is told to send what
// it holds for the stream; when all have answered, the mark is cleared. Messages that a full ring refuses wait here, in
// order, and are sent from Poll(). Control thread.

#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/fib_key.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/messages.h"

namespace mgmd::plane {

class Drain {
 public:
  struct WorkerRings {
    dataplane::MessageRing* messages;
    dataplane::DrainedRing* drained;
  };

  Drain(std::vector<WorkerRings> rings, dataplane::Mfib<Ipv4>& fib) : rings_(std::move(rings)), fib_(fib), waiting_(rings_.size()) {}

  // The entry of the key has been published with kDrainFirst.
  void Start(const Ipv4FibKey& key);
  // Whether an entry of the key must carry kDrainFirst still.
  bool Runs(const Ipv4FibKey& key) const { return unanswered_.contains(key); }

  void Tell(dataplane::WorkerMessage::Kind kind, const Ipv4FibKey& key = {});

  // Takes answers and sends messages that waited. Returns whether there were any.
  bool Poll();

 private:
  void Send(size_t worker, const dataplane::WorkerMessage& message);

  std::vector<WorkerRings> rings_;
  dataplane::Mfib<Ipv4>& fib_;
  std::vector<std::deque<dataplane::WorkerMessage>> waiting_;
  absl::flat_hash_map<Ipv4FibKey, uint32_t> unanswered_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DRAIN_H_
