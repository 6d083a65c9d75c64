#ifndef MGMD_CONTROL_MEMBERSHIP_SETTINGS_H_
#define MGMD_CONTROL_MEMBERSHIP_SETTINGS_H_

// What an operator says of the router part on an interface, and the intervals that follow from it (RFC 9776 section 8,
// RFC 9777 section 9). Plain values.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/ssm_ranges.h"
#include "control/membership/access_list.h"
#include "control/membership/protocol.h"

namespace mgmd::membership {

// Which messages count that need not.
template <class Family>
struct Acceptance {
  bool any_ttl = false;
  // MLD's routers must not take a message without it (RFC 9777 section 7.4); old hosts' IGMP has none.
  bool require_router_alert = Family::kAddressBits == 128;
  bool require_local_source = false;  // IGMP: reports from stations of the interface's networks alone
};

// What a leave does before the group ends.
enum class ImmediateLeave : uint8_t {
  kNo,       // the querier asks whether a member is left
  kTracked,  // that, unless every host on the link is known and none of the others wants it
  kAlways,   // it ends: right only where an interface has one host
};

// A membership by configuration.
template <class Family>
struct StaticMember {
  typename Family::Address group{};
  std::optional<typename Family::Address> source{};  // none: any

  bool operator==(const StaticMember&) const = default;
};

// The variables that a querier tells the others.
struct Timing {
  int robustness = 2;
  Duration query_interval = std::chrono::seconds(125);
  Duration query_response_interval = std::chrono::seconds(10);

  // How long a router waits for a first report, or another one, before a membership ends. RFC 3376 had one response
  // interval in it, and a second report that was late by as much came too late (erratum 6725).
  Duration MembershipInterval(bool as_rfc3376) const {
    return robustness * query_interval + (as_rfc3376 ? 1 : 2) * query_response_interval;
  }
  Duration OtherQuerierPresent() const { return robustness * query_interval + query_response_interval / 2; }
  Duration OlderHostPresent() const { return robustness * query_interval + query_response_interval; }

  bool operator==(const Timing&) const = default;
};

template <class Family>
struct RouterSettings {
  Version version = Version::kV3;
  Timing timing{};
  std::optional<Duration> startup_query_interval{};  // none: a quarter of the query interval
  std::optional<int> startup_query_count{};          // none: the robustness
  Duration last_member_query_interval = std::chrono::seconds(1);
  std::optional<int> last_member_query_count{};  // none: the robustness in force
  bool rfc3376_timers = false;

  ImmediateLeave immediate_leave = ImmediateLeave::kNo;
  Acceptance<Family> acceptance{};
  bool compat_hosts = true;           // false: reports of older versions are not taken
  std::vector<Version> ignored = {};  // neither are reports of these
  uint32_t max_groups = 10000;
  uint32_t max_sources = 1000;  // of each group
  AccessList<Family> acl{};
  SsmRanges<Family> ssm{};
  std::function<bool(const typename Family::Address&)> boundary{};  // whether it stops the group; none: it stops none
  std::vector<StaticMember<Family>> static_members{};

  Duration StartupInterval() const { return startup_query_interval.value_or(timing.query_interval / 4); }
  int StartupCount() const { return startup_query_count.value_or(timing.robustness); }
  bool Takes(Version of_report) const {
    if (of_report > version) return false;
    if (of_report == Version::kV3) return true;
    if (!compat_hosts && version == Version::kV3) return false;
    return std::find(ignored.begin(), ignored.end(), of_report) == ignored.end();
  }
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_SETTINGS_H_
