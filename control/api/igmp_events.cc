#include "control/api/igmp_events.h"

#include <nlohmann/json.hpp>

#include "control/api/event_record.h"
#include "control/api/event_text.h"
#include "control/api/events.h"
#include "control/api/json_text.h"

namespace mgmd::api {
namespace {

using Members = nlohmann::ordered_json;

template <class Family>
Members Of(const Events& events, const InterfaceIdOf<Family>& interface) {
  return {{"interface", events.names().NameOf(interface)}, {"family", Family::kWord}};
}

template <class Address>
std::string Text(const Address& address) {
  return address.is_zero() ? std::string() : address.ToString();
}

}  // namespace

template <class Family>
void IgmpEvents<Family>::QuerierChanged(const Interface& interface, const Address& querier, bool own) {
  Members members = Of(events_, interface);
  members.update(Members{{"querier", Text(querier)}, {"own", own}});
  events_.Write("querier", JsonText(members));
}

template <class Family>
void IgmpEvents<Family>::WrongVersion(const Interface& interface, const Address& from, int heard, int own) {
  Members members = Of(events_, interface);
  members.update(Members{{"from", from.ToString()}, {"heard", heard}, {"own", own}});
  events_.Write("querier_version", JsonText(members));
}

template <class Family>
void IgmpEvents<Family>::DuplicateAddress(const Interface& interface, const Address& address) {
  Members members = Of(events_, interface);
  members.update(Members{{"address", address.ToString()}});
  events_.Write("duplicate_address", JsonText(members));
}

// A hundred thousand may come in a moment.
template <class Family>
void IgmpEvents<Family>::PushGroup(const Interface& interface, const Address& group, const Address& reporter,
                                   std::string_view why) {
  if (!events_.writes()) return;
  record_.clear();
  Put(record_, RecordKind::kGroup);
  Put(record_, RecordHead{.time = TimeNow(), .family = Family::kSlotBit});
  Put(record_, GroupRecord<Family>{interface, group, reporter});
  record_.append(why);
  events_.Push(record_, 1, false);
}

template <class Family>
void IgmpEvents<Family>::GroupJoined(const Interface& interface, const Address& group, const Address& reporter) {
  PushGroup(interface, group, reporter, "");
}
template <class Family>
void IgmpEvents<Family>::GroupEnded(const Interface& interface, const Address& group, std::string_view why,
                                    const Address& last_reporter) {
  PushGroup(interface, group, last_reporter, why);
}

template <class Family>
void IgmpEvents<Family>::LimitMet(const Interface& interface, std::string_view limit, std::string_view what,
                                  uint64_t most, const Address& group) {
  Members members = Of(events_, interface);
  members.update(Members{{"limit", limit}, {"what", what}, {"most", most}, {"group", Text(group)}});
  events_.Write("hosts_limit", JsonText(members));
}

template <class Family>
void IgmpEvents<Family>::ResyncBegun(const Interface& interface, uint64_t groups) {
  Members members = Of(events_, interface);
  members.update(Members{{"what", "begun"}, {"groups", groups}});
  events_.Write("resync", JsonText(members));
}
template <class Family>
void IgmpEvents<Family>::ResyncEnded(const Interface& interface, uint64_t groups, std::chrono::milliseconds took) {
  Members members = Of(events_, interface);
  members.update(Members{{"what", "ended"}, {"groups", groups}, {"ms", took.count()}});
  events_.Write("resync", JsonText(members));
}
template <class Family>
void IgmpEvents<Family>::ResyncOverdue(const Interface& interface) {
  Members members = Of(events_, interface);
  members.update(Members{{"what", "overdue"}});
  events_.Write("resync", JsonText(members));
}

template class IgmpEvents<Ipv4>;
template class IgmpEvents<Ipv6>;

}  // namespace mgmd::api
