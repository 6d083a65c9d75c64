// Which messages count, and under what the others are counted: the first check that fails, in the order of validity.h.

#include "control/membership/validity.h"

#include <gtest/gtest.h>

#include "tests/support/packet_builder.h"
#include "tests/unit/membership/golden.h"

namespace mgmd::membership {
namespace {

const Ipv4Address kOwn(10, 0, 0, 10);
const Ipv4Address kHost(10, 0, 0, 101);

Link<Ipv4> FourLink() {
  return {.up = true, .address = kOwn, .own = {kOwn}, .networks = {Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 24)}};
}
Link<Ipv6> SixLink() { return {.up = true, .address = Six("fe80::10"), .own = {Six("fe80::10")}, .networks = {}}; }

// A message in a datagram that has nothing wrong with it.
struct IgmpMessage {
  std::vector<uint8_t> message;
  Datagram<Ipv4> datagram;

  IgmpMessage(std::vector<uint8_t> octets, Ipv4Address source, Ipv4Address destination) : message(std::move(octets)) {
    const auto packet = MakePacket<Ipv4>(source, destination, message);
    message.assign(packet.begin() + 24, packet.end());
    datagram = {.source = source, .destination = destination, .message = message};
  }
};
struct MldMessage {
  std::vector<uint8_t> message;
  Datagram<Ipv6> datagram;

  MldMessage(std::vector<uint8_t> octets, std::string_view source, std::string_view destination)
      : message(std::move(octets)) {
    const auto packet = MakePacket<Ipv6>(Six(source), Six(destination), message);
    message.assign(packet.begin() + 48, packet.end());
    datagram = {.source = Six(source), .destination = Six(destination), .message = message};
  }
};

// "" where it counts, else the counter's name; "foreign" where it counts and is counted as that.
template <class Family>
std::string Verdict(const Datagram<Family>& datagram, const Link<Family>& link,
                    const Acceptance<Family>& acceptance = {}, Part part = Part::kRouter) {
  const PacketCheck packet = CheckPacket(datagram, acceptance);
  if (packet.fault) return std::string(NameOf(*packet.fault));
  const AddressCheck addresses = CheckAddresses(datagram, packet.kind, link, acceptance, part);
  if (addresses.fault) return std::string(NameOf(*addresses.fault));
  if (const auto fault = CheckContents(datagram, packet.kind)) return std::string(NameOf(*fault));
  return addresses.foreign ? "foreign" : "";
}

std::vector<uint8_t> V2Report() { return WriteOldMessage<Ipv4>({MessageType::kReport, Version::kV2}, kGroup); }
std::vector<uint8_t> V3Report() { return FromHex("2200 0000 0000 0001 02000000 ef010101"); }
std::vector<uint8_t> Leave() { return WriteOldMessage<Ipv4>({MessageType::kLeave, Version::kV2}, kGroup); }
std::vector<uint8_t> General() { return WriteQuery(Query<Ipv4>{}); }
const Ipv4Address kAllHosts(224, 0, 0, 1), kAllRouters(224, 0, 0, 2), kAllReports(224, 0, 0, 22);

TEST(Validity, WhatIsWrongWithAPacketIsFoundFirst) {
  IgmpMessage report(V2Report(), kHost, kGroup);
  EXPECT_EQ(Verdict(report.datagram, FourLink()), "");
  report.datagram.hop_limit = 2;
  EXPECT_EQ(Verdict(report.datagram, FourLink()), "ttl");
  EXPECT_EQ(Verdict(report.datagram, FourLink(), {.any_ttl = true}), "");
  report.datagram.hop_limit = 1;
  report.datagram.router_alert = false;
  EXPECT_EQ(Verdict(report.datagram, FourLink()), "") << "old IGMP hosts have none";
  EXPECT_EQ(Verdict(report.datagram, FourLink(), {.require_router_alert = true}), "router_alert");
  report.message[2] ^= 1;
  EXPECT_EQ(Verdict(report.datagram, FourLink()), "checksum");
  EXPECT_EQ(Verdict(IgmpMessage(FromHex("1700 0000 ef0101 "), kHost, kGroup).datagram, FourLink()), "short");
  EXPECT_EQ(Verdict(IgmpMessage(FromHex("1164 0000 00000000 0000"), kHost, kAllHosts).datagram, FourLink()),
            "bad_length");
  EXPECT_EQ(Verdict(IgmpMessage(FromHex("1300 0000 00000000"), kHost, kAllHosts).datagram, FourLink()), "unknown_type");
  EXPECT_EQ(
      Verdict(IgmpMessage(FromHex("2200 0000 0000 0005 02000000 ef010101"), kHost, kAllReports).datagram, FourLink()),
      "truncated");
}

TEST(Validity, TheChecksumIsOfAllOctetsOfThePayload) {
  IgmpMessage report(V2Report() + FromHex("01020304"), kHost, kGroup);
  EXPECT_EQ(Verdict(report.datagram, FourLink()), "") << "summed with the octets behind";
  IgmpMessage without(V2Report(), kHost, kGroup);
  without.message = without.message + FromHex("01020304");
  without.datagram.message = without.message;
  EXPECT_EQ(Verdict(without.datagram, FourLink()), "checksum") << "summed without them";
}

struct FourRow {
  const char* what;
  std::vector<uint8_t> message;
  Ipv4Address source, destination;
  std::string verdict;
  std::string of_host;  // what a host part says
};

TEST(Validity, IgmpSourcesAndDestinations) {
  const FourRow rows[] = {
      {"own query", General(), kOwn, kAllHosts, "own", ""},
      {"a host without address", V2Report(), Ipv4Address(), kGroup, "", ""},
      {"from a group", V2Report(), Ipv4Address(224, 0, 0, 5), kGroup, "bad_source", "bad_source"},
      {"from 127/8", V2Report(), Ipv4Address(127, 0, 0, 1), kGroup, "bad_source", "bad_source"},
      {"from class E", V2Report(), Ipv4Address(240, 0, 0, 1), kGroup, "bad_source", "bad_source"},
      {"from broadcast", V2Report(), Ipv4Address(255, 255, 255, 255), kGroup, "bad_source", "bad_source"},
      {"query from nobody", General(), Ipv4Address(), kAllHosts, "query_zero_source", ""},
      {"query from elsewhere", General(), Ipv4Address(10, 1, 0, 1), kAllHosts, "query_foreign", ""},
      {"report from elsewhere", V2Report(), Ipv4Address(10, 1, 0, 1), kGroup, "foreign", "foreign"},
      {"v3 report to its group", V3Report(), kHost, kGroup, "bad_destination", "bad_destination"},
      {"v3 report", V3Report(), kHost, kAllReports, "", ""},
      {"v3 report to the router", V3Report(), kHost, kOwn, "", ""},
      {"v2 report to all routers", V2Report(), kHost, kAllRouters, "", ""},
      {"v2 report to another group", V2Report(), kHost, Ipv4Address(239, 1, 1, 2), "bad_destination",
       "bad_destination"},
      {"leave", Leave(), kHost, kAllRouters, "", ""},
      {"leave to its group", Leave(), kHost, kGroup, "", ""},
      {"leave to all hosts", Leave(), kHost, kAllHosts, "bad_destination", "bad_destination"},
      {"general query to a group", General(), kHost, kGroup, "bad_destination", "bad_destination"},
      {"general query to the router", General(), kHost, kOwn, "", ""},
      {"query about a group", WriteQuery(Query<Ipv4>{.group = kGroup}), kHost, kGroup, "", ""},
      {"query about another", WriteQuery(Query<Ipv4>{.group = kGroup}), kHost, Ipv4Address(239, 1, 1, 2),
       "bad_destination", "bad_destination"},
  };
  for (const FourRow& row : rows) {
    const IgmpMessage four(row.message, row.source, row.destination);
    EXPECT_EQ(Verdict(four.datagram, FourLink()), row.verdict) << row.what;
    EXPECT_EQ(Verdict(four.datagram, FourLink(), {}, Part::kHost), row.of_host) << row.what;
  }
  const IgmpMessage foreign(V2Report(), Ipv4Address(10, 1, 0, 1), kGroup);
  EXPECT_EQ(Verdict(foreign.datagram, FourLink(), {.require_local_source = true}), "foreign");
  const IgmpMessage query(General(), Ipv4Address(10, 1, 0, 1), kAllHosts);
  EXPECT_EQ(Verdict(query.datagram, {.up = true}), "") << "no address: nothing to tell foreign ones by";
}

TEST(Validity, MldIsFromTheLinkBehindARouterAlert) {
  const auto report = WriteReport<Ipv6>(std::array{Record<Ipv6>{RecordType::kToExclude, Six("ff0e::1"), {}}});
  EXPECT_EQ(Verdict(MldMessage(report, "fe80::101", "ff02::16").datagram, SixLink()), "");
  EXPECT_EQ(Verdict(MldMessage(report, "::", "ff02::16").datagram, SixLink()), "bad_source");
  EXPECT_EQ(Verdict(MldMessage(report, "2001:db8::1", "ff02::16").datagram, SixLink()), "bad_source");
  EXPECT_EQ(Verdict(MldMessage(report, "fe80::10", "ff02::16").datagram, SixLink()), "own");
  EXPECT_EQ(Verdict(MldMessage(report, "fe80::101", "ff0e::1").datagram, SixLink()), "bad_destination");
  MldMessage without(report, "fe80::101", "ff02::16");
  without.datagram.router_alert = false;
  EXPECT_EQ(Verdict(without.datagram, SixLink()), "router_alert");
  without.datagram.router_alert = true;
  without.datagram.hop_limit = 64;
  EXPECT_EQ(Verdict(without.datagram, SixLink()), "ttl");
  without.datagram.hop_limit = 1;
  without.datagram.source = Six("fe80::102");
  EXPECT_EQ(Verdict(without.datagram, SixLink()), "checksum") << "addresses are in the sum";
}

TEST(Datagram, IsReadFromAFrame) {
  const auto packet = MakePacket<Ipv4>(kHost, kGroup, V2Report());
  std::vector<uint8_t> frame = FromHex("01005e010101 02000000aa01 0800") + packet + FromHex("0000000000000000000000");
  const auto four = ReadDatagram<Ipv4>(frame);
  ASSERT_TRUE(four);
  EXPECT_EQ(four->source, kHost);
  EXPECT_EQ(four->destination, kGroup);
  EXPECT_TRUE(four->router_alert);
  EXPECT_EQ(four->hop_limit, 1);
  EXPECT_EQ(four->sender[5], 1);
  EXPECT_EQ(four->message.size(), 8u) << "without what fills up a short frame";
  EXPECT_FALSE(ReadDatagram<Ipv6>(frame));
  frame[14 + 10] ^= 1;
  EXPECT_FALSE(ReadDatagram<Ipv4>(frame)) << "the header's checksum is wrong";

  const auto mld = MakePacket<Ipv6>(Six("fe80::1"), Six("ff02::1"), WriteQuery(Query<Ipv6>{}));
  std::vector<uint8_t> frame6 = FromHex("333300000001 02000000aa02 86dd") + mld;
  const auto six = ReadDatagram<Ipv6>(frame6);
  ASSERT_TRUE(six);
  EXPECT_TRUE(six->router_alert);
  EXPECT_EQ(six->message.size(), 28u);
  frame6[14 + 40 + 5] = 1;  // RSVP's alert
  EXPECT_FALSE(ReadDatagram<Ipv6>(frame6)->router_alert);
  EXPECT_FALSE(ReadDatagram<Ipv6>(testing::PacketBuilder::Ipv6().FragmentHeader(0, true).Protocol(58).Build()));
  EXPECT_TRUE(ReadDatagram<Ipv6>(testing::PacketBuilder::Ipv6().Protocol(58).Build()));
  EXPECT_FALSE(ReadDatagram<Ipv4>(testing::PacketBuilder().Protocol(2).Fragment(0, true).Build()));
  EXPECT_FALSE(ReadDatagram<Ipv4>(testing::PacketBuilder().Protocol(2).Build())->router_alert);
}

}  // namespace
}  // namespace mgmd::membership
