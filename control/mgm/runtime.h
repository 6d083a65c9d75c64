#ifndef MGMD_CONTROL_MGM_RUNTIME_H_
#define MGMD_CONTROL_MGM_RUNTIME_H_

// Gives the Group Manager its control thread, and the process its one manager: to its clients it is one, inside there
// is one for each family, which share clients, thread, traces of releases and the queue of calls.
//
// A call from the control thread runs in place. A call from any other thread is posted, executed on
// the control thread to completion, and answered; the caller waits. What a posted call needs and
// gives lives in a block that both sides share, so that a caller that dies while it waits takes
// nothing with it: results are written to the caller's memory by the caller alone.
//
// The control thread is the manager's own, or one that calls Poll(). No lock is held while the
// manager runs. It is either inside the manager or inside a function that is not ours: each way in
// and out is marked, so that the end of a process can go on without a control thread that is held
// up outside (TakeOver()).

#include <cxxabi.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/punt.h"
#include "control/mgm/group_manager.h"
#include "control/mgm/surroundings.h"

namespace mgmd::mgm {

// Who started the manager, and is alone to stop and to poll it.
enum class Starter {
  kCaller,  // a program, by mgm_ext.h
  kHost,    // mgmd, by host.h: its protocol modules know mgm_ext.h, too
};

struct RuntimeConfig {
  Starter starter = Starter::kCaller;
  PerFamily<Surroundings> families;  // of IPv4 there is always a manager
  Clock* clock = nullptr;
  Options options;  // of each family's manager; its limits are for each
  bool own_thread = false;
  std::shared_ptr<void> kept;  // owns what the pointers above point to, where the caller does not
};

class Runtime : private CallbackMonitor {
 public:
  // Makes the process's manager; the calling thread is its control thread unless config.own_thread.
  // kAlreadyExists: there is one. kUnavailable: the system gives no descriptor, or no thread.
  // Throws std::bad_alloc.
  static absl::Status Start(RuntimeConfig config);
  // The process's manager, or null; null also inside a function that the manager runs on
  // (outside_call.h).
  static std::shared_ptr<Runtime> Current();
  // Stops the process's manager. False: there is none, it is another's, the caller is one of its
  // callbacks, or it is to be stopped on its control thread and this is another.
  static bool Stop(Starter starter);

  explicit Runtime(RuntimeConfig config);
  ~Runtime() override;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Runs function(GroupManager<Family>&) on the control thread, for `client` or for nobody. The function
  // owns all that it needs: no references to the caller's memory. Nothing: the manager stopped, or
  // began to refuse calls, before the call's turn came, or there is none of the family. Throws std::bad_alloc.
  template <class Family, class Function>
  auto Run(Function function, ClientHandle client = {})
      -> std::optional<decltype(function(std::declval<GroupManager<Family>&>()))>;

  // For a control thread that is not the manager's own. False in `allowed`: it is the manager's
  // own, the caller is on another thread or inside a callback.
  bool Poll(bool* allowed = nullptr);
  int fd() const { return wake_; }
  Starter starter() const { return config_.starter; }
  // On the control thread. Nothing: never.
  std::optional<Time> TimeToNextDeadline();
  bool on_control_thread() const { return control_thread_.load() == std::this_thread::get_id(); }
  // Whether there is a manager of the family. Any thread.
  template <class Family>
  bool has() const {
    return config_.families.of<Family>().forwarder != nullptr;
  }
  // That manager. On the control thread only.
  template <class Family>
  GroupManager<Family>& manager() {
    return *sides_.of<Family>().manager;
  }

  // A foreign function is one that is not the program's own: a callback (which is marked by itself),
  // or what the program calls of a module's. On the control thread, before and after it; `function`
  // is a literal.
  void EnterForeign(std::string who, const char* function);
  void LeaveForeign();
  // The foreign function that the control thread is inside of, the innermost. Any thread.
  struct ForeignFunction {
    std::string who;
    const char* function = nullptr;
    std::chrono::milliseconds lasted{};
  };
  std::optional<ForeignFunction> InForeign();

  // Where the control thread is about to wait for other threads to end (a module's stop): until
  // AcceptCalls() calls of other threads fail, those that wait already included. Only the calls of
  // the clients in `waiting` wait. On the control thread.
  void RefuseCalls(const std::vector<ClientId>& waiting);
  void AcceptCalls();

  // The end of a process whose control thread does not come back from a foreign function: the
  // calling thread is the control thread from here on and may read the manager. The old one never
  // comes back into it: it stands still where it would, and calls from the foreign function fail as
  // those of other threads do. Waits for it to be in one, for at most `limit`: it may be on its way
  // from one into the next. Any thread. False: it is in none.
  bool TakeOver(std::chrono::milliseconds limit);

 private:
  struct Call {
    virtual ~Call() = default;
    virtual void Execute(Runtime& runtime) = 0;
    ClientHandle client{};  // zero: nobody's
    bool done = false;      // under mutex_
    bool failed = false;    // the manager stopped
  };
  template <class Family, class Function, class Result>
  struct CallOf;

  // One family's manager.
  template <class Family>
  struct Side {
    std::unique_ptr<GroupManager<Family>> manager;  // null: there is none
    std::vector<Punt<Family>> punts;
  };

  void Enter(const ClientName& client, const char* callback) override;
  void Leave() override;

  void Post(const std::shared_ptr<Call>& call);
  void Wait(const std::shared_ptr<Call>& call);
  void ReportSlowCallback();
  std::optional<ForeignFunction> Innermost() const;
  // False: the caller is no longer the control thread.
  bool EnterManager();
  void LeaveManager();
  bool Refuses(const Call& call) const;
  void FailRefused();
  bool ExecuteQueued();
  template <class Family>
  bool TurnOf();
  bool Turn();
  bool in_callback();
  absl::Status Begin();
  void ThreadMain();
  void ShutDown();

  const RuntimeConfig config_;
  // Of both families.
  ClientIdentities identities_;
  KeptTraces traces_;
  PerFamily<Side> sides_;
  int wake_ = -1;  // an eventfd
  std::atomic<std::thread::id> control_thread_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<std::shared_ptr<Call>> queue_;
  bool stopping_ = false;
  bool refusing_ = false;
  std::vector<ClientHandle> waiting_;  // while refusing_: whose calls wait

  // The foreign functions that the control thread is inside of, the innermost last.
  struct Foreign {
    std::string who;
    const char* function = nullptr;
    std::chrono::steady_clock::time_point since;
    bool reported = false;  // by a caller who waits
    uint32_t calls = 0;     // back into the manager that run, from inside it
  };
  std::mutex foreign_mutex_;
  std::condition_variable foreign_changed_;
  std::vector<Foreign> foreign_;
  bool taken_over_ = false;
};

template <class Family, class Function, class Result>
struct Runtime::CallOf : Runtime::Call {
  explicit CallOf(Function work) : function(std::move(work)) {}
  void Execute(Runtime& runtime) override {
    try {
      result.emplace(function(runtime.manager<Family>()));
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    } catch (abi::__forced_unwind&) {
      throw;
    } catch (...) {
      // Without a result: the call has failed.
    }
  }
  Function function;
  std::optional<Result> result;
  bool out_of_memory = false;
};

template <class Family, class Function>
auto Runtime::Run(Function function, ClientHandle client)
    -> std::optional<decltype(function(std::declval<GroupManager<Family>&>()))> {
  using Result = decltype(function(std::declval<GroupManager<Family>&>()));
  if (!has<Family>()) return std::nullopt;
  if (EnterManager()) {
    struct Inside {
      Runtime& runtime;
      ~Inside() { runtime.LeaveManager(); }
    } const inside{*this};
    return function(manager<Family>());
  }
  auto call = std::make_shared<CallOf<Family, Function, Result>>(std::move(function));
  call->client = client;
  Post(call);
  Wait(call);
  if (call->out_of_memory) throw std::bad_alloc();
  return std::move(call->result);
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RUNTIME_H_
