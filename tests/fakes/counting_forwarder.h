#ifndef MGMD_TESTS_FAKES_COUNTING_FORWARDER_H_
#define MGMD_TESTS_FAKES_COUNTING_FORWARDER_H_

// A Forwarder that forwards nothing and keeps only counts: what remains of the time is the Group
// Manager's own.

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/forwarder.h"

namespace mgmd::fakes {

template <class Family>
class CountingForwarder : public Forwarder<Family> {
 public:
  uint64_t upserts = 0;
  uint64_t deletes = 0;
  uint64_t oifs = 0;
  uint64_t batches = 0;

  InterfaceSlot Slot(const InterfaceIdOf<Family>& interface) override {
    const auto slot = static_cast<uint16_t>(2 * slots_.size() + Family::kSlotBit);
    return slots_.try_emplace(interface, InterfaceSlot{slot}).first->second;
  }
  bool FreeSlot(InterfaceSlot) override { return false; }
  void SetEnabled(InterfaceSlot, bool) override {}
  void SetWrongInterfaceAlert(InterfaceSlot, bool) override {}
  void Bump(InterfaceSlot) override {}
  ApplyResult Apply(const FibBatch<Family>& batch) override {
    for (const FibChange<Family>& change : batch.changes) {
      ++(change.kind == FibChange<Family>::Kind::kUpsert ? upserts : deletes);
      oifs += change.oif_count;
    }
    return {BatchId{++batches}, {}};
  }
  SettleResult Settle() override { return {}; }
  bool Reclaimed(BatchId) override { return true; }
  bool Poll() override { return false; }
  void DiscardPending(const FibKey<Family>&) override {}
  std::optional<EntryCounters> Read(const FibKey<Family>&) override { return std::nullopt; }
  uint64_t Activity(const FibKey<Family>&) override { return 0; }
  size_t ReceivePunts(std::span<Punt<Family>>) override { return 0; }

 private:
  absl::flat_hash_map<InterfaceIdOf<Family>, InterfaceSlot> slots_;
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_COUNTING_FORWARDER_H_
