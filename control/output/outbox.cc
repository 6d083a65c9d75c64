#include "control/output/outbox.h"

#include <algorithm>
#include <new>
#include <thread>
#include <utility>

namespace mgmd::output {

bool Outbox::Push(std::string_view record, uint64_t count, bool important) noexcept {
  const std::lock_guard lock(mutex_);
  const bool was_gap = gap_;
  const size_t room = limit_ + (important ? reserve_ : 0);
  const bool closed = gap_ && !important && octets_ > limit_ / 2;
  if (closed || octets_ + record.size() + 2 * sizeof(Header) > room) {
    gap_ = true;
    lost_ += count;
    return was_gap;
  }
  try {
    if (lost_ != 0) SayLost();
    Append(record, count, false);
    gap_ = gap_ && important;
  } catch (const std::bad_alloc&) {
    gap_ = true;
    lost_ += count;
    return was_gap;
  }
  if (std::exchange(asleep_, false)) filled_.notify_one();
  return true;
}

void Outbox::Append(std::string_view record, uint64_t count, bool lost) {
  const Header header{count, static_cast<uint32_t>(record.size()), lost ? 1u : 0u};
  const size_t size = sizeof(header) + record.size();
  if (blocks_.empty() || blocks_.back().size() + size > kBlock) {
    std::string block;
    block.reserve(octets_ == taken_ ? size : kBlock);  // the first of a row is small, most often the only one
    blocks_.push_back(std::move(block));
  }
  std::string& block = blocks_.back();
  if (block.capacity() < block.size() + size) block.reserve(std::max(2 * block.capacity(), block.size() + size));
  block.append(reinterpret_cast<const char*>(&header), sizeof(header)).append(record);
  octets_ += size;
}

size_t Outbox::waiting() {
  const std::lock_guard lock(mutex_);
  return octets_;
}

bool Outbox::WaitUntilEmpty(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, limit, [this] { return octets_ == 0; });
}

void Outbox::SayLost() {
  Append({}, lost_, true);
  lost_ = 0;
}

bool Outbox::Take(std::string& block, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  octets_ -= std::exchange(taken_, 0);
  if (octets_ == 0) emptied_.notify_all();
  if (blocks_.empty() && lost_ == 0) {
    lock.unlock();
    block = std::string();
    std::this_thread::sleep_for(std::min(kLook, patience));  // who pushes meanwhile wakes nobody: no system call
    lock.lock();
    if (blocks_.empty() && lost_ == 0) {
      asleep_ = true;
      filled_.wait_for(lock, patience, [this] { return !asleep_; });
      asleep_ = false;
    }
  }
  if (blocks_.empty()) {
    if (lost_ == 0) return false;
    SayLost();
    gap_ = false;
  }
  block = std::move(blocks_.front());
  blocks_.pop_front();
  taken_ = block.size();
  return true;
}

}  // namespace mgmd::output
