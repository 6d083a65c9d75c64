#ifndef MGMD_TESTS_FAKES_COUNTING_FORWARDER_H_
#define MGMD_TESTS_FAKES_COUNTING_FORWARDER_H_

// A Forwarder that forwards nothing and keeps only counts: what remains of the time is the Group
// Manager's own.

#include <optional>
#include <unordered_map>
#include <vector>

#include "common/forwarder.h"

namespace mgmd::fakes {

class CountingForwarder : public Forwarder<Ipv4> {
 public:
  uint64_t upserts = 0;
  uint64_t deletes = 0;
  uint64_t oifs = 0;
  uint64_t batches = 0;

  InterfaceSlot Slot(const InterfaceId& interface) override {
    const uint64_t key = uint64_t{interface.index} << 32 | interface.next_hop.host_order();
    return slots_.try_emplace(key, InterfaceSlot{static_cast<uint16_t>(slots_.size())}).first->second;
  }
  bool FreeSlot(InterfaceSlot) override { return false; }
  void SetEnabled(InterfaceSlot, bool) override {}
  void SetWrongInterfaceAlert(InterfaceSlot, bool) override {}
  void Bump(InterfaceSlot) override {}
  ApplyResult Apply(const FibBatch<Ipv4>& batch) override {
    for (const FibChange<Ipv4>& change : batch.changes) {
      ++(change.kind == FibChange<Ipv4>::Kind::kUpsert ? upserts : deletes);
      oifs += change.oif_count;
    }
    return {BatchId{++batches}, {}};
  }
  SettleResult Settle() override { return {}; }
  bool Reclaimed(BatchId) override { return true; }
  bool Poll() override { return false; }
  void DiscardPending(const Ipv4FibKey&) override {}
  std::optional<EntryCounters> Read(const Ipv4FibKey&) override { return std::nullopt; }
  uint64_t Activity(const Ipv4FibKey&) override { return 0; }
  size_t ReceivePunts(std::span<Punt<Ipv4>>) override { return 0; }

 private:
  std::unordered_map<uint64_t, InterfaceSlot> slots_;
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_COUNTING_FORWARDER_H_
