#ifndef MGMD_CONTROL_MGM_OUTSIDE_CALL_H_
#define MGMD_CONTROL_MGM_OUTSIDE_CALL_H_

// Calls out of the manager into what a C program runs it on: its forwarder, routes, clock and log
// (mgm_ext.h). They come in the middle of a change, so nothing of the manager's may be called from
// inside: while one runs on a thread, Runtime::Current() tells that thread that there is no
// manager. Exceptions of such functions end here; what ends a thread goes on.

#include <cxxabi.h>

#include <type_traits>

namespace mgmd::mgm {

class OutsideCall {
 public:
  OutsideCall() { ++depth_; }
  ~OutsideCall() { --depth_; }
  OutsideCall(const OutsideCall&) = delete;
  OutsideCall& operator=(const OutsideCall&) = delete;

  // On this thread.
  static bool Running() { return depth_ != 0; }

 private:
  inline static thread_local int depth_ = 0;
};

// The function is not null. False: it has thrown.
template <class... Parameters, class... Arguments>
bool CallOutside(void (*function)(Parameters...), Arguments... arguments) {
  const OutsideCall call;
  try {
    function(arguments...);
    return true;
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return false;
  }
}

// Returns `otherwise` where the function has thrown.
template <class Result, class... Parameters, class... Arguments>
Result AskOutside(std::type_identity_t<Result> otherwise, Result (*function)(Parameters...), Arguments... arguments) {
  const OutsideCall call;
  try {
    return function(arguments...);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return otherwise;
  }
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_OUTSIDE_CALL_H_
