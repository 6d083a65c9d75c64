#ifndef MGMD_CONTROL_MEMBERSHIP_VALIDITY_H_
#define MGMD_CONTROL_MEMBERSHIP_VALIDITY_H_

// Which messages count. Checks are made in one order, and the first one that fails is the one that is counted:
//
//   ttl, router_alert, checksum                     CheckPacket(), with which the message's kind comes
//   short, bad_length, unknown_type
//   own *, bad_source, query_zero_source *,         CheckAddresses()
//   query_foreign *, foreign, bad_destination
//   bad_query, truncated                            CheckContents()
//
// What is marked binds the router part alone: a host answers a switch that asks from 0.0.0.0, and what the router part
// of its own interface asks.
//
// Pure. Any thread. Cost: CheckPacket() sums the message up; CheckAddresses() looks through the link's addresses and
// networks; CheckContents() walks a report's records.

#include <optional>

#include "control/membership/counters.h"
#include "control/membership/datagram.h"
#include "control/membership/link.h"
#include "control/membership/settings.h"

namespace mgmd::membership {

enum class Part : uint8_t { kRouter, kHost };

struct PacketCheck {
  std::optional<Counter> fault;
  MessageKind kind{};  // where there is no fault
};
template <class Family>
PacketCheck CheckPacket(const Datagram<Family>& datagram, const Acceptance<Family>& acceptance);

struct AddressCheck {
  std::optional<Counter> fault;
  bool foreign = false;  // a report that is taken though its sender is of none of the interface's networks
};
template <class Family>
AddressCheck CheckAddresses(const Datagram<Family>& datagram, MessageKind kind, const Link<Family>& link,
                            const Acceptance<Family>& acceptance, Part part);

// Of a report of version 3: its records. A query's contents are read by ReadQuery(), and `bad_query` is where it
// cannot.
template <class Family>
std::optional<Counter> CheckContents(const Datagram<Family>& datagram, MessageKind kind);

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_VALIDITY_H_
