#ifndef MGMD_CONTROL_MGM_C_CALL_H_
#define MGMD_CONTROL_MGM_C_CALL_H_

// What every function of mgm.h, mgm6.h and their extensions does around its work: finds the family's manager, goes to
// its thread, and speaks Windows codes.

#include <cxxabi.h>

#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "control/mgm/group_manager.h"
#include "control/mgm/mgm.h"
#include "control/mgm/runtime.h"

namespace mgmd::mgm {

inline DWORD CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return NO_ERROR;
    case absl::StatusCode::kInvalidArgument:
      return ERROR_INVALID_PARAMETER;
    case absl::StatusCode::kAlreadyExists:
      return ERROR_ALREADY_EXISTS;
    case absl::StatusCode::kNotFound:
      return ERROR_NOT_FOUND;
    case absl::StatusCode::kResourceExhausted:
      return ERROR_NOT_ENOUGH_MEMORY;
    default:
      return ERROR_CAN_NOT_COMPLETE;
  }
}

inline ClientHandle ClientFromC(HANDLE handle) { return ClientHandle{reinterpret_cast<uintptr_t>(handle)}; }
inline EnumHandle EnumFromC(HANDLE handle) { return EnumHandle{reinterpret_cast<uintptr_t>(handle)}; }
template <class Handle>
HANDLE ToC(Handle handle) {
  return reinterpret_cast<HANDLE>(static_cast<uintptr_t>(handle));
}

// Runs function() -> DWORD. No exception of C++ goes on into C; what ends a thread does.
template <class Function>
DWORD AsCode(Function function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return ERROR_NOT_ENOUGH_MEMORY;
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return ERROR_CAN_NOT_COMPLETE;
  }
}

// Runs work(manager of the family) -> Result on the control thread and then finish(result) -> DWORD on the
// caller's, where alone the caller's memory is written. `work` owns what it uses. `client`: whose
// handle the call is made with.
template <class Family, class Work, class Finish>
DWORD CallManagerFor(HANDLE client, Work work, Finish finish) {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  if (runtime == nullptr) return ERROR_CAN_NOT_COMPLETE;
  return AsCode([&] {
    auto result = runtime->template Run<Family>(std::move(work), ClientFromC(client));
    return result.has_value() ? finish(*result) : DWORD{ERROR_CAN_NOT_COMPLETE};
  });
}

template <class Family, class Work>
DWORD CallManagerFor(HANDLE client, Work work) {
  return CallManagerFor<Family>(client, std::move(work), [](const absl::Status& status) { return CodeOf(status); });
}

// The same for a call that takes no client's handle.
template <class Family, class Work, class Finish>
DWORD CallManager(Work work, Finish finish) {
  return CallManagerFor<Family>(nullptr, std::move(work), std::move(finish));
}

template <class Family, class Work>
DWORD CallManager(Work work) {
  return CallManagerFor<Family>(nullptr, std::move(work));
}

// The same for what may be too much for one turn of the control thread: runs make_step()(manager) ->
// Result, with other work of control between, until take(result) -> std::optional<DWORD>, on the
// caller's thread, has a code. On the control thread itself nothing comes between.
template <class Family, class MakeStep, class Take>
DWORD CallManagerInTurns(MakeStep make_step, Take take) {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  if (runtime == nullptr) return ERROR_CAN_NOT_COMPLETE;
  return AsCode([&]() -> DWORD {
    for (;;) {
      const auto result = runtime->template Run<Family>(make_step());
      if (!result.has_value()) return ERROR_CAN_NOT_COMPLETE;
      if (const std::optional<DWORD> code = take(*result)) return *code;
    }
  });
}

// Bad arguments are said only where there is a manager of the family (A23).
template <class Family>
DWORD BadArgument() {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime == nullptr || !runtime->has<Family>() ? ERROR_CAN_NOT_COMPLETE : ERROR_INVALID_PARAMETER;
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_C_CALL_H_
