#ifndef MGMD_CONTROL_PROTOCOLS_PROTOCOL_H_
#define MGMD_CONTROL_PROTOCOLS_PROTOCOL_H_

// A routing protocol as the program sees it, whatever it is made of: it has a name, it is on interfaces, it can be
// released from one of them, and it can be shut down. To the Group Manager it is one client or several, like any other.
//
// The router has one list of them, in the order of their starts (start_protocol.h), and knows no kind of them apart,
// except that its routing table leads to the sources which the static one's configuration names. A new kind is a class
// that implements this, a kind of config::Protocol, and a line in start_protocol.cc.
//
// Control thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/any_family.h"
#include "control/mgm/client.h"
#include "control/views/igmp.h"
#include "control/views/links.h"
#include "control/views/releases.h"

namespace mgmd::protocols {

class Protocol {
 public:
  Protocol() = default;
  // Stops unless it has been stopped; no calls wait meanwhile.
  virtual ~Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;

  // NAME of [protocol.NAME].
  virtual const std::string& name() const = 0;
  // In order of registration.
  virtual const std::vector<mgm::ClientId>& clients() const = 0;
  // Whether a start fails where an entry that it asks for finds no room; otherwise that is its own to bear, and the
  // entry is tried again while the router runs.
  virtual bool needs_its_entries() const = 0;

  // Those that its clients are on, in each family by itself, in the order in which a shutdown releases them; twice
  // where two of them are.
  virtual std::vector<AnyInterfaceId> interfaces() const = 0;

  // What it knows of hosts, in each family, if it is IGMP or MLD; null otherwise. As long as it is there.
  virtual PerFamily<views::IgmpPointer> igmp() const { return {}; }

  // Returns when nothing of the family is forwarded by the interface any more, with the trace as far as it goes then;
  // the other family's streams do not notice. NOT_FOUND: no client of it is on the interface in the family.
  virtual absl::StatusOr<views::Release> Release(const AnyInterfaceId& interface) = 0;

  // The same in the family of the word ("ipv4", "ipv6"), or, where that is empty, in each family in which it is on the
  // interface of this index. An error of IPv6 says so where IPv4's release has been done.
  absl::StatusOr<std::vector<views::Release>> ReleaseIn(std::string_view family, uint32_t index);

  // One turn of what is its own: timers that are due, functions that its threads have posted. Returns whether there was
  // anything to do.
  virtual bool Poll() { return false; }
  // The link of an interface is as said now.
  virtual void LinkChanged(const views::Link& /*link*/) {}
  // Routes towards sources in the prefix have changed; the Group Manager knows.
  virtual void RoutesChanged(const AnyPrefix& /*prefix*/) {}

  // The last moment at which what it sends leaves the router. Before it is stopped, once.
  virtual void SayGoodbye() {}
  // Ends it: its interfaces are released, its clients deregistered; nothing may be asked of it afterwards. Where it has
  // threads, calls of other threads fail until they have ended, but those of the clients in `others` wait. An error: it
  // goes on with what is left to it, and may be stopped again. Once it has ended nothing happens.
  virtual absl::Status Stop(const std::vector<mgm::ClientId>& others) = 0;

  // Releases its interfaces one by one, to say how, and stops it; errors as there. What a callback of one release has
  // released already is no release of the answer's.
  absl::StatusOr<views::Shutdown> ShutDown(const std::vector<mgm::ClientId>& others);
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_PROTOCOL_H_
