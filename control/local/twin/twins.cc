#include "control/local/twin/twins.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace mgmd::local {
namespace {

// A twin that somebody deletes again and again costs control no more than one attempt in this time.
constexpr std::chrono::seconds kRepairInterval{1};
constexpr size_t kTwinsPerTurn = 16;

// As they are shown: of both families, with the lengths of their prefixes.
std::vector<std::string> UsableOf(const NetdevState& netdev) {
  std::vector<std::string> usable;
  ForEachFamily([&]<class Family>() {
    for (const HostAddress<Family>& own : netdev.addresses.of<Family>()) {
      if (own.usable()) usable.push_back(absl::StrCat(own.address.ToString(), "/", own.length));
    }
  });
  return usable;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Twins>> Twins::Make(std::vector<TwinSettings> settings, Surroundings surroundings) {
  auto monitor = NetdevMonitor::Open();
  if (!monitor.ok()) return monitor.status();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return absl::ResourceExhaustedError(absl::StrCat("epoll: ", std::strerror(errno)));
  std::unique_ptr<Twins> twins(new Twins(std::move(surroundings), *std::move(monitor), epoll));
  for (TwinSettings& one : settings) {
    const Surroundings& around = twins->surroundings_;
    auto twin = Twin::Make(std::move(one), {around.dispatcher, around.injector, *twins->monitor_, around.stats, epoll});
    if (!twin.ok()) return twin.status();
    const TwinSettings& made = (*twin)->settings();
    around.dispatcher.Register(made.slot, made.classes, **twin);
    if (made.ipv6_slot != kNoSlot) around.dispatcher.Register(made.ipv6_slot, made.classes, **twin);
    twins->twins_.push_back(*std::move(twin));
  }
  NetdevState made;
  made.present = made.up = true;
  twins->told_.resize(twins->twins_.size(), made);
  return twins;
}

Twins::~Twins() {
  for (const auto& twin : twins_) surroundings_.dispatcher.Unregister(*twin);
  twins_.clear();
  close(epoll_);
}

bool Twins::Poll() {
  bool told = monitor_->Poll();
  if (told) {
    for (const auto& twin : twins_) twin->Follow();
  }
  bool worked = told;
  std::array<epoll_event, kTwinsPerTurn> ready;
  // Where more are ready, the next turn begins with those that were left out.
  const int count = epoll_wait(epoll_, ready.data(), ready.size(), 0);
  for (const epoll_event& event : std::span(ready).first(static_cast<size_t>(std::max(count, 0)))) {
    auto& twin = *static_cast<Twin*>(event.data.ptr);
    worked |= twin.Poll();
    told |= twin.index() == 0;
  }
  if (told) Follow();
  const Clock::time_point now = Clock::now();
  if (now < next_repair_) return worked;
  next_repair_ = now + kRepairInterval;
  for (const auto& twin : twins_) twin->MakeAgain();
  return worked;
}

// What has changed since it was last looked.
void Twins::Follow() {
  using What = views::TwinChange::What;
  bool addresses = false;
  for (size_t i = 0; i < twins_.size(); ++i) {
    const Twin& twin = *twins_[i];
    NetdevState now = twin.host();
    NetdevState& before = told_[i];
    const bool not_told_yet = twin.index() != 0 && !now.present;
    if (not_told_yet || now == before) continue;
    if (now.present != before.present || now.up != before.up) {
      Tell(!now.present ? What::kDeleted : now.up ? What::kUp : What::kDown, twin);
    }
    for (const HostAddress<Ipv6>& own : now.addresses.of<Ipv6>()) {
      const auto& known = before.addresses.of<Ipv6>();
      if (!own.duplicate || std::find(known.begin(), known.end(), own) != known.end()) continue;
      spdlog::warn("twin {}: another station on the link has {}: it is not used", twin.settings().link.name,
                   own.address.ToString());
      Tell(What::kDuplicateAddress, twin, {own.address.ToString()});
    }
    if (std::vector<std::string> usable = UsableOf(now); usable != UsableOf(before)) {
      addresses = true;
      Tell(What::kAddresses, twin, std::move(usable));
    }
    before = std::move(now);
  }
  if (addresses && surroundings_.addresses_changed) surroundings_.addresses_changed();
}

void Twins::Tell(views::TwinChange::What what, const Twin& twin, std::vector<std::string> addresses) const {
  if (!surroundings_.changed) return;
  surroundings_.changed({.what = what, .name = twin.settings().link.name, .addresses = std::move(addresses)});
}

void Twins::LinkChanged(std::string_view interface, bool up, uint32_t mtu, const Mac& mac) {
  Twin* const twin = Find(interface);
  if (twin == nullptr) return;
  const TwinSettings& settings = twin->settings();
  if (up != settings.carrier) twin->SetCarrier(up);
  if (mtu != settings.link.mtu) twin->SetMtu(mtu);
  if (mac != settings.link.mac) twin->SetMac(mac);
}

Twin* Twins::Find(std::string_view interface) const {
  const auto found = std::find_if(twins_.begin(), twins_.end(),
                                  [&](const auto& twin) { return twin->settings().link.name == interface; });
  return found == twins_.end() ? nullptr : found->get();
}

const Twin* Twins::FindNetdev(unsigned index) const {
  const auto found = std::find_if(twins_.begin(), twins_.end(),
                                  [&](const auto& twin) { return index != 0 && twin->index() == index; });
  return found == twins_.end() ? nullptr : found->get();
}

}  // namespace mgmd::local
