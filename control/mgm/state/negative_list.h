#ifndef MGMD_CONTROL_MGM_STATE_NEGATIVE_LIST_H_
#define MGMD_CONTROL_MGM_STATE_NEGATIVE_LIST_H_

// The negative MFEs, those without an oif: how many there are, and which is the oldest. An MFE that is negative no
// longer leaves its old place in the list behind, so that nothing is ever searched; when such places are more than the
// MFEs that count, the list is cleaned.
//
// Cost: 8 bytes for each place, of which there are at most two for each negative MFE and kSlack.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

template <class Family>
class NegativeList {
 public:
  static constexpr size_t kSlack = 1024;

  uint32_t count() const { return count_; }
  size_t places() const { return list_.size(); }

  // The MFE has got or lost oifs.
  void Changed(MfeCache<Family>& cache, uint32_t mfe) {
    auto& changed = cache[mfe];
    const bool negative = changed.active == 0;
    if (negative == changed.Is(Mfe::kNegative)) return;
    changed.Set(Mfe::kNegative, negative);
    count_ += negative ? 1 : -1;
    if (!negative) return;
    list_.push_back(cache.RefTo(mfe));
    if (list_.size() > 2 * size_t{count_} + kSlack) Clean(cache);
  }
  // The MFE goes.
  void Uncount(const MfeOf<Family>& mfe) {
    if (mfe.Is(Mfe::kNegative)) --count_;
  }

  // Takes the first place out; nothing: the MFE that stood there is negative no longer. The list is not empty.
  std::optional<MfeRef> TakeFirst(const MfeCache<Family>& cache) {
    const MfeRef first = list_.front();
    list_.pop_front();
    if (!cache.Lives(first) || !cache[first.index].Is(Mfe::kNegative)) return std::nullopt;
    return first;
  }
  // The MFE, which was taken out, stays, as the last one.
  void PutBack(MfeRef mfe) { list_.push_back(mfe); }

 private:
  void Clean(const MfeCache<Family>& cache) {
    absl::flat_hash_set<uint32_t> seen;
    std::erase_if(list_, [&](const MfeRef& listed) {
      return !cache.Lives(listed) || !cache[listed.index].Is(Mfe::kNegative) || !seen.insert(listed.index).second;
    });
  }

  std::deque<MfeRef> list_;  // oldest first; some no longer are
  uint32_t count_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_NEGATIVE_LIST_H_
