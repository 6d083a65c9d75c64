#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/keys.h"

// Clients that answer alerts with calls of their own, any calls: nobody hears two alerts of a kind
// in a row, and when all is quiet each believes what is so. In each family.

namespace mgmd::mgm::nested_history {
namespace {

constexpr int kClients = 5;  // the last one is IGMP
constexpr int kInterfaces = 5;
constexpr int kGroups = 2;
constexpr int kSources = 2;

template <class Family>
InterfaceIdOf<Family> Link(int number) {
  return {static_cast<uint32_t>(number + 1), {}};
}

template <class Family>
std::vector<FibKey<Family>> Entries() {
  std::vector<FibKey<Family>> entries;
  for (uint32_t group = 1; group <= kGroups; ++group) {
    entries.push_back(Keys<Family>::Wildcard(group, 0));
    for (uint32_t source = 1; source <= kSources; ++source) {
      entries.push_back(Keys<Family>::SourceGroup(source, group));
    }
  }
  return entries;
}

template <class Family>
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    for (int client = 0; client < kClients; ++client) {
      const uint32_t protocol = client + 1 == kClients ? 0x4137000A : 0x40000001 + client;
      handles_.push_back(*manager_.Register({protocol, 1}, std::make_unique<Caller>(*this, client)));
    }
  }

  // Fails the test where somebody believes what is not so.
  void Step(int step) {
    Call();
    clock_.now += std::chrono::milliseconds(1);
    while (manager_.Poll()) {
    }
    for (int client = 0; client < kClients; ++client) {
      for (const Key& key : Entries<Family>()) {
        ASSERT_EQ(beliefs_[client][key.ToString()], IsSo(client, key))
            << "step " << step << ", client " << client << ", " << key.ToString();
      }
    }
  }

 private:
  using Key = FibKey<Family>;
  using Interface = InterfaceIdOf<Family>;

  class Caller : public ClientCallbacksOf<Family> {
   public:
    Caller(History& history, int client) : history_(history), client_(client) {}
    void Join(const Key& key, bool membership) override { Told(key, membership, true); }
    void Prune(const Key& key, Interface, bool membership, uint32_t&) override { Told(key, membership, false); }
    void LocalJoin(const Key&, Interface) override { history_.MayCall(); }
    void LocalLeave(const Key&, Interface) override { history_.MayCall(); }

   private:
    void Told(const Key& key, bool membership, bool wanted) {
      if (membership) {
        EXPECT_NE(history_.beliefs_[client_][key.ToString()], wanted)
            << key.ToString() << " told to " << client_ << " twice";
        history_.beliefs_[client_][key.ToString()] = wanted;
      }
      history_.MayCall();
    }
    History& history_;
    const int client_;
  };

  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  void MayCall() {
    if (depth_ >= 3 || Below(4) != 0) return;
    ++depth_;
    Call();
    --depth_;
  }

  void Call() {
    const int client = Below(kClients);
    const bool igmp = client + 1 == kClients;
    const ClientHandle handle = handles_[static_cast<size_t>(client)];
    const int link = Below(kInterfaces);
    const std::vector<Key> entries = Entries<Family>();
    const Key key = entries[static_cast<size_t>(Below(static_cast<int>(entries.size())))];
    const int what = Below(20);
    // The joins that stand are set right before the manager calls back.
    if (what < 4) {
      int& on = igmp ? igmp_[link] : owner_[link];
      if (on != 0) return;
      if (!igmp) DropJoins(link);
      on = client + 1;
      EXPECT_TRUE(manager_.TakeInterface(handle, Link<Family>(link)).ok());
    } else if (what < 6) {
      int& on = igmp ? igmp_[link] : owner_[link];
      if (on != client + 1) return;
      if (igmp && owner_[link] != 0) {
        std::erase_if(joins_,
                      [&](const auto& join) { return std::get<1>(join) == link && std::get<2>(join) == client; });
      } else {
        DropJoins(link);
      }
      on = 0;
      EXPECT_TRUE(manager_.ReleaseInterface(handle, Link<Family>(link)).ok());
    } else if (what < 12) {
      if (owner_[link] != client + 1 && igmp_[link] != client + 1) return;
      joins_.insert({key.ToString(), link, client});
      EXPECT_TRUE(manager_.AddMembership(handle, key, Link<Family>(link), {.join = true}).ok());
    } else if (what < 15) {
      const bool held = joins_.erase({key.ToString(), link, client}) != 0;
      EXPECT_EQ(manager_.DeleteMembership(handle, key, Link<Family>(link), {.join = true}).ok(), held);
    } else if (what < 18) {
      if (owner_[link] == 0 && igmp_[link] == 0) return;
      if (key.is_wildcard()) return;
      EXPECT_TRUE(manager_.NewPacket(key, Link<Family>(link), {}).ok());
    } else {
      const auto source = Keys<Family>::SourceGroup(static_cast<uint32_t>(1 + Below(kSources)), 1).source();
      if (Below(4) == 0) {
        routes_.routes.erase(source);
      } else {
        routes_.routes[source] = Link<Family>(link);
      }
      EXPECT_TRUE(manager_.RoutesChanged(typename Family::Prefix(source, Family::kAddressBits)).ok());
    }
  }

  void DropJoins(int link) {
    std::erase_if(joins_, [&](const auto& join) { return std::get<1>(join) == link; });
  }
  int Holder(int link) const { return owner_[link] != 0 ? owner_[link] : igmp_[link]; }

  // ext(client, entry) of docs/decisions.md; of (S,G) for the holder towards the source alone.
  bool IsSo(int client, const Key& key) const {
    if (!key.is_wildcard()) {
      const auto route = routes_.routes.find(key.source());
      if (route == routes_.routes.end()) return false;
      if (Holder(static_cast<int>(route->second.index) - 1) != client + 1) return false;
    }
    for (const auto& [entry, link, joined] : joins_) {
      if (entry != key.ToString()) continue;
      const bool igmp = client + 1 == kClients;
      if (igmp ? joined != client : Holder(link) != client + 1) return true;
    }
    return false;
  }

  std::mt19937 random_;
  int depth_ = 0;
  std::array<int, kInterfaces> owner_{};  // client + 1; 0: nobody
  std::array<int, kInterfaces> igmp_{};
  std::set<std::tuple<std::string, int, int>> joins_;  // entry, link, client
  std::map<int, std::map<std::string, bool>> beliefs_;
  std::vector<ClientHandle> handles_;
  fakes::FakeForwarderOf<Family> forwarder_;
  fakes::FakeRouteTableOf<Family> routes_;
  ManualClock clock_;
  GroupManager<Family> manager_{forwarder_, routes_, clock_, Options()};
};

template <class Family>
void Live(unsigned seed) {
  History<Family> history(seed);
  for (int step = 0; step < 5'000 && !::testing::Test::HasFailure(); ++step) history.Step(step);
}

class NestedHistory : public ::testing::TestWithParam<unsigned> {};

TEST_P(NestedHistory, AllBelieveWhatIsSo) { Live<Ipv4>(GetParam()); }
TEST_P(NestedHistory, AllBelieveWhatIsSoInIpv6) { Live<Ipv6>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Seeds, NestedHistory, ::testing::Values(1u, 2u, 3u, 4u));

}  // namespace
}  // namespace mgmd::mgm::nested_history
