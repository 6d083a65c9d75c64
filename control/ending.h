#ifndef MGMD_CONTROL_ENDING_H_
#define MGMD_CONTROL_ENDING_H_

// How mgmd ends. The orderly way goes step by step on the control thread: goodbyes, workers, summary, protocols. Where
// a step does not come to its end, another thread cuts the way short (supervisor.h says when): it reads what can be
// read, writes the summary, names what is left behind, and ends the process without the rest.
//
// The two are kept apart by the router: control hands it over before the first step that may hang, and takes it back
// before it destroys it. Whoever comes second stands still, and the process ends under him.

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "control/api/events.h"
#include "control/output/summary_file.h"
#include "control/router.h"

namespace mgmd {

class Ending {
 public:
  // `summary`: null where none is to be written. `limit`: how long a stop may take in all.
  Ending(output::SummaryFile* summary, std::chrono::milliseconds limit, api::Events& events)
      : file_(summary), limit_(limit), events_(events) {}

  // --- Control thread

  // Begins to write a summary, unless the one before is still being written; there is a file for it.
  void BeginSummary(std::string summary);
  // Tells what has become of a summary that was begun, when it is known.
  void TellSummary();

  // The router that CutShort() reads; null: none, or none any more.
  void SetRouter(Router* router);
  // Lets protocols say goodbye, stops workers and protocols, and writes the summary. Ends the process if a worker
  // stands still. False: there is no summary.
  bool StopInOrder(Router& router);

  // --- Another thread

  // Ends the process. `where`: what control is inside of.
  [[noreturn]] void CutShort(const std::string& where);

 private:
  // Says what is left behind, in the log and in an event, and ends the process.
  [[noreturn]] void Leave(const std::vector<std::string>& left);

  // The event, or a line in the log. False: it was not written.
  bool Tell(const absl::Status& written);
  // Waits for it, for at most `limit`. False: it was not written.
  bool WriteLastSummary(output::SummaryFile& file, std::string summary, std::chrono::milliseconds limit);

  output::SummaryFile* const file_;
  const std::chrono::milliseconds limit_;
  api::Events& events_;
  std::atomic<bool> has_summary_ = false;  // the last one

  std::mutex mutex_;  // held while the router is read by CutShort()
  Router* router_ = nullptr;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_ENDING_H_
