#ifndef MGMD_CONTROL_MGM_RULES_CLIENT_CALLS_H_
#define MGMD_CONTROL_MGM_RULES_CLIENT_CALLS_H_

// The one way out to the clients: every callback is called here, so that it is known at any time whether one runs, and
// what may be called from inside it.

#include <chrono>

#include "absl/status/status.h"
#include "control/mgm/client.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/state/client_registry.h"

namespace mgmd::mgm {

enum class Context : uint8_t {
  kNone,
  kReadOnly,  // RPF, CREATION, DISABLE_IGMP, ENABLE_IGMP: nothing may be changed
  kAlert,
};

template <class Family>
class ClientCalls {
 public:
  static constexpr std::chrono::milliseconds kBlockingCallback{10};

  // `monitor` may be null.
  ClientCalls(ClientRegistry<Family>& clients, Clock& clock, GuardedObserver<Family>& observer,
              CallbackMonitor* monitor)
      : clients_(clients), clock_(clock), observer_(observer), monitor_(monitor) {}
  ClientCalls(const ClientCalls&) = delete;
  ClientCalls& operator=(const ClientCalls&) = delete;

  // Runs `function(callbacks)`. While it runs, `context` says which calls are allowed, and the client cannot
  // deregister.
  template <class Function>
  void Call(ClientIndex client, const char* name, Context context, Function function);

  bool running() const { return context_ != Context::kNone; }
  absl::Status MayChange() const {
    if (context_ != Context::kReadOnly) return absl::OkStatus();
    return absl::FailedPreconditionError("not allowed in RPF, CREATION and IGMP callbacks");
  }

 private:
  // Left by an exception, too: there may be no memory for what the client is to be told.
  struct Inside {
    ClientCalls& calls;
    const ClientIndex client;
    const ClientHandle handle;
    const Context outer;
    ~Inside() {
      // First: whom the monitor holds back here touches nothing of the manager's any more.
      if (calls.monitor_ != nullptr) calls.monitor_->Leave();
      calls.context_ = outer;
      if (calls.clients_.Is(client, handle)) --calls.clients_[client].running_callbacks;
    }
  };

  ClientRegistry<Family>& clients_;
  Clock& clock_;
  GuardedObserver<Family>& observer_;
  CallbackMonitor* const monitor_;
  Context context_ = Context::kNone;
};

template <class Family>
template <class Function>
void ClientCalls<Family>::Call(ClientIndex client, const char* name, Context context, Function function) {
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

#endif  // MGMD_CONTROL_MGM_RULES_CLIENT_CALLS_H_
