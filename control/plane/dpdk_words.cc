#include "control/plane/dpdk_words.h"

#include <rte_errno.h>
#include <rte_log.h>

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

// What this thread's DpdkWords hears; null: there is none.
thread_local std::string* heard = nullptr;

// EAL says so after every reason.
bool IsConsequence(std::string_view line) {
  return line.starts_with("EAL: Failed to attach device") || line.starts_with("EAL: Driver cannot attach");
}

ssize_t Hear(void* passed_on_to, const char* text, size_t size) {
  if (heard != nullptr && rte_log_cur_msg_loglevel() <= static_cast<int>(RTE_LOG_ERR)) heard->append(text, size);
  auto* const stream = static_cast<std::FILE*>(passed_on_to);
  std::fwrite(text, 1, size, stream);
  std::fflush(stream);
  return static_cast<ssize_t>(size);
}

// Has DPDK's log go through Hear(), and from there to where it went.
void Listen() {
  std::FILE* passed_on_to = rte_log_get_stream();
  // DPDK's default stream goes with EAL.
  rte_openlog_stream(nullptr);
  if (rte_log_get_stream() == passed_on_to) passed_on_to = stderr;
  std::FILE* const stream =
      fopencookie(passed_on_to, "w", {.read = nullptr, .write = Hear, .seek = nullptr, .close = nullptr});
  // What a thread says is written by itself.
  if (stream != nullptr) std::setvbuf(stream, nullptr, _IONBF, 0);
  rte_openlog_stream(stream == nullptr ? passed_on_to : stream);
}

}  // namespace

DpdkWords::DpdkWords() {
  // For good: another thread may be writing to the stream at any time.
  static std::once_flag listening;
  std::call_once(listening, Listen);
  heard = &errors_;
}

DpdkWords::~DpdkWords() { heard = nullptr; }

std::string DpdkWords::Words() const {
  std::string_view rest = errors_;
  std::string_view first;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty()) continue;
    if (!IsConsequence(line)) return std::string(line);
    if (first.empty()) first = line;
  }
  return std::string(first);
}

std::string DpdkWords::Why(int error) const {
  const std::string words = Words();
  if (words.empty()) return error == -EPERM ? "DPDK does not say why" : rte_strerror(-error);
  return error == -EPERM ? words : absl::StrCat(words, " (", rte_strerror(-error), ")");
}

}  // namespace mgmd::plane
