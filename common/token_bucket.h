#ifndef MGMD_COMMON_TOKEN_BUCKET_H_
#define MGMD_COMMON_TOKEN_BUCKET_H_

// So many a second, and so many at once after a pause; none at all where that is 0. Of one thread; times in ticks of
// its clock.
//
// A bucket is one word: the time at which it is full again. 0 is a full one, so memory full of zeros is full of them.

#include <algorithm>
#include <cstdint>

namespace mgmd {

// What buckets of a kind have in common.
class TokenRate {
 public:
  TokenRate(uint64_t ticks_per_second, uint64_t per_second, uint64_t burst)
      : ticks_per_token_(std::max<uint64_t>(ticks_per_second / std::max<uint64_t>(per_second, 1), 1)),
        most_(burst * ticks_per_token_) {}

  // Whether there is one to Take() of the bucket now.
  bool Has(uint64_t full_at, uint64_t now) const { return std::max(full_at, now) - now + ticks_per_token_ <= most_; }
  // The first time at which it has one, if none is taken before.
  uint64_t When(uint64_t full_at) const { return std::max(full_at + ticks_per_token_, most_) - most_; }
  void Take(uint64_t& full_at, uint64_t now) const { full_at = std::max(full_at, now) + ticks_per_token_; }

 private:
  uint64_t ticks_per_token_;
  uint64_t most_;  // ticks
};

}  // namespace mgmd

#endif  // MGMD_COMMON_TOKEN_BUCKET_H_
