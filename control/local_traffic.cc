#include "control/local_traffic.h"

#include <algorithm>
#include <utility>

#include "control/configured_twins.h"

namespace mgmd {

absl::StatusOr<std::unique_ptr<LocalTraffic>> LocalTraffic::Open(const config::Config& config, plane::Plane& plane,
                                                                 views::ControlStats& stats, Told told) {
  auto local = std::unique_ptr<LocalTraffic>(new LocalTraffic(config, plane, stats, std::move(told)));
  if (absl::Status status = local->MakeTwins(stats); !status.ok()) return status;
  local->FollowLinks();
  return local;
}

LocalTraffic::LocalTraffic(const config::Config& config, plane::Plane& plane, views::ControlStats& stats, Told told)
    : interfaces_(config.interfaces),
      plane_(plane),
      told_(std::move(told)),
      links_(interfaces_, plane),
      dispatcher_(plane.local_packets()),
      injector_(plane.local_packets()),
      icmpv6_errors_(plane.local_packets(), injector_, icmpv6::OwnAddresses({}), stats, config.control.icmpv6_errors) {}

absl::Status LocalTraffic::MakeTwins(views::ControlStats& stats) {
  std::vector<local::TwinSettings> settings = ConfiguredTwins(interfaces_, links_.all(), plane_);
  if (settings.empty()) return absl::OkStatus();
  auto made = local::Twins::Make(std::move(settings), {.dispatcher = dispatcher_,
                                                       .injector = injector_,
                                                       .stats = stats,
                                                       .addresses_changed = [this] { links_touched_ = true; },
                                                       .changed = told_.twin_changed});
  if (!made.ok()) return made.status();
  twins_ = *std::move(made);
  return absl::OkStatus();
}

void LocalTraffic::FollowLinks() {
  links_.Follow(twins_.get(), [this](const views::Link& link) {
    if (twins_ != nullptr) twins_->LinkChanged(link.name, link.up, link.mtu, link.mac);
    if (told_.link_changed) told_.link_changed(link);
  });
  FollowAddresses();
}

void LocalTraffic::FollowAddresses() {
  PerFamily<OwnAddressList> own = links_.OwnAddresses();
  if (own == own_addresses_) return;
  plane_.local_packets().SetOwnAddresses(own);
  icmpv6_errors_.SetAddresses(icmpv6::OwnAddresses(own.of<Ipv6>()));
  own_addresses_ = std::move(own);
}

std::optional<InterfaceId> LocalTraffic::InterfaceOf(unsigned netdev) const {
  const local::Twin* const twin = twins_ == nullptr ? nullptr : twins_->FindNetdev(netdev);
  if (twin == nullptr) return plane_.InterfaceOfNetdev(netdev);
  const auto found = std::find_if(interfaces_.begin(), interfaces_.end(),
                                  [&](const auto& each) { return each.name == twin->settings().link.name; });
  return found->id;
}

bool LocalTraffic::Poll() {
  const bool host = twins_ != nullptr && twins_->Poll();
  const bool touched = std::exchange(links_touched_, false);
  if (touched) FollowLinks();
  const bool took = dispatcher_.Poll();
  const bool sent = injector_.Poll();
  const bool told = icmpv6_errors_.Poll();
  return host || touched || took || sent || told;
}

}  // namespace mgmd
