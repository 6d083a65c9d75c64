#ifndef MGMD_CONTROL_MGM_C_FORWARDER_H_
#define MGMD_CONTROL_MGM_C_FORWARDER_H_

// The MGM_EXT_FORWARDER and the route lookup of a C program (mgm_ext.h) as the manager's Forwarder
// and RouteTable. It keeps the numbering of interfaces and nothing else: what a batch holds is
// handed on at once, so that every batch is reclaimed when it has been applied.

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/forwarder.h"
#include "common/route_table.h"
#include "control/mgm/mgm_ext.h"

namespace mgmd::mgm {

class CForwarder : public Forwarder<Ipv4> {
 public:
  explicit CForwarder(const MGM_EXT_FORWARDER& table) : table_(table) {}

  InterfaceSlot Slot(const InterfaceId& interface) override;
  bool FreeSlot(InterfaceSlot slot) override;
  void SetEnabled(InterfaceSlot slot, bool enabled) override;
  void SetWrongInterfaceAlert(InterfaceSlot, bool) override {}
  void Bump(InterfaceSlot) override {}
  ApplyResult Apply(const FibBatch<Ipv4>& batch) override;
  SettleResult Settle() override;
  bool Reclaimed(BatchId) override { return true; }
  bool Poll() override { return false; }
  void DiscardPending(const Ipv4FibKey& key) override;
  std::optional<EntryCounters> Read(const Ipv4FibKey& key) override;
  uint64_t Activity(const Ipv4FibKey& key) override;
  size_t ReceivePunts(std::span<Punt<Ipv4>>) override { return 0; }

 private:
  // IPv4 has every second slot.
  static size_t PlaceOf(InterfaceSlot slot) { return Value(slot) >> 1; }

  const MGM_EXT_FORWARDER table_;
  std::vector<InterfaceId> interfaces_;  // by PlaceOf() of the slot
  std::vector<InterfaceSlot> freed_;
  absl::flat_hash_map<InterfaceId, InterfaceSlot> slots_;
  // The oifs that each entry has: what pfnReadCounters is asked about.
  absl::flat_hash_map<Ipv4FibKey, std::vector<InterfaceId>> oifs_;
  uint64_t batches_ = 0;
};

class CRouteTable : public RouteTable<Ipv4> {
 public:
  CRouteTable(PMGM_EXT_ROUTE_LOOKUP lookup, PVOID context) : lookup_(lookup), context_(context) {}
  std::optional<Route<Ipv4>> Lookup(const Ipv4Address& source) const override;

 private:
  const PMGM_EXT_ROUTE_LOOKUP lookup_;
  const PVOID context_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_C_FORWARDER_H_
