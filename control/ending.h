#ifndef MGMD_CONTROL_ENDING_H_
#define MGMD_CONTROL_ENDING_H_

// How mgmd ends. The orderly way goes step by step on the control thread: workers, summary, protocols. Where a step does
// not come to its end, another thread cuts the way short (supervisor.h says when): it reads what can be read, writes the
// summary, names what is left behind, and ends the process without the rest.
//
// The two are kept apart by the router: control hands it over before the first step that may hang, and takes it back
// before it destroys it. Whoever comes second stands still, and the process ends under him.

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "control/api/events.h"
#include "control/router.h"

namespace mgmd {

class Ending {
 public:
  // `summary`: path of the file, or empty. `limit`: how long a stop may take in all.
  Ending(std::string summary, std::chrono::milliseconds limit, api::Events& events)
      : summary_(std::move(summary)), limit_(limit), events_(events) {}

  // Writes the summary, where there is a path. False: it could not be written; it is in the log.
  bool WriteSummary(const std::string& summary);

  // --- Control thread

  // The router that CutShort() reads; null: none, or none any more.
  void SetRouter(Router* router);
  // Stops workers and protocols and writes the summary. Ends the process if a worker stands still. False: there is no
  // summary.
  bool StopInOrder(Router& router);

  // --- Another thread

  // Ends the process. `where`: what control is inside of.
  [[noreturn]] void CutShort(const std::string& where);

 private:
  // Says what is left behind, in the log and in an event, and ends the process.
  [[noreturn]] void Leave(const std::vector<std::string>& left);

  const std::string summary_;
  const std::chrono::milliseconds limit_;
  api::Events& events_;
  std::atomic<bool> has_summary_ = false;  // the last one

  std::mutex mutex_;  // held while the router is read by CutShort()
  Router* router_ = nullptr;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_ENDING_H_
