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

constexpr std::chrono::seconds kStartsSpread{1};

template <class Family>
constexpr LocalClass kClass = Family::kSlotBit == Ipv4::kSlotBit ? LocalClass::kIgmp : LocalClass::kMld;

}  // namespace

template <class Family>
absl::StatusOr<std::unique_ptr<MembershipProtocol<Family>>> MembershipProtocol<Family>::Start(
    const config::Membership<Family>& config, const Boundaries<Family>& boundaries, const Surroundings& around,
    std::function<Time()> clock) {
  auto protocol =
      std::unique_ptr<MembershipProtocol>(new MembershipProtocol(config, boundaries, around, std::move(clock)));
  if (absl::Status status = protocol->Begin(); !status.ok()) return status;
  return protocol;
}

template <class Family>
MembershipProtocol<Family>::MembershipProtocol(const config::Membership<Family>& config,
                                               const Boundaries<Family>& boundaries, const Surroundings& around,
                                               std::function<Time()> clock)
    : name_(Family::kSlotBit == Ipv4::kSlotBit ? "igmp" : "mld"),
      around_(around),
      told_(around.igmp_observers.of<Family>() != nullptr ? *around.igmp_observers.of<Family>() : nobody_),
      clock_(std::move(clock)),
      shared_{.memberships = membership::Room(config.max_memberships)},
      proxies_(
          {.on = [this](const Interface& id) -> InterfaceMembership<Family>& { return *by_id_.at(id)->membership; },
           .routes = *around.routes.of<Family>(),
           .links = around.links,
           .changed =
               [this](const Interface& upstream) {
                 client_.Changed(upstream, Address{});
                 Schedule(*by_id_.at(upstream));
               },
           .told = around.proxy_changed}),
      client_(*this, TellMe(!config.proxies.empty())),
      reader_({.client = client_,
               .find =
                   [this](const Interface& interface) {
                     const OnInterface* const on = Find(interface);
                     return on == nullptr || on->membership->router() == nullptr ? nullptr : on->membership.get();
                   },
               .forwards = [this](const Interface& interface) { return ForwardingTo(interface) != nullptr; },
               .clock = clock_}) {
  for (const config::MembershipInterface<Family>& configured : config.interfaces) {
    const Interface id{.index = configured.id.index, .next_hop = {}};
    const InterfaceSlot slot = around_.slot_of(id);
    auto made = std::make_unique<InterfaceMembership<Family>>(
        typename InterfaceMembership<Family>::Around{
            .id = id,
            .told = told_,
            .slot = slot,
            .injector = around_.injector,
            .shared = shared_,
            .boundary =
                [id, &boundaries](const Address& group) {
                  return boundaries.Stop(id, typename Family::Prefix(group, Family::kAddressBits));
                },
            .changed =
                [this, id](const Address& group) {
                  client_.Changed(id, group);
                  proxies_.Changed(id, group);
                },
            .querier_changed =
                [this, id] {
                  if (Find(id)->only_as_querier) client_.AllChanged(id);
                },
            .query_heard = [this, id](const auto& query) { proxies_.HearQuery(id, query, clock_()); },
            .asked =
                [this, slot](const Address& source, const Address& destination, std::span<const uint8_t> message) {
                  if (!around_.dispatcher.HasOthers(slot, kClass<Family>, *this)) return;
                  const auto frame = membership::MakeFrameForHost<Family>(source, destination, message);
                  around_.dispatcher.HandOn(
                      {.local_class = kClass<Family>, .arrival = slot, .arrived = clock_(), .frame = frame}, *this);
                }},
        configured);
    on_.push_back(std::make_unique<OnInterface>(
        OnInterface{id, std::move(made), configured.forward_only_as_querier.value_or(false)}));
    by_slot_[slot] = on_.back().get();
    by_id_[id] = on_.back().get();
  }
  for (const config::MembershipProxy<Family>& proxy : config.proxies) proxies_.Add(proxy);
}

template <class Family>
typename ManagerClient<Family>::Told MembershipProtocol<Family>::TellMe(bool has_proxies) {
  typename ManagerClient<Family>::Told told;
  told.refused = [this](const Interface& interface, size_t count) { Find(interface)->membership->CountRefused(count); };
  told.enabled = [this](const Interface& interface, size_t groups) {
    if (groups > 0) told_.ResyncBegun(interface, groups);
  };
  told.overdue = [this](const Interface& interface) {
    told_.ResyncOverdue(interface);
    spdlog::error(
        "{}: the Group Manager has had it stop for its owner's change, and has not had it go on for {} s: hosts' "
        "memberships are not forwarded there",
        Heading<Family>(Find(interface)->membership->name()), ManagerClient<Family>::kOverdue.count());
  };
  told.told_anew = [this](const Interface& interface, size_t groups, std::chrono::milliseconds took) {
    told_.ResyncEnded(interface, groups, took);
    spdlog::info("{}: {} groups told anew to the Group Manager in {} ms",
                 Heading<Family>(Find(interface)->membership->name()), groups, took.count());
  };
  if (!has_proxies) return told;
  told.owned = [this](const Interface& interface, bool owned) { proxies_.SetOwned(interface, owned, clock_()); };
  told.others_want = [this](const FibKey<Family>& key, bool wanted) { proxies_.OthersWant(key, wanted, clock_()); };
  return told;
}

template <class Family>
MembershipProtocol<Family>::~MembershipProtocol() {
  around_.dispatcher.Unregister(*this);
}

template <class Family>
absl::Status MembershipProtocol<Family>::Begin() {
  if (absl::Status status = client_.Register(); !status.ok()) return status;
  const Time now = clock_();
  const auto apart = std::chrono::duration_cast<membership::Duration>(kStartsSpread) / std::ssize(on_);
  membership::Duration delay{};
  for (const auto& on : on_) {
    for (const views::Link& link : around_.links) {
      if (link.index == on->id.index) on->membership->Start(link, now, delay);
    }
    if (on->membership->router() != nullptr) delay += apart;
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
bool MembershipProtocol<Family>::TickDue(Time now) {
  bool worked = false;
  while (!due_.empty() && due_.begin()->first <= now) {
    OnInterface& on = *due_.begin()->second;
    worked = true;
    on.membership->Tick(now);
    Schedule(on);
  }
  return worked;
}

// What hosts want is forwarded, then asked for upstream.
template <class Family>
bool MembershipProtocol<Family>::Poll() {
  const Time now = clock_();
  bool worked = TickDue(now);
  worked |= client_.Flush(now);
  worked |= proxies_.Flush(now);
  return TickDue(now) || worked;
}

template <class Family>
void MembershipProtocol<Family>::LinkChanged(const views::Link& link) {
  const auto found = by_id_.find(Interface{.index = link.index, .next_hop = {}});
  if (found == by_id_.end()) return;
  found->second->membership->SetLink(link, clock_());
  Schedule(*found->second);
}

template <class Family>
void MembershipProtocol<Family>::RoutesChanged(const AnyPrefix& prefix) {
  if (const auto* sources = std::get_if<typename Family::Prefix>(&prefix)) proxies_.RoutesChanged(*sources, clock_());
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

// Its hosts are heard no more, and what has been joined is left, until mgmd starts again.
template <class Family>
absl::StatusOr<views::Release> MembershipProtocol<Family>::Release(const AnyInterfaceId& interface) {
  const auto* const id = std::get_if<Interface>(&interface);
  if (id == nullptr || !client_.has(*id)) {
    return absl::NotFoundError(absl::StrCat("protocol ", name_, " is not on that interface"));
  }
  OnInterface& on = *by_id_.at(*id);
  proxies_.Released(*id, clock_());
  on.membership->Stop(clock_());
  if (absl::Status status = client_.Release(*id); !status.ok()) return status;
  around_.dispatcher.Register(around_.slot_of(*id), {}, *this);
  on.membership->SetLink({}, clock_());
  due_.erase({on.due, &on});
  by_slot_.erase(around_.slot_of(*id));
  by_id_.erase(*id);
  std::erase_if(on_, [&](const auto& each) { return each.get() == &on; });
  return LastRelease(clients_.front(), *id);
}

template <class Family>
void MembershipProtocol<Family>::SayGoodbye() {
  for (const auto& on : on_) on->membership->Stop(clock_());
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

template <class Family>
const membership::RouterPart<Family>* MembershipProtocol<Family>::ForwardingTo(const Interface& interface) const {
  const OnInterface* const on = Find(interface);
  const auto* const router = on == nullptr ? nullptr : on->membership->router();
  return router == nullptr || (on->only_as_querier && !router->querier().is_querier()) ? nullptr : router;
}

template <class Family>
membership::Wanted<Family> MembershipProtocol<Family>::Describe(const Interface& interface,
                                                                const Address& group) const {
  if (group.is_zero()) return {.any = proxies_.WantsAll(interface), .joined = {}, .blocked = {}};
  const auto* const router = ForwardingTo(interface);
  return router == nullptr ? membership::Wanted<Family>{} : router->Describe(group);
}

template <class Family>
bool MembershipProtocol<Family>::Wants(const Interface& interface, const Interface& in, const Address& source,
                                       const Address& group) const {
  if (!proxies_.MayForward(in, interface)) return false;
  if (group.is_zero() || proxies_.WantsAll(interface)) return true;
  const auto* const router = ForwardingTo(interface);
  return router != nullptr && router->Wants(source, group);
}

template <class Family>
std::vector<typename Family::Address> MembershipProtocol<Family>::Groups(const Interface& interface) const {
  std::vector<Address> groups;
  const OnInterface* const on = Find(interface);
  const auto* const router = on == nullptr ? nullptr : on->membership->router();
  if (proxies_.WantsAll(interface)) groups.emplace_back();
  if (router == nullptr) return groups;
  router->ForEachGroup([&](const Address& group) { groups.push_back(group); });
  std::partition(groups.begin(), groups.end(), [&](const Address& group) { return router->is_static(group); });
  return groups;
}

template class MembershipProtocol<Ipv4>;
template class MembershipProtocol<Ipv6>;

}  // namespace mgmd::protocols
