#ifndef MGMD_CONTROL_MGM_HOST_H_
#define MGMD_CONTROL_MGM_HOST_H_

// The Group Manager for mgmd itself: starts the process's manager on a C++ Forwarder and RouteTable of each family, so
// that a protocol module, which knows only mgm.h, reaches the manager of the program that loaded it. What reads is a
// template over the family, and reads nothing where there is no manager of it.
//
// Not installed, and exported by nobody: mgmd is linked with the objects. What crosses are abstract classes and plain
// data. Threads: the control thread, which is the thread that started.
//
//   MgmHostStart(config);
//   while (running) {
//     if (!MgmHostPoll() && ...) sleep for a moment
//   }
//   MgmHostStop();

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "common/boundaries.h"
#include "common/ssm_ranges.h"
#include "control/mgm/client.h"
#include "control/mgm/igmp_takeover.h"
#include "control/mgm/mgm.h"
#include "control/mgm/rows_per_turn.h"
#include "control/mgm/surroundings.h"

namespace mgmd::mgm {

struct HostConfig {
  PerFamily<Surroundings> families;  // outlive MgmHostStop(). IPv4 has a forwarder
  // Of each family.
  uint32_t max_mfes = 1048576;              // [limits] mfes
  uint32_t max_negative_mfes = 262144;      // [limits] negative_mfes
  uint32_t max_mfes_per_group = 65536;      // [limits] mfes_per_group; 0: all
  uint32_t max_mfes_per_interface = 0;      // [limits] mfes_per_interface; 0: all
  uint32_t max_mfes_per_owner = 0;          // [limits] mfes_per_owner; 0: all
  PerFamily<SsmRanges> ssm;                 // [control] ssm
  PerFamily<BoundariesOf> boundaries;       // outlive MgmHostStop()
  PerFamily<IgmpTakeoverOf> igmp_takeover;  // of [igmp] and [mld]: grace and hitless_takeover
};

// One MFE as MgmHostReadMfes() shows it. Spans live for the call of the visitor.
template <class Family>
struct MfeView {
  FibKey<Family> key;
  InterfaceIdOf<Family> iif;  // zeros: no route
  bool has_iif = false;       // false: no route, or nobody is on the iif
  uint32_t owner_protocol = 0;
  std::span<const InterfaceIdOf<Family>> oifs;
  std::chrono::milliseconds up_time{};
  std::chrono::seconds timeout{};
};

// One interface as MgmHostReadInterfaces() shows it.
template <class Family>
struct InterfaceView {
  InterfaceIdOf<Family> id;
  InterfaceSlot slot = kNoSlot;
  bool has_owner = false;
  ClientName owner;
  bool has_igmp = false;
  ClientName igmp;
  size_t mfes_as_iif = 0;
  size_t mfes_as_oif = 0;
  size_t memberships = 0;
};

// One membership as MgmHostReadMemberships() shows it.
template <class Family>
struct MembershipView {
  FibKey<Family> key;
  InterfaceIdOf<Family> interface;
  bool by_owner = false;
  bool by_igmp = false;
  bool igmp_held = false;  // IGMP is to add it again, and its streams go on until then
};

// What waits to be tried again, as MgmHostReadRefused() shows it.
template <class Family>
struct RefusedView {
  FibKey<Family> key;
  std::string_view by;  // "forwarder", "limits", "no_iif"
};

// One limit of MFEs as MgmHostWalkLimits() shows it.
struct LimitView {
  std::string_view name;   // as in [limits]
  uint32_t most = 0;       // 0: no limit
  uint64_t refused = 0;    // MFEs that were not made, since the start
  uint64_t made_room = 0;  // idle MFEs that went for another one
};

// A foreign function as MgmHostForeign() shows it: a callback of a client's, or a function of a module's.
struct ForeignView {
  std::string_view who;
  std::string_view function;
  std::chrono::milliseconds lasted{};
};

// What is called for each row; where it is a family's, the family comes from the other arguments.
template <class View>
using Visitor = std::type_identity_t<void (*)(void* context, const View& view)>;

}  // namespace mgmd::mgm

// ERROR_ALREADY_EXISTS: a manager runs in this process. ERROR_INVALID_PARAMETER: IPv4 has no forwarder, or a family
// that has one has no routes, or a hitless takeover no grace time.
DWORD MgmHostStart(const mgmd::mgm::HostConfig& config);

// Calls that wait get ERROR_CAN_NOT_COMPLETE; every handle is dead. MFEs stay with the forwarder.
void MgmHostStop();

// Runs calls of other threads that wait, and for each family a bounded number of punts, Forwarder::Poll() and what is
// due. Returns whether there was anything to do.
bool MgmHostPoll();

// Routes of the family towards sources in the prefix have changed: MFEs that depend on them are decided again. Of
// thousands of MFEs the first are looked at in the call, the rest by MgmHostPoll().
template <class Family>
void MgmHostRoutesChanged(const typename Family::Prefix& prefix);

// Nothing comes by the interface any more, though its owner stays on it: its MFEs go, but for those that memberships
// ask for. MgmHostPoll() does it.
template <class Family>
void MgmHostEndStreams(mgmd::InterfaceIdOf<Family> interface);

// How many entries were refused for want of room, or of an iif: MgmHostPoll() tries them again. The visitor sees some
// of them, at most `limit`, and at most mgm::kRowsPerTurn.
template <class Family>
size_t MgmHostReadRefused(size_t limit, mgmd::mgm::Visitor<mgmd::mgm::RefusedView<Family>> visitor, void* context);

// MFEs in order of (group, source), wildcards first in their group, from `cursor` on; a zero key is before all. At most
// `limit` of them, and at most mgm::kRowsPerTurn. Sets `cursor` to where to go on and returns true; false: there are no
// more. Fewer may come where a release has just left dead ones behind. The visitor calls nothing of the manager's.
template <class Family>
bool MgmHostReadMfes(mgmd::FibKey<Family>& cursor, size_t limit, mgmd::mgm::Visitor<mgmd::mgm::MfeView<Family>> visitor,
                     void* context);
// The same for one MFE. False: there is none.
template <class Family>
bool MgmHostReadMfe(const mgmd::FibKey<Family>& key, mgmd::mgm::Visitor<mgmd::mgm::MfeView<Family>> visitor,
                    void* context);
template <class Family>
size_t MgmHostCountMfes();

// Interfaces that have an owner or IGMP, that an MFE names, or that are configured and have had one, in ascending
// order; as MgmHostReadMfes.
template <class Family>
bool MgmHostReadInterfaces(mgmd::InterfaceIdOf<Family>& cursor, size_t limit,
                           mgmd::mgm::Visitor<mgmd::mgm::InterfaceView<Family>> visitor, void* context);
template <class Family>
size_t MgmHostCountInterfaces();

// Memberships in the order of MFEs, those of one entry by slot, from (`key`, `slot`) on; as MgmHostReadMfes.
template <class Family>
bool MgmHostReadMemberships(mgmd::FibKey<Family>& key, mgmd::InterfaceSlot& slot, size_t limit,
                            mgmd::mgm::Visitor<mgmd::mgm::MembershipView<Family>> visitor, void* context);

// Every limit of MFEs of the family. Returns their number.
template <class Family>
size_t MgmHostWalkLimits(mgmd::mgm::Visitor<mgmd::mgm::LimitView> visitor, void* context);

// Every client, whatever families it is in: those of IPv4 in order of their registration there, then those of IPv6
// alone. Returns their number.
size_t MgmHostWalkClients(mgmd::mgm::Visitor<mgmd::mgm::ClientName> visitor, void* context);

// Before and after a function of a module's is called, so that it counts as one; `function` is a literal. Callbacks
// need neither.
void MgmHostEnterForeign(const char* who, const char* function);
void MgmHostLeaveForeign();

// The foreign function that control is inside of, the innermost. False: it is inside of none. Any thread.
bool MgmHostForeign(mgmd::mgm::Visitor<mgmd::mgm::ForeignView> visitor, void* context);

// Before and after a function of a module's that may wait for threads of its own to end: between the two, calls of
// other threads fail with ERROR_CAN_NOT_COMPLETE, those that wait already included. Calls with the handle of a client
// in `waiting` wait instead.
void MgmHostRefuseCalls(const mgmd::mgm::ClientId* waiting, size_t count);
void MgmHostAcceptCalls();

// For the end of a process whose control thread does not come back from a foreign function: from here on the calling
// thread is the control thread, and may walk; the old one stands still for good where it would come back to the
// manager. Waits for it to be inside one, for at most `limit`. False: it is inside none, so that the manager is still
// its own. Any thread.
bool MgmHostTakeOver(std::chrono::milliseconds limit);

// Shuts a client down as it would itself, in each family that it is in: releases all its interfaces, in ascending
// order, and deregisters it. ERROR_NOT_FOUND: there is no such client. ERROR_CAN_NOT_COMPLETE: from inside a callback.
DWORD MgmHostShutDownClient(DWORD dwProtocolId, DWORD dwComponentId);

// Releases one interface of a client; codes as MgmReleaseInterfaceOwnership and MgmHostShutDownClient.
template <class Family>
DWORD MgmHostReleaseInterface(DWORD dwProtocolId, DWORD dwComponentId, mgmd::InterfaceIdOf<Family> interface);

#endif  // MGMD_CONTROL_MGM_HOST_H_
