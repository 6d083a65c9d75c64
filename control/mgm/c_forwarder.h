#ifndef MGMD_CONTROL_MGM_C_FORWARDER_H_
#define MGMD_CONTROL_MGM_C_FORWARDER_H_

// The forwarder and the route lookup of a C program (mgm_ext.h, mgm6_ext.h) as the manager's Forwarder and RouteTable
// of a family. It keeps the numbering of interfaces and nothing else: what a batch holds is handed on at once, so that
// every batch is reclaimed when it has been applied.

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/forwarder.h"
#include "common/route_table.h"
#include "control/mgm/c_values.h"

namespace mgmd::mgm {

template <class Family>
class CForwarder : public Forwarder<Family> {
 public:
  using Table = typename CValues<Family>::Table;
  using Key = FibKey<Family>;
  using Id = InterfaceIdOf<Family>;

  explicit CForwarder(const Table& table) : table_(table) {}

  InterfaceSlot Slot(const Id& interface) override;
  bool FreeSlot(InterfaceSlot slot) override;
  void SetEnabled(InterfaceSlot slot, bool enabled) override;
  void SetWrongInterfaceAlert(InterfaceSlot, bool) override {}
  void Bump(InterfaceSlot) override {}
  ApplyResult Apply(const FibBatch<Family>& batch) override;
  SettleResult Settle() override;
  bool Reclaimed(BatchId) override { return true; }
  bool Poll() override { return false; }
  void DiscardPending(const Key& key) override;
  std::optional<EntryCounters> Read(const Key& key) override;
  uint64_t Activity(const Key& key) override;
  size_t ReceivePunts(std::span<Punt<Family>>) override { return 0; }

 private:
  // A family has every second slot.
  static size_t PlaceOf(InterfaceSlot slot) { return Value(slot) >> 1; }

  const Table table_;
  std::vector<Id> interfaces_;  // by PlaceOf() of the slot
  std::vector<InterfaceSlot> freed_;
  absl::flat_hash_map<Id, InterfaceSlot> slots_;
  // The oifs that each entry has: what pfnReadCounters is asked about.
  absl::flat_hash_map<Key, std::vector<Id>> oifs_;
  uint64_t batches_ = 0;
};

template <class Family>
class CRouteTable : public RouteTable<Family> {
 public:
  using RouteLookup = typename CValues<Family>::RouteLookup;

  CRouteTable(RouteLookup lookup, PVOID context) : lookup_(lookup), context_(context) {}
  std::optional<Route<Family>> Lookup(const typename Family::Address& source) const override;

 private:
  const RouteLookup lookup_;
  const PVOID context_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_C_FORWARDER_H_
