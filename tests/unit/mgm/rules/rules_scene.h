#ifndef MGMD_TESTS_UNIT_MGM_RULES_RULES_SCENE_H_
#define MGMD_TESTS_UNIT_MGM_RULES_RULES_SCENE_H_

// The state of a manager and what it runs on, for tests of single rules: they fill the tables by hand and look at what
// one rule makes of them. Each rule is made with those below it and no others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "control/mgm/guarded_observer.h"
#include "control/mgm/rules/alerts.h"
#include "control/mgm/rules/client_calls.h"
#include "control/mgm/rules/lifetimes.h"
#include "control/mgm/rules/membership_alerts.h"
#include "control/mgm/rules/mfe_alerts.h"
#include "control/mgm/rules/mfe_news.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/state/mfe_limits.h"
#include "control/mgm/state/tables.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

namespace mgmd::mgm {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Writes down what it is told: "JOIN 2 (10.0.0.1,239.1.1.1)".
class ToldClient : public ClientCallbacks {
 public:
  ToldClient(ClientIndex client, std::vector<std::string>& told) : name_(std::to_string(client)), told_(told) {}
  void Join(const Ipv4FibKey& key, bool) override { told_.push_back("JOIN " + name_ + " " + key.ToString()); }
  void Prune(const Ipv4FibKey& key, InterfaceId, bool, uint32_t& timeout) override {
    told_.push_back("PRUNE " + name_ + " " + key.ToString());
    timeout = prune_timeout;
  }
  uint32_t prune_timeout = Lifetimes<Ipv4>::kDefaultTimeout;

 private:
  const std::string name_;
  std::vector<std::string>& told_;
};

// The observer writes down what it is told of MFEs.
class ToldObserver : public Observer {
 public:
  explicit ToldObserver(std::vector<std::string>& told) : told_(told) {}
  bool WantsMfes() const override { return true; }
  void MfesDeleted(std::span<const Ipv4FibKey> keys) override {
    for (const Ipv4FibKey key : keys) told_.push_back("gone " + key.ToString());
  }
  void MfesWritten(std::span<const MfeEvent> mfes) override {
    for (const MfeEvent& mfe : mfes) told_.push_back((mfe.added ? "new " : "changed ") + mfe.key.ToString());
  }
  void EntryRefused(const Ipv4FibKey& key) override { told_.push_back("refused " + key.ToString()); }
  void LimitMet(std::string_view limit, const Ipv4FibKey&, uint64_t) override { told_.emplace_back(limit); }
  void BlockingCallback(const ClientName&, std::string_view callback, std::chrono::milliseconds) override {
    told_.push_back("slow " + std::string(callback));
  }

 private:
  std::vector<std::string>& told_;
};

constexpr Ipv4Address kGroup(239, 1, 1, 1);
inline Ipv4FibKey Stream(uint8_t source, Ipv4Address group = kGroup) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, source), group);
}
inline Ipv4FibKey AnySource(int length = 32) { return Ipv4FibKey::AnySource(kGroup, length); }

struct RulesScene : public ::testing::Test {
  // Clients are numbered from 0.
  ClientIndex AddClient() {
    const auto number = static_cast<ClientIndex>(tables.clients.in_order().size());
    auto callbacks = std::make_unique<ToldClient>(number, told);
    clients.push_back(callbacks.get());
    return tables.clients.Add(ClientHandle{number + uint64_t{1}}, {0x40000001u + number, 1}, std::move(callbacks));
  }
  // Interface n, which the client owns.
  Interface<Ipv4>& Own(ClientIndex client, uint32_t n) {
    Interface<Ipv4>& interface = *tables.interfaces.FindOrAdd({n, {}});
    tables.interfaces.SetOwner(interface, client);
    return interface;
  }
  // An MFE as a decision would leave it.
  uint32_t MakeMfe(Ipv4FibKey key, const Interface<Ipv4>& iif, std::initializer_list<InterfaceSlot> oifs = {}) {
    const uint32_t mfe = mfes.Make(key, {});
    mfes.SetWay(mfe, iif.slot, std::nullopt);
    for (const InterfaceSlot oif : oifs) tables.cache.AddOif(mfe, oif, OilElement::kJoined);
    mfes.OilChanged(mfe);
    lifetimes.Begin(mfe);
    writer.MarkDirty(mfe);
    return mfe;
  }
  void Join(Ipv4FibKey key, const Interface<Ipv4>& interface, bool proactive = false) {
    Reference& reference = tables.memberships.FindOrAdd(tables.memberships.FindOrAdd(key), interface.slot);
    reference.by_owner = true;
    reference.owner_proactive = proactive;
  }
  void Leave(Ipv4FibKey key, const Interface<Ipv4>& interface) {
    Entry<Ipv4>& entry = *tables.memberships.Find(key);
    *entry.Find(interface.slot) = {.slot = interface.slot};
    tables.memberships.DropIfEmpty(entry, interface.slot);
  }
  std::vector<std::string> TakeTold() {
    alerts.Deliver();
    return std::exchange(told, {});
  }

  std::vector<std::string> told;
  std::vector<ToldClient*> clients;
  fakes::FakeForwarder forwarder;
  fakes::FakeRouteTable routes;
  ManualClock clock;
  ToldObserver told_observer{told};
  GuardedObserver<Ipv4> observer{&told_observer};
  Tables<Ipv4> tables{forwarder};
  MfeLimits<Ipv4> limits{{4, 2, 0, 0}};
  ClientCalls<Ipv4> calls{tables.clients, clock, observer, nullptr};
  Lifetimes<Ipv4> lifetimes{tables.cache, forwarder, clock};
  Alerts<Ipv4> alerts{tables, calls, lifetimes};
  MfeAlerts<Ipv4> mfe_alerts{tables, alerts};
  MembershipAlerts<Ipv4> membership_alerts{tables, routes, alerts};
  MfeNews<Ipv4> news{tables, observer};
  MfeWriter<Ipv4> writer{tables.cache, forwarder, clock, news};
  Mfes<Ipv4> mfes{tables, limits, alerts, news, writer};
};

}  // namespace mgmd::mgm

#endif  // MGMD_TESTS_UNIT_MGM_RULES_RULES_SCENE_H_
