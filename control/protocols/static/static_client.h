#ifndef MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_CLIENT_H_
#define MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_CLIENT_H_

// The static multicast routes of one address family, as a client of mgm.h or mgm6.h (static_protocol.h).
//
// Threads: control thread. One of a family in a process, since MGM's callbacks carry no context.

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "control/config/config.h"
#include "control/mgm/mgm.h"
#include "control/protocols/static/route_index.h"

namespace mgmd::protocols {

template <class Family>
class StaticClient {
 public:
  using Interface = InterfaceIdOf<Family>;

  // The configuration outlives it.
  explicit StaticClient(const config::StaticProtocol& config)
      : interfaces_(config.interfaces.of<Family>()), mroutes_(config.mroutes.of<Family>()), routes_(mroutes_) {}
  ~StaticClient();
  StaticClient(const StaticClient&) = delete;
  StaticClient& operator=(const StaticClient&) = delete;

  // Registers, takes the interfaces, joins the routes; the error names what the Group Manager refused.
  absl::Status Start();

  // Those that it still has, in the order of the configuration.
  std::vector<Interface> interfaces() const;
  bool owns(const Interface& interface) const { return owned_.contains(interface); }
  // Of one that it owns.
  absl::Status Release(const Interface& interface);

  // Releases what it still has and deregisters. An error: it goes on with what is left. Nothing happens unless it has
  // registered.
  absl::Status Stop();

 private:
  struct Rpf;  // the callback, in the family's form

  absl::Status Register();
  absl::Status Take(const Interface& interface);
  absl::Status Join();
  // Where the data should arrive; null: it is not for this protocol to say.
  static const Interface* WayOf(const typename Family::Address& source, const typename Family::Prefix& group);

  static inline StaticClient* instance = nullptr;

  const config::InterfaceIds<Family>& interfaces_;
  const config::StaticMroutes<Family>& mroutes_;
  const RouteIndex<Family> routes_;
  HANDLE handle_ = nullptr;
  absl::flat_hash_set<Interface> owned_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_CLIENT_H_
