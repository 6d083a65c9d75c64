#ifndef MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_PROTOCOL_H_
#define MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_PROTOCOL_H_

// The static multicast routing protocol: routes from the configuration, an ordinary client of mgm.h and mgm6.h that any
// other protocol's writer can read as an example.
//
// It registers, takes its interfaces, and joins each route's (S,G), (*,G) or (*,G/len) on the route's outgoing
// interfaces, asking for the entry at once (MGM_EXT_PROACTIVE_FLAG) and with all of them in one call, so that it is
// made once (MgmExtChangeMemberships). When the Group Manager asks which interface the data should arrive on, the most
// specific of its routes answers. A protocol without state has nothing to do on joins and prunes of others.
//
// It is one client in IPv4, and in IPv6 too where it has interfaces there; each family has its interfaces and routes by
// itself (static_client.h), and a release in one leaves the other alone.
//
// Threads: control thread. One instance for a process, since MGM's callbacks carry no context.

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/mgm/mgm.h"
#include "control/protocols/protocol.h"
#include "control/protocols/static/static_client.h"

namespace mgmd::protocols {

class StaticProtocol : public Protocol {
 public:
  // The identity it registers with: PROTO_IP_NETMGMT of the MIB, as type multicast.
  static constexpr DWORD kProtocolId = PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS0, 3);
  static constexpr DWORD kComponentId = 0;
  // NAME of its section, and what its clients are called.
  static constexpr const char* kName = "static";

  // Registered, interfaces taken, routes joined; or an error that names what the Group Manager refused, with nothing
  // left behind.
  static absl::StatusOr<std::unique_ptr<StaticProtocol>> Start(const config::StaticProtocol& config);

  ~StaticProtocol() override;

  const std::string& name() const override { return name_; }
  const std::vector<mgm::ClientId>& clients() const override { return clients_; }
  bool needs_its_entries() const override { return true; }
  // IPv4's first, in the order of the configuration.
  std::vector<AnyInterfaceId> interfaces() const override;
  absl::StatusOr<views::Release> Release(const AnyInterfaceId& interface) override;
  absl::Status Stop(const std::vector<mgm::ClientId>& others) override;

 private:
  explicit StaticProtocol(const config::StaticProtocol& config);

  const std::string name_ = kName;
  const std::vector<mgm::ClientId> clients_ = {{kProtocolId, kComponentId}};
  const config::StaticProtocol config_;
  std::tuple<StaticClient<Ipv4>, StaticClient<Ipv6>> of_families_{config_, config_};
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_PROTOCOL_H_
