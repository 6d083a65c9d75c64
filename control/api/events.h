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
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "control/api/igmp_events.h"
#include "control/api/manager_events.h"
#include "control/output/line_writer.h"
#include "control/views/counts.h"
#include "control/views/interface_names.h"

namespace mgmd::api {

class Events {
 public:
  // Octets that wait. A million deleted MFEs are 8 MB, of IPv6 32; a million changed ones with four oifs 36, of IPv6
  // 60.
  static constexpr size_t kLimit = size_t{64} << 20;
  // Besides it, for the events that scripts wait for: all but those of MFEs, memberships and hosts' groups.
  static constexpr size_t kReserve = size_t{1} << 20;

  // Writes to the file, which is created or begun anew; a FIFO, a pipe (/dev/fd/N) or a device is as good. An empty
  // path: nothing is written, warnings still go to the log.
  static absl::StatusOr<std::unique_ptr<Events>> Open(const std::string& path, const config::Config& config);
  // Close(1 s), where it has not been called.
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // --- Of the program. Any thread, until Close().
  void Ready(int64_t pid, std::string_view telemetry_socket);
  void PortChanged(const views::PortChange& change);
  void TwinChanged(const views::TwinChange& change);
  void ProxyChanged(const views::ProxyChange& change);
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

  // --- Of the Group Manager: what observes each family's.
  PerFamily<mgm::ObserverPointer> observers() { return {&ipv4_, &ipv6_}; }

  // --- Of IGMP and MLD.
  PerFamily<views::IgmpObserverPointer> igmp_observers() { return {&igmp_, &mld_}; }

  // --- For ManagerEvents and IgmpEvents
  // False: nothing is written, and no record need be made.
  bool writes() const { return writer_ != nullptr; }
  const views::InterfaceNames& names() const { return names_; }
  // Adds "event" and "time" to the members, a JSON object, and hands the line over. Any thread, until Close().
  void Write(std::string_view event, std::string_view members = "{}");
  // Hands a record of so many events over. Important: not lost for those that are not.
  void Push(std::string_view record, uint64_t count, bool important);

 private:
  Events(const std::string& path, const config::Config& config) : path_(path), names_(config) {}
  const std::string path_;
  const views::InterfaceNames names_;
  std::unique_ptr<output::LineWriter> writer_;
  std::atomic<bool> closed_ = false;
  ManagerEvents<Ipv4> ipv4_{*this};
  ManagerEvents<Ipv6> ipv6_{*this};
  IgmpEvents<Ipv4> igmp_{*this};
  IgmpEvents<Ipv6> mld_{*this};
};

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_EVENTS_H_
