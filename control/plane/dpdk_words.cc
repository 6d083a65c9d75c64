#include "control/plane/dpdk_words.h"

#include <rte_errno.h>
#include <rte_log.h>

#include <cerrno>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

// EAL says so after every reason.
bool IsConsequence(std::string_view line) {
  return line.starts_with("EAL: Failed to attach device") || line.starts_with("EAL: Driver cannot attach");
}

}  // namespace

DpdkWords::DpdkWords() : passed_on_to_(rte_log_get_stream()) {
  // DPDK's default stream goes with EAL: it is set again as the default, not as itself.
  rte_openlog_stream(nullptr);
  set_before_ = rte_log_get_stream() == passed_on_to_ ? nullptr : passed_on_to_;
  const cookie_io_functions_t functions = {.read = nullptr,
                                           .write = [](void* cookie, const char* text, size_t size) -> ssize_t {
                                             auto& words = *static_cast<DpdkWords*>(cookie);
                                             if (rte_log_cur_msg_loglevel() <= static_cast<int>(RTE_LOG_ERR))
                                               words.errors_.append(text, size);
                                             std::fwrite(text, 1, size, words.passed_on_to_);
                                             std::fflush(words.passed_on_to_);
                                             return static_cast<ssize_t>(size);
                                           },
                                           .seek = nullptr,
                                           .close = nullptr};
  listening_ = fopencookie(this, "w", functions);
  rte_openlog_stream(listening_ == nullptr ? set_before_ : listening_);
}

DpdkWords::~DpdkWords() {
  rte_openlog_stream(set_before_);
  if (listening_ != nullptr) std::fclose(listening_);
}

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
