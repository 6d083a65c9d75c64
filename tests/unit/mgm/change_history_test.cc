#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/keys.h"

// Many changes as one are as good as many calls: two managers live through the same random history,
// one by single calls, the other by batches. After each batch both have the same memberships, MFEs
// and entries, and the batch's alerts are the net change of those of the single calls. In each family.

namespace mgmd::mgm::change_history {
namespace {

constexpr int kClients = 4;  // the last one is IGMP
constexpr int kInterfaces = 6;
constexpr int kSources = 2;

template <class Family>
InterfaceIdOf<Family> Link(int number) {
  return {static_cast<uint32_t>(number + 1), {}};
}
template <class Family>
FibKey<Family> Stream(int source, int group) {
  return Keys<Family>::SourceGroup(static_cast<uint32_t>(source + 1), static_cast<uint32_t>(group + 1));
}
uint32_t ProtocolOf(int client) {
  return client + 1 == kClients ? 0x4137000A : 0x40000001 + static_cast<uint32_t>(client);
}

template <class Family>
struct Heard {
  enum Kind { kJoin, kPrune, kLocalJoin, kLocalLeave } kind;
  int client;
  FibKey<Family> key;
  bool membership;
  InterfaceIdOf<Family> interface;  // of local ones

  bool gain() const { return kind == kJoin || kind == kLocalJoin; }
  // What one alert of can be taken back by another.
  auto Subject() const { return std::tuple(client, key, membership, kind >= kLocalJoin, interface); }
};

template <class Family>
class Listener : public ClientCallbacksOf<Family> {
 public:
  using Key = FibKey<Family>;
  using Interface = InterfaceIdOf<Family>;
  using Heard = change_history::Heard<Family>;

  Listener(int client, std::vector<Heard>& heard) : client_(client), heard_(heard) {}
  // A wildcard's iif is the client's own interface, and there is a veto now and then.
  Reply Rpf(QuestionId, const Key& key, RpfChoiceOf<Family>& choice, std::span<const uint8_t>) override {
    if (key.is_wildcard()) choice.iif = Link<Family>((client_ + key.group_length()) % kInterfaces);
    return Reply::kNow;
  }
  Reply Creation(QuestionId, const Key& key, Interface, std::span<CreationOifOf<Family>> oifs) override {
    const size_t number = std::hash<std::string>()(key.ToString()) % 7;
    for (auto& oif : oifs) oif.enabled = (number + oif.interface.index) % 5 != 0;
    return Reply::kNow;
  }
  void Join(const Key& key, bool membership) override {
    heard_.push_back({Heard::kJoin, client_, key, membership, {}});
  }
  void Prune(const Key& key, Interface, bool membership, uint32_t&) override {
    heard_.push_back({Heard::kPrune, client_, key, membership, {}});
  }
  void LocalJoin(const Key& key, Interface interface) override {
    heard_.push_back({Heard::kLocalJoin, client_, key, true, interface});
  }
  void LocalLeave(const Key& key, Interface interface) override {
    heard_.push_back({Heard::kLocalLeave, client_, key, true, interface});
  }

 private:
  const int client_;
  std::vector<Heard>& heard_;
};

template <class Family>
struct World {
  using Key = FibKey<Family>;
  using Mfe = MfeInfoOf<Family>;

  World() {
    for (int source = 0; source < kSources; ++source) {
      routes.routes[Stream<Family>(source, 0).source()] = Link<Family>(source);
    }
    for (int client = 0; client < kClients; ++client) {
      handles.push_back(*manager.Register({ProtocolOf(client), 1}, std::make_unique<Listener<Family>>(client, heard)));
    }
  }
  // As the client knows it: 0: not at all, 1: without oifs, 2: with some.
  int KnowsMfe(int client, const Key& key) const {
    Mfe info;
    if (!manager.GetMfe(key, info) || info.orphan || info.owner_protocol != ProtocolOf(client)) return 0;
    return info.oifs.empty() ? 1 : 2;
  }
  void ForEachMfe(const std::function<void(const Mfe&)>& visit) const {
    const auto visit_all = [&](const Mfe& info) {
      visit(info);
      return true;
    };
    for (auto from = manager.ReadMfes(FirstOrder<Family>(), SIZE_MAX, visit_all); from.has_value();) {
      from = manager.ReadMfes(OrderOf(*from), SIZE_MAX, visit_all);
    }
  }
  std::vector<std::string> Mfes() const {
    std::vector<std::string> all;
    ForEachMfe([&](const Mfe& info) {
      std::string line =
          info.key.ToString() + " " + std::to_string(info.iif ? info.iif->index : 0) + (info.orphan ? " orphan" : "");
      for (const auto& oif : info.oifs) line += " " + std::to_string(oif.index);
      all.push_back(line);
    });
    return all;
  }
  std::vector<std::string> Entries() const {
    std::vector<std::string> all;
    for (const auto& [key, entry] : forwarder.entries) {
      std::string line = key.ToString() + " " + std::to_string(entry.accept.slot);
      for (const Stamp& oif : entry.oifs) line += " " + std::to_string(oif.slot);
      all.push_back(line);
    }
    return all;
  }
  std::vector<Key> Joined() {
    const EnumHandle enumeration = *manager.StartEnumeration(handles[0], EnumType::kAllSources);
    std::vector<Key> keys;
    for (bool more = true; more;) {
      const auto piece = *manager.ReadEnumeration(enumeration, SIZE_MAX);
      keys.insert(keys.end(), piece.keys.begin(), piece.keys.end());
      more = piece.then != EnumerationPiece<Family>::Then::kEnd;
    }
    EXPECT_TRUE(manager.EndEnumeration(enumeration).ok());
    return keys;
  }

  fakes::FakeForwarderOf<Family> forwarder;
  fakes::FakeRouteTableOf<Family> routes;
  ManualClock clock;
  std::vector<Heard<Family>> heard;
  GroupManager<Family> manager{forwarder, routes, clock, Options()};
  std::vector<ClientHandle> handles;
};

template <class Family>
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  // Fails the test where batch and single calls differ.
  void Step(int step) {
    LiveOn();
    ASSERT_EQ(single_.Mfes(), batch_.Mfes()) << step;
    const auto client = static_cast<size_t>(Below(kClients));
    std::vector<Change> changes;
    for (int count = 1 + Below(10); count > 0; --count) changes.push_back(AnyChange());
    std::map<std::pair<int, Key>, int> before;
    batch_.ForEachMfe([&](const MfeInfoOf<Family>& info) {
      for (int other = 0; other < kClients; ++other) {
        before[{other, info.key}] = batch_.KnowsMfe(other, info.key);
      }
    });
    std::vector<absl::Status> one_by_one;
    for (const Change& change : changes) {
      one_by_one.push_back(single_.manager.ChangeMembership(single_.handles[client], change));
    }
    const size_t calls = batch_.forwarder.calls.size();
    const auto results = batch_.manager.ChangeMemberships(batch_.handles[client], changes);
    ASSERT_TRUE(results.ok());
    ASSERT_EQ(*results, one_by_one) << step;
    ASSERT_LE(batch_.forwarder.calls.size(), calls + 1) << "one batch";
    ASSERT_EQ(single_.Joined(), batch_.Joined()) << step;
    ASSERT_EQ(single_.Mfes(), batch_.Mfes()) << step;
    ASSERT_EQ(single_.Entries(), batch_.Entries()) << step;
    CompareAlerts(before);
    ASSERT_FALSE(::testing::Test::HasFailure()) << step;
    single_.heard.clear();
    batch_.heard.clear();
  }

 private:
  using Key = FibKey<Family>;
  using Change = MembershipChangeOf<Family>;
  using Heard = change_history::Heard<Family>;

  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  Key AnyKey() {
    const int group = Below(2);
    switch (Below(8)) {
      case 0:
        return Key::AllGroups();
      case 1:
        return Keys<Family>::Wildcard(static_cast<uint32_t>(group + 1), 8);
      case 2:
      case 3:
      case 4:
        return Stream<Family>(Below(kSources), group);
      default:
        return Keys<Family>::Wildcard(static_cast<uint32_t>(group + 1), 0);
    }
  }
  Change AnyChange() {
    Change change{.add = Below(5) < 3, .key = AnyKey(), .interface = Link<Family>(Below(kInterfaces)), .flags = {}};
    change.flags.join = Below(4) != 0;
    change.flags.forward = !change.flags.join || Below(4) == 0;
    change.flags.proactive = change.flags.join && Below(3) == 0;
    return change;
  }
  // Takes, releases, packets, routes, time: by single calls in both.
  void LiveOn() {
    const int client = Below(kClients);
    const InterfaceIdOf<Family> link = Link<Family>(Below(kInterfaces));
    const int what = Below(8);
    const int source = Below(kSources);
    const Key stream = Stream<Family>(source, Below(2));
    for (World<Family>* world : {&single_, &batch_}) {
      const ClientHandle handle = world->handles[static_cast<size_t>(client)];
      if (what < 2) {
        world->manager.TakeInterface(handle, link).IgnoreError();
      } else if (what < 3) {
        world->manager.ReleaseInterface(handle, link).IgnoreError();
      } else if (what < 4) {
        world->routes.routes[stream.source()] = link;
        EXPECT_TRUE(world->manager.RoutesChanged(typename Family::Prefix(stream.source(), Family::kAddressBits)).ok());
      } else {
        world->manager.NewPacket(stream, link, {}).IgnoreError();
      }
      world->clock.now += std::chrono::milliseconds(10);
      world->manager.Poll();
      world->heard.clear();
    }
  }
  // Fails the test where the batch's alerts are not the net change of the single calls'.
  void CompareAlerts(const std::map<std::pair<int, Key>, int>& before) {
    using Subject = decltype(std::declval<Heard>().Subject());
    std::map<Subject, std::vector<Heard>> by_calls;
    std::map<Subject, std::vector<Heard>> by_batch;
    for (const Heard& heard : single_.heard) by_calls[heard.Subject()].push_back(heard);
    for (const Heard& heard : batch_.heard) {
      by_batch[heard.Subject()].push_back(heard);
      EXPECT_TRUE(by_calls.contains(heard.Subject())) << "nobody was to hear of " << heard.key.ToString();
    }
    for (const auto& [subject, calls] : by_calls) {
      const auto& [client, key, membership, local, interface] = subject;
      const std::string what = key.ToString() + " to " + std::to_string(client) + (membership ? " T" : " F");
      const std::vector<Heard>& told = by_batch[subject];
      ASSERT_LE(told.size(), 1u) << what;
      bool expected = calls.front().gain() == calls.back().gain();
      if (!membership) {
        // Only who has the iif knows the MFE; what it knew before decides whether this is news.
        const auto known = before.find({client, key});
        const int was = known == before.end() ? 0 : known->second;
        const int is = batch_.KnowsMfe(client, key);
        const bool one_kind = std::all_of(calls.begin(), calls.end(), [last = calls.back().gain()](const Heard& heard) {
          return heard.gain() == last;
        });
        if (was == is) {
          expected = is != 0 && one_kind;
        } else if (is == 0) {
          expected = was == 2 && !calls.back().gain();
        } else {
          expected = was == 0 || one_kind || (calls.back().gain() == (is == 2));
        }
      }
      ASSERT_EQ(!told.empty(), expected) << what;
      if (expected) {
        EXPECT_EQ(told[0].kind, calls.back().kind) << what;
      }
    }
  }

  World<Family> single_;
  World<Family> batch_;
  std::mt19937 random_;
};

template <class Family>
void Live(unsigned seed) {
  History<Family> history(seed);
  for (int step = 0; step < 6000 && !::testing::Test::HasFailure(); ++step) history.Step(step);
}

class ChangeHistory : public ::testing::TestWithParam<unsigned> {};

TEST_P(ChangeHistory, ABatchIsAsGoodAsItsCalls) { Live<Ipv4>(GetParam()); }
TEST_P(ChangeHistory, ABatchIsAsGoodAsItsCallsInIpv6) { Live<Ipv6>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Seeds, ChangeHistory, ::testing::Values(1u, 2u, 3u, 4u));

}  // namespace
}  // namespace mgmd::mgm::change_history
