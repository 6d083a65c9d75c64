#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_LOSSES_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_LOSSES_H_

// Which messages may be lost on a link: of two in a row one, of those of a query interval, or of those of a check, as
// the protocols make up for.

#include <map>
#include <span>
#include <vector>

#include "control/membership/message.h"
#include "control/membership/settings.h"
#include "tests/support/choices.h"

namespace mgmd::membership {

template <class Family>
class Losses {
 public:
  using Address = typename Family::Address;

  // Both outlive it.
  Losses(support::Choices& choices, const RouterSettings<Family>& settings) : choices_(choices), settings_(settings) {}

  int routers = 1;  // of the link

  // A router has asked about the group.
  void Asked(const Address& group, Time now) { asked_[group] = asked_last_ = now; }
  // Whether a question about it may still be under way.
  bool WasAsked(const Address& group, Time now) const {
    const auto found = asked_.find(group);
    return found != asked_.end() && found->second + std::chrono::seconds(5) >= now;
  }

  // Of a question about sources nothing is left where a report excludes others instead: the querier forgets the sources
  // (RFC 9776 section 6.4), and what it would have asked again with them.
  bool EndsQuestion(std::span<const uint8_t> message, MessageKind kind, Time now) const {
    if (kind.type != MessageType::kReport || routers == 1) return false;
    if (kind.version != Version::kV3) return WasAsked(GroupOf<Family>(message), now);
    bool ends = false;
    std::vector<Address> buffer;
    ForEachRecord<Family>(message, buffer, [&](const Record<Family>& record) {
      const bool excludes = record.type == RecordType::kIsExclude || record.type == RecordType::kToExclude;
      ends |= excludes && WasAsked(record.group, now);
    });
    return ends;
  }

  // Before version 3 each question of a check lowers the timers of routers that did not send it, so that none after it
  // makes up for a loss.
  bool IsLost(bool refreshes, Time now) {
    const Timing& timing = settings_.timing;
    const Duration check = (timing.robustness + 1) * std::chrono::seconds(1);
    const Duration cycle = timing.query_interval + 2 * timing.query_response_interval;
    if (settings_.version != Version::kV3 && routers > 1 && now < asked_last_ + check) return false;
    if (now < lost_ + check || (refreshes && now < lost_refresh_ + cycle) || choices_.Below(6) != 0) return false;
    lost_ = now;
    if (refreshes) lost_refresh_ = now;
    return true;
  }

 private:
  support::Choices& choices_;
  const RouterSettings<Family>& settings_;
  Time lost_{}, lost_refresh_{};
  std::map<Address, Time> asked_;  // when the last question about it was sent
  Time asked_last_{};              // of any
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_LOSSES_H_
