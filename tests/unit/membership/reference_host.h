#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_REFERENCE_HOST_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_REFERENCE_HOST_H_

// A host as the standards describe one, written for the tests from the standards alone: RFC 9776 section 5 and RFC 9777
// section 6, RFC 2236 section 3 and RFC 2710 section 4, RFC 1112 appendix I, and RFC 5790 for lightweight ones. It
// wants something of groups, says so, and answers questions.
//
// Answers keep a twentieth of the time that they have for their way.

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "control/membership/message.h"
#include "tests/support/choices.h"

namespace mgmd::membership {

enum class HostKind : uint8_t { kV1, kV2, kV3, kLightweight };

template <class Family>
class ReferenceHost {
 public:
  using Address = typename Family::Address;
  using Set = std::set<Address>;
  static constexpr Time kNever = Time::max();

  struct Want {
    bool exclude = false;
    Set sources{};

    bool is_nothing() const { return !exclude && sources.empty(); }
    bool Has(const Address& source) const { return sources.contains(source) != exclude; }
    bool operator==(const Want&) const = default;
  };
  struct Said {
    Address destination{};
    std::vector<uint8_t> message{};
    bool refreshes = false;  // it may be the answer to a general query
    int questions = 0;       // of one group that it answers: nothing is said again for each
  };

  ReferenceHost(HostKind kind, support::Choices& choices) : kind_(kind), choices_(choices) {}

  HostKind kind() const { return kind_; }
  bool is_old() const { return kind_ == HostKind::kV1 || kind_ == HostKind::kV2; }
  Want WantOf(const Address& group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? Want() : found->second.want;
  }
  bool Wants(const Address& source, const Address& group) const {
    const auto found = groups_.find(group);
    return found != groups_.end() && found->second.want.Has(source);
  }

  void SetWant(const Address& group, const Want& want, Time now) {
    Member& member = groups_[group];
    const Want was = std::exchange(member.want, want);
    if (was == want) return;
    if (is_old()) return want.exclude ? JoinOld(group, member, now) : LeaveOld(group, member);
    if (was.exclude != want.exclude) {
      member.mode_left = kTimes;
      member.left.clear();
    } else {
      for (const Set* list : {&was.sources, &want.sources}) {
        for (const Address& source : *list) {
          if (was.Has(source) != want.Has(source)) member.left[source] = kTimes;
        }
      }
    }
    SayChange(group, member, now);
  }

  void HearQuery(const Query<Family>& query, Time now) {
    if (is_old()) return HearQueryAsOld(query, now);
    const Time answer = now + Within(query.max_response);
    if (general_ <= answer) {
      if (!query.is_general()) ++general_questions_;
      return;
    }
    if (query.is_general()) {
      if (general_ == kNever) general_questions_ = 0;
      general_ = answer;
      return;
    }
    const auto found = groups_.find(query.group);
    if (found == groups_.end() || found->second.want.is_nothing()) return;
    Member& member = found->second;
    const bool pending = member.response != kNever;
    const bool whole = query.sources.empty() || (pending && member.asked.empty());
    if (!pending || whole) member.asked.clear();
    if (!whole) member.asked.insert(query.sources.begin(), query.sources.end());
    member.response = std::min(member.response, answer);
    member.questions = pending ? member.questions + 1 : 1;
  }

  // Hosts that cannot name sources keep silent when another one has spoken for them.
  void HearOldReport(const Address& group, Version version) {
    if (!is_old() || (kind_ == HostKind::kV1 && version != Version::kV1)) return;
    Member& member = groups_[group];
    if (member.response == kNever) return;
    member.response = kNever;
    member.questions = 0;
    member.spoke_last = false;
  }

  void Tick(Time now) {
    if (general_ <= now) {
      general_ = kNever;
      Records records;
      for (const auto& [group, member] : groups_) {
        if (!member.want.is_nothing()) records.push_back({CurrentState(member.want), group, member.want.sources});
      }
      Say(records, true, general_questions_);
    }
    for (auto& [group, member] : groups_) {
      if (member.change <= now) SayChange(group, member, now);
      if (member.response > now) continue;
      member.response = kNever;
      if (is_old()) {
        SayOld(group, member);
      } else {
        Answer(group, member);
      }
    }
  }
  Time NextDeadline() const {
    Time next = general_;
    for (const auto& [group, member] : groups_) next = std::min({next, member.response, member.change});
    return next;
  }

  // What it has said since the last time.
  std::vector<Said> TakeSaid() { return std::exchange(said_, {}); }

 private:
  static constexpr int kTimes = 2;  // the robustness variable

  struct Member {
    Want want{};
    int mode_left = 0;
    std::map<Address, int> left{};
    Time change = kNever;
    Time response = kNever;  // of version 1 and 2: the delay timer
    Set asked{};             // none: about the group
    int questions = 0;       // that the response is to answer
    bool spoke_last = false;
  };
  struct Item {
    RecordType type;
    Address group;
    Set sources;
  };
  using Records = std::vector<Item>;

  Duration Within(Duration most) {
    const auto steps = std::chrono::duration_cast<std::chrono::milliseconds>(most * 19 / 20).count();
    return std::chrono::milliseconds(1 + choices_.Below(static_cast<uint32_t>(std::max<int64_t>(steps, 1))));
  }

  // Lightweight hosts have no current-state records (RFC 5790 section 4).
  RecordType CurrentState(const Want& want) const {
    if (kind_ == HostKind::kLightweight) return want.exclude ? RecordType::kToExclude : RecordType::kAllow;
    return want.exclude ? RecordType::kIsExclude : RecordType::kIsInclude;
  }

  void SayChange(const Address& group, Member& member, Time now) {
    Records records;
    if (member.mode_left > 0) {
      --member.mode_left;
      records.push_back(
          {member.want.exclude ? RecordType::kToExclude : RecordType::kToInclude, group, member.want.sources});
    } else {
      Set allowed, blocked;
      for (const auto& [source, times] : member.left) (member.want.Has(source) ? allowed : blocked).insert(source);
      if (!allowed.empty()) records.push_back({RecordType::kAllow, group, allowed});
      if (!blocked.empty()) records.push_back({RecordType::kBlock, group, blocked});
    }
    for (auto& [source, times] : member.left) --times;
    std::erase_if(member.left, [](const auto& entry) { return entry.second == 0; });
    member.change = member.mode_left > 0 || !member.left.empty() ? now + Within(std::chrono::seconds(1)) : kNever;
    Say(records, false);
  }

  void Answer(const Address& group, Member& member) {
    const Want& want = member.want;
    const Set asked = std::exchange(member.asked, {});
    if (want.is_nothing()) return;
    if (asked.empty() || (want.exclude && kind_ == HostKind::kLightweight)) {
      return Say({{CurrentState(want), group, want.sources}}, false, member.questions);
    }
    Set wanted;
    for (const Address& source : asked) {
      if (want.Has(source)) wanted.insert(source);
    }
    const RecordType type = kind_ == HostKind::kLightweight ? RecordType::kAllow : RecordType::kIsInclude;
    if (!wanted.empty()) Say({{type, group, wanted}}, false, member.questions);
  }

  void Say(const Records& items, bool refreshes, int questions = 0) {
    if (items.empty()) return;
    std::vector<std::vector<Address>> lists;
    std::vector<Record<Family>> records;
    for (const Item& item : items) lists.emplace_back(item.sources.begin(), item.sources.end());
    for (size_t i = 0; i < items.size(); ++i) records.push_back({items[i].type, items[i].group, lists[i]});
    said_.push_back({Protocol<Family>::kAllReports, WriteReport<Family>(records), refreshes, questions});
  }

  void SayOld(const Address& group, Member& member) {
    member.spoke_last = true;
    const Version version = kind_ == HostKind::kV1 ? Version::kV1 : Version::kV2;
    said_.push_back({group, WriteOldMessage<Family>({MessageType::kReport, version}, group), true,
                     std::exchange(member.questions, 0)});
  }
  void JoinOld(const Address& group, Member& member, Time now) {
    SayOld(group, member);
    member.response = now + Within(std::chrono::seconds(10));  // once more
  }
  void LeaveOld(const Address& group, Member& member) {
    member.response = kNever;
    member.questions = 0;
    if (kind_ == HostKind::kV1 || !member.spoke_last) return;
    const auto leave = WriteOldMessage<Family>({MessageType::kLeave, Version::kV2}, group);
    said_.push_back({Protocol<Family>::kAllRouters, leave, false});
  }
  void HearQueryAsOld(const Query<Family>& query, Time now) {
    const bool first = kind_ == HostKind::kV1;
    if (first && !query.is_general()) return;
    const Duration most = first ? std::chrono::seconds(10) : Duration(query.max_response);
    for (auto& [group, member] : groups_) {
      if (!member.want.exclude || (!query.is_general() && group != query.group)) continue;
      if (!query.is_general()) ++member.questions;
      const bool runs = member.response != kNever;
      if (runs && (first || member.response <= now + most)) continue;
      member.response = now + Within(most);
    }
  }

  const HostKind kind_;
  support::Choices& choices_;
  std::map<Address, Member> groups_;
  Time general_ = kNever;
  int general_questions_ = 0;  // about groups, that the answer to a general one is to answer as well
  std::vector<Said> said_;
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_REFERENCE_HOST_H_
