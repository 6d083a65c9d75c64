#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_TIMERS_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_TIMERS_H_

// Functions that are due at a time, called in the order of these times; of the same time in the order of their numbers.
//
// Control thread. Cost: a step in a tree to start, to cancel and to call one; nothing while none is due.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

namespace mgmd::protocols {

class Timers {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Called in one turn, so that no number of them holds up what else control has to do.
  static constexpr size_t kMostInTurn = 256;

  // `id` is no other timer's.
  void Start(uint64_t id, Time due, std::function<void()> function);
  // False: there is none, or it has been called.
  bool Cancel(uint64_t id);
  // Calls those that are due, which may start and cancel others. Returns whether there were any.
  bool Poll(Time now);

 private:
  using Key = std::pair<Time, uint64_t>;

  // Of the standard library, whose containers are as before where memory ends: Abseil's are not.
  std::map<Key, std::function<void()>> waiting_;
  std::unordered_map<uint64_t, Time> due_;  // of each
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_TIMERS_H_
