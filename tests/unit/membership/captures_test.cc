// What real hosts, a bridge and another router said on their links (tests/captures), played to a router part: the
// state, questions and calls that follow from each message, as the standards' tables have them.

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "tests/support/pcap_file.h"
#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

Link<Ipv4> LinkAt(Ipv4Address address) {
  Link<Ipv4> link{.up = true, .address = address, .own = {address}};
  link.networks = {Ipv4Prefix(Ipv4Address(10, 92, 0, 0), 16)};
  return link;
}
Link<Ipv6> LinkAt(const Ipv6Address& address) { return {.up = true, .address = address, .own = {address}}; }

template <class Family>
class Played {
 public:
  // `own`: the router's address.
  Played(const char* name, const typename Family::Address& own)
      : frames_(support::ReadTimedPcap(std::string(MGMD_CAPTURES "/") + name + ".pcap")) {
    world_.SetLink(-400, LinkAt(own));
    world_.RunTo(0, false);
    world_.Forget();
  }

  // The frames up to that time, in seconds.
  RouterWorld<Family>& To(double seconds) {
    for (; next_ < frames_.size() && Seconds(frames_[next_]) <= seconds; ++next_) {
      const auto datagram = ReadDatagram<Family>(frames_[next_].octets);
      // Of ICMPv6 only MLD is punted to it.
      if (datagram && IsMld(datagram->message[0])) world_.SayDatagram(Seconds(frames_[next_]), *datagram);
    }
    return world_;
  }
  // All of them, and what is due until then.
  RouterWorld<Family>& End(double seconds) {
    To(1e9).RunTo(seconds);
    return world_;
  }

 private:
  static double Seconds(const support::CapturedFrame& frame) {
    return std::chrono::duration<double>(std::chrono::round<std::chrono::milliseconds>(frame.at)).count();
  }
  static bool IsMld(uint8_t type) {
    return std::is_same_v<Family, Ipv4> || (type >= 130 && type <= 132) || type == 143;
  }

  std::vector<support::CapturedFrame> frames_;
  size_t next_ = 0;
  RouterWorld<Family> world_;
};

const Ipv4Address kQuerier(10, 92, 1, 10);
const Ipv4Address kNoQuerier(10, 92, 2, 1);  // above 10.92.1.254, which asks

TEST(MembershipCaptures, HostOfIgmpV1LeavesInSilence) {
  Played<Ipv4> played("igmpv1-any-source", kQuerier);
  EXPECT_EQ(played.To(0).State(), "E270");
  EXPECT_EQ(played.To(0).router().Find(kGroup)->older.Oldest(RouterWorld<Ipv4>::At(0)), Version::kV1);
  auto& world = played.End(300);
  EXPECT_EQ(world.calls(), "+* @0; -* @270");
  EXPECT_EQ(world.sent(), "");
}

TEST(MembershipCaptures, HostOfIgmpV2IsAskedAboutWhenItLeaves) {
  Played<Ipv4> played("igmpv2-any-source", kQuerier);
  EXPECT_EQ(played.To(2.4).State(), "E270");
  EXPECT_EQ(played.To(2.5).State(), "E2");
  auto& world = played.End(10);
  EXPECT_EQ(world.sent(), "Q @2.49; Q @3.49");
  EXPECT_EQ(world.calls(), "+* @0; -* @4.49");
}

TEST(MembershipCaptures, HostOfIgmpV3JoinsAndLeaves) {
  Played<Ipv4> played("igmpv3-any-source", kQuerier);
  EXPECT_EQ(played.To(0.1).State(), "E270");
  EXPECT_EQ(played.To(2.5).State(), "E2");
  auto& world = played.End(10);
  EXPECT_EQ(world.sent(), "Q @2.5; Q @3.5");
  EXPECT_EQ(world.calls(), "+* @0; -* @4.5");
}

TEST(MembershipCaptures, HostAddsAndDropsSources) {
  Played<Ipv4> played("igmpv3-include", kQuerier);
  EXPECT_EQ(played.To(0).State("F"), "I{10.9.9.1:270}");
  EXPECT_EQ(played.To(2.2).State("F"), "I{10.9.9.1:268.56,10.9.9.2:270}");
  EXPECT_EQ(played.To(4.4).State("F"), "I{10.9.9.1:2,10.9.9.2:268.008}");
  EXPECT_EQ(played.To(6.6).State("F"), "I{10.9.9.2:2}");
  auto& world = played.End(20);
  EXPECT_EQ(world.sent(), "Q10.9.9.1 @4.4; Q10.9.9.1 @5.4; Q10.9.9.2 @6.6; Q10.9.9.2 @7.6");
  EXPECT_EQ(world.calls(),
            "+10.9.9.1(232.1.1.1) @0; +10.9.9.2(232.1.1.1) @2.2; -10.9.9.1(232.1.1.1) @6.4; "
            "-10.9.9.2(232.1.1.1) @8.6");
}

TEST(MembershipCaptures, HostBlocksAndUnblocksSources) {
  Played<Ipv4> played("igmpv3-exclude", kQuerier);
  EXPECT_EQ(played.To(0).State("239.1.1.2"), "E270");
  EXPECT_EQ(played.To(2.2).State("239.1.1.2"), "E268.404 X{10.9.9.1:2}");
  EXPECT_EQ(played.To(4.4).State("239.1.1.2"), "E266.204 X{10.9.9.1:270}");
  EXPECT_EQ(played.To(6.6).State("239.1.1.2"), "E264.004 X{10.9.9.1:268.132,10.9.9.3:2}");
  EXPECT_EQ(played.To(8.8).State("239.1.1.2"), "E2 X{10.9.9.1:2} Y{10.9.9.3}");
  auto& world = played.End(20);
  EXPECT_EQ(world.sent(),
            "Q10.9.9.1 @2.2; Q10.9.9.1 @3.2; Q10.9.9.3 @6.6; Q10.9.9.3 @7.6; "
            "Q @8.8; Q10.9.9.1 @8.8; Q @9.8; Q10.9.9.1 @9.8");
  EXPECT_EQ(world.calls(),
            "+*(239.1.1.2) @0; !10.9.9.1(239.1.1.2) @4.2; ^10.9.9.1(239.1.1.2) @4.4; !10.9.9.3(239.1.1.2) @8.6; "
            "-*(239.1.1.2) @10.8");
}

TEST(MembershipCaptures, TwoSocketsOfAHostAreOneMember) {
  Played<Ipv4> played("igmpv3-two-sockets", kQuerier);
  EXPECT_EQ(played.To(0).State("239.1.1.3"), "I{10.9.9.1:270}");
  EXPECT_EQ(played.To(2.2).State("239.1.1.3"), "E270");
  EXPECT_EQ(played.To(4.41).State("239.1.1.3"), "E2 X{10.9.9.1:270}");
  EXPECT_EQ(played.To(6.61).State("239.1.1.3"), "I{10.9.9.1:2}");
  auto& world = played.End(20);
  EXPECT_EQ(world.sent(), "Q @4.4; Q @5.4; Q10.9.9.1 @6.6; Q10.9.9.1 @7.6");
  EXPECT_EQ(world.calls(),
            "+10.9.9.1(239.1.1.3) @0; +*(239.1.1.3) @2.2; -10.9.9.1(239.1.1.3) @2.2; +10.9.9.1(239.1.1.3) @6.4; "
            "-*(239.1.1.3) @6.4; -10.9.9.1(239.1.1.3) @8.6");
}

TEST(MembershipCaptures, FullReportsCountWithAllTheirRecords) {
  Played<Ipv4> played("igmpv3-many-groups", kQuerier);
  EXPECT_EQ(played.To(0.1).router().groups(), 300u);  // 183 of one report, and 117
  auto& world = played.End(10);
  EXPECT_EQ(world.router().groups(), 0u);
  EXPECT_EQ(world.count(Counter::kJoins), 300u);
  EXPECT_EQ(world.count(Counter::kExpiredAfterCheck), 300u);
}

TEST(MembershipCaptures, AnotherRoutersQuestionsAreFollowed) {
  Played<Ipv4> played("igmp-frr-querier", kNoQuerier);
  EXPECT_EQ(played.To(0.96).count(Counter::kLocalGroup), 6u);
  EXPECT_TRUE(played.To(0.96).router().querier().is_querier());
  EXPECT_EQ(played.To(1).router().querier().address(), Ipv4Address(10, 92, 1, 254));
  EXPECT_EQ(played.To(5.52).State(), "E270");
  EXPECT_EQ(played.To(5.57).State("F"), "I{10.92.0.1:270}");
  // Its host has left, and it has asked.
  EXPECT_EQ(played.To(13.2).State(), "E2");
  EXPECT_EQ(played.To(13.2).State("F"), "I{10.92.0.1:2}");
  EXPECT_EQ(played.To(17.5).State("239.1.1.5"), "E270");
  EXPECT_EQ(played.To(19.426).State("239.1.1.5"), "E2");
  auto& world = played.End(30);
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.calls(),
            "+* @5.512; +10.92.0.1(232.1.1.1) @5.568; -10.92.0.1(232.1.1.1) @15.176; -* @15.176; "
            "+*(239.1.1.5) @17.436; -*(239.1.1.5) @21.425");
  EXPECT_EQ(world.count(Counter::kLocalGroup), 15u);
}

// It asks from 0.0.0.0: no router's question.
TEST(MembershipCaptures, BridgeWithoutAddressIsNoQuerier) {
  Played<Ipv4> played("bridge-querier", kNoQuerier);
  EXPECT_EQ(played.To(1.1).State(), "E270");
  EXPECT_EQ(played.To(6.9).State(), "E270");
  EXPECT_EQ(played.To(9.1).State(), "E2");  // by this router's own question
  auto& world = played.End(20);
  EXPECT_EQ(world.sent(), "Q @9.012; Q @10.012");
  EXPECT_EQ(world.calls(), "+* @1.012; -* @11.012");
  EXPECT_EQ(world.count(Counter::kQueryZeroSource), 8u);
  EXPECT_EQ(world.count(Counter::kLocalGroup), 4u);
  EXPECT_TRUE(world.router().querier().is_querier());
}

TEST(MembershipCaptures, BridgeIsQuerierOfMld) {
  Played<Ipv6> played("bridge-querier", Six("fe80::ffff:0:0:1"));
  EXPECT_EQ(played.To(1.5).State("ff1e::1:1"), "");
  EXPECT_EQ(played.To(1.5).count(Counter::kBadSource), 6u);  // before the host's address is tried
  EXPECT_EQ(played.To(1.75).State("ff1e::1:1"), "E270");
  EXPECT_EQ(played.To(2.04).State("ff1e::1:1"), "E26");  // it asks every three seconds
  EXPECT_EQ(played.To(9.0121).State("ff1e::1:1"), "E2");
  EXPECT_EQ(played.To(10.01).State("ff1e::1:1"), "E1.29");
  auto& world = played.End(12);
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.events(), "not querier @2.008; ended by check @11.012");
  EXPECT_EQ(world.calls(), "+*(ff1e::1:1) @1.749; -*(ff1e::1:1) @11.012");
  EXPECT_EQ(world.count(Counter::kLocalGroup), 12u);
}

TEST(MembershipCaptures, HostOfMldV1IsAskedAboutWhenItLeaves) {
  Played<Ipv6> played("mldv1-any-source", Six("fe80::10"));
  EXPECT_EQ(played.To(0).State("ff1e::1:1"), "E270");
  EXPECT_EQ(played.To(2.51).State("ff1e::1:1"), "E2");
  auto& world = played.End(10);
  EXPECT_EQ(world.sent(), "Q @2.5; Q @3.5");
  EXPECT_EQ(world.calls(), "+*(ff1e::1:1) @0; -*(ff1e::1:1) @4.5");
  EXPECT_EQ(world.count(Counter::kLocalGroup), 1u);
}

TEST(MembershipCaptures, HostOfMldV2JoinsAndLeaves) {
  Played<Ipv6> played("mldv2-any-source", Six("fe80::10"));
  EXPECT_EQ(played.To(0.7).State("ff1e::1:1"), "E270");
  EXPECT_EQ(played.To(0.7).count(Counter::kLocalGroup), 2u);
  EXPECT_EQ(played.To(2.5).State("ff1e::1:1"), "E2");
  auto& world = played.End(10);
  EXPECT_EQ(world.sent(), "Q @2.5; Q @3.5");
  EXPECT_EQ(world.calls(), "+*(ff1e::1:1) @0; -*(ff1e::1:1) @4.5");
}

TEST(MembershipCaptures, HostOfMldV2AddsAndDropsSources) {
  Played<Ipv6> played("mldv2-include", Six("fe80::10"));
  EXPECT_EQ(played.To(2.21).State("ff3e::8000:1"), "I{fd09::1:268.048,fd09::2:270}");
  auto& world = played.End(20);
  EXPECT_EQ(world.sent(), "Qfd09::1 @4.408; Qfd09::1 @5.408; Qfd09::2 @6.608; Qfd09::2 @7.608");
  EXPECT_EQ(world.calls(),
            "+fd09::1(ff3e::8000:1) @0; +fd09::2(ff3e::8000:1) @2.208; -fd09::1(ff3e::8000:1) @6.408; "
            "-fd09::2(ff3e::8000:1) @8.608");
}

TEST(MembershipCaptures, HostOfMldV2BlocksAndUnblocksASource) {
  Played<Ipv6> played("mldv2-exclude", Six("fe80::10"));
  EXPECT_EQ(played.To(2.2).State("ff1e::1:2"), "E268.792 X{fd09::1:2}");
  EXPECT_EQ(played.To(4.4).State("ff1e::1:2"), "E266.592 X{fd09::1:270}");
  EXPECT_EQ(played.To(6.6).State("ff1e::1:2"), "E2 X{fd09::1:2}");
  auto& world = played.End(20);
  EXPECT_EQ(world.sent(), "Qfd09::1 @2.2; Qfd09::1 @3.2; Q @6.6; Qfd09::1 @6.6; Q @7.6; Qfd09::1 @7.6");
  EXPECT_EQ(world.calls(), "+*(ff1e::1:2) @0; !fd09::1(ff1e::1:2) @4.2; ^fd09::1(ff1e::1:2) @4.4; -*(ff1e::1:2) @8.6");
}

// Addresses that are being tried, and those that are: nothing of a router's.
TEST(MembershipCaptures, LinkThatComesUpMakesNoGroup) {
  Played<Ipv6> played("mldv2-link-up", Six("fe80::10"));
  auto& world = played.End(10);
  EXPECT_EQ(world.router().groups(), 0u);
  EXPECT_EQ(world.count(Counter::kBadSource), 2u);
  EXPECT_EQ(world.count(Counter::kLocalGroup), 4u);
}

}  // namespace
}  // namespace mgmd::membership
