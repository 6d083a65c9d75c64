#ifndef MGMD_CONTROL_MEMBERSHIP_ROUTER_PART_H_
#define MGMD_CONTROL_MEMBERSHIP_ROUTER_PART_H_

// The router part of IGMP and MLD on one interface (RFC 9776 section 6, RFC 9777 section 7): what groups and sources
// its hosts want, found out by reports and by the questions of the querier, which may be this router.
//
//   router.Start(link, now);
//   router.Take(datagram, kind, now);              // what CheckPacket() of validity.h has let through
//   if (router.NextDeadline() <= now) router.Tick(now);
//   router.Describe(group);                        // what it comes to, after RouterObserver::Changed(group)
//
// State is the link's, not an address's: it outlives a change of address and a link that is down for a while.
//
// Pure: time comes with each call, and nothing is random. What is said goes to MessageOut, what changes to
// RouterObserver, who must not call back into it.
//
// Cost: a record that only refreshes looks its group up and writes a deadline for each source that it names. Groups are
// looked at when something of them was due at their last look; a look is a walk over the group's sources.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "common/token_bucket.h"
#include "control/membership/group.h"
#include "control/membership/message_out.h"
#include "control/membership/older_hosts.h"
#include "control/membership/querier.h"
#include "control/membership/router_observer.h"
#include "control/membership/settings.h"
#include "control/membership/tracked_hosts.h"
#include "control/membership/validity.h"
#include "control/membership/wanted.h"

namespace mgmd::membership {

// How many specific queries may be sent a second, by each interface and by all of them. General ones are not counted.
// The interfaces of one router share one of these.
struct QueryRate {
  static constexpr uint64_t kTicks = Duration::period::den / Duration::period::num;
  TokenRate of_interface{kTicks, 1000, 100};
  TokenRate of_all{kTicks, 10000, 1000};
  uint64_t all = 0;  // the bucket of all
};

// What the interfaces of one router share.
template <class Family>
struct SharedByRouters {
  Room memberships{1048576};  // groups and sources
  QueryRate queries{};
};

template <class Family>
class RouterPart {
 public:
  using Address = typename Family::Address;

  static constexpr Time kNever = Timer::kNever;

  // All but the settings outlive it.
  RouterPart(RouterSettings<Family> settings, SharedByRouters<Family>& shared, MessageOut<Family>& out,
             RouterObserver<Family>& observer, Counters& counters);
  RouterPart(const RouterPart&) = delete;
  RouterPart& operator=(const RouterPart&) = delete;
  ~RouterPart();

  // Begins with static members alone, and as the querier if the link is up and has an address; its first question
  // comes after `delay`, so that not all links of a router are asked at once.
  void Start(const Link<Family>& link, Time now, Duration delay = {});
  // The link, or an address of it, is another. One that comes up is asked about as at the start.
  void SetLink(const Link<Family>& link, Time now);
  // Other settings: what they deny ends, timers that run stay. Equal ones change nothing.
  void SetSettings(RouterSettings<Family> settings, Time now);

  // A message for the router, whatever its contents.
  void Take(const Datagram<Family>& datagram, MessageKind kind, Time now);

  // Does what is due. Early and often, or late, makes no difference to what is wanted in the end.
  void Tick(Time now);
  Time NextDeadline() const;

  // What is forwarded to the link.
  Wanted<Family> Describe(const Address& group) const;
  // Whether packets of the source are forwarded to the link. Constant time, nearly.
  bool Wants(const Address& source, const Address& group) const;
  // Calls it with each group that has members or is static, ascending; from `from` on, until it returns false.
  template <class Function>
  void ForEachGroup(Function&& function) const;
  template <class Function>
  void ForEachGroupFrom(const Address& from, Function&& function) const;

  // --- What an operator sees.
  const Querier<Family>& querier() const { return querier_; }
  const RouterSettings<Family>& settings() const { return settings_; }
  size_t groups() const { return groups_.size(); }
  uint64_t sources() const { return sources_held_; }
  size_t hosts() const { return host_room_.used(); }
  bool is_static(const Address& group) const { return static_.contains(group); }
  bool IsStaticOfAny(const Address& group) const;
  bool IsStatic(const Address& group, const Address& source) const;
  // Calls it with each source that is known of the group or static, ascending from `from` on, and with its timer, or
  // null, until it returns false.
  template <class Function>
  void ForEachSourceFrom(const Address& group, const Address& from, Function&& function) const;

  struct Entry {
    Group<Family> group;
    OlderHosts<Family> older;
    Time since{};                                 // the first of its members
    Time looked_at = kNever;                      // when it is looked at next; nothing of it is due before
    Time next_send = kNever;                      // of a question
    std::unique_ptr<TrackedHosts<Family>> hosts;  // none: they are not followed
    Address last_reporter{};
    bool waits_to_send = false;
    bool joined = false;
    bool was_asked = false;     // a question about it has been sent, or heard
    bool sources_full = false;  // that has been told
  };
  // Nothing: there is none with members.
  const Entry* Find(const Address& group) const;

 private:
  struct Static {
    bool any = false;
    std::vector<Address> sources{};
  };
  // Who reports.
  struct Reporter {
    Address address{};
    std::optional<HostId> host{};
    bool is_local = true;
  };

  void TakeQuery(const Datagram<Family>& datagram, MessageKind kind, Time now);
  void HearSpecificQuery(const Query<Family>& query, Time now);
  void TakeOldMessage(const Datagram<Family>& datagram, MessageKind kind, const Reporter& reporter, Time now);
  void TakeRecord(const Record<Family>& record, const Reporter& reporter, Time now);
  void ApplyRecord(RecordType type, const Address& group, std::span<const Address> sources, const Reporter& reporter,
                   std::optional<Version> older, Time now);
  bool PermitsGroup(const Address& group, bool names_sources);
  Entry* Make(const Address& group);

  // Immediate leaves.
  void Follow(Entry& entry, const Reporter& reporter, RecordType type, std::span<const Address> sources,
              std::optional<Version> older, Time now);
  bool IsTracked(const Entry& entry, const Reporter& reporter, Time now) const;
  bool EndUnwanted(Entry& entry, Time now);
  void KeepIncluded(Entry& entry, Time now, SourceRooms& rooms);

  // Questions.
  void Ask(const Address& group, Entry& entry, Time now);
  bool MaySend(Time now) const;
  Time NextToken() const;  // when it may again
  void SendGeneral(Time now);
  void Send(const Address& group, Entry& entry, Time now);
  bool SendQuery(const Query<Family>& query);
  bool SendSources(Query<Family> query, std::span<const Address> sources);

  void AfterMessage(const Address& group, Time now);
  void Look(const Address& group, Time now);
  bool Expire(Entry& entry, Time now);
  void LookBy(Time by, const Address& group, Entry& entry);
  void Remove(const Address& group, GroupEnd why);
  void TellRooms();

  Duration Lives() const { return querier_.timing().MembershipInterval(settings_.rfc3376_timers); }
  int LastMemberCount() const { return settings_.last_member_query_count.value_or(querier_.timing().robustness); }
  Duration AnswerTime() const { return LastMemberCount() * settings_.last_member_query_interval; }
  SourceRooms Rooms() {
    return {.of_group = settings_.max_sources, .of_all = &shared_.memberships, .held = &sources_held_};
  }
  void CountRefused(const Address& group, Entry& entry, const SourceRooms& rooms);
  void ReadStatic();

  RouterSettings<Family> settings_;
  SharedByRouters<Family>& shared_;
  MessageOut<Family>& out_;
  RouterObserver<Family>& observer_;
  Counters& counters_;

  Link<Family> link_;
  Duration delay_{};  // of the first question
  Querier<Family> querier_;
  Time first_query_ = kNever;  // since the link came up: before, hosts may be there that have said nothing
  absl::btree_map<Address, Static> static_;
  absl::btree_map<Address, std::unique_ptr<Entry>> groups_;
  absl::btree_set<std::pair<Time, Address>> due_;
  std::deque<Address> waiting_;  // groups with questions for which there is no token yet
  uint64_t query_bucket_ = 0;
  Room group_room_;
  uint64_t sources_held_ = 0;
  Room host_room_{65536};

  // Scratch, kept for its memory.
  std::vector<Address> sources_;
  std::vector<Address> permitted_;
  std::vector<Address> touched_;
  typename Group<Family>::Question question_;
};

// --- Only implementation below.

template <class Family>
template <class Function>
void RouterPart<Family>::ForEachGroup(Function&& function) const {
  ForEachGroupFrom(Address{}, [&](const Address& group) {
    function(group);
    return true;
  });
}

template <class Family>
template <class Function>
void RouterPart<Family>::ForEachSourceFrom(const Address& group, const Address& from, Function&& function) const {
  static const SourceList<Family> none;
  static const std::vector<Address> no_static;
  const Entry* const entry = Find(group);
  const auto& known = entry == nullptr ? none : entry->group.sources();
  const auto found = static_.find(group);
  const auto& of_group = found == static_.end() ? no_static : found->second.sources;
  auto source = known.LowerBound(from);
  auto member = std::lower_bound(of_group.begin(), of_group.end(), from);
  while (source != known.end() || member != of_group.end()) {
    const bool is_known = source != known.end() && (member == of_group.end() || source->address <= *member);
    const Address& address = is_known ? source->address : *member;
    const Timer* const timer = is_known ? &source->timer : nullptr;
    if (member != of_group.end() && *member == address) ++member;
    if (is_known) ++source;
    if (!function(address, timer)) return;
  }
}

template <class Family>
template <class Function>
void RouterPart<Family>::ForEachGroupFrom(const Address& from, Function&& function) const {
  auto entry = groups_.lower_bound(from);
  auto members = static_.lower_bound(from);
  while (entry != groups_.end() || members != static_.end()) {
    const bool is_static = members != static_.end() && (entry == groups_.end() || members->first <= entry->first);
    const Address& group = is_static ? members->first : entry->first;
    if (entry != groups_.end() && entry->first == group) ++entry;
    if (is_static) ++members;
    if (!function(group)) return;
  }
}

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_ROUTER_PART_H_
