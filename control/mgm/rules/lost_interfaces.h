#ifndef MGMD_CONTROL_MGM_RULES_LOST_INTERFACES_H_
#define MGMD_CONTROL_MGM_RULES_LOST_INTERFACES_H_

// Interfaces by which nothing comes any more, for a long time or for good, though their owners stay on them: of the
// MFEs that have one as iif, those go that no membership asks for. A packet makes them again.

#include <cstddef>
#include <deque>

#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class LostInterfaces {
 public:
  static constexpr size_t kLooksPerTurn = 1024;

  LostInterfaces(Tables<Family>& tables, Mfes<Family>& mfes, const Decider<Family>& decider)
      : interfaces_(tables.interfaces), cache_(tables.cache), mfes_(mfes), decider_(decider) {}

  void Add(InterfaceIdOf<Family> id) { lost_.push_back({id, SIZE_MAX}); }
  // Looks at some MFEs. Returns whether there was one.
  bool Run();
  bool empty() const { return lost_.empty(); }

 private:
  struct Lost {
    InterfaceIdOf<Family> id;
    size_t left;  // of its MFEs, those that have not been looked at: the first so many
  };

  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  Mfes<Family>& mfes_;
  const Decider<Family>& decider_;
  std::deque<Lost> lost_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_LOST_INTERFACES_H_
