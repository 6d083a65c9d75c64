// Invariants of the plane, stepped in one thread: counters equal what came out of the ports, whatever was changed
// meanwhile.

#include "control/plane/plane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/counter_table.h"
#include "control/plane/dpdk_forwarder.h"
#include "dataplane/devices/pools.h"
#include "dataplane/worker.h"
#include "tests/support/eal_environment.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

namespace mgmd::plane {
namespace {

using support::RingPort;

constexpr int kOifs = 6;
constexpr int kStreams = 12;
constexpr int kThreshold = 10;  // of every third oif

constexpr const char* kConfig = R"(
[dpdk]
workers = [1, 2]
[limits]
mfes = 1024
pending = 128
pending_packets = 512
[[interface]]
name = "up"
device = "net_ring_up"
index = 1
[[interface]]
name = "dn"
device = "net_ring_dn"
index = 2
)";

const auto* const kEal = support::WithEal(256);

InterfaceId Oif(int i) { return {static_cast<uint32_t>(10 + i), {}}; }

Ipv4FibKey KeyOf(int stream) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 1), Ipv4Address(232, 1, 1, uint8_t(stream)));
}

std::string ConfigText() {
  std::string text = kConfig;
  for (int i = 0; i < kOifs; ++i) {
    const int number = 10 + i;
    absl::StrAppend(&text, "[[interface]]\nname = \"v", number, "\"\nparent = \"dn\"\nvlan = ", number,
                    "\nindex = ", number, "\n");
    // Some copies are lost, and counted as exceptions.
    if (i % 3 == 2) absl::StrAppend(&text, "ttl_threshold = ", kThreshold, "\n");
  }
  return text;
}

std::vector<uint8_t> MakeFrame(int stream, int ttl, size_t payload) {
  return mgmd::testing::PacketBuilder().To("232.1.1." + std::to_string(stream)).Ttl(ttl).Payload(payload).Build();
}

// What one stream has done since it was made, counted at the ports.
struct Counted {
  uint64_t packets = 0;
  uint64_t octets = 0;
  uint64_t ttl_expired = 0;
  uint64_t negative = 0;
  std::map<int, uint64_t> out;
  std::map<int, uint64_t> below_threshold;
};

class PlaneTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    up_ = RingPort::Make("up", 1024, 2);
    down_ = RingPort::Make("dn", 4096, 2);
    pool_ = dataplane::MakePool("test", 4095, 1518, SOCKET_ID_ANY);
  }

  void SetUp() override {
    const config::Result config = config::Parse(ConfigText(), "plane_test.toml");
    ASSERT_TRUE(config.ok()) << config.ErrorText();
    auto plane = Plane::Create(config.config, {.stepped = true});
    ASSERT_TRUE(plane.ok()) << plane.status();
    plane_ = *std::move(plane);
    forwarder().SetEnabled(forwarder().Slot({1, {}}), true);
  }

  Forwarder<Ipv4>& forwarder() { return plane_->forwarder<Ipv4>(); }

  static RingPort up_, down_;
  static rte_mempool* pool_;
  std::unique_ptr<Plane> plane_;
};
RingPort PlaneTest::up_, PlaneTest::down_;
rte_mempool* PlaneTest::pool_;

TEST_F(PlaneTest, CountersStayExactWhileOilsChange) {
  std::mt19937 random(20261122);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::map<int, std::vector<InterfaceSlot>> oils;  // the entries that are there
  std::map<int, Counted> counted;

  for (int step = 0; step < 4000; ++step) {
    const int stream = pick(kStreams);
    const int action = pick(10);
    if (action == 0) {
      FibBatch<Ipv4> batch;
      batch.Delete(KeyOf(stream));
      forwarder().Apply(batch);
      oils.erase(stream);
      counted.erase(stream);
    } else if (action < 4) {
      std::vector<InterfaceSlot> oil;
      for (int i = 0; i < kOifs; ++i) {
        if (pick(2) == 0) oil.push_back(forwarder().Slot(Oif(i)));
      }
      FibBatch<Ipv4> batch;
      batch.Upsert(KeyOf(stream), forwarder().Slot({1, {}}), oil);
      ASSERT_TRUE(forwarder().Apply(batch).refused.empty());
      oils[stream] = oil;
    } else if (oils.contains(stream)) {
      const int ttl = 1 + pick(20);
      const std::vector<uint8_t> frame = MakeFrame(stream, ttl, size_t(pick(100)));
      ASSERT_TRUE(up_.Feed(pool_, frame));
      plane_->StepWorkers();
      Counted& count = counted[stream];
      if (ttl == 1) {
        ++count.ttl_expired;
      } else if (oils[stream].empty()) {
        ++count.negative;
      } else {
        ++count.packets;
        count.octets += frame.size() - 14;
        for (int i = 2; i < kOifs; i += 3) {
          const auto& oil = oils[stream];
          const bool is_oif = std::find(oil.begin(), oil.end(), forwarder().Slot(Oif(i))) != oil.end();
          if (is_oif && ttl <= kThreshold) ++count.below_threshold[i];
        }
      }
      down_.Drain([&](const std::vector<uint8_t>& sent) { ++count.out[sent[15] - 10]; });
    }
    if (pick(3) == 0) forwarder().Poll();

    const auto read = forwarder().Read(KeyOf(stream));
    ASSERT_EQ(read.has_value(), oils.contains(stream));
    if (!read) continue;
    const Counted& expected = counted[stream];
    ASSERT_EQ(read->packets, expected.packets) << "step " << step;
    ASSERT_EQ(read->octets, expected.octets);
    ASSERT_EQ(read->ttl_packets, expected.ttl_expired);
    ASSERT_EQ(read->negative_packets, expected.negative);
    for (int i = 0; i < kOifs; ++i) {
      OifCounters counters;
      for (const OifCounters& oif : read->oifs) {
        if (oif.oif == forwarder().Slot(Oif(i))) counters = oif;
      }
      const auto seen = [i](const std::map<int, uint64_t>& by_oif) {
        const auto found = by_oif.find(i);
        return found == by_oif.end() ? 0 : found->second;
      };
      ASSERT_EQ(counters.packets, seen(expected.out)) << "step " << step << ", oif " << i;
      ASSERT_EQ(counters.ttl_too_low, seen(expected.below_threshold)) << "step " << step << ", oif " << i;
      ASSERT_EQ(counters.frag_needed + counters.discards, 0u);
    }
  }
}

TEST_F(PlaneTest, ABumpedInterfaceForwardsNothingMoreThoughItsEntriesStand) {
  const InterfaceSlot up = forwarder().Slot({1, {}});
  const InterfaceSlot first = forwarder().Slot(Oif(0));
  const InterfaceSlot second = forwarder().Slot(Oif(1));
  FibBatch<Ipv4> batch;
  batch.Upsert(KeyOf(1), up, std::vector<InterfaceSlot>{first, second});
  forwarder().Apply(batch);

  forwarder().Bump(first);
  ASSERT_TRUE(up_.Feed(pool_, MakeFrame(1, 64, 20)));
  plane_->StepWorkers();
  std::vector<int> vlans;
  const auto note_vlan = [&](const std::vector<uint8_t>& frame) { vlans.push_back(frame[15]); };
  down_.Drain(note_vlan);
  EXPECT_EQ(vlans, std::vector<int>{11});

  forwarder().Bump(up);
  ASSERT_TRUE(up_.Feed(pool_, MakeFrame(1, 64, 20)));
  plane_->StepWorkers();
  EXPECT_EQ(down_.Drain(note_vlan), 0u);
  const auto& drops = plane_->worker(0).stats().drops;
  EXPECT_EQ(drops[size_t(DropReason::kStaleOif)], 1u);
  EXPECT_EQ(drops[size_t(DropReason::kReleased)], 1u);
}

TEST_F(PlaneTest, WhatIsHeldOfABumpedInterfaceIsDroppedAtOnce) {
  // Invariant: nothing waits for a decision that arrived under an owner who is gone, whether a decision comes or not.
  for (int stream = 0; stream < 3; ++stream) ASSERT_TRUE(up_.Feed(pool_, MakeFrame(stream, 64, 20)));
  plane_->StepWorkers();
  const dataplane::WorkerStats& stats = plane_->worker(0).stats();
  EXPECT_EQ(dataplane::Get(stats.held), 3u);
  forwarder().Bump(forwarder().Slot({1, {}}));
  plane_->StepWorkers();
  EXPECT_EQ(dataplane::Get(stats.held), 0u);
  EXPECT_EQ(dataplane::Get(stats.drops[size_t(DropReason::kReleased)]), 3u);
}

TEST_F(PlaneTest, AWorkerThatMissedMessagesLosesNothingThatItHolds) {
  // Invariant: a worker stands still while control decides about more streams than its ring holds messages; when it
  // runs again every stream that has an entry is sent, and every other is asked about again.
  constexpr int kHeld = 24;
  for (int stream = 0; stream < kHeld; ++stream) ASSERT_TRUE(up_.Feed(pool_, MakeFrame(stream, 64, 20)));
  plane_->StepWorkers();
  std::array<Punt<Ipv4>, 64> punts;
  ASSERT_EQ(forwarder().ReceivePunts(punts), size_t{kHeld});
  for (uint32_t n = 0; n < 20'000; ++n) {
    forwarder().DiscardPending(
        Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0B000000 + n), Ipv4Address(239, 1, 1, 1)));
  }
  const auto decide = [&](int stream) {
    if (stream % 3 == 2) return forwarder().DiscardPending(KeyOf(stream));
    FibBatch<Ipv4> batch;
    batch.Upsert(KeyOf(stream), forwarder().Slot({1, {}}), std::vector<InterfaceSlot>{forwarder().Slot(Oif(0))},
                 /*no_route=*/false, /*drain_pending=*/true);
    EXPECT_TRUE(forwarder().Apply(batch).refused.empty());
  };
  // The last three of them have not been decided about when it runs again.
  for (int stream = 0; stream < kHeld - 3; ++stream) decide(stream);
  std::map<Ipv4FibKey, int> asked;
  const dataplane::WorkerStats& stats = plane_->worker(0).stats();
  while (dataplane::Get(stats.held) > 0) {
    plane_->StepWorkers();
    forwarder().Poll();
    const size_t count = forwarder().ReceivePunts(punts);
    for (size_t i = 0; i < count; ++i) {
      ++asked[punts[i].key];
      decide(int(punts[i].key.group().host_order() & 0xFF));
    }
  }
  EXPECT_EQ(dataplane::Get(stats.rereads), 1u);
  std::map<Ipv4FibKey, int> unanswered;
  for (int stream = 0; stream < kHeld; ++stream) {
    if (stream % 3 == 2 || stream >= kHeld - 3) unanswered[KeyOf(stream)] = 1;
  }
  EXPECT_EQ(asked, unanswered);
  std::map<int, int> sent;
  down_.Drain([&](const std::vector<uint8_t>& frame) { ++sent[frame[37]]; });
  for (int stream = 0; stream < kHeld; ++stream) EXPECT_EQ(sent[stream], stream % 3 == 2 ? 0 : 1) << stream;
  EXPECT_EQ(dataplane::Get(stats.drops[size_t(DropReason::kPendingDiscarded)]), uint64_t{kHeld / 3});
}

TEST_F(PlaneTest, ItsCountersAreThoseOfTheTable) {
  ASSERT_TRUE(up_.Feed(pool_, MakeFrame(1, 64, 20)));
  plane_->StepWorkers();
  const auto names_of = [](CounterOf of) {
    std::vector<std::string_view> names;
    for (const CounterInfo& counter : EveryCounter()) {
      if (counter.of == of) names.push_back(counter.name);
    }
    return names;
  };
  const auto names = [](const std::vector<views::NamedCount>& counts) {
    std::vector<std::string_view> names;
    for (const views::NamedCount& count : counts) names.push_back(count.name);
    return names;
  };
  const auto workers = plane_->ReadWorkers();
  ASSERT_EQ(workers.size(), 2u);
  for (const views::Worker& worker : workers) EXPECT_EQ(names(worker.counts), names_of(CounterOf::kWorker));
  for (const views::Port& port : plane_->ReadPorts()) EXPECT_EQ(names(port.counts), names_of(CounterOf::kPort));
  std::map<std::string_view, uint64_t> counts;
  for (const views::Worker& worker : workers) {
    for (const auto& [name, count] : worker.counts) counts[name] += count;
  }
  EXPECT_EQ(counts["packets"], 1u);
  EXPECT_EQ(counts["held_packets"], 1u);
  EXPECT_EQ(counts["turns"], 2u);
  EXPECT_EQ(plane_->packets_received(), 1u);
}

TEST_F(PlaneTest, EverythingRetiredIsReclaimed) {
  FibBatch<Ipv4> batch;
  for (int stream = 0; stream < kStreams; ++stream) {
    batch.Upsert(KeyOf(stream), forwarder().Slot({1, {}}), std::vector<InterfaceSlot>{forwarder().Slot(Oif(0))});
  }
  forwarder().Apply(batch);
  batch.Clear();
  for (int stream = 0; stream < kStreams; ++stream) batch.Delete(KeyOf(stream));
  const BatchId deleted = forwarder().Apply(batch).batch;
  forwarder().Poll();
  EXPECT_FALSE(forwarder().Reclaimed(deleted)) << "before the workers have been quiescent";
  plane_->StepWorkers();
  forwarder().Poll();
  EXPECT_TRUE(forwarder().Reclaimed(deleted));
  for (int stream = 0; stream < kStreams; ++stream) EXPECT_FALSE(forwarder().Read(KeyOf(stream)).has_value());
}

// A slot that goes to another interface brings nothing along: neither what was counted for the one before it, nor what
// the stream has lost there out of its totals.
TEST_F(PlaneTest, ASlotsNextInterfaceBeginsAtZero) {
  const InterfaceSlot up = forwarder().Slot({1, {}});
  const InterfaceId former{99, Ipv4Address(10, 9, 0, 1)}, next{99, Ipv4Address(10, 9, 0, 2)};
  const auto set = [&](std::vector<InterfaceSlot> oifs) {
    FibBatch<Ipv4> batch;
    batch.Upsert(KeyOf(1), up, oifs);
    ASSERT_TRUE(forwarder().Apply(batch).refused.empty());
  };
  const auto reclaim = [&] {
    plane_->StepWorkers();
    while (forwarder().Poll()) {
    }
  };
  const InterfaceSlot slot = forwarder().Slot(former);
  set({slot});
  ASSERT_TRUE(up_.Feed(pool_, MakeFrame(1, 64, 20)));  // has no port: the copy is lost, and counted
  plane_->StepWorkers();
  set({});
  reclaim();
  const auto before = forwarder().Read(KeyOf(1));
  ASSERT_EQ(before->oifs.size(), 1u);
  EXPECT_EQ(before->oifs[0].oif, slot);
  EXPECT_EQ(before->oifs[0].discards, 1u);
  ASSERT_TRUE(forwarder().FreeSlot(slot));
  ASSERT_EQ(forwarder().Slot(next), slot);
  set({slot});
  const auto after = forwarder().Read(KeyOf(1));
  ASSERT_EQ(after->oifs.size(), 2u);
  EXPECT_EQ(after->oifs[0].oif, slot);
  EXPECT_EQ(after->oifs[0].discards, 0u);
  EXPECT_EQ(after->oifs[1].oif, kNoSlot);
  EXPECT_EQ(after->oifs[1].discards, 1u);
  EXPECT_EQ(after->packets, 1u);
  ASSERT_TRUE(up_.Feed(pool_, MakeFrame(1, 64, 20)));
  plane_->StepWorkers();
  set({});
  reclaim();
  const auto folded = forwarder().Read(KeyOf(1));
  ASSERT_EQ(folded->oifs.size(), 2u);
  for (const OifCounters& oif : folded->oifs) EXPECT_EQ(oif.discards, 1u) << Value(oif.oif);
}

TEST_F(PlaneTest, SlotsOfConfiguredInterfacesStay) {
  const InterfaceSlot slot = forwarder().Slot(Oif(0));
  EXPECT_FALSE(forwarder().FreeSlot(slot));
  EXPECT_NE(forwarder().Slot({98, {}}), slot);
  EXPECT_EQ(forwarder().Slot(Oif(0)), slot);
}

// Takes everything, and keeps the class of the last.
struct ClassKeeper : LocalSink {
  bool Take(const LocalPacket& packet) override {
    last = packet.local_class;
    return true;
  }
  std::optional<LocalClass> last;
};

TEST_F(PlaneTest, WorkersKnowTheOwnAddressesThatControlHasSaidLast) {
  // Invariant: another set takes effect at once, however often one comes while workers read, and whatever became of
  // those before.
  const InterfaceSlot up = forwarder().Slot({1, {}});
  LocalPackets& local = plane_->local_packets();
  local.SetWanted(up, kAllLocalClasses);
  const auto ask = [&](uint8_t last) {
    ClassKeeper sink;
    EXPECT_TRUE(up_.Feed(pool_, mgmd::testing::ArpRequest(Ipv4Address(10, 0, 0, last))));
    plane_->StepWorkers();
    local.Receive(SIZE_MAX, sink);
    return sink.last;
  };
  EXPECT_EQ(ask(1), LocalClass::kNeighbourOther);
  for (int round = 0; round < 100; ++round) {
    for (const uint8_t own : {uint8_t{1}, uint8_t{2}}) {
      PerFamily<OwnAddressList> addresses;
      addresses.of<Ipv4>().push_back({up, Ipv4Address(10, 0, 0, own), 24});
      local.SetOwnAddresses(addresses);
      for (const uint8_t asked : {uint8_t{1}, uint8_t{2}})
        EXPECT_EQ(ask(asked), asked == own ? LocalClass::kNeighbour : LocalClass::kNeighbourOther);
    }
  }
}

}  // namespace
}  // namespace mgmd::plane
