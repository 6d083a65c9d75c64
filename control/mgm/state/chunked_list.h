#ifndef MGMD_CONTROL_MGM_STATE_CHUNKED_LIST_H_
#define MGMD_CONTROL_MGM_STATE_CHUNKED_LIST_H_

// A list of what may come by the million: none that is added waits while those before it are copied, as they are in a
// vector that doubles. It stands in chunks; the first one grows as a vector does, so that a short list, of which there
// are many, takes no more memory than a vector.
//
// Cost: one load more than a vector for each access. An addition that finds no memory changes nothing.

#include <cstddef>
#include <utility>
#include <vector>

namespace mgmd::mgm {

template <class Item>
class ChunkedList {
 public:
  static constexpr size_t kChunk = 4096;

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  Item& operator[](size_t place) { return chunks_[place / kChunk][place % kChunk]; }
  const Item& operator[](size_t place) const { return chunks_[place / kChunk][place % kChunk]; }
  Item& back() { return chunks_.back().back(); }

  void push_back(const Item& item) {
    if (size_ % kChunk == 0) {
      std::vector<Item> chunk;
      if (size_ != 0) chunk.reserve(kChunk);
      chunk.push_back(item);
      chunks_.push_back(std::move(chunk));
    } else {
      chunks_.back().push_back(item);
    }
    ++size_;
  }
  void pop_back() {
    chunks_.back().pop_back();
    if (chunks_.back().empty()) chunks_.pop_back();
    --size_;
  }
  void clear() {
    chunks_.clear();
    size_ = 0;
  }

 private:
  std::vector<std::vector<Item>> chunks_;  // all but the last one full
  size_t size_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_CHUNKED_LIST_H_
