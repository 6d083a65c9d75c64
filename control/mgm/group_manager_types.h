#ifndef MGMD_CONTROL_MGM_GROUP_MANAGER_TYPES_H_
#define MGMD_CONTROL_MGM_GROUP_MANAGER_TYPES_H_

// What goes into a Group Manager and comes out of it: what it runs on, its options, what it shows.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/any_family.h"
#include "common/boundaries.h"
#include "common/fib_key.h"
#include "common/interface.h"
#include "common/ip_family.h"
#include "common/ssm_ranges.h"
#include "control/mgm/client.h"
#include "control/mgm/igmp_takeover.h"
#include "control/mgm/observer.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

// Microseconds from any start; never goes back.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() = 0;
};

// Is told before and after every callback; called very often. Leave() may keep the thread for
// ever.
class CallbackMonitor {
 public:
  virtual ~CallbackMonitor() = default;
  virtual void Enter(const ClientName& client, const char* callback) = 0;
  virtual void Leave() = 0;
};

class ClientIdentities;

// One release of an interface, or one take of an interface that IGMP is on; of which family the interface says.
struct StoredTrace {
  ClientId client;
  std::string client_name;
  AnyInterfaceId interface;
  bool take = false;
  bool settled = true;
  bool reclaimed = false;
  std::vector<ReleaseStep> steps;
};

// The last of them that have ended, the last one first.
using KeptTraces = std::deque<std::shared_ptr<const StoredTrace>>;

struct Options {
  uint32_t max_mfes = 1048576;
  uint32_t max_negative_mfes = 262144;
  // Of max_mfes: what one group, one iif, the interfaces of one owner may have; 0: all.
  uint32_t max_mfes_per_group = 65536;
  uint32_t max_mfes_per_interface = 0;
  uint32_t max_mfes_per_owner = 0;
  PerFamily<SsmRanges> ssm = {};
  PerFamily<BoundariesOf> boundaries = {};
  bool creation_alert_to_all = false;  // RFC 2715 rule 3
  PerFamily<IgmpTakeoverOf> igmp_takeover = {};
  // Questions that clients put off (client.h): how long a decision waits for all its answers, and how many may be open.
  // Well below the forwarder's time for what it holds.
  Time answer_time{std::chrono::milliseconds(500)};
  uint32_t max_open_questions = 4096;
  // The next handle of a client or an enumeration, where managers share a numbering; see
  // ClientRegistry. Null: this one's begins at 1.
  std::atomic<uint64_t>* handles = nullptr;
  // Clients that managers of both families share, as they then do a numbering of handles. Null: this one has its own.
  ClientIdentities* clients = nullptr;
  // Where managers of both families keep their traces together. Null: this one keeps its own.
  KeptTraces* traces = nullptr;
};

struct MembershipFlags {
  bool join = false;
  bool forward = false;
  bool proactive = false;  // with join: the MFE is made at once (mgm_ext.h)
};

// One Add or Delete of many.
template <class Family>
struct MembershipChangeOf {
  bool add = true;
  FibKey<Family> key;
  InterfaceIdOf<Family> interface;
  MembershipFlags flags;
};

// By what something was refused that waits to be tried again (A30).
enum class RefusedBy : uint8_t {
  kForwarder,  // the MFE stands, and the forwarder has no room for its entry, or for the entry's last change
  kLimit,      // a membership asks for an MFE, and a limit leaves no room for it
  kNoIif,      // the same, and nobody has named an iif for it yet
};

template <class Family>
struct RefusedOf {
  FibKey<Family> key;
  RefusedBy by = RefusedBy::kForwarder;
};

// An MFE as it is shown to administrators.
template <class Family>
struct MfeInfoOf {
  FibKey<Family> key;
  std::optional<InterfaceIdOf<Family>> iif;  // none: no route
  bool orphan = false;                       // no route, or nobody on the iif
  uint32_t owner_protocol = 0;               // 0 if orphan
  typename Family::Address upstream_neighbour;
  typename Family::Prefix route;  // zero for wildcards and without route
  uint32_t route_protocol = 0;
  Time up_time{};
  std::chrono::seconds timeout{};
  std::vector<InterfaceIdOf<Family>> oifs;  // ascending
};

using MembershipChange = MembershipChangeOf<Ipv4>;
using MfeInfo = MfeInfoOf<Ipv4>;

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_GROUP_MANAGER_TYPES_H_
