#ifndef MGMD_CONTROL_MGM_GROUP_MANAGER_ALERTS_H_
#define MGMD_CONTROL_MGM_GROUP_MANAGER_ALERTS_H_

// The one way out: every callback of a client is called by CallBack(). For the files of
// GroupManager only.

#include <chrono>

#include "control/mgm/group_manager.h"

namespace mgmd::mgm {

inline constexpr std::chrono::milliseconds kBlockingCallback{10};

// Runs `function(callbacks)`. While it runs, `context` says which calls are allowed, and the client
// cannot deregister.
template <class Function>
void GroupManager::CallBack(ClientIndex client, const char* name, Context context,
                            Function function) {
  const ClientHandle handle = clients_[client].handle;
  if (monitor_ != nullptr) monitor_->Enter(clients_.NameOf(client), name);
  const Context outer = context_;
  context_ = outer == Context::kReadOnly ? Context::kReadOnly : context;
  ++clients_[client].running_callbacks;
  const Time start = clock_.Now();
  function(*clients_[client].callbacks);
  const Time took = clock_.Now() - start;
  context_ = outer;
  if (monitor_ != nullptr) monitor_->Leave();
  if (clients_.Is(client, handle)) --clients_[client].running_callbacks;
  if (took > kBlockingCallback) {
    observer_.BlockingCallback(clients_.NameOf(client), name,
                               std::chrono::duration_cast<std::chrono::milliseconds>(took));
  }
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_GROUP_MANAGER_ALERTS_H_
