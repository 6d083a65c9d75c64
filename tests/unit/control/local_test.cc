// Who gets what arrives for the router itself, and what becomes of what it says itself; on a fake dataplane.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "control/local/dispatcher.h"
#include "control/local/injector.h"
#include "tests/fakes/fake_local_packets.h"

namespace mgmd::local {
namespace {

using fakes::FakeLocalPackets;
using Bytes = FakeLocalPackets::Bytes;

constexpr InterfaceSlot kFirst{1};
constexpr InterfaceSlot kSecond{2};

struct TestConsumer : Consumer {
  void Take(const LocalPacket& packet) override {
    frames.emplace_back(packet.frame.begin(), packet.frame.end());
    on_take();
  }
  std::vector<Bytes> frames;
  std::function<void()> on_take = [] {};
};

class DispatcherTest : public ::testing::Test {
 protected:
  void Arrive(LocalClass local_class, InterfaceSlot slot, uint8_t mark = 0) {
    packets_.arrived.push_back({local_class, slot, Bytes{mark}});
  }
  FakeLocalPackets packets_;
  Dispatcher dispatcher_{packets_};
};

TEST_F(DispatcherTest, AsksForWhatSomebodyHasRegisteredForAndForNothingElse) {
  // Invariant: what the workers are asked for on an interface is what all consumers there want together.
  TestConsumer igmp, twin;
  dispatcher_.Register(kFirst, {LocalClass::kIgmp}, igmp);
  dispatcher_.Register(kFirst, {LocalClass::kIgmp, LocalClass::kHost}, twin);
  dispatcher_.Register(kSecond, {LocalClass::kHost}, twin);
  EXPECT_EQ(packets_.wanted[kFirst], (LocalClasses{LocalClass::kIgmp, LocalClass::kHost}));
  EXPECT_EQ(packets_.wanted[kSecond], (LocalClasses{LocalClass::kHost}));
  dispatcher_.Register(kFirst, {LocalClass::kNeighbour}, twin);
  EXPECT_EQ(packets_.wanted[kFirst], (LocalClasses{LocalClass::kIgmp, LocalClass::kNeighbour}));
  dispatcher_.Unregister(twin);
  EXPECT_EQ(packets_.wanted[kFirst], (LocalClasses{LocalClass::kIgmp}));
  EXPECT_EQ(packets_.wanted[kSecond], LocalClasses{});
}

TEST_F(DispatcherTest, WantsNothingWhenItHasGone) {
  TestConsumer consumer;
  {
    Dispatcher dispatcher(packets_);
    dispatcher.Register(kFirst, kAllLocalClasses, consumer);
    EXPECT_EQ(packets_.wanted[kFirst], kAllLocalClasses);
  }
  EXPECT_EQ(packets_.wanted[kFirst], LocalClasses{});
}

TEST_F(DispatcherTest, BringsAPacketToEachWhoRegisteredForItsClassAndInterface) {
  TestConsumer igmp, twin;
  dispatcher_.Register(kFirst, {LocalClass::kIgmp}, igmp);
  dispatcher_.Register(kFirst, {LocalClass::kIgmp, LocalClass::kHost}, twin);
  Arrive(LocalClass::kIgmp, kFirst, 1);
  Arrive(LocalClass::kHost, kFirst, 2);
  Arrive(LocalClass::kHost, kSecond, 3);
  Arrive(LocalClass::kPim, kFirst, 4);
  EXPECT_TRUE(dispatcher_.Poll());
  EXPECT_EQ(igmp.frames, (std::vector<Bytes>{{1}}));
  EXPECT_EQ(twin.frames, (std::vector<Bytes>{{1}, {2}}));
  EXPECT_EQ(packets_.untaken, 2u) << "nobody has registered for two of them";
  EXPECT_FALSE(dispatcher_.Poll());
}

TEST_F(DispatcherTest, HandsOnWhatAConsumerSaysToTheOthers) {
  // Invariant: to those who have registered for its class there, also in answer to a packet that is being handed out;
  // whoever has gone meanwhile gets nothing.
  TestConsumer speaker, twin, leaver;
  dispatcher_.Register(kFirst, {LocalClass::kIgmp}, leaver);
  dispatcher_.Register(kFirst, LocalClasses{LocalClass::kIgmp}.WholeMembershipMessages(), speaker);
  dispatcher_.Register(kFirst, {LocalClass::kIgmp, LocalClass::kHost}, twin);
  dispatcher_.Register(kSecond, {LocalClass::kIgmp}, twin);
  EXPECT_TRUE(dispatcher_.HasOthers(kFirst, LocalClass::kIgmp, speaker));
  EXPECT_FALSE(dispatcher_.HasOthers(kFirst, LocalClass::kMld, speaker));
  EXPECT_FALSE(dispatcher_.HasOthers(kSecond, LocalClass::kIgmp, twin));
  EXPECT_TRUE(dispatcher_.IsSpoken(kFirst, LocalClass::kIgmp));
  EXPECT_FALSE(dispatcher_.IsSpoken(kFirst, LocalClass::kMld));
  EXPECT_FALSE(dispatcher_.IsSpoken(kSecond, LocalClass::kIgmp));
  EXPECT_TRUE(packets_.wanted[kFirst].drops_fragment(LocalClass::kIgmp));

  const Bytes answer{7};
  leaver.on_take = [&] { dispatcher_.Unregister(leaver); };
  speaker.on_take = [&] {
    dispatcher_.HandOn({.local_class = LocalClass::kIgmp, .arrival = kFirst, .arrived = {}, .frame = answer}, speaker);
  };
  Arrive(LocalClass::kIgmp, kFirst, 1);
  dispatcher_.Poll();
  EXPECT_EQ(leaver.frames, (std::vector<Bytes>{{1}}));
  EXPECT_EQ(speaker.frames, (std::vector<Bytes>{{1}}));
  EXPECT_EQ(twin.frames, (std::vector<Bytes>{{7}, {1}}));

  dispatcher_.Unregister(speaker);
  EXPECT_FALSE(dispatcher_.IsSpoken(kFirst, LocalClass::kIgmp));
  EXPECT_FALSE(packets_.wanted[kFirst].drops_fragment(LocalClass::kIgmp));
}

TEST_F(DispatcherTest, TakesABoundedNumberInATurn) {
  TestConsumer consumer;
  dispatcher_.Register(kFirst, {LocalClass::kHost}, consumer);
  for (size_t i = 0; i < Dispatcher::kPacketsPerTurn + 1; ++i) Arrive(LocalClass::kHost, kFirst);
  EXPECT_TRUE(dispatcher_.Poll());
  EXPECT_EQ(consumer.frames.size(), Dispatcher::kPacketsPerTurn);
  EXPECT_TRUE(dispatcher_.Poll());
  EXPECT_EQ(consumer.frames.size(), Dispatcher::kPacketsPerTurn + 1);
}

TEST_F(DispatcherTest, LetsConsumersComeAndGoWhileTheyTake) {
  // Invariant: whoever has unregistered gets nothing more, not even of the packet at hand.
  TestConsumer first;
  auto second = std::make_unique<TestConsumer>();
  TestConsumer third;
  dispatcher_.Register(kFirst, {LocalClass::kHost}, first);
  dispatcher_.Register(kFirst, {LocalClass::kHost}, *second);
  first.on_take = [&] {
    if (second == nullptr) return;
    dispatcher_.Unregister(*second);
    second.reset();
    dispatcher_.Unregister(first);
    for (uint16_t slot = 10; slot < 100; ++slot) dispatcher_.Register(InterfaceSlot{slot}, {LocalClass::kPim}, third);
    dispatcher_.Register(kFirst, {LocalClass::kHost}, third);
  };
  Arrive(LocalClass::kHost, kFirst, 1);
  Arrive(LocalClass::kHost, kFirst, 2);
  dispatcher_.Poll();
  EXPECT_EQ(first.frames, (std::vector<Bytes>{{1}}));
  EXPECT_EQ(third.frames, (std::vector<Bytes>{{2}})) << "who comes meanwhile gets the next packet";
}

TEST_F(DispatcherTest, GivesOneWhoRegistersAnewTheNextPacket) {
  TestConsumer consumer;
  dispatcher_.Register(kFirst, {LocalClass::kHost}, consumer);
  consumer.on_take = [&] {
    dispatcher_.Unregister(consumer);
    dispatcher_.Register(kFirst, {LocalClass::kHost}, consumer);
  };
  for (const uint8_t mark : {1, 2, 3}) Arrive(LocalClass::kHost, kFirst, mark);
  dispatcher_.Poll();
  EXPECT_EQ(consumer.frames, (std::vector<Bytes>{{1}, {2}, {3}}));
  EXPECT_EQ(packets_.wanted[kFirst], (LocalClasses{LocalClass::kHost}));
}

class InjectorTest : public ::testing::Test {
 protected:
  bool Send(InterfaceSlot out, uint8_t mark) { return injector_.Send(out, InjectForm::kFrame, Bytes{mark}); }
  // The marks of what has left by the interface.
  Bytes SentBy(InterfaceSlot out) const {
    Bytes marks;
    for (const auto& sent : packets_.sent) {
      if (sent.out == out) marks.push_back(sent.octets[0]);
    }
    return marks;
  }
  FakeLocalPackets packets_;
  Injector injector_{packets_};
};

TEST_F(InjectorTest, KeepsTheOrderOfAnInterfaceThatIsFull) {
  // Invariant: what is sent later waits behind what waits; another interface does not.
  packets_.full = {kFirst};
  EXPECT_TRUE(Send(kFirst, 1));
  EXPECT_TRUE(Send(kSecond, 2));
  packets_.full = {};
  EXPECT_TRUE(Send(kFirst, 3));
  EXPECT_EQ(SentBy(kFirst), Bytes{});
  EXPECT_EQ(SentBy(kSecond), Bytes{2});
  packets_.full = {kFirst};
  EXPECT_FALSE(injector_.Poll());
  packets_.full = {};
  EXPECT_TRUE(injector_.Poll());
  EXPECT_TRUE(Send(kFirst, 4));
  EXPECT_EQ(SentBy(kFirst), (Bytes{1, 3, 4}));
  EXPECT_EQ(injector_.waiting(), 0u);
  EXPECT_EQ(injector_.dropped(), 0u);
}

TEST_F(InjectorTest, DropsTheOldestOfTooMany) {
  packets_.full = {kFirst, kSecond};
  Send(kSecond, 7);
  for (size_t i = 0; i < Injector::kMostWaiting + 1; ++i) Send(kFirst, static_cast<uint8_t>(i));
  EXPECT_EQ(injector_.waiting(), Injector::kMostWaiting);
  EXPECT_EQ(injector_.dropped(), 2u);
  EXPECT_EQ(injector_.unsent(), 2u + Injector::kMostWaiting) << "if no worker came any more";
  packets_.full = {};
  EXPECT_TRUE(injector_.Poll());
  EXPECT_EQ(SentBy(kSecond), Bytes{});
  EXPECT_EQ(SentBy(kFirst).size(), Injector::kMostWaiting);
  EXPECT_EQ(SentBy(kFirst).front(), 1);
  EXPECT_EQ(injector_.unsent(), 2u);
  EXPECT_TRUE(Send(kSecond, 8));
  EXPECT_EQ(SentBy(kSecond), Bytes{8}) << "nothing of it waits any more";
}

TEST_F(InjectorTest, SaysWhatCanNeverBeSent) {
  packets_.impossible = {kFirst};
  EXPECT_FALSE(Send(kFirst, 1));
  EXPECT_EQ(injector_.waiting(), 0u);
  packets_.full = {kSecond};
  EXPECT_TRUE(Send(kSecond, 2));
  packets_.impossible = {kSecond};
  injector_.Poll();
  EXPECT_EQ(injector_.waiting(), 0u);
  EXPECT_EQ(injector_.dropped(), 1u);
}

}  // namespace
}  // namespace mgmd::local
