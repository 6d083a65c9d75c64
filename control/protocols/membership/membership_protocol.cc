#include "control/protocols/membership/membership_protocol.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "control/protocols/clients.h"

namespace mgmd::protocols {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartsSpread{1};

template <class Family>
constexpr LocalClass kClass = Family::kSlotBit == Ipv4::kSlotBit ? LocalClass::kIgmp : LocalClass::kMld;

}  // namespace

template <class Family>
absl::StatusOr<std::unique_ptr<MembershipProtocol<Family>>> MembershipProtocol<Family>::Start(
    const config::Membership<Family>& config, const Boundaries<Family>& boundaries, const Surroundings& around) {
  auto protocol = std::unique_ptr<MembershipProtocol>(new MembershipProtocol(config, boundaries, around));
  if (absl::Status status = protocol->Begin(); !status.ok()) return status;
  return protocol;
}

template <class Family>
MembershipProtocol<Family>::MembershipProtocol(const config::Membership<Family>& config,
                                               const Boundaries<Family>& boundaries, const Surroundings& around)
    : name_(Family::kSlotBit == Ipv4::kSlotBit ? "igmp" : "mld"),
      around_(around),
      told_(around.igmp_observers.of<Family>() != nullptr ? *around.igmp_observers.of<Family>() : nobody_),
      shared_{.memberships = membership::Room(config.max_memberships)},
      client_(*this, {.refused = [this](const Interface& interface,
                                        size_t count) { Find(interface)->membership->CountRefused(count); },
                      .disabled = {},
                      .enabled =
                          [this](const Interface& interface, size_t groups) {
                            if (groups > 0) told_.ResyncBegun(interface, groups);
                          },
                      .told_anew =
                          [this](const Interface& interface, size_t groups, std::chrono::milliseconds took) {
                            told_.ResyncEnded(interface, groups, took);
                            spdlog::info("{}: {} groups told anew to the Group Manager in {} ms",
                                         Heading<Family>(Find(interface)->membership->name()), groups, took.count());
                          },
                      .overdue =
                          [this](const Interface& interface) {
                            told_.ResyncOverdue(interface);
                            spdlog::error(
                                "{}: the Group Manager has had it stop for its owner's change, and has not "
                                "had it go on for {} s: hosts' memberships are not forwarded there",
                                Heading<Family>(Find(interface)->membership->name()),
                                ManagerClient<Family>::kOverdue.count());
                          }}),
      reader_({.client = client_,
               .find =
                   [this](const Interface& interface) {
                     const OnInterface* const on = Find(interface);
                     return on == nullptr ? nullptr : on->membership.get();
                   },
               .forwards =
                   [this](const Interface& interface) {
                     const OnInterface* const on = Find(interface);
                     return on != nullptr && !IsGated(*on);
                   },
               .clock = &Clock::now}) {
  for (const config::MembershipInterface<Family>& configured : config.interfaces) {
    const Interface id{.index = configured.id.index, .next_hop = {}};
    membership::RouterSettings<Family> settings = configured.router;
    settings.boundary = [id, &boundaries](const Address& group) {
      return boundaries.Stop(id, typename Family::Prefix(group, Family::kAddressBits));
    };
    const InterfaceSlot slot = around_.slot_of(id);
    auto made = std::make_unique<InterfaceMembership<Family>>(
        typename InterfaceMembership<Family>::Around{
            .name = configured.name,
            .id = id,
            .told = told_,
            .slot = slot,
            .injector = around_.injector,
            .shared = shared_,
            .changed = [this, id](const Address& group) { client_.Changed(id, group); },
            .querier_changed =
                [this, id] {
                  if (Find(id)->only_as_querier) client_.AllChanged(id);
                }},
        std::move(settings));
    on_.push_back(std::make_unique<OnInterface>(OnInterface{id, std::move(made), configured.forward_only_as_querier}));
    by_slot_[slot] = on_.back().get();
    by_id_[id] = on_.back().get();
  }
}

template <class Family>
MembershipProtocol<Family>::~MembershipProtocol() {
  around_.dispatcher.Unregister(*this);
}

template <class Family>
absl::Status MembershipProtocol<Family>::Begin() {
  if (absl::Status status = client_.Register(); !status.ok()) return status;
  const Time now = Clock::now();
  const auto apart = std::chrono::duration_cast<membership::Duration>(kStartsSpread) / std::ssize(on_);
  membership::Duration delay{};
  for (const auto& on : on_) {
    for (const views::Link& link : around_.links) {
      if (link.index == on->id.index) on->membership->Start(link, now, std::exchange(delay, delay + apart));
    }
    if (absl::Status status = client_.Take(on->id); !status.ok()) return status;
    around_.dispatcher.Register(around_.slot_of(on->id), LocalClasses{kClass<Family>}.WholeMembershipMessages(), *this);
    Schedule(*on);
  }
  Poll();
  return absl::OkStatus();
}

template <class Family>
void MembershipProtocol<Family>::Schedule(OnInterface& on) {
  const Time due = on.membership->NextDeadline();
  if (due == on.due) return;
  due_.erase({on.due, &on});
  on.due = due;
  if (due != Time::max()) due_.insert({due, &on});
}

template <class Family>
bool MembershipProtocol<Family>::Poll() {
  bool worked = false;
  const Time now = Clock::now();
  while (!due_.empty() && due_.begin()->first <= now) {
    OnInterface& on = *due_.begin()->second;
    worked = true;
    on.membership->Tick(now);
    Schedule(on);
  }
  return client_.Flush(now) || worked;
}

template <class Family>
void MembershipProtocol<Family>::LinkChanged(const views::Link& link) {
  const auto found = by_id_.find(Interface{.index = link.index, .next_hop = {}});
  if (found == by_id_.end()) return;
  found->second->membership->SetLink(link, Clock::now());
  Schedule(*found->second);
}

template <class Family>
void MembershipProtocol<Family>::Take(const LocalPacket& packet) {
  const auto found = by_slot_.find(packet.arrival);
  if (found == by_slot_.end()) return;
  found->second->membership->Take(packet.frame, packet.arrived);
  Schedule(*found->second);
}

template <class Family>
std::vector<AnyInterfaceId> MembershipProtocol<Family>::interfaces() const {
  std::vector<AnyInterfaceId> interfaces;
  for (const Interface& interface : client_.interfaces()) interfaces.emplace_back(interface);
  return interfaces;
}

template <class Family>
PerFamily<views::IgmpPointer> MembershipProtocol<Family>::igmp() const {
  PerFamily<views::IgmpPointer> readers{};
  readers.template of<Family>() = &reader_;
  return readers;
}

// Its hosts are heard no more, until mgmd starts again.
template <class Family>
absl::StatusOr<views::Release> MembershipProtocol<Family>::Release(const AnyInterfaceId& interface) {
  const auto* const id = std::get_if<Interface>(&interface);
  if (id == nullptr || !client_.has(*id)) {
    return absl::NotFoundError(absl::StrCat("protocol ", name_, " is not on that interface"));
  }
  if (absl::Status status = client_.Release(*id); !status.ok()) return status;
  around_.dispatcher.Register(around_.slot_of(*id), {}, *this);
  OnInterface& on = *by_id_.at(*id);
  on.membership->SetLink({}, Clock::now());
  due_.erase({on.due, &on});
  by_slot_.erase(around_.slot_of(*id));
  by_id_.erase(*id);
  std::erase_if(on_, [&](const auto& each) { return each.get() == &on; });
  return LastRelease(clients_.front(), *id);
}

template <class Family>
absl::Status MembershipProtocol<Family>::Stop(const std::vector<mgm::ClientId>&) {
  around_.dispatcher.Unregister(*this);
  return client_.Stop();
}

template <class Family>
const typename MembershipProtocol<Family>::OnInterface* MembershipProtocol<Family>::Find(
    const Interface& interface) const {
  const auto found = by_id_.find(interface);
  return found == by_id_.end() ? nullptr : found->second;
}

// Another router forwards there.
template <class Family>
bool MembershipProtocol<Family>::IsGated(const OnInterface& on) {
  return on.only_as_querier && !on.membership->router().querier().is_querier();
}

template <class Family>
membership::Wanted<Family> MembershipProtocol<Family>::Describe(const Interface& interface,
                                                                const Address& group) const {
  const OnInterface* const on = Find(interface);
  if (on == nullptr || IsGated(*on)) return {};
  return on->membership->router().Describe(group);
}

template <class Family>
bool MembershipProtocol<Family>::Wants(const Interface& interface, const Address& source, const Address& group) const {
  const OnInterface* const on = Find(interface);
  return on != nullptr && !IsGated(*on) && on->membership->router().Wants(source, group);
}

template <class Family>
std::vector<typename Family::Address> MembershipProtocol<Family>::Groups(const Interface& interface) const {
  std::vector<Address> groups;
  const OnInterface* const on = Find(interface);
  if (on == nullptr) return groups;
  const auto& router = on->membership->router();
  router.ForEachGroup([&](const Address& group) { groups.push_back(group); });
  std::partition(groups.begin(), groups.end(), [&](const Address& group) { return router.is_static(group); });
  return groups;
}

template class MembershipProtocol<Ipv4>;
template class MembershipProtocol<Ipv6>;

}  // namespace mgmd::protocols
