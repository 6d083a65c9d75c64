// Whatever is wanted, asked and lost: when the last repeat is out, a router that has heard the reports believes what
// the wanters want. Belief and wants are told source by source here, without the code under test: a source is wanted if
// any wanter's filter lets it in, and a router that has heard a record has learned what RFC 9776 section 4.2.12 says of
// it.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/choices.h"
#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

constexpr std::string_view kSourceLetters = "abcd";
constexpr int kGroups = 3;
constexpr WanterId kWanters = 3;

template <class Family>
class Router {
 public:
  using Address = typename Family::Address;

  void Hear(const SaidMessage<Family>& message) {
    if (message.kind.version != Version::kV3) return;
    std::vector<Address> buffer;
    ForEachRecord<Family>(message.message, buffer, [this](const Record<Family>& record) { Hear(record); });
  }
  void Forget() { groups_.clear(); }
  bool Believes(const Address& group, const Address& source) const {
    const auto at = groups_.find(group);
    return at != groups_.end() && at->second.listed.contains(source) != at->second.excludes;
  }

 private:
  struct Group {
    bool excludes = false;
    std::set<Address> listed;
  };

  void Hear(const Record<Family>& record) {
    Group& group = groups_[record.group];
    const std::set<Address> said(record.sources.begin(), record.sources.end());
    switch (record.type) {
      case RecordType::kIsExclude:
      case RecordType::kToExclude:
        group = {true, said};
        break;
      case RecordType::kToInclude:
        group = {false, said};
        break;
      case RecordType::kIsInclude:  // also an answer about some sources
      case RecordType::kAllow:
        for (const auto& source : said) group.excludes ? void(group.listed.erase(source)) : Insert(group, source);
        break;
      case RecordType::kBlock:
        for (const auto& source : said) group.excludes ? Insert(group, source) : void(group.listed.erase(source));
        break;
    }
  }
  static void Insert(Group& group, const Address& source) { group.listed.insert(source); }

  std::map<Address, Group> groups_;
};

template <class Family>
class Walk {
 public:
  using Address = typename Family::Address;

  Walk(uint64_t seed, int robustness) : rig_({.robustness = robustness}), random_(seed) {}

  void ChangeAWant() {
    const Address group = AnyGroup();
    const auto wanter = random_.Below(kWanters);
    Filter<Family> filter;
    for (const char letter : kSourceLetters) {
      if (random_.Below(2) == 0) filter.sources.push_back(SourceLetter<Family>(letter));
    }
    const uint32_t kind = random_.Below(8);
    if (kind < 3 && group != SsmGroup<Family>()) filter.mode = FilterMode::kExclude;
    if (kind == 6) filter = {};
    if (kind == 7) {
      std::erase_if(wants_, [&](const auto& want) { return want.first.first == wanter; });
      rig_.host.WithdrawAll(wanter, rig_.now);
      return;
    }
    wants_[{wanter, group}] = filter;
    ASSERT_TRUE(rig_.host.SetWant(wanter, group, filter, rig_.now));
  }
  void Ask(bool also_older_versions) {
    Query<Family> query{.robustness = static_cast<uint8_t>(random_.Below(2) * 3)};
    if (random_.Below(2) == 0) {
      query.group = AnyGroup();
      query.max_response = 1s;
      for (const char letter : kSourceLetters) {
        if (random_.Below(3) == 0) query.sources.push_back(SourceLetter<Family>(letter));
      }
    } else if (also_older_versions) {
      const uint32_t version = random_.Below(4);
      if (version < 2) query.version = version == 1 ? Protocol<Family>::kOldest : Version::kV2;
    }
    rig_.host.HearQuery(query, rig_.now);
  }
  // Routers whose link was down have forgotten.
  void FlapTheLink() {
    rig_.SetLink({});
    router_.Forget();
    if (random_.Below(2) == 0) ChangeAWant();
    rig_.SetLink(rig_.Up());
  }
  void ChangeTheAddress() { rig_.SetLink(rig_.Up(SourceNumber<Family>(static_cast<int>(random_.Below(4))))); }

  uint32_t Below(uint32_t bound) { return random_.Below(bound); }
  void EndTurn() { rig_.host.Tick(rig_.now); }
  void RunFor(Duration duration) { rig_.RunFor(duration); }
  // What has been said since the last time is heard, or lost.
  void Deliver() {
    for (const auto& message : std::exchange(rig_.said, {})) router_.Hear(message);
  }
  void Lose() { rig_.said.clear(); }
  // All has aged out.
  void ForgetAll() { router_.Forget(); }
  void AskAll() { rig_.HearGeneral(); }

  // The first source that a router is wrong about.
  std::string Wrong() const {
    for (int number = 0; number <= kGroups; ++number) {
      const Address group = GroupNumber(number);
      for (const char letter : std::string(kSourceLetters) + "z") {
        const Address source = SourceLetter<Family>(letter);
        bool wanted = false;
        for (const auto& [who, filter] : wants_) {
          const std::set<Address> listed(filter.sources.begin(), filter.sources.end());
          const bool includes = filter.mode == FilterMode::kInclude;
          wanted = wanted || (who.second == group && listed.contains(source) == includes);
        }
        if (router_.Believes(group, source) != wanted) {
          return std::string(1, letter) + " of " + group.ToString() + (wanted ? " is wanted" : " is not wanted");
        }
      }
    }
    return "";
  }

 private:
  static Address GroupNumber(int number) { return number == 0 ? SsmGroup<Family>() : TestGroup<Family>(number); }
  Address AnyGroup() { return GroupNumber(static_cast<int>(random_.Below(kGroups + 1))); }

  HostRig<Family> rig_;
  Router<Family> router_;
  std::map<std::pair<WanterId, Address>, Filter<Family>> wants_;
  support::RandomChoices random_;
};

template <class Family>
class HostBelief : public ::testing::Test {};
TYPED_TEST_SUITE(HostBelief, BothFamilies);

constexpr uint64_t kSeeds = 300;

TYPED_TEST(HostBelief, IsWhatIsWantedAfterTheLastRepeat) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Walk<TypeParam> walk(seed, 2);
    for (int step = 0; step < 60; ++step) {
      const uint32_t what = walk.Below(16);
      if (what < 9) {
        walk.ChangeAWant();
      } else if (what < 13) {
        walk.Ask(false);
      } else if (what == 13) {
        walk.FlapTheLink();
      } else if (what == 14) {
        walk.ChangeTheAddress();
      }
      if (walk.Below(3) > 0) walk.EndTurn();
      walk.RunFor(walk.Below(3) == 0 ? 0ms : std::chrono::milliseconds(walk.Below(1500)));
      walk.Deliver();
      if (walk.Below(6) > 0) continue;
      walk.RunFor(1min);
      walk.Deliver();
      ASSERT_EQ(walk.Wrong(), "") << "seed " << seed << ", step " << step;
    }
  }
}

TYPED_TEST(HostBelief, SurvivesTheLossOfAllButTheLastMessageOfAChange) {
  constexpr int kRobustness = 4;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Walk<TypeParam> walk(seed, kRobustness);
    for (int burst = 0; burst < 20; ++burst) {
      // What each change says first is lost, and so is what carries it along with the next.
      for (uint32_t left = walk.Below(kRobustness - 1); left < kRobustness - 1; ++left) {
        walk.ChangeAWant();
        walk.EndTurn();
        walk.Lose();
        walk.RunFor(std::chrono::milliseconds(walk.Below(700)));
        walk.Deliver();
      }
      walk.RunFor(1min);
      walk.Deliver();
      ASSERT_EQ(walk.Wrong(), "") << "seed " << seed << ", burst " << burst;
    }
  }
}

TYPED_TEST(HostBelief, IsWhatIsWantedAfterOlderQueriersToo) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Walk<TypeParam> walk(seed, 2);
    for (int step = 0; step < 40; ++step) {
      if (walk.Below(2) == 0) walk.ChangeAWant();
      if (walk.Below(4) == 0) walk.Ask(true);
      if (walk.Below(16) == 0) walk.FlapTheLink();
      if (walk.Below(3) > 0) walk.EndTurn();
      walk.RunFor(std::chrono::milliseconds(walk.Below(100000)));
    }
    walk.RunFor(1h);
    walk.Lose();
    walk.ForgetAll();
    walk.AskAll();
    walk.RunFor(10s);
    walk.Deliver();
    ASSERT_EQ(walk.Wrong(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace mgmd::membership
