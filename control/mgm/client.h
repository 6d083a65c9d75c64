#ifndef MGMD_CONTROL_MGM_CLIENT_H_
#define MGMD_CONTROL_MGM_CLIENT_H_

// A client of the Group Manager as the manager sees it: the nine callbacks of mgm.h section 3, in
// this code's types. The C interface wraps a ROUTING_PROTOCOL_CONFIG in one; a test implements it
// directly.
//
// Threads: the control thread, inside the call that caused the callback. What a callback may call:
// group_manager.h. A function that a client does not override is a callback it is not interested
// in.

#include <compare>
#include <cstdint>
#include <span>

#include "common/fib_key.h"
#include "common/interface.h"
#include "common/route_table.h"

namespace mgmd::mgm {

// Identity of a client instance (mgm.h: dwProtocolId, dwComponentId).
struct ClientId {
  uint32_t protocol = 0;
  uint32_t component = 0;

  constexpr auto operator<=>(const ClientId&) const = default;

  // Type multicast, protocol 10, any vendor (A2).
  constexpr bool is_igmp() const { return protocol >> 30 == 1 && (protocol & 0xFFFF) == 10; }
};

// What the RPF callback is shown and may change.
struct RpfChoice {
  InterfaceId iif;  // of a wildcard MFE: zeros, for the client to fill in
  Ipv4Address upstream_neighbor;
  Route route;  // prefix and protocol are read back, as what the MFE reports
};

// One oif in a creation alert.
struct CreationOif {
  InterfaceId interface;
  bool has_igmp = false;
  bool enabled = true;  // the client clears it to stop forwarding there
};

class ClientCallbacks {
 public:
  virtual ~ClientCallbacks() = default;

  virtual void Rpf(const Ipv4FibKey& /*key*/, RpfChoice& /*choice*/, std::span<const uint8_t> /*header*/) {}
  virtual void Creation(const Ipv4FibKey& /*key*/, InterfaceId /*iif*/, std::span<CreationOif> /*oifs*/) {}
  // `timeout`: seconds, read back if !membership.
  virtual void Prune(const Ipv4FibKey& /*key*/, InterfaceId /*interface*/, bool /*membership*/, uint32_t& /*timeout*/) {
  }
  virtual void Join(const Ipv4FibKey& /*key*/, bool /*membership*/) {}
  virtual void WrongInterface(const Ipv4FibKey& /*key*/, InterfaceId /*arrival*/, std::span<const uint8_t> /*header*/) {
  }
  virtual void LocalJoin(const Ipv4FibKey& /*key*/, InterfaceId /*interface*/) {}
  virtual void LocalLeave(const Ipv4FibKey& /*key*/, InterfaceId /*interface*/) {}
  virtual void DisableIgmp(InterfaceId /*interface*/) {}
  virtual void EnableIgmp(InterfaceId /*interface*/) {}

  // Whether wrong-interface packets on the client's interfaces are punted at all.
  virtual bool wants_wrong_interface() const { return false; }
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_CLIENT_H_
