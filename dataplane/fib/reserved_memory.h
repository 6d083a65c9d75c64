#ifndef MGMD_DATAPLANE_FIB_RESERVED_MEMORY_H_
#define MGMD_DATAPLANE_FIB_RESERVED_MEMORY_H_

// Address space for a ceiling, memory for what is used: an array that grows without a copy, so that its readers
// never notice. The kernel gives zeroed pages at first touch, 2 MiB at a time where the array is large enough for
// huge pages. Nothing is given back before destruction.

#include <cstddef>
#include <utility>

namespace mgmd::dataplane {

class ReservedMemory {
 public:
  // Empty: data() is nullptr.
  ReservedMemory() = default;
  // Reserves `bytes`, aligned to a page, or to 2 MiB from 2 MiB on. Empty if the system refuses.
  explicit ReservedMemory(size_t bytes);
  ~ReservedMemory();
  ReservedMemory(ReservedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        fetched_(std::exchange(other.fetched_, 0)) {}
  ReservedMemory& operator=(ReservedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(fetched_, other.fetched_);
    return *this;
  }

  // Fetches the memory of the first `bytes` now, so that no later touch has to wait for the kernel.
  void Fetch(size_t bytes) {
    if (bytes > fetched_) FetchTo(bytes);
  }

  // The same in pieces: fetches the next one that is missing of the first `bytes`, 2 MiB. For these the kernel takes a
  // fifth of a millisecond, and some milliseconds in a virtual machine that has them from its host for the first time.
  // False: none is missing.
  bool FetchNext(size_t bytes);

  size_t fetched() const { return fetched_; }

  void* data() const { return data_; }
  size_t size() const { return size_; }  // bytes reserved

 private:
  void FetchTo(size_t bytes);

  void* data_ = nullptr;
  size_t size_ = 0;
  size_t fetched_ = 0;
};

// An array of zeroed T in reserved memory. All-zero bytes must be a valid T that needs no destructor.
template <typename T>
class ReservedArray {
 public:
  ReservedArray() = default;
  explicit ReservedArray(size_t count) : memory_(count * sizeof(T)) {}

  bool valid() const { return memory_.data() != nullptr; }
  // ReservedMemory::Fetch() of the first `count`.
  void Fetch(size_t count) { memory_.Fetch(count * sizeof(T)); }
  // ReservedMemory::FetchNext() of the first `count`.
  bool FetchNext(size_t count) { return memory_.FetchNext(count * sizeof(T)); }
  size_t fetched() const { return memory_.fetched(); }  // bytes
  T* data() const { return static_cast<T*>(memory_.data()); }
  T& operator[](size_t index) const { return data()[index]; }

 private:
  ReservedMemory memory_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_RESERVED_MEMORY_H_
