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
#include "dataplane/interface_table.h"
#include "dataplane/worker.h"

namespace mgmd::plane {

struct ForwarderParts {
  dataplane::Epoch* epoch;
  dataplane::Mfib<Ipv4>* fib;
  dataplane::InterfaceTable* interfaces;
  CounterLedger* ledger;
  InterfaceDirectory* directory;
  std::vector<dataplane::MessageRing*> messages{};
  std::vector<dataplane::PuntRing*> punts{};
  std::chrono::milliseconds release_wait{1000};
  // Called over and over while control waits for workers: a pause, or a turn of workers that are stepped.
  std::function<void()> wait{};
};

class DpdkForwarder : public Forwarder {
 public:
  explicit DpdkForwarder(ForwarderParts parts);

  InterfaceSlot Slot(InterfaceId interface) override;
  bool FreeSlot(InterfaceSlot slot) override;
  void SetEnabled(InterfaceSlot slot, bool enabled) override;
  void SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled) override;
  void Bump(InterfaceSlot slot) override;

  ApplyResult Apply(const FibBatch& batch) override;
  SettleResult Settle() override;
  bool Reclaimed(BatchId batch) override;
  bool Poll() override;

  void DiscardPending(Ipv4FibKey key) override;

  std::optional<EntryCounters> Read(Ipv4FibKey key) override;
  uint64_t Activity(Ipv4FibKey key) override;

  size_t ReceivePunts(std::span<Punt> punts) override;

  size_t retired() const { return parts_.fib->retired(); }

 private:
  std::optional<Refusal> Upsert(const FibBatch& batch, const FibChange& change);
  void Delete(const Ipv4FibKey& key);
  // Waits for the readers, at most release_wait; the names of those that did not make it.
  std::vector<std::string> WaitFor(dataplane::GraceToken token);
  void ReportStalledReclamation();

  ForwarderParts parts_;
  InterfaceDirectory& directory_;
  WorkerMessages messages_;
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
