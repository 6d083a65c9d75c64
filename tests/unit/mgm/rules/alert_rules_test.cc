#include <new>
#include <string>

#include "tests/unit/mgm/rules/rules_scene.h"

// Who hears of what, and when.

namespace mgmd::mgm {
namespace {

struct ClientCallsTest : RulesScene {};
struct AlertsTest : RulesScene {};
struct MfeAlertsTest : RulesScene {};
struct MembershipAlertsTest : RulesScene {};

TEST_F(ClientCallsTest, SaysWhatMayBeCalledFromInside) {
  const ClientIndex client = AddClient();
  EXPECT_TRUE(calls.MayChange().ok());
  calls.Call(client, "JOIN", Context::kAlert, [&](ClientCallbacks&) {
    EXPECT_TRUE(calls.running());
    EXPECT_TRUE(calls.MayChange().ok());
    EXPECT_EQ(tables.clients[client].running_callbacks, 1U);
    calls.Call(client, "RPF", Context::kReadOnly, [&](ClientCallbacks&) {
      // What a question is asked from inside of does not matter: nothing may be changed until it is answered.
      calls.Call(client, "JOIN", Context::kAlert, [&](ClientCallbacks&) { EXPECT_FALSE(calls.MayChange().ok()); });
      EXPECT_FALSE(calls.MayChange().ok());
    });
    EXPECT_TRUE(calls.MayChange().ok());
  });
  EXPECT_FALSE(calls.running());
  EXPECT_EQ(tables.clients[client].running_callbacks, 0U);
}

TEST_F(ClientCallsTest, ComesBackFromAnExceptionAndTellsOfASlowOne) {
  const ClientIndex client = AddClient();
  EXPECT_THROW(calls.Call(client, "JOIN", Context::kAlert, [](ClientCallbacks&) { throw std::bad_alloc(); }),
               std::bad_alloc);
  EXPECT_FALSE(calls.running());
  EXPECT_EQ(tables.clients[client].running_callbacks, 0U);
  calls.Call(client, "JOIN", Context::kAlert,
             [&](ClientCallbacks&) { clock.now += ClientCalls<Ipv4>::kBlockingCallback; });
  EXPECT_THAT(told, IsEmpty());
  calls.Call(client, "JOIN", Context::kAlert,
             [&](ClientCallbacks&) { clock.now += ClientCalls<Ipv4>::kBlockingCallback + Time(1); });
  EXPECT_THAT(told, ElementsAre("slow JOIN"));
}

TEST_F(AlertsTest, WaitForTheEndOfTheCallAndComeInOrder) {
  const ClientIndex client = AddClient();
  calls.Call(client, "JOIN", Context::kAlert, [&](ClientCallbacks&) {
    alerts.Push(AlertKind::kJoin, client, Stream(1), {}, true);
    alerts.Push(AlertKind::kPrune, client, Stream(1), {}, true);
    alerts.Deliver();
    EXPECT_THAT(told, IsEmpty());
  });
  alerts.Deliver();
  EXPECT_THAT(told, ElementsAre("JOIN 0 (10.0.0.1,239.1.1.1)", "PRUNE 0 (10.0.0.1,239.1.1.1)"));
  EXPECT_EQ(alerts.delivered(), 2U);
}

TEST_F(AlertsTest, AreNotForTheNextClientWithTheIndex) {
  const ClientIndex client = AddClient();
  alerts.Push(AlertKind::kJoin, client, Stream(1), {}, true);
  tables.clients.Remove(client);
  ASSERT_EQ(tables.clients.Add(ClientHandle{77}, {7, 7}, std::make_unique<ToldClient>(client, told)), client);
  EXPECT_THAT(TakeTold(), IsEmpty());
}

TEST_F(AlertsTest, OfABatchAreWhatIsLeftOnTheWhole) {
  const ClientIndex client = AddClient();
  {
    Alerts<Ipv4>::Batch batch(alerts);
    alerts.Push(AlertKind::kJoin, client, Stream(1), {}, true);
    alerts.Push(AlertKind::kPrune, client, Stream(1), {}, true);
    alerts.Push(AlertKind::kJoin, client, Stream(2), {}, true);
    batch.DropWhatCancelsOut();
  }
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 0 (10.0.0.2,239.1.1.1)"));
}

TEST_F(AlertsTest, PruneSetsHowLongTheMfeOfItsHolderLives) {
  const ClientIndex holder = AddClient();
  const ClientIndex other = AddClient();
  const uint32_t mfe = MakeMfe(Stream(1), Own(holder, 1));
  clock.now += std::chrono::seconds(10);
  clients[holder]->prune_timeout = clients[other]->prune_timeout = 100;
  alerts.Push(AlertKind::kPrune, other, Stream(1), {}, false);
  TakeTold();
  EXPECT_EQ(tables.cache[mfe].timeout, Lifetimes<Ipv4>::kDefaultTimeout);
  alerts.Push(AlertKind::kPrune, holder, Stream(1), {}, false);
  TakeTold();
  EXPECT_EQ(tables.cache[mfe].timeout, 110U);
}

TEST_F(MfeAlertsTest, TheHolderHearsOfTheFirstAndTheLastOifOfOthers) {
  const ClientIndex up = AddClient();
  const ClientIndex down = AddClient();
  const Interface<Ipv4>& iif = Own(up, 1);
  const Interface<Ipv4>& oif = Own(down, 2);
  const uint32_t mfe = MakeMfe(Stream(1), iif, {oif.slot});
  mfe_alerts.AlertEdge(mfe, 1, down);  // as many as before
  EXPECT_THAT(TakeTold(), IsEmpty());
  mfe_alerts.AlertEdge(mfe, 0, up);  // its own
  EXPECT_THAT(TakeTold(), IsEmpty());
  mfe_alerts.AlertEdge(mfe, 0, down);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 0 (10.0.0.1,239.1.1.1)"));
  tables.cache.ClearOifs(mfe);
  mfe_alerts.AlertEdge(mfe, 1, down);
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 0 (10.0.0.1,239.1.1.1)"));
}

TEST_F(MfeAlertsTest, WhoLosesAStreamToAnotherHearsOfIt) {
  const ClientIndex up = AddClient();
  const ClientIndex down = AddClient();
  const Interface<Ipv4>& iif = Own(up, 1);
  const Interface<Ipv4>& oif = Own(down, 2);
  const Interface<Ipv4>& also_ups = Own(up, 3);
  const uint32_t mfe = MakeMfe(Stream(1), iif, {oif.slot});
  EXPECT_FALSE(mfe_alerts.AlertMove(mfe, also_ups.slot));
  EXPECT_TRUE(mfe_alerts.AlertMove(mfe, kNoSlot));
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 0 (10.0.0.1,239.1.1.1)"));
  const uint32_t unwanted = MakeMfe(Stream(2), iif);
  EXPECT_FALSE(mfe_alerts.AlertMove(unwanted, oif.slot));
}

TEST_F(MembershipAlertsTest, OthersHearOfTheFirstAndTheLast) {
  const ClientIndex first = AddClient();
  const ClientIndex second = AddClient();
  const Interface<Ipv4>& one = Own(first, 1);
  const Interface<Ipv4>& two = Own(second, 2);
  Join(AnySource(), one);
  membership_alerts.AlertMembers(AnySource(), one.id);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 1 (*,239.1.1.1)"));
  Join(AnySource(), two);
  membership_alerts.AlertMembers(AnySource(), two.id);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 0 (*,239.1.1.1)"));
  Leave(AnySource(), one);
  membership_alerts.AlertMembers(AnySource(), one.id);
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 1 (*,239.1.1.1)"));
}

TEST_F(MembershipAlertsTest, OfASourceOnlyTheHolderTowardsItHears) {
  const ClientIndex receiver = AddClient();
  const ClientIndex before = AddClient();
  const ClientIndex after = AddClient();
  const Interface<Ipv4>& one = Own(receiver, 1);
  Own(before, 2);
  Own(after, 3);
  routes.routes[Stream(1).source()] = {2, {}};
  Join(Stream(1), one);
  tables.memberships.SetTowards(*tables.memberships.Find(Stream(1)), membership_alerts.Towards(Stream(1).source()));
  membership_alerts.AlertMembers(Stream(1), one.id);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 1 (10.0.0.1,239.1.1.1)"));
  routes.routes[Stream(1).source()] = {3, {}};
  membership_alerts.FollowRoutes(Ipv4Prefix(Stream(2).source(), 32));  // not its
  EXPECT_THAT(TakeTold(), IsEmpty());
  membership_alerts.FollowRoutes(Ipv4Prefix(Stream(1).source(), 32));
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 1 (10.0.0.1,239.1.1.1)", "JOIN 2 (10.0.0.1,239.1.1.1)"));
  Interface<Ipv4>& towards = *tables.interfaces.Find({3, {}});
  tables.interfaces.SetOwner(towards, before);
  membership_alerts.FollowHolder(towards, after);
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 2 (10.0.0.1,239.1.1.1)", "JOIN 1 (10.0.0.1,239.1.1.1)"));
}

}  // namespace
}  // namespace mgmd::mgm
