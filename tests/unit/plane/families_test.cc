// The forwarders of both families side by side, on one interface table and one epoch, as control uses them.

#include <gtest/gtest.h>

#include "control/plane/dpdk_forwarder.h"

namespace mgmd::plane {
namespace {

constexpr dataplane::ReaderId kWorker{0};

// A family's FIB, ledger and forwarder, and what the one worker counts of it.
template <class Family>
struct Side {
  Side(dataplane::Epoch& epoch, dataplane::InterfaceTable& interfaces)
      : fib(dataplane::Mfib<Family>::Create({.max_entries = 64, .max_retired = 1024}, epoch, ledger)),
        counters(fib->index_limit()),
        forwarder({.epoch = &epoch,
                   .fib = fib.get(),
                   .interfaces = &interfaces,
                   .ledger = &ledger,
                   .directory = &directory,
                   .wait = [&epoch] { epoch.Quiescent(kWorker); }}) {
    ledger.SetWorkers({{.counters = &counters, .exceptions = &exceptions}});
  }

  InterfaceSlot Slot(uint32_t index) { return forwarder.Slot({.index = index, .next_hop = {}}); }
  void Upsert(const FibKey<Family>& key, std::vector<InterfaceSlot> oifs) {
    FibBatch<Family> batch;
    batch.Upsert(key, Slot(1), oifs);
    ASSERT_TRUE(forwarder.Apply(batch).refused.empty());
  }
  void Delete(const FibKey<Family>& key) {
    FibBatch<Family> batch;
    batch.Delete(key);
    forwarder.Apply(batch);
  }
  // As a worker does for a packet that is forwarded.
  void Count(const FibKey<Family>& key, uint64_t packets) {
    dataplane::Add(counters.line(fib->Find(key)).packets, packets);
  }
  void Lose(const FibKey<Family>& key, InterfaceSlot oif) {
    dataplane::CounterLine& line = counters.line(fib->Find(key));
    dataplane::Add(line.exceptions, 1);
    exceptions.Add({fib->Find(key), oif, DropReason::kTxFull}, 1);
  }

  InterfaceDirectory<Family> directory;
  CounterLedger<Family> ledger{directory};
  std::unique_ptr<dataplane::Mfib<Family>> fib;
  dataplane::StreamCounters counters;
  dataplane::ExceptionTable exceptions{64};
  DpdkForwarder<Family> forwarder;
};

class FamiliesTest : public ::testing::Test {
 protected:
  FamiliesTest() { epoch_.Online(kWorker); }
  ~FamiliesTest() override { epoch_.Offline(kWorker); }

  Stamp Current(InterfaceSlot slot) const {
    return dataplane::StampOf(interfaces_.line(Value(slot)).load_gate().stamp());
  }

  dataplane::Epoch epoch_{{"worker"}};
  dataplane::InterfaceTable interfaces_;
  Side<Ipv4> ipv4_{epoch_, interfaces_};
  Side<Ipv6> ipv6_{epoch_, interfaces_};
  const Ipv4FibKey key4_ = *Ipv4FibKey::SourceGroup(Ipv4Address(10, 0, 0, 1), Ipv4Address(239, 1, 1, 1));
  const Ipv6FibKey key6_ = *Ipv6FibKey::SourceGroup(*Ipv6Address::Parse("2001:db8::1"), *Ipv6Address::Parse("ff0e::1"));
};

TEST_F(FamiliesTest, AnInterfaceHasASlotInEach) {
  // Invariant: no slot is of both; interfaces that are asked for in the same order are pairs.
  for (uint32_t index = 1; index < 100; ++index) {
    const uint16_t slot4 = Value(ipv4_.Slot(index));
    const uint16_t slot6 = Value(ipv6_.Slot(index));
    EXPECT_EQ(slot4 & 1, Ipv4::kSlotBit);
    EXPECT_EQ(slot4 ^ 1, slot6);
  }
  EXPECT_EQ(ipv4_.Slot(7), ipv4_.Slot(7));
}

TEST_F(FamiliesTest, AReleaseInOneLeavesTheOtherItsStampsAndEntries) {
  // Invariant: what the release of an interface does (bump, batch, settle) is seen in one family only.
  const InterfaceSlot in4 = ipv4_.Slot(1), in6 = ipv6_.Slot(1);
  ipv4_.Upsert(key4_, {ipv4_.Slot(2)});
  ipv6_.Upsert(key6_, {ipv6_.Slot(2)});
  ipv4_.forwarder.SetEnabled(in4, true);
  ipv6_.forwarder.SetEnabled(in6, true);
  const Stamp before4 = Current(in4);
  const Stamp before6 = Current(in6);

  ipv6_.forwarder.Bump(in6);
  ipv6_.Delete(key6_);
  ipv6_.forwarder.SetEnabled(in6, false);
  EXPECT_TRUE(ipv6_.forwarder.Settle().settled);

  EXPECT_NE(Current(in6), before6);
  EXPECT_EQ(Current(in4), before4);
  EXPECT_TRUE(interfaces_.line(Value(in4)).load_gate().Has(dataplane::Gate::kEnabled));
  const uint32_t entry = ipv4_.fib->Find(key4_);
  ASSERT_NE(entry, dataplane::kNoEntry);
  EXPECT_EQ(ipv4_.fib->entry(entry).accept, Current(in4)) << "still accepted";
  EXPECT_EQ(ipv6_.fib->Find(key6_), dataplane::kNoEntry);
}

TEST_F(FamiliesTest, TotalsAreEachFamilysOwn) {
  // Invariant: the same counter index in both is two counters: what is lost, folded and cleared in one family stays in
  // the other's totals.
  const InterfaceSlot out4 = ipv4_.Slot(2), out6 = ipv6_.Slot(2);
  ipv4_.Upsert(key4_, {out4});
  ipv6_.Upsert(key6_, {out6});
  ASSERT_EQ(ipv4_.fib->Find(key4_), ipv6_.fib->Find(key6_));
  ipv4_.Count(key4_, 10);
  ipv4_.Lose(key4_, out4);
  ipv6_.Count(key6_, 7);
  ipv6_.Lose(key6_, out6);
  ipv6_.Lose(key6_, out6);

  // A change of the OIL takes a new index; the old one is folded after its grace period.
  ipv6_.Upsert(key6_, {out6, ipv6_.Slot(3)});
  epoch_.Quiescent(kWorker);
  EXPECT_TRUE(ipv6_.forwarder.Poll());
  ipv6_.Count(key6_, 1);

  const auto totals4 = ipv4_.forwarder.Read(key4_);
  ASSERT_TRUE(totals4);
  EXPECT_EQ(totals4->packets, 10u);
  EXPECT_EQ(totals4->total_out_packets(), 9u);
  const auto totals6 = ipv6_.forwarder.Read(key6_);
  ASSERT_TRUE(totals6);
  EXPECT_EQ(totals6->packets, 8u);
  ASSERT_EQ(totals6->oifs.size(), 2u);
  EXPECT_EQ(totals6->oifs[0].packets, 6u);
  EXPECT_EQ(totals6->oifs[1].packets, 1u);
  EXPECT_EQ(ipv6_.forwarder.Activity(key6_), 8u);
  EXPECT_EQ(ipv4_.forwarder.Activity(key4_), 10u);
}

// What the negative entry of a wildcard has dropped, by reason.
template <class Family>
std::vector<DropCount> DropsOfNegative(Side<Family>& side, const FibKey<Family>& wildcard) {
  side.Upsert(wildcard, {});
  side.Count(wildcard, 3);
  return side.forwarder.Read(wildcard)->drops;
}

TEST_F(FamiliesTest, AWildcardSpeaksOfNoSourceSpecificGroup) {
  // Invariant: what a wildcard drops is of other groups, also where its first is source-specific.
  const auto only_no_receivers = [](const std::vector<DropCount>& drops) {
    return drops.size() == 1 && drops[0].reason == DropReason::kNoReceivers && drops[0].packets == 3;
  };
  EXPECT_TRUE(only_no_receivers(DropsOfNegative(ipv4_, Ipv4FibKey::AnySource(Ipv4Address(232, 0, 0, 0), 7))));
  EXPECT_TRUE(only_no_receivers(DropsOfNegative(ipv6_, Ipv6FibKey::AnySource(*Ipv6Address::Parse("ff30::"), 16))));
}

TEST_F(FamiliesTest, BothHaveAllTheirInterfaces) {
  // Invariant: the last slot of one family is no other's, and nobody's "no slot".
  for (uint32_t index = 1; index <= kMaxInterfaces; ++index) {
    ASSERT_NE(ipv4_.Slot(index), kNoSlot);
    ASSERT_NE(ipv6_.Slot(index), kNoSlot);
  }
  EXPECT_EQ(ipv4_.Slot(kMaxInterfaces + 1), kNoSlot);
  EXPECT_EQ(ipv6_.Slot(kMaxInterfaces + 1), kNoSlot);
}

}  // namespace
}  // namespace mgmd::plane
