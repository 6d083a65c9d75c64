#ifndef MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_PROTOCOL_H_
#define MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_PROTOCOL_H_

// The static multicast routing protocol: routes from the configuration, an ordinary client of mgm.h that any other
// protocol's writer can read as an example.
//
// It registers, takes its interfaces, and joins each route's (S,G), (*,G) or (*,G/len) on the route's outgoing
// interfaces, asking for the entry at once (MGM_EXT_PROACTIVE_FLAG) and with all of them in one call, so that it is
// made once (MgmExtChangeMemberships). When the Group Manager asks which interface the data should arrive on, the most
// specific of its routes answers. A protocol without state has nothing to do on joins and prunes of others.
//
// Threads: control thread. One instance for a process, since MGM's callbacks carry no context.

#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/mgm/mgm.h"
#include "control/protocols/protocol.h"
#include "control/protocols/static/route_index.h"

namespace mgmd::protocols {

class StaticProtocol : public Protocol {
 public:
  // The identity it registers with: PROTO_IP_NETMGMT of the MIB, as type multicast.
  static constexpr DWORD kProtocolId = PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS0, 3);
  static constexpr DWORD kComponentId = 0;

  // Registered, interfaces taken, routes joined; or an error that names what the Group Manager refused, with nothing
  // left behind.
  static absl::StatusOr<std::unique_ptr<StaticProtocol>> Start(const config::StaticProtocol& config);

  ~StaticProtocol() override;

  const std::string& name() const override { return name_; }
  const std::vector<mgm::ClientId>& clients() const override { return clients_; }
  bool needs_its_entries() const override { return true; }
  // In the order of the configuration.
  std::vector<InterfaceId> interfaces() const override;
  absl::StatusOr<views::Release> Release(InterfaceId interface) override;
  absl::Status Stop(const std::vector<mgm::ClientId>& others) override;

 private:
  explicit StaticProtocol(const config::StaticProtocol& config);
  absl::Status Register();
  absl::Status Take(InterfaceId interface);
  absl::Status Join(const std::vector<config::StaticMroute<Ipv4>>& mroutes);

  static DWORD OnRpf(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, PDWORD in_index,
                     PDWORD in_next_hop, PDWORD upstream_neighbour, DWORD header_size, PBYTE header, PBYTE route);

  const std::string name_ = "static";
  const std::vector<mgm::ClientId> clients_ = {{kProtocolId, kComponentId}};
  const config::StaticProtocol config_;
  const RouteIndex<Ipv4> routes_;
  HANDLE handle_ = nullptr;
  absl::flat_hash_set<InterfaceId> owned_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_STATIC_STATIC_PROTOCOL_H_
