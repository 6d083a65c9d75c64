#include "control/protocols/static/static_protocol.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "control/protocols/clients.h"

namespace mgmd::protocols {

StaticProtocol::StaticProtocol(const config::StaticProtocol& config) : config_(config) {}
StaticProtocol::~StaticProtocol() = default;

absl::StatusOr<std::unique_ptr<StaticProtocol>> StaticProtocol::Start(const config::StaticProtocol& config) {
  auto protocol = std::unique_ptr<StaticProtocol>(new StaticProtocol(config));
  auto& [ipv4, ipv6] = protocol->of_families_;
  if (auto status = ipv4.Start(); !status.ok()) return status;
  if (config.interfaces.of<Ipv6>().empty()) return protocol;
  if (auto status = ipv6.Start(); !status.ok()) return status;
  return protocol;
}

std::vector<AnyInterfaceId> StaticProtocol::interfaces() const {
  std::vector<AnyInterfaceId> interfaces;
  ForEachFamily([&]<class Family>() {
    const auto of_family = std::get<StaticClient<Family>>(of_families_).interfaces();
    interfaces.insert(interfaces.end(), of_family.begin(), of_family.end());
  });
  return interfaces;
}

absl::StatusOr<views::Release> StaticProtocol::Release(const AnyInterfaceId& interface) {
  return std::visit(
      [this]<class Family>(const InterfaceIdOf<Family>& released) -> absl::StatusOr<views::Release> {
        auto& client = std::get<StaticClient<Family>>(of_families_);
        if (!client.owns(released)) {
          return absl::NotFoundError(absl::StrCat("protocol ", name_, " does not own interface ", released.index));
        }
        if (absl::Status status = client.Release(released); !status.ok()) return status;
        return LastRelease(clients_.front(), released);
      },
      interface);
}

absl::Status StaticProtocol::Stop(const std::vector<mgm::ClientId>&) {
  auto& [ipv4, ipv6] = of_families_;
  if (absl::Status status = ipv4.Stop(); !status.ok()) return status;
  return ipv6.Stop();
}

}  // namespace mgmd::protocols
