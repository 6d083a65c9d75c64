#ifndef MGMD_DATAPLANE_TOKEN_BUCKET_H_
#define MGMD_DATAPLANE_TOKEN_BUCKET_H_

// So many a second, and so many at once after a pause. Of one worker; times in ticks of its clock.

#include <algorithm>
#include <cstdint>

namespace mgmd::dataplane {

class TokenBucket {
 public:
  TokenBucket(uint64_t ticks_per_second, uint64_t per_second, uint64_t burst)
      : ticks_per_token_(std::max<uint64_t>(ticks_per_second / per_second, 1)),
        most_(burst * ticks_per_token_),
        credit_(most_) {}

  // Whether there is one to Take() now.
  bool Has(uint64_t now) {
    credit_ = std::min(credit_ + (now - last_), most_);
    last_ = now;
    return credit_ >= ticks_per_token_;
  }
  void Take() { credit_ -= ticks_per_token_; }

 private:
  const uint64_t ticks_per_token_;
  const uint64_t most_;  // ticks
  uint64_t credit_;      // ticks
  uint64_t last_ = 0;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_TOKEN_BUCKET_H_
