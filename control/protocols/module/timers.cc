#include "control/protocols/module/timers.h"

#include <utility>

#include "absl/cleanup/cleanup.h"

namespace mgmd::protocols {

void Timers::Start(uint64_t id, Time due, std::function<void()> function) {
  absl::Cleanup undo = [&] { waiting_.erase({due, id}); };
  waiting_.emplace(Key(due, id), std::move(function));
  due_[id] = due;
  std::move(undo).Cancel();
}

bool Timers::Cancel(uint64_t id) {
  const auto found = due_.find(id);
  if (found == due_.end()) return false;
  waiting_.erase({found->second, id});
  due_.erase(found);
  return true;
}

bool Timers::Poll(Time now) {
  size_t called = 0;
  for (; called < kMostInTurn && !waiting_.empty(); ++called) {
    const auto first = waiting_.begin();
    if (first->first.first > now) break;
    const std::function<void()> function = std::move(first->second);
    due_.erase(first->first.second);
    waiting_.erase(first);
    function();
  }
  return called > 0;
}

}  // namespace mgmd::protocols
