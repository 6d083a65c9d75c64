#include "tests/support/families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

// There is a manager for each address family: one class, with the same rules. What is done in one family costs the
// other nothing. The order of keys is that of groups, wildcards and sources in both.

namespace mgmd::mgm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class Family>
typename Family::Address At(const std::string& text) {
  return *Family::Address::Parse(text);
}

template <class Family>
struct Names;
template <>
struct Names<Ipv4> {
  static constexpr const char* kSource = "10.0.0.1";
  static constexpr const char* kGroup = "239.1.1.1";
  static constexpr const char* kSourceSpecific = "232.1.1.1";
  static constexpr int kWide = 16;
  static constexpr size_t kHeader = 20;
  static std::vector<uint8_t> Packet(size_t octets, bool options) {
    std::vector<uint8_t> packet(octets, 0xAA);
    packet[0] = options ? 0x46 : 0x45;
    return packet;
  }
};
template <>
struct Names<Ipv6> {
  static constexpr const char* kSource = "2001:db8::1";
  static constexpr const char* kGroup = "ff0e::1:1";
  static constexpr const char* kSourceSpecific = "ff3e::1:1";
  static constexpr int kWide = 64;
  static constexpr size_t kHeader = 40;
  static std::vector<uint8_t> Packet(size_t octets, bool options) {
    std::vector<uint8_t> packet(octets, 0xAA);
    packet[6] = options ? 60 : 17;  // destination options, UDP
    return packet;
  }
};

template <class Family>
class RecordingClient : public ClientCallbacksOf<Family> {
 public:
  RecordingClient(std::string name, std::vector<std::string>& told) : name_(std::move(name)), told_(told) {}
  Reply Rpf(QuestionId, const FibKey<Family>& key, RpfChoiceOf<Family>& choice,
            std::span<const uint8_t> header) override {
    shown.assign(header.begin(), header.end());
    if (key.is_wildcard()) choice.iif = named;
    return later ? Reply::kLater : Reply::kNow;
  }
  void Join(const FibKey<Family>& key, bool) override { told_.push_back("JOIN " + name_ + " " + key.ToString()); }
  void Prune(const FibKey<Family>& key, InterfaceIdOf<Family>, bool, uint32_t&) override {
    told_.push_back("PRUNE " + name_ + " " + key.ToString());
  }
  InterfaceIdOf<Family> named;
  bool later = false;
  std::vector<uint8_t> shown;  // the header that the last RPF came with

 private:
  const std::string name_;
  std::vector<std::string>& told_;
};

// A manager of one family, with two clients: "up" on interface 1, "down" on interface 2.
template <class Family>
struct Side {
  using Key = FibKey<Family>;
  using Id = InterfaceIdOf<Family>;

  explicit Side(const Options& options = Options()) : manager(forwarder, routes, clock, options) {
    routes.routes[source] = kUp;
    auto up_callbacks = std::make_unique<RecordingClient<Family>>("up", told);
    up_client = up_callbacks.get();
    up = *manager.Register({0x40000001, 1}, std::move(up_callbacks));
    down = *manager.Register({0x40000002, 1}, std::make_unique<RecordingClient<Family>>("down", told));
    EXPECT_TRUE(manager.TakeInterface(up, kUp).ok());
    EXPECT_TRUE(manager.TakeInterface(down, kDown).ok());
  }
  absl::Status Join(ClientHandle client, const Key& key, const Id& interface, MembershipFlags flags = {.join = true}) {
    return manager.AddMembership(client, key, interface, flags);
  }
  std::set<Id> Forward(const typename Family::Address& to) { return forwarder.Forward(source, to, kUp); }
  std::vector<std::string> TakeTold() { return std::exchange(told, {}); }

  static constexpr Id kUp{1, {}};
  static constexpr Id kDown{2, {}};
  const typename Family::Address source = At<Family>(Names<Family>::kSource);
  const typename Family::Address group = At<Family>(Names<Family>::kGroup);
  const Key stream = Key::SourceGroupUnchecked(source, group);
  const Key any_source = Key::AnySource(group);
  std::vector<std::string> told;
  fakes::FakeForwarderOf<Family> forwarder;
  fakes::FakeRouteTableOf<Family> routes;
  ManualClock clock;
  GroupManager<Family> manager;
  RecordingClient<Family>* up_client = nullptr;
  ClientHandle up{};
  ClientHandle down{};
};

template <class Family>
class InEachFamily : public ::testing::Test {
 protected:
  Side<Family> side_;
};
TYPED_TEST_SUITE(InEachFamily, BothFamilies);

TYPED_TEST(InEachFamily, AStreamIsForwardedToItsMembersUntilTheyLeave) {
  auto& side = this->side_;
  ASSERT_TRUE(side.Join(side.down, side.any_source, side.kDown).ok());
  ASSERT_TRUE(side.manager.NewPacket(side.stream, side.kUp, {}).ok());
  EXPECT_EQ(side.Forward(side.group), std::set<InterfaceIdOf<TypeParam>>({side.kDown}));
  EXPECT_THAT(side.TakeTold(),
              ElementsAre("JOIN up " + side.any_source.ToString(), "JOIN up " + side.stream.ToString()));
  ASSERT_TRUE(side.manager.DeleteMembership(side.down, side.any_source, side.kDown, {.join = true}).ok());
  EXPECT_THAT(side.Forward(side.group), IsEmpty());
  EXPECT_THAT(side.TakeTold(),
              ElementsAre("PRUNE up " + side.any_source.ToString(), "PRUNE up " + side.stream.ToString()));
  ASSERT_TRUE(side.manager.ReleaseInterface(side.up, side.kUp).ok());
  EXPECT_THAT(side.forwarder.entries, IsEmpty());
}

// Of a packet without options the IP header and eleven octets of the payload are kept, of one with options all of it.
TYPED_TEST(InEachFamily, WhoIsAskedAgainSeesTheFirstPacketsHeader) {
  auto& side = this->side_;
  constexpr size_t kKept = Names<TypeParam>::kHeader + 11;
  for (const bool options : {false, true}) {
    const std::vector<uint8_t> packet = Names<TypeParam>::Packet(99, options);
    ASSERT_TRUE(side.manager.NewPacket(side.stream, side.kUp, packet).ok());
    EXPECT_EQ(side.up_client->shown, packet);
    side.up_client->shown.clear();
    side.clock.now += std::chrono::seconds(890);
    side.manager.Poll();
    ++side.forwarder.activity;
    side.clock.now += std::chrono::seconds(10);
    side.manager.Poll();
    EXPECT_EQ(side.up_client->shown, std::vector(packet.begin(), options ? packet.end() : packet.begin() + kKept));
    ASSERT_TRUE(side.manager.ReleaseInterface(side.up, side.kUp).ok());
    ASSERT_TRUE(side.manager.TakeInterface(side.up, side.kUp).ok());
  }
}

TYPED_TEST(InEachFamily, AWildcardMfeForwardsWhatItCovers) {
  auto& side = this->side_;
  using Key = FibKey<TypeParam>;
  const Key wide = Key::AnySource(side.group, Names<TypeParam>::kWide);
  side.up_client->named = side.kUp;
  ASSERT_TRUE(side.Join(side.down, wide, side.kDown).ok());
  ASSERT_TRUE(side.Join(side.up, wide, side.kUp, {.join = true, .proactive = true}).ok());
  ASSERT_TRUE(side.Join(side.down, Key::AllGroups(), side.kDown).ok());
  EXPECT_EQ(side.Forward(side.group), std::set<InterfaceIdOf<TypeParam>>({side.kDown}));
  // Source-specific groups want (S,G).
  EXPECT_THAT(side.Forward(At<TypeParam>(Names<TypeParam>::kSourceSpecific)), IsEmpty());
}

// RFC 4607 section 5.2 holds for the groups that the options name, and for no others.
TYPED_TEST(InEachFamily, SourceSpecificGroupsAreThoseOfTheOptions) {
  using Key = FibKey<TypeParam>;
  const auto group = At<TypeParam>(Names<TypeParam>::kGroup);
  const auto otherwise = At<TypeParam>(Names<TypeParam>::kSourceSpecific);
  const typename TypeParam::Prefix range(group, Names<TypeParam>::kWide);
  Options options;
  options.ssm.template of<TypeParam>() = SsmRanges<TypeParam>({&range, 1});
  Side<TypeParam> side(options);
  side.forwarder.ssm = options.ssm.template of<TypeParam>();
  side.up_client->named = side.kUp;
  const std::set<InterfaceIdOf<TypeParam>> down = {side.kDown};

  // State for any source says nothing there: no first packet, no MFE that is asked for, no FORWARD edit makes it.
  ASSERT_TRUE(side.Join(side.down, Key::AnySource(group), side.kDown).ok());
  ASSERT_TRUE(side.manager.NewPacket(side.stream, side.kUp, {}).ok());
  EXPECT_THAT(side.Forward(group), IsEmpty());
  ASSERT_TRUE(side.Join(side.up, Key::AnySource(group), side.kUp, {.join = true, .proactive = true}).ok());
  EXPECT_FALSE(side.forwarder.entries.contains(Key::AnySource(group)));
  ASSERT_TRUE(side.Join(side.up, Key::AllGroups(), side.kUp, {.join = true, .proactive = true}).ok());
  ASSERT_TRUE(side.Join(side.down, Key::AllGroups(), side.kDown).ok());
  EXPECT_THAT(side.Forward(group), IsEmpty());
  ASSERT_TRUE(side.Join(side.down, side.stream, side.kDown).ok());
  EXPECT_EQ(side.Forward(group), down);

  // Elsewhere it does, and so it does where groups are source-specific by default.
  EXPECT_EQ(side.Forward(otherwise), down);
  // A range that is not all source-specific has an MFE, for the groups that are not.
  const Key wider = Key::AnySource(group, Names<TypeParam>::kWide - 1);
  ASSERT_TRUE(side.Join(side.up, wider, side.kUp, {.join = true, .proactive = true}).ok());
  EXPECT_TRUE(side.forwarder.entries.contains(wider));
}

// One interface, and the groups that do not cross it.
template <class Family>
struct OneBoundary : Boundaries<Family> {
  OneBoundary(const InterfaceIdOf<Family>& at, const typename Family::Prefix& stopped)
      : interface(at), groups(stopped) {}
  bool Stop(const InterfaceIdOf<Family>& at, const typename Family::Prefix& asked) const override {
    return at == interface && asked.length() >= groups.length() && groups.Contains(asked.address());
  }
  const InterfaceIdOf<Family> interface;
  const typename Family::Prefix groups;
};

// RFC 4007 section 9: what may not leave by an interface has no members there.
TYPED_TEST(InEachFamily, NoMembershipIsTakenBehindABoundary) {
  using Key = FibKey<TypeParam>;
  constexpr int kWide = Names<TypeParam>::kWide;
  const auto group = At<TypeParam>(Names<TypeParam>::kGroup);
  const OneBoundary<TypeParam> boundary(Side<TypeParam>::kDown, {group, kWide});
  Options options;
  options.boundaries.template of<TypeParam>() = &boundary;
  Side<TypeParam> side(options);
  const auto code = [&](const Key& key, InterfaceIdOf<TypeParam> interface, MembershipFlags flags = {.join = true}) {
    const ClientHandle client = interface == side.kUp ? side.up : side.down;
    return side.Join(client, key, interface, flags).code();
  };
  for (const Key& key : {side.stream, Key::AnySource(group), Key::AnySource(group, kWide)}) {
    EXPECT_EQ(code(key, side.kDown), absl::StatusCode::kInvalidArgument) << key.ToString();
    EXPECT_EQ(code(key, side.kDown, {.forward = true}), absl::StatusCode::kInvalidArgument) << key.ToString();
    EXPECT_EQ(code(key, side.kDown, {.join = true, .proactive = true}), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(side.manager.DeleteMembership(side.down, key, side.kDown, {.join = true}).code(),
              absl::StatusCode::kNotFound);
    EXPECT_EQ(code(key, side.kUp), absl::StatusCode::kOk) << key.ToString();
  }
  EXPECT_THAT(side.manager.memberships().Find(side.stream)->references, ::testing::SizeIs(1));
  // Of a wider range some groups cross it; whose interface it is comes first (A23).
  EXPECT_EQ(code(Key::AnySource(group, kWide - 1), side.kDown), absl::StatusCode::kOk);
  EXPECT_EQ(code(Key::AllGroups(), side.kDown), absl::StatusCode::kOk);
  EXPECT_EQ(code(Key::AnySource(At<TypeParam>(Names<TypeParam>::kSourceSpecific)), side.kDown), absl::StatusCode::kOk);
}

TYPED_TEST(InEachFamily, ALateAnswerDecides) {
  auto& side = this->side_;
  side.up_client->later = true;
  ASSERT_TRUE(side.Join(side.down, side.any_source, side.kDown).ok());
  ASSERT_TRUE(side.manager.NewPacket(side.stream, side.kUp, {}).ok());
  EXPECT_THAT(side.forwarder.entries, IsEmpty());
  ASSERT_TRUE(side.manager.AnswerRpf(side.up, QuestionId{1}, {.iif = side.kUp}).ok());
  EXPECT_EQ(side.Forward(side.group), std::set<InterfaceIdOf<TypeParam>>({side.kDown}));
}

TYPED_TEST(InEachFamily, MfesAndEntriesAreWalkedInOrder) {
  auto& side = this->side_;
  using Key = FibKey<TypeParam>;
  for (const Key& key : {side.stream, Key::AllGroups(), side.any_source, Key::AnySource(side.group, 24)}) {
    ASSERT_TRUE(side.Join(side.down, key, side.kDown).ok());
  }
  const auto read = [&](EnumType type) {
    return (*side.manager.ReadEnumeration(*side.manager.StartEnumeration(side.down, type), 10)).keys;
  };
  EXPECT_THAT(read(EnumType::kAllSources),
              ElementsAre(Key::AllGroups(), Key::AnySource(side.group, 24), side.any_source, side.stream));
  EXPECT_THAT(read(EnumType::kAnySource),
              ElementsAre(Key::AllGroups(), Key::AnySource(side.group, 24), side.any_source));
}

TEST(Families, ShareNothingThatAReleaseCouldTouch) {
  Side<Ipv4> four;
  Side<Ipv6> six;
  ASSERT_TRUE(four.Join(four.down, four.any_source, four.kDown).ok());
  ASSERT_TRUE(six.Join(six.down, six.any_source, six.kDown).ok());
  ASSERT_TRUE(four.manager.NewPacket(four.stream, four.kUp, {}).ok());
  ASSERT_TRUE(six.manager.NewPacket(six.stream, six.kUp, {}).ok());
  six.TakeTold();
  six.forwarder.calls.clear();
  ASSERT_TRUE(four.manager.ReleaseInterface(four.down, four.kDown).ok());
  ASSERT_TRUE(four.manager.ReleaseInterface(four.up, four.kUp).ok());
  EXPECT_THAT(six.forwarder.calls, IsEmpty());
  EXPECT_THAT(six.TakeTold(), IsEmpty());
  EXPECT_EQ(six.Forward(six.group), std::set<InterfaceIdOf<Ipv6>>({six.kDown}));
}

TEST(Families, ShareTheirClients) {
  ClientIdentities clients;
  std::atomic<uint64_t> handles{1};
  Options options;
  options.clients = &clients;
  options.handles = &handles;
  Side<Ipv4> four(options);
  Side<Ipv6> six(options);
  EXPECT_EQ(four.up, six.up);
  EXPECT_NE(four.up, four.down);
  ASSERT_TRUE(four.manager.NameClient(four.up, "pim").ok());
  EXPECT_EQ(six.manager.clients().NameOf(six.manager.clients().Find(six.up)).name, "pim");
  // It leaves one family and stays in the other, with what it has there.
  ASSERT_TRUE(six.Join(six.down, six.any_source, six.kDown).ok());
  ASSERT_TRUE(four.manager.ReleaseInterface(four.down, four.kDown).ok());
  ASSERT_TRUE(four.manager.Deregister(four.down).ok());
  EXPECT_FALSE(four.manager.Deregister(four.down).ok());
  ASSERT_TRUE(six.manager.NewPacket(six.stream, six.kUp, {}).ok());
  EXPECT_EQ(six.Forward(six.group), std::set<InterfaceIdOf<Ipv6>>({six.kDown}));
  // Its number and handle are nobody else's meanwhile, and its own when it comes back.
  const auto other = four.manager.Register({0x40000003, 1}, std::make_unique<ClientCallbacks>());
  ASSERT_TRUE(other.ok());
  EXPECT_NE(*other, six.down);
  EXPECT_NE(four.manager.clients().Find(*other), six.manager.clients().Find(six.down));
  const auto back = four.manager.Register({0x40000002, 1}, std::make_unique<ClientCallbacks>());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, six.down);
}

TEST(Families, Ipv6GroupsOfTheLinkAreNeitherJoinedNorForwarded) {
  Side<Ipv6> six;
  const auto link_local = At<Ipv6>("ff02::1:1");
  EXPECT_FALSE(six.Join(six.down, Ipv6FibKey::AnySource(link_local), six.kDown).ok());
  EXPECT_FALSE(six.Join(six.down, Ipv6FibKey::AnySource(link_local, 16), six.kDown).ok());
  EXPECT_TRUE(
      six.Join(six.down, Ipv6FibKey::AnySource(At<Ipv6>("ff00::"), 12), six.kDown).ok());  // ff00::/12 says no scope
  EXPECT_FALSE(six.manager.NewPacket(Ipv6FibKey::SourceGroupUnchecked(six.source, link_local), six.kUp, {}).ok());
}

TEST(KeyOrderOfIpv6, IsThatOfTheNumbers) {
  std::mt19937 random(1);
  const auto address = [&](int first) {
    std::array<uint8_t, 16> bytes{};
    bytes[0] = static_cast<uint8_t>(first);
    // Few bits, so that much is equal.
    for (int i = 0; i < 3; ++i) bytes[random() % 15 + 1] = static_cast<uint8_t>(random() % 3 * 127);
    return Ipv6Address(bytes);
  };
  std::vector<Ipv6FibKey> keys;
  for (int i = 0; i < 300; ++i) {
    keys.push_back(Ipv6FibKey::SourceGroupUnchecked(address(0x20), address(0xFF)));
    keys.push_back(Ipv6FibKey::AnySource(address(0xFF), static_cast<int>(8 + random() % 121)));
  }
  for (const Ipv6FibKey& wide : keys) {
    const OrderRange<Ipv6> range = CoveredBy(wide);
    for (const Ipv6FibKey& narrow : keys) {
      const auto order = OrderOf(narrow);
      const auto numbers = [](const Ipv6FibKey& key) {
        return std::tuple(key.group(), !key.is_wildcard(), key.group_length(), key.source());
      };
      ASSERT_EQ(OrderOf(wide) < order, numbers(wide) < numbers(narrow)) << wide.ToString() << narrow.ToString();
      if (Covers(wide, narrow, {})) {
        ASSERT_TRUE(range.first <= order && order <= range.last) << wide.ToString() << narrow.ToString();
      }
      ASSERT_EQ(order < PastGroup(OrderOf(wide)), narrow.group() <= wide.group());
      ASSERT_TRUE(order < NextOrder(order) && order < LastOrder<Ipv6>());
    }
  }
}

}  // namespace
}  // namespace mgmd::mgm
