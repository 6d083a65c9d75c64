#ifndef MGMD_DATAPLANE_FIB_COUNTER_SINK_H_
#define MGMD_DATAPLANE_FIB_COUNTER_SINK_H_

// Told when a counter index begins and when it ends its life, so that no count is lost or charged to the wrong
// stream. A counter index is the index of its entry (entry.h). Control thread; the calls come out of Mfib's writer
// functions and must not call back into it.

#include <cstdint>

#include "common/fib_key.h"
#include "dataplane/fib/entry.h"

namespace mgmd::dataplane {

template <class Family>
class CounterSink {
 public:
  virtual ~CounterSink() = default;

  // `counter` has just been taken for a new entry that no worker knows yet: its lines are to be zero when this
  // returns.
  virtual void Prepare(uint32_t counter) = 0;

  // Counters below `end` will be prepared soon: the moment to fetch a piece of the memory for them. Called once a turn
  // of control. False: there is nothing to fetch.
  virtual bool FetchNext(uint32_t end) { return static_cast<void>(end), false; }

  // Fold() will be called for `counter` soon: the moment to prefetch its lines.
  virtual void WillFold(uint32_t counter) { static_cast<void>(counter); }

  // The grace period of `entry` has ended: no worker counts on `counter` any more, and it has not been reused. `key`
  // is the entry's key, `oifs` its outgoing interfaces in the order of their positions.
  virtual void Fold(const FibKey<Family>& key, uint32_t counter, const FibEntry& entry, const Stamp* oifs) = 0;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_COUNTER_SINK_H_
