// A worker's turn: the order of what it does, as far as others rely on it.

#include "dataplane/worker.h"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <map>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

// What the device saw when packets were handed to it.
struct Handover {
  dataplane::Epoch* epoch;
  dataplane::GraceToken token;
  uint32_t packets = 0;
  uint32_t after_report = 0;  // handed over when the worker had reported that it holds nothing
};

uint16_t NoteHandover(uint16_t, uint16_t, rte_mbuf**, uint16_t count, void* context) {
  auto& seen = *static_cast<Handover*>(context);
  seen.packets += count;
  if (seen.epoch->Passed(seen.token)) seen.after_report += count;
  return count;
}

TEST(Worker, ReportsThatItHoldsNothingOnlyAfterItHasHandedEverythingOver) {
  // Invariant: whoever waits for the end of a turn (a release) may rely on it that nothing is given
  // to a device afterwards that was decided before: copies, injected packets, held packets.
  WorkerRig rig;
  rig.AddInterface(0, 0);
  rig.AddInterface(1, 1);
  rig.AddEntry(SourceGroup("10.0.0.1", "239.1.1.1"), 0, {1});
  rig.Turn();
  Handover seen{.epoch = rig.worker_config().epoch, .token = rig.worker_config().epoch->Start()};
  const dataplane::TxQueue queue = rig.worker_config().tx[1];
  const rte_eth_rxtx_callback* const callback = rte_eth_add_tx_callback(queue.port, queue.queue, NoteHandover, &seen);
  ASSERT_NE(callback, nullptr);
  for (int n = 0; n < 3; ++n) rig.Receive(0, PacketBuilder().Build());
  rig.Turn();
  EXPECT_EQ(rte_eth_remove_tx_callback(queue.port, queue.queue, callback), 0);
  EXPECT_EQ(seen.packets, 3u);
  EXPECT_EQ(seen.after_report, 0u);
  EXPECT_TRUE(seen.epoch->Passed(seen.token)) << "and it does report in that turn";
  EXPECT_EQ(rig.DiscardSent(1), 3u);
}

TEST(Worker, ReceivesAndSendsByTheDeviceThatIsBehindThePortNow) {
  // Invariant: a port keeps its number, and its interfaces, whatever device it has; without one it receives nothing,
  // and what is for it is dropped as oif_down.
  WorkerRig rig;
  rig.AddInterface(0, 0);
  rig.AddInterface(1, 1);
  rig.AddEntry(SourceGroup("10.0.0.1", "239.1.1.1"), 0, {1});
  rig.interfaces().SetReceiving(0, dataplane::kNoDevice);
  rig.Receive(0, PacketBuilder().Build());
  EXPECT_EQ(rig.Turn(), 0u);
  rig.interfaces().SetReceiving(0, 0);
  rig.interfaces().SetSending(1, dataplane::kNoDevice);
  EXPECT_EQ(rig.Turn(), 1u) << "what has waited in the device";
  EXPECT_EQ(rig.drops(), (std::map<DropReason, uint64_t>{{DropReason::kOifDown, 1}}));

  rig.interfaces().SetReceiving(0, 3);
  rig.interfaces().SetSending(1, 2);
  rig.Receive(3, PacketBuilder().Build());
  EXPECT_EQ(rig.Turn(), 1u);
  EXPECT_EQ(rig.DiscardSent(1), 0u);
  EXPECT_EQ(rig.DiscardSent(2), 1u);
}

TEST(Worker, CountsTurnsThatWereLongAndKeepsTheLongest) {
  // Invariant: a turn lasts until the next one begins, so that whatever kept the worker from turning is counted.
  WorkerRig rig;
  const dataplane::WorkerStats& stats = rig.worker().stats();
  rig.Turn();
  EXPECT_EQ(dataplane::Get(stats.long_turns), 0u) << "what was before the first turn is none";
  for (const uint64_t us : {90, 100, 101, 5000, 20}) {
    rig.AdvanceUs(us);
    rig.Turn();
  }
  EXPECT_EQ(dataplane::Get(stats.longest_turn), 5000u) << "of a clock whose ticks are microseconds";
  EXPECT_EQ(dataplane::Get(stats.long_turns), 2u);
}

}  // namespace
}  // namespace mgmd::testing
