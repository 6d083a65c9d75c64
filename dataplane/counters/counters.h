#ifndef MGMD_DATAPLANE_COUNTERS_COUNTERS_H_
#define MGMD_DATAPLANE_COUNTERS_COUNTERS_H_

// What a worker counts. Every worker counts in memory of its own, so that counting never moves a
// line between cores; control sums over the workers.
//
// Writer: the one worker, by relaxed load and store, no read-modify-write. Readers: any thread,
// relaxed; a value read is at most a moment old, and several values read together need not be of
// one moment. Units: packets and IP octets.
//
// Per stream: one 64-byte line for each counter index, which is the FIB entry's index. A line
// belongs to one entry from Prepare() to Fold() (counter_sink.h); in both calls no worker touches
// it, and control may clear it. What happened to single copies, and what happens seldom to packets,
// stands in the exception table (exceptions.h), keyed by counter index and oif. So for an entry
// with oifs: what was handed to a device for an oif = packets - the exceptions of that oif.
//
// Cost: one line read and written per packet, none per copy.

#include <array>
#include <atomic>
#include <cstdint>

#include "common/drop_reason.h"
#include "common/local_class.h"
#include "common/punt.h"
#include "dataplane/fib/entry.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

using Counter = std::atomic<uint64_t>;

// The owner's increment.
inline void Add(Counter& counter, uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}
inline uint64_t Get(const Counter& counter) { return counter.load(std::memory_order_relaxed); }

struct alignas(64) CounterLine {
  // Matched and accepted, TTL sufficient. Of an entry without oifs these are its negative packets.
  Counter packets;
  Counter octets;
  // Arrived elsewhere than on the accept interface.
  Counter different_if_packets;
  // TTL expired.
  Counter ttl_packets;
  // Exceptions recorded for this index, whatever their reason: 0 spares the look into the exception
  // table.
  Counter exceptions;
  // Packets that waited in the pending table and were sent by this entry.
  Counter held;
};
static_assert(sizeof(CounterLine) == 64);

// Why a negative entry drops the packets of a group: for want of a route, because nobody asked for
// this source of a source-specific group (RFC 4607 section 5.2), or because nobody wants the
// stream.
inline DropReason NegativeReason(const FibEntry& entry) {
  if (entry.Has(kNoRoute)) return DropReason::kNoRoute;
  return entry.Has(kSourceSpecific) ? DropReason::kSourceSpecificUnwanted : DropReason::kNoReceivers;
}

// The counter lines of one worker.
class StreamCounters {
 public:
  // Reserves address space for `limit` indices, Mfib::index_limit(); pages are used as they are
  // touched.
  explicit StreamCounters(uint32_t limit) : lines_(limit) {}
  bool valid() const { return lines_.valid(); }

  CounterLine& line(uint32_t counter) const { return lines_[counter]; }

  // Control: ReservedMemory::FetchNext() for the indices below `end`.
  bool FetchNext(uint32_t end) { return lines_.FetchNext(end); }

  // Control, within Prepare() or Fold() of the index.
  void Clear(uint32_t counter) const {
    CounterLine& line = lines_[counter];
    for (Counter* field :
         {&line.packets, &line.octets, &line.different_if_packets, &line.ttl_packets, &line.exceptions, &line.held}) {
      field->store(0, std::memory_order_relaxed);
    }
  }

 private:
  ReservedArray<CounterLine> lines_;
};

// Where a worker's cycles go: the rows MGMD_STAGE of common/counter_table.def.
enum class Stage : uint8_t {
#define MGMD_STAGE(enumerator, ...) enumerator,
#include "common/counter_table.def"
};
#define MGMD_STAGE(...) +1
inline constexpr size_t kStages = 0
#include "common/counter_table.def"
    ;
inline constexpr std::array<const char*, kStages> kStageNames = {
#define MGMD_STAGE(enumerator, name, ...) name,
#include "common/counter_table.def"
};

// Totals of one worker since it was made.
struct WorkerStats {
  // Packets and copies by reason; device reasons stay 0 here.
  std::array<Counter, kDropReasons> drops{};
  std::array<Counter, kPuntReasons> punts{};
  std::array<Counter, kLocalClasses> local{};            // packets for the router itself, handed to control
  std::array<Counter, kMaxPorts> completed_checksums{};  // of packets received (l4_checksum.h)

  // The rows MGMD_WORKER of common/counter_table.def: packets, copies, turns and so on. A duration is in ticks of the
  // worker's clock here.
#define MGMD_WORKER(field, ...) Counter field{};
#include "common/counter_table.def"
  std::array<Counter, kStages> cycles{};  // time stamp counter; estimated from one turn in sixteen

  void Drop(DropReason reason, uint64_t n = 1) { Add(drops[static_cast<size_t>(reason)], n); }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_COUNTERS_COUNTERS_H_
