#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

// What Ipv4GroupManager asks of the forwarder, and in which order. Forwarding must never outlive
// ownership.

namespace mgmd::mgm {
namespace {

using fakes::FakeForwarder;
using fakes::FakeRouteTable;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// Writes what it is called for into the forwarder's record, between the forwarder's own calls.
class Recorder : public ClientCallbacks {
 public:
  explicit Recorder(FakeForwarder& forwarder) : forwarder_(forwarder) {}
  void Prune(const Ipv4FibKey&, InterfaceId, bool membership, uint32_t&) override {
    forwarder_.calls.push_back(membership ? "PRUNE T" : "PRUNE F");
  }
  void Join(const Ipv4FibKey&, bool membership) override {
    forwarder_.calls.push_back(membership ? "JOIN T" : "JOIN F");
  }
  void DisableIgmp(InterfaceId) override { forwarder_.calls.push_back("DISABLE_IGMP"); }
  void EnableIgmp(InterfaceId) override { forwarder_.calls.push_back("ENABLE_IGMP"); }

 private:
  FakeForwarder& forwarder_;
};

class ReleaseObserver : public Observer {
 public:
  explicit ReleaseObserver(FakeForwarder& forwarder) : forwarder_(forwarder) {}
  bool WantsMfes() const override { return true; }
  void MfesDeleted(std::span<const Ipv4FibKey> keys) override {
    if (tells) forwarder_.calls.push_back("told -" + std::to_string(keys.size()));
  }
  void MfesWritten(std::span<const MfeEvent> mfes) override {
    for (const MfeEvent& mfe : mfes) {
      if (tells) {
        forwarder_.calls.push_back((mfe.added ? "told + oifs " : "told = oifs ") + std::to_string(mfe.oifs.size()));
      }
    }
  }
  void EntryRefused(const Ipv4FibKey&) override {
    if (tells) forwarder_.calls.push_back("told refused");
  }
  void InterfaceReleased(const ReleaseTrace& trace) override {
    released.push_back(trace.reclaimed ? "reclaimed" : "not reclaimed");
  }
  std::vector<std::string> released;
  bool tells = false;  // puts what it is told among the forwarder's calls

 private:
  FakeForwarder& forwarder_;
};

constexpr InterfaceId kUp{1, {}};
constexpr InterfaceId kDown{2, {}};
constexpr Ipv4Address kSource(10, 0, 0, 1);
constexpr Ipv4Address kGroup(239, 1, 1, 1);
constexpr Ipv4FibKey kStream = Ipv4FibKey::SourceGroupUnchecked(kSource, kGroup);

class ForwarderOrder : public ::testing::Test {
 protected:
  ForwarderOrder() {
    routes.routes[kSource] = kUp;
    up = Register(0x40000001);
    down = Register(0x40000002);
    igmp = Register(0x4137000A);
    EXPECT_TRUE(manager->TakeInterface(up, kUp).ok());
    EXPECT_TRUE(manager->TakeInterface(down, kDown).ok());
    EXPECT_TRUE(manager->AddMembership(down, Ipv4FibKey::AnySource(kGroup), kDown, {.join = true}).ok());
    Punted(PuntReason::kNoEntry, kUp);
    forwarder.calls.clear();
  }
  ClientHandle Register(uint32_t protocol) {
    return *manager->Register({protocol, 1}, std::make_unique<Recorder>(forwarder));
  }
  void Punted(PuntReason reason, InterfaceId arrival) {
    const Punt<Ipv4> punt{.key = kStream, .arrival = forwarder.Slot(arrival), .reason = reason};
    manager->HandlePunts({&punt, 1});
  }

  FakeForwarder forwarder;
  FakeRouteTable routes;
  ManualClock clock;
  ReleaseObserver observer{forwarder};
  std::unique_ptr<Ipv4GroupManager> manager =
      std::make_unique<Ipv4GroupManager>(forwarder, routes, clock, Options(), &observer);
  ClientHandle up{};
  ClientHandle down{};
  ClientHandle igmp{};
};

TEST_F(ForwarderOrder, ReleaseOfTheIifBumpsBeforeTheBatchAndSettlesBehindIt) {
  ASSERT_TRUE(manager->TakeInterface(igmp, kUp).ok());
  forwarder.calls.clear();
  ASSERT_THAT(forwarder.Forward(kSource, kGroup, kUp), ElementsAre(kDown));
  ASSERT_TRUE(manager->ReleaseInterface(up, kUp).ok());
  EXPECT_THAT(forwarder.calls,
              ElementsAre("DISABLE_IGMP", "bump 1", "enable 1", "apply 0+0 -1", "settle", "ENABLE_IGMP"));
  EXPECT_THAT(forwarder.Forward(kSource, kGroup, kUp), IsEmpty());
}

TEST_F(ForwarderOrder, ReleaseOfAnOifUpdatesTheEntryAndAlertsLast) {
  ASSERT_TRUE(manager->ReleaseInterface(down, kDown).ok());
  EXPECT_THAT(forwarder.calls,
              ElementsAre("bump 2", "disable 2", "apply 1+0 -0", "settle", "PRUNE T", "PRUNE T", "PRUNE F"));
  EXPECT_TRUE(forwarder.entries.at(kStream).oifs.empty());
}

TEST_F(ForwarderOrder, ObserversHearOfAReleaseWhenItHasTakenEffect) {
  ASSERT_TRUE(manager->TakeInterface(igmp, kUp).ok());
  forwarder.calls.clear();
  observer.tells = true;
  ASSERT_TRUE(manager->ReleaseInterface(up, kUp).ok());
  EXPECT_THAT(forwarder.calls,
              ElementsAre("DISABLE_IGMP", "bump 1", "enable 1", "apply 0+0 -1", "settle", "ENABLE_IGMP", "told -1"));
}

TEST_F(ForwarderOrder, ObserversHearOfChangesBehindTheirBatch) {
  observer.tells = true;
  ASSERT_TRUE(manager->ReleaseInterface(down, kDown).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("bump 2", "disable 2", "apply 1+0 -0", "settle", "told = oifs 0", "PRUNE T",
                                           "PRUNE T", "PRUNE F"));
  forwarder.calls.clear();
  ASSERT_TRUE(manager->TakeInterface(down, kDown).ok());
  ASSERT_TRUE(manager->AddMembership(down, Ipv4FibKey::AnySource(kGroup), kDown, {.join = true}).ok());
  EXPECT_THAT(forwarder.calls, Contains("told = oifs 1"));
  EXPECT_THAT(forwarder.calls, Not(Contains("told + oifs 1")));
}

// The entries that a release empties may be more than the negative ones that are kept: the release
// pays for its own, and the surplus goes in Poll().
TEST_F(ForwarderOrder, ReleaseDoesNotPayForTheSurplusOfNegativeEntries) {
  constexpr uint32_t kKept = 10;
  constexpr size_t kStreams = 1000;
  manager.reset();
  manager =
      std::make_unique<Ipv4GroupManager>(forwarder, routes, clock, Options{.max_negative_mfes = kKept}, &observer);
  up = Register(0x40000001);
  down = Register(0x40000002);
  ASSERT_TRUE(manager->TakeInterface(up, kUp).ok());
  ASSERT_TRUE(manager->TakeInterface(down, kDown).ok());
  ASSERT_TRUE(manager->AddMembership(down, Ipv4FibKey::AllGroups(), kDown, {.join = true}).ok());
  for (uint32_t i = 0; i < kStreams; ++i) {
    const Ipv4FibKey key = Ipv4FibKey::SourceGroupUnchecked(kSource, Ipv4Address(kGroup.host_order() + i));
    ASSERT_TRUE(manager->NewPacket(key, kUp, {}).ok());
  }
  ASSERT_TRUE(manager->ReleaseInterface(down, kDown).ok());
  EXPECT_GE(manager->mfe_count(), kStreams - Room<Ipv4>::kNegativePerCall);
  ASSERT_EQ(manager->NextDeadline(), clock.now) << "there is something to do at once";
  while (manager->Poll()) {
  }
  EXPECT_EQ(manager->mfe_count(), kKept);
  EXPECT_NE(manager->NextDeadline(), clock.now);
  EXPECT_EQ(forwarder.entries.size(), kKept);
}

// Where none of too many may go, nothing is done for ever.
TEST_F(ForwarderOrder, NegativeEntriesThatMustStayKeepNobodyBusy) {
  manager.reset();
  manager = std::make_unique<Ipv4GroupManager>(forwarder, routes, clock, Options{.max_negative_mfes = 1}, &observer);
  up = Register(0x40000001);
  ASSERT_TRUE(manager->TakeInterface(up, kUp).ok());
  for (uint32_t i = 0; i < 5; ++i) {
    const Ipv4FibKey key = Ipv4FibKey::SourceGroupUnchecked(kSource, Ipv4Address(kGroup.host_order() + i));
    ASSERT_TRUE(manager->AddMembership(up, key, kUp, {.join = true, .proactive = true}).ok());
  }
  while (manager->Poll()) {
  }
  EXPECT_EQ(manager->mfe_count(), 5u);
  EXPECT_NE(manager->NextDeadline(), clock.now);
}

TEST_F(ForwarderOrder, ATakenInterfaceForgetsWhatIgmpForwarded) {
  constexpr InterfaceId kShared{3, {}};
  ASSERT_TRUE(manager->TakeInterface(igmp, kShared).ok());
  ASSERT_TRUE(manager->AddMembership(igmp, Ipv4FibKey::AnySource(kGroup), kShared, {.join = true}).ok());
  ASSERT_THAT(forwarder.Forward(kSource, kGroup, kUp), ElementsAre(kDown, kShared));
  forwarder.calls.clear();
  ASSERT_TRUE(manager->TakeInterface(up, kShared).ok());
  EXPECT_THAT(forwarder.calls,
              ElementsAre("DISABLE_IGMP", "bump 3", "apply 1+0 -0", "enable 3", "settle", "ENABLE_IGMP", "PRUNE T"));
  EXPECT_THAT(forwarder.Forward(kSource, kGroup, kUp), ElementsAre(kDown));
}

// The stamp stays, so that IGMP's oifs go on, and the batch alone ends what the owner had: nothing of it is left when
// the settle is over. An entry that IGMP's oifs leave as it is is not touched.
TEST_F(ForwarderOrder, AHitlessReleaseDoesNotBump) {
  constexpr InterfaceId kThird{3, {}};
  manager.reset();
  manager = std::make_unique<Ipv4GroupManager>(
      forwarder, routes, clock, Options{.igmp_takeover = {{.grace = std::chrono::seconds(1), .hitless = true}, {}}},
      &observer);
  up = Register(0x40000001);
  down = Register(0x40000002);
  igmp = Register(0x4137000A);
  const Ipv4FibKey own = Ipv4FibKey::SourceGroupUnchecked(kSource, Ipv4Address(239, 1, 1, 2));
  const Ipv4FibKey back = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 9), kGroup);
  routes.routes[back.source()] = kDown;
  ASSERT_TRUE(manager->TakeInterface(up, kUp).ok());
  ASSERT_TRUE(manager->TakeInterface(up, kThird).ok());
  for (const ClientHandle client : {down, igmp}) ASSERT_TRUE(manager->TakeInterface(client, kDown).ok());
  ASSERT_TRUE(manager->AddMembership(igmp, Ipv4FibKey::AnySource(kGroup), kDown, {.join = true}).ok());
  ASSERT_TRUE(manager->AddMembership(up, Ipv4FibKey::AnySource(kGroup), kThird, {.join = true}).ok());
  ASSERT_TRUE(manager->AddMembership(down, Ipv4FibKey::AnySource(own.group()), kDown, {.join = true}).ok());
  for (const Ipv4FibKey key : {kStream, own}) ASSERT_TRUE(manager->NewPacket(key, kUp, {}).ok());
  ASSERT_TRUE(manager->NewPacket(back, kDown, {}).ok());
  ASSERT_THAT(forwarder.Forward(kSource, own.group(), kUp), ElementsAre(kDown));
  forwarder.calls.clear();
  ASSERT_TRUE(manager->ReleaseInterface(down, kDown).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("DISABLE_IGMP", "enable 2", "apply 1+0 -1", "settle", "ENABLE_IGMP",
                                           "PRUNE T", "PRUNE T", "PRUNE F"));
  EXPECT_THAT(forwarder.Forward(kSource, kGroup, kUp), ElementsAre(kDown, kThird));
  EXPECT_THAT(forwarder.Forward(kSource, own.group(), kUp), IsEmpty());
  EXPECT_THAT(forwarder.Forward(back.source(), kGroup, kDown), IsEmpty());
}

// Without a bump an old entry would go on by the interface. Where the forwarder has no room for the new one, now or for
// an earlier change, the old one is deleted before the settle, and the new one comes when there is room.
TEST_F(ForwarderOrder, WhatAHitlessReleaseIsRefusedIsDeleted) {
  manager.reset();
  manager = std::make_unique<Ipv4GroupManager>(
      forwarder, routes, clock, Options{.igmp_takeover = {{.grace = std::chrono::seconds(1), .hitless = true}, {}}},
      &observer);
  up = Register(0x40000001);
  down = Register(0x40000002);
  igmp = Register(0x4137000A);
  const Ipv4FibKey earlier = Ipv4FibKey::SourceGroupUnchecked(kSource, Ipv4Address(239, 1, 1, 2));
  ASSERT_TRUE(manager->TakeInterface(up, kUp).ok());
  for (const ClientHandle client : {down, igmp}) ASSERT_TRUE(manager->TakeInterface(client, kDown).ok());
  for (const Ipv4FibKey key : {kStream, earlier}) {
    ASSERT_TRUE(manager->AddMembership(down, Ipv4FibKey::AnySource(key.group()), kDown, {.join = true}).ok());
    ASSERT_TRUE(manager->NewPacket(key, kUp, {}).ok());
    forwarder.refused.insert(key);
  }
  ASSERT_TRUE(manager->DeleteMembership(down, Ipv4FibKey::AnySource(earlier.group()), kDown, {.join = true}).ok());
  ASSERT_THAT(forwarder.Forward(kSource, earlier.group(), kUp), ElementsAre(kDown))
      << "still, as it cannot be replaced";
  forwarder.calls.clear();
  ASSERT_TRUE(manager->ReleaseInterface(down, kDown).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("DISABLE_IGMP", "enable 2", "apply 0+0 -0", "apply 0+0 -2", "settle",
                                           "ENABLE_IGMP", "PRUNE T", "PRUNE T", "PRUNE F"));
  EXPECT_THAT(forwarder.entries, IsEmpty());
  forwarder.refused.clear();
  clock.now += std::chrono::milliseconds(20);
  manager->Poll();
  EXPECT_EQ(forwarder.entries.size(), 2u);
  EXPECT_TRUE(forwarder.entries.at(kStream).oifs.empty());
}

// The answer to a first packet carries the drain mark, for every worker that asks; a stream that
// cannot be decided is given back.
TEST_F(ForwarderOrder, FirstPacketsAreAnswered) {
  EXPECT_TRUE(forwarder.entries.at(kStream).drain_pending);
  Punted(PuntReason::kNoEntry, kUp);
  EXPECT_THAT(forwarder.calls, ElementsAre("apply 1+1 -0"));
  Punted(PuntReason::kNoEntry, InterfaceId{9, {}});
  EXPECT_THAT(forwarder.discarded, ElementsAre(kStream)) << "arrived where nobody is";
}

TEST_F(ForwarderOrder, ManyFirstPacketsAreOneBatch) {
  std::vector<Punt<Ipv4>> punts;
  for (uint8_t i = 2; i < 42; ++i) {
    routes.routes[Ipv4Address(10, 0, 0, i)] = kUp;
    punts.push_back(
        {.key = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, i), kGroup), .arrival = forwarder.Slot(kUp)});
  }
  manager->HandlePunts(punts);
  ASSERT_FALSE(forwarder.calls.empty());
  EXPECT_EQ(forwarder.calls.front(), "apply 40+40 -0");
  EXPECT_EQ(std::count(forwarder.calls.begin(), forwarder.calls.end(), "JOIN F"), 40);
}

// Of many first packets at once those that get an entry keep it: none makes room for the next one
// before the forwarder has seen it. The others are given back, and it is said which limit it was.
TEST_F(ForwarderOrder, FirstPacketsBeyondALimitAreGivenBack) {
  manager.reset();
  manager = std::make_unique<Ipv4GroupManager>(forwarder, routes, clock, Options{.max_mfes_per_group = 2}, &observer);
  up = Register(0x40000001);
  ASSERT_TRUE(manager->TakeInterface(up, kUp).ok());
  std::vector<Punt<Ipv4>> punts;
  for (uint8_t i = 2; i < 42; ++i) {
    routes.routes[Ipv4Address(10, 0, 0, i)] = kUp;
    punts.push_back(
        {.key = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, i), kGroup), .arrival = forwarder.Slot(kUp)});
  }
  forwarder.calls.clear();
  forwarder.discarded.clear();
  manager->HandlePunts(punts);
  EXPECT_EQ(forwarder.calls.front(), "apply 2+2 -0");
  EXPECT_EQ(forwarder.discarded.size(), 38u);
  EXPECT_EQ(manager->limits().counts(Limit::kPerGroup).refused, 38u);
  forwarder.activity = 1;  // both have moved since
  EXPECT_EQ(manager->NewPacket(punts[5].key, kUp, {}).message(),
            "no room for another MFE: mfes_per_group is 2, and none of the MFEs looked at is idle");
  EXPECT_FALSE(manager->NewPacket(punts[5].key, kUp, {}).ok()) << "no time to move again";
  clock.now += std::chrono::seconds(2);
  EXPECT_TRUE(manager->NewPacket(punts[5].key, kUp, {}).ok()) << "and not again";
  EXPECT_EQ(manager->limits().counts(Limit::kPerGroup).made_room, 1u);
}

TEST_F(ForwarderOrder, ARefusedFirstPacketKeepsItsMark) {
  const Ipv4FibKey other = Ipv4FibKey::SourceGroupUnchecked(kSource, Ipv4Address(239, 1, 1, 2));
  forwarder.refused.insert(other);
  const Punt<Ipv4> punt{.key = other, .arrival = forwarder.Slot(kUp)};
  manager->HandlePunts({&punt, 1});
  EXPECT_FALSE(forwarder.entries.contains(other));
  forwarder.refused.clear();
  clock.now += std::chrono::milliseconds(20);
  manager->Poll();
  ASSERT_TRUE(forwarder.entries.contains(other));
  EXPECT_TRUE(forwarder.entries.at(other).drain_pending);
}

// A client of whose callback an exception comes out, for want of memory, is as it was before.
TEST_F(ForwarderOrder, ACallbackWithoutMemoryIsLeft) {
  class Poor : public ClientCallbacks {
   public:
    void Join(const Ipv4FibKey&, bool) override { throw std::bad_alloc(); }
    void EnableIgmp(InterfaceId) override { throw std::bad_alloc(); }
  };
  const ClientHandle poor = *manager->Register({0x40000003, 1}, std::make_unique<Poor>());
  const Ipv4FibKey key = Ipv4FibKey::AnySource(Ipv4Address(239, 9, 9, 9));
  EXPECT_THROW(manager->AddMembership(up, key, kUp, {.join = true}).IgnoreError(), std::bad_alloc);
  EXPECT_FALSE(manager->in_callback());
  EXPECT_TRUE(manager->AddMembership(down, key, kDown, {.join = true}).ok());
  EXPECT_TRUE(manager->Deregister(poor).ok()) << "no callback of it runs";
}

// The trace is told when the last batch has been reclaimed, or when the manager goes before that.
TEST_F(ForwarderOrder, TheTraceIsToldWhenAllIsReclaimed) {
  forwarder.reclaims = false;
  ASSERT_TRUE(manager->ReleaseInterface(up, kUp).ok());
  manager->Poll();
  EXPECT_THAT(observer.released, IsEmpty());
  forwarder.reclaims = true;
  manager->Poll();
  EXPECT_THAT(observer.released, ElementsAre("reclaimed"));
  ASSERT_TRUE(manager->TakeInterface(igmp, kDown).ok());
  ASSERT_TRUE(manager->ReleaseInterface(igmp, kDown).ok());
  manager->Poll();
  EXPECT_THAT(observer.released, ElementsAre("reclaimed", "reclaimed")) << "IGMP's own, too";
  observer.released.pop_back();
  forwarder.reclaims = false;
  ASSERT_TRUE(manager->ReleaseInterface(down, kDown).ok());
  manager.reset();
  EXPECT_THAT(observer.released, ElementsAre("reclaimed", "not reclaimed"));
}

}  // namespace
}  // namespace mgmd::mgm
