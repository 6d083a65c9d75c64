#include "control/output/log.h"

#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mgmd::output {
namespace {

// As spdlog's own sink for terminals colours them, from trace on.
constexpr std::array<std::string_view, SPDLOG_LEVEL_OFF> kColors = {
    "\033[37m", "\033[36m", "\033[32m", "\033[33m\033[1m", "\033[31m\033[1m", "\033[1m\033[41m"};
constexpr std::string_view kNoColor = "\033[m";

class Sink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Sink(std::shared_ptr<LineWriter> writer, bool colored) : writer_(std::move(writer)), colored_(colored) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    message.color_range_start = message.color_range_end = 0;
    formatter_->format(message, text);
    const std::string_view line(text.data(), text.size());
    const size_t begin = message.color_range_start;
    const size_t end = message.color_range_end;
    if (!colored_ || begin >= end) {
      writer_->Push(line, 1, false);
      return;
    }
    writer_->Push(absl::StrCat(Text(line.substr(0, begin)), Text(kColors[message.level]),
                               Text(line.substr(begin, end - begin)), Text(kNoColor), Text(line.substr(end))),
                  1, false);
  }
  // Asked for where the process is about to end at once.
  void flush_() override { writer_->Flush(Log::kFlush); }

  static absl::string_view Text(std::string_view text) { return {text.data(), text.size()}; }

  const std::shared_ptr<LineWriter> writer_;
  const bool colored_;
};

void FormatLost(uint64_t count, std::string& lines) {
  absl::StrAppend(&lines, "mgmd: ", count, " lines of the log are missing here: standard error took nothing\n");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Log>> Log::Start(spdlog::level::level_enum level) {
  auto output = LineOutput::OnDescriptor(STDERR_FILENO, "standard error");
  if (!output.ok()) return output.status();
  auto writer = std::make_shared<LineWriter>(
      *std::move(output),
      LineWriterParts{.thread_name = "log",
                      .limit = kLimit,
                      .reserve = 0,
                      .format = [](std::string_view record, std::string& lines) { lines += record; },
                      .format_lost = &FormatLost,
                      .trouble = {}});
  const char* const terminal = std::getenv("TERM");
  const bool colored = isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
  auto logger = std::make_shared<spdlog::logger>("mgmd", std::make_shared<Sink>(writer, colored));
  logger->set_level(level);
  spdlog::set_default_logger(std::move(logger));
  return std::unique_ptr<Log>(new Log(std::move(writer)));
}

Log::~Log() { writer_->Stop(stop_); }

std::function<void(std::string_view lines)> Log::Foreign() const {
  return [writer = writer_](std::string_view lines) { writer->Push(lines, 1, false); };
}

void OpenStandardDescriptors() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest that is free is this one. Without /dev/null there is nothing better than to go on.
    static_cast<void>(open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY));
  }
}

}  // namespace mgmd::output
