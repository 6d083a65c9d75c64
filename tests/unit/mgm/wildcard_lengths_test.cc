#include "control/mgm/state/wildcard_lengths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

// Who looks for wildcards that cover a group asks for those of lengths that are in use, the longest first.

namespace mgmd::mgm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Ipv6Address kGroup = *Ipv6Address::Parse("ff0e::1:1");

Ipv6FibKey Wildcard(int length) { return Ipv6FibKey::AnySource(kGroup, length); }

std::vector<Ipv6FibKey> AskedFor(const WildcardLengths<Ipv6>& lengths, int longest, int until = 0) {
  std::vector<Ipv6FibKey> asked;
  const bool found = lengths.Any(kGroup, longest, [&](const Ipv6FibKey& key) {
    asked.push_back(key);
    return key.group_length() == until;
  });
  EXPECT_EQ(found, until != 0);
  return asked;
}

TEST(WildcardLengths, OnlyThoseInUseAreAskedForTheLongestFirst) {
  WildcardLengths<Ipv6> lengths;
  EXPECT_THAT(AskedFor(lengths, 128), IsEmpty());
  for (const int length : {8, 128, 64, 64}) lengths.Add(Wildcard(length));
  lengths.Add(Ipv6FibKey::SourceGroupUnchecked(*Ipv6Address::Parse("2001:db8::1"), kGroup));
  EXPECT_EQ(lengths.keys(), 4U);
  EXPECT_THAT(AskedFor(lengths, 128), ElementsAre(Wildcard(128), Wildcard(64), Wildcard(8)));
  EXPECT_THAT(AskedFor(lengths, 127), ElementsAre(Wildcard(64), Wildcard(8)));
  EXPECT_THAT(AskedFor(lengths, 128, 64), ElementsAre(Wildcard(128), Wildcard(64)));
  lengths.Remove(Wildcard(64));
  lengths.Remove(Wildcard(128));
  EXPECT_THAT(AskedFor(lengths, 128), ElementsAre(Wildcard(64), Wildcard(8)));
}

TEST(WildcardLengths, AKeyIsAskedForItselfAndThenForItsWildcardsIfItHasAny) {
  WildcardLengths<Ipv6> lengths;
  for (const int length : {8, 64, 128}) lengths.Add(Wildcard(length));
  const auto asked_for = [&](const Ipv6FibKey& key) {
    std::vector<Ipv6FibKey> asked;
    EXPECT_FALSE(lengths.AnyCovering(key, {}, [&](const Ipv6FibKey& covering) {
      asked.push_back(covering);
      return false;
    }));
    return asked;
  };
  const Ipv6Address source = *Ipv6Address::Parse("2001:db8::1");
  const auto stream = Ipv6FibKey::SourceGroupUnchecked(source, kGroup);
  const auto source_specific = Ipv6FibKey::SourceGroupUnchecked(source, *Ipv6Address::Parse("ff3e::1:1"));
  EXPECT_THAT(asked_for(stream), ElementsAre(stream, Wildcard(128), Wildcard(64), Wildcard(8)));
  EXPECT_THAT(asked_for(Wildcard(64)), ElementsAre(Wildcard(64), Wildcard(8)));
  EXPECT_THAT(asked_for(source_specific), ElementsAre(source_specific));
}

}  // namespace
}  // namespace mgmd::mgm
