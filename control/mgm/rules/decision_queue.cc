#include "control/mgm/rules/decision_queue.h"

#include <algorithm>
#include <vector>

namespace mgmd::mgm {

template <class Family>
void DecisionQueue<Family>::Add(FibKey<Family> key) {
  const uint32_t mfe = cache_.Find(key);
  if (mfe != kNoMfe) {
    if (cache_[mfe].Is(Mfe::kRedecide)) return;
    cache_[mfe].Set(Mfe::kRedecide, true);
  }
  queue_.push_back(key);
}

template <class Family>
void DecisionQueue<Family>::Refill() {
  const Time now = clock_.Now();
  const double seconds = std::chrono::duration<double>(now - filled_).count();
  tokens_ = std::min<double>(kPerSecond, tokens_ + seconds * kPerSecond);
  filled_ = now;
}

template <class Family>
std::optional<FibKey<Family>> DecisionQueue<Family>::TakeNext() {
  if (queue_.empty() || tokens_ < 1) return std::nullopt;
  tokens_ -= 1;
  const FibKey<Family> key = queue_.front();
  queue_.pop_front();
  return key;
}

template <class Family>
void DecisionQueue<Family>::RetryMissing() {
  // Otherwise they may be among what waits already; the next try comes.
  if (!queue_.empty()) return;
  // What an MFE inherits depends on those that are there: the wider first, and always the same way.
  std::vector<FibKey<Family>> keys(missing_.begin(), missing_.end());
  std::sort(keys.begin(), keys.end(), ComesBefore);
  for (const FibKey<Family> key : keys) Add(key);
}

template <class Family>
bool DecisionQueue<Family>::RetryMissingIfDue() {
  const Time now = clock_.Now();
  if (missing_.empty() || now - missing_tried_ < kRetry) return false;
  missing_tried_ = now;
  RetryMissing();
  return true;
}

template <class Family>
std::optional<Time> DecisionQueue<Family>::NextRetry() const {
  if (missing_.empty()) return std::nullopt;
  return missing_tried_ + kRetry;
}

template class DecisionQueue<Ipv4>;
template class DecisionQueue<Ipv6>;

}  // namespace mgmd::mgm
