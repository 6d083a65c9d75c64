#include "control/plane/device_follower.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "control/plane/device_sign.h"

namespace mgmd::plane {
namespace {

using What = views::PortChange::What;

constexpr std::chrono::milliseconds kLookInterval{100};

views::PortChange Refused(const Ports::Port& port, std::string why) {
  views::PortChange change = port.Changed(What::kDeviceRefused);
  change.why = std::move(why);
  return change;
}

}  // namespace

DeviceFollower::DeviceFollower(DeviceFollowerParts parts)
    : parts_(std::move(parts.links)),
      rx_pool_(parts.rx_pool),
      stepped_(parts.stepped),
      links_(parts_),
      states_(parts_.ports->all().size()) {
  for (const Ports::Port& port : parts_.ports->all()) {
    if (port.device() == nullptr) {
      states_[port.number].step = Step::kMissing;
    } else {
      parts_.interfaces->SetReceiving(port.number, port.device()->port().id);
    }
  }
}

void DeviceFollower::Poll(const PortChanged& changed) {
  const auto now = Clock::now();
  const bool look = parts_.ports->Listen() || stepped_ || now >= next_look_;
  if (look) next_look_ = now + kLookInterval;
  for (Ports::Port& port : parts_.ports->all()) FollowOne(port, states_[port.number], look, changed);
  links_.Poll(look, changed);
}

void DeviceFollower::FollowOne(Ports::Port& port, State& state, bool look, const PortChanged& changed) {
  switch (state.step) {
    case Step::kOpen:
      if (!look || !port.device()->IsGone()) return;
      parts_.interfaces->SetReceiving(port.number, dataplane::kNoDevice);
      state.lost_at = Clock::now() + std::chrono::seconds(parts_.config->dataplane.vanish_linger);
      state.step = Step::kGone;
      return;
    case Step::kGone:
      if (!links_.IsDown(port)) return;
      // Whoever hears of it has heard that the port is down.
      changed(port.Changed(What::kDeviceGone));
      state.token = parts_.epoch->Start();
      state.step = Step::kLetGo;
      [[fallthrough]];
    case Step::kLetGo:
      // A worker that stands still may be inside its driver.
      if (parts_.epoch->Passed(state.token)) Close(port, state);
      break;
    case Step::kClosing:
      if (!IsDone(state.closing)) break;
      if (DriverOf(InterfaceOf(port).device) == WireDriver::kAfXdp && !InterfaceOf(port).late) {
        state.step = Step::kNeverAgain;
        changed(Refused(port, "mgmd has dropped what it takes to open net_af_xdp again; late = true keeps it"));
        break;
      }
      state.step = Step::kMissing;
      TryToOpen(port, state);
      break;
    case Step::kMissing:
      if (look) TryToOpen(port, state);
      break;
    case Step::kOpening:
      if (IsDone(state.opening)) Adopt(port, state, changed);
      break;
    case Step::kNeverAgain:
      break;
  }
  if (state.lost_at && Clock::now() >= *state.lost_at) {
    state.lost_at.reset();
    Lose(port);
  }
}

void DeviceFollower::Close(Ports::Port& port, State& state) {
  parts_.ports->Forget(port);
  state.closing = thread_.Do([device = port.Detach()]() mutable { device.reset(); });
  // A netdev that has the name already is another one. A card may still be in its slot.
  const std::string& device = InterfaceOf(port).device;
  state.tried = DriverOf(device) == WireDriver::kOther ? DeviceSign(device) : std::string();
  state.step = Step::kClosing;
}

void DeviceFollower::TryToOpen(const Ports::Port& port, State& state) {
  const config::Interface& interface = InterfaceOf(port);
  std::string sign = DeviceSign(interface.device);
  if (sign == state.tried) return;
  state.tried = std::move(sign);
  if (state.tried.empty()) return;
  state.opening = thread_.Do([config = parts_.config, &interface, rx_pool = rx_pool_] {
    return PortDevice::Open(*config, interface, rx_pool);
  });
  state.step = Step::kOpening;
}

void DeviceFollower::Adopt(Ports::Port& port, State& state, const PortChanged& changed) {
  Opened device = state.opening.get();
  if (device.ok() && port.multi_segs && !(*device)->port().multi_segs) {
    device = absl::FailedPreconditionError("it takes no chained buffers, as the one before it did");
  }
  state.step = Step::kMissing;
  if (!device.ok()) {
    // What it has kept of the buffers is lost.
    if (DriverOf(InterfaceOf(port).device) == WireDriver::kAfXdp) state.step = Step::kNeverAgain;
    return changed(Refused(port, std::string(device.status().message())));
  }
  port.Attach(*std::move(device));
  parts_.ports->Follow(port);
  links_.HasDevice(port);
  parts_.interfaces->SetReceiving(port.number, port.device()->port().id);
  state.step = Step::kOpen;
  state.lost_at.reset();
  changed(port.Changed(What::kDeviceOpened));
}

void DeviceFollower::Lose(const Ports::Port& port) {
  spdlog::info("port {}: {} has not come back: its streams go", port.name, port.device_name);
  for (const config::Interface& interface : parts_.config->interfaces) {
    if (interface.port == port.interface) lost_.push_back(interface.id);
  }
}

}  // namespace mgmd::plane
