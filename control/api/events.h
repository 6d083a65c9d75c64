#ifndef MGMD_CONTROL_API_EVENTS_H_
#define MGMD_CONTROL_API_EVENTS_H_

// Everything that happens, as a file of JSON lines, so that scripts wait for events and never for time.
//
// Every line is one object with "event" and "time" (seconds since 1970, UTC). It is written and flushed inside the
// call that caused it. The events and their members stand in docs/operating.md. Control thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "control/api/interface_names.h"
#include "control/mgm/observer.h"

namespace mgmd::api {

class Events : public mgm::Observer {
 public:
  // Writes to the file, which is created or begun anew; a pipe is as good. An empty path: nothing is written, warnings
  // still go to the log.
  static absl::StatusOr<std::unique_ptr<Events>> Open(const std::string& path, const config::Config& config);
  ~Events() override;

  // Adds "event" and "time" to the members and writes the line.
  void Write(std::string_view event, const nlohmann::ordered_json& members = nlohmann::ordered_json::object());

  void MfeAdded(const mgm::MfeEvent& mfe) override;
  void MfeChanged(const mgm::MfeEvent& mfe) override;
  void MfeDeleted(const Ipv4FibKey& key) override;
  void MembershipAdded(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) override;
  void MembershipDeleted(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) override;
  void ClientRegistered(const mgm::ClientName& client) override;
  void ClientDeregistered(const mgm::ClientName& client) override;
  void InterfaceTaken(const mgm::ClientName& client, InterfaceId interface) override;
  void InterfaceReleased(const mgm::ReleaseTrace& trace) override;
  void BlockingCallback(const mgm::ClientName& client, std::string_view callback,
                        std::chrono::milliseconds duration) override;
  void Threw(std::string_view event, std::string_view what) override;
  void CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds duration) override;
  void EntryRefused(const Ipv4FibKey& key) override;
  void LimitMet(std::string_view limit, const Ipv4FibKey& key, uint64_t refused) override;

 private:
  Events(std::FILE* file, const config::Config& config) : file_(file), names_(config) {}
  void WriteMfe(std::string_view event, const mgm::MfeEvent& mfe);
  void WriteMembership(std::string_view event, const mgm::ClientName& client, const Ipv4FibKey& key,
                       InterfaceId interface);

  std::FILE* file_;  // null: nothing is written
  const InterfaceNames names_;
  std::atomic<uint64_t> lost_ = 0;  // events that could not be made
};

// The steps of a release as JSON: [{"step": "grace period", "us": 12, "count": 0}, ...].
nlohmann::ordered_json StepsOf(const mgm::ReleaseTrace& trace);

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_EVENTS_H_
