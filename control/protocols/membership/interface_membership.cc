#include "control/protocols/membership/interface_membership.h"

#include <spdlog/spdlog.h>

#include <algorithm>
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
InterfaceMembership<Family>::InterfaceMembership(Around around, membership::RouterSettings<Family> settings)
    : around_(std::move(around)), router_(std::move(settings), around_.shared, *this, *this, counters_) {}

template <class Family>
void InterfaceMembership<Family>::Start(const views::Link& link, Time now, membership::Duration delay) {
  now_ = now;
  router_.Start(LinkOf<Family>(link), now, delay);
}

template <class Family>
void InterfaceMembership<Family>::SetLink(const views::Link& link, Time now) {
  now_ = now;
  router_.SetLink(LinkOf<Family>(link), now);
}

template <class Family>
void InterfaceMembership<Family>::Take(std::span<const uint8_t> frame, Time arrived) {
  const Time now = now_ = std::max(now_, arrived);  // never back
  const auto datagram = membership::ReadDatagram<Family>(frame);
  if (!datagram) return counters_.Add(Counter::kUnreadable);
  if (!rate_.Take(*datagram, now)) return counters_.Add(Counter::kRate);
  const membership::PacketCheck check = CheckPacket(*datagram, router_.settings().acceptance);
  if (check.fault) return counters_.Add(*check.fault);
  router_.Take(*datagram, check.kind, now);
}

template <class Family>
bool InterfaceMembership<Family>::Send(membership::MessageKind, const Address& source, const Address& destination,
                                       std::span<const uint8_t> message) {
  return around_.injector.Send(around_.slot, InjectForm::kPacket,
                               membership::MakePacket<Family>(source, destination, message));
}

template <class Family>
void InterfaceMembership<Family>::QuerierChanged() {
  const auto& querier = router_.querier();
  if (querier.is_querier()) {
    spdlog::info("{}: this router asks, from {}", Heading<Family>(name()), querier.own().ToString());
  } else if (!querier.address().is_zero() && querier.address() != querier.own()) {
    spdlog::info("{}: {} asks", Heading<Family>(name()), querier.address().ToString());
  } else {
    spdlog::info("{}: nobody asks", Heading<Family>(name()));
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
  spdlog::warn("{}: {} asks by {}, and this router speaks {}: give both the same version", Heading<Family>(name()),
               from.ToString(), membership::NameOf<Family>(heard),
               membership::NameOf<Family>(router_.settings().version));
  around_.told.WrongVersion(around_.id, from, membership::NumberOf<Family>(heard),
                            membership::NumberOf<Family>(router_.settings().version));
}

template <class Family>
void InterfaceMembership<Family>::DuplicateAddress(const Address& address) {
  if (!MayWarn(warned_of_duplicate_)) return;
  spdlog::warn("{}: a message from {}, which is this router's own: another station has the address, or the link loops",
               Heading<Family>(name()), address.ToString());
  around_.told.DuplicateAddress(around_.id, address);
}

template <class Family>
void InterfaceMembership<Family>::Joined(const Address& group, const Address& reporter) {
  spdlog::debug("{}: {} has a member, {}", Heading<Family>(name()), group.ToString(), reporter.ToString());
  around_.told.GroupJoined(around_.id, group, reporter);
}

template <class Family>
void InterfaceMembership<Family>::Ended(const Address& group, membership::GroupEnd why, const Address& last_reporter) {
  static constexpr const char* kWhy[] = {"nobody reports it any more", "nobody has answered whether a member is left",
                                         "the last member has left", "settings deny it"};
  spdlog::debug("{}: {} has no member: {}; the last one to report was {}", Heading<Family>(name()), group.ToString(),
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
      return spdlog::warn("{}: four fifths of {} are used", Heading<Family>(name()), room);
    case membership::RoomNews::kFull:
      return spdlog::warn("{}: {} is met: what is new is not taken", Heading<Family>(name()), room);
    case membership::RoomNews::kBelowAgain:
      return spdlog::info("{}: below {} again", Heading<Family>(name()), room);
  }
}

template class InterfaceMembership<Ipv4>;
template class InterfaceMembership<Ipv6>;

}  // namespace mgmd::protocols
