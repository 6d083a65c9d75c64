#ifndef MGMD_CONTROL_MEMBERSHIP_PROTOCOL_H_
#define MGMD_CONTROL_MEMBERSHIP_PROTOCOL_H_

// What IGMP (RFC 9776) and MLD (RFC 9777) differ in: numbers, lengths, addresses. What a router and a host do is the
// same in both, and is written once, as a template over the family: IGMP is Ipv4's protocol and MLD is Ipv6's.
//
// Versions go by IGMP's numbers: MLDv1 is IGMPv2 in everything but its numbers, and MLDv2 is IGMPv3.
//
// Constants. Any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/ip_family.h"

namespace mgmd::membership {

using Time = std::chrono::steady_clock::time_point;  // as the caller says: nothing here reads a clock
using Duration = std::chrono::steady_clock::duration;

enum class Version : uint8_t { kV1 = 1, kV2 = 2, kV3 = 3 };

template <class Family>
struct Protocol;

template <>
struct Protocol<Ipv4> {
  static constexpr std::string_view kName = "IGMP";
  static constexpr Version kOldest = Version::kV1;
  static constexpr int kNumberOfV3 = 3;

  static constexpr Ipv4Address kAllHosts{224, 0, 0, 1};     // general queries go there
  static constexpr Ipv4Address kAllRouters{224, 0, 0, 2};   // leaves
  static constexpr Ipv4Address kAllReports{224, 0, 0, 22};  // reports of version 3

  // Types (RFC 9776 section 4).
  static constexpr uint8_t kQuery = 0x11;
  static constexpr uint8_t kReportV1 = 0x12;
  static constexpr uint8_t kReportV2 = 0x16;
  static constexpr uint8_t kLeave = 0x17;
  static constexpr uint8_t kReportV3 = 0x22;

  // Octets.
  static constexpr size_t kAddress = 4;
  static constexpr size_t kGroupAt = 4;       // of a query, a report of version 1 or 2, and a leave
  static constexpr size_t kOldMessage = 8;    // the length of each of these but a query of version 3
  static constexpr size_t kIpHeader = 24;     // of what is sent: with the router alert
  static constexpr size_t kShortestMtu = 68;  // RFC 791 section 3.2

  // A v2 query's maximum response time is a number of these, and so is a code below 128.
  static constexpr std::chrono::milliseconds kResponseUnit{100};
};

template <>
struct Protocol<Ipv6> {
  static constexpr std::string_view kName = "MLD";
  static constexpr Version kOldest = Version::kV2;
  static constexpr int kNumberOfV3 = 2;

  static constexpr Ipv6Address kAllHosts{{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  static constexpr Ipv6Address kAllRouters{{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
  static constexpr Ipv6Address kAllReports{{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16}};

  // Types of ICMPv6 (RFC 9777 section 5).
  static constexpr uint8_t kQuery = 130;
  static constexpr uint8_t kReportV2 = 131;
  static constexpr uint8_t kLeave = 132;  // "Done"
  static constexpr uint8_t kReportV3 = 143;

  static constexpr size_t kAddress = 16;
  static constexpr size_t kGroupAt = 8;
  static constexpr size_t kOldMessage = 24;
  static constexpr size_t kIpHeader = 48;  // with the hop-by-hop header of the router alert
  static constexpr size_t kShortestMtu = 1280;

  static constexpr std::chrono::milliseconds kResponseUnit{1};
};

// Of version 3, in both: what follows a query's group, and a report's and a record's header.
template <class Family>
inline constexpr size_t kQueryHeader = Protocol<Family>::kOldMessage + 4;
inline constexpr size_t kReportHeader = 8;
template <class Family>
inline constexpr size_t kRecordHeader = 4 + Protocol<Family>::kAddress;

// As people number the protocol's: MLDv2 is kV3.
template <class Family>
constexpr int NumberOf(Version version) {
  return static_cast<int>(version) - 3 + Protocol<Family>::kNumberOfV3;
}
// "IGMPv3", "MLDv2".
template <class Family>
std::string NameOf(Version version) {
  return std::string(Protocol<Family>::kName) + "v" + std::to_string(NumberOf<Family>(version));
}

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_PROTOCOL_H_
