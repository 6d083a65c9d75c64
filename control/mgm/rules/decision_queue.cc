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
  constexpr int64_t kPerTurn = kPerSecond / (std::chrono::seconds(1) / kTurn);
  const int64_t turns = (clock_.Now() - filled_) / kTurn;
  tokens_ = std::min<int64_t>(kPerSecond, tokens_ + turns * kPerTurn);
  filled_ += turns * kTurn;
}

template <class Family>
std::optional<FibKey<Family>> DecisionQueue<Family>::TakeNext() {
  if (queue_.empty() || tokens_ == 0) return std::nullopt;
  --tokens_;
  const FibKey<Family> key = queue_.front();
  queue_.pop_front();
  return key;
}

template <class Family>
std::optional<Time> DecisionQueue<Family>::NextTurn() const {
  if (queue_.empty()) return std::nullopt;
  return tokens_ > 0 ? clock_.Now() : filled_ + kTurn;
}

template <class Family>
void DecisionQueue<Family>::RetryMissing() {
  // Otherwise they may be among what waits already; the next try comes.
  if (!queue_.empty()) return;
  // What an MFE inherits depends on those that are there: the wider first, and always the same way.
  std::vector<FibKey<Family>> keys;
  for (const auto& [key, by] : missing_) keys.push_back(key);
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
