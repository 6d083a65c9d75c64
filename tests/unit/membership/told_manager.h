#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_TOLD_MANAGER_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_TOLD_MANAGER_H_

// What routers of a link want, told to a Group Manager that disables interfaces, enables them and refuses calls. After
// each turn it is looked at what must always be so, whatever has been refused or taken away before:
//
//   - the client knows what the Group Manager holds, and calls alternate for each membership;
//   - an enabled interface forwards what is wanted there, but for groups of which a call was refused;
//   - what was refused is there a second after the Group Manager takes it again.

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "control/protocols/membership/manager_client.h"
#include "tests/support/choices.h"
#include "tests/unit/membership/fake_manager.h"
#include "tests/unit/membership/watched_router.h"

namespace mgmd::membership {

template <class Family>
class ToldManager : private protocols::WantedMemberships<Family> {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;

  ToldManager(support::Choices& choices, std::vector<Address> groups, std::vector<Address> sources)
      : choices_(choices),
        groups_(std::move(groups)),
        sources_(std::move(sources)),
        manager_(choices, sources_),
        client_(*this, {}) {
    EXPECT_TRUE(client_.Register().ok());
  }

  // Interface 1, 2, ... It outlives this.
  void Add(WatchedRouter<Family>& router) {
    routers_.push_back({&router});
    const Interface id = Id(routers_.size() - 1);
    router.changed = [this, id](const Address& group) { client_.Changed(id, group); };
    EXPECT_TRUE(client_.Take(id).ok());
  }

  // An interface's owner changes, or calls are refused for a while.
  void Operate(Time now) {
    const size_t which = choices_.Below(static_cast<uint32_t>(routers_.size() + 1));
    if (which == routers_.size()) {
      manager_.refuses = true;
      refuses_until_ = now + std::chrono::milliseconds(choices_.Below(5000));
      return;
    }
    if (routers_[which].enabled_at != Timer::kNever) return;
    Disable(which, now);
    if (choices_.Below(3) > 0) return;
    Enable(which);
    if (choices_.Below(3) == 0) Disable(which, now);
  }
  Time NextDeadline() const {
    Time next = std::min(client_.NextDeadline(), manager_.refuses ? refuses_until_ : Timer::kNever);
    for (const Router& router : routers_) next = std::min(next, router.enabled_at);
    return next;
  }
  void Turn(Time now) {
    if (now >= refuses_until_) manager_.refuses = false;
    for (size_t which = 0; which < routers_.size(); ++which) {
      if (now >= routers_[which].enabled_at) Enable(which);
    }
    while (client_.Flush(now)) {
    }
    Check(now);
  }

 private:
  struct Router {
    WatchedRouter<Family>* is = nullptr;
    Time enabled_at = Timer::kNever;  // kNever: it is enabled
  };

  static Interface Id(size_t which) { return {.index = static_cast<uint32_t>(which + 1), .next_hop = {}}; }
  const RouterPart<Family>& Part(const Interface& interface) const { return routers_[interface.index - 1].is->part(); }

  void Disable(size_t which, Time now) {
    manager_.Disable(Id(which).index);
    routers_[which].enabled_at = now + std::chrono::milliseconds(1 + choices_.Below(15'000));
  }
  void Enable(size_t which) {
    routers_[which].enabled_at = Timer::kNever;
    manager_.Enable(Id(which).index);
  }

  void Check(Time now) {
    using Knows = typename protocols::ManagerClient<Family>::Knows;
    EXPECT_TRUE(client_.is_idle() || now < refuses_until_ + std::chrono::seconds(1)) << "nothing is tried again";
    for (size_t which = 0; which < routers_.size(); ++which) {
      const Interface id = Id(which);
      const bool enabled = routers_[which].enabled_at == Timer::kNever;
      EXPECT_EQ(client_.is_enabled(id), enabled);
      for (const Address& group : groups_) {
        const auto& held = manager_.held(id.index, group);
        EXPECT_EQ(Joined(client_.Synced(id, group)), held.joined);
        if (!enabled || client_.What(id, group) == Knows::kRefused) continue;
        EXPECT_EQ(client_.What(id, group), Knows::kAll);
        EXPECT_EQ(Joined(Part(id).Describe(group)), held.joined);
        for (const Address& source : sources_) {
          EXPECT_EQ(held.Forwards(source), Part(id).Wants(source, group)) << source.ToString();
        }
      }
    }
  }
  static std::set<std::optional<Address>> Joined(const Wanted<Family>& wanted) {
    std::set<std::optional<Address>> joined(wanted.joined.begin(), wanted.joined.end());
    if (wanted.any) joined.insert(std::nullopt);
    return joined;
  }

  Wanted<Family> Describe(const Interface& interface, const Address& group) const override {
    return Part(interface).Describe(group);
  }
  bool Wants(const Interface& interface, const Interface&, const Address& source, const Address& group) const override {
    return Part(interface).Wants(source, group);
  }
  std::vector<Address> Groups(const Interface& interface) const override {
    std::vector<Address> groups;
    Part(interface).ForEachGroup([&](const Address& group) { groups.push_back(group); });
    return groups;
  }

  support::Choices& choices_;
  const std::vector<Address> groups_, sources_;
  std::vector<Router> routers_;
  Time refuses_until_{};
  FakeManager<Family> manager_;
  protocols::ManagerClient<Family> client_;
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_TOLD_MANAGER_H_
