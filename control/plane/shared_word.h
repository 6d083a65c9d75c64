#ifndef MGMD_CONTROL_PLANE_SHARED_WORD_H_
#define MGMD_CONTROL_PLANE_SHARED_WORD_H_

// A count or a flag that threads share, in an object that is moved to its place before others know of it. Whoever reads
// sees a value that it has had, and that in no order with anything else.

#include <atomic>

namespace mgmd::plane {

template <class T>
class SharedWord {
 public:
  SharedWord(T value = {}) : value_(value) {}                             // NOLINT: it stands for its value
  SharedWord(const SharedWord& other) : value_(static_cast<T>(other)) {}  // while nobody else knows of this one
  SharedWord& operator=(const SharedWord& other) { return *this = static_cast<T>(other); }

  operator T() const { return value_.load(std::memory_order_relaxed); }  // NOLINT
  SharedWord& operator=(T value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  SharedWord& operator+=(T more) {
    value_.fetch_add(more, std::memory_order_relaxed);
    return *this;
  }

 private:
  std::atomic<T> value_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_SHARED_WORD_H_
