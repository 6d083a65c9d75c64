#ifndef MGMD_CONTROL_PLANE_DPDK_WORDS_H_
#define MGMD_CONTROL_PLANE_DPDK_WORDS_H_

// What DPDK itself says of an error. Its functions often return -1 for whatever it is, which reads as "Operation not
// permitted"; the reason is in its log.
//
// Listens to DPDK's log while it lives, and passes on what it hears. One at a time. Any thread.

#include <cstdio>
#include <string>

namespace mgmd::plane {

class DpdkWords {
 public:
  DpdkWords();
  ~DpdkWords();
  DpdkWords(const DpdkWords&) = delete;
  DpdkWords& operator=(const DpdkWords&) = delete;

  // Why a call failed that returned `error`, negative: what was logged as an error since, and the error's name, as far
  // as either says something.
  std::string Why(int error) const;
  // What was logged, or "".
  std::string Words() const;

 private:
  std::FILE* listening_ = nullptr;  // null: there is none, and nothing is heard
  std::FILE* set_before_;
  std::FILE* passed_on_to_;
  std::string errors_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DPDK_WORDS_H_
