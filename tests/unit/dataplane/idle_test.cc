// A worker that may sleep: when it does, and that nothing and nobody waits longer for it than the sleep lasts.

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <sys/prctl.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "common/sleep.h"
#include "dataplane/idle_pace.h"
#include "dataplane/rings/inject.h"
#include "tests/support/worker_rig.h"
#include "tests/unit/dataplane/drain_support.h"

namespace mgmd::testing {
namespace {

using dataplane::IdlePace;
using Kind = dataplane::WorkerMessage<Ipv4>::Kind;

constexpr int kIn = 0;
constexpr int kOut = 1;

TEST(IdlePace, SleepsAfterManyIdleTurnsAndLongerEachTime) {
  // Invariant: no sleep is much longer than the pause before it, none is longer than the limit, and a turn that finds
  // something begins the wait anew.
  IdlePace pace;
  for (int round = 0; round < 2; ++round) {
    for (uint32_t turn = 0; turn < IdlePace::kTurnsAwake; ++turn) EXPECT_EQ(pace.SleepAfter(true), 0u);
    for (const uint32_t us : {1, 2, 4, 8, 16, 32, 64, 90, 90}) EXPECT_EQ(pace.SleepAfter(true), us);
    EXPECT_EQ(pace.SleepAfter(false), 0u);
  }
  for (int packet = 0; packet < 100; ++packet) {
    for (uint32_t turn = 1; turn < IdlePace::kTurnsAwake; ++turn) EXPECT_EQ(pace.SleepAfter(true), 0u);
    EXPECT_EQ(pace.SleepAfter(false), 0u);
  }
}

class Idle : public ::testing::Test {
 protected:
  Idle() : rig_({.sleep = [](uint32_t us) { running_->Slept(us); }}) {
    running_ = this;
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kOut, 1);
    rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.1"), kIn, {kOut});
  }

  // Runs the worker for so many sleeps, each as long as it asks for; `during` is called with the number of each.
  void Run(
      size_t sleeps, std::function<void(size_t)> during = [](size_t) {}) {
    sleeps_.clear();
    limit_ = sleeps;
    during_ = std::move(during);
    stop_ = false;
    rig_.worker().Run(stop_);
    rig_.worker_config().epoch->Online(rig_.worker_config().reader);  // as a rig has its workers
  }
  void ReceiveIds(int first, int end) {
    for (int id = first; id < end; ++id) rig_.Receive(0, PacketBuilder().Id(id).Build());
  }
  bool HasPassed(dataplane::GraceToken token) const { return rig_.worker_config().epoch->Passed(token); }
  dataplane::GraceToken Start() const { return rig_.worker_config().epoch->Start(); }
  const dataplane::WorkerStats& stats() const { return rig_.stats(); }

  WorkerRig rig_;
  std::vector<uint32_t> sleeps_;

 private:
  void Slept(uint32_t us) {
    sleeps_.push_back(us);
    rig_.AdvanceUs(us);
    during_(sleeps_.size());
    if (sleeps_.size() == limit_) stop_ = true;
  }

  static Idle* running_;
  size_t limit_ = 0;
  std::function<void(size_t)> during_;
  std::atomic<bool> stop_ = false;
};
Idle* Idle::running_ = nullptr;

// What the worker was when it handed packets over.
struct Handover {
  Idle* test;
  dataplane::Epoch* epoch;
  uint32_t packets = 0;
  uint32_t offline = 0;
};

uint16_t NoteHandover(uint16_t, uint16_t, rte_mbuf**, uint16_t count, void* context) {
  auto& seen = *static_cast<Handover*>(context);
  seen.packets += count;
  if (seen.epoch->Passed(seen.epoch->Start())) seen.offline += count;
  return count;
}

TEST_F(Idle, NobodyWaitsForAWorkerThatSleepsAndItIsOnlineBeforeItForwards) {
  // Invariant: a grace period that begins during a sleep ends at once, and one that begins in a turn ends with it.
  Handover seen{.test = this, .epoch = rig_.worker_config().epoch};
  const dataplane::TxQueue queue = rig_.worker_config().tx[1];
  const rte_eth_rxtx_callback* const callback = rte_eth_add_tx_callback(queue.port, queue.queue, NoteHandover, &seen);
  ASSERT_NE(callback, nullptr);
  const dataplane::GraceToken before = Start();
  EXPECT_FALSE(HasPassed(before));
  Run(6, [&](size_t number) {
    EXPECT_TRUE(HasPassed(before));
    EXPECT_TRUE(HasPassed(Start()));
    if (number % 2 == 1) ReceiveIds(0, 3);
  });
  EXPECT_EQ(rte_eth_remove_tx_callback(queue.port, queue.queue, callback), 0);
  EXPECT_EQ(seen.packets, 9u);
  EXPECT_EQ(seen.offline, 0u);
  rig_.DiscardSent(1);
}

TEST_F(Idle, WhatComesDuringASleepIsDoneBeforeTheNext) {
  // Invariant: packets, messages of control and what the router sends itself wait for one sleep at most, and the sleeps
  // begin anew after them.
  std::vector<size_t> sent;
  Run(8, [&](size_t number) {
    sent.push_back(rig_.DiscardSent(1));
    switch (number) {
      case 2:
        ReceiveIds(0, 150);
        break;
      case 4: {  // a stream that is not known
        for (int id = 0; id < 5; ++id) rig_.Receive(0, PacketBuilder().To("239.1.1.2").Id(id).Build());
        break;
      }
      case 5:
        EXPECT_EQ(dataplane::Get(stats().held), 5u) << "it sleeps while it waits for the decision";
        rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.2"), kIn, {kOut});
        EXPECT_TRUE(rig_.Send(Kind::kDrain, SourceGroup("10.0.0.1", "239.1.1.2")));
        break;
      case 6: {
        const Bytes query = PacketBuilder().To("224.0.0.1").Ttl(1).Protocol(2).Options({148, 4, 0, 0}).BuildIp();
        const auto& line = rig_.interfaces().line(Value(SlotOf(kOut)));
        rte_mbuf* const frame = dataplane::MakeInjected(rig_.copy_pool(), line, InjectForm::kPacket, query);
        EXPECT_TRUE(rig_.inject().Push({.frame = frame, .slot = Value(SlotOf(kOut))}));
        break;
      }
      default:
        break;
    }
  });
  EXPECT_EQ(sent, (std::vector<size_t>{0, 0, 150, 0, 0, 5, 1, 0}));
  EXPECT_EQ(sleeps_, (std::vector<uint32_t>{1, 2, 1, 2, 1, 1, 1, 2}));
  EXPECT_EQ(dataplane::Get(stats().sleeps), 8u);
}

TEST_F(Idle, WhatIsHeldForTooLongGoesInTime) {
  // Invariant: the deadline of held packets is met but for one sleep.
  const uint64_t timeout_us = 10'000'000;  // RigOptions::pending
  rig_.Receive(0, PacketBuilder().To("239.1.1.2").Build());
  rig_.Turn();
  EXPECT_EQ(dataplane::Get(stats().held), 1u);
  Run(5, [&](size_t number) {
    const bool late = number > 3;
    if (number == 3) rig_.AdvanceUs(timeout_us);
    EXPECT_EQ(dataplane::Get(stats().held), late ? 0u : 1u) << number;
    EXPECT_EQ(rig_.drops(DropReason::kPendingTimeout), late ? 1u : 0u) << number;
  });
}

TEST_F(Idle, ASleepIsNoTurnButWhatItTakesTooLongIs) {
  // Invariant: a worker that sleeps has no long turns; one that is woken late, since others use its core, has.
  Run(20);
  EXPECT_EQ(std::accumulate(sleeps_.begin(), sleeps_.end(), 0u), 127 + 13 * IdlePace::kLongestSleepUs);
  EXPECT_EQ(dataplane::Get(stats().longest_turn), 0u) << "the rig's clock stands still but for the sleeps";
  EXPECT_EQ(dataplane::Get(stats().long_turns), 0u);
  Run(3, [&](size_t number) {
    if (number == 2) rig_.AdvanceUs(5000);
  });
  EXPECT_EQ(dataplane::Get(stats().longest_turn), 5000u);
  EXPECT_EQ(dataplane::Get(stats().long_turns), 1u);
}

TEST(IdleSleep, LastsAsLongAsItShould) {
  // Invariant: a sleep is never shorter, and timers of the thread are as exact as the kernel can have them.
  const auto begin = std::chrono::steady_clock::now();
  SleepUs(90);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::microseconds(90));
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 1000);
}

}  // namespace
}  // namespace mgmd::testing
