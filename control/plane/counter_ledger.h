#ifndef MGMD_CONTROL_PLANE_COUNTER_LEDGER_H_
#define MGMD_CONTROL_PLANE_COUNTER_LEDGER_H_

// Exact totals of every stream and of each of its oifs, across all changes of its OIL and over all workers.
//
// Every change of a stream is a new FIB entry with a new counter index. Workers may count on the old index until its
// grace period has ended, so a stream's total has three parts: what has been folded here, what stands on indices that
// are retired and not yet folded, and what stands on the present index. The ledger links the indices of one stream,
// newest to oldest, and Read() walks the links; Fold() moves the oldest part here and cuts its link. A stream that is
// deleted takes its totals along: made again, it begins at zero.
//
// Oifs are counted by their slots. A slot that has gone to another interface since takes nothing along: what the record
// of a stream says of it is of a former interface, and is told so.
//
// Control thread. Memory: eight bytes for each index ever used, and a record for each stream that was changed after
// it had counted something.

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/forwarder.h"
#include "common/hash_parts.h"
#include "common/oif_index.h"
#include "control/plane/interface_directory.h"
#include "dataplane/counters/counters.h"
#include "dataplane/counters/exceptions.h"
#include "dataplane/fib/counter_sink.h"
#include "dataplane/fib/mfib.h"

namespace mgmd::plane {

// What one worker counts of a FIB's entries.
struct WorkerCounts {
  dataplane::StreamCounters* counters;
  dataplane::ExceptionTable* exceptions;
};

template <class Family>
class CounterLedger : public dataplane::CounterSink<Family> {
 public:
  // Tells the directory which slots a folded entry names no longer.
  explicit CounterLedger(InterfaceDirectory<Family>& directory) : directory_(directory) {}

  // The workers that count; before the first change of the FIB.
  void SetWorkers(std::vector<WorkerCounts> workers) { workers_ = std::move(workers); }

  // --- From the FIB
  void Prepare(uint32_t counter) override;
  bool FetchNext(uint32_t end) override;
  void Fold(const FibKey<Family>& key, uint32_t counter, const dataplane::FibEntry& entry, const Stamp* oifs) override;

  // --- From who changes the FIB
  void Replaced(uint32_t old_counter, uint32_t new_counter);
  void Deleted(const FibKey<Family>& key, uint32_t counter);

  // --- Totals of the stream whose present entry is `counter`
  EntryCounters Read(const FibKey<Family>& key, uint32_t counter, const dataplane::Mfib<Family>& fib) const;
  // Everything that arrived for it.
  uint64_t Activity(const FibKey<Family>& key, uint32_t counter) const;

 private:
  struct Links {
    uint32_t older = 0;  // the index this one replaced, while that is not folded
    uint32_t newer : 31 = 0;
    uint32_t gone : 1 = 0;  // its stream was deleted: fold into nothing
  };

  struct Record {
    EntryCounters totals;
    uint64_t given = 0;  // slots given when it was last brought up to date
  };

  Links& LinksOf(uint32_t counter);
  // Puts the oifs of former interfaces apart.
  void BringUpToDate(Record& record) const;
  // Adds what all workers count on the index to `totals`, whose oifs oif_index_ knows.
  void Sum(uint32_t counter, const dataplane::FibEntry& entry, const Stamp* oifs, EntryCounters& totals) const;
  // Packets that arrived and were matched; the same before and after the index is folded.
  uint64_t Arrived(uint32_t counter) const;
  // Whether there is anything to fold.
  bool Counted(uint32_t counter) const;

  std::vector<WorkerCounts> workers_;
  std::deque<Links> links_;     // grows without a copy
  mutable OifIndex oif_index_;  // of the totals at hand
  HashParts<absl::flat_hash_map<FibKey<Family>, std::unique_ptr<Record>>> folded_;
  InterfaceDirectory<Family>& directory_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_COUNTER_LEDGER_H_
