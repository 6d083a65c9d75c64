#ifndef MGMD_CONTROL_MGM_RULES_ALERTS_H_
#define MGMD_CONTROL_MGM_RULES_ALERTS_H_

// JOIN, PRUNE and LOCAL_* alerts on their way to the clients: queued by the rules, delivered in rounds when the change
// is with the forwarder. Who is alerted is decided by mfe_alerts.h and membership_alerts.h.
//
// Many changes as one (A27): each is done as a single call would do it; alerts of a batch wait until its end, where
// those that cancel out are dropped. For that the batch remembers what was so before it.

#include <optional>

#include "control/mgm/rules/alert_queue.h"
#include "control/mgm/rules/change_batch.h"
#include "control/mgm/rules/client_calls.h"
#include "control/mgm/rules/lifetimes.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class Alerts {
 public:
  Alerts(Tables<Family>& tables, ClientCalls<Family>& calls, Lifetimes<Family>& lifetimes)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        cache_(tables.cache),
        calls_(calls),
        lifetimes_(lifetimes) {}

  void Push(AlertKind kind, ClientIndex client, FibKey<Family> key, InterfaceIdOf<Family> interface, bool membership) {
    queue_.Push({key, clients_[client].handle, interface, client, kind, membership});
  }
  // Delivers all that waits, and what that causes. Nothing inside a callback: the outermost call does.
  void Deliver();

  // To be called before an MFE is made, dropped, moved, or gets or loses its only oif.
  void NoteBefore(FibKey<Family> key);
  void NoteBefore(const MfeOf<Family>& mfe, uint16_t active);
  // While it lives, changes are done as one. Not inside another.
  class Batch {
   public:
    explicit Batch(Alerts& alerts) : alerts_(alerts) {
      alerts.changes_.emplace();
      alerts.changes_->first_alert = alerts.queue_.end();
    }
    ~Batch() { alerts_.changes_.reset(); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    // Leaves of the batch's alerts what has changed on the whole.
    void DropWhatCancelsOut() {
      const auto queued = alerts_.queue_.TakeFrom(alerts_.changes_->first_alert);
      const auto now = [this](FibKey<Family> key) { return alerts_.StateOf(key); };
      for (const Alert<Family>& alert : NetAlerts<Family>(*alerts_.changes_, queued, now)) alerts_.queue_.Push(alert);
    }

   private:
    Alerts& alerts_;
  };

  size_t waiting() const { return queue_.size(); }
  uint64_t delivered() const { return delivered_; }

 private:
  void DeliverPrune(const Alert<Family>& alert);
  MfeState StateOf(FibKey<Family> key) const;

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  ClientCalls<Family>& calls_;
  Lifetimes<Family>& lifetimes_;
  AlertQueue<Family> queue_;
  std::optional<ChangeBatch<Family>> changes_;  // while many are done as one
  uint64_t delivered_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_ALERTS_H_
