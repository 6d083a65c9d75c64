#include "control/protocols/static/static_protocol.h"

#include <bit>

#include "absl/strings/str_cat.h"
#include "control/mgm/mgm_ext.h"
#include "control/protocols/answer.h"
#include "control/protocols/clients.h"

namespace mgmd::protocols {
namespace {

StaticProtocol* instance = nullptr;

// mgm.h speaks of all groups, 224.0.0.0/4, as a zero address with a zero mask.
const Ipv4Prefix kAllGroups(Ipv4Address(224, 0, 0, 0), 4);

Ipv4Prefix GroupOf(DWORD group, DWORD mask) {
  return mask == 0 ? kAllGroups : Ipv4Prefix(Ipv4Address::FromNetwork(group), std::popcount(mask));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StaticProtocol>> StaticProtocol::Start(const config::StaticProtocol& config) {
  auto protocol = std::unique_ptr<StaticProtocol>(new StaticProtocol(config));
  if (auto status = protocol->Register(); !status.ok()) return status;
  for (const InterfaceId& interface : config.interfaces.of<Ipv4>()) {
    if (auto status = protocol->Take(interface); !status.ok()) return status;
  }
  if (auto status = protocol->Join(config.mroutes.of<Ipv4>()); !status.ok()) return status;
  return protocol;
}

StaticProtocol::StaticProtocol(const config::StaticProtocol& config)
    : config_(config), routes_(config_.mroutes.of<Ipv4>()) {}

StaticProtocol::~StaticProtocol() {
  Stop({}).IgnoreError();
  if (instance == this) instance = nullptr;
}

absl::Status StaticProtocol::Register() {
  if (instance != nullptr) return absl::AlreadyExistsError("protocol static: runs already");
  ROUTING_PROTOCOL_CONFIG callbacks{};
  callbacks.pfnRpfCallback = &OnRpf;
  if (auto status =
          StatusOf(MgmRegisterMProtocol(&callbacks, kProtocolId, kComponentId, &handle_), name_, "registration");
      !status.ok()) {
    return status;
  }
  instance = this;
  return StatusOf(MgmExtNameClient(handle_, name_.c_str()), name_, "name");
}

absl::Status StaticProtocol::Take(InterfaceId interface) {
  const DWORD code = MgmTakeInterfaceOwnership(handle_, interface.index, interface.next_hop.ToNetwork());
  if (code == NO_ERROR) owned_.insert(interface);
  return StatusOf(code, name_, absl::StrCat("ownership of interface ", interface.index));
}

absl::Status StaticProtocol::Join(const std::vector<config::StaticMroute<Ipv4>>& mroutes) {
  constexpr size_t kChangesPerCall = 16384;  // or those of one route: the memory that a call takes is bounded
  std::vector<MGM_EXT_MEMBERSHIP_CHANGE> changes;
  std::vector<const config::StaticMroute<Ipv4>*> routes;  // of each change
  for (const config::StaticMroute<Ipv4>& mroute : mroutes) {
    const DWORD source = mroute.source ? mroute.source->ToNetwork() : 0;
    const DWORD source_mask = mroute.source ? ~DWORD{0} : 0;
    const Ipv4Prefix group = mroute.group == kAllGroups ? Ipv4Prefix() : mroute.group;
    for (const InterfaceId& oif : mroute.to) {
      changes.push_back({MGM_EXT_MEMBERSHIP_ADD, MGM_JOIN_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG, source, source_mask,
                         group.address().ToNetwork(), group.mask().ToNetwork(), oif.index, oif.next_hop.ToNetwork()});
      routes.push_back(&mroute);
    }
    // All of a route in one call: its entry is made once, with all its outgoing interfaces.
    if (changes.size() < kChangesPerCall && &mroute != &mroutes.back()) continue;
    std::vector<DWORD> results(changes.size());
    const DWORD code =
        MgmExtChangeMemberships(handle_, changes.data(), static_cast<DWORD>(changes.size()), results.data());
    if (code != NO_ERROR) return StatusOf(code, name_, "joining its routes");
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i] == NO_ERROR) continue;
      return StatusOf(results[i], name_,
                      absl::StrCat("joining ", routes[i]->key().ToString(), " on interface ", changes[i].dwIfIndex));
    }
    changes.clear();
    routes.clear();
  }
  return absl::OkStatus();
}

std::vector<InterfaceId> StaticProtocol::interfaces() const {
  std::vector<InterfaceId> interfaces;
  for (const InterfaceId interface : config_.interfaces.of<Ipv4>()) {
    if (owned_.contains(interface)) interfaces.push_back(interface);
  }
  return interfaces;
}

absl::StatusOr<views::Release> StaticProtocol::Release(InterfaceId interface) {
  if (!owned_.contains(interface)) {
    return absl::NotFoundError(absl::StrCat("protocol static does not own interface ", interface.index));
  }
  const DWORD code = MgmReleaseInterfaceOwnership(handle_, interface.index, interface.next_hop.ToNetwork());
  if (code != NO_ERROR) return StatusOf(code, name_, absl::StrCat("release of interface ", interface.index));
  owned_.erase(interface);
  return LastRelease(clients_.front(), interface);
}

absl::Status StaticProtocol::Stop(const std::vector<mgm::ClientId>&) {
  if (handle_ == nullptr) return absl::OkStatus();
  for (const InterfaceId interface : interfaces()) {
    if (const auto release = Release(interface); !release.ok()) return release.status();
  }
  const DWORD code = MgmDeRegisterMProtocol(handle_);
  if (code == NO_ERROR) handle_ = nullptr;
  return StatusOf(code, name_, "deregistration");
}

DWORD StaticProtocol::OnRpf(DWORD source, DWORD, DWORD group, DWORD group_mask, PDWORD in_index, PDWORD in_next_hop,
                            PDWORD, DWORD, PBYTE, PBYTE) {
  if (instance == nullptr) return NO_ERROR;  // a stop that failed has left the client behind
  const auto* route = instance->routes_.MostSpecific(Ipv4Address::FromNetwork(source), GroupOf(group, group_mask));
  if (route == nullptr || !instance->owned_.contains(route->from)) return NO_ERROR;
  *in_index = route->from.index;
  *in_next_hop = route->from.next_hop.ToNetwork();
  return NO_ERROR;
}

}  // namespace mgmd::protocols
