#include "control/protocols/membership/interface_membership.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

#include "control/membership/datagram.h"
#include "control/membership/validity.h"

namespace mgmd::protocols {
namespace {

using membership::Counter;

// What IPv4 speaks from is the first address of the configuration; what MLD does is a link-local one (RFC 9777 section
// 5.1.14).
bool CanSpeakFrom(Ipv4Address /*address*/) { return true; }
bool CanSpeakFrom(const Ipv6Address& address) { return address.is_link_local(); }

template <class Family>
membership::Link<Family> LinkOf(const views::Link& seen) {
  membership::Link<Family> link;
  link.up = seen.up;
  link.mtu = seen.mtu;
  for (const auto& [address, length] : seen.addresses.of<Family>()) {
    if (link.address.is_zero() && CanSpeakFrom(address)) link.address = address;
    link.own.push_back(address);
    link.networks.push_back(typename Family::Prefix(address, length));
  }
  return link;
}

}  // namespace

template <class Family>
InterfaceMembership<Family>::InterfaceMembership(Around around, const config::MembershipInterface<Family>& config)
    : name_(config.name),
      around_(std::move(around)),
      join_(config.join),
      acceptance_(config.router.acceptance),
      host_({.robustness = config.router.timing.robustness, .ssm = config.router.ssm}, *this, *this, counters_) {
  if (!config.has_router) return;
  membership::RouterSettings<Family> settings = config.router;
  settings.boundary = around_.boundary;
  membership::MessageOut<Family>& out = *this;
  membership::RouterObserver<Family>& observer = *this;
  router_.emplace(std::move(settings), around_.shared, out, observer, counters_);
}

template <class Family>
void InterfaceMembership<Family>::Start(const views::Link& link, Time now, membership::Duration delay) {
  now_ = now;
  link_ = LinkOf<Family>(link);
  WantOwn(now);
  host_.SetLink(link_, now);
  if (router_) router_->Start(link_, now, delay);
}

template <class Family>
void InterfaceMembership<Family>::SetLink(const views::Link& link, Time now) {
  now_ = now;
  link_ = LinkOf<Family>(link);
  host_.SetLink(link_, now);
  if (router_) router_->SetLink(link_, now);
}

// A router is a member of the group that reports go to (RFC 9776 section 6, RFC 9777 section 7).
template <class Family>
void InterfaceMembership<Family>::WantOwn(Time now) {
  using membership::FilterMode;
  std::map<Address, membership::Filter<Family>> joined;
  for (const auto& [group, source] : join_) {
    membership::Filter<Family>& filter = joined[group];
    if (!source) {
      filter = {FilterMode::kExclude, {}};
    } else if (filter.mode == FilterMode::kInclude) {
      filter.sources.push_back(*source);
    }
  }
  for (auto& [group, filter] : joined) Want(kJoin, group, std::move(filter), now);
  if (router_) Want(kRouterPart, membership::Protocol<Family>::kAllReports, {FilterMode::kExclude, {}}, now);
}

template <class Family>
void InterfaceMembership<Family>::Want(Wanter wanter, const Address& group, membership::Filter<Family> filter,
                                       Time now) {
  if (!host_.SetWant(wanter, group, std::move(filter), now)) host_.Withdraw(wanter, group, now);
}

template <class Family>
void InterfaceMembership<Family>::Take(std::span<const uint8_t> frame, Time arrived) {
  const Time now = now_ = std::max(now_, arrived);  // never back
  const auto datagram = membership::ReadDatagram<Family>(frame);
  if (!datagram) return counters_.Add(Counter::kUnreadable);
  if (!rate_.Take(*datagram, now)) return counters_.Add(Counter::kRate);
  const membership::PacketCheck check = CheckPacket(*datagram, acceptance_);
  if (check.fault) return counters_.Add(*check.fault);
  if (router_) router_->Take(*datagram, check.kind, now);
  HearAsHost(*datagram, check.kind, now);
}

// What is wrong with a message the router part has counted, where there is one.
template <class Family>
void InterfaceMembership<Family>::HearAsHost(const membership::Datagram<Family>& datagram, membership::MessageKind kind,
                                             Time now) {
  const auto count = [this](Counter fault) {
    if (!router_) counters_.Add(fault);
  };
  if (!link_.up) return count(Counter::kNotEnabled);
  const auto check = CheckAddresses(datagram, kind, link_, acceptance_, membership::Part::kHost);
  if (check.fault) return count(*check.fault);
  if (kind.type != membership::MessageType::kQuery) return;
  const auto query = membership::ReadQuery<Family>(datagram.message);
  if (!query) return count(Counter::kBadQuery);
  if (!router_) counters_.Received(kind, datagram.message.size());
  around_.query_heard(datagram);
  host_.HearQuery(*query, now);
}

template <class Family>
void InterfaceMembership<Family>::Tick(Time now) {
  now_ = now;
  if (router_) router_->Tick(now);
  host_.Tick(now);
}

template <class Family>
membership::Time InterfaceMembership<Family>::NextDeadline() const {
  return router_ ? std::min(router_->NextDeadline(), host_.NextDeadline()) : host_.NextDeadline();
}

template <class Family>
bool InterfaceMembership<Family>::Send(membership::MessageKind kind, const Address& source, const Address& destination,
                                       std::span<const uint8_t> message) {
  const bool leaves = around_.injector.Send(around_.slot, InjectForm::kPacket,
                                            membership::MakePacket<Family>(source, destination, message));
  if (!leaves || kind.type != membership::MessageType::kQuery) return leaves;
  if (const auto query = membership::ReadQuery<Family>(message)) host_.HearQuery(*query, now_);
  around_.asked(source, destination, message);
  return true;
}

template <class Family>
void InterfaceMembership<Family>::QuerierChanged() {
  const auto& querier = router_->querier();
  if (querier.is_querier()) {
    spdlog::info("{}: this router asks, from {}", Heading<Family>(name_), querier.own().ToString());
  } else if (!querier.address().is_zero() && querier.address() != querier.own()) {
    spdlog::info("{}: {} asks", Heading<Family>(name_), querier.address().ToString());
  } else {
    spdlog::info("{}: nobody asks", Heading<Family>(name_));
  }
  around_.told.QuerierChanged(around_.id, querier.address(), querier.is_querier());
  if (around_.querier_changed) around_.querier_changed();
}

template <class Family>
bool InterfaceMembership<Family>::MayWarn(Time& last) {
  constexpr std::chrono::seconds kPause{10};
  if (last != Time{} && now_ - last < kPause) return false;
  last = now_;
  return true;
}

template <class Family>
void InterfaceMembership<Family>::WrongVersion(const Address& from, membership::Version heard) {
  if (!MayWarn(warned_of_version_)) return;
  spdlog::warn("{}: {} asks by {}, and this router speaks {}: give both the same version", Heading<Family>(name_),
               from.ToString(), membership::NameOf<Family>(heard),
               membership::NameOf<Family>(router_->settings().version));
  around_.told.WrongVersion(around_.id, from, membership::NumberOf<Family>(heard),
                            membership::NumberOf<Family>(router_->settings().version));
}

template <class Family>
void InterfaceMembership<Family>::DuplicateAddress(const Address& address) {
  if (!MayWarn(warned_of_duplicate_)) return;
  spdlog::warn("{}: a message from {}, which is this router's own: another station has the address, or the link loops",
               Heading<Family>(name_), address.ToString());
  around_.told.DuplicateAddress(around_.id, address);
}

template <class Family>
void InterfaceMembership<Family>::Joined(const Address& group, const Address& reporter) {
  spdlog::debug("{}: {} has a member, {}", Heading<Family>(name_), group.ToString(), reporter.ToString());
  around_.told.GroupJoined(around_.id, group, reporter);
}

template <class Family>
void InterfaceMembership<Family>::Ended(const Address& group, membership::GroupEnd why, const Address& last_reporter) {
  static constexpr const char* kWhy[] = {"nobody reports it any more", "nobody has answered whether a member is left",
                                         "the last member has left", "settings deny it"};
  spdlog::debug("{}: {} has no member: {}; the last one to report was {}", Heading<Family>(name_), group.ToString(),
                kWhy[static_cast<size_t>(why)], last_reporter.ToString());
  static constexpr std::string_view kWords[] = {"age", "check", "left", "denied"};
  around_.told.GroupEnded(around_.id, group, kWords[static_cast<size_t>(why)], last_reporter);
}

template <class Family>
void InterfaceMembership<Family>::RoomChanged(membership::WhichRoom which, membership::RoomNews news, uint64_t most,
                                              const Address& group) {
  static constexpr const char* kWhich[] = {"max_groups", "max_sources", "max_memberships"};
  const std::string of = group.is_zero() ? "" : " of " + group.ToString();
  const std::string room = std::string(kWhich[static_cast<size_t>(which)]) + " (" + std::to_string(most) + ")" + of;
  static constexpr std::string_view kWords[] = {"nearly_full", "full", "below_again"};
  around_.told.LimitMet(around_.id, kWhich[static_cast<size_t>(which)], kWords[static_cast<size_t>(news)], most, group);
  switch (news) {
    case membership::RoomNews::kNearlyFull:
      return spdlog::warn("{}: four fifths of {} are used", Heading<Family>(name_), room);
    case membership::RoomNews::kFull:
      return spdlog::warn("{}: {} is met: what is new is not taken", Heading<Family>(name_), room);
    case membership::RoomNews::kBelowAgain:
      return spdlog::info("{}: below {} again", Heading<Family>(name_), room);
  }
}

template <class Family>
void InterfaceMembership<Family>::VersionChanged(membership::Version version) {
  spdlog::info("{}: this router speaks {} as a host: what routers of the link understand", Heading<Family>(name_),
               membership::NameOf<Family>(version));
}

template <class Family>
void InterfaceMembership<Family>::SourcesUnsaid(const Address& group) {
  spdlog::warn("{}: a router of the link speaks {}, and cannot be told which sources of {} are wanted here",
               Heading<Family>(name_), membership::NameOf<Family>(host_.version()), group.ToString());
}

template class InterfaceMembership<Ipv4>;
template class InterfaceMembership<Ipv6>;

}  // namespace mgmd::protocols
