// The forwarder and workers that do not come: what is not safe waits, and what waits long is named.

#include <gtest/gtest.h>

#include <array>

#include "control/plane/dpdk_forwarder.h"
#include "tests/support/families.h"
#include "tests/support/keys.h"
#include "tests/support/log_capture.h"

namespace mgmd::plane {
namespace {

constexpr dataplane::ReaderId kWorker{0};

template <class Family>
class DpdkForwarderTest : public ::testing::Test {};
TYPED_TEST_SUITE(DpdkForwarderTest, BothFamilies);

// A forwarder with a FIB and one worker that says it holds nothing only when the test lets it.
template <class Family>
struct Rig {
  explicit Rig(std::chrono::milliseconds release_wait)
      : forwarder({.epoch = &epoch,
                   .fib = fib.get(),
                   .interfaces = &interfaces,
                   .ledger = &ledger,
                   .directory = &directory,
                   .release_wait = release_wait,
                   .wait = [this] { wait(); }}) {
    epoch.Online(kWorker);
  }
  ~Rig() { epoch.Offline(kWorker); }

  void Upsert() {
    FibBatch<Family> batch;
    batch.Upsert(key, in, {});
    forwarder.Apply(batch);
  }
  // Leaves something to reclaim, if there is an entry.
  BatchId Delete() {
    FibBatch<Family> batch;
    batch.Delete(key);
    return forwarder.Apply(batch).batch;
  }

  dataplane::Epoch epoch{{"worker a"}};
  InterfaceDirectory<Family> directory;
  CounterLedger<Family> ledger{directory};
  std::unique_ptr<dataplane::Mfib<Family>> fib = dataplane::Mfib<Family>::Create({}, epoch, ledger);
  dataplane::InterfaceTable interfaces;
  std::function<void()> wait = [] {};
  DpdkForwarder<Family> forwarder;
  const FibKey<Family> key = Keys<Family>::Wildcard(1, 0);
  const InterfaceSlot in = forwarder.Slot({1, {}});
};

TYPED_TEST(DpdkForwarderTest, GivesAnEpochOutAgainOnlyWhenWhatHadItIsReclaimed) {
  // Invariant: epochs come round after 65,536 changes of owner. An entry that a worker may still read must not find
  // its stamp current again: the change waits for the worker.
  using Family = TypeParam;
  Rig<Family> rig(std::chrono::hours(1));
  const int first = dataplane::StampOf(rig.interfaces.line(Value(rig.in)).load_gate().stamp()).epoch;
  for (int bump = first; bump < 0x7FFF; ++bump) rig.forwarder.Bump(rig.in);
  rig.Upsert();
  rig.forwarder.Bump(rig.in);
  const BatchId last_of_first_half = rig.Delete();
  for (int bump = 0; bump < 0x7FFF; ++bump) rig.forwarder.Bump(rig.in);
  EXPECT_FALSE(rig.forwarder.Reclaimed(last_of_first_half));
  int waits = 0;
  rig.wait = [&] {
    if (++waits == 3) rig.epoch.Quiescent(kWorker);
  };
  rig.forwarder.Bump(rig.in);
  EXPECT_EQ(waits, 3);
  EXPECT_TRUE(rig.forwarder.Reclaimed(last_of_first_half));
}

TYPED_TEST(DpdkForwarderTest, NamesAWorkerThatHoldsReclamationUpOnce) {
  // Invariant: memory that waits longer than release_wait for a worker is said with the worker's name, once for each
  // grace period, and not where nothing waits.
  using Family = TypeParam;
  support::LogCapture log;
  Rig<Family> rig(std::chrono::milliseconds(0));
  rig.forwarder.Poll();
  EXPECT_EQ(log.text(), "");
  rig.Upsert();
  rig.Delete();
  rig.forwarder.Poll();
  rig.forwarder.Poll();
  EXPECT_EQ(log.text(), "warning: reclamation: 1 objects wait for worker worker a\n");
  rig.epoch.Quiescent(kWorker);
  while (rig.forwarder.Poll()) {
  }
  EXPECT_EQ(rig.forwarder.retired(), 0u);
  log.Clear();
  rig.forwarder.Poll();
  EXPECT_EQ(log.text(), "");
}

TYPED_TEST(DpdkForwarderTest, NamesAStalledWorkerAndDoesNotWaitForIt) {
  using Family = TypeParam;
  dataplane::Epoch epoch({"worker a", "worker b"});
  InterfaceDirectory<Family> directory;
  CounterLedger<Family> ledger(directory);
  const auto fib = dataplane::Mfib<Family>::Create({}, epoch, ledger);
  dataplane::InterfaceTable interfaces;
  epoch.Online(dataplane::ReaderId{0});
  epoch.Online(dataplane::ReaderId{1});
  ForwarderParts<Family> parts{.epoch = &epoch,
                               .fib = fib.get(),
                               .interfaces = &interfaces,
                               .ledger = &ledger,
                               .directory = &directory,
                               .release_wait = std::chrono::milliseconds(5),
                               .wait = [&] { epoch.Quiescent(dataplane::ReaderId{0}); }};
  DpdkForwarder<Family> forwarder(std::move(parts));
  const SettleResult stalled = forwarder.Settle();
  EXPECT_FALSE(stalled.settled);
  EXPECT_EQ(stalled.stalled_workers, std::vector<std::string>{"worker b"});
  epoch.Offline(dataplane::ReaderId{1});
  EXPECT_TRUE(forwarder.Settle().settled);
}

// While no worker runs, nothing that is replaced is in the way of what replaces it, whoever has his turn.
TYPED_TEST(DpdkForwarderTest, TakesABacklogBackWhereItIsInTheWay) {
  using Family = TypeParam;
  constexpr uint32_t kMostRetired = 64;
  const FibKey<Family> key = Keys<Family>::Wildcard(1, 0);
  dataplane::Epoch epoch({"worker"});
  InterfaceDirectory<Family> directory;
  CounterLedger<Family> ledger(directory);
  const auto fib = dataplane::Mfib<Family>::Create({.max_entries = 8, .max_retired = kMostRetired}, epoch, ledger);
  dataplane::InterfaceTable interfaces;
  ForwarderParts<Family> parts{.epoch = &epoch,
                               .fib = fib.get(),
                               .interfaces = &interfaces,
                               .ledger = &ledger,
                               .directory = &directory,
                               .wait = [] {}};
  DpdkForwarder<Family> forwarder(std::move(parts));
  FibBatch<Family> batch;
  for (uint32_t n = 0; n < 10 * kMostRetired; ++n) batch.Upsert(key, kNoSlot, {});
  EXPECT_TRUE(forwarder.Apply(batch).refused.empty()) << "all in one batch";
  batch.Clear();
  batch.Upsert(key, kNoSlot, {});
  for (uint32_t n = 0; n < 10 * kMostRetired; ++n) {
    ASSERT_TRUE(forwarder.Apply(batch).refused.empty()) << "one by one, " << n;
  }
  epoch.Online(dataplane::ReaderId{0});
  uint32_t applied = 0;
  while (forwarder.Apply(batch).refused.empty()) ASSERT_LE(++applied, kMostRetired) << "a worker may read them";
  epoch.Offline(dataplane::ReaderId{0});
}

TYPED_TEST(DpdkForwarderTest, TakesBackWhatALongBatchReplacesWhileItIsApplied) {
  // Invariant: a long row of replacements goes round in few entries where workers let it, and in fresh ones where they
  // do not; either way every key has its new entry, and the batch is reclaimed when all of it is.
  using Family = TypeParam;
  constexpr uint32_t kKeys = 50'000;
  for (const bool workers_stand_still : {false, true}) {
    dataplane::Epoch epoch({"worker"});
    InterfaceDirectory<Family> directory;
    CounterLedger<Family> ledger(directory);
    const auto fib = dataplane::Mfib<Family>::Create({.max_entries = kKeys, .max_retired = kKeys}, epoch, ledger);
    dataplane::InterfaceTable interfaces;
    ForwarderParts<Family> parts{.epoch = &epoch,
                                 .fib = fib.get(),
                                 .interfaces = &interfaces,
                                 .ledger = &ledger,
                                 .directory = &directory,
                                 .wait = [] {}};
    DpdkForwarder<Family> forwarder(std::move(parts));
    const InterfaceSlot in = forwarder.Slot({1, {}}), out = forwarder.Slot({2, {}}), other = forwarder.Slot({3, {}});
    const auto key = [](uint32_t n) { return Keys<Family>::SourceGroup(n, 1); };
    for (const InterfaceSlot oif : {out, other}) {
      FibBatch<Family> batch;
      for (uint32_t n = 0; n < kKeys; ++n) batch.Upsert(key(n), in, std::array{oif});
      if (oif == other && workers_stand_still) epoch.Online(dataplane::ReaderId{0});
      const ApplyResult applied = forwarder.Apply(batch);
      EXPECT_TRUE(applied.refused.empty());
      if (oif == out) continue;
      if (workers_stand_still) {
        EXPECT_EQ(forwarder.retired(), kKeys);
        while (forwarder.Poll()) {
        }
        EXPECT_FALSE(forwarder.Reclaimed(applied.batch));
        epoch.Offline(dataplane::ReaderId{0});
      } else {
        EXPECT_LT(forwarder.retired(), kKeys / 2);
      }
      while (forwarder.Poll()) {
      }
      EXPECT_TRUE(forwarder.Reclaimed(applied.batch));
      EXPECT_EQ(forwarder.retired(), 0u);
    }
    for (uint32_t n = 0; n < kKeys; ++n) {
      const auto oifs = fib->Oifs(fib->entry(fib->Find(key(n))));
      ASSERT_EQ(oifs.size(), 1u);
      ASSERT_EQ(oifs[0].slot, Value(other)) << n;
    }
  }
}

}  // namespace
}  // namespace mgmd::plane
