#ifndef MGMD_CONTROL_PLANE_DEVICE_THREAD_H_
#define MGMD_CONTROL_PLANE_DEVICE_THREAD_H_

// A thread for what control has to do with devices and would take too long for a turn of it: one job at a time, in the
// order in which they are given.
//
// It is no thread of EAL's: one of those would keep packet buffers that drivers free in a cache of its own.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace mgmd::plane {

class DeviceThread {
 public:
  DeviceThread() = default;
  // Waits for the job that runs; those that wait are not begun, and their futures are broken.
  ~DeviceThread();
  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;

  // The thread begins with the first job, off the workers' cores. What the job owns goes on it, too.
  template <class Job>
  auto Do(Job job) -> std::future<decltype(job())> {
    auto task = std::make_shared<std::packaged_task<decltype(job())()>>(std::move(job));
    auto done = task->get_future();
    Add([task = std::move(task)] { (*task)(); });
    return done;
  }

 private:
  void Add(std::function<void()> job);
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

// Whether what was begun has come to its end.
template <class T>
bool IsDone(const std::future<T>& future) {
  return future.valid() && future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DEVICE_THREAD_H_
