#ifndef MGMD_CONTROL_OUTPUT_OUTBOX_H_
#define MGMD_CONTROL_OUTPUT_OUTBOX_H_

// What waits to be written: a queue of records, bounded in octets, between threads that must never wait and one that
// may wait as long as it likes.
//
// What finds no room is lost and counted, and where it is missing a record says how many: after a loss nothing is
// taken until half of the queue is free again, so that losses come in few long gaps and not in many short ones.
// Important records have a reserve of their own and are taken within a gap too.
//
// Cost of a Push(): an uncontended lock and a copy; a system call only where the writer sleeps. Memory: what waits,
// at most limit + reserve, and the block that the writer has.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace mgmd::output {

class Outbox {
 public:
  // In octets.
  Outbox(size_t limit, size_t reserve) : limit_(limit), reserve_(reserve) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Any thread; never waits for the writer. `count`: how many things the record tells. True: it was taken, or lost in
  // a gap that stood already; false: a gap begins with it.
  bool Push(std::string_view record, uint64_t count, bool important) noexcept;

  // The writer's thread. Gives back what was taken before, and takes the next block of records; waits up to `patience`
  // for one. False: there is none.
  bool Take(std::string& block, std::chrono::milliseconds patience);

  // Octets that wait, those with the writer included. Any thread.
  size_t waiting();
  // Returns when nothing waits, those with the writer included, or after `limit`. False: something does. Any thread.
  bool WaitUntilEmpty(std::chrono::milliseconds limit);

  // Calls visit(record, count, lost) for each record of a block, in order; `lost`: `count` are missing here, and there
  // is no record.
  template <class Visitor>
  static void ForEach(std::string_view block, Visitor visit);

 private:
  struct Header {
    uint64_t count;
    uint32_t size;
    uint32_t lost;
  };
  static constexpr size_t kBlock = 65536;
  // After a turn without work the writer looks again once before it has itself woken: a row of records costs one wake.
  static constexpr std::chrono::milliseconds kLook{2};

  void Append(std::string_view record, uint64_t count, bool lost);
  void SayLost();

  const size_t limit_;
  const size_t reserve_;

  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<std::string> blocks_;
  size_t octets_ = 0;  // in blocks_ and with the writer
  size_t taken_ = 0;   // of those, with the writer
  uint64_t lost_ = 0;  // and not said yet
  bool gap_ = false;
  bool asleep_ = false;
};

template <class Visitor>
void Outbox::ForEach(std::string_view block, Visitor visit) {
  while (!block.empty()) {
    Header header;
    block.copy(reinterpret_cast<char*>(&header), sizeof(header));
    visit(block.substr(sizeof(header), header.size), header.count, header.lost != 0);
    block.remove_prefix(sizeof(header) + header.size);
  }
}

}  // namespace mgmd::output

#endif  // MGMD_CONTROL_OUTPUT_OUTBOX_H_
