#ifndef MGMD_CONTROL_OUTPUT_LOG_H_
#define MGMD_CONTROL_OUTPUT_LOG_H_

// The process's log: lines on standard error, written by a thread of their own (line_writer.h), so that nobody who logs
// waits for whoever reads it. What does not fit into kLimit while standard error takes nothing is lost, and a line says
// at its place how many are missing.

#include <spdlog/common.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "control/output/line_writer.h"

namespace mgmd::output {

class Log {
 public:
  static constexpr size_t kLimit = 1 << 20;                // octets that wait
  static constexpr std::chrono::milliseconds kFlush{400};  // how long spdlog's flush() waits at most

  // Makes itself spdlog's default logger.
  static absl::StatusOr<std::unique_ptr<Log>> Start(spdlog::level::level_enum level);
  // Writes what waits, for as long as it is taken and for at most kStop, or what LimitStop() said. What is logged later
  // goes nowhere.
  ~Log();
  void LimitStop(std::chrono::milliseconds limit) { stop_ = std::min(stop_, limit); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Writes lines of somebody else's as they are, ended. It may be called by any thread and outlive the log.
  std::function<void(std::string_view lines)> Foreign() const;

  LineWriter& writer() { return *writer_; }

 private:
  static constexpr std::chrono::milliseconds kStop{2000};
  explicit Log(std::shared_ptr<LineWriter> writer) : writer_(std::move(writer)) {}

  const std::shared_ptr<LineWriter> writer_;
  std::chrono::milliseconds stop_ = kStop;
};

// Opens those of the descriptors 0, 1 and 2 that are closed on /dev/null, so that no file that is opened later gets
// one of them and with it what is meant for standard output or error. At the start of main().
void OpenStandardDescriptors();

}  // namespace mgmd::output

#endif  // MGMD_CONTROL_OUTPUT_LOG_H_
