#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"

// Clients may answer RPF and CREATION later, by a call: nobody is waited for, a stream without an MFE waits in the
// forwarder, an MFE that stands stays as it is, and after the deadline the default holds. Whatever changes meanwhile,
// an answer is taken only for what was asked, and a decision is never made by what is no longer so.

namespace mgmd::mgm {
namespace {

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

class ManualClock : public Clock {
 public:
  Time Now() override { return now; }
  Time now{std::chrono::hours(1)};
};

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
  std::vector<Asked> rpf;
  std::vector<Asked> creation;
  std::vector<std::string> told;
};

class RemoteClient : public ClientCallbacks {
 public:
  explicit RemoteClient(Mailbox& mailbox) : mailbox_(mailbox) {}
  Reply Rpf(QuestionId question, const Ipv4FibKey& key, RpfChoice& choice, std::span<const uint8_t>) override {
    mailbox_.rpf.push_back({question, key, choice.iif, {}});
    return mailbox_.rpf_later ? Reply::kLater : Reply::kNow;
  }
  Reply Creation(QuestionId question, const Ipv4FibKey& key, InterfaceId iif, std::span<CreationOif> oifs) override {
    mailbox_.creation.push_back({question, key, iif, {oifs.begin(), oifs.end()}});
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
  GroupManager manager;
  ClientHandle up{};
  ClientHandle down{};
  ClientHandle third{};
};

TEST_F(LateAnswer, AStreamWaitsForItsOwner) {
  up_box.rpf_later = true;
  Packet();
  EXPECT_FALSE(Decided());
  Packet();  // of the same stream: asked once
  ASSERT_EQ(up_box.rpf.size(), 1U);
  EXPECT_THAT(forwarder.discarded, IsEmpty());
  MfeInfo info;
  EXPECT_FALSE(manager.GetMfe(kStream, info));

  forwarder.calls.clear();
  ASSERT_TRUE(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUpToo, .upstream_neighbor = {}, .route = {}}).ok());
  EXPECT_THAT(forwarder.calls, ElementsAre("apply 1+1 -0"));  // with the mark that drains what is held
  EXPECT_EQ(Forward(kUpToo), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(up_box.told, ElementsAre("JOIN " + kStream.ToString()));
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {})));
}

TEST_F(LateAnswer, AnswersInPlaceNeedNoSecondCall) {
  Packet();
  EXPECT_TRUE(Decided());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {})));
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(down, down_box.creation[0].id, {})));
}

TEST_F(LateAnswer, AfterTheDeadlineTheRouteHolds) {
  up_box.rpf_later = true;
  Packet();
  EXPECT_EQ(manager.NextDeadline(), clock.now + kAnswerTime);
  Advance(kAnswerTime - Time(1));
  EXPECT_FALSE(Decided());
  Advance(Time(1));
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(observer.overdue, ElementsAre("RPF " + kStream.ToString()));
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUpToo})));
}

TEST_F(LateAnswer, AllVetoesAreWaitedForAndTimeIsOneForAllQuestions) {
  up_box.rpf_later = down_box.creation_later = third_box.creation_later = true;
  Join(down, kAnySource, kDownToo);
  Join(third, kAnySource, kThird);
  Packet();
  clock.now += kAnswerTime / 2;
  ASSERT_TRUE(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp}).ok());
  ASSERT_EQ(down_box.creation.size(), 1U);
  ASSERT_EQ(third_box.creation.size(), 1U);
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, Veto({kDownToo, kThird})).ok());
  EXPECT_FALSE(Decided());
  Advance(kAnswerTime / 2);
  // One veto is in, of an interface of its own; of the third nothing came.
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown, kThird}));
  EXPECT_THAT(observer.overdue, ElementsAre("CREATION " + kStream.ToString()));
}

TEST_F(LateAnswer, OifsAreThoseOfTheEnd) {
  down_box.creation_later = true;
  Join(down, kAnySource, kDownToo);
  Packet();
  Join(third, kAnySource, kThird);
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDown, {.join = true}).ok());
  ASSERT_TRUE(manager.AnswerCreation(down, down_box.creation[0].id, {}).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDownToo, kThird}));
}

TEST_F(LateAnswer, AnotherClientsQuestionIsRefused) {
  up_box.rpf_later = true;
  Packet();
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(down, up_box.rpf[0].id, {.iif = kDown})));
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(up, up_box.rpf[0].id, {})));
  EXPECT_EQ(manager.AnswerRpf(ClientHandle{99}, up_box.rpf[0].id, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Decided());
}

TEST_F(LateAnswer, AReleaseOfTheIifEndsTheQuestion) {
  up_box.rpf_later = true;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());
  EXPECT_TRUE(forwarder.entries.at(kStream).no_route);
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUpToo})));
}

TEST_F(LateAnswer, AReleaseOfAnOifEndsItsVeto) {
  down_box.creation_later = true;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(down, kDown).ok());
  EXPECT_TRUE(Decided());
  EXPECT_THAT(Forward(kUp), IsEmpty());
  EXPECT_TRUE(IsNotFound(manager.AnswerCreation(down, down_box.creation[0].id, {})));
}

TEST_F(LateAnswer, ADeregistrationEndsTheQuestions) {
  up_box.rpf_later = true;
  Packet();
  ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());
  ASSERT_TRUE(manager.ReleaseInterface(up, kUpToo).ok());
  ASSERT_TRUE(manager.Deregister(up).ok());
  EXPECT_TRUE(Decided());
  EXPECT_EQ(manager.AnswerRpf(up, up_box.rpf[0].id, {}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(LateAnswer, AChangeOfRouteAsksTheNewOwnerWithinTheSameTime) {
  up_box.rpf_later = third_box.rpf_later = true;
  Packet();
  clock.now += kAnswerTime / 2;
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_FALSE(Decided());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp})));
  ASSERT_EQ(third_box.rpf.size(), 1U);
  Advance(kAnswerTime / 2);
  EXPECT_EQ(Forward(kThird), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AnAnswerToAnOldRouteIsRefusedAndAskedAnew) {
  up_box.rpf_later = true;
  Packet();
  routes.routes[kSource] = kUpToo;  // nobody has said so yet
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp})));
  ASSERT_EQ(up_box.rpf.size(), 2U);
  EXPECT_EQ(up_box.rpf[1].iif, kUpToo);
  ASSERT_TRUE(manager.AnswerRpf(up, up_box.rpf[1].id, {.iif = kUpToo}).ok());
  EXPECT_EQ(Forward(kUpToo), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AnMfeThatIsDecidedAgainStaysAsItIs) {
  Packet();
  third_box.rpf_later = true;
  up_box.told.clear();
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString()));
  // Looked at once more: asked once, told once.
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  ASSERT_EQ(third_box.rpf.size(), 1U);
  ASSERT_TRUE(manager.AnswerRpf(third, third_box.rpf[0].id, {.iif = kThird}).ok());
  EXPECT_EQ(Forward(kThird), std::set<InterfaceId>({kDown}));
  EXPECT_THAT(up_box.told, ElementsAre("PRUNE " + kStream.ToString()));
  EXPECT_THAT(third_box.told, ElementsAre("JOIN " + kStream.ToString()));
}

TEST_F(LateAnswer, AnMfeThatIsGoneIsNotMadeAnewByAnAnswer) {
  Packet();
  third_box.rpf_later = true;
  routes.routes[kSource] = kThird;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(kSource, 32)).ok());
  ASSERT_TRUE(manager.ReleaseInterface(up, kUp).ok());  // deletes the MFE
  EXPECT_FALSE(Decided());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(third, third_box.rpf[0].id, {.iif = kThird})));
  Advance(kAnswerTime);
  EXPECT_FALSE(Decided());
}

TEST_F(LateAnswer, AWildcardsNamerMayTakeItsTime) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  EXPECT_FALSE(Decided(kAnySource));
  // In the call the client was asked whether it would name one at all; the last question counts.
  const QuestionId question = down_box.rpf.back().id;
  ASSERT_TRUE(manager.AnswerRpf(down, question, {.iif = kDownToo}).ok());
  EXPECT_EQ(Forward(kDownToo), std::set<InterfaceId>({kDown}));
}

TEST_F(LateAnswer, AWildcardWhoseNamerNamesNothingIsTriedAgain) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  ASSERT_TRUE(manager.AnswerRpf(down, down_box.rpf.back().id, {}).ok());
  EXPECT_FALSE(Decided(kAnySource));
  EXPECT_EQ(manager.Waiting(nullptr), 1U);
  const size_t asked = down_box.rpf.size();
  Advance(std::chrono::seconds(1));
  ASSERT_EQ(down_box.rpf.size(), asked + 1);
  ASSERT_TRUE(manager.AnswerRpf(down, down_box.rpf.back().id, {.iif = kDownToo}).ok());
  EXPECT_TRUE(Decided(kAnySource));
}

TEST_F(LateAnswer, AMembershipThatLeavesIsWaitedForNoLonger) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  const QuestionId question = down_box.rpf.back().id;
  EXPECT_TRUE(manager.DeleteMembership(down, kAnySource, kDownToo, {.join = true}).ok());
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(down, question, {.iif = kDownToo})));
  EXPECT_FALSE(Decided(kAnySource));
  EXPECT_EQ(manager.Waiting(nullptr), 0U);
}

TEST_F(LateAnswer, AnEditUnderAWildcardWaitsForNobody) {
  down_box.rpf_later = true;
  Join(down, kAnySource, kDownToo, {.join = true, .proactive = true});
  ASSERT_TRUE(manager.AnswerRpf(down, down_box.rpf.back().id, {.iif = kDownToo}).ok());
  Join(third, kStream, kThird, {.forward = true});
  EXPECT_EQ(Forward(kDownToo), std::set<InterfaceId>({kDown, kThird}));
}

class FewQuestions : public LateAnswer {
 protected:
  static Options Few() {
    Options options;
    options.max_open_questions = 1;
    options.max_mfes = 1;
    return options;
  }
  FewQuestions() : LateAnswer(Few()) {}
  const Ipv4FibKey other_ = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 2), kGroup);
};

TEST_F(FewQuestions, BeyondTheLimitTheDefaultHoldsAtOnceAndRoomIsLookedForAgain) {
  up_box.rpf_later = true;
  routes.routes[other_.source()] = kUp;
  Packet();
  EXPECT_FALSE(Decided());
  Packet(other_);
  EXPECT_TRUE(Decided(other_));
  EXPECT_TRUE(IsNotFound(manager.AnswerRpf(up, up_box.rpf[1].id, {.iif = kUpToo})));
  // Another stream has taken the room meanwhile.
  EXPECT_TRUE(manager.AnswerRpf(up, up_box.rpf[0].id, {.iif = kUp}).ok());
  EXPECT_FALSE(Decided());
  EXPECT_THAT(forwarder.discarded, ElementsAre(kStream));
}

class CreationToAll : public LateAnswer {
 protected:
  static Options ToAll() {
    Options options;
    options.creation_alert_to_all = true;
    return options;
  }
  CreationToAll() : LateAnswer(ToAll()) {}
};

TEST_F(CreationToAll, WhoLeavesWithoutAnInterfaceIsWaitedForNoLonger) {
  Mailbox box;
  box.creation_later = true;
  const ClientHandle guest = Register(0x40000009, box);
  Packet();
  EXPECT_FALSE(Decided());
  ASSERT_TRUE(manager.Deregister(guest).ok());
  EXPECT_EQ(Forward(kUp), std::set<InterfaceId>({kDown}));
}

// Anything in any order: nothing waits for longer than its time, and what stands at the end is what memberships ask
// for.
TEST_F(LateAnswer, RandomHistoriesEndAsMembershipsAsk) {
  std::mt19937 random(1);
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const std::vector<std::pair<ClientHandle, Mailbox*>> clients = {
      {up, &up_box}, {down, &down_box}, {third, &third_box}};
  const std::vector<std::pair<InterfaceId, ClientHandle>> interfaces = {
      {kUp, up}, {kUpToo, up}, {kDown, down}, {kDownToo, down}, {kThird, third}};
  std::set<std::pair<Ipv4FibKey, InterfaceId>> joined = {{kAnySource, kDown}};
  const auto key = [&] {
    const Ipv4Address group(0xEF010101u + static_cast<uint32_t>(pick(3)));
    if (pick(3) == 0) return Ipv4FibKey::AnySource(group);
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000001u + static_cast<uint32_t>(pick(3))), group);
  };
  for (int step = 0; step < 30000; ++step) {
    for (const auto& [handle, box] : clients) {
      box->rpf_later = pick(2) == 0;
      box->creation_later = pick(2) == 0;
    }
    const auto& [interface, owner] = interfaces[static_cast<size_t>(pick(5))];
    switch (pick(8)) {
      case 0: {
        const Ipv4FibKey wanted = key();
        const bool proactive = pick(3) == 0;
        if (manager.AddMembership(owner, wanted, interface, {.join = true, .proactive = proactive}).ok()) {
          joined.insert({wanted, interface});
        }
        break;
      }
      case 1: {
        const Ipv4FibKey wanted = key();
        if (manager.DeleteMembership(owner, wanted, interface, {.join = true}).ok()) joined.erase({wanted, interface});
        break;
      }
      case 2:
      case 3: {
        const Ipv4FibKey stream = key();
        if (!stream.is_wildcard()) manager.NewPacket(stream, interface, {}).IgnoreError();
        break;
      }
      case 4:
        routes.routes[Ipv4Address(0x0A000001u + static_cast<uint32_t>(pick(3)))] = interface;
        if (pick(2) == 0) manager.RoutesChanged(Ipv4Prefix(Ipv4Address(), 0)).IgnoreError();
        break;
      case 5:
        if (pick(4) == 0 && manager.ReleaseInterface(owner, interface).ok()) {
          std::erase_if(joined, [gone = interface](const auto& item) { return item.second == gone; });
          if (pick(2) == 0) Advance(Time(1000));
        }
        manager.TakeInterface(owner, interface).IgnoreError();
        break;
      case 6:
        for (const auto& [handle, box] : clients) {
          for (const Mailbox::Asked& asked : std::exchange(box->rpf, {})) {
            manager.AnswerRpf(handle, asked.id, {.iif = pick(2) == 0 ? interface : asked.iif}).IgnoreError();
          }
          for (const Mailbox::Asked& asked : std::exchange(box->creation, {})) {
            manager.AnswerCreation(handle, asked.id, {}).IgnoreError();
          }
        }
        break;
      default:
        Advance(Time(static_cast<int64_t>(pick(200)) * 1000));
    }
  }
  for (const auto& [handle, box] : clients) box->rpf_later = box->creation_later = false;
  Advance(kAnswerTime);
  EXPECT_THAT(observer.overdue, ::testing::Not(IsEmpty()));
  size_t seen = 0;
  manager.ReadMfes(0, 1000, [&](const MfeInfo& info) {
    if (info.orphan) return true;
    std::set<InterfaceId> wanted;
    for (const auto& [entry, interface] : joined) {
      if (Covers(entry, info.key) && interface != *info.iif) wanted.insert(interface);
    }
    EXPECT_EQ(std::set<InterfaceId>(info.oifs.begin(), info.oifs.end()), wanted) << info.key.ToString();
    ++seen;
    return true;
  });
  EXPECT_GT(seen, 2U);
  // Nobody is asked for anything any more.
  EXPECT_TRUE(!manager.NextDeadline().has_value() || *manager.NextDeadline() > clock.now);
}

}  // namespace
}  // namespace mgmd::mgm
