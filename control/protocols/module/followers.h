#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_FOLLOWERS_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_FOLLOWERS_H_

// Those who are told when something happens; any of them may come and go while they are told. Control thread.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace mgmd::protocols {

template <class... News>
class Followers {
 public:
  using Tell = std::function<void(const News&...)>;

  // `id`: higher than any before. Whoever comes while others are told hears the next news.
  void Add(uint64_t id, Tell tell) { tells_.emplace(id, std::move(tell)); }
  // False: none has the number. It hears nothing more.
  bool Remove(uint64_t id) { return tells_.erase(id) != 0; }

  bool Has(uint64_t id) const { return tells_.contains(id); }

  void TellAll(const News&... news) {
    if (tells_.empty()) return;
    const uint64_t last = tells_.rbegin()->first;
    for (auto at = tells_.begin(); at != tells_.end() && at->first <= last;) {
      const uint64_t id = at->first;
      const Tell tell = at->second;  // it may go meanwhile
      tell(news...);
      at = tells_.upper_bound(id);
    }
  }

 private:
  std::map<uint64_t, Tell> tells_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_FOLLOWERS_H_
