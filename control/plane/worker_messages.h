#ifndef MGMD_CONTROL_PLANE_WORKER_MESSAGES_H_
#define MGMD_CONTROL_PLANE_WORKER_MESSAGES_H_

// What control tells all workers about pending streams (dataplane/rings/messages.h). Control thread.
//
// A ring is all the room there is, however long its worker stands still. What a full one refuses is left out, and the
// worker told to look again at everything that it holds (kReread) as soon as there is room: by then entries stand in
// the FIB, and for streams without one it asks again. So nothing is lost, and nothing has to be kept.

#include <string>
#include <utility>
#include <vector>

#include "common/fib_key.h"
#include "dataplane/rings/messages.h"

namespace mgmd::plane {

template <class Family>
class WorkerMessages {
 public:
  struct Worker {
    dataplane::MessageRing<Family>* ring;
    std::string name;     // for the log
    bool behind = false;  // its ring was full, and it has not been told yet
  };
  explicit WorkerMessages(std::vector<Worker> workers) : workers_(std::move(workers)) {}

  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
  void Tell(Kind kind, const FibKey<Family>& key = {});

  // Tells workers that their ring was full, if it is no more. Returns whether there were any.
  bool Poll();

 private:
  std::vector<Worker> workers_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_WORKER_MESSAGES_H_
