#include <algorithm>
#include <utility>

#include "control/mgm/group_manager_alerts.h"

// What happens without a call: MFEs come to their end (A14), are decided again, entries that the
// forwarder refused are tried again (A18), dead MFEs and traces are finished.

namespace mgmd::mgm {
namespace {

constexpr std::chrono::seconds kIdle{10};  // an MFE without a packet for so long is not renewed
constexpr size_t kDuePerPoll = 16384;      // bounds one turn of the control loop
constexpr size_t kReclaimedPerPoll = 16384;
constexpr size_t kInterfacesPerPoll = 256;
constexpr std::chrono::milliseconds kRetryRefused{10};
constexpr std::chrono::seconds kRetryMissing{1};
constexpr std::chrono::milliseconds kReclaimLook{1};

Time DeadlineOf(const Mfe& mfe) { return Time(mfe.created) + std::chrono::seconds(mfe.timeout); }

}  // namespace

void GroupManager::Schedule(uint32_t mfe) {
  Mfe& scheduled = cache_[mfe];
  const Time deadline = DeadlineOf(scheduled);
  const Time now = clock_.Now();
  if (deadline - now <= kIdle) {
    // No time for two looks: idle means that nothing comes from now on.
    if (!scheduled.Is(Mfe::kSampled)) {
      scheduled.Set(Mfe::kSampled, true);
      scheduled.Set(Mfe::kLookedAt, false);  // what moved since that look is no longer to be seen
      cache_.details(mfe).activity = forwarder_.Activity(scheduled.key);
    }
    expiry_.Schedule(cache_, mfe, deadline);
  } else {
    scheduled.Set(Mfe::kSampled, false);
    expiry_.Schedule(cache_, mfe, deadline - kIdle);
  }
}

bool GroupManager::Due(uint32_t mfe) {
  Mfe& due = cache_[mfe];
  const Time now = clock_.Now();
  const Time deadline = DeadlineOf(due);
  if (now < deadline) {
    const bool sampled = due.Is(Mfe::kSampled);
    Schedule(mfe);
    return due.Is(Mfe::kSampled) != sampled;
  }
  const bool active = due.Is(Mfe::kSampled) && forwarder_.Activity(due.key) != cache_.details(mfe).activity;
  const bool required =
      due.Is(Mfe::kProactive) || (CoveringWildcard(due.key) != kNoMfe && memberships_.IsJoined(due.key));
  if (active || required) {
    DecideAgainLater(due.key);
  } else {
    DropMfe(mfe);
  }
  return true;
}

void GroupManager::DecideAgainLater(Ipv4FibKey key) {
  const uint32_t mfe = cache_.Find(key);
  if (mfe != kNoMfe) {
    if (cache_[mfe].Is(Mfe::kRedecide)) return;
    cache_[mfe].Set(Mfe::kRedecide, true);
  }
  again_.push_back(key);
}

void GroupManager::DecideMissing() {
  // Otherwise they may be among what waits already; Retry() comes again.
  if (!again_.empty()) return;
  // What an MFE inherits depends on those that are there: the wider first, and always the same way.
  std::vector<Ipv4FibKey> keys(missing_.begin(), missing_.end());
  std::sort(keys.begin(), keys.end(), ComesBefore);
  for (const Ipv4FibKey key : keys) DecideAgainLater(key);
}

bool GroupManager::DecideAgain() {
  if (again_.empty()) return false;
  const Time now = clock_.Now();
  const double seconds = std::chrono::duration<double>(now - again_filled_).count();
  again_tokens_ = std::min<double>(kRedecisionsPerSecond, again_tokens_ + seconds * kRedecisionsPerSecond);
  again_filled_ = now;
  bool any = false;
  for (; !again_.empty() && again_tokens_ >= 1; again_tokens_ -= 1) {
    const Ipv4FibKey key = again_.front();
    again_.pop_front();
    DecideAgain(key);
    any = true;
  }
  return any;
}

void GroupManager::DecideAgain(Ipv4FibKey key) {
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) {
    const Entry* entry = memberships_.Find(key);
    const bool wanted = entry != nullptr && entry->joined() && (entry->proactive() || CoveringWildcard(key) != kNoMfe);
    if (wanted) {
      Resolve(key, entry->proactive() ? Why::kProactive : Why::kNarrower, {});
    } else {
      missing_.erase(key);
    }
    return;
  }
  // It has been decided since it was put in the queue, or is another one with the same key.
  if (!cache_[mfe].Is(Mfe::kRedecide)) return;
  cache_[mfe].Set(Mfe::kRedecide, false);
  Why why = Why::kAgain;
  // The stream moves to another owner: the old one is told before the new one is asked (T24). Where
  // a wildcard's goes is known only when its clients have been asked: Resolve() tells then.
  if (!key.is_wildcard() && AlertMove(mfe, FirstWay(key, why, CoveringWildcard(key)))) {
    const MfeRef moved = cache_.RefTo(mfe);
    Flush();
    Deliver();
    if (!cache_.Lives(moved)) return;  // the callee may have done anything
    why = Why::kMoved;
  }
  const auto header = cache_.Header(mfe);
  const std::vector<uint8_t> kept(header.begin(), header.end());
  Resolve(key, why, kept);
}

size_t GroupManager::Waiting(Ipv4FibKey* any) const {
  if (any != nullptr && !refused_.empty()) *any = *refused_.begin();
  if (any != nullptr && !missing_.empty()) *any = *missing_.begin();
  return refused_.size() + missing_.size();
}

bool GroupManager::Retry() {
  const Time now = clock_.Now();
  bool any = false;
  if (!refused_.empty() && now - refused_tried_ >= kRetryRefused) {
    refused_tried_ = now;
    for (const Ipv4FibKey key : refused_) {
      const uint32_t mfe = cache_.Find(key);
      if (mfe != kNoMfe) MarkDirty(mfe);
    }
    refused_.clear();
    any = true;
  }
  if (!missing_.empty() && now - missing_tried_ >= kRetryMissing) {
    missing_tried_ = now;
    DecideMissing();
    any = true;
  }
  return any;
}

bool GroupManager::FinishReclaims() {
  bool any = cache_.Reclaim(kReclaimedPerPoll);
  while (!unreclaimed_.empty() && !cache_.has_dead() && forwarder_.Reclaimed(unreclaimed_.front().batch)) {
    Unreclaimed done = std::move(unreclaimed_.front());
    unreclaimed_.pop_front();
    done.trace->reclaimed = true;
    done.trace->steps.push_back({"reclaimed", clock_.Now() - done.since, 0});
    TellTrace(*done.trace);
    any = true;
  }
  return any;
}

bool GroupManager::Poll() {
  if (context_ != Context::kNone) return false;
  bool any = forwarder_.Poll();
  expiry_.Run(cache_, clock_.Now(), kDuePerPoll, [&](uint32_t mfe) { any |= Due(mfe); });
  any |= Retry();
  any |= FollowRoutes();
  any |= EndDueHolds();
  any |= DecideAgain();
  any |= MakeRoomForNegative(kDuePerPoll) != 0 || HasSurplusOfNegative();
  Flush();
  Deliver();
  any |= FinishReclaims();
  any |= interfaces_.ForgetIdle(kInterfacesPerPoll) != 0;
  return any;
}

std::optional<Time> GroupManager::NextDeadline() const {
  const Time now = clock_.Now();
  if (!again_.empty() || !changed_routes_.empty() || cache_.has_dead() || HasSurplusOfNegative()) return now;
  if (!unreclaimed_.empty()) return now + kReclaimLook;
  std::optional<Time> next = expiry_.Next();
  // What is left of the present second has been looked at: the rest is due with the next.
  if (next.has_value() && *next <= now) next = *next + std::chrono::seconds(1);
  if (const std::optional<Time> end = held_.NextDeadline()) {
    next = std::min(next.value_or(Time::max()), *end);
  }
  if (!refused_.empty()) next = std::min(next.value_or(Time::max()), refused_tried_ + kRetryRefused);
  if (!missing_.empty()) next = std::min(next.value_or(Time::max()), missing_tried_ + kRetryMissing);
  return next;
}

}  // namespace mgmd::mgm
