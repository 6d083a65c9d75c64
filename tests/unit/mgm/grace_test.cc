#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/mgm_world.h"

// The grace time for what IGMP adds again after a change of owner.

namespace mgmd {
namespace {

using fakes::Lines;
using fakes::MgmWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The owner leaves: what IGMP adds again counts for IGMP, so that only the owner hears of it.
TEST(GraceTime, AReleaseIsHeardByTheFormerOwnerOnly) {
  MgmWorld world(0, 0, 0, 500);
  for (const char* client : {"P1", "P2", "I"}) world.Register(client);
  world.Take("P1", 1);
  world.Take("P2", 2);
  world.Take("I", 1);
  world.SetRoute("S", 2);
  world.Add("I", "*", "G", 1);
  world.Add("I", "S", "G2", 1);
  world.TakeEvents();
  ASSERT_EQ(world.Release("P1", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i1", "E i1"));
  EXPECT_EQ(world.Add("I", "*", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Add("I", "S", "G2", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P1 (*,G) T"));
  world.Advance(1);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
  EXPECT_EQ(world.Delete("I", "S", "G2", 1), NO_ERROR);
  EXPECT_EQ(world.Delete("I", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P2 (S,G2) T", "U P1 (*,G) T", "U P2 (*,G) T"));
}

// What others do meanwhile is told as ever: nobody hears two alerts of a kind in a row.
TEST(GraceTime, OthersJoinMoveAndLeaveMeanwhile) {
  MgmWorld world(0, 0, 0, 500);
  for (const char* client : {"P1", "P2", "P3", "I"}) world.Register(client);
  world.Take("P2", 2);
  world.Take("P3", 3);
  world.Take("I", 1);
  world.SetRoute("S", 2);
  world.Add("I", "*", "G", 1);
  world.Add("I", "S", "G2", 1);
  world.TakeEvents();
  ASSERT_EQ(world.Take("P1", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i1", "E i1"));
  EXPECT_EQ(world.Add("P3", "*", "G", 3), NO_ERROR);
  EXPECT_EQ(world.Delete("P3", "*", "G", 3), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J I (*,G) T", "U P1 (*,G) T", "U I (*,G) T"));
  world.SetRoute("S", 3);
  EXPECT_EQ(world.RoutesChanged("S"), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P2 (S,G2) T"));
  EXPECT_EQ(world.Add("I", "S", "G2", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("LJ P1 (S,G2) i1", "J P3 (S,G2) T"));
  EXPECT_EQ(world.Release("I", 1), NO_ERROR) << "IGMP goes: what is held ends now";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("LL P1 (S,G2) i1", "U P3 (S,G2) T", "U P2 (*,G) T", "U P3 (*,G) T"));
  world.Advance(1);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
}

// Streams of P1's by i1, which go out of i3 by IGMP's entry; who has i3 is what changes.
class GraceOfAStream : public ::testing::Test {
 protected:
  GraceOfAStream() : world(0, 0, 0, 500) {
    for (const char* client : {"P1", "P2", "P4", "I"}) world.Register(client);
    world.Take("P1", 1);
    world.Take("P4", 4);
    world.Take("I", 3);
    world.SetRoute("S", 1);
  }
  void Flow() {
    ASSERT_EQ(world.Add("I", "*", "G", 3), NO_ERROR);
    ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
    ASSERT_EQ(world.Entry("S", "G"), "i1 -> {i3}");
    world.TakeEvents();
  }
  // Of the stream alone.
  Lines Told() {
    Lines lines = world.TakeEvents();
    std::erase_if(lines, [](const std::string& line) { return !line.ends_with(" F"); });
    return lines;
  }
  MgmWorld world;
};

// The iif's holder has the receivers' interface itself: there is no PRUNE to hold back, and no JOIN
// to swallow when the receivers become another's.
TEST_F(GraceOfAStream, TheHoldersOwnOifIsNoNews) {
  ASSERT_EQ(world.Take("P1", 3), NO_ERROR);
  Flow();
  ASSERT_EQ(world.Release("P1", 3), NO_ERROR);
  world.Advance(1);
  EXPECT_THAT(Told(), IsEmpty());
  ASSERT_EQ(world.Take("P1", 3), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G", 3), NO_ERROR);
  ASSERT_EQ(world.Release("P1", 3), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G", 3), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i3}");
  EXPECT_THAT(Told(), ElementsAre("J P1 (S,G) F")) << "it is IGMP's now";
  world.Advance(1);
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(GraceOfAStream, AMoveIsToldToWhoHadNotHeardPrune) {
  Flow();
  ASSERT_EQ(world.Take("P2", 3), NO_ERROR);
  EXPECT_THAT(Told(), IsEmpty());
  world.SetRoute("S", 4);
  ASSERT_EQ(world.RoutesChanged("S"), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("U P1 (S,G) F", "U P4 (S,G) F"));
  world.Advance(1);
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(GraceOfAStream, EndsAtOnceWhenIgmpLeaves) {
  Flow();
  ASSERT_EQ(world.Take("P2", 3), NO_ERROR);
  ASSERT_EQ(world.Release("I", 3), NO_ERROR);
  EXPECT_THAT(Told(), ElementsAre("U P1 (S,G) F"));
  world.Advance(1);
  EXPECT_THAT(Told(), IsEmpty());
}

// Other oifs come and go meanwhile, the iif's holder's own among them.
TEST_F(GraceOfAStream, ThePruneIsNotForgotten) {
  Flow();
  ASSERT_EQ(world.Take("P2", 3), NO_ERROR);
  ASSERT_EQ(world.Take("P1", 5), NO_ERROR);
  ASSERT_EQ(world.Add("P1", "S", "G", 5, MGM_FORWARD_STATE_FLAG), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S", "G", 3, MGM_FORWARD_STATE_FLAG), NO_ERROR);
  ASSERT_EQ(world.Delete("P1", "S", "G", 5, MGM_FORWARD_STATE_FLAG), NO_ERROR);
  ASSERT_EQ(world.Delete("P2", "S", "G", 3, MGM_FORWARD_STATE_FLAG), NO_ERROR);
  EXPECT_THAT(Told(), IsEmpty());
  world.Advance(1);
  EXPECT_THAT(Told(), ElementsAre("U P1 (S,G) F"));
}

// A later hold of the same stream lasts its own time.
TEST_F(GraceOfAStream, TheLastHoldCounts) {
  Flow();
  ASSERT_EQ(world.Take("P2", 3), NO_ERROR);
  world.Advance(0.4);
  ASSERT_EQ(world.Add("I", "*", "G", 3), NO_ERROR);
  ASSERT_EQ(world.Release("P2", 3), NO_ERROR);
  world.Advance(0.4);
  EXPECT_THAT(Told(), IsEmpty());
  world.Advance(0.2);
  EXPECT_THAT(Told(), ElementsAre("U P1 (S,G) F"));
}

}  // namespace
}  // namespace mgmd
