#ifndef MGMD_COMMON_FORWARDER_H_
#define MGMD_COMMON_FORWARDER_H_

// The seam between control and dataplane. Control knows the dataplane only as a Forwarder; the dataplane knows
// nothing of protocols, ownership or memberships. control/plane implements it on DPDK, tests/fakes on plain maps.
//
// Threads: every function is called on the control thread.
//
// The life of a change: control fills a FibBatch and applies it. All that a batch deletes shares one grace period;
// what a long row of upserts replaces may be taken back while the rest of the row is applied.
// Each entry changes atomically for every worker; a batch is not atomic across its entries, and its upserts become
// visible before its deletes. Apply() returns at once; what the batch unlinked is reclaimed after the return, when
// every online worker has been quiescent. A release does this:
//
//   forwarder.Bump(slot);     // at once, for every entry that names the interface, however many
//   forwarder.Apply(batch);   // deletes and updates the entries
//   forwarder.Settle();       // after this nothing reaches a device by those entries or on that interface
//
// Bump before Apply: entries of the batch are built with the stamps that are current when it is applied.
//
// A release that leaves oifs of the interface as they are (A28) does not bump. Then old entries go by the interface
// until Apply() has replaced or deleted each, so the caller deletes what Apply() has refused to replace; after Settle()
// the same holds.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/drop_reason.h"
#include "common/fib_key.h"
#include "common/interface.h"
#include "common/punt.h"

namespace mgmd {

// What names addresses or entries is a template over the family; each family has a Forwarder, a FIB and counters of its
// own, and the two share nothing that a release could touch.

// One change of one entry. Its oifs stand in FibBatch::oifs, so that a batch of a million changes is two allocations.
template <class Family>
struct FibChange {
  enum class Kind : uint8_t { kUpsert, kDelete };

  FibKey<Family> key;
  Kind kind = Kind::kUpsert;
  // With kUpsert and no oifs: the stream is dropped as `no_route`, not as `no_receivers`.
  bool no_route = false;
  // With kUpsert: workers may hold packets of the stream; they send these before anything later of the stream.
  // Set by the upsert that answers a PuntReason::kNoEntry.
  bool drain_pending = false;
  InterfaceSlot accept = kNoSlot;
  uint32_t first_oif = 0;  // into FibBatch::oifs
  uint32_t oif_count = 0;  // 0: a negative entry
};

template <class Family>
struct FibBatch {
  using Change = FibChange<Family>;

  std::vector<Change> changes;
  std::vector<InterfaceSlot> oifs;

  void Upsert(const FibKey<Family>& key, InterfaceSlot accept, std::span<const InterfaceSlot> oif_list,
              bool no_route = false, bool drain_pending = false) {
    changes.push_back({key, Change::Kind::kUpsert, no_route, drain_pending, accept, static_cast<uint32_t>(oifs.size()),
                       static_cast<uint32_t>(oif_list.size())});
    oifs.insert(oifs.end(), oif_list.begin(), oif_list.end());
  }
  void Delete(const FibKey<Family>& key) { changes.push_back({.key = key, .kind = Change::Kind::kDelete}); }
  void Clear() {
    changes.clear();
    oifs.clear();
  }
  bool empty() const { return changes.empty(); }
};

// Names a batch; ascending in the order of Apply().
enum class BatchId : uint64_t {};

struct ApplyResult {
  BatchId batch{};
  // Upserts that found no room, as indices into FibBatch::changes; empty nearly always. Either the table is full
  // ([limits] mfes), or too many objects wait for a grace period, which goes away by itself. A refused upsert changes
  // nothing; the caller keeps it and tries again. Deletes are never refused.
  std::vector<uint32_t> refused;
};

struct SettleResult {
  bool settled = true;                       // false: `stalled` did not report quiescence within release_wait
  std::vector<std::string> stalled_workers;  // their names, which have been logged
};

// Exact totals of one entry since it was made, across all changes of its OIL and over all workers.
struct OifCounters {
  InterfaceSlot oif = kNoSlot;
  uint64_t packets = 0;      // handed to the device
  uint64_t ttl_too_low = 0;  // the oif's TTL threshold
  uint64_t frag_needed = 0;  // larger than the MTU, DF set
  uint64_t discards = 0;     // boundary, tx queue full, no buffers, oif down or stale
};

struct DropCount {
  DropReason reason;
  uint64_t packets;
};

struct EntryCounters {
  uint64_t packets = 0;  // matched and accepted, forwarded by an entry with oifs
  uint64_t octets = 0;   // IP octets of those
  uint64_t different_if_packets = 0;
  uint64_t ttl_packets = 0;       // TTL expired
  uint64_t negative_packets = 0;  // matched while the entry had no oif
  uint64_t held_packets = 0;      // waited for the decision about the stream (MIB: ulUninitMfe)
  uint64_t queue_overflow = 0;    // lost while waiting: the stream's queue was full
  uint64_t discards = 0;          // accepted but lost whole, for another reason than above
  // Every oif that the entry has or had; current ones first, in OIL order. kNoSlot: those of former times whose slot is
  // another interface's now, together.
  std::vector<OifCounters> oifs;
  std::vector<DropCount> drops;  // everything of the stream that was lost, packets and copies, by reason; no zeros

  uint64_t total_out_packets() const {
    uint64_t total = 0;
    for (const OifCounters& oif : oifs) total += oif.packets;
    return total;
  }
};

template <class Family>
class Forwarder {
 public:
  virtual ~Forwarder() = default;

  // --- Interfaces

  // The slot of an interface; an interface never heard of gets one (without a port: copies to it are dropped as
  // `oif_down`). kNoSlot when all slots are in use.
  virtual InterfaceSlot Slot(const InterfaceIdOf<Family>& interface) = 0;

  // No batch to come names the interface, and nobody remembers its slot: when all that was applied before and names it
  // has been reclaimed, Slot() may give the slot to another interface, with a stamp that no entry had. Until then it is
  // the interface's own again if it is asked for. False, and nothing changes: the slot is kept for the interface, since
  // it stands in the configuration.
  virtual bool FreeSlot(InterfaceSlot slot) = 0;

  // Whether multicast data that arrives on the interface is looked up at all: true while it has an owner or IGMP.
  // While false it is dropped as `interface_disabled`, without punt. Takes effect at once.
  virtual void SetEnabled(InterfaceSlot slot, bool enabled) = 0;

  // Whether packets that arrive here, and not on the accept interface, are punted (kWrongInterface, rate-limited for
  // each stream and interface). Off at start.
  virtual void SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled) = 0;

  // Gives the interface a new stamp. Every entry applied before loses it at once, as accept interface (drop reason
  // `released`) and as oif (`stale_oif`); packets held that arrived on it are dropped as `released`.
  virtual void Bump(InterfaceSlot slot) = 0;

  // --- Entries

  virtual ApplyResult Apply(const FibBatch<Family>& batch) = 0;

  // Waits until every online worker has finished the turn of its loop that it is in, at most release_wait. After it
  // has returned `settled`, nothing is handed to a device by state that was replaced or deleted before the call.
  virtual SettleResult Settle() = 0;

  // Whether everything that batches up to `batch` unlinked has been reclaimed.
  virtual bool Reclaimed(BatchId batch) = 0;

  // Frees what a grace period has ended for, tells workers whose rings were full that they have missed something, and
  // makes room for the next entries. Called from the control loop, once a turn; never blocks. Returns whether anything
  // was done.
  virtual bool Poll() = 0;

  // --- Pending streams

  // Workers drop what they hold for the stream (`pending_discarded`): control could make no entry for it.
  virtual void DiscardPending(const FibKey<Family>& key) = 0;

  // --- Counters

  // Exact totals of the entry; nullopt if the forwarder has none for the key. Cost: a few loads for each worker and
  // oif.
  virtual std::optional<EntryCounters> Read(const FibKey<Family>& key) = 0;

  // Packets that arrived for the entry so far, dropped ones included: only tells whether the stream is alive. Cheap.
  virtual uint64_t Activity(const FibKey<Family>& key) = 0;

  // --- Packets that wait for control

  // Takes at most `punts.size()` punts, in turn from all workers; returns how many.
  virtual size_t ReceivePunts(std::span<Punt<Family>> punts) = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_FORWARDER_H_
