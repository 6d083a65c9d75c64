#include "control/protocols/static/static_protocol.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "control/protocols/clients.h"

namespace mgmd::protocols {

template <>
StaticClient<Ipv4>& StaticProtocol::of() {
  return ipv4_;
}
template <>
StaticClient<Ipv6>& StaticProtocol::of() {
  return ipv6_;
}

StaticProtocol::StaticProtocol(const config::StaticProtocol& config) : config_(config) {}
StaticProtocol::~StaticProtocol() = default;

absl::StatusOr<std::unique_ptr<StaticProtocol>> StaticProtocol::Start(const config::StaticProtocol& config) {
  auto protocol = std::unique_ptr<StaticProtocol>(new StaticProtocol(config));
  if (auto status = protocol->ipv4_.Start(); !status.ok()) return status;
  if (config.interfaces.of<Ipv6>().empty()) return protocol;
  if (auto status = protocol->ipv6_.Start(); !status.ok()) return status;
  return protocol;
}

std::vector<AnyInterfaceId> StaticProtocol::interfaces() const {
  std::vector<AnyInterfaceId> interfaces;
  for (const InterfaceIdOf<Ipv4>& interface : ipv4_.interfaces()) interfaces.emplace_back(interface);
  for (const InterfaceIdOf<Ipv6>& interface : ipv6_.interfaces()) interfaces.emplace_back(interface);
  return interfaces;
}

absl::StatusOr<views::Release> StaticProtocol::Release(const AnyInterfaceId& interface) {
  return std::visit(
      [this]<class Family>(const InterfaceIdOf<Family>& released) -> absl::StatusOr<views::Release> {
        if (!of<Family>().owns(released)) {
          return absl::NotFoundError(absl::StrCat("protocol static does not own interface ", released.index));
        }
        if (absl::Status status = of<Family>().Release(released); !status.ok()) return status;
        return LastRelease(clients_.front(), released);
      },
      interface);
}

absl::Status StaticProtocol::Stop(const std::vector<mgm::ClientId>&) {
  if (absl::Status status = ipv4_.Stop(); !status.ok()) return status;
  return ipv6_.Stop();
}

}  // namespace mgmd::protocols
