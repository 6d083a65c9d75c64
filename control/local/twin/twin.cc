#include "control/local/twin/twin.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "control/local/ip_packet.h"

namespace mgmd::local {
namespace {

constexpr size_t kLongestFrame = 65535;
// More than a turn's frames do not wait for a worker: what the host sends then waits in its own queue, which tells it.
constexpr size_t kMostWaiting = Injector::kMostWaiting / 2;

constexpr uint8_t kIgmpQuery = 0x11;
constexpr uint8_t kMldQuery = 130;

bool IsQuery(const LocalPacket& packet) {
  const auto ip = ReadIpPacket(packet.frame);
  if (!ip || ip->payload >= ip->octets.size()) return false;
  return ip->octets[ip->payload] == (packet.local_class == LocalClass::kIgmp ? kIgmpQuery : kMldQuery);
}

void Count(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Twin>> Twin::Make(TwinSettings settings, const TwinSurroundings& surroundings) {
  std::unique_ptr<Twin> twin(new Twin(std::move(settings), surroundings));
  const absl::Status made = twin->MakeDevice();
  if (made.ok()) return twin;
  return absl::Status(made.code(), absl::StrCat("the twin of interface ", twin->settings_.link.name, ": ",
                                                std::string(made.message())));
}

Twin::~Twin() { LoseDevice(); }

absl::Status Twin::MakeDevice() {
  auto device = TapDevice::Make(settings_.link.name);
  if (!device.ok()) return device.status();
  if (absl::Status status = SetUpLink(device->index(), settings_.link); !status.ok()) return status;
  if (absl::Status status = device->SetCarrier(settings_.carrier); !status.ok()) return status;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = this}};
  if (epoll_ctl(around_.epoll, EPOLL_CTL_ADD, device->fd(), &event) != 0)
    return absl::ResourceExhaustedError(absl::StrCat("epoll: ", std::strerror(errno)));
  device_.emplace(*std::move(device));
  around_.monitor.Follow(device_->index());
  down_ = false;
  return absl::OkStatus();
}

void Twin::LoseDevice() {
  if (!device_) return;
  around_.monitor.Forget(device_->index());
  device_.reset();
}

void Twin::Take(const LocalPacket& packet) {
  if (around_.dispatcher.IsSpoken(packet.arrival, packet.local_class) && !IsQuery(packet)) return;
  const TapDevice::Result result = device_ ? device_->Write(packet.frame) : TapDevice::Result::kGone;
  switch (result) {
    case TapDevice::Result::kDone:
      return Count(around_.stats.twin_received);
    case TapDevice::Result::kDown:
    case TapDevice::Result::kGone:
      return Count(around_.stats.twin_down);
    case TapDevice::Result::kNothing:
    case TapDevice::Result::kRefused:
      return Count(around_.stats.twin_refused);
  }
}

bool Twin::Poll() {
  std::array<uint8_t, kLongestFrame> buffer;
  std::span<const uint8_t> frame;
  size_t frames = 0;
  for (; device_ && frames < kFramesPerTurn && around_.injector.waiting() < kMostWaiting; ++frames) {
    const TapDevice::Result result = device_->Read(buffer, &frame);
    if (result == TapDevice::Result::kGone) {
      spdlog::warn("twin {}: somebody has deleted it; it is made again", settings_.link.name);
      LoseDevice();
    }
    if (result != TapDevice::Result::kDone) break;
    Count(around_.injector.Send(settings_.slot, InjectForm::kFrame, frame) ? around_.stats.twin_sent
                                                                           : around_.stats.twin_unsendable);
  }
  return frames > 0;
}

void Twin::WarnOf(const absl::Status& status) const {
  if (!status.ok()) spdlog::warn("twin {}: {}", settings_.link.name, std::string(status.message()));
}

void Twin::SetCarrier(bool up) {
  settings_.carrier = up;
  if (!device_) return;
  WarnOf(device_->SetCarrier(up));
}

void Twin::SetMtu(uint32_t mtu) {
  settings_.link.mtu = mtu;
  if (!device_) return;
  WarnOf(SetLinkMtu(device_->index(), mtu));
}

void Twin::SetMac(const Mac& mac) {
  settings_.link.mac = mac;
  if (!device_) return;
  WarnOf(SetLinkMac(device_->index(), mac));
}

void Twin::Follow() {
  if (!device_) return;
  const NetdevState& netdev = around_.monitor.state(device_->index());
  if (!netdev.present || netdev.up == !down_) return;
  down_ = !netdev.up;
  if (down_) {
    spdlog::warn("twin {}: somebody has set it down; what arrives for the host is lost", settings_.link.name);
    return;
  }
  // With it went its IPv6 addresses.
  WarnOf(SetUpLink(device_->index(), settings_.link));
  spdlog::info("twin {}: it is up again", settings_.link.name);
}

void Twin::MakeAgain() {
  if (!device_ && MakeDevice().ok()) spdlog::info("twin {}: it is there again", settings_.link.name);
}

}  // namespace mgmd::local
