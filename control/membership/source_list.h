#ifndef MGMD_CONTROL_MEMBERSHIP_SOURCE_LIST_H_
#define MGMD_CONTROL_MEMBERSHIP_SOURCE_LIST_H_

// The sources of a group, ascending, in one piece of memory. There may be a million groups, most of them with none or
// few: an empty list takes eight octets, others what their sources do and a quarter more at most, until some are
// erased.
//
// Plain values. Cost: a look-up halves the list; new sources move those behind them, once for all that come together.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "control/membership/protocol.h"

namespace mgmd::membership {

// A deadline, and what has to be asked before it. In eight octets: sixty bits of nanoseconds are eighteen years.
class Timer {
 public:
  static constexpr Time kNever{Duration{(int64_t{1} << 59) - 1}};
  static constexpr Time kBlocked{Duration{-(int64_t{1} << 59)}};  // of a source that nobody wants

  explicit Timer(Time expires) { set_expires(expires); }

  Time expires() const { return Time(Duration(ticks_)); }
  void set_expires(Time expires) { ticks_ = expires.time_since_epoch().count(); }

 private:
  int64_t ticks_ : 60;

 public:
  uint64_t repeats : 3 = 0;     // of the question about it, still to be sent
  uint64_t asked_anew : 1 = 0;  // the next one is the first
};
static_assert(sizeof(Timer) == 8);

template <class Family>
struct Source {
  typename Family::Address address;
  Timer timer;
};

template <class Family>
class SourceList {
 public:
  using Address = typename Family::Address;
  using Element = Source<Family>;

  size_t size() const { return memory_ ? Head().size : 0; }
  bool empty() const { return !memory_; }
  size_t capacity() const { return memory_ ? Head().capacity : 0; }
  Element* begin() { return memory_ ? reinterpret_cast<Element*>(memory_.get() + sizeof(Counts)) : nullptr; }
  Element* end() { return begin() + size(); }
  const Element* begin() const { return const_cast<SourceList*>(this)->begin(); }
  const Element* end() const { return begin() + size(); }

  // The first that is not below it.
  const Element* LowerBound(const Address& address) const {
    return std::lower_bound(begin(), end(), address,
                            [](const Element& element, const Address& than) { return element.address < than; });
  }
  // Null: it is not there.
  const Element* Find(const Address& address) const {
    const Element* const found = LowerBound(address);
    return found != end() && found->address == address ? found : nullptr;
  }
  Element* Find(const Address& address) { return const_cast<Element*>(std::as_const(*this).Find(address)); }

  // Ascending, each once, and none of them is there.
  void Add(std::span<const Address> addresses, Time expires) {
    if (addresses.empty()) return;
    const size_t before = size(), after = before + addresses.size();
    if (after > capacity()) SetCapacity(std::max(after, before + before / 4));
    Element* const added = end();
    std::transform(addresses.begin(), addresses.end(), added, [&](const Address& address) {
      return Element{address, Timer(expires)};
    });
    Head().size = static_cast<uint32_t>(after);
    if (before == 0 || std::prev(added)->address < added->address) return;
    std::inplace_merge(begin(), added, end(), [](const Element& a, const Element& b) { return a.address < b.address; });
  }

  // Returns how many there were.
  template <class Predicate>
  size_t EraseIf(Predicate predicate) {
    Element* const kept = std::remove_if(begin(), end(), predicate);
    const auto erased = static_cast<size_t>(end() - kept);
    if (erased == 0) return 0;
    const size_t left = size() - erased;
    if (left == 0) {
      memory_.reset();
    } else {
      Head().size = static_cast<uint32_t>(left);
      if (2 * left < capacity()) SetCapacity(left);
    }
    return erased;
  }

 private:
  // At the front of the memory.
  struct Counts {
    uint32_t size;
    uint32_t capacity;
  };
  static_assert(std::is_trivially_copyable_v<Element> && alignof(Element) <= sizeof(Counts));

  Counts& Head() { return *reinterpret_cast<Counts*>(memory_.get()); }
  const Counts& Head() const { return *reinterpret_cast<const Counts*>(memory_.get()); }

  void SetCapacity(size_t capacity) {
    const Counts counts{static_cast<uint32_t>(size()), static_cast<uint32_t>(capacity)};
    const auto old = std::exchange(
        memory_, std::make_unique_for_overwrite<std::byte[]>(sizeof(Counts) + capacity * sizeof(Element)));
    Head() = counts;
    if (!old) return;
    const auto* const elements = reinterpret_cast<const Element*>(old.get() + sizeof(Counts));
    std::copy(elements, elements + counts.size, begin());
  }

  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_SOURCE_LIST_H_
