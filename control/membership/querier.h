#ifndef MGMD_CONTROL_MEMBERSHIP_QUERIER_H_
#define MGMD_CONTROL_MEMBERSHIP_QUERIER_H_

// Which of a link's routers asks its hosts, and when: the one with the lowest address (RFC 9776 section 6.6.2, RFC 9777
// section 7.6.2), and another one when nothing has been heard of it for the other querier present interval.
//
// All routers go by the variables of the querier (RFC 9776 sections 4.1.6 and 4.1.7): timing() is what is in force.
//
// Pure. Cost: a few comparisons.

#include <algorithm>

#include "control/membership/message.h"
#include "control/membership/settings.h"

namespace mgmd::membership {

template <class Family>
class Querier {
 public:
  using Address = typename Family::Address;

  static constexpr Time kNever = Time::max();

  // `settings` outlives it; SettingsChanged() says when they are others.
  explicit Querier(const RouterSettings<Family>& settings) : settings_(settings), timing_(settings.timing) {}

  // The link is up, and the router's address there is this. Zero: there is none, so it neither asks nor elects. A
  // router begins as querier, with several questions in short order, the first of them after `delay`.
  void Start(const Address& own, Time now, Duration delay = {});
  void Stop();
  // Another address, or none. Memberships are the link's, so nothing else changes.
  void SetAddress(const Address& own, Time now);
  // A querier goes by the new ones; all do so for what nobody else has said.
  void SettingsChanged(Time now);

  // A general query of another router's, valid and not from an own address.
  void Hear(const Query<Family>& query, const Address& from, Time now);

  // Whether a general query has to be sent now; what then follows is planned from there.
  bool TakeGeneralQuery(Time now);

  Time NextDeadline() const;

  // This router asks.
  bool is_querier() const { return runs_ && !own_.is_zero() && other_until_ == kNever; }
  // Who asks: zero where nobody is known to.
  const Address& address() const { return other_until_ != kNever ? other_ : own_; }
  const Address& own() const { return own_; }
  const Timing& timing() const { return timing_; }

  // --- What an operator sees.
  // Since when it has been that one.
  Time since() const { return since_; }
  // When another one was heard last, and how long it is believed to be there. kNever: there is none.
  Time last_heard() const { return other_until_ == kNever ? kNever : last_heard_; }
  Time other_until() const { return other_until_; }
  // When this router asks all hosts next. kNever: it does not ask.
  Time next_query() const { return next_query_; }

 private:
  void TakeOver(Time now);
  void Adopt(const Query<Family>& query);

  const RouterSettings<Family>& settings_;
  Timing timing_;
  bool runs_ = false;
  Address own_{};
  Address other_{};
  Time since_{};
  Time last_heard_{};          // of other_
  Time other_until_ = kNever;  // there is another one until then; kNever: there is none
  Time next_query_ = kNever;
  int startup_left_ = 0;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_QUERIER_H_
