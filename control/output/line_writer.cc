#include "control/output/line_writer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <utility>

#include "control/every_thread.h"
#include "control/output/outbox.h"

namespace mgmd::output {

using Clock = std::chrono::steady_clock;

class LineWriter::State : private Patience {
 public:
  State(LineOutput output, LineWriterParts parts)
      : outbox_(parts.limit, parts.reserve), parts_(std::move(parts)), output_(std::move(output)) {}

  Outbox& outbox() { return outbox_; }

  void Run() {
    BlockSignals();
    pthread_setname_np(pthread_self(), parts_.thread_name.c_str());
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
    std::string block;
    while (Next(block)) WriteBlock(block);
    output_.Close();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    end_.notify_all();
  }

  // True: the thread has ended, or will at once.
  bool Stop(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    stop_at_ = Clock::now() + limit;
    // The thread sees the limit itself; what is added is for a system call that it is in.
    return end_.wait_until(lock, stop_at_ + 2 * LineOutput::kSlice, [this] { return ended_; });
  }

  uint64_t lost() const { return lost_.load(); }

 private:
  static constexpr std::chrono::milliseconds kLook{100};
  static constexpr size_t kLines = 65536;  // octets that are made before they are written

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stop_at_ != Clock::time_point::max();
  }

  // The next block; false: there is none left, and it is to stop.
  bool Next(std::string& block) {
    for (;;) {
      const bool last = stopping();
      try {
        if (outbox_.Take(block, last ? std::chrono::milliseconds(0) : kLook)) return true;
      } catch (const std::bad_alloc&) {
        std::this_thread::sleep_for(kLook);  // nobody tells when there is memory again
      }
      if (last) return false;
    }
  }

  void WriteBlock(std::string_view block) {
    std::string lines;
    uint64_t count = 0;  // that `lines` tells of
    Outbox::ForEach(block, [&](std::string_view record, uint64_t records, bool lost) {
      const size_t before = lines.size();
      try {
        if (lost) {
          parts_.format_lost(records, lines);
        } else {
          parts_.format(record, lines);
        }
        count += records;
      } catch (...) {
        lines.resize(before);
        lost_ += records;
      }
      if (lines.size() >= kLines) Write(lines, count);
    });
    Write(lines, count);
  }

  void Write(std::string& lines, uint64_t& count) {
    // After a line that was given up nothing is written any more: its place could not be said.
    const size_t written = given_up_ ? 0 : output_.Write(lines, *this);
    if (written < lines.size()) {
      given_up_ = true;
      const auto left = std::count(lines.begin() + static_cast<ptrdiff_t>(written), lines.end(), '\n');
      lost_ += written == 0 ? count : std::min(static_cast<uint64_t>(left), count);
    }
    lines.clear();
    count = 0;
  }

  bool GoesOn() override {
    const std::lock_guard lock(mutex_);
    if (stop_at_ == Clock::time_point::max()) return true;
    const auto now = Clock::now();
    if (!stop_seen_) {
      stop_seen_ = true;
      progress_ = now;
    }
    return now < stop_at_ && now - progress_ < kStill;
  }
  void Progressed() override {
    const std::lock_guard lock(mutex_);
    progress_ = Clock::now();
  }
  void Trouble(const std::string& what) override {
    if (parts_.trouble) parts_.trouble(what);
  }

  Outbox outbox_;
  const LineWriterParts parts_;
  LineOutput output_;
  bool given_up_ = false;
  std::atomic<uint64_t> lost_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable end_;
  Clock::time_point stop_at_ = Clock::time_point::max();
  Clock::time_point progress_;
  bool stop_seen_ = false;
  bool ended_ = false;
};

LineWriter::LineWriter(LineOutput output, LineWriterParts parts)
    : state_(std::make_shared<State>(std::move(output), std::move(parts))),
      thread_([state = state_] { state->Run(); }) {}

LineWriter::~LineWriter() {
  if (thread_.joinable()) Stop(kStill);
}

bool LineWriter::Push(std::string_view record, uint64_t count, bool important) noexcept {
  return state_->outbox().Push(record, count, important);
}

bool LineWriter::Flush(std::chrono::milliseconds limit) const { return state_->outbox().WaitUntilEmpty(limit); }

size_t LineWriter::waiting() const { return state_->outbox().waiting(); }

uint64_t LineWriter::Stop(std::chrono::milliseconds limit) {
  if (!thread_.joinable()) return state_->lost();
  if (state_->Stop(limit)) {
    thread_.join();
  } else {
    thread_.detach();
  }
  return state_->lost();
}

}  // namespace mgmd::output
