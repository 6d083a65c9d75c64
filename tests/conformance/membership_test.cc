// T8 to T10, T19 to T21: who hears of memberships.

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

TYPED_TEST(ThreeProtocols, T8_StarGCounting) {
  ASSERT_EQ(this->world.Take("P1", 4), NO_ERROR);
  struct Step {
    const char* what;
    bool add;
    const char* client;
    DWORD interface;
    Lines alerts;
  };
  const Step steps[] = {
      {"1 first client", true, "P1", 1, {"J P2 (*,G) T", "J P3 (*,G) T"}},
      {"2 its second interface", true, "P1", 4, {}},
      {"3 second client", true, "P2", 2, {"J P1 (*,G) T"}},
      {"4 third client", true, "P3", 3, {}},
      {"5 third client leaves", false, "P3", 3, {}},
      {"6 one of two interfaces", false, "P1", 1, {}},
      {"7 its final interface", false, "P1", 4, {"U P2 (*,G) T"}},
      {"8 the last client", false, "P2", 2, {"U P1 (*,G) T", "U P3 (*,G) T"}},
  };
  for (const Step& step : steps) {
    EXPECT_EQ(step.add ? this->world.Add(step.client, "*", "G", step.interface)
                       : this->world.Delete(step.client, "*", "G", step.interface),
              NO_ERROR)
        << step.what;
    EXPECT_EQ(this->world.TakeEvents(), step.alerts) << step.what << " [DOC]";
  }
}

TYPED_TEST(ThreeProtocols, T9_LateRegistrar) {
  ASSERT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR);
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Register("P4"), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[INF]";
  EXPECT_EQ(this->world.Delete("P1", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P2 (*,G) T", "U P3 (*,G) T", "U P4 (*,G) T")) << "[INF]";
}

TYPED_TEST(ThreeProtocols, T10_SourceGroup) {
  this->world.SetRoute("S", 3);
  EXPECT_EQ(this->world.Add("P1", "S", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P3 (S,G) T")) << "[DOC] the owner towards the source, only";
  EXPECT_EQ(this->world.Add("P2", "S", "G", 2), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[DOC] first client only";
  EXPECT_EQ(this->world.Delete("P1", "S", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[INF]";
  EXPECT_EQ(this->world.Delete("P2", "S", "G", 2), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P3 (S,G) T")) << "[INF] the last one";

  EXPECT_EQ(this->world.Add("P3", "S", "G", 3), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[RFC] rules 4 and 5: owned by another";
  EXPECT_EQ(this->world.Add("P1", "S2", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC] no route";
  this->world.SetRoute("S3", 9);
  EXPECT_EQ(this->world.Add("P1", "S3", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC] an iif without owner";
}

// Whoever is asked for (S,G) is the holder of the interface towards S, whoever that comes to be:
// both notice a change, and none hears two of a kind in a row.
template <class Family>
class TowardsTheSource : public ThreeProtocols<Family> {
 protected:
  TowardsTheSource() {
    this->world.SetRoute("S", 1);
    EXPECT_EQ(this->world.Add("P2", "S", "G", 2), NO_ERROR);
    EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P1 (S,G) T")) << "[DOC]";
  }
};
TYPED_TEST_SUITE(TowardsTheSource, BothFamilies, FamilyName);

TYPED_TEST(TowardsTheSource, T10_TheOwnerChanges) {
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (S,G) T")) << "[RFC] rule 1";
  EXPECT_THAT(this->world.TakePrunes(), ElementsAre("U P1 (S,G) T i1")) << "[REC] A7";
  EXPECT_EQ(this->world.Take("P3", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P3 (S,G) T")) << "[RFC] rule 1";
  EXPECT_EQ(this->world.Release("P3", 1), NO_ERROR);
  EXPECT_EQ(this->world.Take("P1", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P3 (S,G) T", "J P1 (S,G) T")) << "[RFC] rule 1";
  EXPECT_EQ(this->world.Delete("P2", "S", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (S,G) T")) << "[INF]";
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  EXPECT_EQ(this->world.Take("P3", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[INF] nobody wants it any more";
}

TYPED_TEST(TowardsTheSource, T10_NobodyOwnsItForAWhile) {
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Delete("P2", "S", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Add("P2", "S", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.DeRegister("P1"), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC] an iif without owner";
  EXPECT_EQ(this->world.Register("P1"), NO_ERROR);
  EXPECT_EQ(this->world.Take("P1", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P1 (S,G) T")) << "[RFC] rule 1";
}

TYPED_TEST(TowardsTheSource, T10_IgmpComesAndGoes) {
  EXPECT_EQ(this->world.Register("I"), NO_ERROR);
  EXPECT_EQ(this->world.Take("I", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC] the owner is the holder";
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("D i1", "E i1", "U P1 (S,G) T", "J I (S,G) T"))
      << "[REC] where IGMP is alone the interface is IGMP's (A15)";
  EXPECT_EQ(this->world.Take("P3", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("D i1", "E i1", "U I (S,G) T", "J P3 (S,G) T")) << "[REC]";
  EXPECT_EQ(this->world.Release("I", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC]";
  EXPECT_EQ(this->world.Release("P3", 1), NO_ERROR);
  EXPECT_EQ(this->world.Take("I", 1), NO_ERROR);
  EXPECT_EQ(this->world.Release("I", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P3 (S,G) T", "J I (S,G) T", "U I (S,G) T")) << "[REC]";
}

// The holder's own joins are none of others' (A3), whoever holds the interface.
TYPED_TEST(TowardsTheSource, T10_TheNewOwnerIsTheOneThatJoined) {
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Take("P2", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[RFC] rules 4 and 5: owned by another";
  EXPECT_EQ(this->world.Add("P3", "S", "G", 3), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P2 (S,G) T")) << "[REC] A3";
}

TYPED_TEST(TowardsTheSource, T24_PruneNamesTheOldInterface) {
  this->world.SetRoute("S", 3);
  EXPECT_EQ(this->world.RoutesChanged("S"), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (S,G) T", "J P3 (S,G) T")) << "[RFC] rule 1";
  EXPECT_THAT(this->world.TakePrunes(), ElementsAre("U P1 (S,G) T i1"))
      << "[DOC] the interface on which to stop receiving";
  this->world.SetRoute("S", 0);
  EXPECT_EQ(this->world.RoutesChanged("S"), NO_ERROR);
  EXPECT_THAT(this->world.TakePrunes(), ElementsAre("U P3 (S,G) T i3")) << "[DOC]";
  this->world.SetRoute("S", 1);
  EXPECT_EQ(this->world.RoutesChanged("S"), NO_ERROR);
  EXPECT_EQ(this->world.Delete("P2", "S", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakePrunes(), ElementsAre("U P1 (S,G) T i1")) << "[DOC]";
}

TYPED_TEST(ThreeProtocols, T19_IgmpJoinsOnAnUnownedInterface) {
  ASSERT_EQ(this->world.Register("I"), NO_ERROR);
  ASSERT_EQ(this->world.Take("I", 4), NO_ERROR);
  EXPECT_EQ(this->world.Add("I", "*", "G", 4), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC] all other clients, and no LOCAL_JOIN";
}

TYPED_TEST(ThreeProtocols, T20_IgmpJoinsOnAnOwnedInterface) {
  ASSERT_EQ(this->world.Register("I"), NO_ERROR);
  ASSERT_EQ(this->world.Take("I", 1), NO_ERROR);
  this->world.TakeEvents();
  // The sequence's IGMP registers no JOIN and PRUNE callbacks; ours would record a line here.
  const auto events = [&] {
    Lines lines = this->world.TakeEvents();
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("J I") || line.starts_with("U I"); });
    return lines;
  };
  EXPECT_EQ(this->world.Add("I", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(events(), ElementsAre("LJ P1 (*,G) i1", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC] LOCAL_JOIN; [REC] counted for the owner (A1)";
  EXPECT_EQ(this->world.Add("I", "*", "G", 1), NO_ERROR) << "[REC]";
  EXPECT_THAT(events(), IsEmpty()) << "[REC] repeating changes nothing";
  EXPECT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(events(), IsEmpty()) << "[REC]";
  EXPECT_EQ(this->world.Delete("I", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(events(), ElementsAre("LL P1 (*,G) i1")) << "[DOC] LOCAL_LEAVE; [REC] the owner still counts";
  EXPECT_EQ(this->world.Delete("P1", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(events(), ElementsAre("U P2 (*,G) T", "U P3 (*,G) T")) << "[REC]";
}

TYPED_TEST(ThreeProtocols, T21_WildcardReceiver) {
  this->world.SetRoute("S", 2);
  EXPECT_EQ(this->world.Add("P1", "*", "*", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P2 (*,*) T", "J P3 (*,*) T")) << "[RFC]";
  EXPECT_EQ(this->world.Packet("S", "G5", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G5"), "i2 -> {i1}") << "[RFC] any group";
  EXPECT_THAT(this->world.TakeEvents("CREATION"), ElementsAre("CREATION P1 (S,G5) i2 {i1}")) << "[RFC]";
  this->world.hooks("P1").creation = [](DWORD, auto* list) { list[0].bIsEnabled = FALSE; };
  EXPECT_EQ(this->world.Packet("S", "G6", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G6"), "i2 -> {}") << "[RFC] subject to the veto";
}

TYPED_TEST(ThreeProtocols, A4_WildcardReceiverAndGroups) {
  ASSERT_EQ(this->world.Add("P1", "*", "*", 1), NO_ERROR);
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P1 (*,G) T")) << "[REC] the others know that all is wanted";
  EXPECT_EQ(this->world.Delete("P1", "*", "*", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P2 (*,*) T", "U P3 (*,*) T", "J P3 (*,G) T"))
      << "[REC] then the groups that are still wanted, to who had them through (*,*) only";
}

}  // namespace
}  // namespace mgmd::conformance
