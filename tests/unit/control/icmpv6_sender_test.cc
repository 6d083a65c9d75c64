// Who is told, from which address and how often; on a fake dataplane.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "control/local/icmpv6/error_sender.h"
#include "tests/fakes/fake_local_packets.h"
#include "tests/support/icmpv6_frame.h"

namespace mgmd::icmpv6 {
namespace {

using std::chrono::milliseconds;
using testing::Bytes;
using testing::Frames;
using testing::PacketBuilder;

constexpr InterfaceSlot kFirst{1};
constexpr InterfaceSlot kSecond{3};
constexpr InterfaceSlot kThird{5};

OwnAddress<Ipv6> Own(InterfaceSlot interface, std::string_view address) {
  return {interface, Ipv6Address::Parse(address).value(), 64};
}

using Addresses = std::vector<OwnAddress<Ipv6>>;

class Icmpv6Sender : public ::testing::Test {
 protected:
  explicit Icmpv6Sender(const Addresses& addresses = {Own(kFirst, "2001:db8:1::fe"), Own(kSecond, "2001:db8:2::fe")},
                        uint32_t per_second = kIcmpv6ErrorsPerSecond)
      : sender_(packets_, injector_, OwnAddresses(addresses), stats_, per_second, [this] { return now_; }) {}

  void Ask(InterfaceSlot arrival, const PacketBuilder& packet = PacketBuilder::Ipv6()) {
    quoted_.push_back(packet.BuildIp());
    packets_.errors.push_back({.kind = Icmpv6ErrorKind::kPacketTooBig,
                               .value = 1400,
                               .arrival = arrival,
                               .own_mac = {2, 0, 0, 0, 0, 0xAA},
                               .sender_mac = {2, 0, 0, 0, 0, 0x99},
                               .packet = quoted_.back()});
  }
  // How many of so many leave.
  size_t Send(InterfaceSlot arrival, int count) {
    for (int n = 0; n < count; ++n) Ask(arrival);
    const size_t before = packets_.sent.size();
    EXPECT_TRUE(sender_.Poll());
    return packets_.sent.size() - before;
  }
  std::map<std::string_view, uint64_t> counts() const {
    std::map<std::string_view, uint64_t> counts;
    for (const auto& [name, count] : views::ReadControl(stats_)) {
      if (count != 0) counts[name] = count;
    }
    return counts;
  }

  std::deque<Bytes> quoted_;
  fakes::FakeLocalPackets packets_;
  local::Injector injector_{packets_};
  views::ControlStats stats_;
  ErrorSender::Clock::time_point now_{std::chrono::hours(1)};
  ErrorSender sender_;
};

using Counts = std::map<std::string_view, uint64_t>;

TEST_F(Icmpv6Sender, SendsOutOfTheArrivalInterface) {
  // Invariant: each message leaves as a whole frame, by the interface that the packet came in on.
  EXPECT_FALSE(sender_.Poll());
  const PacketBuilder packet = PacketBuilder::Ipv6().From("2001:db8:7::7").Ttl(3);
  Ask(kSecond, packet);
  EXPECT_TRUE(sender_.Poll());
  ASSERT_EQ(packets_.sent.size(), 1u);
  EXPECT_EQ(packets_.sent[0].out, kSecond);
  EXPECT_EQ(packets_.sent[0].form, InjectForm::kFrame);
  EXPECT_EQ(packets_.sent[0].octets,
            testing::Icmpv6Frame(testing::kPacketTooBig, 1400, "2001:db8:2::fe", {2, 0, 0, 0, 0, 0xAA}, packet.Build())
                .Build());
  EXPECT_EQ(counts(), (Counts{{"icmpv6_errors_sent", 1}}));
  EXPECT_FALSE(sender_.Poll());
}

TEST_F(Icmpv6Sender, HasARateForEachInterface) {
  // Invariant: ten at once, then ten a second; ten at once again after a second without any, and never more.
  EXPECT_EQ(Send(kFirst, 25), 10u);
  EXPECT_EQ(Send(kSecond, 3), 3u) << "its own";
  now_ += milliseconds(99);
  EXPECT_EQ(Send(kFirst, 1), 0u);
  now_ += milliseconds(1);
  EXPECT_EQ(Send(kFirst, 5), 1u);
  now_ += milliseconds(350);
  EXPECT_EQ(Send(kFirst, 5), 3u);
  now_ += std::chrono::hours(1);
  EXPECT_EQ(Send(kFirst, 25), 10u);
  EXPECT_EQ(counts(), (Counts{{"icmpv6_errors_sent", 27}, {"icmpv6_errors_suppressed", 15 + 1 + 4 + 2 + 15}}));
}

TEST_F(Icmpv6Sender, LosesNoRateToWhatItDoesNotSend) {
  // Invariant: errors about errors, and those that cannot be sent, are counted as suppressed and leave the others their
  // room.
  for (int n = 0; n < 50; ++n) {
    Ask(kFirst, PacketBuilder::Ipv6().Protocol(58).Payload(Bytes{1, 0, 0, 0}));
    Ask(kFirst, PacketBuilder::Ipv6().From("2001:db8:1::"));
  }
  sender_.Poll();
  packets_.impossible = {kFirst};
  EXPECT_EQ(Send(kFirst, 20), 0u);
  EXPECT_EQ(counts(), (Counts{{"icmpv6_errors_suppressed", 120}}));
  packets_.impossible = {};
  EXPECT_EQ(Send(kFirst, 20), 10u);
}

TEST_F(Icmpv6Sender, WaitsInOrderBehindWhatTheRouterSays) {
  // Invariant: an interface that takes nothing now gets the messages later, after what was said before them.
  packets_.full = {kFirst};
  injector_.Send(kFirst, InjectForm::kPacket, Bytes{7});
  EXPECT_EQ(Send(kFirst, 2), 0u);
  packets_.full = {};
  EXPECT_TRUE(injector_.Poll());
  ASSERT_EQ(packets_.sent.size(), 3u);
  EXPECT_EQ(packets_.sent[0].octets, Bytes{7});
  EXPECT_EQ(packets_.sent[1].form, InjectForm::kFrame);
  EXPECT_EQ(counts(), (Counts{{"icmpv6_errors_sent", 2}}));
}

class Icmpv6SenderWithoutAddresses : public Icmpv6Sender {
 protected:
  Icmpv6SenderWithoutAddresses() : Icmpv6Sender(Addresses{Own(kSecond, "fe80::2")}) {}
};

TEST_F(Icmpv6SenderWithoutAddresses, SaysSo) {
  // Invariant: no message has another interface's link-local address, or none.
  EXPECT_EQ(Send(kFirst, 2), 0u);
  EXPECT_EQ(Send(kSecond, 2), 2u);
  EXPECT_EQ(counts(), (Counts{{"icmpv6_errors_sent", 2}, {"icmpv6_errors_no_source", 2}}));
}

TEST(Icmpv6OwnAddresses, ChoosesTheSource) {
  // Invariant: the arrival interface's first global address, else the first one of another, else its link-local one.
  const auto source = [](const Addresses& addresses, InterfaceSlot arrival) {
    const auto found = OwnAddresses(addresses).SourceFor(arrival);
    return found ? found->ToString() : "none";
  };
  const Addresses all = {Own(kFirst, "fe80::1"),      Own(kSecond, "fe80::2"),      Own(kSecond, "fd00::2"),
                         Own(kSecond, "2001:db8::2"), Own(kFirst, "2001:db8:1::1"), Own(kFirst, "2001:db8:1::2")};
  EXPECT_EQ(source(all, kFirst), "2001:db8:1::1");
  EXPECT_EQ(source(all, kSecond), "fd00::2");
  EXPECT_EQ(source(all, kThird), "fd00::2");
  const Addresses other = {Own(kFirst, "fe80::1"), Own(kSecond, "2001:db8::2"), Own(kThird, "2001:db8::3")};
  EXPECT_EQ(source(other, kFirst), "2001:db8::2");
  const Addresses link_local = {Own(kFirst, "fe80::1"), Own(kFirst, "fe80::9"), Own(kSecond, "febf::2")};
  EXPECT_EQ(source(link_local, kFirst), "fe80::1");
  EXPECT_EQ(source(link_local, kSecond), "febf::2");
  EXPECT_EQ(source(link_local, kThird), "none");
  EXPECT_EQ(source({}, kFirst), "none");
}

}  // namespace
}  // namespace mgmd::icmpv6
