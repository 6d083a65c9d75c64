#include <string>
#include <utility>

#include "control/mgm/rules/ownership.h"
#include "control/mgm/rules/registration.h"
#include "tests/unit/mgm/rules/rules_scene.h"

// What clients call: coming and going, joining and leaving, taking and releasing. These rules stand at the top, so the
// scene has all of the others.

namespace mgmd::mgm {
namespace {

struct CallScene : RulesScene {
  Enumerations<Ipv4> enumerations{tables.memberships};
  OpenDecisions<Ipv4> open{tables.ssm, std::chrono::milliseconds(500), 2};
  Room<Ipv4> room{tables, limits, 100, forwarder, clock, observer, mfes};
  Effects<Ipv4> effects{room, writer, alerts};
  DecisionQueue<Ipv4> queue{tables.cache, clock};
  Ways<Ipv4> ways{tables, routes};
  Questions<Ipv4> questions{tables, clock, calls, open, false};
  Decider<Ipv4> decider{
      tables, {forwarder, clock, lifetimes, alerts, mfe_alerts, writer, mfes, room, queue, open, ways, questions}};
  LateAnswers<Ipv4> late_answers{tables, clock, observer, open, questions, decider};
  RouteFollowing<Ipv4> following{tables, routes, mfes, queue};
  Proactive<Ipv4> proactive{tables, mfes, queue, ways};
  OilEdits<Ipv4> oils{tables, mfe_alerts, writer, mfes, questions};
  MembershipRules<Ipv4> memberships{
      tables, {observer, enumerations, alerts, membership_alerts, oils, proactive, open, questions, decider}};
  Grace<Ipv4> grace{tables, clock, {.grace = std::chrono::seconds(2)}, mfe_alerts, memberships};
  ReleaseTraces<Ipv4> traces{tables.cache, forwarder, clock, observer, nullptr};
  Ownership<Ipv4> ownership{
      tables,
      {forwarder, clock, observer,  calls,     alerts, mfe_alerts, membership_alerts, grace,       news,  writer, mfes,
       effects,   queue, following, proactive, oils,   open,       late_answers,      memberships, traces}};
};
struct RegistrationTest : CallScene {};
struct MembershipRulesTest : CallScene {};
struct GraceTest : CallScene {};
struct ReleaseTracesTest : CallScene {};
struct OwnershipTest : CallScene {};

TEST_F(RegistrationTest, WhoComesLaterKnowsWhatIsJoined) {
  Registration<Ipv4> registration(tables, enumerations, observer);
  Join(AnySource(), Own(AddClient(), 1));
  EXPECT_FALSE(registration.Register(ClientHandle{8}, {5, 5}, nullptr).ok());
  EXPECT_TRUE(registration.Register(ClientHandle{8}, {5, 5}, std::make_unique<ClientCallbacks>()).ok());
  EXPECT_FALSE(registration.Register(ClientHandle{9}, {5, 5}, std::make_unique<ClientCallbacks>()).ok());
  EXPECT_TRUE(tables.memberships.Find(AnySource())->told.Contains(tables.clients.Find(ClientHandle{8})));
  EXPECT_TRUE(registration.Deregister(ClientHandle{8}).ok());
  EXPECT_FALSE(registration.Deregister(ClientHandle{8}).ok());
  EXPECT_TRUE(tables.memberships.Find(AnySource())->told.empty());
}

TEST_F(MembershipRulesTest, AddAndDeleteCheckAndChange) {
  const ClientIndex up = AddClient();
  const ClientIndex down = AddClient();
  const Interface<Ipv4>& iif = Own(up, 1);
  const Interface<Ipv4>& oif = Own(down, 2);
  const uint32_t mfe = MakeMfe(Stream(1), iif);
  EXPECT_FALSE(memberships.Change(ClientHandle{1}, {true, AnySource(), oif.id, {.join = true}}).ok());
  EXPECT_FALSE(memberships.Change(ClientHandle{2}, {true, AnySource(), oif.id, {}}).ok());
  EXPECT_TRUE(memberships.Change(ClientHandle{2}, {true, AnySource(), oif.id, {.join = true}}).ok());
  EXPECT_EQ(tables.cache[mfe].active, 1U);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 0 (*,239.1.1.1)", "JOIN 0 (10.0.0.1,239.1.1.1)"));
  EXPECT_TRUE(memberships.Change(ClientHandle{2}, {false, AnySource(), oif.id, {.join = true}}).ok());
  EXPECT_FALSE(memberships.Change(ClientHandle{2}, {false, AnySource(), oif.id, {.join = true}}).ok());
  EXPECT_EQ(tables.cache[mfe].active, 0U);
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 0 (*,239.1.1.1)", "PRUNE 0 (10.0.0.1,239.1.1.1)"));
}

TEST_F(GraceTest, WhoHasBeenToldGoesOnBelievingUntilItsEnd) {
  const ClientIndex receiver = AddClient();
  AddClient();
  const Interface<Ipv4>& one = Own(receiver, 1);
  Join(AnySource(), one);
  membership_alerts.AlertMembers(AnySource(), one.id);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 1 (*,239.1.1.1)"));
  grace.Expect(AnySource(), one);
  Leave(AnySource(), one);
  membership_alerts.AlertMembers(AnySource(), one.id);
  EXPECT_THAT(TakeTold(), IsEmpty());
  EXPECT_EQ(grace.NextDeadline(), clock.now + std::chrono::seconds(2));
  EXPECT_FALSE(grace.EndDue());
  clock.now += std::chrono::seconds(2);
  EXPECT_TRUE(grace.EndDue());
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 1 (*,239.1.1.1)"));
  EXPECT_EQ(tables.memberships.Find(AnySource()), nullptr);
}

TEST_F(GraceTest, AnMfeThatLostItsLastOifIsToldOnlyWhenTheOifStaysAway) {
  const ClientIndex up = AddClient();
  const ClientIndex receiver = AddClient();
  const Interface<Ipv4>& iif = Own(up, 1);
  Interface<Ipv4>& oif = Own(receiver, 2);
  const uint32_t mfe = MakeMfe(Stream(1), iif);
  EXPECT_FALSE(grace.ExpectOif(mfe, oif));  // nothing is expected back there
  grace.Expect(AnySource(), oif);
  EXPECT_TRUE(grace.ExpectOif(mfe, oif));
  grace.End(oif);
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 0 (10.0.0.1,239.1.1.1)"));
}

TEST_F(ReleaseTracesTest, AreToldWhenAllHasBeenReclaimed) {
  AddClient();
  forwarder.reclaims = false;
  ReleaseTracer tracer(clock, tables.clients.NameOf(0), InterfaceId{1, {}}, false);
  tracer.Step("one", 5);
  traces.Add(tracer.trace);
  traces.AwaitReclaim(BatchId{1}, tracer);
  EXPECT_FALSE(traces.Finish());
  EXPECT_FALSE(traces.all_told());
  forwarder.reclaims = true;
  EXPECT_TRUE(traces.Finish());
  EXPECT_TRUE(traces.all_told());
  ASSERT_EQ(traces.kept().size(), 1U);
  EXPECT_TRUE(traces.kept().front()->reclaimed);
  EXPECT_EQ(traces.kept().front()->steps.size(), 2U);
}

TEST_F(OwnershipTest, AReleaseBumpsDeletesSettlesAndTells) {
  AddClient();
  AddClient();
  ASSERT_TRUE(ownership.Take(ClientHandle{1}, {1, {}}).ok());
  EXPECT_FALSE(ownership.Take(ClientHandle{2}, {1, {}}).ok());
  ASSERT_TRUE(ownership.Take(ClientHandle{2}, {2, {}}).ok());
  routes.routes[Stream(1).source()] = {1, {}};
  ASSERT_TRUE(memberships.Change(ClientHandle{2}, {true, AnySource(), {2, {}}, {.join = true}}).ok());
  ASSERT_EQ(decider.Decide(Stream(1), Why::kFirstPacket, {}), DecisionOutcome::kDecided);
  effects.WriteAndAlert();
  told.clear();
  forwarder.calls.clear();
  EXPECT_FALSE(ownership.Release(ClientHandle{2}, {1, {}}).ok());
  ASSERT_TRUE(ownership.Release(ClientHandle{2}, {2, {}}).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("bump 2", "disable 2", "apply 1+0 -0", "settle"));
  EXPECT_THAT(told,
              ElementsAre("changed (10.0.0.1,239.1.1.1)", "PRUNE 0 (*,239.1.1.1)", "PRUNE 0 (10.0.0.1,239.1.1.1)"));
  forwarder.calls.clear();
  ASSERT_TRUE(ownership.Release(ClientHandle{1}, {1, {}}).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("bump 1", "disable 1", "apply 0+0 -1", "settle"));
  EXPECT_EQ(tables.cache.size(), 0U);
  EXPECT_EQ(traces.kept().size(), 2U);
}

}  // namespace
}  // namespace mgmd::mgm
