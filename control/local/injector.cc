#include "control/local/injector.h"

#include "absl/container/flat_hash_set.h"

namespace mgmd::local {

bool Injector::Send(InterfaceSlot out, InjectForm form, std::span<const uint8_t> octets) {
  if (!waiting_of_.contains(out)) {
    const InjectResult result = packets_.Inject(out, form, octets);
    if (result != InjectResult::kFull) return result == InjectResult::kTaken;
  }
  if (waiting_.size() == kMostWaiting) {
    Forget(waiting_.front().out);
    waiting_.pop_front();
    CountDropped();
  }
  waiting_.push_back({out, form, {octets.begin(), octets.end()}});
  ++waiting_of_[out];
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  return true;
}

bool Injector::Poll() {
  if (waiting_.empty()) return false;
  bool sent = false;
  absl::flat_hash_set<InterfaceSlot> full;
  std::erase_if(waiting_, [&](const Waiting& next) {
    if (full.contains(next.out)) return false;
    const InjectResult result = packets_.Inject(next.out, next.form, next.octets);
    if (result == InjectResult::kFull) {
      full.insert(next.out);
      return false;
    }
    Forget(next.out);
    if (result == InjectResult::kTaken) sent = true;
    if (result == InjectResult::kImpossible) CountDropped();  // the interface has changed since
    return true;
  });
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  return sent;
}

void Injector::CountDropped() {
  dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void Injector::Forget(InterfaceSlot out) {
  const auto found = waiting_of_.find(out);
  if (--found->second == 0) waiting_of_.erase(found);
}

}  // namespace mgmd::local
