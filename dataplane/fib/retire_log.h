#ifndef MGMD_DATAPLANE_FIB_RETIRE_LOG_H_
#define MGMD_DATAPLANE_FIB_RETIRE_LOG_H_

// What has been unlinked and waits for its grace period, in the order of unlinking: a ring of retired entries, cut
// into batches, each with one token. Control thread.
//
// The ring has a place for every entry there can be, so that retiring never fails and never allocates. The queue of
// batches is short; a commit that finds it full joins the newest waiting batch and gives it a later token.
//
// Positions count retired entries from the beginning of time. A table remembers the position at which it was
// published: entries retired before had their slot in an older table, whose quarantine ends with it.
//
// Cost: 16 bytes for a retired IPv4 entry, 8 for one of IPv6, written and read in order. When nothing waits the ring
// starts from its beginning, so that a small churn stays in few lines. Its pages are fetched as entries are made
// (MakeRoom), not when all of them are retired at once: the kernel may take longer for a page than a hundred deletions
// do.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "common/fib_key.h"
#include "common/forwarder.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/fib/table.h"

namespace mgmd::dataplane {

template <class Family>
struct RetiredEntry {
  FibKey<Family> key;
  uint32_t entry;
  Place place;  // the slot to take out of quarantine; kNoPlace where the key went on with another entry
};

// The key stands beside the entry until that is reused.
template <>
struct RetiredEntry<Ipv6> {
  uint32_t entry;
  Place place;
};

template <class Family>
class RetireLog {
 public:
  explicit RetireLog(uint32_t capacity) : ring_(capacity), capacity_(capacity) {}

  bool valid() const { return ring_.valid(); }
  size_t size() const { return static_cast<size_t>(head_ - tail_); }
  // Memory in use, fetched ahead or not.
  size_t bytes() const { return std::max(most_used_ * sizeof(RetiredEntry<Family>), ring_.fetched()); }

  // The position of the next entry to be retired.
  uint64_t position() const { return head_; }

  // Fetches the memory that `entries` retired at once will take.
  void MakeRoom(size_t entries) { ring_.Fetch(entries); }
  // The same in pieces. False: there is nothing to fetch.
  bool FetchNext(size_t entries) { return ring_.FetchNext(entries); }

  void Add(const RetiredEntry<Family>& retired) {
    ring_[head_index_] = retired;
    if (++head_index_ > most_used_) most_used_ = head_index_;
    if (head_index_ == capacity_) head_index_ = 0;
    ++head_;
  }
  void AddTable(std::unique_ptr<Table<Family>> table) {
    table->next_retired = std::move(open_tables_);
    open_tables_ = std::move(table);
  }

  BatchId Commit(Epoch& epoch) {
    ++committed_;
    return StartGrace(epoch);
  }
  // Starts the grace period of what the open batch has retired so far; the batch stays open.
  void CommitPart(Epoch& epoch) { StartGrace(epoch); }

  bool Reclaimed(BatchId batch) const { return static_cast<uint64_t>(batch) <= reclaimed_; }
  // Whether any batch waits; its token.
  bool waiting() const { return batch_count_ != 0; }
  GraceToken oldest_token() const { return batches_[first_batch_].token; }

  // Hands at most `budget` entries of passed batches to reclaim(position, entry), in order, calling ahead(entry) for
  // each some entries before; frees the tables of batches that are done. Returns the count of both.
  template <typename Ahead, typename Reclaim>
  size_t Poll(Epoch& epoch, size_t budget, Ahead&& ahead, Reclaim&& reclaim) {
    size_t done = 0;
    while (batch_count_ != 0 && done < budget && epoch.Passed(oldest_token())) {
      Batch& batch = batches_[first_batch_];
      done += PollBatch(batch.end, budget - done, ahead, reclaim);
      if (tail_ != batch.end) break;
      for (; batch.tables != nullptr; batch.tables = std::move(batch.tables->next_retired)) ++done;
      reclaimed_ = batch.id;
      first_batch_ = (first_batch_ + 1) % kMaxBatches;
      --batch_count_;
    }
    if (head_ == tail_) head_index_ = tail_index_ = 0;
    return done;
  }

 private:
  BatchId StartGrace(Epoch& epoch) {
    const bool nothing_new = head_ == committed_head_ && open_tables_ == nullptr;
    if (nothing_new && batch_count_ == 0) {
      reclaimed_ = committed_;
      return BatchId{committed_};
    }
    if (!nothing_new) {
      if (batch_count_ < kMaxBatches) {
        ++batch_count_;
        Newest() = Batch{};
      }
      Batch& batch = Newest();
      batch.token = epoch.Start();
      batch.end = committed_head_ = head_;
      JoinTables(batch);
    }
    Newest().id = committed_;
    return BatchId{committed_};
  }

  static constexpr size_t kMaxBatches = 256;
  static constexpr size_t kAhead = 16;

  struct Batch {
    uint64_t id = 0;
    GraceToken token{};
    uint64_t end = 0;  // position after its last entry
    std::unique_ptr<Table<Family>> tables;
  };

  Batch& Newest() { return batches_[(first_batch_ + batch_count_ - 1) % kMaxBatches]; }

  void JoinTables(Batch& batch) {
    while (open_tables_ != nullptr) {
      std::unique_ptr<Table<Family>> table = std::move(open_tables_);
      open_tables_ = std::move(table->next_retired);
      table->next_retired = std::move(batch.tables);
      batch.tables = std::move(table);
    }
  }

  template <typename Ahead, typename Reclaim>
  size_t PollBatch(uint64_t end, size_t budget, Ahead&& ahead, Reclaim&& reclaim) {
    const size_t count = end - tail_ < budget ? static_cast<size_t>(end - tail_) : budget;
    size_t ahead_index = tail_index_;
    size_t announced = 0;
    for (size_t i = 0; i < count; ++i) {
      for (; announced < count && announced < i + kAhead; ++announced) {
        ahead(ring_[ahead_index]);
        if (++ahead_index == capacity_) ahead_index = 0;
      }
      reclaim(tail_, ring_[tail_index_]);
      ++tail_;
      if (++tail_index_ == capacity_) tail_index_ = 0;
    }
    return count;
  }

  ReservedArray<RetiredEntry<Family>> ring_;
  size_t capacity_;
  uint64_t head_ = 0;  // positions
  uint64_t tail_ = 0;
  uint64_t committed_head_ = 0;
  size_t head_index_ = 0;  // their places in the ring
  size_t tail_index_ = 0;
  size_t most_used_ = 0;

  std::array<Batch, kMaxBatches> batches_;
  size_t first_batch_ = 0;
  size_t batch_count_ = 0;
  uint64_t committed_ = 0;
  uint64_t reclaimed_ = 0;
  std::unique_ptr<Table<Family>> open_tables_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_RETIRE_LOG_H_
