#ifndef MGMD_DATAPLANE_FIB_MFIB_H_
#define MGMD_DATAPLANE_FIB_MFIB_H_

// The multicast FIB of one address family: workers look entries up, the control thread changes them, neither ever
// waits for the other.
//
// Reader (any number of workers, each a reader of `Epoch`, online):
//
//   FibView<Ipv4> view = fib.View();                // once per turn of the loop
//   view.Lookup(keys, n, indices);                  // n <= 64
//   const FibEntry& entry = view.entry(indices[i]);
//   for (Stamp oif : view.Oifs(entry)) ...
//   epoch.Quiescent(reader);                        // the view, its entries and counter indices end here
//
// Writer (control thread only):
//
//   fib.Prefetch(key of a change some places ahead);
//   fib.Upsert(key, {accept, flags, oifs});         // visible at once
//   fib.Delete(key);                                // gone at once for every lookup that begins later
//   BatchId batch = fib.CommitBatch();              // one grace period for all that has been unlinked since the last
//   ... fib.Poll();                                 // from the control loop: reuses what no worker can see any more
//   ... fib.GrowAhead();                            // from it, too: what later changes would have to wait for
//
// Every change is copy-on-write: a new entry (and with it a new counter index) is filled and published by one store,
// the old one is put on the retire list. Nothing on that list (entries, overflow blocks, counter indices, table slots,
// tables that were outgrown) is reused before every online worker has been quiescent after the commit. The list is a
// ring that was reserved at construction, so that a delete needs no memory and cannot fail; it is bounded: while
// `max_retired` objects or more wait, upserts are refused.
//
// Lookup order, most specific first: (S,G), then (*,G), then group prefixes by falling length, (*,*) last.
// Source-specific groups match (S,G) only (RFC 4607).
//
// Cost of a hit on (S,G): one bucket line, seldom two, and the entry's line; of IPv6 the line of its key, too. Memory
// for 1,000,000 entries: 64 bytes for an entry; of IPv4 33 to 66 for its share of the table, of IPv6 18 to 37, and 32
// for its key; 64 per worker for its counters.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>

#include "common/fib_key.h"
#include "common/forwarder.h"
#include "common/ssm_ranges.h"
#include "dataplane/fib/counter_sink.h"
#include "dataplane/fib/entry.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/lookup.h"

namespace mgmd::dataplane {

template <class Family>
class Table;

struct FibOptions {
  uint32_t max_entries = 1 << 20;         // (S,G) and wildcard entries together
  uint32_t max_retired = 1 << 20;         // see above
  uint32_t max_overflow_lines = 1 << 24;  // of sixteen oifs, for entries with more than kInlineOifs
  InstructionSet instructions = BestInstructionSet();
};

// Why an upsert was refused: see Mfib::Upsert().
enum class Refusal : uint8_t { kTableFull, kBacklog };

// What came of an upsert.
struct Upserted {
  std::optional<Refusal> refused;
  uint32_t entry = kNoEntry;     // its index
  uint32_t replaced = kNoEntry;  // the index of the one before
};

// What an upsert makes of a key. Its oifs are copied.
struct EntrySpec {
  Stamp accept;
  uint16_t flags = 0;           // EntryFlags; kSourceSpecific is the FIB's to set
  std::span<const Stamp> oifs;  // at most 65,535
};

// The entries of a FIB as a worker reads them during one turn of its loop: valid until its next quiescent report. The
// same whatever the family is, for who has an entry's index.
class EntryView {
 public:
  const FibEntry& entry(uint32_t index) const { return entries_[index]; }

  std::span<const Stamp> Oifs(const FibEntry& entry) const {
    return {entry.oif_count <= kInlineOifs ? entry.oifs : overflow_ + entry.overflow, entry.oif_count};
  }

 private:
  template <class>
  friend class Mfib;

  const FibEntry* entries_ = nullptr;
  const Stamp* overflow_ = nullptr;
};

// And with the keys.
template <class Family>
class FibView : public EntryView {
 public:
  // Looks up `count` (S,G) keys, at most kMaxLookup, and stores an entry index or kNoEntry for each.
  void Lookup(const FibKey<Family>* keys, size_t count, uint32_t* entries) const {
    lookup_(state_, keys, count, entries);
  }

 private:
  template <class>
  friend class Mfib;

  LookupState<Family> state_;
  LookupFunction<Family> lookup_ = nullptr;
};

template <class Family>
class Mfib {
 public:
  using Key = FibKey<Family>;

  // Reserves address space for the ceilings; memory is used as entries come. `epoch` and `sink` outlive the FIB, the
  // FIB outlives its readers' views. nullptr: the system gave no address space, the instruction set is not supported
  // here, or max_entries and max_retired together reach 2^31.
  static std::unique_ptr<Mfib> Create(const FibOptions& options, Epoch& epoch, CounterSink<Family>& sink,
                                      const SsmRanges<Family>& ssm = {});
  ~Mfib();
  Mfib(const Mfib&) = delete;
  Mfib& operator=(const Mfib&) = delete;

  // --- Readers

  // Three loads. What the control thread has published before is found through the view.
  FibView<Family> View() const;

  // --- Changes

  // Fetches what a change of `key` will touch. For long batches, called kPrefetchAhead changes ahead.
  static constexpr size_t kPrefetchAhead = 16;
  void Prefetch(const Key& key) const;

  // Makes or replaces the entry of a key. Refused, nothing changed:
  //   kTableFull  the key is new and max_entries are in use, or the memory for its oifs or for a larger table is, or it
  //               has no place in a table of any bearable size (Table::Rebuild)
  //   kBacklog    max_retired objects wait for their grace period; goes away by itself
  Upserted Upsert(const Key& key, const EntrySpec& spec);

  // Takes the key's entry out. Returns its index, kNoEntry if there was none. Never refused.
  uint32_t Delete(const Key& key);

  // Starts the grace period of what the open batch has unlinked so far, so that Poll() may take it back before the
  // batch has ended.
  void CommitPart();

  // Ends the open batch and starts the grace period of what it unlinked. Ids ascend from 1; a batch that unlinked
  // nothing has one too.
  BatchId CommitBatch();

  // --- Growth

  // Makes ready for later changes, a part in each call: fetches a piece of the memory of the next entries, or does a
  // part of a larger table for one that is crowded, of which it copies so many `buckets` (growing_table.h). Called once
  // in a turn of control, nothing that begins one stream takes longer than that part; in one batch of many thousands of
  // new entries, or without calls, tables grow and the kernel gives memory while the entries come. Returns whether
  // there was anything to do. Never blocks.
  static constexpr uint32_t kBucketsAtOnce = 2048;
  bool GrowAhead(uint32_t buckets = kBucketsAtOnce);

  // --- Reclamation

  // Reuses what passed batches have retired, at most about `budget` objects; folds their counters. Returns how many
  // objects were reclaimed. Never blocks.
  size_t Poll(size_t budget = SIZE_MAX);

  // Whether everything that batches up to `batch` unlinked has been reclaimed.
  bool Reclaimed(BatchId batch) const;

  // The grace period that the oldest batch still waits for, to name the laggards; nullopt when none waits.
  std::optional<GraceToken> WaitingFor() const;

  // Objects that wait for their grace period, those of the open batch included.
  size_t retired() const;

  // --- What is there (control thread)

  // The entry of exactly this key, (S,G) or wildcard; kNoEntry if there is none.
  uint32_t Find(const Key& key) const;
  const FibEntry& entry(uint32_t index) const;
  std::span<const Stamp> Oifs(const FibEntry& entry) const;

  // Entries published. Entry and counter indices are below index_limit(), whatever happens.
  size_t size() const;
  // Prefix lengths that have wildcards: a lookup that finds no (S,G) tries each of them.
  size_t wildcard_lengths() const;
  uint32_t index_limit() const;

  struct Memory {
    size_t entries = 0;   // entry lines ever used
    size_t tables = 0;    // the present hash tables, and larger ones that are being made
    size_t overflow = 0;  // overflow lines ever used
    size_t writer = 0;    // the writer's own: free list, retire ring, keys
    size_t total() const { return entries + tables + overflow + writer; }
  };
  // Bytes in use, the workers' counter lines left out.
  Memory memory() const;

  // Calls visit(key, index) for every entry. The FIB must not be changed meanwhile.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const;

 private:
  struct Writer;
  using VisitFunction = void (*)(void* visitor, const Key& key, uint32_t index);

  Mfib(const FibOptions& options, Epoch& epoch, CounterSink<Family>& sink, const SsmRanges<Family>& ssm);
  void Visit(void* visitor, VisitFunction visit) const;
  void PublishLengths(const Key& key);
  // Makes it the present one of (S,G) entries or of wildcards. False: null.
  bool Publish(bool wildcard, std::unique_ptr<Table<Family>> table);

  // Published. Workers read these lines and what they point to, and nothing else of this class.
  alignas(64) std::atomic<const TableState<Family>*> source_group_{nullptr};
  std::atomic<const TableState<Family>*> wildcard_{nullptr};
  std::atomic<uint64_t> lengths_[GroupLengths<Family>::kWords] = {};
  LookupFunction<Family> lookup_ = nullptr;
  const FibEntry* entries_ = nullptr;
  const Key* entry_keys_ = nullptr;
  const Stamp* overflow_ = nullptr;
  const SsmRanges<Family> ssm_;

  alignas(64) std::unique_ptr<Writer> writer_;
};

template <class Family>
template <typename Visitor>
void Mfib<Family>::ForEach(Visitor&& visit) const {
  Visit(&visit, [](void* visitor, const Key& key, uint32_t index) {
    (*static_cast<std::remove_reference_t<Visitor>*>(visitor))(key, index);
  });
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_MFIB_H_
