#include "tests/unit/mgm/late_answers_scene.h"

// What becomes of open questions when that changes which they are about.

namespace mgmd::mgm {
namespace {

TEST_F(LateAnswer, OifsAreThoseOfTheEnd) {
  down_box.creation_later = true;
  Join(down, kAnySource, kDownToo);
  Packet();
  Join(third, kAnySource, kThird);
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDown, {.join = true}).ok());
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, {}).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDownToo, kThird}));
}

TEST_F(LateAnswer, AReleaseOfTheIifEndsTheQuestion) {
  up_box.rpf_later = true;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());
  EXPECT_EQ(manager.NextDeadline(), clock.now);
  Advance(Time(0));
  EXPECT_TRUE(forwarder.entries.at(kStream).no_route);
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUpToo})));
}

TEST_F(LateAnswer, EndsInItsTimeAlthoughAReleaseIsNotReclaimed) {
  constexpr Time kLeft{100};
  up_box.rpf_later = true;
  forwarder.reclaims = false;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(third, kThird).ok());
  Advance(kAnswerTime - kLeft);
  EXPECT_EQ(manager.NextDeadline(), clock.now + kLeft);
}

TEST_F(LateAnswer, AReleaseOfAnOifEndsItsVeto) {
  down_box.creation_later = true;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(down, kDown).ok());
  Advance(Time(0));
  EXPECT_TRUE(Decided());
  EXPECT_THAT(Forward(kUp), IsEmpty());
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(down, down_box.creation[0].id, {})));
}

TEST_F(LateAnswer, ADeregistrationEndsTheQuestions) {
  up_box.rpf_later = true;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());
  ASSERT_TRUE(manager.ReleaseInterface(up, kUpToo).ok());
  ASSERT_TRUE(manager.Deregister(up).ok());
  Advance(Time(0));
  EXPECT_TRUE(Decided());
  EXPECT_EQ(manager.AnswerRpf(up, up_box.rpf[0].id, {}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(LateAnswer, AChangeOfRouteAsksTheNewOwnerWithinTheSameTime) {
  up_box.rpf_later = third_box.rpf_later = true;
  Packet();
  clock.now += kAnswerTime / 2;
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_FALSE(Decided());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp})));
  ASSERT_EQ(third_box.rpf.size(), 1U);
  Advance(kAnswerTime / 2);
  EXPECT_EQ(Forward(kThird), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AnAnswerToAnOldRouteIsRefusedAndAskedAnew) {
  up_box.rpf_later = true;
  Packet();
  routes.routes[kSource] = kUpToo;  // nobody has said so yet
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp})));
  ASSERT_EQ(up_box.rpf.size(), 2U);
  EXPECT_EQ(up_box.rpf[1].iif, kUpToo);
  ASSERT_TRUE(manager.AnswerRpf(up, up_box.rpf[1].id, {.iif = kUpToo}).ok());
  EXPECT_EQ(Forward(kUpToo), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AnMfeThatIsDecidedAgainStaysAsItIs) {
  Packet();
  third_box.rpf_later = true;
  up_box.told.clear();
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString()));
  // Looked at once more: asked once, told once.
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  ASSERT_EQ(third_box.rpf.size(), 1U);
  ASSERT_TRUE(manager.AnswerRpf(third, third_box.rpf[0].id, {.iif = kThird}).ok());
  EXPECT_EQ(Forward(kThird), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString()));
  EXPECT_THAT(third_box.told, ElementsAre("JOIN " + kStream.ToString()));
}

TEST_F(LateAnswer, AnMfeThatIsGoneIsNotMadeAnewByAnAnswer) {
  Packet();
  third_box.rpf_later = true;
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());  // deletes the MFE
  EXPECT_FALSE(Decided());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(third, third_box.rpf[0].id, {.iif = kThird})));
  Advance(kAnswerTime);
  EXPECT_FALSE(Decided());
}

TEST_F(LateAnswer, AMembershipThatLeavesIsWaitedForNoLonger) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  const QuestionId question = down_box.rpf.back().id;
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDownToo, {.join = true}).ok());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(down, question, {.iif = kDownToo})));
  EXPECT_FALSE(Decided(kAnySource));
  EXPECT_EQ(Refused(), 0U);
}

TEST_F(LateAnswer, AWildcardThatKeepsItsIifTakesLateVetoes) {
  // Two may name the iif; the one that does leaves, and the other names none: the MFE keeps its iif.
  up_box.named = kUp;
  Join(up, kAnySource, kUp, {.join = true, .proactive = true});
  third_box.rpf_later = true;
  Join(third, kAnySource, kThird, {.join = true, .proactive = true});
  ASSERT_TRUE(Decided(kAnySource));
  third_box.rpf_later = false;
  down_box.creation_later = true;
  EXPECT_TRUE(manager.DeleteMembership(up, kAnySource, kUp, {.join = true}).ok());
  third_box.rpf.clear();
  Advance(Time(0));
  ASSERT_FALSE(down_box.creation.empty());
  const size_t asked = down_box.creation.size();
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation.back().id, Veto({kDown})).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kThird}));
  EXPECT_EQ(down_box.creation.size(), asked);
  EXPECT_EQ(third_box.rpf.size(), 1U);
}

TEST_F(LateAnswer, WhoComesToNameAnIifIsAskedAlthoughAnInheritedOneWaits) {
  up_box.named = kUp;
  Join(up, Ipv4FibKey::AllGroups(), kUp, {.join = true, .proactive = true});
  down_box.creation_later = true;
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDown, {.join = true}).ok());
  Join(down, kAnySource, kDown);  // under (*,*), with its iif
  ASSERT_FALSE(Decided(kAnySource));
  third_box.named = kThird;
  Join(third, kAnySource, kThird, {.join = true, .proactive = true});
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation.back().id, {}).ok());
  EXPECT_EQ(Forward(kThird), std::set<InterfaceId>({kUp, kDown}));
}

TEST_F(LateAnswer, WhoHasLostAStreamHearsNoMoreOfIt) {
  Packet();
  third_box.rpf_later = true;
  up_box.told.clear();
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString()));
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDown, {.join = true}).ok());
  Join(down, kAnySource, kDown);
  ASSERT_TRUE(manager.AnswerRpf(third, third_box.rpf[0].id, {.iif = kThird}).ok());
  EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString()));
  EXPECT_THAT(third_box.told, ElementsAre("JOIN " + kStream.ToString()));
  // What it has not lost in the end it hears of again.
  up_box.rpf_later = true;
  routes.routes[kSource] = kUp;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  routes.routes[kSource] = kThird;
  third_box.rpf_later = false;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_THAT(third_box.told,
              ElementsAre("JOIN " + kStream.ToString(), "PRUNE " + kStream.ToString(), "JOIN " + kStream.ToString()));
}

TEST_F(LateAnswer, AVetoEndsWithWhatItWasOf) {
  down_box.creation_later = third_box.creation_later = true;
  Join(down, kAnySource, kDownToo);
  Join(third, kAnySource, kThird);
  Packet();
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, Veto({kDown, kDownToo})).ok());
  // One oif is another client's now, the other one was joined anew.
  ASSERT_TRUE(manager.ReleaseInterface(down, kDown).ok());
  ASSERT_TRUE(manager.TakeInterface(third, kDown).ok());
  Join(third, kAnySource, kDown);
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDownToo, {.join = true}).ok());
  Join(down, kAnySource, kDownToo);
  ASSERT_TRUE(manager.AnswerCreation(third, third_box.creation[0].id, {}).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown, kDownToo, kThird}));
}

// IGMP joins while another's veto is awaited: what it vetoes stays out when the stream is decided, and what it would
// answer later counts as no veto.
TEST_F(LateAnswer, WhatIgmpJoinsMeanwhileItIsAskedAbout) {
  constexpr InterfaceId kHosts{6, {}};
  constexpr InterfaceId kHostsToo{7, {}};
  Mailbox igmp_box;
  const ClientHandle igmp = Register(0x4137000A, igmp_box);
  Take(igmp, {kHosts, kHostsToo});
  down_box.creation_later = true;
  Packet();
  igmp_box.writes = kHosts;
  Join(igmp, kAnySource, kHosts);
  igmp_box.creation_later = true;
  Join(igmp, kAnySource, kHostsToo);
  ASSERT_EQ(igmp_box.creation.size(), 2U);
  EXPECT_EQ(igmp_box.creation[0].key, kStream);
  EXPECT_EQ(igmp_box.creation[0].iif, kUp);
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(igmp, igmp_box.creation[1].id, Veto({kHostsToo}))));
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, {}).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown, kHostsToo}));
}

TEST_F(LateAnswer, AForwardAddEndsAVeto) {
  down_box.creation_later = third_box.creation_later = true;
  Join(third, kAnySource, kThird);
  Packet();
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, Veto({kDown})).ok());
  Join(down, kAnySource, kDown, {.forward = true});
  ASSERT_TRUE(manager.AnswerCreation(third, third_box.creation[0].id, {}).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown, kThird}));
}

TEST_F(LateAnswer, AStreamThatMovesAgainIsTakenFromItsOwnerFirst) {
  Packet();
  up_box.rpf_later = true;
  routes.routes[kSource] = kUpToo;  // of the same owner: nobody loses it
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  ASSERT_EQ(up_box.rpf.size(), 2U);
  up_box.told.clear();
  third_box.on_rpf = [&] { EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString())); };
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_EQ(third_box.rpf.size(), 1U);
  EXPECT_EQ(Forward(kThird), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AnswersInPlaceMayNameAnyInterface) {
  for (const InterfaceId wrong : {InterfaceId{77, {}}, kThird, kUp}) {
    down_box.writes = wrong;
    Packet();
    EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
    ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());
    ASSERT_TRUE(manager.TakeInterface(up, kUp).ok());
  }
}

class CreationToAll : public LateAnswer {
 protected:
  static Options ToAll() {
    Options options;
    options.creation_alert_to_all = true;
    return options;
  }
  CreationToAll() : LateAnswer(ToAll()) {}
};

TEST_F(CreationToAll, WhoLeavesWithoutAnInterfaceIsWaitedForNoLonger) {
  Mailbox box;
  box.creation_later = true;
  const ClientHandle guest = Register(0x40000009, box);
  Packet();
  EXPECT_FALSE(Decided());
  ASSERT_TRUE(manager.Deregister(guest).ok());
  Advance(Time(0));
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
}

}  // namespace
}  // namespace mgmd::mgm
