#include "control/ending.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "control/api/summary.h"
#include "control/mgm/host.h"

namespace mgmd {
namespace {

using std::chrono::milliseconds;

void Append(std::vector<std::string>& list, const std::vector<std::string>& more, const char* ending = "") {
  for (const std::string& each : more) list.push_back(absl::StrCat(each, ending));
}

}  // namespace

bool Ending::Tell(const absl::Status& written) {
  if (written.ok()) {
    events_.SummaryWritten(file_->path());
  } else {
    spdlog::error("--summary {}", std::string(written.message()));
  }
  return written.ok();
}

void Ending::BeginSummary(std::string summary) {
  if (!file_->Write(std::move(summary))) {
    spdlog::warn("SIGUSR1: the summary before is still being written to {}", file_->path());
  }
}

void Ending::TellSummary() {
  if (file_ == nullptr) return;
  if (const auto written = file_->Finished()) Tell(*written);
}

bool Ending::WriteLastSummary(output::SummaryFile& file, std::string summary, milliseconds limit) {
  file.Write(std::move(summary));
  return Tell(file.Wait(limit).value_or(absl::OkStatus()));
}

void Ending::SetRouter(Router* router) {
  const std::lock_guard lock(mutex_);
  router_ = router;
}

bool Ending::StopInOrder(Router& router) {
  std::vector<std::string> left;
  router.SayGoodbye();
  // Together less than the orderly part of the limit, so that nothing that may be waited for is cut short.
  Append(left, router.StopWorkers(limit_ / 5), " stands still");
  bool written = true;
  if (file_ != nullptr) {
    if (const auto before = file_->Wait(limit_ / 20)) Tell(*before);
    written = WriteLastSummary(*file_, api::WholeSummary(&router, router.names(), {.left_behind = left}), limit_ / 3);
  }
  has_summary_ = true;
  router.StopProtocols();
  if (!left.empty()) Leave(left);
  return written;
}

void Ending::CutShort(const std::string& where) {
  std::vector<std::string> left = {where};
  const bool ours = MgmHostTakeOver(limit_ / 10);
  const std::lock_guard lock(mutex_);
  std::string summary;
  if (router_ != nullptr) {
    const std::vector<std::string> workers = router_->StopWorkers(limit_ / 10);
    Append(left, workers, " stands still");
    if (ours) {
      for (const views::Client& client : router_->Clients()) {
        left.push_back(absl::StrCat("client ", client.name, " is registered"));
      }
      summary = api::WholeSummary(router_, router_->names(), {.left_behind = left});
      if (workers.empty()) router_->StopPorts();
    } else {
      summary = api::WholeSummary(router_, router_->names(), {.counters_only = true, .left_behind = left});
    }
  }
  if (summary.empty())
    summary = api::WholeSummary(nullptr, views::InterfaceNames(config::Config()), {.left_behind = left});
  if (!has_summary_ && file_ != nullptr) {
    // Control may be inside of file_.
    auto own = output::SummaryFile::Open(file_->path());
    if (own.ok()) {
      WriteLastSummary(**own, std::move(summary), limit_ / 8);
    } else {
      Tell(own.status());
    }
  }
  Leave(left);
}

void Ending::Leave(const std::vector<std::string>& left) {
  spdlog::error("left behind: {}", absl::StrJoin(left, "; "));
  events_.LeftBehind(left);
  events_.Stopped();
  events_.Flush(limit_ / 20);
  spdlog::default_logger()->flush();
  _exit(EXIT_FAILURE);
}

}  // namespace mgmd
