#include "tests/unit/mgm/late_answers_scene.h"

// Clients may answer RPF and CREATION later, by a call: nobody is waited for, a stream without an MFE waits in the
// forwarder, an MFE that stands stays as it is, and after the deadline the default holds. Whatever changes meanwhile,
// an answer is taken only for what was asked, and a decision is never made by what is no longer so.

namespace mgmd::mgm {
namespace {

TEST_F(LateAnswer, AStreamWaitsForItsOwner) {
  up_box.rpf_later = true;
  Packet();
  EXPECT_FALSE(Decided());
  Packet();  // of the same stream: asked once
  ASSERT_EQ(up_box.rpf.size(), 1U);
  EXPECT_THAT(forwarder.discarded, IsEmpty());
  MfeInfo info;
  EXPECT_FALSE(manager.GetMfe(kStream, info));

  forwarder.calls.clear();
  ASSERT_TRUE(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUpToo, .upstream_neighbour = {}, .route = {}}).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("apply 1+1 -0"));  // with the mark that drains what is held
  EXPECT_EQ(Forward(kUpToo), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(up_box.told, ElementsAre("JOIN " + kStream.ToString()));
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {})));
}

TEST_F(LateAnswer, AnswersInPlaceNeedNoSecondCall) {
  Packet();
  EXPECT_TRUE(Decided());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {})));
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(down, down_box.creation[0].id, {})));
}

TEST_F(LateAnswer, AfterTheDeadlineTheRouteHolds) {
  up_box.rpf_later = true;
  Packet();
  EXPECT_EQ(manager.NextDeadline(), clock.now + kAnswerTime);
  Advance(kAnswerTime - Time(1));
  EXPECT_FALSE(Decided());
  Advance(Time(1));
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(observer.overdue, ElementsAre("RPF " + kStream.ToString()));
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUpToo})));
}

TEST_F(LateAnswer, AllVetoesAreWaitedForAndTimeIsOneForAllQuestions) {
  up_box.rpf_later = down_box.creation_later = third_box.creation_later = true;
  Join(down, kAnySource, kDownToo);
  Join(third, kAnySource, kThird);
  Packet();
  clock.now += kAnswerTime / 2;
  ASSERT_TRUE(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp}).ok());
  ASSERT_EQ(down_box.creation.size(), 1U);
  ASSERT_EQ(third_box.creation.size(), 1U);
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, Veto({kDownToo, kThird})).ok());
  EXPECT_FALSE(Decided());
  Advance(kAnswerTime / 2);
  // One veto is in, of an interface of its own; of the third nothing came.
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown, kThird}));
  EXPECT_THAT(observer.overdue, ElementsAre("CREATION " + kStream.ToString()));
}

TEST_F(LateAnswer, AnotherClientsQuestionIsRefused) {
  up_box.rpf_later = true;
  Packet();
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(down, up_box.rpf[0].id, {.iif = kDown})));
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(up, up_box.rpf[0].id, {})));
  EXPECT_EQ(manager.AnswerRpf(ClientHandle{99}, up_box.rpf[0].id, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Decided());
}

TEST_F(LateAnswer, AWildcardsNamerMayTakeItsTime) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  EXPECT_FALSE(Decided(kAnySource));
  // In the call the client was asked whether it would name one at all; the last question counts.
  const QuestionId question = down_box.rpf.back().id;
  ASSERT_TRUE(manager.AnswerRpf(down, question, {.iif = kDownToo}).ok());
  EXPECT_EQ(Forward(kDownToo), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AWildcardWhoseNamerNamesNothingIsTriedAgain) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  ASSERT_TRUE(manager.AnswerRpf(down, down_box.rpf.back().id, {}).ok());
  EXPECT_FALSE(Decided(kAnySource));
  EXPECT_EQ(Refused(), 1U);
  const size_t asked = down_box.rpf.size();
  Advance(std::chrono::seconds(1));
  ASSERT_EQ(down_box.rpf.size(), asked + 1);
  ASSERT_TRUE(manager.AnswerRpf(down, down_box.rpf.back().id, {.iif = kDownToo}).ok());
  EXPECT_TRUE(Decided(kAnySource));
}

TEST_F(LateAnswer, AnEditUnderAWildcardWaitsForNobody) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  ASSERT_TRUE(manager.AnswerRpf(down, down_box.rpf.back().id, {.iif = kDownToo}).ok());
  Join(third, kStream, kThird, {.forward = true});
  EXPECT_EQ(Forward(kDownToo), std::set<InterfaceId>({kDown, kThird}));
}

class FewQuestions : public LateAnswer {
 protected:
  static Options Few() {
    Options options;
    options.max_open_questions = 1;
    options.max_mfes = 1;
    return options;
  }
  FewQuestions() : LateAnswer(Few()) {}
  const Ipv4FibKey other_ = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 2), kGroup);
};

TEST_F(FewQuestions, BeyondTheLimitTheDefaultHoldsAtOnceAndRoomIsLookedForAgain) {
  up_box.rpf_later = true;
  routes.routes[other_.source()] = kUp;
  Packet();
  EXPECT_FALSE(Decided());
  Packet(other_);
  EXPECT_TRUE(Decided(other_));
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[1].id, {.iif = kUpToo})));
  // Another stream has taken the room meanwhile.
  EXPECT_TRUE(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp}).ok());
  EXPECT_FALSE(Decided());
  EXPECT_THAT(forwarder.discarded, ElementsAre(kStream));
}

}  // namespace
}  // namespace mgmd::mgm
