#include "control/protocols/membership/igmp_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/mgm/rows_per_turn.h"

namespace mgmd::protocols {
namespace {

using membership::Counter;
using membership::FilterMode;
using membership::MessageKind;
using membership::MessageType;
using membership::Time;
using membership::Version;
using std::chrono::milliseconds;

// The kinds of messages that there are, in the order of their versions.
constexpr std::array kKinds = {
    MessageKind{MessageType::kQuery, Version::kV1},  MessageKind{MessageType::kQuery, Version::kV2},
    MessageKind{MessageType::kQuery, Version::kV3},  MessageKind{MessageType::kReport, Version::kV1},
    MessageKind{MessageType::kReport, Version::kV2}, MessageKind{MessageType::kLeave, Version::kV2},
    MessageKind{MessageType::kReport, Version::kV3}};

uint64_t Milliseconds(membership::Duration duration) {
  return static_cast<uint64_t>(std::chrono::duration_cast<milliseconds>(duration).count());
}

// Nothing: never, or long past.
std::optional<milliseconds> Until(Time then, Time now) {
  if (then == Time::max() || then < now) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(then - now);
}

template <class Family>
std::string NameOf(MessageKind kind) {
  constexpr bool kMld = Family::kSlotBit == Ipv6::kSlotBit;
  if (kind.type == MessageType::kLeave) return kMld ? "MLDv1 done" : "IGMPv2 leave";
  return membership::NameOf<Family>(kind.version) + (kind.type == MessageType::kQuery ? " query" : " report");
}

template <class Family>
std::vector<views::IgmpVariable> VariablesOf(const membership::RouterPart<Family>& router) {
  const membership::RouterSettings<Family>& settings = router.settings();
  const membership::Timing& mine = settings.timing;
  const membership::Timing& now = router.querier().timing();
  const auto count = [&](const membership::Timing& timing) {
    return static_cast<uint64_t>(settings.last_member_query_count.value_or(timing.robustness));
  };
  const auto own = [](std::string_view name, uint64_t value) { return views::IgmpVariable{name, value, value}; };
  return {
      {"robustness", static_cast<uint64_t>(now.robustness), static_cast<uint64_t>(mine.robustness)},
      {"query_interval", Milliseconds(now.query_interval), Milliseconds(mine.query_interval)},
      {"query_response_interval", Milliseconds(now.query_response_interval),
       Milliseconds(mine.query_response_interval)},
      own("startup_query_interval", Milliseconds(settings.StartupInterval())),
      own("startup_query_count", static_cast<uint64_t>(settings.StartupCount())),
      own("last_member_query_interval", Milliseconds(settings.last_member_query_interval)),
      {"last_member_query_count", count(now), count(mine)},
      {"membership_interval", Milliseconds(now.MembershipInterval(settings.rfc3376_timers)),
       Milliseconds(mine.MembershipInterval(settings.rfc3376_timers))},
      {"other_querier_present_interval", Milliseconds(now.OtherQuerierPresent()),
       Milliseconds(mine.OtherQuerierPresent())},
      {"older_host_present_interval", Milliseconds(now.OlderHostPresent()), Milliseconds(mine.OlderHostPresent())},
  };
}

// In the order of ManagerClient's.
constexpr std::array<std::string_view, 4> kTold = {"told", "waiting", "refused", "disabled"};

}  // namespace

template <class Family>
views::IgmpInterfaceOf<Family> IgmpReader<Family>::InterfaceRow(const Interface& interface,
                                                                const InterfaceMembership<Family>& on, Time now) const {
  const Router& router = *on.router();
  const membership::Querier<Family>& querier = router.querier();
  views::IgmpInterfaceOf<Family> row{.id = interface};
  row.role = querier.is_querier() ? "querier" : querier.other_until() != Time::max() ? "non_querier" : "silent";
  row.address = querier.own();
  if (row.role != "silent") {
    row.querier = querier.address();
    row.querier_for = std::chrono::duration_cast<milliseconds>(now - querier.since());
    row.next_query = Until(querier.next_query(), now);
    row.querier_left = Until(querier.other_until(), now);
    if (row.querier_left) row.querier_heard = std::chrono::duration_cast<milliseconds>(now - querier.last_heard());
  }
  row.version = membership::NumberOf<Family>(router.settings().version);
  row.told = kTold[static_cast<size_t>(from_.client.What(interface))];
  if (!from_.forwards(interface)) row.told = "not_forwarded";
  row.groups = router.groups();
  row.sources = router.sources();
  row.hosts = router.hosts();
  for (size_t counter = 0; counter < membership::kCounters; ++counter) {
    row.counts.push_back({membership::kCounterNames[counter], on.counters().of(static_cast<Counter>(counter))});
  }
  for (const MessageKind kind : kKinds) {
    if (kind.version < membership::Protocol<Family>::kOldest) continue;
    const membership::Traffic& traffic = on.counters().of(kind);
    row.traffic.push_back({.message = NameOf<Family>(kind),
                           .received = traffic.received,
                           .received_octets = traffic.received_octets,
                           .sent = traffic.sent,
                           .sent_octets = traffic.sent_octets});
  }
  row.variables = VariablesOf(router);
  return row;
}

template <class Family>
views::IgmpInterfacePageOf<Family> IgmpReader<Family>::Interfaces(std::optional<Interface> from, size_t limit) const {
  std::vector<Interface> all = from_.client.interfaces();
  std::erase_if(all, [this](const Interface& interface) { return from_.find(interface) == nullptr; });
  views::IgmpInterfacePageOf<Family> page{.interfaces = {}, .next = {}, .total = all.size()};
  limit = std::min(limit, mgm::kRowsPerTurn);
  const Time now = from_.clock();
  for (auto at = std::lower_bound(all.begin(), all.end(), from.value_or(Interface{})); at != all.end(); ++at) {
    if (page.interfaces.size() == limit) {
      page.next = *at;
      break;
    }
    page.interfaces.push_back(InterfaceRow(*at, *from_.find(*at), now));
  }
  return page;
}

template <class Family>
views::IgmpGroupOf<Family> IgmpReader<Family>::GroupRow(const Interface& interface, const Router& router,
                                                        const Address& group, Time now) const {
  views::IgmpGroupOf<Family> row{.group = group};
  row.static_members = !router.is_static(group) ? "" : router.IsStaticOfAny(group) ? "any" : "sources";
  row.told = kTold[static_cast<size_t>(from_.client.What(interface, group))];
  if (!from_.forwards(interface)) row.told = "not_forwarded";
  row.version = membership::NumberOf<Family>(Version::kV3);
  const auto* const entry = router.Find(group);
  if (entry == nullptr) return row;
  const membership::Group<Family>& state = entry->group;
  row.mode = state.mode() == FilterMode::kInclude ? "include" : "exclude";
  row.version = membership::NumberOf<Family>(entry->older.Oldest(now));
  row.up_time = std::chrono::duration_cast<milliseconds>(now - entry->since);
  if (state.mode() == FilterMode::kExclude) row.expires = Until(state.expires(), now);
  row.v1_expires = Until(entry->older.until(Version::kV1), now);
  row.v2_expires = Until(entry->older.until(Version::kV2), now);
  row.sources = state.sources().size();
  row.hosts = entry->hosts ? entry->hosts->size() : 0;
  row.last_reporter = entry->last_reporter;
  row.questions_left = state.repeats();
  return row;
}

template <class Family>
std::optional<views::IgmpGroupPageOf<Family>> IgmpReader<Family>::Groups(const Interface& interface,
                                                                         const Address& from, size_t limit) const {
  const auto* const on = from_.find(interface);
  if (on == nullptr) return std::nullopt;
  const Router& router = *on->router();
  views::IgmpGroupPageOf<Family> page{.groups = {}, .next = {}, .total = router.groups()};
  limit = std::min(limit, mgm::kRowsPerTurn);
  const Time now = from_.clock();
  router.ForEachGroupFrom(from, [&](const Address& group) {
    if (page.groups.size() == limit) {
      page.next = group;
      return false;
    }
    page.groups.push_back(GroupRow(interface, router, group, now));
    return true;
  });
  return page;
}

template <class Family>
std::optional<views::IgmpSourcePageOf<Family>> IgmpReader<Family>::Sources(const Interface& interface,
                                                                           const Address& group, const Address& from,
                                                                           size_t limit) const {
  const auto* const on = from_.find(interface);
  if (on == nullptr) return std::nullopt;
  const Router& router = *on->router();
  const auto* const entry = router.Find(group);
  if (entry == nullptr && !router.is_static(group)) return std::nullopt;
  limit = std::min(limit, mgm::kRowsPerTurn);
  const Time now = from_.clock();
  views::IgmpSourcePageOf<Family> page{.group = GroupRow(interface, router, group, now)};
  const membership::Wanted<Family> synced = from_.client.Synced(interface, group);
  const auto has = [](const std::vector<Address>& sorted, const Address& source) {
    return std::binary_search(sorted.begin(), sorted.end(), source);
  };
  const auto add = [&](const Address& source, const membership::Timer* timer) {
    if (page.sources.size() == limit) {
      page.next = source;
      return false;
    }
    const bool runs = timer != nullptr && timer->expires() != membership::Timer::kBlocked;
    page.sources.push_back({.source = source,
                            .forwarded = router.Wants(source, group),
                            .is_static = router.IsStatic(group, source),
                            .expires = runs ? Until(timer->expires(), now) : std::nullopt,
                            .questions_left = timer == nullptr ? 0 : static_cast<int>(timer->repeats),
                            .told = has(synced.joined, source)    ? "joined"
                                    : has(synced.blocked, source) ? "blocked"
                                                                  : ""});
    return true;
  };
  router.ForEachSourceFrom(group, from, add);
  return page;
}

template <class Family>
std::vector<views::NamedCount> IgmpReader<Family>::Totals() const {
  std::array<uint64_t, membership::kCounters> counts{};
  uint64_t interfaces = 0, queriers = 0, groups = 0, sources = 0, hosts = 0;
  for (const Interface& interface : from_.client.interfaces()) {
    const auto* const on = from_.find(interface);
    if (on == nullptr) continue;
    ++interfaces;
    queriers += on->router()->querier().is_querier() ? 1 : 0;
    groups += on->router()->groups();
    sources += on->router()->sources();
    hosts += on->router()->hosts();
    for (size_t counter = 0; counter < counts.size(); ++counter) {
      counts[counter] += on->counters().of(static_cast<Counter>(counter));
    }
  }
  std::vector<views::NamedCount> totals = {
      {"interfaces", interfaces}, {"queriers", queriers}, {"groups", groups}, {"sources", sources}, {"hosts", hosts}};
  for (size_t counter = 0; counter < counts.size(); ++counter) {
    totals.push_back({membership::kCounterNames[counter], counts[counter]});
  }
  return totals;
}

template class IgmpReader<Ipv4>;
template class IgmpReader<Ipv6>;

}  // namespace mgmd::protocols
