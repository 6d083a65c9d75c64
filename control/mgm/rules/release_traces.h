#ifndef MGMD_CONTROL_MGM_RULES_RELEASE_TRACES_H_
#define MGMD_CONTROL_MGM_RULES_RELEASE_TRACES_H_

// The traces of releases and takes: what each step took. The last ones of both families are kept to be read, in the
// order of their ends; each is told to the observer when all that it left has been reclaimed, or when the manager ends.

#include <deque>
#include <memory>
#include <string_view>

#include "common/any_family.h"
#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/state/client_registry.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

// Writes the steps of a release or a take, each with the time since the one before.
class ReleaseTracer {
 public:
  ReleaseTracer(Clock& clock, const ClientName& client, const AnyInterfaceId& interface, bool take);

  void Step(std::string_view name, uint64_t count);
  // A step without a time of its own, whose count is known only later.
  size_t StepWithoutTime(std::string_view name);
  Time step_start() const { return step_start_; }

  const std::shared_ptr<StoredTrace> trace = std::make_shared<StoredTrace>();

 private:
  Clock& clock_;
  Time step_start_;
};

template <class Family>
class ReleaseTraces {
 public:
  static constexpr size_t kKept = 16;

  // `shared`: Options::traces.
  ReleaseTraces(MfeCache<Family>& cache, Forwarder<Family>& forwarder, Clock& clock, GuardedObserver<Family>& observer,
                KeptTraces* shared)
      : cache_(cache),
        forwarder_(forwarder),
        clock_(clock),
        observer_(observer),
        kept_(shared != nullptr ? *shared : own_kept_) {}
  ~ReleaseTraces();

  void Add(std::shared_ptr<const StoredTrace> trace);
  // The trace is told when the batch, and every dead MFE, has been reclaimed.
  void AwaitReclaim(BatchId batch, const ReleaseTracer& tracer);
  // Tells those that it is time for. Returns whether there was one.
  bool Finish();

  bool all_told() const { return unreclaimed_.empty(); }
  const KeptTraces& kept() const { return kept_; }

 private:
  struct Unreclaimed {
    BatchId batch{};
    Time since{};
    std::shared_ptr<StoredTrace> trace;
  };

  void Tell(const StoredTrace& trace);

  MfeCache<Family>& cache_;
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  GuardedObserver<Family>& observer_;
  KeptTraces own_kept_;
  KeptTraces& kept_;
  std::deque<Unreclaimed> unreclaimed_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_RELEASE_TRACES_H_
