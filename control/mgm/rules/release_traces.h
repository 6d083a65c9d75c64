#ifndef MGMD_CONTROL_MGM_RULES_RELEASE_TRACES_H_
#define MGMD_CONTROL_MGM_RULES_RELEASE_TRACES_H_

// The traces of releases and takes: what each step took. The last ones are kept to be read; each is told to the
// observer when all that it left has been reclaimed, or when the manager ends.

#include <deque>
#include <memory>
#include <string_view>

#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/state/client_registry.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

// Writes the steps of a release or a take, each with the time since the one before.
template <class Family>
class ReleaseTracer {
 public:
  ReleaseTracer(Clock& clock, const ClientName& client, InterfaceIdOf<Family> interface, bool take);

  void Step(std::string_view name, uint64_t count);
  // A step without a time of its own, whose count is known only later.
  size_t StepWithoutTime(std::string_view name);
  Time step_start() const { return step_start_; }

  const std::shared_ptr<StoredTraceOf<Family>> trace = std::make_shared<StoredTraceOf<Family>>();

 private:
  Clock& clock_;
  Time step_start_;
};

template <class Family>
class ReleaseTraces {
 public:
  static constexpr size_t kKept = 16;

  ReleaseTraces(MfeCache<Family>& cache, Forwarder<Family>& forwarder, Clock& clock, GuardedObserver<Family>& observer)
      : cache_(cache), forwarder_(forwarder), clock_(clock), observer_(observer) {}
  ~ReleaseTraces();

  void Add(std::shared_ptr<StoredTraceOf<Family>> trace);
  // The trace is told when the batch, and every dead MFE, has been reclaimed.
  void AwaitReclaim(BatchId batch, const ReleaseTracer<Family>& tracer);
  // Tells those that it is time for. Returns whether there was one.
  bool Finish();

  bool all_told() const { return unreclaimed_.empty(); }
  const std::deque<std::shared_ptr<StoredTraceOf<Family>>>& kept() const { return kept_; }  // the last one first

 private:
  struct Unreclaimed {
    BatchId batch{};
    Time since{};
    std::shared_ptr<StoredTraceOf<Family>> trace;
  };

  void Tell(const StoredTraceOf<Family>& trace);

  MfeCache<Family>& cache_;
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  GuardedObserver<Family>& observer_;
  std::deque<std::shared_ptr<StoredTraceOf<Family>>> kept_;
  std::deque<Unreclaimed> unreclaimed_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_RELEASE_TRACES_H_
