#ifndef MGMD_CONTROL_MEMBERSHIP_HOST_PART_H_
#define MGMD_CONTROL_MEMBERSHIP_HOST_PART_H_

// The host part of IGMP (RFC 9776 section 5, RFC 2236 section 3) or MLD on an interface: it tells the routers of the
// link which groups are wanted there. The wanters are the router part (the group that reports go to), `join`, and a
// proxy.
//
// Three things make it speak, and all of it leaves at Tick():
//
//   a change of what all wanters together want    at once, and again at random times within a second each, as often as
//                                                 the robustness variable says; the changes of one control turn share
//                                                 messages up to the MTU, and so do their repeats
//   a query                                       at a random time within what it allows: of a general query message k
//                                                 of n is sent at k/n of that time, so that thousands of groups come
//                                                 spread, in full messages
//   the link comes up, or another address         every group as if it were new. Before there is an address, from
//                                                 0.0.0.0 or ::, and all of it again from the address
//
// Routers of version 1 or 2 are answered in their version until none has been heard for the time of RFC 9776 section
// 8.12 and RFC 9777 section 9.12. What is pending when the version changes is dropped, but for what has not been said
// at all. Others' reports do not keep it from its own: hosts of source-specific groups must not rely on them (RFC 4604
// section 2), and behind a switch that snoops a port without reports gets nothing.
//
// Pure: time is as the caller says and never goes back. Control thread. Cost: Tick() and queries about a group: of what
// is due or asked, log n of groups for each; a general query, SetLink() and a change of version: all groups.

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "common/ssm_ranges.h"
#include "control/membership/counters.h"
#include "control/membership/host_group.h"
#include "control/membership/link.h"
#include "control/membership/message.h"
#include "control/membership/message_out.h"
#include "control/membership/protocol.h"
#include "control/membership/report_delay.h"
#include "control/membership/report_packer.h"
#include "control/membership/wants.h"

namespace mgmd::membership {

template <class Family>
struct HostSettings {
  int robustness = 2;  // 1 to 7: how often a change is said, as long as no querier says another number
  SsmRanges<Family> ssm{};
};

// Hears of what an operator may want to know, on the control thread, and must not call the host part.
template <class Family>
class HostObserver {
 public:
  virtual ~HostObserver() = default;
  // The routers of the link are of another version than before.
  virtual void VersionChanged(Version /*version*/) {}
  // Sources of a source-specific group are wanted, but the routers are of a version that cannot be told of them: the
  // group is reported. Once for each time that such a version begins.
  virtual void SourcesUnsaid(const typename Family::Address& /*group*/) {}
};

template <class Family>
class HostPart {
 public:
  using Address = typename Family::Address;

  static constexpr Time kNever = Time::max();

  // Without a link yet. What is passed by reference is used as long as it lives.
  HostPart(const HostSettings<Family>& settings, MessageOut<Family>& out, HostObserver<Family>& observer,
           Counters& counters)
      : settings_(settings), out_(out), observer_(observer), counters_(counters), packer_(link_, out, counters) {}
  HostPart(const HostPart&) = delete;
  HostPart& operator=(const HostPart&) = delete;

  // Counts from the next change on. Whoever wants all but some sources of a group that is source-specific from now on
  // has to say what it wants instead.
  void SetSettings(const HostSettings<Family>& settings) { settings_ = settings; }

  // Wants made before the link is up are kept.
  void SetLink(const Link<Family>& link, Time now);

  // What the wanter wants of the group, in place of what it wanted before. False, and nothing has changed: it is no
  // group, or all but some sources are wanted of a source-specific one (RFC 4604 section 2). What every host hears
  // without a report (224.0.0.1, ff02::1, IPv6 scopes 0 and 1) may be wanted, and is not reported.
  [[nodiscard]] bool SetWant(WanterId wanter, const Address& group, Filter<Family> filter, Time now);
  void Withdraw(WanterId wanter, const Address& group, Time now);
  void WithdrawAll(WanterId wanter, Time now);

  // A query that was heard and has passed the checks of validity.h for Part::kHost, or one that the router part of the
  // same interface has just sent: other routers live on the answers.
  void HearQuery(const Query<Family>& query, Time now);

  // Sends what is due. The caller calls it at NextDeadline(), and at the end of a control turn in which it called
  // anything else.
  void Tick(Time now);
  Time NextDeadline() const;

  // The last words: every group is left, once. Nothing is wanted after that.
  void Stop(Time now);

  // As of the last call: what the routers of the link understand, what is wanted, and of how many groups.
  Version version() const { return version_; }
  Filter<Family> StateOf(const Address& group) const;
  size_t groups() const { return groups_.size(); }

 private:
  struct Entry {
    Wants<Family> wants;
    HostGroup<Family> group;
    Time change = kNever;    // when its change is said next
    Time response = kNever;  // when it is answered for
    Time queued = kNever;    // the sooner of both, where it stands in due_
  };
  using Groups = absl::btree_map<Address, Entry>;

  int robustness() const { return heard_robustness_ > 0 ? heard_robustness_ : settings_.robustness; }
  Duration Within(Duration longest, const Address& group) { return delay_.Within(longest, link_.address, group); }

  void HearOlderQuerier(Version version, Duration max_response, Time now);
  void UpdateVersion(Time now);
  void DropPending();

  // Takes what its wanters want now. `at` is gone if nothing is left of the group.
  void Merge(typename Groups::iterator at, Time now);
  // After a change of its times: the queue follows. Likewise.
  void Settle(typename Groups::iterator at);

  void AnswerGeneral(Duration max_response, Time now);
  void Answer(typename Groups::iterator at, std::span<const Address> sources, Time when);

  void SendDue(Time now);
  void SayChange(const Address& group, const Entry& entry);
  void SayAnswer(const Address& group, const Entry& entry);
  void SendOld(MessageType type, const Address& group);

  HostSettings<Family> settings_;
  MessageOut<Family>& out_;
  HostObserver<Family>& observer_;
  Counters& counters_;
  Link<Family> link_;
  ReportPacker<Family> packer_;
  ReportDelay delay_;

  Version version_ = Version::kV3;
  Time v1_querier_until_ = Time::min();
  Time v2_querier_until_ = Time::min();
  int heard_robustness_ = 0;
  bool told_of_sources_ = false;

  Groups groups_;
  absl::btree_set<std::pair<Time, Address>> due_;
  std::optional<Time> all_answered_by_;  // a general answer is pending, and nothing of it has been sent
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_HOST_PART_H_
