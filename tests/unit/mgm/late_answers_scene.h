#ifndef MGMD_TESTS_UNIT_MGM_LATE_ANSWERS_SCENE_H_
#define MGMD_TESTS_UNIT_MGM_LATE_ANSWERS_SCENE_H_

// A manager with three clients in other processes: each answers RPF and CREATION in place or later, as the test says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

namespace mgmd::mgm {

using fakes::FakeForwarder;
using fakes::FakeRouteTable;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr InterfaceId kUp{1, {}};
constexpr InterfaceId kUpToo{2, {}};
constexpr InterfaceId kDown{3, {}};
constexpr InterfaceId kDownToo{4, {}};
constexpr InterfaceId kThird{5, {}};
constexpr Ipv4Address kSource(10, 0, 0, 1);
constexpr Ipv4Address kGroup(239, 1, 1, 1);
constexpr Ipv4FibKey kStream = Ipv4FibKey::SourceGroupUnchecked(kSource, kGroup);
constexpr Ipv4FibKey kAnySource = Ipv4FibKey::AnySource(kGroup);
constexpr Time kAnswerTime = std::chrono::milliseconds(500);

// What a client in another process was asked and told.
struct Mailbox {
  struct Asked {
    QuestionId id{};
    Ipv4FibKey key;
    InterfaceId iif;
    std::vector<CreationOif> oifs;
  };
  bool rpf_later = false;
  bool creation_later = false;
  InterfaceId named;             // the iif of a wildcard, in place
  InterfaceId writes;            // vetoes this instead of its first oif, in place, unless it is zero
  std::function<void()> on_rpf;  // when it is asked
  std::vector<Asked> rpf;
  std::vector<Asked> creation;
  std::vector<std::string> told;
};

class RemoteClient : public ClientCallbacks {
 public:
  explicit RemoteClient(Mailbox& mailbox) : mailbox_(mailbox) {}
  Reply Rpf(QuestionId question, const Ipv4FibKey& key, RpfChoice& choice, std::span<const uint8_t>) override {
    mailbox_.rpf.push_back({question, key, choice.iif, {}});
    if (mailbox_.on_rpf) mailbox_.on_rpf();
    if (key.is_wildcard() && !mailbox_.rpf_later) choice.iif = mailbox_.named;
    return mailbox_.rpf_later ? Reply::kLater : Reply::kNow;
  }
  Reply Creation(QuestionId question, const Ipv4FibKey& key, InterfaceId iif, std::span<CreationOif> oifs) override {
    mailbox_.creation.push_back({question, key, iif, {oifs.begin(), oifs.end()}});
    if (mailbox_.writes != InterfaceId() && !oifs.empty()) oifs[0] = {mailbox_.writes, false, false};
    return mailbox_.creation_later ? Reply::kLater : Reply::kNow;
  }
  void Join(const Ipv4FibKey& key, bool membership) override {
    if (!membership) mailbox_.told.push_back("JOIN " + key.ToString());
  }
  void Prune(const Ipv4FibKey& key, InterfaceId, bool membership, uint32_t&) override {
    if (!membership) mailbox_.told.push_back("PRUNE " + key.ToString());
  }

 private:
  Mailbox& mailbox_;
};

class OverdueObserver : public Observer {
 public:
  void AnswerOverdue(const ClientName&, std::string_view callback, const Ipv4FibKey& key) override {
    overdue.push_back(std::string(callback) + " " + key.ToString());
  }
  std::vector<std::string> overdue;
};

class LateAnswer : public ::testing::Test {
 protected:
  explicit LateAnswer(const Options& options = Options()) : manager(forwarder, routes, clock, options, &observer) {
    routes.routes[kSource] = kUp;
    up = Register(0x40000001, up_box);
    down = Register(0x40000002, down_box);
    third = Register(0x40000003, third_box);
    Take(up, {kUp, kUpToo});
    Take(down, {kDown, kDownToo});
    Take(third, {kThird});
    Join(down, kAnySource, kDown);
  }
  ClientHandle Register(uint32_t protocol, Mailbox& box) {
    return *manager.Register({protocol, 1}, std::make_unique<RemoteClient>(box));
  }
  void Take(ClientHandle client, std::initializer_list<InterfaceId> interfaces) {
    for (const InterfaceId interface : interfaces) EXPECT_TRUE(manager.TakeInterface(client, interface).ok());
  }
  void Join(ClientHandle client, Ipv4FibKey key, InterfaceId interface, MembershipFlags flags = {.join = true}) {
    EXPECT_TRUE(manager.AddMembership(client, key, interface, flags).ok());
  }
  void Packet(Ipv4FibKey key = kStream) { EXPECT_TRUE(manager.NewPacket(key, kUp, {}).ok()); }
  void Advance(Time time) {
    clock.now += time;
    while (manager.Poll()) {
    }
  }
  // What is tried again.
  size_t Refused() const {
    std::vector<RefusedOf<Ipv4>> some;
    return manager.Refused(0, some);
  }
  bool Decided(Ipv4FibKey key = kStream) const { return forwarder.entries.contains(key); }
  std::set<InterfaceId> Forward(InterfaceId arrival) { return forwarder.Forward(kSource, kGroup, arrival); }
  static std::vector<CreationOif> Veto(std::initializer_list<InterfaceId> interfaces) {
    std::vector<CreationOif> oifs;
    for (const InterfaceId interface : interfaces) oifs.push_back({interface, false, false});
    return oifs;
  }
  static bool IsNotFound(const absl::Status& status) { return status.code() == absl::StatusCode::kNotFound; }

  FakeForwarder forwarder;
  FakeRouteTable routes;
  ManualClock clock;
  OverdueObserver observer;
  Mailbox up_box;
  Mailbox down_box;
  Mailbox third_box;
  Ipv4GroupManager manager;
  ClientHandle up{};
  ClientHandle down{};
  ClientHandle third{};
};

}  // namespace mgmd::mgm

#endif  // MGMD_TESTS_UNIT_MGM_LATE_ANSWERS_SCENE_H_
