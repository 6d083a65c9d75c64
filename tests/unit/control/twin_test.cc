// Twins on a fake dataplane, in a network namespace of the test's own: what arrives for the router the kernel receives,
// what it sends leaves, and a netdev that somebody meddles with is what it should be again.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "control/local/twin/twins.h"
#include "control/membership/datagram.h"
#include "control/membership/message.h"
#include "tests/fakes/fake_local_packets.h"
#include "tests/support/packet_builder.h"

namespace mgmd::local {
namespace {

using Bytes = fakes::FakeLocalPackets::Bytes;
using What = views::TwinChange::What;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr InterfaceSlot kSlot{2}, kIpv6Slot{3};
constexpr Mac kMac{2, 0, 0, 0, 0, 7};
constexpr Mac kStation{2, 0, 0, 0, 0, 9};

void Ip(const std::string& words) { ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words; }

std::string Shown() {
  std::string text;
  FILE* const pipe = popen("ip -d link show dev lan; ip address show dev lan", "r");
  for (char piece[256]; std::fgets(piece, sizeof(piece), pipe) != nullptr;) text += piece;
  pclose(pipe);
  return text;
}

template <class Family>
Bytes FrameOfReport(membership::RecordType type, const typename Family::Address& group) {
  const membership::Record<Family> record{.type = type, .group = group};
  return membership::MakeFrameForHost<Family>({}, membership::Protocol<Family>::kAllReports,
                                              membership::WriteReport<Family>({&record, 1}));
}

class Nobody : public Consumer {
 public:
  void Take(const LocalPacket&) override {}
};

class TwinTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { entered_ = unshare(CLONE_NEWNET) == 0; }
  void SetUp() override {
    if (!entered_) GTEST_SKIP() << "no network namespace of its own";
    settings_.link.name = "lan";
    settings_.link.mac = kMac;
    settings_.link.mtu = 1400;
    settings_.link.addresses.of<Ipv4>() = {{Ipv4Address(10, 0, 0, 254), 24}};
    settings_.link.addresses.of<Ipv6>() = {{LinkLocalOf(kMac), 64}};
    settings_.slot = kSlot;
    settings_.ipv6_slot = kIpv6Slot;
    settings_.classes = {LocalClass::kNeighbour, LocalClass::kHost};
  }

  absl::StatusOr<std::unique_ptr<Twins>> Make() {
    return Twins::Make({settings_}, {.dispatcher = dispatcher_,
                                     .injector = injector_,
                                     .stats = stats_,
                                     .addresses_changed = [] {},
                                     .changed = [this](const auto& change) { changes_.push_back(change); }});
  }
  // Turns until it is so.
  void Until(Twins& twins, const std::function<bool()>& is) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is() && std::chrono::steady_clock::now() < deadline) {
      dispatcher_.Poll();
      injector_.Poll();
      if (!twins.Poll()) std::this_thread::yield();
    }
    EXPECT_TRUE(is());
  }
  bool Told(What what) const {
    return std::any_of(changes_.begin(), changes_.end(), [&](const auto& change) { return change.what == what; });
  }
  // Frames of the EtherType that have left.
  std::vector<Bytes> Left(uint16_t type) const {
    std::vector<Bytes> frames;
    for (const auto& sent : packets_.sent) {
      if (sent.octets.size() > 14 && (sent.octets[12] << 8 | sent.octets[13]) == type) frames.push_back(sent.octets);
    }
    return frames;
  }
  // A station on the wire asks for the router's address.
  void AskArp() {
    packets_.arrived.push_back({LocalClass::kNeighbour, kSlot,
                                testing::ArpRequest(Ipv4Address(10, 0, 0, 254), {kStation.begin(), kStation.end()})});
  }

  static bool entered_;
  fakes::FakeLocalPackets packets_;
  Dispatcher dispatcher_{packets_};
  Injector injector_{packets_};
  views::ControlStats stats_;
  std::vector<views::TwinChange> changes_;
  TwinSettings settings_;
};
bool TwinTest::entered_ = false;

TEST_F(TwinTest, IsANetdevAsTheInterface) {
  const auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  const std::string shown = Shown();
  for (const char* what : {"mtu 1400", "link/ether 02:00:00:00:00:07", "inet 10.0.0.254/24 brd 10.0.0.255", "UP",
                           "ALLMULTI", "inet6 fe80::ff:fe00:7/64", "addrgenmode none", "LOWER_UP"}) {
    EXPECT_THAT(shown, HasSubstr(what));
  }
  EXPECT_EQ(packets_.wanted[kSlot], settings_.classes);
  EXPECT_EQ(packets_.wanted[kIpv6Slot], settings_.classes);
  EXPECT_EQ((*twins)->FindNetdev(if_nametoindex("lan")), (*twins)->Find("lan"));
}

TEST_F(TwinTest, GoesWithTheProgram) {
  { ASSERT_TRUE(Make().ok()); }
  EXPECT_EQ(if_nametoindex("lan"), 0u);
  EXPECT_EQ(packets_.wanted[kSlot], LocalClasses());
}

TEST_F(TwinTest, AnswersArpOnceAndByItsInterface) {
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  AskArp();
  Until(**twins, [&] { return !Left(0x0806).empty(); });
  const std::vector<Bytes> answers = Left(0x0806);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(std::equal(kStation.begin(), kStation.end(), answers[0].begin()));
  EXPECT_TRUE(std::equal(kMac.begin(), kMac.end(), answers[0].begin() + 6));
  for (const auto& sent : packets_.sent) {
    EXPECT_EQ(sent.out, kSlot);
    EXPECT_EQ(sent.form, InjectForm::kFrame);
  }
  EXPECT_EQ(stats_.twin_received, 1u);
}

TEST_F(TwinTest, TellsWhichAddressesAreTheHosts) {
  // Invariant: an address counts when duplicate address detection is over, and no longer when it is deleted.
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  const std::vector<std::string> both = {"10.0.0.254/24", "fe80::ff:fe00:7/64"};
  Until(**twins, [&] { return !changes_.empty() && changes_.back().addresses == both; });
  EXPECT_EQ(changes_.front().addresses, std::vector<std::string>{"10.0.0.254/24"});
  EXPECT_FALSE(Told(What::kDeleted) || Told(What::kUp)) << "it was there from the start";
  Ip("address del 10.0.0.254/24 dev lan");
  Until(**twins, [&] { return changes_.back().addresses == std::vector<std::string>{"fe80::ff:fe00:7/64"}; });
}

TEST_F(TwinTest, HearsQueriesAloneWhereTheRouterSpeaksIgmpAndMld) {
  // Invariant: a program of the host's that has joined is reported when the router itself asks, as other routers of the
  // link must hear; reports of other stations, which might keep it from that, do not go in.
  settings_.classes = {LocalClass::kIgmp, LocalClass::kMld};
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  Until(**twins, [&] { return !changes_.empty() && changes_.back().addresses.size() == 2; });
  const auto group = Ipv4Address(239, 1, 2, 3);
  const auto group6 = *Ipv6Address::Parse("ff0e::123");
  const int socket = ::socket(AF_INET6, SOCK_DGRAM, 0);
  ASSERT_GE(socket, 0);
  const auto number = if_nametoindex("lan");
  const ip_mreqn wish{.imr_multiaddr = {group.ToNetwork()}, .imr_address = {}, .imr_ifindex = static_cast<int>(number)};
  ipv6_mreq wish6{.ipv6mr_multiaddr = {}, .ipv6mr_interface = number};
  std::copy_n(group6.bytes().data(), 16, wish6.ipv6mr_multiaddr.s6_addr);
  ASSERT_EQ(setsockopt(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, &wish, sizeof(wish)), 0);
  ASSERT_EQ(setsockopt(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, &wish6, sizeof(wish6)), 0);

  Nobody router;
  const auto expect_answer = [&]<class Family>(InterfaceSlot slot, LocalClass local_class, uint16_t ether_type,
                                               const typename Family::Address& source,
                                               const typename Family::Address& joined) {
    using Record = membership::Record<Family>;
    dispatcher_.Register(slot, LocalClasses{local_class}.WholeMembershipMessages(), router);
    const uint64_t before = stats_.twin_received;
    packets_.arrived.push_back({local_class, slot, FrameOfReport<Family>(membership::RecordType::kToExclude, joined)});
    dispatcher_.Poll();
    EXPECT_EQ(stats_.twin_received, before) << "a report of another station";
    const membership::Query<Family> query{.group = {}, .max_response = std::chrono::milliseconds(100), .robustness = 2};
    const Bytes asked = membership::MakeFrameForHost<Family>(source, membership::Protocol<Family>::kAllHosts,
                                                             membership::WriteQuery(query));
    dispatcher_.HandOn({.local_class = local_class, .arrival = slot, .arrived = {}, .frame = asked}, router);
    EXPECT_EQ(stats_.twin_received, before + 1);
    Until(**twins, [&] {
      std::vector<typename Family::Address> sources;
      bool answered = false;
      for (const Bytes& frame : Left(ether_type)) {
        const auto datagram = membership::ReadDatagram<Family>(frame);
        if (!datagram || datagram->message[0] != membership::Protocol<Family>::kReportV3) continue;
        membership::ForEachRecord<Family>(datagram->message, sources, [&](const Record& record) {
          answered |= record.type == membership::RecordType::kIsExclude && record.group == joined;
        });
      }
      return answered;
    });
  };
  expect_answer.operator()<Ipv4>(kSlot, LocalClass::kIgmp, 0x0800, {}, group);
  expect_answer.operator()<Ipv6>(kIpv6Slot, LocalClass::kMld, 0x86DD, LinkLocalOf(kMac), group6);
  dispatcher_.Unregister(router);
  close(socket);
}

TEST_F(TwinTest, IsMadeAgainWhenItWasDeleted) {
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  Until(**twins, [&] { return !changes_.empty(); });
  Ip("link del dev lan");
  AskArp();
  Until(**twins, [&] { return Told(What::kDeleted) && Told(What::kUp); });
  EXPECT_EQ(stats_.twin_down, 1u);
  AskArp();
  Until(**twins, [&] { return !Left(0x0806).empty(); });
}

TEST_F(TwinTest, GetsBackWhatItLosesWhenItIsSetDown) {
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  Until(**twins, [&] { return !changes_.empty(); });
  Ip("link set dev lan down");
  Until(**twins, [&] { return Told(What::kDown); });
  AskArp();
  Until(**twins, [&] { return stats_.twin_down == 1; });
  Ip("link set dev lan up");
  Until(**twins, [&] { return Told(What::kUp); });
  EXPECT_THAT(Shown(), HasSubstr("inet6 fe80::ff:fe00:7/64"));
}

TEST_F(TwinTest, FollowsItsLink) {
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  constexpr Mac kOther{2, 0, 0, 0, 0, 8};
  (*twins)->LinkChanged("lan", false, 1300, kOther);
  EXPECT_THAT(Shown(), HasSubstr("NO-CARRIER"));
  EXPECT_THAT(Shown(), HasSubstr("mtu 1300"));
  EXPECT_THAT(Shown(), HasSubstr("link/ether 02:00:00:00:00:08"));
  (*twins)->LinkChanged("lan", true, 1400, kOther);
  EXPECT_THAT(Shown(), HasSubstr("LOWER_UP"));
  EXPECT_THAT(Shown(), HasSubstr("mtu 1400"));
  (*twins)->LinkChanged("another", false, 1000, kMac);
  EXPECT_THAT(Shown(), HasSubstr("LOWER_UP"));
}

TEST_F(TwinTest, DropsNothingOfTheHostsWhileWorkersTakeNothing) {
  // Invariant: what workers do not take stays in the host's own queue, and leaves in order.
  auto twins = Make();
  ASSERT_TRUE(twins.ok()) << twins.status();
  Until(**twins, [&] { return !changes_.empty(); });
  packets_.full = {kSlot};
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  ASSERT_GE(socket, 0);
  sockaddr_in group{
      .sin_family = AF_INET, .sin_port = htons(5000), .sin_addr = {inet_addr("224.0.0.9")}, .sin_zero = {}};
  const in_addr own{inet_addr("10.0.0.254")};
  ASSERT_EQ(setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof(own)), 0);
  constexpr uint16_t kDatagrams = 900;  // a netdev's queue has 1,000
  for (uint16_t number = 0; number < kDatagrams; ++number) {
    ASSERT_EQ(sendto(socket, &number, sizeof(number), 0, reinterpret_cast<sockaddr*>(&group), sizeof(group)), 2);
  }
  close(socket);
  for (int turn = 0; turn < 100; ++turn) (*twins)->Poll();
  EXPECT_LT(injector_.waiting(), Injector::kMostWaiting);
  packets_.full = {};
  std::vector<Bytes> left;
  Until(**twins, [&] {
    left = Left(0x0800);
    std::erase_if(left, [](const Bytes& frame) { return frame[23] != 17; });  // the host's own IGMP
    return left.size() == kDatagrams;
  });
  for (size_t number = 0; number < left.size(); ++number)
    EXPECT_EQ(left[number][42] | left[number][43] << 8, static_cast<int>(number));
  EXPECT_EQ(injector_.dropped(), 0u);
}

TEST_F(TwinTest, SaysWhoseNameItHas) {
  Ip("link add lan type veth peer name other");
  EXPECT_EQ(Make().status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(Make().status().message()), HasSubstr("the twin of interface lan: lan: a netdev has that"));
  Ip("link del lan");
  const auto first = Make();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Make().status().code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace mgmd::local
