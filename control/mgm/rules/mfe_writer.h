#ifndef MGMD_CONTROL_MGM_RULES_MFE_WRITER_H_
#define MGMD_CONTROL_MGM_RULES_MFE_WRITER_H_

// MFEs on their way to the forwarder. A change marks its MFEs dirty and Write() writes each once, as it is then, in one
// batch. A release fills its batch itself, while it walks the lists of the interface. What the forwarder refuses is
// tried again (A18).

#include <chrono>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/rules/mfe_news.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

template <class Family>
class MfeWriter {
 public:
  MfeWriter(MfeCache<Family>& cache, Forwarder<Family>& forwarder, Clock& clock, MfeNews<Family>& news)
      : cache_(cache), forwarder_(forwarder), clock_(clock), news_(news) {}

  void MarkDirty(uint32_t mfe);
  // The MFE with the key is gone from the cache.
  void MarkDeleted(FibKey<Family> key) {
    deleted_.push_back(key);
    refused_.erase(key);
  }
  // What came and went more than once has gone once.
  void UniteDeleted();
  // Writes what is marked as one batch, and tells the observer.
  void Write();

  // For a release: what is marked goes into the batch; so do single MFEs. Apply() hands it to the forwarder.
  void FillBatch();
  // Only what is marked deleted. Returns how many.
  size_t FillDeleted();
  void FillUpdate(MfeOf<Family>& mfe);
  void FillDelete(FibKey<Family> key) {
    batch_.Delete(key);
    if (!refused_.empty()) refused_.erase(key);
  }
  void Reserve(size_t changes) { batch_.changes.reserve(batch_.changes.size() + changes); }
  size_t deleted() const { return deleted_.size(); }
  size_t batch_size() const { return batch_.changes.size(); }
  BatchId Apply();
  // For a release that leaves the interface its stamp, so that an old entry would go on by it: all that the forwarder
  // still has an older entry of goes into the batch ...
  void MarkRefused();
  // ... and what Apply(), which gave `applied`, was refused once more is deleted from the forwarder until it is tried
  // again.
  BatchId DeleteRefused(BatchId applied);

  // Marks what was refused dirty, if it is time to. Returns whether there was anything.
  bool RetryRefused();
  const absl::flat_hash_set<FibKey<Family>>& refused() const { return refused_; }
  std::optional<Time> NextDeadline() const;

 private:
  static constexpr std::chrono::milliseconds kRetry{10};

  MfeCache<Family>& cache_;
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  MfeNews<Family>& news_;
  FibBatch<Family> batch_;
  std::vector<InterfaceSlot> slots_;  // scratch
  std::vector<MfeRef> dirty_;
  std::vector<FibKey<Family>> deleted_;
  absl::flat_hash_set<FibKey<Family>> refused_;
  Time refused_tried_{};
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MFE_WRITER_H_
