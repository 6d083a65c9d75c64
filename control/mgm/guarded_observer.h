#ifndef MGMD_CONTROL_MGM_GUARDED_OBSERVER_H_
#define MGMD_CONTROL_MGM_GUARDED_OBSERVER_H_

// Hands events on to the program's observer and lets nothing that it throws come back: it only
// looks, so a call that succeeded stays one. What it threw is told to itself, by Threw(). What ends
// a thread goes on.

#include <cxxabi.h>

#include <exception>
#include <span>

#include "control/mgm/observer.h"

namespace mgmd::mgm {

template <class Family>
class GuardedObserver : public ObserverOf<Family> {
 public:
  // Null: nobody looks.
  explicit GuardedObserver(ObserverOf<Family>* observer) : observer_(observer) {}

  bool WantsMfes() const override {
    bool wants = false;
    Tell("WantsMfes", [&] { wants = observer_->WantsMfes(); });
    return wants;
  }
  void MfesDeleted(std::span<const FibKey<Family>> keys) override {
    Tell("MfesDeleted", [&] { observer_->MfesDeleted(keys); });
  }
  void MfesWritten(std::span<const MfeEventOf<Family>> mfes) override {
    Tell("MfesWritten", [&] { observer_->MfesWritten(mfes); });
  }
  void MembershipAdded(const ClientName& client, const FibKey<Family>& key, InterfaceIdOf<Family> interface) override {
    Tell("MembershipAdded", [&] { observer_->MembershipAdded(client, key, interface); });
  }
  void MembershipDeleted(const ClientName& client, const FibKey<Family>& key,
                         InterfaceIdOf<Family> interface) override {
    Tell("MembershipDeleted", [&] { observer_->MembershipDeleted(client, key, interface); });
  }
  void ClientRegistered(const ClientName& client) override {
    Tell("ClientRegistered", [&] { observer_->ClientRegistered(client); });
  }
  void ClientDeregistered(const ClientName& client) override {
    Tell("ClientDeregistered", [&] { observer_->ClientDeregistered(client); });
  }
  void InterfaceTaken(const ClientName& client, InterfaceIdOf<Family> interface) override {
    Tell("InterfaceTaken", [&] { observer_->InterfaceTaken(client, interface); });
  }
  void InterfaceReleased(const ReleaseTraceOf<Family>& trace) override {
    Tell("InterfaceReleased", [&] { observer_->InterfaceReleased(trace); });
  }
  void BlockingCallback(const ClientName& client, std::string_view callback, std::chrono::milliseconds took) override {
    Tell("BlockingCallback", [&] { observer_->BlockingCallback(client, callback, took); });
  }
  void AnswerOverdue(const ClientName& client, std::string_view callback, const FibKey<Family>& key) override {
    Tell("AnswerOverdue", [&] { observer_->AnswerOverdue(client, callback, key); });
  }
  void CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds ran) override {
    Tell("CallWaits", [&] { observer_->CallWaits(who, function, ran); });
  }
  void EntryRefused(const FibKey<Family>& key) override {
    Tell("EntryRefused", [&] { observer_->EntryRefused(key); });
  }
  void LimitMet(std::string_view limit, const FibKey<Family>& key, uint64_t refused) override {
    Tell("LimitMet", [&] { observer_->LimitMet(limit, key, refused); });
  }

 private:
  template <class Function>
  void Tell(std::string_view event, Function tell) const {
    if (observer_ == nullptr) return;
    try {
      tell();
    } catch (abi::__forced_unwind&) {
      throw;
    } catch (const std::exception& error) {
      Complain(event, error.what());
    } catch (...) {
      Complain(event, "what it threw is no std::exception");
    }
  }
  void Complain(std::string_view event, std::string_view what) const {
    try {
      observer_->Threw(event, what);
    } catch (abi::__forced_unwind&) {
      throw;
    } catch (...) {
      // It cannot even be told: then nobody is.
    }
  }

  ObserverOf<Family>* const observer_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_GUARDED_OBSERVER_H_
