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
void GroupManager::CallBack(ClientIndex client, const char* name, Context context, Function function) {
  // Left by an exception, too: there may be no memory for what the client is to be told.
  struct Inside {
    GroupManager& manager;
    const ClientIndex client;
    const ClientHandle handle;
    const Context outer;
    ~Inside() {
      // First: whom the monitor holds back here touches nothing of the manager's any more.
      if (manager.monitor_ != nullptr) manager.monitor_->Leave();
      manager.context_ = outer;
      if (manager.clients_.Is(client, handle)) --manager.clients_[client].running_callbacks;
    }
  };
  if (monitor_ != nullptr) monitor_->Enter(clients_.NameOf(client), name);
  ++clients_[client].running_callbacks;
  Time took{};
  {
    const Inside inside{*this, client, clients_[client].handle, context_};
    if (context_ != Context::kReadOnly) context_ = context;
    const Time start = clock_.Now();
    function(*clients_[client].callbacks);
    took = clock_.Now() - start;
  }
  if (took > kBlockingCallback) {
    observer_.BlockingCallback(clients_.NameOf(client), name,
                               std::chrono::duration_cast<std::chrono::milliseconds>(took));
  }
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_GROUP_MANAGER_ALERTS_H_
