// Both address families beside each other in one worker: the streams of each are found, counted and held by themselves,
// and what an interface goes through in one does not touch the other.

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/stages.h"
#include "dataplane/worker_state.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::kNoEntry;
using dataplane::Streams;

// One interface of each port, as a pair of slots.
constexpr int kIn4 = 0;
constexpr int kIn6 = 1;
constexpr int kOut4 = 2;
constexpr int kOut6 = 3;
static_assert((kIn4 & 1) == Ipv4::kSlotBit && (kIn6 & 1) == Ipv6::kSlotBit);

template <class Family>
FibKey<Family> KeyOf(const char* source, const char* group) {
  return *FibKey<Family>::SourceGroup(*Family::Address::Parse(source), *Family::Address::Parse(group));
}
const Ipv4FibKey kKey4 = KeyOf<Ipv4>("10.0.0.1", "239.1.1.1");
const Ipv6FibKey kKey6 = KeyOf<Ipv6>("2001:db8::1", "ff0e::1");
const Ipv6FibKey kOther6 = KeyOf<Ipv6>("2001:db8::1", "ff0e::2");

// Clears what is counted of an index before it is used.
template <class Family>
struct Sink : dataplane::CounterSink<Family> {
  void Prepare(uint32_t counter) override {
    if (streams != nullptr) streams->counters.Clear(counter);
  }
  void Fold(const FibKey<Family>&, uint32_t counter, const dataplane::FibEntry& entry, const Stamp* oifs) override {
    streams->exceptions.Clear(counter, kNoSlot);
    for (int i = 0; i < entry.oif_count; ++i) streams->exceptions.Clear(counter, InterfaceSlot{oifs[i].slot});
  }
  Streams<Family>* streams = nullptr;
};

class Families : public ::testing::Test {
 protected:
  Families() {
    for (const int slot : {kIn4, kIn6, kOut4, kOut6}) rig_.AddInterface(slot, slot >> 1);
    sink_.streams = &ipv6_;
    rig_.AddEntry(kKey4, kIn4, {kOut4});
    AddEntry(kKey6, {kOut6});
    state_.now = 1;
  }
  ~Families() override {
    while (const auto held = ipv6_.pending.Take(kOther6))
      dataplane::DropHeld(state_.stats, *held, DropReason::kStopped);
  }

  void AddEntry(const Ipv6FibKey& key, const std::vector<int>& oifs) {
    std::vector<Stamp> stamps;
    for (const int oif : oifs) stamps.push_back(rig_.CurrentStamp(oif));
    ASSERT_FALSE(fib_->Upsert(key, {.accept = rig_.CurrentStamp(kIn6), .oifs = stamps}).refused);
    fib_->CommitBatch();
  }

  // What becomes of packets of the key that arrive on the interface: the entries of those that go on.
  template <class Family>
  std::vector<uint32_t> Decide(Streams<Family>& streams, const std::vector<FibKey<Family>>& keys, int arrival,
                               uint8_t ttl = 64) {
    streams.view = streams.fib->View();
    auto batch = std::make_unique<dataplane::StreamBatch<Family>>();
    for (const FibKey<Family>& key : keys) {
      const uint32_t i = batch->count++;
      rte_mbuf* const mbuf = rig_.MakeMbuf(Bytes(100, 0));
      batch->mbufs[i] = mbuf;
      batch->frames[i] = rte_pktmbuf_mtod(mbuf, uint8_t*);
      batch->keys[i] = key;
      batch->arrivals[i] = static_cast<uint16_t>(arrival);
      batch->ip_lengths[i] = static_cast<uint16_t>(100 - dataplane::kEthernetHeader);
      batch->ttls[i] = ttl;
    }
    dataplane::Lookup(streams, *batch);
    dataplane::Accept(state_.acceptor, streams, state_.now, *batch);
    for (uint32_t i = 0; i < batch->count; ++i) rte_pktmbuf_free(batch->mbufs[i]);
    return {batch->entries, batch->entries + batch->count};
  }
  std::vector<uint32_t> Decide4(int arrival = kIn4) { return Decide<Ipv4>(state_.ipv4, {kKey4}, arrival); }
  std::vector<uint32_t> Decide6(int arrival = kIn6) { return Decide<Ipv6>(ipv6_, {kKey6}, arrival); }
  uint64_t drops(DropReason reason) const { return dataplane::Get(state_.stats.drops[static_cast<size_t>(reason)]); }

  WorkerRig rig_;
  dataplane::WorkerState state_{rig_.worker_config()};
  Sink<Ipv6> sink_;
  dataplane::Epoch epoch_{{"worker"}};
  std::unique_ptr<dataplane::Mfib<Ipv6>> fib_ =
      dataplane::Mfib<Ipv6>::Create({.max_entries = 64, .max_retired = 64}, epoch_, sink_);
  dataplane::PuntRing<Ipv6> punts_{64};
  Streams<Ipv6> ipv6_{fib_.get(), &punts_, rig_.worker_config().pending_pool, state_.config, state_.stats};
};

TEST_F(Families, FindTheirOwnEntriesAndCountThemApart) {
  // Invariant: entries of both have the same index, and nothing that is counted of one shows in the other.
  const uint32_t index4 = rig_.fib().Find(kKey4);
  const uint32_t index6 = fib_->Find(kKey6);
  ASSERT_EQ(index4, index6);
  EXPECT_EQ(Decide6(), std::vector<uint32_t>{index6});
  EXPECT_EQ(Decide6(), std::vector<uint32_t>{index6});
  EXPECT_EQ(Decide4(), std::vector<uint32_t>{index4});
  EXPECT_EQ(dataplane::Get(ipv6_.counters.line(index6).packets), 2u);
  EXPECT_EQ(dataplane::Get(state_.ipv4.counters.line(index4).packets), 1u);

  // A copy that is lost, and a stream that is deleted and folded in the other family.
  state_.ipv4.accounts.Charge(index4, kOut4, DropReason::kTxFull);
  ipv6_.accounts.Charge(index6, kOut6, DropReason::kTxFull, 5);
  fib_->Delete(kKey6);
  fib_->CommitBatch();
  EXPECT_GT(fib_->Poll(), 0u);
  uint64_t lost4 = 0, lost6 = 0;
  state_.ipv4.exceptions.ForEach(index4, InterfaceSlot{kOut4}, [&](DropReason, uint64_t count) { lost4 += count; });
  ipv6_.exceptions.ForEach(index6, InterfaceSlot{kOut6}, [&](DropReason, uint64_t count) { lost6 += count; });
  EXPECT_EQ(lost4, 1u);
  EXPECT_EQ(lost6, 0u);
  EXPECT_EQ(Decide4(), std::vector<uint32_t>{index4});
}

TEST_F(Families, LoseAnInterfaceEachByItself) {
  // Invariant: releasing an interface in one family costs the other not a packet.
  rig_.Bump(kIn6);
  EXPECT_TRUE(Decide6().empty());
  EXPECT_EQ(drops(DropReason::kReleased), 1u);
  EXPECT_EQ(Decide4().size(), 1u);
  AddEntry(kKey6, {kOut6});
  rig_.Bump(kIn4);
  EXPECT_TRUE(Decide4().empty());
  EXPECT_EQ(Decide6().size(), 1u);
  EXPECT_EQ(drops(DropReason::kReleased), 2u);
}

TEST_F(Families, HoldAndAskByThemselves) {
  // Invariant: a packet of an unknown stream waits with its own family's, and control is asked with the whole key.
  EXPECT_TRUE(Decide<Ipv6>(ipv6_, {kOther6, kOther6}, kIn6).empty());
  EXPECT_EQ(ipv6_.pending.packets(), 2u);
  EXPECT_EQ(state_.ipv4.pending.packets(), 0u);
  Punt<Ipv6> punt;
  ASSERT_EQ(punts_.Pop(&punt, 1), 1u);
  EXPECT_EQ(punt.key, kOther6);
  EXPECT_EQ(punt.arrival, InterfaceSlot{kIn6});
  EXPECT_EQ(punt.reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts_.Pop(&punt, 1), 0u) << "one punt for a stream";
  EXPECT_TRUE(rig_.Punts().empty());
  EXPECT_EQ(Decide6().size(), 1u) << "others do not wait for it";
}

TEST_F(Families, AlertAboutWhatArrivesElsewhereByThemselves) {
  rig_.interfaces().SetWrongInterfaceAlert(InterfaceSlot{kOut6}, true);
  EXPECT_TRUE(Decide6(kOut6).empty());
  EXPECT_TRUE(Decide6(kOut6).empty());
  Punt<Ipv6> punt;
  ASSERT_EQ(punts_.Pop(&punt, 1), 1u);
  EXPECT_EQ(punt.key, kKey6);
  EXPECT_EQ(punt.reason, PuntReason::kWrongInterface);
  EXPECT_EQ(punts_.Pop(&punt, 1), 0u) << "once in an interval";
  EXPECT_EQ(drops(DropReason::kWrongInterface), 2u);
}

TEST_F(Families, DropWhatNobodyWantsForTheirOwnReasons) {
  // Invariant: ff3x::/32 is source-specific as 232/8 is; a TTL or hop limit of 1 ends here.
  const auto unwanted = KeyOf<Ipv6>("2001:db8::1", "ff3e::5");
  AddEntry(unwanted, {});
  EXPECT_TRUE(Decide<Ipv6>(ipv6_, {unwanted}, kIn6).empty());
  EXPECT_EQ(drops(DropReason::kSourceSpecificUnwanted), 1u);
  AddEntry(kOther6, {});
  EXPECT_TRUE(Decide<Ipv6>(ipv6_, {kOther6}, kIn6).empty());
  EXPECT_EQ(drops(DropReason::kNoReceivers), 1u);
  EXPECT_TRUE(Decide<Ipv6>(ipv6_, {kKey6}, kIn6, 1).empty());
  EXPECT_EQ(drops(DropReason::kTtlExpired), 1u);
}

}  // namespace
}  // namespace mgmd::testing
