// Invariants of slots: an interface has one, an epoch comes back only after its last batch, and a slot goes to another
// interface only when no entry names it.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "control/plane/dpdk_forwarder.h"

namespace mgmd::plane {
namespace {

constexpr Ipv4FibKey kKey = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 1), Ipv4Address(232, 1, 1, 1));

TEST(InterfaceDirectory, AnEpochComesBackOnlyAfterItsLastBatch) {
  InterfaceDirectory<Ipv4> directory;
  const InterfaceSlot slot = directory.SlotOf({7, {}}).slot;
  // The first half of the range is left with batch 5, and must be reclaimed when the range begins anew.
  for (int bump = 0; bump < 0x7FFF; ++bump) ASSERT_FALSE(directory.Bump(slot, BatchId{1}));
  EXPECT_FALSE(directory.Bump(slot, BatchId{5}));
  for (int bump = 0; bump < 0x7FFF; ++bump) ASSERT_FALSE(directory.Bump(slot, BatchId{6}));
  EXPECT_EQ(directory.Bump(slot, BatchId{9}), BatchId{5});
  EXPECT_EQ(directory.Current(slot).epoch, 0);
}

TEST(InterfaceDirectory, SlotsAreGivenOnceAndDifferByNextHop) {
  InterfaceDirectory<Ipv4> directory;
  const InterfaceSlot plain = directory.SlotOf({7, {}}).slot;
  const InterfaceSlot link = directory.SlotOf({7, Ipv4Address(10, 0, 0, 1)}).slot;
  EXPECT_NE(plain, link);
  EXPECT_EQ(directory.SlotOf({7, {}}).slot, plain);
  EXPECT_FALSE(directory.Find({8, {}}));
}

// A forwarder without packets, whose one worker is quiescent when it is said.
class SlotReuse : public ::testing::Test {
 protected:
  SlotReuse()
      : forwarder({.epoch = &epoch,
                   .fib = fib.get(),
                   .interfaces = &interfaces,
                   .ledger = &ledger,
                   .directory = &directory,
                   .wait = [] {}}) {
    epoch.Online(dataplane::ReaderId{0});
  }
  ~SlotReuse() override { epoch.Offline(dataplane::ReaderId{0}); }
  static InterfaceId Link(uint32_t number) { return {7, Ipv4Address(0x0A000000 + number)}; }
  void Set(std::vector<InterfaceSlot> oifs, InterfaceSlot accept = kNoSlot) {
    FibBatch<Ipv4> batch;
    batch.Upsert(kKey, accept, oifs);
    ASSERT_TRUE(forwarder.Apply(batch).refused.empty());
  }
  void Reclaim() {
    epoch.Quiescent(dataplane::ReaderId{0});
    forwarder.Poll();
  }

  dataplane::Epoch epoch{{"worker"}};
  InterfaceDirectory<Ipv4> directory;
  CounterLedger<Ipv4> ledger{directory};
  std::unique_ptr<dataplane::Mfib<Ipv4>> fib =
      dataplane::Mfib<Ipv4>::Create({.max_entries = 64, .max_retired = 1 << 20}, epoch, ledger);
  dataplane::InterfaceTable interfaces;
  DpdkForwarder<Ipv4> forwarder;
};

TEST_F(SlotReuse, WaitsForEveryEntryThatNamesTheSlot) {
  const InterfaceSlot slot = forwarder.Slot(Link(1));
  const Stamp stamp = directory.Current(slot);
  forwarder.SetEnabled(slot, true);
  Set({slot});
  forwarder.FreeSlot(slot);
  EXPECT_NE(forwarder.Slot(Link(2)), slot) << "an entry names it";
  Set({});
  EXPECT_NE(forwarder.Slot(Link(3)), slot) << "a worker may still see the entry";
  forwarder.Poll();
  EXPECT_NE(forwarder.Slot(Link(4)), slot);
  Reclaim();
  EXPECT_EQ(forwarder.Slot(Link(5)), slot);
  EXPECT_NE(directory.Current(slot), stamp);
  const dataplane::Gate gate = interfaces.line(Value(slot)).load_gate();
  EXPECT_EQ(dataplane::StampOf(gate.stamp()), directory.Current(slot));
  EXPECT_FALSE(gate.Has(dataplane::Gate::kEnabled));
}

TEST_F(SlotReuse, WaitsForEveryEntryThatAcceptsFromTheSlot) {
  const InterfaceSlot slot = forwarder.Slot(Link(1));
  Set({}, slot);
  forwarder.FreeSlot(slot);
  Set({});
  EXPECT_NE(forwarder.Slot(Link(2)), slot) << "a worker may still see the entry";
  Reclaim();
  EXPECT_EQ(forwarder.Slot(Link(3)), slot);
}

TEST_F(SlotReuse, AnInterfaceThatComesBackInTimeKeepsItsSlot) {
  const InterfaceSlot slot = forwarder.Slot(Link(1));
  forwarder.FreeSlot(slot);
  EXPECT_EQ(forwarder.Slot(Link(1)), slot);
  EXPECT_NE(forwarder.Slot(Link(2)), slot) << "it is in use again";
  forwarder.FreeSlot(slot);
  EXPECT_EQ(forwarder.Slot(Link(3)), slot) << "and free again, once";
  EXPECT_NE(forwarder.Slot(Link(4)), slot);
}

// More interfaces than slots, and than a slot has epochs: each is an oif for a while, and no entry that named the one
// before has its stamp.
TEST_F(SlotReuse, OutlivesEveryCounter) {
  std::set<uint16_t> slots;
  std::map<uint16_t, uint16_t> last;  // epoch of each slot
  for (uint32_t number = 0; number < 140'000; ++number) {
    const InterfaceSlot slot = forwarder.Slot(Link(number));
    ASSERT_NE(slot, kNoSlot) << number;
    slots.insert(Value(slot));
    const uint16_t epoch_now = directory.Current(slot).epoch;
    const auto [place, first] = last.try_emplace(Value(slot), epoch_now);
    ASSERT_TRUE(first || place->second != epoch_now);
    place->second = epoch_now;
    Set({slot});
    if (number % 3 == 0) forwarder.Bump(slot);
    Set({});
    forwarder.FreeSlot(slot);
    if (number % 16 == 0) Reclaim();
  }
  EXPECT_LE(slots.size(), 64u);
}

TEST(SlotDirectory, WithoutWorkersTheLastSlotComesBackAtOnce) {
  InterfaceDirectory<Ipv4> directory;
  for (uint32_t number = 0; number < kMaxInterfaces; ++number) {
    ASSERT_NE(directory.SlotOf({number, {}}).slot, kNoSlot);
  }
  EXPECT_EQ(directory.SlotOf({100'000, {}}).slot, kNoSlot);
  EXPECT_TRUE(directory.Free(InterfaceSlot{20'000}));
  EXPECT_EQ(directory.SlotOf({100'000, {}}).slot, InterfaceSlot{20'000});
  EXPECT_EQ(directory.SlotOf({100'001, {}}).slot, kNoSlot);
}

}  // namespace
}  // namespace mgmd::plane
