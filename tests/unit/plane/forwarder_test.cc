// The forwarder and workers that do not come: what is not safe waits, and what waits long is named.

#include <gtest/gtest.h>

#include "control/plane/dpdk_forwarder.h"
#include "tests/support/log_capture.h"

namespace mgmd::plane {
namespace {

constexpr dataplane::ReaderId kWorker{0};

// A forwarder with a FIB and one worker that says it holds nothing only when the test lets it.
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
    FibBatch batch;
    batch.Upsert(key, in, {});
    forwarder.Apply(batch);
  }
  // Leaves something to reclaim, if there is an entry.
  BatchId Delete() {
    FibBatch batch;
    batch.Delete(key);
    return forwarder.Apply(batch).batch;
  }

  dataplane::Epoch epoch{{"worker a"}};
  InterfaceDirectory directory;
  CounterLedger ledger{directory};
  std::unique_ptr<dataplane::Mfib<Ipv4>> fib = dataplane::Mfib<Ipv4>::Create({}, epoch, ledger);
  dataplane::InterfaceTable interfaces;
  std::function<void()> wait = [] {};
  DpdkForwarder forwarder;
  const Ipv4FibKey key = Ipv4FibKey::AnySource(Ipv4Address(239, 1, 1, 1));
  const InterfaceSlot in = forwarder.Slot({1, {}});
};

TEST(Bump, GivesAnEpochOutAgainOnlyWhenWhatHadItIsReclaimed) {
  // Invariant: epochs come round after 65,536 changes of owner. An entry that a worker may still read must not find
  // its stamp current again: the change waits for the worker.
  Rig rig(std::chrono::hours(1));
  const int first = rig.interfaces.line(Value(rig.in)).current_stamp().epoch;
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

TEST(Poll, NamesAWorkerThatHoldsReclamationUpOnce) {
  // Invariant: memory that waits longer than release_wait for a worker is said with the worker's name, once for each
  // grace period, and not where nothing waits.
  support::LogCapture log;
  Rig rig(std::chrono::milliseconds(0));
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

}  // namespace
}  // namespace mgmd::plane
