#ifndef MGMD_CONTROL_MGM_HOST_H_
#define MGMD_CONTROL_MGM_HOST_H_

// The Group Manager for mgmd itself: starts the process's manager on a C++ Forwarder and RouteTable, so that a protocol
// module, which knows only mgm.h, reaches the manager of the program that loaded it.
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
#include <string_view>

#include "common/forwarder.h"
#include "common/route_table.h"
#include "control/mgm/client.h"
#include "control/mgm/mgm.h"
#include "control/mgm/observer.h"
#include "control/mgm/rows_per_turn.h"

namespace mgmd::mgm {

struct HostConfig {
  Forwarder<Ipv4>* forwarder = nullptr;      // outlives MgmHostStop()
  const RouteTable<Ipv4>* routes = nullptr;  // outlives MgmHostStop(); its routes do not change
  Observer* observer = nullptr;              // may be null; outlives MgmHostStop()
  uint32_t max_mfes = 1048576;               // [limits] mfes
  uint32_t max_negative_mfes = 262144;       // [limits] negative_mfes
  uint32_t max_mfes_per_group = 65536;       // [limits] mfes_per_group; 0: all
  uint32_t max_mfes_per_interface = 0;       // [limits] mfes_per_interface; 0: all
  uint32_t max_mfes_per_owner = 0;           // [limits] mfes_per_owner; 0: all
  bool creation_alert_to_all = false;        // RFC 2715 rule 3
  // Punts taken by one MgmHostPoll().
  uint32_t punt_budget = 256;
};

// One MFE as MgmHostReadMfes() shows it. Spans live for the call of the visitor.
struct MfeView {
  Ipv4FibKey key;
  InterfaceId iif;       // zeros: no route
  bool has_iif = false;  // false: no route, or nobody is on the iif
  uint32_t owner_protocol = 0;
  std::span<const InterfaceId> oifs;
  std::chrono::milliseconds up_time{};
  std::chrono::seconds timeout{};
};

// One interface as MgmHostReadInterfaces() shows it.
struct InterfaceView {
  InterfaceId id;
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
struct MembershipView {
  Ipv4FibKey key;
  InterfaceId interface;
  bool by_owner = false;
  bool by_igmp = false;
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

}  // namespace mgmd::mgm

extern "C" {

// ERROR_ALREADY_EXISTS: a manager runs in this process. ERROR_INVALID_PARAMETER: no forwarder or no routes.
DWORD MgmHostStart(const mgmd::mgm::HostConfig& config);

// Calls that wait get ERROR_CAN_NOT_COMPLETE; every handle is dead. MFEs stay with the forwarder.
void MgmHostStop();

// Runs calls of other threads that wait, at most punt_budget punts, Forwarder::Poll() and what is due. Returns whether
// there was anything to do.
bool MgmHostPoll();

// How many entries that memberships ask for do not stand because there was no room for them: MgmHostPoll() tries them
// again. One of them in `*any`, if there are some.
size_t MgmHostWaiting(mgmd::Ipv4FibKey* any);

// MFEs in order of (group, source), wildcards first in their group, from `cursor` on; a zero key is before all. At most
// `limit` of them, and at most mgm::kRowsPerTurn. Sets `cursor` to where to go on and returns true; false: there are no
// more. Fewer may come where a release has just left dead ones behind. The visitor calls nothing of the manager's.
bool MgmHostReadMfes(mgmd::Ipv4FibKey& cursor, size_t limit,
                     void (*visitor)(void* context, const mgmd::mgm::MfeView& mfe), void* context);
// The same for one MFE. False: there is none.
bool MgmHostReadMfe(const mgmd::Ipv4FibKey& key, void (*visitor)(void* context, const mgmd::mgm::MfeView& mfe),
                    void* context);
size_t MgmHostCountMfes();

// Interfaces that have an owner or IGMP, that an MFE names, or that are configured and have had one, in ascending
// order; as MgmHostReadMfes.
bool MgmHostReadInterfaces(mgmd::InterfaceId& cursor, size_t limit,
                           void (*visitor)(void* context, const mgmd::mgm::InterfaceView& interface), void* context);
size_t MgmHostCountInterfaces();

// Memberships in the order of MFEs, those of one entry by slot, from (`key`, `slot`) on; as MgmHostReadMfes.
bool MgmHostReadMemberships(mgmd::Ipv4FibKey& key, mgmd::InterfaceSlot& slot, size_t limit,
                            void (*visitor)(void* context, const mgmd::mgm::MembershipView& membership), void* context);

// Every limit of MFEs. Returns their number.
size_t MgmHostWalkLimits(void (*visitor)(void* context, const mgmd::mgm::LimitView& limit), void* context);

// Every client, in order of registration. Returns their number.
size_t MgmHostWalkClients(void (*visitor)(void* context, const mgmd::mgm::ClientName& client), void* context);

// Before and after a function of a module's is called, so that it counts as one; `function` is a literal. Callbacks
// need neither.
void MgmHostEnterForeign(const char* who, const char* function);
void MgmHostLeaveForeign();

// The foreign function that control is inside of, the innermost. False: it is inside of none. Any thread.
bool MgmHostForeign(void (*visitor)(void* context, const mgmd::mgm::ForeignView& foreign), void* context);

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

// Shuts a client down as it would itself: releases all its interfaces, in ascending order, and deregisters it.
// ERROR_NOT_FOUND: there is no such client. ERROR_CAN_NOT_COMPLETE: from inside a callback.
DWORD MgmHostShutDownClient(DWORD dwProtocolId, DWORD dwComponentId);

// Releases one interface of a client; codes as MgmReleaseInterfaceOwnership and MgmHostShutDownClient.
DWORD MgmHostReleaseInterface(DWORD dwProtocolId, DWORD dwComponentId, mgmd::InterfaceId interface);

}  // extern "C"

#endif  // MGMD_CONTROL_MGM_HOST_H_
