#ifndef MGMD_CONTROL_MEMBERSHIP_ROUTER_OBSERVER_H_
#define MGMD_CONTROL_MEMBERSHIP_ROUTER_OBSERVER_H_

#include <cstdint>

#include "control/membership/room.h"
#include "control/membership/settings.h"

namespace mgmd::membership {

// Why a group has no member any more.
enum class GroupEnd : uint8_t {
  kAge,     // nobody has reported it for the membership interval
  kCheck,   // nobody has answered whether a member was left
  kLeft,    // the last of the known hosts has left
  kDenied,  // by settings that are new
};

enum class WhichRoom : uint8_t { kGroups, kSources, kMemberships };

// Hears of what happens on an interface's router part, on the control thread, and must not call it.
template <class Family>
class RouterObserver {
 public:
  using Address = typename Family::Address;

  virtual ~RouterObserver() = default;

  // What is wanted of the group may be another (RouterPart::Describe()). Once for whatever happens in one instant.
  virtual void Changed(const Address& /*group*/) {}

  // This router asks from now on, or another one does.
  virtual void QuerierChanged() {}
  // Another router's question is of another version.
  virtual void WrongVersion(const Address& /*from*/, Version /*heard*/) {}
  // Another station says something from an address of this router.
  virtual void DuplicateAddress(const Address& /*address*/) {}
  virtual void Joined(const Address& /*group*/, const Address& /*reporter*/) {}
  virtual void Ended(const Address& /*group*/, GroupEnd /*why*/, const Address& /*last_reporter*/) {}
  // `group`: whose sources have the room; else zero.
  virtual void RoomChanged(WhichRoom /*which*/, RoomNews /*news*/, uint64_t /*most*/, const Address& /*group*/) {}
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_ROUTER_OBSERVER_H_
