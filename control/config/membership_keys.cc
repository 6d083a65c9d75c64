#include "control/config/membership_keys.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "control/config/group_fields.h"
#include "control/membership/response_code.h"

namespace mgmd::config {
namespace {

using membership::AccessList;
using membership::AccessRule;
using membership::ImmediateLeave;
using membership::Protocol;
using membership::Version;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr double kLongestQueryInterval = 31744;      // seconds: the largest QQIC (RFC 9776 section 4.1.7)
constexpr double kLongestResponse = 3174.4;          // the largest Max Resp Code of IGMP (RFC 9776 section 4.1.1)
constexpr double kLongestLastMemberInterval = 25.5;  // what version 2 can say, too
constexpr int64_t kHighestRobustness = 7;            // QRV has three bits (RFC 9776 section 4.1.6)

// A number of the protocol's as a version, and the other way.
template <class Family>
Version VersionOf(int64_t number) {
  return static_cast<Version>(number + 3 - Protocol<Family>::kNumberOfV3);
}

void AssignSeconds(membership::Duration* out, const std::optional<double>& seconds) {
  if (seconds) *out = milliseconds(std::llround(*seconds * 1000));
}

template <class Family>
class MembershipKeys {
 public:
  using Settings = membership::RouterSettings<Family>;

  static void Read(Table& table, MembershipInterface<Family>* out) {
    Settings& settings = out->router;
    ReadTiming(table, &settings);
    ReadRules(table, &settings);
    Assign(&out->forward_only_as_querier, table.Get("forward_only_as_querier").Boolean());
    Assign(&settings.max_groups, table.Get("max_groups").Integer(1, kMostMemberships));
    Assign(&settings.max_sources, table.Get("max_sources").Integer(1, kMostMemberships));
    if (const Field acl = table.Get("acl"); acl.present()) settings.acl = ReadAccessList<Family>(acl);
  }

 private:
  static void ReadTiming(Table& table, Settings* settings) {
    if (const auto version = table.Get("version").Integer(1, Protocol<Family>::kNumberOfV3)) {
      settings->version = VersionOf<Family>(*version);
    }
    const Field interval = table.Get("query_interval");
    const Field response = table.Get("query_response_interval");
    AssignSeconds(&settings->timing.query_interval, interval.Number(1, kLongestQueryInterval));
    AssignSeconds(&settings->timing.query_response_interval, response.Number(0.1, kLongestResponse));
    Assign(&settings->timing.robustness, table.Get("robustness").Integer(1, kHighestRobustness));
    CheckTiming(table, interval.present() ? interval : response, *settings);

    AssignSeconds(&settings->last_member_query_interval,
                  table.Get("last_member_query_interval").Number(0.1, kLongestLastMemberInterval));
    if (const auto count = table.Get("last_member_query_count").Integer(1, kHighestRobustness)) {
      settings->last_member_query_count = static_cast<int>(*count);
    }
    if (const auto count = table.Get("startup_query_count").Integer(1, 10)) {
      settings->startup_query_count = static_cast<int>(*count);
    }
    if (const auto startup = table.Get("startup_query_interval").Number(0.1, kLongestQueryInterval)) {
      AssignSeconds(&settings->startup_query_interval.emplace(), startup);
    }
    Assign(&settings->rfc3376_timers, table.Get("rfc3376_timers").Boolean());
  }

  // Of what is in force then: the table's, and what it was before.
  static void CheckTiming(const Table& table, const Field& field, const Settings& settings) {
    const auto seconds = [](membership::Duration duration) {
      std::string text = std::to_string(std::chrono::duration<double>(duration).count());
      text.erase(text.find_last_not_of('0') + 1);
      if (text.back() == '.') text.pop_back();
      return text;
    };
    const membership::Duration response = settings.timing.query_response_interval;
    const membership::Duration interval = settings.timing.query_interval;
    if (response >= interval && field.present()) {
      field.Fail("a query response interval of " + seconds(response) + " s is not shorter than a query interval of " +
                     seconds(interval) + " s",
                 "a shorter query_response_interval, or a longer query_interval");
    }
    // Linear there (RFC 2236 section 2.2, RFC 2710 section 3.4).
    const membership::Duration most = Family::kSlotBit == Ipv4::kSlotBit ? milliseconds(25500) : milliseconds(65535);
    if (settings.version != Version::kV3 && response > most) {
      table.Fail(membership::NameOf<Family>(settings.version) + " cannot say a query response interval of " +
                     seconds(response) + " s",
                 "at most " + seconds(most) + " s");
    }
    const auto asked = static_cast<uint32_t>(duration_cast<std::chrono::seconds>(interval).count());
    const uint32_t said = membership::Code8::Decode(membership::Code8::Encode(asked));
    if (settings.version == Version::kV3 && field.present() && said != asked) {
      table.WarnAt(field.position(), "query_interval",
                   "is said as " + std::to_string(said) + " s to other routers, which have no number for " +
                       std::to_string(asked));
    }
  }

  static void ReadRules(Table& table, Settings* settings) {
    if (const Field leave = table.Get("immediate_leave"); leave.is_string()) {
      Assign(
          &settings->immediate_leave,
          leave.Choice<ImmediateLeave>({{{"tracked", ImmediateLeave::kTracked}, {"always", ImmediateLeave::kAlways}}}));
    } else if (const auto on = leave.Boolean("true, false, \"tracked\" or \"always\"")) {
      settings->immediate_leave = *on ? ImmediateLeave::kTracked : ImmediateLeave::kNo;
    }
    Assign(&settings->acceptance.require_router_alert,
           table.Get("router_alert").Choice<bool>({{{"accept", false}, {"require", true}}}));
    Assign(&settings->acceptance.any_ttl, table.Get("accept_any_ttl").Boolean());
    Assign(&settings->acceptance.require_local_source, table.Get("require_local_source").Boolean());
    Assign(&settings->compat_hosts, table.Get("compat_hosts").Boolean());
    const Field ignored = table.Get("ignore_versions");
    if (!ignored.present()) return;
    settings->ignored.clear();
    for (const Field& version : ignored.List("an array of versions whose reports are ignored")) {
      if (const auto number = version.Integer(1, Protocol<Family>::kNumberOfV3 - 1)) {
        settings->ignored.push_back(VersionOf<Family>(*number));
      }
    }
  }
};

}  // namespace

template <class Family>
AccessList<Family> ReadAccessList(const Field& list) {
  std::vector<AccessRule<Family>> rules;
  for (Table& table : list.Tables()) {
    AccessRule<Family> rule;
    const Field permit = table.Get("permit");
    const Field deny = table.Get("deny");
    if (permit.present() == deny.present()) {
      table.Fail(permit.present() ? "both `permit` and `deny`" : "neither `permit` nor `deny`", "one of them");
    }
    rule.permit = permit.present();
    const std::string allowed = "a range of groups, as in " + Quoted(SsmRanges<Family>::Default().ToString());
    const auto groups = ReadGroupRange(permit.present() ? permit : deny, allowed);
    const auto sources = table.Get("source").Prefix("a prefix of sources");
    table.Finish();
    const auto take = [&](const std::optional<AnyPrefix>& read, typename Family::Prefix* out) {
      if (!read) return;
      if (const auto* prefix = std::get_if<typename Family::Prefix>(&*read)) {
        *out = *prefix;
      } else {
        table.Fail("a prefix of the other family", "one of " + std::string(Family::kName));
      }
    };
    take(groups, &rule.groups);
    take(sources, &rule.sources);
    rules.push_back(rule);
  }
  return AccessList<Family>(std::move(rules));
}

template <class Family>
void ReadMembershipKeys(Table& table, MembershipInterface<Family>* out) {
  MembershipKeys<Family>::Read(table, out);
}

template AccessList<Ipv4> ReadAccessList(const Field&);
template AccessList<Ipv6> ReadAccessList(const Field&);
template void ReadMembershipKeys(Table&, MembershipInterface<Ipv4>*);
template void ReadMembershipKeys(Table&, MembershipInterface<Ipv6>*);

}  // namespace mgmd::config
