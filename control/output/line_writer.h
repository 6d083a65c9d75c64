#ifndef MGMD_CONTROL_OUTPUT_LINE_WRITER_H_
#define MGMD_CONTROL_OUTPUT_LINE_WRITER_H_

// An output with a thread of its own, so that nobody who has something to tell ever waits for whoever reads it.
//
// Push() hands over a record, compact and of the caller's making; the writer's thread makes lines of it and writes
// them. It runs with a low priority, and no signal is delivered to it.

#include <pthread.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "control/output/line_output.h"

namespace mgmd::output {

struct LineWriterParts {
  std::string thread_name;  // at most 15 characters
  size_t limit = 0;         // of what waits, in octets
  size_t reserve = 0;       // and that much for important records besides
  // Appends whole lines to `lines`. On the writer's thread; they may throw: the record is lost then.
  std::function<void(std::string_view record, std::string& lines)> format;
  std::function<void(uint64_t count, std::string& lines)> format_lost;
  // On the writer's thread, once for each trouble with the output.
  std::function<void(const std::string& what)> trouble;
};

class LineWriter {
 public:
  // A reader that takes nothing for so long does not hold up Stop().
  static constexpr std::chrono::seconds kStill{1};

  LineWriter(LineOutput output, LineWriterParts parts);
  ~LineWriter();  // Stop(kStill)
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // As Outbox::Push(). After Stop() records are lost.
  bool Push(std::string_view record, uint64_t count, bool important) noexcept;

  // Writes what waits, for at most `limit`, and while it is taken. Returns how many things were lost with it, now and
  // where the output had gone before. The owner's thread.
  uint64_t Stop(std::chrono::milliseconds limit);

  // Waits until nothing waits, for at most `limit`. False: something does. Any thread.
  bool Flush(std::chrono::milliseconds limit) const;

  // Octets of records that wait. Any thread.
  size_t waiting() const;

  // For its affinity.
  pthread_t thread() { return thread_.native_handle(); }

 private:
  class State;
  // Shared with the thread, which is left behind where a system call of its never returns.
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace mgmd::output

#endif  // MGMD_CONTROL_OUTPUT_LINE_WRITER_H_
