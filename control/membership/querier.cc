#include "control/membership/querier.h"

namespace mgmd::membership {
namespace {

// A query that says more would keep what is gone for as long: one with the largest interval, forged, for 17 hours.
constexpr std::chrono::seconds kLongestAdopted{18000};

}  // namespace

template <class Family>
void Querier<Family>::Start(const Address& own, Time now, Duration delay) {
  runs_ = true;
  own_ = own;
  since_ = now;
  timing_ = settings_.timing;
  other_until_ = kNever;
  startup_left_ = settings_.StartupCount();
  next_query_ = own_.is_zero() ? kNever : now + delay;
}

template <class Family>
void Querier<Family>::Stop() {
  runs_ = false;
  other_until_ = next_query_ = kNever;
}

template <class Family>
void Querier<Family>::SetAddress(const Address& own, Time now) {
  if (own == own_) return;
  if (own_.is_zero()) return Start(own, now);
  own_ = own;
  if (!runs_) return;
  if (own_.is_zero()) {
    other_until_ = next_query_ = kNever;
  } else if (other_until_ == kNever || own_ < other_) {
    TakeOver(now);
  }
}

template <class Family>
void Querier<Family>::SettingsChanged(Time now) {
  if (other_until_ != kNever) return;
  timing_ = settings_.timing;
  if (is_querier()) next_query_ = std::min(next_query_, now + timing_.query_interval);
}

template <class Family>
void Querier<Family>::TakeOver(Time now) {
  since_ = now;
  timing_ = settings_.timing;
  other_until_ = kNever;
  startup_left_ = 0;
  next_query_ = now;
}

template <class Family>
void Querier<Family>::Hear(const Query<Family>& query, const Address& from, Time now) {
  if (!runs_ || own_.is_zero() || from >= own_) return;
  // Of several lower ones the lowest counts, unless it has not been heard of for long.
  const bool is_it = other_until_ == kNever || from <= other_ || now - last_heard_ > timing_.OtherQuerierPresent();
  if (is_it) {
    if (other_until_ == kNever || other_ != from) since_ = now;
    other_ = from;
    last_heard_ = now;
    Adopt(query);
  }
  next_query_ = kNever;
  other_until_ = now + timing_.OtherQuerierPresent();
}

template <class Family>
void Querier<Family>::Adopt(const Query<Family>& query) {
  timing_ = settings_.timing;
  if (query.version != Version::kV3) return;
  if (query.robustness != 0) timing_.robustness = query.robustness;
  if (query.interval.count() != 0) timing_.query_interval = std::min(query.interval, kLongestAdopted);
  // Answers come before the next question, but for bridges that ask every few seconds and leave hosts the usual time.
  const Duration longest = std::max(timing_.query_interval, settings_.timing.query_response_interval);
  timing_.query_response_interval = std::min<Duration>(query.max_response, longest);
}

template <class Family>
bool Querier<Family>::TakeGeneralQuery(Time now) {
  if (other_until_ <= now) TakeOver(now);
  if (next_query_ > now) return false;
  startup_left_ = std::max(startup_left_ - 1, 0);
  next_query_ = now + (startup_left_ > 0 ? settings_.StartupInterval() : timing_.query_interval);
  return true;
}

template <class Family>
Time Querier<Family>::NextDeadline() const {
  return std::min(next_query_, other_until_);
}

template class Querier<Ipv4>;
template class Querier<Ipv6>;

}  // namespace mgmd::membership
