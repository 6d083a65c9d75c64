#include "control/mgm/runtime.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "control/mgm/guarded_observer.h"
#include "control/mgm/outside_call.h"

namespace mgmd::mgm {
namespace {

constexpr size_t kPuntsPerTurn = 256;             // of each family
constexpr int kPauseWithoutMemory = 10;           // milliseconds
constexpr std::chrono::seconds kSlowCallback{1};  // then those who wait say so

// The process's manager. Never destroyed: threads may still call when the process ends.
struct Process {
  std::mutex mutex;
  std::shared_ptr<Runtime> current;
  bool starting = false;
  // No handle is used twice, also not by the next manager, which may start while this one stops.
  // The start is no number that a caller makes up.
  std::atomic<uint64_t> handles = 0x4D474D0000000001;
};

Process& TheProcess() {
  static auto* const process = new Process;
  return *process;
}

}  // namespace

absl::Status Runtime::Start(RuntimeConfig config) {
  Process& process = TheProcess();
  // Made without the lock: what it runs on is called already.
  struct Starting {
    Process& process;
    bool first = false;
    explicit Starting(Process& it) : process(it) {
      const std::lock_guard lock(process.mutex);
      first = process.current == nullptr && !std::exchange(process.starting, true);
    }
    ~Starting() {
      const std::lock_guard lock(process.mutex);
      if (first) process.starting = false;
    }
  } const starting(process);
  if (!starting.first) return absl::AlreadyExistsError("a manager runs");
  config.options.handles = &process.handles;
  auto runtime = std::make_shared<Runtime>(std::move(config));
  if (absl::Status begun = runtime->Begin(); !begun.ok()) return begun;
  const std::lock_guard lock(process.mutex);
  process.current = std::move(runtime);
  return absl::OkStatus();
}

std::shared_ptr<Runtime> Runtime::Current() {
  if (OutsideCall::Running()) return nullptr;
  Process& process = TheProcess();
  const std::lock_guard lock(process.mutex);
  return process.current;
}

bool Runtime::Stop(Starter starter) {
  if (OutsideCall::Running()) return false;
  Process& process = TheProcess();
  std::shared_ptr<Runtime> stopped;
  {
    const std::lock_guard lock(process.mutex);
    if (process.current == nullptr || process.current->starter() != starter) return false;
    const bool on_control_thread = process.current->on_control_thread();
    if (on_control_thread && process.current->in_callback()) return false;
    if (!on_control_thread && !process.current->config_.own_thread) return false;
    stopped = std::move(process.current);
    process.current = nullptr;
  }
  stopped->ShutDown();
  ForEachFamily([&]<class Family>() { stopped->sides_.of<Family>().manager.reset(); });
  return true;
}

Runtime::Runtime(RuntimeConfig config) : config_(std::move(config)) {
  Options options = config_.options;
  options.clients = &identities_;
  options.traces = &traces_;
  ForEachFamily([&]<class Family>() {
    const Surroundings<Family>& around = config_.families.of<Family>();
    if (around.forwarder == nullptr) return;
    Side<Family>& side = sides_.of<Family>();
    side.punts.resize(kPuntsPerTurn);
    side.manager = std::make_unique<GroupManager<Family>>(*around.forwarder, *around.routes, *config_.clock, options,
                                                          around.observer, static_cast<CallbackMonitor*>(this));
  });
}

absl::Status Runtime::Begin() {
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_ < 0) return absl::UnavailableError("no descriptor to wake the control thread by");
  if (!config_.own_thread) {
    control_thread_ = std::this_thread::get_id();
    return absl::OkStatus();
  }
  try {
    thread_ = std::thread([this] { ThreadMain(); });
  } catch (const std::system_error&) {
    return absl::UnavailableError("no control thread");
  }
  return absl::OkStatus();
}

Runtime::~Runtime() {
  if (wake_ >= 0) close(wake_);
}

void Runtime::ShutDown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    FailRefused();
  }
  if (thread_.joinable()) {
    const uint64_t one = 1;
    static_cast<void>(write(wake_, &one, sizeof(one)));
    thread_.join();
  }
  control_thread_ = std::thread::id();
}

bool Runtime::Refuses(const Call& call) const {
  return stopping_ || (refusing_ && std::find(waiting_.begin(), waiting_.end(), call.client) == waiting_.end());
}

void Runtime::FailRefused() {
  std::erase_if(queue_, [&](const std::shared_ptr<Call>& call) {
    if (!Refuses(*call)) return false;
    call->failed = true;
    call->done = true;
    return true;
  });
  answered_.notify_all();
}

void Runtime::RefuseCalls(const std::vector<ClientId>& waiting) {
  std::vector<ClientHandle> handles;
  ForEachFamily([&]<class Family>() {
    if (!has<Family>()) return;
    const ClientRegistry<Family>& clients = manager<Family>().clients();
    for (const ClientId& id : waiting) {
      const ClientIndex client = clients.Find(id);
      if (client != kNoClient) handles.push_back(clients[client].handle);
    }
  });
  const std::lock_guard lock(mutex_);
  refusing_ = true;
  waiting_ = std::move(handles);
  FailRefused();
}

void Runtime::AcceptCalls() {
  const std::lock_guard lock(mutex_);
  refusing_ = false;
  waiting_.clear();
}

void Runtime::Post(const std::shared_ptr<Call>& call) {
  {
    const std::lock_guard lock(mutex_);
    if (Refuses(*call)) {
      call->failed = true;
      call->done = true;
      return;
    }
    queue_.push_back(call);
  }
  // Every call wakes: the caller before this one may have been cancelled in its write.
  const uint64_t one = 1;
  static_cast<void>(write(wake_, &one, sizeof(one)));
}

void Runtime::Wait(const std::shared_ptr<Call>& call) {
  std::unique_lock lock(mutex_);
  while (!answered_.wait_for(lock, kSlowCallback, [&] { return call->done; })) {
    lock.unlock();
    ReportSlowCallback();
    lock.lock();
  }
}

void Runtime::ReportSlowCallback() {
  std::optional<ForeignFunction> slow;
  {
    const std::lock_guard lock(foreign_mutex_);
    slow = Innermost();
    if (!slow || slow->lasted < kSlowCallback || foreign_.back().reported) return;
    foreign_.back().reported = true;
  }
  GuardedObserver<Ipv4>(config_.families.of<Ipv4>().observer).CallWaits(slow->who, slow->function, slow->lasted);
}

void Runtime::Enter(const ClientName& client, const char* callback) {
  EnterForeign(std::string(client.name), callback);
}

void Runtime::Leave() { LeaveForeign(); }

void Runtime::EnterForeign(std::string who, const char* function) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(foreign_mutex_);
  foreign_.push_back({std::move(who), function, now});
  foreign_changed_.notify_all();
}

void Runtime::LeaveForeign() {
  {
    const std::lock_guard lock(foreign_mutex_);
    if (!taken_over_) {
      foreign_.pop_back();
      foreign_changed_.notify_all();
      return;
    }
  }
  for (;;) pause();  // the manager is another thread's; the process ends soon
}

bool Runtime::EnterManager() {
  if (!on_control_thread()) return false;
  const std::lock_guard lock(foreign_mutex_);
  if (!on_control_thread()) return false;
  if (!foreign_.empty()) ++foreign_.back().calls;
  return true;
}

void Runtime::LeaveManager() {
  const std::lock_guard lock(foreign_mutex_);
  if (!foreign_.empty()) --foreign_.back().calls;
  foreign_changed_.notify_all();
}

bool Runtime::TakeOver(std::chrono::milliseconds limit) {
  {
    std::unique_lock lock(foreign_mutex_);
    const auto outside = [this] { return taken_over_ || (!foreign_.empty() && foreign_.back().calls == 0); };
    if (!foreign_changed_.wait_for(lock, limit, outside) || taken_over_) return false;
    taken_over_ = true;
    control_thread_ = std::this_thread::get_id();
  }
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  FailRefused();
  return true;
}

std::optional<Runtime::ForeignFunction> Runtime::Innermost() const {
  if (foreign_.empty()) return std::nullopt;
  const Foreign& innermost = foreign_.back();
  return ForeignFunction{
      innermost.who, innermost.function,
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - innermost.since)};
}

std::optional<Runtime::ForeignFunction> Runtime::InForeign() {
  const std::lock_guard lock(foreign_mutex_);
  return Innermost();
}

bool Runtime::ExecuteQueued() {
  uint64_t woken = 0;
  static_cast<void>(read(wake_, &woken, sizeof(woken)));
  std::deque<std::shared_ptr<Call>> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(queue_);
  }
  for (const std::shared_ptr<Call>& call : taken) {
    bool stopping;
    {
      const std::lock_guard lock(mutex_);
      stopping = stopping_;
    }
    if (!stopping) call->Execute(*this);
    {
      const std::lock_guard lock(mutex_);
      call->failed = stopping;
      call->done = true;
    }
    answered_.notify_all();
  }
  return !taken.empty();
}

template <class Family>
bool Runtime::TurnOf() {
  if (!has<Family>()) return false;
  Side<Family>& side = sides_.of<Family>();
  const size_t count = config_.families.of<Family>().forwarder->ReceivePunts(side.punts);
  if (count != 0) side.manager->HandlePunts(std::span<const Punt<Family>>(side.punts).first(count));
  return side.manager->Poll() || count != 0;
}

bool Runtime::Turn() {
  bool any = ExecuteQueued();
  ForEachFamily([&]<class Family>() { any = TurnOf<Family>() || any; });
  return any;
}

bool Runtime::in_callback() {
  bool any = false;
  ForEachFamily([&]<class Family>() { any = any || (has<Family>() && manager<Family>().in_callback()); });
  return any;
}

bool Runtime::Poll(bool* allowed) {
  const bool may = !config_.own_thread && on_control_thread() && !in_callback();
  if (allowed != nullptr) *allowed = may;
  return may && Turn();
}

std::optional<Time> Runtime::TimeToNextDeadline() {
  std::optional<Time> deadline;
  ForEachFamily([&]<class Family>() {
    const std::optional<Time> own = has<Family>() ? manager<Family>().NextDeadline() : std::nullopt;
    if (own.has_value() && (!deadline.has_value() || *own < *deadline)) deadline = own;
  });
  if (!deadline.has_value()) return std::nullopt;
  return std::max(Time(0), *deadline - config_.clock->Now());
}

void Runtime::ThreadMain() {
  control_thread_ = std::this_thread::get_id();
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    int timeout = -1;
    try {
      if (Turn()) continue;
    } catch (const std::bad_alloc&) {
      timeout = kPauseWithoutMemory;  // what waits is tried again
    }
    if (const std::optional<Time> next = TimeToNextDeadline()) {
      const auto due = static_cast<int>(std::min<int64_t>((next->count() + 999) / 1000, 60'000));
      if (timeout < 0) timeout = due;
    }
    pollfd wait = {.fd = wake_, .events = POLLIN, .revents = 0};
    poll(&wait, 1, timeout);
  }
}

}  // namespace mgmd::mgm
