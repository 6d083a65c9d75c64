#include "control/api/events.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "control/api/event_record.h"
#include "control/api/event_text.h"
#include "control/api/json_text.h"

namespace mgmd::api {
namespace {

using Json = nlohmann::ordered_json;

// MFEs of one record at most, so that neither a record nor its lines get long.
constexpr size_t kMfesOfRecord = 512;

std::string NameOf(const mgm::ClientName& client) { return std::string(client.name); }

// [{"step": "grace period", "us": 12, "count": 0}, ...]
Json StepsOf(const mgm::ReleaseTrace& trace) {
  Json steps = Json::array();
  for (const mgm::ReleaseStep& step : trace.steps) {
    steps.push_back({{"step", step.name}, {"us", step.duration.count()}, {"count", step.count}});
  }
  return steps;
}

}  // namespace

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

void Events::Begin(RecordKind kind, int64_t time) {
  record_.clear();
  Put(record_, kind);
  Put(record_, time);
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
  if (change.what == views::PortChange::What::kLink) {
    Write("port", JsonText({{"name", change.name}, {"up", change.up}}));
  } else {
    Write("port_mtu", JsonText({{"name", change.name}, {"mtu", change.mtu}}));
  }
}

void Events::Idle(uint64_t packets) { Write("idle", JsonText({{"packets", packets}})); }

void Events::ControlStoodStill(std::string_view in, std::chrono::milliseconds duration) {
  Write("control_stood_still", JsonText({{"in", in}, {"ms", duration.count()}}));
}

void Events::SummaryWritten(std::string_view file) { Write("summary_written", JsonText({{"file", file}})); }
void Events::LeftBehind(const std::vector<std::string>& what) { Write("left_behind", JsonText({{"what", what}})); }
void Events::Stopped() { Write("stopped"); }

void Events::MfesDeleted(std::span<const Ipv4FibKey> keys) {
  if (writer_ == nullptr) return;
  const int64_t time = TimeNow();
  while (!keys.empty()) {
    const size_t count = std::min(keys.size(), kMfesOfRecord);
    Begin(RecordKind::kDeleted, time);
    record_.append(reinterpret_cast<const char*>(keys.data()), count * sizeof(Ipv4FibKey));
    Push(record_, count, false);
    keys = keys.subspan(count);
  }
}

void Events::MfesWritten(std::span<const mgm::MfeEvent> mfes) {
  if (writer_ == nullptr) return;
  constexpr size_t kOctetsOfRecord = 16384;
  const int64_t time = TimeNow();
  size_t count = 0;
  for (const mgm::MfeEvent& mfe : mfes) {
    if (count == 0) Begin(RecordKind::kWritten, time);
    const bool next_hops =
        std::any_of(mfe.oifs.begin(), mfe.oifs.end(), [](const InterfaceId& oif) { return !oif.next_hop.is_zero(); });
    Put(record_, mfe.key);
    Put(record_, WrittenMfe{static_cast<uint32_t>(mfe.oifs.size()), mfe.added, mfe.has_iif, next_hops});
    if (mfe.has_iif) Put(record_, mfe.iif);
    for (const InterfaceId& oif : mfe.oifs) {
      if (next_hops) {
        Put(record_, oif);
      } else {
        Put(record_, oif.index);
      }
    }
    if (++count < kMfesOfRecord && record_.size() < kOctetsOfRecord && &mfe != &mfes.back()) continue;
    Push(record_, count, false);
    count = 0;
  }
}

void Events::PushMembership(bool added, const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) {
  if (writer_ == nullptr) return;
  Begin(RecordKind::kMembership, TimeNow());
  Put(record_, MembershipRecord{key, interface, added});
  record_.append(client.name);
  Push(record_, 1, false);
}

void Events::MembershipAdded(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) {
  PushMembership(true, client, key, interface);
}
void Events::MembershipDeleted(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) {
  PushMembership(false, client, key, interface);
}

void Events::ClientRegistered(const mgm::ClientName& client) {
  Write("registered", JsonText({{"client", NameOf(client)}}));
}
void Events::ClientDeregistered(const mgm::ClientName& client) {
  Write("deregistered", JsonText({{"client", NameOf(client)}}));
}

void Events::InterfaceTaken(const mgm::ClientName& client, InterfaceId interface) {
  Write("taken", JsonText({{"client", NameOf(client)}, {"interface", names_.NameOf(interface)}}));
}

void Events::InterfaceReleased(const mgm::ReleaseTrace& trace) {
  Write(trace.take ? "take" : "release", JsonText({{"client", NameOf(trace.client)},
                                                   {"interface", names_.NameOf(trace.interface)},
                                                   {"settled", trace.settled},
                                                   {"reclaimed", trace.reclaimed},
                                                   {"steps", StepsOf(trace)}}));
}

void Events::BlockingCallback(const mgm::ClientName& client, std::string_view callback,
                              std::chrono::milliseconds duration) {
  spdlog::warn("the {} callback of {} held control up for {} ms", callback, client.name, duration.count());
  Write("blocking_callback", JsonText({{"client", NameOf(client)}, {"callback", callback}, {"ms", duration.count()}}));
}

void Events::AnswerOverdue(const mgm::ClientName& client, std::string_view callback, const Ipv4FibKey& key) {
  Write("answer_overdue", JsonText({{"client", NameOf(client)}, {"callback", callback}, {"mfe", key.ToString()}}));
}

void Events::CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds duration) {
  spdlog::warn("a call waits for {} ms, since {} of {} has not returned", duration.count(), function, who);
}

void Events::Threw(std::string_view event, std::string_view what) {
  ++lost_;
  spdlog::error("an event ({}) could not be told: {}; {} so far", event, what, lost_.load());
}

void Events::EntryRefused(const Ipv4FibKey& key) {
  spdlog::debug("the FIB refused {}; it will be tried again", key.ToString());
  if (writer_ == nullptr) return;
  Begin(RecordKind::kRefused, TimeNow());
  Put(record_, key);
  Push(record_, 1, false);
}

void Events::LimitMet(std::string_view limit, const Ipv4FibKey& key, uint64_t refused) {
  spdlog::warn("[limits] {} is met: no entry for {}; {} refused so far", limit, key.ToString(), refused);
  if (writer_ != nullptr)
    Write("limit_met", JsonText({{"limit", limit}, {"mfe", key.ToString()}, {"refused", refused}}));
}

}  // namespace mgmd::api
