#ifndef MGMD_CONTROL_MGM_STATE_INTERFACE_TABLE_H_
#define MGMD_CONTROL_MGM_STATE_INTERFACE_TABLE_H_

// The interfaces that clients and routes have named: who is on each, and what hangs on it.
// Interfaces are found by the forwarder's dense slot number. An interface keeps its place, so that
// pointers to it stay good, until ForgetIdle() finds that nobody is on it and nothing hangs on it:
// then its slot goes back to the forwarder.
//
// Each interface lists the MFEs that have it as iif and those that have it in their OIL, as lists
// of MFE indices in chunks (chunked_list.h); each MFE knows its places in them (mfe_cache.h). So a
// release touches the MFEs of the interface and no other, in the order of the lists.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/fib_key.h"
#include "common/forwarder.h"
#include "common/hash_parts.h"
#include "common/interface.h"
#include "control/mgm/state/chunked_list.h"
#include "control/mgm/state/client_registry.h"

namespace mgmd::mgm {

template <class Family>
struct Interface {
  InterfaceIdOf<Family> id;
  InterfaceSlot slot = kNoSlot;
  ClientIndex owner = kNoClient;
  ClientIndex igmp = kNoClient;

  ChunkedList<uint32_t> iif_mfes;
  ChunkedList<uint32_t> oif_mfes;
  uint32_t edits_of_igmp = 0;  // of oif_mfes: where IGMP, not being the owner, forwards or suppresses
  // Keys of the membership entries that have a reference here.
  HashParts<absl::flat_hash_set<FibKey<Family>>> memberships;

  // Whose the interface is: the owner's, or IGMP's where IGMP is alone (A1, A15).
  ClientIndex holder() const { return owner != kNoClient ? owner : igmp; }
  bool known() const { return holder() != kNoClient; }
  bool Has(ClientIndex client) const { return client != kNoClient && (owner == client || igmp == client); }
  bool idle() const { return !known() && iif_mfes.empty() && oif_mfes.empty() && memberships.empty(); }

  bool looked_at = false;  // ForgetIdle() will
};

template <class Family>
class InterfaceTable {
 public:
  explicit InterfaceTable(Forwarder<Family>& forwarder) : forwarder_(forwarder) {}

  // Null: nobody has named it.
  Interface<Family>* Find(InterfaceIdOf<Family> id) {
    return const_cast<Interface<Family>*>(std::as_const(*this).Find(id));
  }
  const Interface<Family>* Find(InterfaceIdOf<Family> id) const;
  // Who holds the interface; kNoClient: nobody, or there is none.
  ClientIndex HolderOf(std::optional<InterfaceIdOf<Family>> id) const {
    const auto* interface = id.has_value() ? Find(*id) : nullptr;
    return interface == nullptr ? kNoClient : interface->holder();
  }
  // Null: the forwarder has no slot left.
  Interface<Family>* FindOrAdd(InterfaceIdOf<Family> id);
  // Nobody is on the interface any more: ForgetIdle() is to look at it.
  void Left(Interface<Family>& interface);
  // Looks at so many interfaces that nobody may be on, and forgets those that are idle but for
  // those that the forwarder keeps. Returns how many were forgotten. Nobody holds a pointer to an
  // interface meanwhile.
  size_t ForgetIdle(size_t looks);
  // The slot is one of an interface of this table.
  Interface<Family>& operator[](InterfaceSlot slot) { return *by_slot_[Value(slot)]; }
  const Interface<Family>& operator[](InterfaceSlot slot) const { return *by_slot_[Value(slot)]; }
  // Null: a slot that the forwarder made for somebody else.
  Interface<Family>* FindSlot(InterfaceSlot slot) {
    return Value(slot) < by_slot_.size() ? by_slot_[Value(slot)].get() : nullptr;
  }

  // Who holds an interface changes here and nowhere else. kNoClient: nobody.
  void SetOwner(Interface<Family>& interface, ClientIndex owner);
  void SetIgmp(Interface<Family>& interface, ClientIndex igmp);

  // MFEs that have an interface of the client's as iif.
  size_t mfes_of(ClientIndex client) const { return client < mfes_of_.size() ? mfes_of_[client] : 0; }
  // The interface lists so many more, or fewer, MFEs that have it as iif.
  void CountMfes(const Interface<Family>& interface, int64_t change);

  // Ascending.
  const absl::btree_map<InterfaceIdOf<Family>, Interface<Family>*>& all() const { return by_id_; }

 private:
  Forwarder<Family>& forwarder_;
  std::vector<std::unique_ptr<Interface<Family>>> by_slot_;
  absl::btree_map<InterfaceIdOf<Family>, Interface<Family>*> by_id_;
  std::deque<InterfaceSlot> to_look_at_;
  std::vector<size_t> mfes_of_;  // by ClientIndex
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_INTERFACE_TABLE_H_
