#include "control/mgm/state/oil_element.h"

#include <gtest/gtest.h>

#include <string>

// The marks of an oif (A24, A25), each row from nothing: what happens to it, and whether it sends afterwards.
//
//   P, I   the owner, IGMP joins          p, i   leaves
//   F, f   FORWARD add of the owner's, of IGMP's
//   X, x   FORWARD delete of the owner's, of IGMP's; a veto is the same where a membership holds the oif

namespace mgmd::mgm {
namespace {

struct Row {
  const char* says;
  const char* history;
  bool sends;
};

constexpr Row kRows[] = {
    {"nothing holds it", "", false},
    {"the owner has joined", "P", true},
    {"IGMP has joined", "I", true},
    {"either may leave", "PIp", true},
    {"either may leave", "PIi", true},
    {"both have left", "PIpi", false},
    {"the owner takes it out", "PX", false},
    {"... whoever has joined", "PIX", false},
    {"... what IGMP alone has joined, too", "IX", false},
    {"IGMP takes it out", "Ix", false},
    {"... but not what the owner has joined", "PIx", true},
    {"... nor what the owner forwards", "FIx", true},
    {"... nor what it has not joined itself", "Px", true},
    {"IGMP's mark shows when the owner leaves (T29)", "PIxp", false},
    {"... when it has set it before the owner came, too", "IxPp", false},
    {"... and is gone if IGMP has left before", "PIxiIp", true},
    {"FORWARD add lifts (A24)", "PXF", true},
    {"... and holds nothing", "PXFp", false},
    {"... of a membership that nothing suppressed neither", "PFp", false},
    {"... nor of IGMP's", "IXFi", false},
    {"where nothing has joined it holds the oif", "F", true},
    {"... until FORWARD delete", "FX", false},
    {"... whatever joins and leaves", "FPp", true},
    {"... and IGMP's, too", "f", true},
    {"... which is over with IGMP's FORWARD delete", "fx", false},
    {"... or the owner's", "fX", false},
    {"IGMP does not end what the owner forwards", "Fx", true},
    {"a join of the owner's lifts the owner's mark", "PXpP", true},
    {"... and another one, too", "PXP", true},
    {"IGMP's join does not", "PXI", false},
    {"nor does IGMP's FORWARD add", "PXIf", false},
    {"the owner's mark outlasts its membership", "PIXp", false},
    {"... and the owner lifts it (T30)", "PXIFp", true},
    {"IGMP lifts its own", "Ixf", true},
    {"... and holds nothing", "Ixfi", false},
    {"... when the owner has joined neither", "Pfp", false},
    {"the owner wants what IGMP alone has joined and excludes", "IxF", true},
    {"... until it no longer does", "IxFX", false},
};

uint16_t After(uint16_t flags, char event) {
  const bool as_igmp = std::string("Iifx").find(event) != std::string::npos;
  switch (event) {
    case 'P':
    case 'I':
      return AfterJoin(flags, as_igmp);
    case 'p':
    case 'i':
      return AfterLeave(flags, as_igmp);
    case 'F':
    case 'f':
      return AfterForward(flags, as_igmp, true);
    default:
      return AfterForward(flags, as_igmp, false);
  }
}

TEST(OilElementTest, SendsAsItsMarksSay) {
  for (const Row& row : kRows) {
    OilElement element;
    for (const char* event = row.history; *event != 0; ++event) {
      element.flags = After(element.flags, *event);
      if (!IsHeld(element.flags)) element.flags = 0;  // it goes
    }
    EXPECT_EQ(element.active(), row.sends) << row.says << ": " << row.history;
  }
}

// A veto marks as FORWARD delete does, and takes nothing out.
TEST(OilElementTest, VetoesOfTheOwnerSilenceWhatIsForwarded) {
  EXPECT_EQ(AfterVeto(OilElement::kForwarded, false), OilElement::kForwarded | OilElement::kSuppressed);
  EXPECT_EQ(AfterVeto(OilElement::kForwarded, true), OilElement::kForwarded);
  EXPECT_EQ(AfterVeto(OilElement::kIgmpJoined, true), OilElement::kIgmpJoined | OilElement::kIgmpSuppressed);
}

}  // namespace
}  // namespace mgmd::mgm
