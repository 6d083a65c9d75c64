// What other routers' parsers are known to have stumbled over, each kind in both families. Whole frames where IP is
// what it is about, else messages.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/families.h"
#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

template <class Family>
class ParserBugs : public ::testing::Test {
 protected:
  using World = RouterWorld<Family>;
  using Address = typename Family::Address;

  // A report whose records' octets are these.
  static std::vector<uint8_t> Report(uint16_t records, const std::vector<uint8_t>& octets) {
    std::vector<uint8_t> message{Protocol<Family>::kReportV3,         0, 0, 0, 0, 0, static_cast<uint8_t>(records >> 8),
                                 static_cast<uint8_t>(records & 0xFF)};
    return message + octets;
  }
  static std::vector<uint8_t> RecordOf(std::string_view text) {
    const auto report = World::ReportOf(text);
    return {report.begin() + kReportHeader, report.end()};
  }
  void Say(const std::vector<uint8_t>& message, double at = 0) {
    world_.Say(at, message, World::Router(101), Protocol<Family>::kAllReports);
  }
  void ExpectNothing(Counter counter) {
    EXPECT_EQ(world_.count(counter), 1u);
    EXPECT_EQ(world_.router().groups(), 0u);
    EXPECT_EQ(world_.calls(), "");
  }

  World world_;
};
TYPED_TEST_SUITE(ParserBugs, BothFamilies);

TYPED_TEST(ParserBugs, MoreRecordsThanThePacketHolds) {
  this->Say(this->Report(2, this->RecordOf("IS_EX()")));
  this->ExpectNothing(Counter::kTruncated);
}

TYPED_TEST(ParserBugs, MoreSourcesThanThePacketHolds) {
  for (const uint16_t sources : {uint16_t{3}, uint16_t{0x4000}, uint16_t{0xFFFF}}) {
    auto record = this->RecordOf("ALLOW(a,b)");
    record[2] = static_cast<uint8_t>(sources >> 8);
    record[3] = static_cast<uint8_t>(sources);
    this->Say(this->Report(2, this->RecordOf("IS_EX() G2") + record));
  }
  EXPECT_EQ(this->world_.count(Counter::kTruncated), 3u);
  EXPECT_EQ(this->world_.router().groups(), 0u);  // not of the first record either
}

TYPED_TEST(ParserBugs, AuxiliaryDataIsSkippedAndHasToBeThere) {
  auto record = this->RecordOf("ALLOW(a)");
  record[1] = 2;
  const std::vector<uint8_t> data(8, 0xEE);
  this->Say(this->Report(2, record + data + this->RecordOf("IS_EX() G2")));
  EXPECT_EQ(this->world_.State(), "I{a:270}");
  EXPECT_EQ(this->world_.State("G2"), "E270");
  record[1] = 255;
  this->Say(this->Report(1, record + data));
  EXPECT_EQ(this->world_.count(Counter::kTruncated), 1u);
}

// 31,744 s between queries would hold what is gone for as long; the longest response is as long as the code says.
TYPED_TEST(ParserBugs, FloatingCodesOfAllOnes) {
  auto query = WriteQuery(Query<TypeParam>{.robustness = 2, .interval = std::chrono::seconds(125)});
  query[Protocol<TypeParam>::kOldMessage + 1] = 0xFF;
  if constexpr (TypeParam::kAddressBits == 32) {
    query[1] = 0xFF;
  } else {
    query[4] = query[5] = 0xFF;
  }
  const auto read = ReadQuery<TypeParam>(query);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->interval, std::chrono::seconds(31744));
  const bool four = TypeParam::kAddressBits == 32;
  EXPECT_EQ(read->max_response, std::chrono::milliseconds(four ? 3'174'400 : 8'387'584));
  this->world_.Say(0, query, this->world_.Router(1), Protocol<TypeParam>::kAllHosts);
  EXPECT_EQ(this->world_.router().querier().timing().query_interval, std::chrono::seconds(18000));
}

// A query is never longer than the link's MTU: it is said in parts.
TYPED_TEST(ParserBugs, QueriesOverTheMtu) {
  std::vector<typename TypeParam::Address> sources;
  for (int i = 0; i < 500; ++i) {
    if constexpr (TypeParam::kAddressBits == 32) {
      sources.push_back(Ipv4Address(10, 9, static_cast<uint8_t>(1 + i / 250), static_cast<uint8_t>(1 + i % 250)));
    } else {
      sources.push_back(Six("2001:db8:9:1::" + std::to_string(i + 1)));
    }
  }
  std::sort(sources.begin(), sources.end());
  for (const RecordType type : {RecordType::kAllow, RecordType::kBlock}) {
    const Record<TypeParam> record{type, this->world_.Group("G"), sources};
    this->Say(WriteReport<TypeParam>({&record, 1}));
  }
  this->world_.RunTo(1.5);
  const bool four = TypeParam::kAddressBits == 32;
  const std::vector<size_t> once = four ? std::vector<size_t>{366, 134} : std::vector<size_t>{89, 89, 89, 89, 89, 55};
  std::vector<size_t> twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(this->world_.sources_asked(), twice);
  this->world_.RunTo(3);
  EXPECT_EQ(this->world_.router().groups(), 0u);
}

TYPED_TEST(ParserBugs, TheSameRecordTwice) {
  this->Say(this->Report(2, this->RecordOf("ALLOW(a)") + this->RecordOf("ALLOW(a)")));
  EXPECT_EQ(this->world_.State(), "I{a:270}");
  EXPECT_EQ(this->world_.calls(), "+a @0");
  this->Say(this->Report(2, this->RecordOf("BLOCK(a)") + this->RecordOf("BLOCK(a)")), 1);
  this->world_.RunTo(10);
  EXPECT_EQ(this->world_.sent(), "Qa @1; Qa @2");
  EXPECT_EQ(this->world_.calls(), "+a @0; -a @3");
}

TYPED_TEST(ParserBugs, TheSameSourceTwice) {
  const auto source = this->RecordOf("ALLOW(a)");
  auto record = this->RecordOf("ALLOW(b,c)");
  std::copy(source.begin() + kRecordHeader<TypeParam>, source.end(), record.begin() + kRecordHeader<TypeParam>);
  std::copy(source.begin() + kRecordHeader<TypeParam>, source.end(),
            record.begin() + kRecordHeader<TypeParam> + Protocol<TypeParam>::kAddress);
  this->Say(this->Report(1, record));
  EXPECT_EQ(this->world_.State(), "I{a:270}");
  EXPECT_EQ(this->world_.calls(), "+a @0");
}

// RFC 9279: a bit of the flags, and type, length and value behind the last record.
TYPED_TEST(ParserBugs, ExtensionsBehindTheLastRecord) {
  auto report = this->Report(1, this->RecordOf("IS_EX()")) + std::vector<uint8_t>{0, 1, 0, 4, 1, 2, 3, 4};
  report[4] = 0x80;
  this->Say(report);
  EXPECT_EQ(this->world_.State(), "E270");
}

// Two VLANs of a port are two links.
TYPED_TEST(ParserBugs, MembersOfAGroupOnTwoVlans) {
  RouterWorld<TypeParam> other;
  this->Say(this->Report(1, this->RecordOf("IS_EX()")));
  other.Hear(0, "IS_EX()");
  this->world_.Hear(1, "TO_IN()");
  this->world_.RunTo(10);
  other.RunTo(10);
  EXPECT_EQ(this->world_.calls(), "+* @0; -* @3");
  EXPECT_EQ(other.calls(), "+* @0");
  EXPECT_EQ(other.sent(), "");
}

std::vector<uint8_t> FrameOf(const std::vector<uint8_t>& packet, uint16_t type) {
  std::vector<uint8_t> frame(12, 2);
  frame.push_back(static_cast<uint8_t>(type >> 8));
  frame.push_back(static_cast<uint8_t>(type));
  return frame + packet;
}

TEST(ParserBugsOfIp, Ipv4TotalLengthShorterThanTheHeader) {
  const auto report = RouterWorld<Ipv4>::ReportOf("IS_EX()");
  const auto whole = MakePacket<Ipv4>(Ipv4Address(10, 0, 0, 101), Protocol<Ipv4>::kAllReports, report);
  EXPECT_TRUE(ReadDatagram<Ipv4>(FrameOf(whole, 0x0800)));
  for (const uint16_t length : {0, 8, 20, 23}) {
    auto packet = whole;
    const int more = length - (packet[2] << 8 | packet[3]);
    packet[2] = static_cast<uint8_t>(length >> 8);
    packet[3] = static_cast<uint8_t>(length);
    // The header's checksum is right all the same.
    const int sum = ((packet[10] << 8 | packet[11]) - more) % 0xFFFF;
    packet[10] = static_cast<uint8_t>(sum >> 8);
    packet[11] = static_cast<uint8_t>(sum);
    EXPECT_FALSE(ReadDatagram<Ipv4>(FrameOf(packet, 0x0800))) << length;
  }
}

TEST(ParserBugsOfIp, Ipv6PayloadShorterThanItsOptions) {
  const auto report = RouterWorld<Ipv6>::ReportOf("IS_EX()");
  const auto whole = MakePacket<Ipv6>(Six("fe80::101"), Protocol<Ipv6>::kAllReports, report);
  EXPECT_TRUE(ReadDatagram<Ipv6>(FrameOf(whole, 0x86DD)));
  for (const uint8_t length : {0, 1, 7}) {
    auto packet = whole;
    packet[4] = 0;
    packet[5] = length;
    EXPECT_FALSE(ReadDatagram<Ipv6>(FrameOf(packet, 0x86DD))) << int{length};
  }
}

}  // namespace
}  // namespace mgmd::membership
