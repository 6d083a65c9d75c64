#ifndef MGMD_TESTS_CONFORMANCE_CONFORMANCE_H_
#define MGMD_TESTS_CONFORMANCE_CONFORMANCE_H_

// The sequences T1 to T31 of docs/decisions.md, run against mgm.h and, line by line the same, against mgm6.h. Each
// assertion ends with the strength of what it asserts, which a failure prints: [DOC] Windows' pages, [HDR] its header,
// [RFC] RFC 2715, [EVT] a published event, [INF] inferred from these, [REC] our own choice where nothing is said.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/mgm_world.h"
#include "tests/support/families.h"

namespace mgmd::conformance {

using fakes::kForward;
using fakes::kJoin;
using fakes::kProactive;
using fakes::Lines;
using fakes::MgmWorldOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct FamilyName {
  template <class Family>
  static std::string GetName(int) {
    return std::string(Family::kName);
  }
};

// P1, P2, P3 own i1, i2, i3, as the sequences have it; nothing has been recorded yet.
template <class Family>
class ThreeProtocols : public ::testing::Test {
 protected:
  using World = MgmWorldOf<Family>;
  using Values = typename World::Values;

  // The arguments are the world's.
  template <class... Arguments>
  explicit ThreeProtocols(Arguments... arguments) : world(arguments...) {
    for (const char* client : {"P1", "P2", "P3"}) {
      EXPECT_EQ(world.Register(client), NO_ERROR);
      EXPECT_EQ(world.Take(client, client[1] - '0'), NO_ERROR);
    }
    world.TakeEvents();
  }
  World world;
};
TYPED_TEST_SUITE(ThreeProtocols, BothFamilies, FamilyName);

// With a route from S by i1.
template <class Family>
class Streams : public ThreeProtocols<Family> {
 protected:
  template <class... Arguments>
  explicit Streams(Arguments... arguments) : ThreeProtocols<Family>(arguments...) {
    this->world.SetRoute("S", 1);
  }
  // The live MFE of T11 without its events.
  void MakeMfe(const Lines& joins) {
    for (const std::string& client : joins) {
      ASSERT_EQ(this->world.Add(client, "*", "G", client[1] - '0'), NO_ERROR);
    }
    ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
    this->world.TakeEvents();
  }
};

}  // namespace mgmd::conformance

#endif  // MGMD_TESTS_CONFORMANCE_CONFORMANCE_H_
