#ifndef MGMD_TESTS_SUPPORT_LOG_CAPTURE_H_
#define MGMD_TESTS_SUPPORT_LOG_CAPTURE_H_

// What is logged while it lives, as lines "level: text". One at a time.

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace mgmd::support {

class LogCapture {
 public:
  LogCapture() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("%l: %v");
    spdlog::set_default_logger(logger);
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::string text() const { return text_.str(); }
  void Clear() { text_.str({}); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_LOG_CAPTURE_H_
