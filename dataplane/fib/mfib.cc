#include "dataplane/fib/mfib.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "dataplane/fib/growing_table.h"
#include "dataplane/fib/index_pool.h"
#include "dataplane/fib/overflow_arena.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/fib/retire_log.h"

namespace mgmd::dataplane {
namespace {

// IPv4 keys stand in the buckets; others beside their entries.
template <class Family>
inline constexpr bool kKeysBesideEntries = !std::is_same_v<Family, Ipv4>;

}  // namespace

template <class Family>
struct Mfib<Family>::Writer {
  Writer(const FibOptions& fib_options, Epoch& fib_epoch, CounterSink<Family>& fib_sink,
         const SsmRanges<Family>& source_specific)
      : options(fib_options),
        epoch(fib_epoch),
        sink(fib_sink),
        ssm(source_specific),
        // Every entry is free, published or retired. An upsert needs max_retired not to be reached, a delete leaves
        // the sum as it is: there are never more.
        indices(options.max_entries + options.max_retired),
        entries(indices.end()),
        keys(kKeysBesideEntries<Family> ? indices.end() : 1),
        overflow(options.max_overflow_lines),
        retired(options.max_entries + options.max_retired),
        tables{GrowingTable<Family>(FirstTable()), GrowingTable<Family>(FirstTable())} {}

  bool valid() const {
    return indices.valid() && entries.valid() && keys.valid() && overflow.valid() && retired.valid() &&
           tables[0].valid() && tables[1].valid();
  }

  std::unique_ptr<Table<Family>> FirstTable() const {
    return Table<Family>::Create(Table<Family>::kMinBits, keys.data());
  }
  GrowingTable<Family>& TablesOf(const Key& key) { return tables[key.is_wildcard()]; }
  const Table<Family>& TableOf(const Key& key) const { return tables[key.is_wildcard()].table(); }

  // Fills a new entry, with its oifs already placed; nobody can see it yet.
  uint32_t FillEntry(const Key& key, const EntrySpec& spec, uint32_t block) {
    const uint32_t index = indices.Take();
    FibEntry& entry = entries[index];
    entry.accept = spec.accept;
    entry.flags = static_cast<uint16_t>(spec.flags | (ssm.HasAll(key) ? kSourceSpecific : 0));
    entry.oif_count = static_cast<uint16_t>(spec.oifs.size());
    entry.overflow = block;
    Stamp* const oifs = entry.oif_count <= kInlineOifs ? entry.oifs : overflow.stamps() + block;
    std::copy(spec.oifs.begin(), spec.oifs.end(), oifs);
    if constexpr (kKeysBesideEntries<Family>) keys[index] = key;
    sink.Prepare(index);
    return index;
  }

  void Retire(const Key& key, uint32_t entry, Place place) {
    if constexpr (kKeysBesideEntries<Family>) {
      retired.Add({.entry = entry, .place = place});
    } else {
      retired.Add({.key = key, .entry = entry, .place = place});
    }
  }

  const Key& KeyOf(const RetiredEntry<Family>& gone) const {
    if constexpr (kKeysBesideEntries<Family>) {
      return keys[gone.entry];
    } else {
      return gone.key;
    }
  }

  // What Reclaim() will touch.
  void Prefetch(const RetiredEntry<Family>& gone) const {
    __builtin_prefetch(&entries[gone.entry], 1);
    sink.WillFold(gone.entry);
    if constexpr (kKeysBesideEntries<Family>) {
      __builtin_prefetch(&keys[gone.entry]);
    } else if (gone.place != kNoPlace) {
      // An old generation's place may be beyond the end of the present table: prefetching it does no harm.
      TableOf(gone.key).PrefetchPlace(gone.place);
    }
  }

  // The grace period of what `entry` retired is over.
  void Reclaim(uint64_t position, const RetiredEntry<Family>& gone) {
    FibEntry& entry = entries[gone.entry];
    const Key& key = KeyOf(gone);
    const bool inline_oifs = entry.oif_count <= kInlineOifs;
    sink.Fold(key, gone.entry, entry, inline_oifs ? entry.oifs : overflow.stamps() + entry.overflow);
    if (!inline_oifs) overflow.GiveBack(entry.overflow, entry.oif_count);
    indices.GiveBack(gone.entry);
    if (gone.place == kNoPlace) return;
    GrowingTable<Family>& tables_of = TablesOf(key);
    if (position >= tables_of.table().first_position) tables_of.EndQuarantine(gone.place);
  }

  const FibOptions options;
  Epoch& epoch;
  CounterSink<Family>& sink;
  const SsmRanges<Family>& ssm;
  IndexPool indices;
  ReservedArray<FibEntry> entries;
  ReservedArray<Key> keys;  // by entry index
  OverflowArena overflow;
  RetireLog<Family> retired;
  std::array<GrowingTable<Family>, 2> tables;  // (S,G), wildcards
  size_t published = 0;
  std::array<uint32_t, Family::kAddressBits + 1> length_entries{};  // wildcard entries by group length
};

template <class Family>
Mfib<Family>::Mfib(const FibOptions& options, Epoch& epoch, CounterSink<Family>& sink, const SsmRanges<Family>& ssm)
    : ssm_(ssm), writer_(new (std::nothrow) Writer(options, epoch, sink, ssm_)) {}

template <class Family>
Mfib<Family>::~Mfib() = default;

template <class Family>
std::unique_ptr<Mfib<Family>> Mfib<Family>::Create(const FibOptions& options, Epoch& epoch, CounterSink<Family>& sink,
                                                   const SsmRanges<Family>& ssm) {
  const uint64_t indices = uint64_t{options.max_entries} + options.max_retired;
  if (!Supported(options.instructions) || indices + 1 >= kDisplaced) return nullptr;
  std::unique_ptr<Mfib> fib(new (std::nothrow) Mfib(options, epoch, sink, ssm));
  if (fib == nullptr || fib->writer_ == nullptr || !fib->writer_->valid()) return nullptr;
  Writer& writer = *fib->writer_;
  writer.entries[kNoEntry].accept = Stamp{};
  fib->lookup_ = FindLookupFunction<Family>(options.instructions);
  fib->entries_ = writer.entries.data();
  fib->entry_keys_ = writer.keys.data();
  fib->overflow_ = writer.overflow.stamps();
  fib->source_group_.store(&writer.tables[0].table().state(), std::memory_order_release);
  fib->wildcard_.store(&writer.tables[1].table().state(), std::memory_order_release);
  return fib;
}

template <class Family>
FibView<Family> Mfib<Family>::View() const {
  FibView<Family> view;
  view.state_.source_group = source_group_.load(std::memory_order_acquire);
  view.state_.wildcard = wildcard_.load(std::memory_order_acquire);
  view.state_.entry_keys = entry_keys_;
  for (size_t i = 0; i < GroupLengths<Family>::kWords; ++i) {
    view.state_.lengths.words[i] = lengths_[i].load(std::memory_order_acquire);
  }
  view.state_.ssm = ssm_.ranges().data();
  view.state_.ssm_count = ssm_.ranges().size();
  view.lookup_ = lookup_;
  view.entries_ = entries_;
  view.overflow_ = overflow_;
  return view;
}

template <class Family>
void Mfib<Family>::Prefetch(const Key& key) const {
  const Table<Family>& table = writer_->TableOf(key);
  table.Prefetch(table.HashOf(key));
  __builtin_prefetch(&entries_[std::min(writer_->indices.Upcoming(kPrefetchAhead), index_limit() - 1)], 1);
}

template <class Family>
Upserted Mfib<Family>::Upsert(const Key& key, const EntrySpec& spec) {
  Writer& writer = *writer_;
  if (writer.retired.size() >= writer.options.max_retired) return {.refused = Refusal::kBacklog};
  const Table<Family>* table = &writer.TableOf(key);
  uint64_t hash = table->HashOf(key);
  const Place present = table->Find(key, hash);
  if (present == kNoPlace && writer.published >= writer.options.max_entries) return {.refused = Refusal::kTableFull};

  uint32_t block = 0;
  const auto oif_count = static_cast<uint16_t>(spec.oifs.size());
  if (oif_count > kInlineOifs) {
    block = writer.overflow.Take(oif_count);
    if (block == OverflowArena::kNoBlock) return {.refused = Refusal::kTableFull};
  }

  if (present != kNoPlace) {
    const uint32_t old = table->Index(present);
    const uint32_t index = writer.FillEntry(key, spec, block);
    writer.TablesOf(key).Replace(present, key, index);
    writer.Retire(key, old, kNoPlace);
    return {.refused = std::nullopt, .entry = index, .replaced = old};
  }

  Place place = table->FindFree(hash);
  if (place == kNoPlace) {
    if (!Publish(key.is_wildcard(), writer.TablesOf(key).TakeLarger(key))) {
      if (oif_count > kInlineOifs) writer.overflow.GiveBack(block, oif_count);
      return {.refused = Refusal::kTableFull};
    }
    table = &writer.TableOf(key);
    hash = table->HashOf(key);
    place = table->FindFree(hash);
  }
  const uint32_t index = writer.FillEntry(key, spec, block);
  writer.TablesOf(key).Insert(place, key, hash, index);
  writer.retired.MakeRoom(++writer.published);
  if (key.is_wildcard()) {
    ++writer.length_entries[static_cast<size_t>(key.group_length())];
    PublishLengths(key);
  }
  return {.refused = std::nullopt, .entry = index};
}

template <class Family>
uint32_t Mfib<Family>::Delete(const Key& key) {
  Writer& writer = *writer_;
  const Table<Family>& table = writer.TableOf(key);
  const uint64_t hash = table.HashOf(key);
  const Place place = table.Find(key, hash);
  if (place == kNoPlace) return kNoEntry;
  const uint32_t index = table.Index(place);
  writer.TablesOf(key).Remove(place, key, hash);
  writer.Retire(key, index, place);
  --writer.published;
  if (key.is_wildcard()) {
    --writer.length_entries[static_cast<size_t>(key.group_length())];
    PublishLengths(key);
  }
  return index;
}

// A length's first entry is in the table before the length is announced, its last one gone before it is withdrawn;
// in between a lookup probes for nothing or misses what is not yet there.
template <class Family>
void Mfib<Family>::PublishLengths(const Key& key) {
  const auto length = static_cast<size_t>(key.group_length());
  std::atomic<uint64_t>& word = lengths_[length / 64];
  const uint64_t bit = uint64_t{1} << (length % 64);
  const uint64_t others = word.load(std::memory_order_relaxed) & ~bit;
  word.store(writer_->length_entries[length] != 0 ? others | bit : others, std::memory_order_release);
}

// Workers that hold the table before go on finding in it what was there; the next view has this one.
template <class Family>
bool Mfib<Family>::Publish(bool wildcard, std::unique_ptr<Table<Family>> table) {
  if (table == nullptr) return false;
  table->first_position = writer_->retired.position();
  (wildcard ? wildcard_ : source_group_).store(&table->state(), std::memory_order_release);
  std::unique_ptr<Table<Family>> outgrown = writer_->tables[wildcard].Exchange(std::move(table));
  writer_->retired.AddTable(std::move(outgrown));
  return true;
}

// Memory before tables: what is about to be touched comes first.
template <class Family>
bool Mfib<Family>::GrowAhead(uint32_t buckets) {
  constexpr uint32_t kEntriesAhead = 8192;
  Writer& writer = *writer_;
  const uint32_t end = std::min(writer.indices.ever_used() + kEntriesAhead, writer.indices.end());
  if (writer.entries.FetchNext(end) || writer.sink.FetchNext(end)) return true;
  if (writer.retired.FetchNext(writer.published + kEntriesAhead)) return true;
  if (kKeysBesideEntries<Family> && writer.keys.FetchNext(end)) return true;
  for (const bool wildcard : {false, true}) {
    GrowingTable<Family>& tables = writer.tables[wildcard];
    if (!tables.Step(buckets)) continue;
    if (tables.complete()) {
      Publish(wildcard, tables.TakeLarger());
      CommitPart();
    }
    return true;
  }
  return false;
}

template <class Family>
void Mfib<Family>::CommitPart() {
  writer_->retired.CommitPart(writer_->epoch);
}

template <class Family>
BatchId Mfib<Family>::CommitBatch() {
  return writer_->retired.Commit(writer_->epoch);
}

template <class Family>
size_t Mfib<Family>::Poll(size_t budget) {
  Writer& writer = *writer_;
  return writer.retired.Poll(
      writer.epoch, budget, [&writer](const RetiredEntry<Family>& gone) { writer.Prefetch(gone); },
      [&writer](uint64_t position, const RetiredEntry<Family>& gone) { writer.Reclaim(position, gone); });
}

template <class Family>
bool Mfib<Family>::Reclaimed(BatchId batch) const {
  return writer_->retired.Reclaimed(batch);
}

template <class Family>
std::optional<GraceToken> Mfib<Family>::WaitingFor() const {
  if (!writer_->retired.waiting()) return std::nullopt;
  return writer_->retired.oldest_token();
}

template <class Family>
size_t Mfib<Family>::retired() const {
  return writer_->retired.size();
}

template <class Family>
uint32_t Mfib<Family>::Find(const Key& key) const {
  const Table<Family>& table = writer_->TableOf(key);
  const Place place = table.Find(key, table.HashOf(key));
  return place == kNoPlace ? kNoEntry : table.Index(place);
}

template <class Family>
const FibEntry& Mfib<Family>::entry(uint32_t index) const {
  return entries_[index];
}

template <class Family>
std::span<const Stamp> Mfib<Family>::Oifs(const FibEntry& entry) const {
  return View().Oifs(entry);
}

template <class Family>
size_t Mfib<Family>::size() const {
  return writer_->published;
}

template <class Family>
size_t Mfib<Family>::wildcard_lengths() const {
  size_t lengths = 0;
  for (const std::atomic<uint64_t>& word : lengths_) lengths += std::popcount(word.load(std::memory_order_relaxed));
  return lengths;
}

template <class Family>
uint32_t Mfib<Family>::index_limit() const {
  return writer_->indices.end();
}

template <class Family>
typename Mfib<Family>::Memory Mfib<Family>::memory() const {
  const Writer& writer = *writer_;
  const size_t lines = writer.indices.ever_used();
  return {
      .entries = lines * sizeof(FibEntry),
      .tables = writer.tables[0].bytes() + writer.tables[1].bytes(),
      .overflow = writer.overflow.bytes(),
      .writer =
          writer.indices.bytes() + writer.retired.bytes() + (kKeysBesideEntries<Family> ? lines * sizeof(Key) : 0),
  };
}

template <class Family>
void Mfib<Family>::Visit(void* visitor, VisitFunction visit) const {
  for (const GrowingTable<Family>& tables : writer_->tables) {
    tables.table().ForEach([&](const Key& key, uint32_t index) { visit(visitor, key, index); });
  }
}

template class Mfib<Ipv4>;
template class Mfib<Ipv6>;

}  // namespace mgmd::dataplane
