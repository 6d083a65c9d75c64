#ifndef MGMD_CONTROL_API_MANAGER_EVENTS_H_
#define MGMD_CONTROL_API_MANAGER_EVENTS_H_

// What the Group Manager tells of one family, as events (events.h). Control thread, but for CallWaits().

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "control/mgm/observer.h"

namespace mgmd::api {

class Events;
enum class RecordKind : uint8_t;

template <class Family>
class ManagerEvents : public mgm::ObserverOf<Family> {
 public:
  using Key = FibKey<Family>;
  using Interface = InterfaceIdOf<Family>;

  // Where the events go; it outlives this.
  explicit ManagerEvents(Events& events) : events_(events) {}

  bool WantsMfes() const override;
  void MfesDeleted(std::span<const Key> keys) override;
  void MfesWritten(std::span<const mgm::MfeEventOf<Family>> mfes) override;
  void MembershipAdded(const mgm::ClientName& client, const Key& key, Interface interface) override;
  void MembershipDeleted(const mgm::ClientName& client, const Key& key, Interface interface) override;
  void ClientRegistered(const mgm::ClientName& client) override;
  void ClientDeregistered(const mgm::ClientName& client) override;
  void InterfaceTaken(const mgm::ClientName& client, Interface interface) override;
  void InterfaceReleased(const mgm::ReleaseTraceOf<Family>& trace) override;
  void BlockingCallback(const mgm::ClientName& client, std::string_view callback,
                        std::chrono::milliseconds duration) override;
  void Threw(std::string_view event, std::string_view what) override;
  void AnswerOverdue(const mgm::ClientName& client, std::string_view callback, const Key& key) override;
  void CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds duration) override;
  void EntryRefused(const Key& key) override;
  void LimitMet(std::string_view limit, const Key& key, uint64_t refused) override;

 private:
  void PushMembership(bool added, const mgm::ClientName& client, const Key& key, const Interface& interface);
  void Begin(RecordKind kind, int64_t time);

  Events& events_;
  std::string record_;              // scratch
  std::atomic<uint64_t> lost_ = 0;  // events that could not be made
};

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_MANAGER_EVENTS_H_
