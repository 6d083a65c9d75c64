#ifndef MGMD_CONTROL_PLANE_DPDK_FORWARDER_H_
#define MGMD_CONTROL_PLANE_DPDK_FORWARDER_H_

// The Forwarder on DPDK: control's batches become changes of the multicast FIB, interfaces become lines of the
// interface table, workers' rings become punts. See common/forwarder.h for the contract.
//
// Control thread. The parts it works on are the plane's and outlive it.

#include <chrono>
#include <functional>
#include <vector>

#include "common/forwarder.h"
#include "control/plane/counter_ledger.h"
#include "control/plane/interface_directory.h"
#include "control/plane/worker_messages.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/worker.h"

namespace mgmd::plane {

template <class Family>
struct ForwarderParts {
  dataplane::Epoch* epoch;
  dataplane::Mfib<Family>* fib;
  dataplane::InterfaceTable* interfaces;
  CounterLedger<Family>* ledger;
  InterfaceDirectory<Family>* directory;
  std::vector<dataplane::MessageRing<Family>*> messages = {};
  std::vector<dataplane::PuntRing<Family>*> punts = {};
  std::chrono::milliseconds release_wait{1000};
  // Called over and over while control waits for workers: a pause, or a turn of workers that are stepped.
  std::function<void()> wait = {};
};

template <class Family>
class DpdkForwarder : public Forwarder<Family> {
 public:
  explicit DpdkForwarder(ForwarderParts<Family> parts);

  InterfaceSlot Slot(const InterfaceIdOf<Family>& interface) override;
  bool FreeSlot(InterfaceSlot slot) override;
  void SetEnabled(InterfaceSlot slot, bool enabled) override;
  void SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled) override;
  void Bump(InterfaceSlot slot) override;

  ApplyResult Apply(const FibBatch<Family>& batch) override;
  SettleResult Settle() override;
  bool Reclaimed(BatchId batch) override;
  bool Poll() override;

  void DiscardPending(const FibKey<Family>& key) override;

  std::optional<EntryCounters> Read(const FibKey<Family>& key) override;
  uint64_t Activity(const FibKey<Family>& key) override;

  size_t ReceivePunts(std::span<Punt<Family>> punts) override;

  size_t retired() const { return parts_.fib->retired(); }

 private:
  using Messages = WorkerMessages<Family>;
  // False: it was refused.
  bool Upsert(const FibBatch<Family>& batch, const FibChange<Family>& change);
  void Delete(const FibKey<Family>& key);
  // Waits for the readers, at most release_wait; the names of those that did not make it.
  std::vector<std::string> WaitFor(dataplane::GraceToken token);
  void ReportStalledReclamation();

  ForwarderParts<Family> parts_;
  InterfaceDirectory<Family>& directory_;
  WorkerMessages<Family> messages_;
  std::vector<Stamp> stamps_;  // of the entry that is being built
  BatchId last_batch_{};
  size_t next_punt_ring_ = 0;

  // The grace period that reclamation waits for, since when, and whether its laggards have been logged.
  std::optional<dataplane::GraceToken> waited_for_;
  std::chrono::steady_clock::time_point waiting_since_;
  bool stall_reported_ = false;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DPDK_FORWARDER_H_
