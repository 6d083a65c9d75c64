#include "control/local_traffic.h"

#include <algorithm>
#include <utility>

#include "control/configured_twins.h"

namespace mgmd {

absl::StatusOr<std::unique_ptr<LocalTraffic>> LocalTraffic::Open(
    const config::Config& config, plane::Plane& plane, views::ControlStats& stats,
    std::function<void(const views::TwinChange&)> twin_changed) {
  auto local = std::unique_ptr<LocalTraffic>(new LocalTraffic(config, plane, stats));
  if (absl::Status status = local->MakeTwins(stats, std::move(twin_changed)); !status.ok()) return status;
  local->FollowAddresses();
  return local;
}

LocalTraffic::LocalTraffic(const config::Config& config, plane::Plane& plane, views::ControlStats& stats)
    : interfaces_(config.interfaces),
      plane_(plane),
      dispatcher_(plane.local_packets()),
      injector_(plane.local_packets()),
      icmpv6_errors_(plane.local_packets(), injector_, icmpv6::OwnAddresses({}), stats, config.control.icmpv6_errors) {}

absl::Status LocalTraffic::MakeTwins(views::ControlStats& stats,
                                     std::function<void(const views::TwinChange&)> changed) {
  std::vector<local::TwinSettings> settings = ConfiguredTwins(interfaces_, plane_);
  if (settings.empty()) return absl::OkStatus();
  auto made = local::Twins::Make(std::move(settings), {.dispatcher = dispatcher_,
                                                       .injector = injector_,
                                                       .stats = stats,
                                                       .addresses_changed = [this] { FollowAddresses(); },
                                                       .changed = std::move(changed)});
  if (!made.ok()) return made.status();
  twins_ = *std::move(made);
  return absl::OkStatus();
}

void LocalTraffic::FollowAddresses() {
  const PerFamily<OwnAddressList> own = OwnAddressesOf(interfaces_, plane_, twins_.get());
  plane_.local_packets().SetOwnAddresses(own);
  icmpv6_errors_.SetAddresses(icmpv6::OwnAddresses(own.of<Ipv6>()));
}

std::optional<InterfaceId> LocalTraffic::InterfaceOf(unsigned netdev) const {
  const local::Twin* const twin = twins_ == nullptr ? nullptr : twins_->FindNetdev(netdev);
  if (twin == nullptr) return plane_.InterfaceOfNetdev(netdev);
  const auto found = std::find_if(interfaces_.begin(), interfaces_.end(),
                                  [&](const auto& each) { return each.name == twin->settings().link.name; });
  return found->id;
}

void LocalTraffic::PortChanged(const views::PortChange& change) {
  if (twins_ != nullptr) twins_->PortChanged(change.name, change.up, change.mtu, change.mac);
}

bool LocalTraffic::Poll() {
  const bool host = twins_ != nullptr && twins_->Poll();
  const bool took = dispatcher_.Poll();
  const bool sent = injector_.Poll();
  const bool told = icmpv6_errors_.Poll();
  return host || took || sent || told;
}

}  // namespace mgmd
