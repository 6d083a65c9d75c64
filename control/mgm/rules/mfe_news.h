#ifndef MGMD_CONTROL_MGM_RULES_MFE_NEWS_H_
#define MGMD_CONTROL_MGM_RULES_MFE_NEWS_H_

// What the observer is told of MFEs (observer.h): collected while changes are written to the forwarder, told when they
// have taken effect there. Where the observer wants no MFEs nothing is collected.

#include <vector>

#include "control/mgm/guarded_observer.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class MfeNews {
 public:
  MfeNews(Tables<Family>& tables, GuardedObserver<Family>& observer)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        cache_(tables.cache),
        observer_(observer),
        wanted_(observer.WantsMfes()) {}

  bool wanted() const { return wanted_; }
  // Room for so many more.
  void Reserve(size_t gone, size_t written);
  // The MFE has been, or is being, deleted from the forwarder; written to it; refused by it.
  void Gone(const MfeOf<Family>& mfe) {
    if (mfe.Is(Mfe::kAnnounced)) gone_.push_back(mfe.key);
  }
  void Written(uint32_t mfe) {
    if (wanted_) written_.push_back(cache_.RefTo(mfe));
  }
  void Refused(FibKey<Family> key) { refused_.push_back(key); }
  // Tells what there is. Returns how many MFEs were written or have gone.
  size_t Tell();

 private:
  void Announce(MfeOf<Family>& mfe, MfeEventOf<Family>& event);

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  GuardedObserver<Family>& observer_;
  const bool wanted_;
  std::vector<FibKey<Family>> gone_;
  std::vector<MfeRef> written_;
  std::vector<FibKey<Family>> refused_;
  std::vector<InterfaceIdOf<Family>> ids_;  // scratch
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MFE_NEWS_H_
