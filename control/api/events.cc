#include "control/api/events.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "control/api/event_record.h"
#include "control/api/event_text.h"
#include "control/api/json_text.h"

namespace mgmd::api {

absl::StatusOr<std::unique_ptr<Events>> Events::Open(const std::string& path, const config::Config& config) {
  auto events = std::unique_ptr<Events>(new Events(path, config));
  if (path.empty()) return events;
  auto output = output::LineOutput::Open(path);
  if (!output.ok()) {
    return absl::Status(output.status().code(), absl::StrCat("--events ", std::string(output.status().message())));
  }
  const auto text = std::make_shared<const EventText>(config);
  events->writer_ = std::make_unique<output::LineWriter>(
      *std::move(output),
      output::LineWriterParts{
          .thread_name = "events",
          .limit = kLimit,
          .reserve = kReserve,
          .format = [text](std::string_view record, std::string& lines) { text->Append(record, lines); },
          .format_lost = &EventText::AppendLost,
          .trouble = [](const std::string& what) { spdlog::error("--events {}", what); }});
  return events;
}

Events::~Events() { Close(output::LineWriter::kStill); }

void Events::Close(std::chrono::milliseconds limit) {
  if (writer_ == nullptr || closed_.exchange(true)) return;
  if (const uint64_t lost = writer_->Stop(limit); lost != 0) {
    spdlog::warn("--events {}: {} events at its end were not written", path_, lost);
  } else if (writer_->waiting() != 0) {
    spdlog::warn("--events {}: some events at its end were not written", path_);
  }
  // The writer stays: who cuts the stop short may be telling of it on another thread.
}

void Events::Flush(std::chrono::milliseconds limit) {
  if (writer_ == nullptr || writer_->Flush(limit)) return;
  spdlog::warn("--events {}: some events at its end were not written", path_);
}

void Events::Push(std::string_view record, uint64_t count, bool important) {
  if (writer_->Push(record, count, important)) return;
  spdlog::warn("--events {}: events are lost until its reader has caught up", path_);
}

void Events::Write(std::string_view event, std::string_view members) {
  if (writer_ == nullptr) return;
  std::string record;  // not record_: another thread may tell of the end
  Put(record, RecordKind::kText);
  AppendHead(event, TimeNow(), record);
  const std::string_view rest = members.substr(1);
  record.append(rest == "}" ? "" : ",").append(rest).append("\n");
  Push(record, 1, true);
}

void Events::Ready(int64_t pid, std::string_view telemetry_socket) {
  Write("ready", JsonText({{"pid", pid}, {"telemetry", telemetry_socket}}));
}

void Events::PortChanged(const views::PortChange& change) {
  using What = views::PortChange::What;
  if (change.what == What::kLink) Write("port", JsonText({{"name", change.name}, {"up", change.up}}));
  if (change.what == What::kMtu) Write("port_mtu", JsonText({{"name", change.name}, {"mtu", change.mtu}}));
  if (change.what == What::kDeviceGone) Write("device", JsonText({{"port", change.name}, {"what", "gone"}}));
  if (change.what == What::kDeviceOpened) Write("device", JsonText({{"port", change.name}, {"what", "opened"}}));
  if (change.what == What::kDeviceRefused) {
    Write("device", JsonText({{"port", change.name}, {"what", "refused"}, {"why", change.why}}));
  }
}

void Events::TwinChanged(const views::TwinChange& change) {
  // In order of the enumerators.
  static constexpr std::array kWhat = {"up", "down", "deleted", "addresses", "duplicate_address"};
  nlohmann::json members = {{"name", change.name}, {"what", kWhat[static_cast<size_t>(change.what)]}};
  using What = views::TwinChange::What;
  if (change.what == What::kAddresses || change.what == What::kDuplicateAddress)
    members["addresses"] = change.addresses;
  Write("twin", JsonText(members));
}

void Events::ProxyChanged(const views::ProxyChange& change) {
  nlohmann::json members = {{"protocol", change.protocol}, {"upstream", change.upstream}};
  members["what"] = change.suspended ? "suspended" : "goes_on";
  if (change.suspended) members["why"] = change.why;
  Write("proxy", JsonText(members));
}

void Events::Idle(uint64_t packets) { Write("idle", JsonText({{"packets", packets}})); }

void Events::ControlStoodStill(std::string_view in, std::chrono::milliseconds duration) {
  Write("control_stood_still", JsonText({{"in", in}, {"ms", duration.count()}}));
}

void Events::SummaryWritten(std::string_view file) { Write("summary_written", JsonText({{"file", file}})); }
void Events::LeftBehind(const std::vector<std::string>& what) { Write("left_behind", JsonText({{"what", what}})); }
void Events::Stopped() { Write("stopped"); }

}  // namespace mgmd::api
