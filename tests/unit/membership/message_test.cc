// The octets of each message, as RFC 9776 section 4 and RFC 9777 section 5 draw them: what is written is what is
// written here by hand, checksums included, and what is read is what was written.

#include "control/membership/message.h"

#include <gtest/gtest.h>

#include "control/membership/datagram.h"
#include "control/membership/response_code.h"
#include "tests/unit/membership/golden.h"

namespace mgmd::membership {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Ipv4Address kSource1(10, 9, 0, 1);
const Ipv4Address kSource2(10, 9, 0, 2);

// What is sent, from its IP payload on.
std::string Sent(const std::vector<uint8_t>& message) {
  const auto packet = MakePacket<Ipv4>(Ipv4Address(10, 0, 0, 10), kGroup, message);
  return ToHex(std::span<const uint8_t>(packet).subspan(24));
}
std::string Sent6(std::string_view source, std::string_view destination, const std::vector<uint8_t>& message) {
  const auto packet = MakePacket<Ipv6>(Six(source), Six(destination), message);
  return ToHex(std::span<const uint8_t>(packet).subspan(48));
}

TEST(ResponseCode, IsLinearBelowTheUpperHalfAndFloatingAboveIt) {
  EXPECT_EQ(Code8::Encode(127), 127u);
  EXPECT_EQ(Code8::Encode(128), 128u);
  EXPECT_EQ(Code8::Encode(136), 129u);
  EXPECT_EQ(Code8::Decode(Code8::Encode(1000)), 992u);
  EXPECT_EQ(Code8::Encode(1000), 175u);
  EXPECT_EQ(Code8::Encode(18000), 241u);
  EXPECT_EQ(Code8::Decode(241), 17408u);
  EXPECT_EQ(Code8::Decode(143), 248u);
  EXPECT_EQ(Code8::Decode(255), 31744u);
  EXPECT_EQ(Code8::Encode(4000000000), 255u);
  EXPECT_EQ(Code16::Encode(40000), 0x8388u);
  EXPECT_EQ(Code16::Encode(32775), 0x8000u);
  EXPECT_EQ(Code16::Decode(0xFFFF), 8387584u);
}

TEST(ResponseCode, EveryCodeIsThatOfItsNumberAndNumbersBetweenGoToTheLowerOne) {
  for (uint32_t code = 0; code < 256; ++code) EXPECT_EQ(Code8::Encode(Code8::Decode(code)), code);
  for (uint32_t code = 0; code < 65536; ++code) ASSERT_EQ(Code16::Encode(Code16::Decode(code)), code);
  for (uint32_t number = 1; number < 31744; ++number) {
    const uint32_t said = Code8::Decode(Code8::Encode(number));
    ASSERT_LE(said, number);
    ASSERT_GT(said + (said >> 4) + 1, number);
  }
}

TEST(Message, QueriesAreWrittenAsTheirVersionHasThem) {
  const Query<Ipv4> general{.robustness = 2, .interval = seconds(125)};
  EXPECT_EQ(Sent(WriteQuery(general)), "1164ec1e00000000027d0000");
  const Query<Ipv4> of_group{.version = Version::kV2, .group = kGroup, .max_response = milliseconds(1000)};
  EXPECT_EQ(Sent(WriteQuery(of_group)), "110afef2ef010101");
  const Query<Ipv4> of_sources{.group = kGroup,
                               .max_response = milliseconds(1000),
                               .robustness = 2,
                               .interval = seconds(125),
                               .sources = {kSource1, kSource2}};
  EXPECT_EQ(Sent(WriteQuery(of_sources)), "110ae85eef010101027d00020a0900010a090002");
  EXPECT_EQ(Sent(WriteQuery(Query<Ipv4>{.version = Version::kV1})), "1100eeff00000000");
  // QRV has no number above 7.
  EXPECT_EQ(WriteQuery(Query<Ipv4>{.suppress = true, .robustness = 8}).at(8), 0x08);
  // What a linear field cannot say is its largest.
  EXPECT_EQ(WriteQuery(Query<Ipv4>{.version = Version::kV2, .max_response = seconds(60)}).at(1), 0xFF);

  const Query<Ipv6> mld{.robustness = 2, .interval = seconds(125)};
  EXPECT_EQ(Sent6("fe80::10", "ff02::1", WriteQuery(mld)), "820056872710000000000000000000000000000000000000027d0000");
  EXPECT_EQ(WriteQuery(Query<Ipv6>{.version = Version::kV2}).size(), 24u);
}

TEST(Message, ReportsAndLeavesAreWrittenAsTheirVersionHasThem) {
  EXPECT_EQ(Sent(WriteOldMessage<Ipv4>({MessageType::kLeave, Version::kV2}, kGroup)), "1700f8fcef010101");
  EXPECT_EQ(WriteOldMessage<Ipv4>({MessageType::kReport, Version::kV1}, kGroup).at(0), 0x12);
  EXPECT_EQ(WriteOldMessage<Ipv4>({MessageType::kReport, Version::kV2}, kGroup).at(0), 0x16);
  const Record<Ipv4> records[] = {
      {RecordType::kIsExclude, kGroup, {}},
      {RecordType::kAllow, Ipv4Address(232, 1, 1, 1), {&kSource1, 1}},
  };
  EXPECT_EQ(Sent(WriteReport<Ipv4>(records)), "2200f3ec0000000202000000ef01010105000001e80101010a090001");

  EXPECT_EQ(Sent6("fe80::101", "ff0e::1", WriteOldMessage<Ipv6>({MessageType::kReport, Version::kV2}, Six("ff0e::1"))),
            "83007f0b00000000ff0e0000000000000000000000000001");
  EXPECT_EQ(WriteOldMessage<Ipv6>({MessageType::kLeave, Version::kV2}, Six("ff0e::1")).at(0), 132);
  const Record<Ipv6> to_exclude[] = {{RecordType::kToExclude, Six("ff0e::1"), {}}};
  EXPECT_EQ(Sent6("fe80::101", "ff02::16", WriteReport<Ipv6>(to_exclude)),
            "8f006efd0000000104000000ff0e0000000000000000000000000001");
}

TEST(Message, APacketHasTheRouterAlertAndLivesForOneLink) {
  EXPECT_EQ(ToHex(MakePacket<Ipv4>(Ipv4Address(10, 0, 0, 10), Ipv4Address(224, 0, 0, 1),
                                   WriteQuery(Query<Ipv4>{.robustness = 2, .interval = seconds(125)}))),
            "46c00024000040000102fa080a00000ae0000001940400001164ec1e00000000027d0000");
  const auto six = MakePacket<Ipv6>(Six("fe80::10"), Six("ff02::1"), WriteQuery(Query<Ipv6>{}));
  EXPECT_EQ(ToHex(std::span<const uint8_t>(six).first(48)),
            "6c00000000240001fe800000000000000000000000000010ff0200000000000000000000000000013a00050200000100");
}

// What it says there was zero when it was sent, and nobody looks (RFC 1112 appendix I).
TEST(Message, AQueryOfVersion1IsGeneralWhateverItsGroupIs) {
  const auto v1 = FromHex("1100 0000 ef010101"), v2 = FromHex("110a 0000 ef010101");
  EXPECT_TRUE(GroupOf<Ipv4>(v1).is_zero());
  EXPECT_TRUE(ReadQuery<Ipv4>(v1)->is_general());
  EXPECT_EQ(ReadQuery<Ipv4>(v2)->group, kGroup);
  EXPECT_EQ(ReadQuery<Ipv4>(FromHex("1100 0000 ef010101 02000000"))->group, kGroup) << "of version 3";
}

struct KindRow {
  const char* what;
  std::string message;
  KindOrNot kind;
};

TEST(Message, KindsAreToldByTypeAndLength) {
  const KindRow rows[] = {
      {"v1 query", "1100 0000 00000000", {{{MessageType::kQuery, Version::kV1}}}},
      {"v2 query", "1164 0000 00000000", {{{MessageType::kQuery, Version::kV2}}}},
      {"v3 query with code 0", "1100 0000 00000000 02000000", {{{MessageType::kQuery, Version::kV3}}}},
      {"query of 10 octets", "1164 0000 00000000 0200", {std::nullopt, NoKind::kBadLength}},
      {"query of 11 octets", "1164 0000 00000000 020000", {std::nullopt, NoKind::kBadLength}},
      {"v1 report", "1200 0000 ef010101", {{{MessageType::kReport, Version::kV1}}}},
      {"v2 report with a response time, and longer", "1664 0000 ef010101 00", {{{MessageType::kReport, Version::kV2}}}},
      {"leave", "1700 0000 ef010101", {{{MessageType::kLeave, Version::kV2}}}},
      {"v3 report", "2200 0000 00000000", {{{MessageType::kReport, Version::kV3}}}},
      {"seven octets", "1700 0000 ef0101", {std::nullopt, NoKind::kShort}},
      {"nothing", "", {std::nullopt, NoKind::kShort}},
      {"DVMRP", "1300 0000 00000000", {std::nullopt, NoKind::kUnknownType}},
  };
  for (const KindRow& row : rows) {
    const KindOrNot kind = FindKind<Ipv4>(FromHex(row.message));
    EXPECT_EQ(kind.kind, row.kind.kind) << row.what;
    if (!row.kind.kind) {
      EXPECT_EQ(kind.why, row.kind.why) << row.what;
    }
  }
  const auto of_length = [](uint8_t type, size_t octets) {
    std::vector<uint8_t> message(octets);
    message[0] = type;
    return FindKind<Ipv6>(message);
  };
  EXPECT_EQ(of_length(130, 24).kind, (MessageKind{MessageType::kQuery, Version::kV2}));
  EXPECT_EQ(of_length(130, 28).kind, (MessageKind{MessageType::kQuery, Version::kV3}));
  for (const size_t octets : {25, 26, 27}) EXPECT_EQ(of_length(130, octets).why, NoKind::kBadLength);
  EXPECT_EQ(of_length(130, 23).why, NoKind::kShort);
  EXPECT_EQ(of_length(131, 24).kind, (MessageKind{MessageType::kReport, Version::kV2}));
  EXPECT_EQ(of_length(131, 23).why, NoKind::kShort);
  EXPECT_EQ(of_length(132, 24).kind, (MessageKind{MessageType::kLeave, Version::kV2}));
  EXPECT_EQ(of_length(143, 8).kind, (MessageKind{MessageType::kReport, Version::kV3}));
  EXPECT_EQ(of_length(143, 7).why, NoKind::kShort);
  EXPECT_EQ(of_length(0x11, 12).why, NoKind::kUnknownType);
}

TEST(Message, AQueryIsReadAsItWasWritten) {
  const Query<Ipv4> query{.group = kGroup,
                          .max_response = milliseconds(99200),
                          .suppress = true,
                          .robustness = 7,
                          .interval = seconds(17408),
                          .sources = {kSource2, kSource1}};
  const auto read = ReadQuery<Ipv4>(WriteQuery(query));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->version, Version::kV3);
  EXPECT_EQ(read->group, kGroup);
  EXPECT_EQ(read->max_response, milliseconds(99200));
  EXPECT_TRUE(read->suppress);
  EXPECT_EQ(read->robustness, 7);
  EXPECT_EQ(read->interval, seconds(17408));
  EXPECT_EQ(read->sources, query.sources);
  // Linear, of version 2: a float would say more.
  EXPECT_EQ(ReadQuery<Ipv4>(FromHex("11ff 0000 00000000"))->max_response, milliseconds(25500));
  EXPECT_EQ(ReadQuery<Ipv4>(FromHex("1100 0000 00000000"))->max_response, seconds(10));
  EXPECT_EQ(ReadQuery<Ipv6>(WriteQuery(Query<Ipv6>{.max_response = milliseconds(40000)}))->max_response,
            milliseconds(40000));
}

TEST(Message, AQueryWhoseContentsMakeNoSenseIsNone) {
  EXPECT_FALSE(ReadQuery<Ipv4>(FromHex("1164 0000 00000000 027d0001 0a090001"))) << "a general one with a source";
  EXPECT_FALSE(ReadQuery<Ipv4>(FromHex("1164 0000 ef010101 027d0002 0a090001"))) << "fewer sources than it says";
  EXPECT_FALSE(ReadQuery<Ipv4>(FromHex("1164 0000 0a090001 027d0000"))) << "about no group";
  EXPECT_FALSE(ReadQuery<Ipv4>(FromHex("1164 0000 0a090001"))) << "about no group, of version 2";
  EXPECT_TRUE(ReadQuery<Ipv4>(FromHex("1164 0000 ef010101 f27d0001 0a090001 ffff"))) << "unknown flags, octets behind";
}

TEST(Message, RecordsAreAllOrNothing) {
  EXPECT_TRUE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 00000000")));
  EXPECT_TRUE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 0000 0001 02000000 ef010101")));
  EXPECT_TRUE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 0000 0001 02000000 ef010101 ffffffff")))
      << "an extension behind";
  EXPECT_FALSE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 0000 0005 02000000 ef010101")));
  EXPECT_FALSE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 0000 0001 0200ffff ef010101")));
  EXPECT_FALSE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 0000 0001 02010000 ef010101"))) << "auxiliary data cut off";
  EXPECT_FALSE(RecordsAreWhole<Ipv4>(FromHex("2200 0000 0000 0001 02000000 ef0101")));
}

TEST(Message, ARecordsSourcesAreASetAndItsAuxiliaryDataIsSkipped) {
  std::vector<Ipv4Address> buffer;
  std::string seen;
  ForEachRecord<Ipv4>(FromHex("2200 0000 0000 0002 05020003 ef010101 0a090002 0a090001 0a090002 dddddddd dddddddd"
                              "06000001 e8010101 0a090003"),
                      buffer, [&](const Record<Ipv4>& record) {
                        seen += std::to_string(static_cast<int>(record.type)) + " " + record.group.ToString();
                        for (const auto& source : record.sources) seen += " " + source.ToString();
                        seen += "; ";
                      });
  EXPECT_EQ(seen, "5 239.1.1.1 10.9.0.1 10.9.0.2; 6 232.1.1.1 10.9.0.3; ");
}

TEST(Message, AsManySourcesFitAsTheLinkTakes) {
  EXPECT_EQ(SourcesThatFit<Ipv4>(1500, kQueryHeader<Ipv4>), 366u);
  EXPECT_EQ(SourcesThatFit<Ipv6>(1500, kQueryHeader<Ipv6>), 89u);
  EXPECT_EQ((MessageRoom<Ipv4>(1500) - kReportHeader) / kRecordHeader<Ipv4>, 183u);
  EXPECT_EQ((MessageRoom<Ipv6>(1500) - kReportHeader) / kRecordHeader<Ipv6>, 72u);
  EXPECT_EQ(SourcesThatFit<Ipv4>(1500, kReportHeader + kRecordHeader<Ipv4>), 365u);
  EXPECT_EQ(SourcesThatFit<Ipv6>(1500, kReportHeader + kRecordHeader<Ipv6>), 89u);
  EXPECT_EQ(SourcesThatFit<Ipv4>(20, kQueryHeader<Ipv4>), 8u) << "an MTU that no link has";
}

}  // namespace
}  // namespace mgmd::membership
