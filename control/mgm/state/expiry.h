#ifndef MGMD_CONTROL_MGM_STATE_EXPIRY_H_
#define MGMD_CONTROL_MGM_STATE_EXPIRY_H_

// When MFEs are due: a bucket for each second. An MFE that is scheduled again, or goes, leaves its
// old place in a bucket behind; the schedule number says that it no longer counts. So nothing is
// ever searched.
//
// Cost: 8 bytes for each time an MFE is scheduled, two map steps to schedule.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

template <class Family>
class Expiry {
 public:
  // Due at `at`, or within the second after it if the caller asks only then.
  void Schedule(MfeCache<Family>& cache, uint32_t mfe, Time at) {
    buckets_[Second(at)].push_back({mfe, ++cache.details(mfe).schedule});
  }

  // The second in which something may be due; nothing: never. It may be past.
  std::optional<Time> Next() const {
    if (buckets_.empty()) return std::nullopt;
    return std::chrono::seconds(buckets_.begin()->first);
  }

  // Calls due(mfe) for each scheduled MFE of the seconds up to `now`, at most `budget`. What is not
  // due yet within its second is scheduled again by the caller.
  template <class Due>
  size_t Run(const MfeCache<Family>& cache, Time now, size_t budget, Due due) {
    size_t done = 0;
    std::vector<Place> places;
    while (!buckets_.empty() && buckets_.begin()->first <= Second(now) && done < budget) {
      std::deque<Place>& bucket = buckets_.begin()->second;
      const size_t take = std::min(bucket.size(), budget - done);
      places.assign(bucket.end() - static_cast<ptrdiff_t>(take), bucket.end());
      bucket.resize(bucket.size() - take);
      const bool current = buckets_.begin()->first == Second(now);
      if (bucket.empty()) buckets_.erase(buckets_.begin());
      done += take;
      for (const Place& place : places) {
        if (cache.details(place.mfe).schedule == place.schedule) due(place.mfe);
      }
      if (current) break;
    }
    return done;
  }

 private:
  struct Place {
    uint32_t mfe;
    uint32_t schedule;
  };
  static int64_t Second(Time time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

  std::map<int64_t, std::deque<Place>> buckets_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_EXPIRY_H_
