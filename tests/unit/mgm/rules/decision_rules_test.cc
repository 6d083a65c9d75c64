#include <string>
#include <utility>

#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/effects.h"
#include "control/mgm/rules/late_answers.h"
#include "control/mgm/rules/mfe_access.h"
#include "control/mgm/rules/oil_edits.h"
#include "control/mgm/rules/packets.h"
#include "control/mgm/rules/proactive.h"
#include "control/mgm/rules/redecisions.h"
#include "control/mgm/rules/route_following.h"
#include "tests/unit/mgm/rules/rules_scene.h"

// How a stream is decided: from where, by whom, when, and again.

namespace mgmd::mgm {
namespace {

// Answers as it is told to.
class AskedClient : public ClientCallbacks {
 public:
  Reply Rpf(QuestionId, const Ipv4FibKey&, RpfChoice& choice, std::span<const uint8_t>) override {
    ++asked_ways;
    if (iif.index != 0) choice.iif = iif;
    return reply;
  }
  Reply Creation(QuestionId, const Ipv4FibKey&, InterfaceId, std::span<CreationOif> oifs) override {
    asked = oifs.size();
    for (CreationOif& oif : oifs) oif.enabled = oif.interface != veto;
    return reply;
  }
  InterfaceId iif;
  InterfaceId veto;
  Reply reply = Reply::kNow;
  size_t asked = 0;
  size_t asked_ways = 0;
};

struct DecisionScene : RulesScene {
  AskedClient& AddAsked() {
    auto callbacks = std::make_unique<AskedClient>();
    AskedClient& asked = *callbacks;
    const auto number = tables.clients.in_order().size();
    tables.clients.Add(ClientHandle{number + 1}, {0x40000001u + static_cast<uint32_t>(number), 1},
                       std::move(callbacks));
    return asked;
  }
  OpenDecisions<Ipv4> open{tables.ssm, std::chrono::milliseconds(500), 2};
  Room<Ipv4> room{tables, limits, 100, forwarder, clock, observer, mfes};
  DecisionQueue<Ipv4> queue{tables.cache, clock};
  Ways<Ipv4> ways{tables, routes};
  Questions<Ipv4> questions{tables, clock, calls, open, false};
  Decider<Ipv4> decider{
      tables, {forwarder, clock, lifetimes, alerts, mfe_alerts, writer, mfes, room, queue, open, ways, questions}};
};
struct WaysTest : DecisionScene {};
struct QuestionsTest : DecisionScene {};
struct OpenDecisionsTest : DecisionScene {};
struct DeciderTest : DecisionScene {};
struct ProactiveTest : DecisionScene {};
struct RouteFollowingTest : DecisionScene {};
struct RedecisionsTest : DecisionScene {};
struct LateAnswersTest : DecisionScene {};
struct PacketsTest : DecisionScene {};
struct MfeAccessTest : DecisionScene {};

TEST_F(WaysTest, ARouteAWiderMfeOrNone) {
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  EXPECT_TRUE(ways.First(Stream(1), kNoMfe).orphan);
  routes.routes[Stream(1).source()] = {7, {}};
  EXPECT_TRUE(ways.First(Stream(1), kNoMfe).orphan);  // nobody is on it
  routes.routes[Stream(1).source()] = one.id;
  EXPECT_EQ(ways.First(Stream(1), kNoMfe).good_iif(), one.slot);
  const Interface<Ipv4>& two = Own(0, 2);
  const uint32_t wider = MakeMfe(AnySource(), two);
  EXPECT_EQ(ways.First(Stream(1), wider).iif, two.slot);
  EXPECT_TRUE(ways.First(Stream(1), wider).inherited);
  Join(Stream(1), two, true);
  EXPECT_EQ(ways.First(Stream(1), wider).iif, one.slot);
}

TEST_F(WaysTest, WhoNamedThePresentIifIsAskedFirst) {
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  const Interface<Ipv4>& two = Own(AddClient(), 2);
  Join(AnySource(), one, true);
  Join(AnySource(), two, true);
  EXPECT_THAT(ways.Namers(AnySource(), kNoMfe), ElementsAre(0, 1));
  EXPECT_THAT(ways.Namers(AnySource(), MakeMfe(AnySource(), two)), ElementsAre(1, 0));
  EXPECT_TRUE(ways.HasNamerOn(*tables.memberships.Find(AnySource()), two));
}

TEST_F(QuestionsTest, AnOwnerMayChooseAmongItsOwnInterfaces) {
  AskedClient& owner = AddAsked();
  const Interface<Ipv4>& one = Own(0, 1);
  const Interface<Ipv4>& two = Own(0, 2);
  const Interface<Ipv4>& others = Own(AddClient(), 3);
  Decision<Ipv4> decision{.key = Stream(1)};
  decision.way = {.iif = one.slot, .orphan = false, .upstream_neighbour = {}, .route = {}};
  owner.iif = others.id;
  EXPECT_TRUE(questions.AskOwner(decision, 0));
  EXPECT_EQ(decision.way.iif, one.slot);
  owner.iif = two.id;
  EXPECT_TRUE(questions.AskOwner(decision, 0));
  EXPECT_EQ(decision.way.iif, two.slot);
  EXPECT_EQ(questions.AskNamer(decision, 0), Answer::kYes);
  owner.iif = others.id;
  EXPECT_EQ(questions.AskNamer(decision, 0), Answer::kNo);
}

TEST_F(QuestionsTest, VetoesAreOfTheOwnOifsOnly) {
  AskedClient& owner = AddAsked();
  const Interface<Ipv4>& one = Own(0, 1);
  const Interface<Ipv4>& two = Own(0, 2);
  const Interface<Ipv4>& others = Own(AddClient(), 3);
  for (const Interface<Ipv4>* oif : {&one, &two, &others}) Join(AnySource(), *oif);
  Decision<Ipv4> decision{.key = Stream(1)};
  decision.way.iif = others.slot;
  std::vector<OifPlan> plan = questions.PlanOifs(Stream(1), others.slot);
  ASSERT_EQ(plan.size(), 2U);
  owner.veto = two.id;
  EXPECT_TRUE(questions.AskVetoes(decision, plan));
  EXPECT_EQ(owner.asked, 2U);
  EXPECT_EQ(plan[0].flags, OilElement::kJoined);
  EXPECT_EQ(plan[1].flags, OilElement::kJoined | OilElement::kSuppressed);
}

// Late answers: IGMP has left one of the oifs that it has vetoed.
TEST_F(QuestionsTest, OfTwoVetoesEachSetsItsOwnMark) {
  const ClientIndex client = AddClient();
  const Interface<Ipv4>& one = Own(client, 1);
  const Interface<Ipv4>& two = Own(client, 2);
  Decision<Ipv4> decision{.key = Stream(1)};
  for (const Interface<Ipv4>* oif : {&one, &two}) {
    decision.vetoes.push_back({oif->id, OilElement::kSuppressed});
    decision.vetoes.push_back({oif->id, OilElement::kIgmpSuppressed});
  }
  std::vector<OifPlan> plan = {{one.slot, OilElement::kAnyJoined}, {two.slot, OilElement::kJoined}};
  questions.ApplyVetoes(decision, plan);
  EXPECT_EQ(plan[0].flags, OilElement::kAnyJoined | OilElement::kSuppressed | OilElement::kIgmpSuppressed);
  EXPECT_EQ(plan[1].flags, OilElement::kJoined | OilElement::kSuppressed);
}

TEST_F(OpenDecisionsTest, ForgetTheVetoesOfWhoJoinsAnewAndOfFormerOwners) {
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  Decision<Ipv4> decision{.key = Stream(1)};
  decision.waiting = {{.id = QuestionId{1}, .client = {}, .creation = true, .oifs = {}}};
  decision.vetoes = {{one.id, OilElement::kSuppressed}, {one.id, OilElement::kIgmpSuppressed}};
  open.Keep(decision, clock.now);
  open.ForgetVetoes(AnySource(), one.id, OilElement::kIgmpSuppressed);
  ASSERT_EQ(open.Find(Stream(1))->vetoes.size(), 1U);
  EXPECT_EQ(open.Find(Stream(1))->vetoes[0].mark, OilElement::kSuppressed);
  open.ForgetOwnersVetoes({2, {}});
  EXPECT_EQ(open.Find(Stream(1))->vetoes.size(), 1U);
  open.ForgetOwnersVetoes(one.id);
  EXPECT_THAT(open.Find(Stream(1))->vetoes, IsEmpty());
}

TEST_F(OpenDecisionsTest, AreFoundUntilTheirTimeIsOver) {
  Decision<Ipv4> decision{.key = Stream(1)};
  decision.waiting = {{.id = QuestionId{1}, .client = {}, .creation = true, .oifs = {}},
                      {.id = QuestionId{2}, .client = {}, .creation = true, .oifs = {}}};
  EXPECT_TRUE(open.MayWait(Decision<Ipv4>(), clock.now));
  open.Keep(decision, clock.now);
  EXPECT_FALSE(open.MayWait(Decision<Ipv4>(), clock.now));  // two questions are all that may be open
  EXPECT_EQ(open.NextDeadline(), clock.now + std::chrono::milliseconds(500));
  ASSERT_NE(open.Find(QuestionId{2}), nullptr);
  open.Close(*open.Find(QuestionId{2}), QuestionId{2});
  EXPECT_EQ(open.Find(QuestionId{2}), nullptr);
  // Asked anew it has what is left of its time.
  Decision<Ipv4> again = open.Take(Stream(1));
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(open.Find(QuestionId{1}), nullptr);
  const Time later = clock.now + std::chrono::milliseconds(300);
  open.Keep(std::move(again), later);
  EXPECT_FALSE(open.TakeOverdue(later).has_value());
  const std::optional<Decision<Ipv4>> overdue = open.TakeOverdue(clock.now + std::chrono::milliseconds(500));
  ASSERT_TRUE(overdue.has_value());
  EXPECT_EQ(overdue->key, Stream(1));
  EXPECT_FALSE(open.MayWait(*overdue, clock.now + std::chrono::milliseconds(500)));
  EXPECT_EQ(open.NextDeadline(), std::nullopt);
}

TEST_F(DeciderTest, AFirstPacketGetsAnMfeOrIsRefused) {
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  const Interface<Ipv4>& oif = Own(AddClient(), 2);
  Join(AnySource(), oif);
  routes.routes[Stream(1).source()] = iif.id;
  EXPECT_EQ(decider.Decide(Stream(1), Why::kFirstPacket, {}), DecisionOutcome::kDecided);
  const Mfe& made = tables.cache[tables.cache.Find(Stream(1))];
  EXPECT_EQ(made.iif_slot(), iif.slot);
  EXPECT_EQ(made.active, 1U);
  EXPECT_TRUE(made.Is(Mfe::kDrain));
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 0 (10.0.0.1,239.1.1.1)"));
  EXPECT_EQ(decider.Decide(Stream(2), Why::kFirstPacket, {}), DecisionOutcome::kDecided);
  EXPECT_TRUE(tables.cache[tables.cache.Find(Stream(2))].Is(Mfe::kOrphan));
  EXPECT_EQ(decider.Decide(Stream(3), Why::kFirstPacket, {}), DecisionOutcome::kNoRoom);  // two of a group
}

TEST_F(DeciderTest, AWildcardThatNobodyNamesAnIifForIsMissing) {
  AddAsked();
  Join(AnySource(), Own(0, 1), true);
  EXPECT_EQ(decider.Decide(AnySource(), Why::kMembership, {}), DecisionOutcome::kNoWay);
  EXPECT_TRUE(queue.missing().contains(AnySource()));
}

TEST_F(DeciderTest, AWildcardMakesMfesOfWhatDiffersFromIt) {
  AskedClient& namer = AddAsked();
  const Interface<Ipv4>& one = Own(0, 1);
  const Interface<Ipv4>& two = Own(AddClient(), 2);
  Join(AnySource(), one, true);
  Join(Stream(1), two);
  namer.iif = one.id;
  EXPECT_EQ(decider.Decide(AnySource(), Why::kMembership, {}), DecisionOutcome::kDecided);
  const uint32_t narrower = tables.cache.Find(Stream(1));
  ASSERT_NE(narrower, kNoMfe);
  EXPECT_TRUE(tables.cache[narrower].Is(Mfe::kInherited));
  EXPECT_EQ(tables.cache[narrower].iif_slot(), one.slot);
}

TEST_F(DeciderTest, WhatTwoWildcardsCoverIsDecidedOnceWhenTheWiderOneMoves) {
  AskedClient& namer = AddAsked();
  const Interface<Ipv4>& one = Own(0, 1);
  const Interface<Ipv4>& two = Own(0, 2);
  const Interface<Ipv4>& oif = Own(AddClient(), 3);
  Join(Ipv4FibKey::AllGroups(), one, true);
  Join(AnySource(16), oif);
  Join(Stream(1), oif);
  namer.iif = one.id;
  ASSERT_EQ(decider.Decide(Ipv4FibKey::AllGroups(), Why::kMembership, {}), DecisionOutcome::kDecided);
  namer.iif = two.id;
  namer.asked_ways = 0;
  ASSERT_EQ(decider.Decide(Ipv4FibKey::AllGroups(), Why::kAgain, {}), DecisionOutcome::kDecided);
  for (const Ipv4FibKey key : {Ipv4FibKey::AllGroups(), AnySource(16), Stream(1)}) {
    ASSERT_NE(tables.cache.Find(key), kNoMfe);
    EXPECT_EQ(tables.cache[tables.cache.Find(key)].iif_slot(), two.slot) << key.ToString();
  }
  EXPECT_EQ(namer.asked_ways, 2U);  // for (*,*), whose iif it names, and for the stream, which it owns
}

TEST_F(ProactiveTest, AWildcardMfeGoesWithItsLastReason) {
  Proactive<Ipv4> proactive(tables, mfes, queue, ways);
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  Join(AnySource(), one, true);
  const uint32_t wildcard = MakeMfe(AnySource(), one);
  const uint32_t inherited = MakeMfe(Stream(1), one);
  tables.cache[inherited].Set(Mfe::kInherited, true);
  proactive.Refresh(AnySource());
  EXPECT_TRUE(tables.cache[wildcard].Is(Mfe::kProactive));
  Leave(AnySource(), one);
  proactive.Refresh(AnySource());
  EXPECT_EQ(tables.cache.Find(AnySource()), kNoMfe);
  queue.Refill();
  EXPECT_EQ(queue.TakeNext(), Stream(1));
}

TEST_F(RouteFollowingTest, WhatHasAnotherRouteIsDecidedAgain) {
  RouteFollowing<Ipv4> following(tables, routes, mfes, queue);
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  Own(0, 2);
  routes.routes[Stream(1).source()] = routes.routes[Stream(2).source()] = one.id;
  ASSERT_EQ(decider.Decide(Stream(1), Why::kFirstPacket, {}), DecisionOutcome::kDecided);
  ASSERT_EQ(decider.Decide(Stream(2), Why::kFirstPacket, {}), DecisionOutcome::kDecided);
  EXPECT_FALSE(following.Run());
  routes.routes[Stream(2).source()] = {2, {}};
  following.Add(Ipv4Prefix(Ipv4Address(), 0));
  EXPECT_TRUE(following.Run());
  EXPECT_TRUE(following.empty());
  queue.Refill();
  EXPECT_EQ(queue.TakeNext(), Stream(2));
  EXPECT_EQ(queue.TakeNext(), std::nullopt);
}

TEST_F(RedecisionsTest, WhatFlowsIsDecidedAgainAndTheRestGoes) {
  Effects<Ipv4> effects(room, writer, alerts);
  Redecisions<Ipv4> redecisions(tables, mfe_alerts, mfes, queue, ways, decider, effects);
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  const Interface<Ipv4>& two = Own(AddClient(), 2);
  Join(AnySource(), two);
  routes.routes[Stream(1).source()] = one.id;
  ASSERT_EQ(decider.Decide(Stream(1), Why::kFirstPacket, {}), DecisionOutcome::kDecided);
  TakeTold();
  const uint32_t mfe = tables.cache.Find(Stream(1));
  routes.routes[Stream(1).source()] = two.id;
  redecisions.EndOfLife(mfe, true);
  EXPECT_TRUE(redecisions.Run());
  EXPECT_EQ(tables.cache[mfe].iif_slot(), two.slot);
  EXPECT_THAT(TakeTold(), ::testing::Contains("PRUNE 0 (10.0.0.1,239.1.1.1)"));
  redecisions.EndOfLife(mfe, false);
  EXPECT_EQ(tables.cache.Find(Stream(1)), kNoMfe);
  EXPECT_FALSE(redecisions.Run());
}

TEST_F(LateAnswersTest, TheLastAnswerMakesTheMfe) {
  LateAnswers<Ipv4> late(tables, clock, observer, open, questions, decider);
  AskedClient& owner = AddAsked();
  const Interface<Ipv4>& one = Own(0, 1);
  routes.routes[Stream(1).source()] = one.id;
  owner.reply = Reply::kLater;
  EXPECT_EQ(decider.Decide(Stream(1), Why::kFirstPacket, {}), DecisionOutcome::kWaits);
  ASSERT_TRUE(open.Has(Stream(1)));
  const QuestionId question = open.Find(Stream(1))->waiting[0].id;
  EXPECT_FALSE(late.Recheck());
  late.RecheckSoon();
  EXPECT_TRUE(late.Recheck());
  EXPECT_TRUE(open.Has(Stream(1)));  // nothing has changed
  EXPECT_FALSE(late.EndOverdue());
  EXPECT_TRUE(late.AnswerRpf(ClientHandle{1}, question, {.iif = one.id}).ok());
  EXPECT_NE(tables.cache.Find(Stream(1)), kNoMfe);
  EXPECT_FALSE(late.AnswerRpf(ClientHandle{1}, question, {.iif = one.id}).ok());
}

TEST_F(PacketsTest, FirstPacketsAreDecidedAndOthersDrained) {
  Effects<Ipv4> effects(room, writer, alerts);
  Packets<Ipv4> packets(tables, forwarder, clock, calls, writer, room, decider, effects);
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  routes.routes[Stream(1).source()] = one.id;
  EXPECT_FALSE(packets.Handle(AnySource(), one.id, {}).ok());
  EXPECT_FALSE(packets.Handle(Stream(1), {9, {}}, {}).ok());
  EXPECT_TRUE(packets.Handle(Stream(1), one.id, {}).ok());
  effects.WriteAndAlert();
  forwarder.calls.clear();
  packets.Handle(
      Punt<Ipv4>{.key = Stream(1), .arrival = one.slot, .reason = PuntReason::kNoEntry});  // of another worker
  effects.WriteAndAlert();
  EXPECT_THAT(forwarder.calls, ElementsAre("apply 1+1 -0"));
  packets.Handle(Punt<Ipv4>{.key = Stream(2), .arrival = InterfaceSlot{99}, .reason = PuntReason::kNoEntry});
  EXPECT_THAT(forwarder.discarded, ElementsAre(Stream(2)));
}

TEST_F(MfeAccessTest, TheHolderMovesItsMfeToAnotherInterfaceOfItsOwn) {
  OilEdits<Ipv4> oils(tables, mfe_alerts, writer, mfes, questions);
  MfeAccess<Ipv4> access(tables, clock, mfes, oils, decider);
  const Interface<Ipv4>& one = Own(AddClient(), 1);
  const Interface<Ipv4>& two = Own(0, 2);
  Own(AddClient(), 3);
  Join(AnySource(), one);
  const uint32_t mfe = MakeMfe(Stream(1), one);
  EXPECT_FALSE(access.Set(ClientHandle{2}, Stream(1), {}, 0).ok());
  EXPECT_FALSE(access.Set(ClientHandle{1}, Stream(1), {}, 3).ok());
  EXPECT_TRUE(access.Set(ClientHandle{1}, Stream(1), Ipv4Address(10, 9, 9, 9), 2).ok());
  MfeInfo info;
  access.Describe(mfe, info);
  EXPECT_EQ(info.iif, two.id);
  EXPECT_THAT(info.oifs, ElementsAre(one.id));
  EXPECT_EQ(info.upstream_neighbour, Ipv4Address(10, 9, 9, 9));
}

}  // namespace
}  // namespace mgmd::mgm
