// Queries as FRRouting and a Linux bridge send them (tests/captures) get answers that say what is wanted: the bridge's
// IPv4 ones are from 0.0.0.0.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "control/membership/datagram.h"
#include "control/membership/validity.h"
#include "tests/support/pcap_file.h"
#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

// "TO_EX" and so on are the rig's; here groups and sources are told in full: "group: source source; ".
template <class Family>
std::string AnswersIn(HostRig<Family>& rig) {
  std::string text;
  std::vector<typename Family::Address> buffer;
  for (const auto& message : std::exchange(rig.said, {})) {
    ForEachRecord<Family>(message.message, buffer, [&](const Record<Family>& record) {
      text += record.type == RecordType::kIsInclude   ? "IS_IN "
              : record.type == RecordType::kIsExclude ? "IS_EX "
                                                      : "? ";
      text += record.group.ToString();
      for (const auto& source : record.sources) text += " " + source.ToString();
      text += "; ";
    });
  }
  return text;
}

// What the rig answers to each query of the capture in turn: "about whom -> answer". Each comes after the answer to the
// one before.
template <class Family>
std::vector<std::string> AnswersTo(const char* capture, HostRig<Family>& rig, const Link<Family>& link) {
  std::vector<std::string> answers;
  for (const std::vector<uint8_t>& frame : support::ReadPcap(std::filesystem::path(MGMD_CAPTURES) / capture)) {
    const auto datagram = ReadDatagram<Family>(frame);
    if (!datagram) continue;
    const PacketCheck packet = CheckPacket(*datagram, Acceptance<Family>());
    EXPECT_FALSE(packet.fault);
    if (packet.kind.type != MessageType::kQuery) continue;
    EXPECT_FALSE(CheckAddresses(*datagram, packet.kind, link, Acceptance<Family>(), Part::kHost).fault);
    const auto query = ReadQuery<Family>(datagram->message);
    if (!query) {
      ADD_FAILURE() << "a query that cannot be read";
      continue;
    }
    rig.Hear(*query);
    rig.RunFor(query->max_response);
    answers.push_back((query->is_general() ? "general" : query->group.ToString()) + " -> " + AnswersIn(rig));
    EXPECT_EQ(rig.host.NextDeadline(), Time::max());
  }
  return answers;
}

TEST(HostCaptures, FrroutingIsAnswered) {
  const Ipv4Address own(10, 92, 1, 1);
  const Link<Ipv4> link{.up = true, .address = own, .own = {own}, .networks = {Ipv4Prefix(own, 24)}};
  HostRig<Ipv4> rig({}, link);
  rig.WantAndSettle(Excluding<Ipv4>(""), Ipv4Address(239, 1, 1, 1));
  rig.WantAndSettle({FilterMode::kInclude, {Ipv4Address(10, 92, 0, 1)}}, Ipv4Address(232, 1, 1, 1));
  const std::string include = "IS_IN 232.1.1.1 10.92.0.1; ";
  const std::string exclude = "IS_EX 239.1.1.1; ";
  EXPECT_EQ(
      AnswersTo("igmp-frr-querier.pcap", rig, link),
      (std::vector<std::string>{"general -> " + include + exclude, "232.1.1.1 -> " + include, "239.1.1.1 -> " + exclude,
                                "232.1.1.1 -> " + include, "239.1.1.1 -> " + exclude, "239.1.1.1 -> " + exclude,
                                "239.1.1.1 -> " + exclude, "239.1.1.5 -> ", "239.1.1.5 -> "}));
  EXPECT_TRUE(rig.versions.empty());
}

TEST(HostCaptures, ABridgeIsAnsweredInBothFamilies) {
  const Ipv4Address own(10, 92, 1, 1);
  const Link<Ipv4> link{.up = true, .address = own, .own = {own}, .networks = {Ipv4Prefix(own, 24)}};
  HostRig<Ipv4> rig({}, link);
  rig.WantAndSettle(Excluding<Ipv4>(""), Ipv4Address(239, 1, 1, 1));
  const std::string general = "general -> IS_EX 239.1.1.1; ";
  const std::string of_group = "239.1.1.1 -> IS_EX 239.1.1.1; ";
  EXPECT_EQ(AnswersTo("bridge-querier.pcap", rig, link),
            (std::vector<std::string>{general, general, general, general, of_group, of_group, of_group, general}));

  const Ipv6Address own6 = Six("fe80::b8b2:eaff:feed:126a");
  const Link<Ipv6> link6{.up = true, .address = own6, .own = {own6}, .networks = {}};
  HostRig<Ipv6> rig6({}, link6);
  rig6.WantAndSettle(Excluding<Ipv6>(""), Six("ff1e::1:1"));
  const std::string general6 = "general -> IS_EX ff1e::1:1; ";
  const std::string of_group6 = "ff1e::1:1 -> IS_EX ff1e::1:1; ";
  EXPECT_EQ(AnswersTo("bridge-querier.pcap", rig6, link6),
            (std::vector<std::string>{general6, general6, general6, of_group6, of_group6, of_group6, general6}));
  EXPECT_TRUE(rig6.versions.empty());
}

}  // namespace
}  // namespace mgmd::membership
