#ifndef MGMD_CONTROL_PLANE_INTERFACE_DIRECTORY_H_
#define MGMD_CONTROL_PLANE_INTERFACE_DIRECTORY_H_

// Which slot an interface has and which epoch its stamp is in. Control thread.
//
// An epoch is 16 bits wide and comes round. It must not come back while an entry of its last life can still be read,
// so the directory tells when a bump enters a half of the range and names the batch that must have been reclaimed by
// then: the one that unlinked the last entries with epochs of that half, at least 32,768 bumps ago.

#include <array>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/forwarder.h"
#include "common/interface.h"

namespace mgmd::plane {

class InterfaceDirectory {
 public:
  // The slot of the interface, a new one if it has none; kNoSlot when all are in use.
  InterfaceSlot SlotOf(InterfaceId interface);
  std::optional<InterfaceSlot> Find(InterfaceId interface) const;
  InterfaceId IdOf(InterfaceSlot slot) const { return interfaces_[Value(slot)].id; }
  size_t size() const { return interfaces_.size(); }

  Stamp Current(InterfaceSlot slot) const { return {Value(slot), interfaces_[Value(slot)].epoch}; }

  // The next stamp of the slot. `next_batch` is the batch that will unlink the entries that hold the old one; a batch
  // that is returned must have been reclaimed before the new stamp is used.
  std::optional<BatchId> Bump(InterfaceSlot slot, BatchId next_batch);

 private:
  struct Interface {
    InterfaceId id;
    uint16_t epoch = 0;
    std::array<std::optional<BatchId>, 2> left_half;  // the batch when the epochs left that half of the range
  };
  std::vector<Interface> interfaces_;
  absl::flat_hash_map<InterfaceId, InterfaceSlot> slots_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_INTERFACE_DIRECTORY_H_
