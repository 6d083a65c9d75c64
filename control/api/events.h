#ifndef MGMD_CONTROL_API_EVENTS_H_
#define MGMD_CONTROL_API_EVENTS_H_

// Everything that happens, as a file of JSON lines, so that scripts wait for events and never for time.
//
// Every line is one object with "event" and "time" (seconds since 1970, UTC). The events and their members stand in
// docs/operating.md. Control hands over compact values; a thread of its own makes lines of them and writes them, so
// that a reader that sleeps, or a disk that is full, holds up nobody. What waits is bounded by kLimit; what does not
// fit is lost, and an event says at its place how many are missing. Control thread, where nothing else is said.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "control/mgm/observer.h"
#include "control/output/line_writer.h"
#include "control/views/counts.h"
#include "control/views/interface_names.h"

namespace mgmd::api {

enum class RecordKind : uint8_t;

class Events : public mgm::Observer {
 public:
  // Octets that wait. A million deleted MFEs are 8 MB, a million changed ones with four oifs 44 MB.
  static constexpr size_t kLimit = size_t{64} << 20;
  // Besides it, for the events that scripts wait for: all but those of MFEs and memberships.
  static constexpr size_t kReserve = size_t{1} << 20;

  // Writes to the file, which is created or begun anew; a FIFO, a pipe (/dev/fd/N) or a device is as good. An empty
  // path: nothing is written, warnings still go to the log.
  static absl::StatusOr<std::unique_ptr<Events>> Open(const std::string& path, const config::Config& config);
  // Close(1 s), where it has not been called.
  ~Events() override;

  // --- Of the program. Any thread, until Close().
  void Ready(int64_t pid, std::string_view telemetry_socket);
  void PortChanged(const views::PortChange& change);
  void Idle(uint64_t packets);
  void ControlStoodStill(std::string_view in, std::chrono::milliseconds duration);
  void SummaryWritten(std::string_view file);
  void LeftBehind(const std::vector<std::string>& what);
  void Stopped();

  // Writes what waits, as long as it is taken and for at most `limit`; what is left is lost, and logged.
  void Close(std::chrono::milliseconds limit);
  // Waits until what waits is written, for at most `limit`. Any thread, until Close().
  void Flush(std::chrono::milliseconds limit);
  // Null where nothing is written. For its thread.
  output::LineWriter* writer() { return writer_.get(); }

  // --- Of the Group Manager
  bool WantsMfes() const override { return writer_ != nullptr; }
  void MfesDeleted(std::span<const Ipv4FibKey> keys) override;
  void MfesWritten(std::span<const mgm::MfeEvent> mfes) override;
  void MembershipAdded(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) override;
  void MembershipDeleted(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) override;
  void ClientRegistered(const mgm::ClientName& client) override;
  void ClientDeregistered(const mgm::ClientName& client) override;
  void InterfaceTaken(const mgm::ClientName& client, InterfaceId interface) override;
  void InterfaceReleased(const mgm::ReleaseTrace& trace) override;
  void BlockingCallback(const mgm::ClientName& client, std::string_view callback,
                        std::chrono::milliseconds duration) override;
  void Threw(std::string_view event, std::string_view what) override;
  void AnswerOverdue(const mgm::ClientName& client, std::string_view callback, const Ipv4FibKey& key) override;
  void CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds duration) override;
  void EntryRefused(const Ipv4FibKey& key) override;
  void LimitMet(std::string_view limit, const Ipv4FibKey& key, uint64_t refused) override;

 private:
  Events(const std::string& path, const config::Config& config) : path_(path), names_(config) {}
  // Adds "event" and "time" to the members, a JSON object, and hands the line over. Any thread, until Close().
  void Write(std::string_view event, std::string_view members = "{}");
  void PushMembership(bool added, const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface);
  void Begin(RecordKind kind, int64_t time);
  void Push(std::string_view record, uint64_t count, bool important);

  const std::string path_;
  const views::InterfaceNames names_;
  std::unique_ptr<output::LineWriter> writer_;
  std::atomic<bool> closed_ = false;
  std::string record_;              // scratch
  std::atomic<uint64_t> lost_ = 0;  // events that could not be made
};

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_EVENTS_H_
