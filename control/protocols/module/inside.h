#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_INSIDE_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_INSIDE_H_

// While a function of a module's runs, so that it counts as one: what holds control up is named, and the end of the
// process does not wait for it (host.h). Control thread.

#include <string>

#include "absl/strings/str_cat.h"
#include "control/mgm/host.h"

namespace mgmd::protocols {

class Inside {
 public:
  // `function`: a literal.
  Inside(const std::string& protocol, const char* function) {
    MgmHostEnterForeign(absl::StrCat("protocol ", protocol).c_str(), function);
  }
  ~Inside() { MgmHostLeaveForeign(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_INSIDE_H_
