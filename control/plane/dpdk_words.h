#ifndef MGMD_CONTROL_PLANE_DPDK_WORDS_H_
#define MGMD_CONTROL_PLANE_DPDK_WORDS_H_

// What DPDK itself says of an error. Its functions often return -1 for whatever it is, which reads as "Operation not
// permitted"; the reason is in its log.
//
// Hears, while it lives, what DPDK logs on the thread that made it; all of it is passed on, as before. Any thread, one
// at a time on each.

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
  std::string errors_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DPDK_WORDS_H_
