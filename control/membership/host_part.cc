#include "control/membership/host_part.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/ip_family.h"

namespace mgmd::membership {
namespace {

using std::chrono::seconds;

// Unsolicited report intervals: of version 3 (RFC 9776 section 8.11) and of older ones (RFC 2236 section 8.10).
constexpr Duration kReportInterval = seconds(1);
constexpr Duration kOldReportInterval = seconds(10);
// How often queriers of older versions ask, as far as one can know (RFC 9776 section 8.2).
constexpr Duration kOldQueryInterval = seconds(125);

// RFC 9776 section 8.12, RFC 9777 section 9.12.
template <class Family>
Duration OldQuerierPresent(int robustness, Duration max_response) {
  constexpr int kResponses = Protocol<Family>::kOldest == Version::kV1 ? 10 : 1;
  return robustness * kOldQueryInterval + kResponses * max_response;
}

// RFC 9776 section 5; RFC 9777 section 6.
bool IsNeverReported(Ipv4Address group) { return group == Protocol<Ipv4>::kAllHosts; }
bool IsNeverReported(const Ipv6Address& group) { return group == Protocol<Ipv6>::kAllHosts || group.scope() < 2; }

}  // namespace

template <class Family>
void HostPart<Family>::SetLink(const Link<Family>& link, Time now) {
  UpdateVersion(now);
  const bool anew = link.up && (!link_.up || link.address != link_.address);
  link_ = link;
  if (!link.up) DropPending();
  if (!anew) return;
  for (auto at = groups_.begin(); at != groups_.end(); ++at) {
    Entry& entry = at->second;
    if (!entry.group.joined()) continue;
    if (entry.group.Renew(version_, robustness())) entry.change = now;
    Settle(at);
  }
}

template <class Family>
bool HostPart<Family>::SetWant(WanterId wanter, const Address& group, Filter<Family> filter, Time now) {
  if (!group.is_multicast()) return false;
  if (filter.mode == FilterMode::kExclude && settings_.ssm.Has(group)) return false;
  if (IsNeverReported(group)) return true;
  UpdateVersion(now);
  const auto at = groups_.try_emplace(group).first;
  at->second.wants.Set(wanter, std::move(filter));
  Merge(at, now);
  return true;
}

template <class Family>
void HostPart<Family>::Withdraw(WanterId wanter, const Address& group, Time now) {
  UpdateVersion(now);
  const auto at = groups_.find(group);
  if (at == groups_.end()) return;
  at->second.wants.Set(wanter, {});
  Merge(at, now);
}

template <class Family>
void HostPart<Family>::WithdrawAll(WanterId wanter, Time now) {
  std::vector<Address> wanted;
  for (const auto& [group, entry] : groups_) {
    if (entry.wants.Has(wanter)) wanted.push_back(group);
  }
  for (const Address& group : wanted) Withdraw(wanter, group, now);
}

template <class Family>
void HostPart<Family>::HearQuery(const Query<Family>& query, Time now) {
  if (!link_.up) return;
  if (query.version == Version::kV3) {
    heard_robustness_ = query.robustness;
  } else if (query.is_general()) {
    HearOlderQuerier(query.version, query.max_response, now);
  }
  UpdateVersion(now);
  if (query.is_general()) {
    AnswerGeneral(query.max_response, now);
    return;
  }
  const auto at = groups_.find(query.group);
  if (at == groups_.end()) return;
  // Older versions answer for the group, whatever is asked.
  const auto sources = version_ == Version::kV3 ? std::span(query.sources) : std::span<const Address>();
  Answer(at, sources, now + Within(query.max_response, query.group));
}

template <class Family>
void HostPart<Family>::HearOlderQuerier(Version version, Duration max_response, Time now) {
  Time& until = version == Version::kV1 ? v1_querier_until_ : v2_querier_until_;
  until = now + OldQuerierPresent<Family>(robustness(), max_response);
}

template <class Family>
void HostPart<Family>::AnswerGeneral(Duration max_response, Time now) {
  const Duration longest = version_ == Version::kV3 ? Within(max_response, {}) : max_response;
  if (all_answered_by_ && *all_answered_by_ <= now + longest) return;
  all_answered_by_ = now + longest;
  if (version_ != Version::kV3) {
    for (auto at = groups_.begin(); at != groups_.end(); ++at) Answer(at, {}, now + Within(max_response, at->first));
    return;
  }

  // Which message of how many a group's record is in.
  std::vector<std::pair<typename Groups::iterator, Duration::rep>> places;
  Duration::rep messages = 0;
  size_t room = 0;
  for (auto at = groups_.begin(); at != groups_.end(); ++at) {
    const HostGroup<Family>& group = at->second.group;
    if (!group.joined()) continue;
    const size_t octets = std::min(packer_.Octets(group.state().sources.size()), packer_.room());
    if (octets > room) {
      ++messages;
      room = packer_.room();
    }
    room -= octets;
    places.emplace_back(at, messages);
  }
  for (const auto& [at, message] : places) Answer(at, {}, now + longest * message / messages);
}

template <class Family>
void HostPart<Family>::Answer(typename Groups::iterator at, std::span<const Address> sources, Time when) {
  Entry& entry = at->second;
  if (!entry.group.joined()) return;
  entry.group.Ask(sources, entry.response != kNever);
  entry.response = std::min(entry.response, when);
  Settle(at);
}

template <class Family>
void HostPart<Family>::Tick(Time now) {
  UpdateVersion(now);
  SendDue(now);
}

template <class Family>
Time HostPart<Family>::NextDeadline() const {
  const Time version = version_ == Version::kV1   ? v1_querier_until_
                       : version_ == Version::kV2 ? v2_querier_until_
                                                  : kNever;
  return due_.empty() ? version : std::min(version, due_.begin()->first);
}

template <class Family>
void HostPart<Family>::Stop(Time now) {
  UpdateVersion(now);
  for (auto& [group, entry] : groups_) {
    if (entry.group.joined()) entry.group.Change({}, version_, robustness());
    if (link_.up && entry.group.has_change()) SayChange(group, entry);
  }
  packer_.Flush();
  groups_.clear();
  due_.clear();
  all_answered_by_.reset();
}

template <class Family>
Filter<Family> HostPart<Family>::StateOf(const Address& group) const {
  const auto at = groups_.find(group);
  return at == groups_.end() ? Filter<Family>() : at->second.group.state();
}

template <class Family>
void HostPart<Family>::UpdateVersion(Time now) {
  const Version version = now < v1_querier_until_   ? Version::kV1
                          : now < v2_querier_until_ ? Version::kV2
                                                    : Version::kV3;
  if (version == version_) return;
  SendDue(now);  // what has changed in this turn, as routers understood it until now
  DropPending();
  version_ = version;
  told_of_sources_ = false;
  observer_.VersionChanged(version);
}

template <class Family>
void HostPart<Family>::DropPending() {
  for (auto at = groups_.begin(); at != groups_.end();) {
    Entry& entry = at->second;
    entry.group.DropChange();
    entry.change = entry.response = entry.queued = kNever;
    at = entry.group.joined() ? std::next(at) : groups_.erase(at);
  }
  due_.clear();
  all_answered_by_.reset();
}

template <class Family>
void HostPart<Family>::Merge(typename Groups::iterator at, Time now) {
  Entry& entry = at->second;
  Filter<Family> merged = entry.wants.Merged();
  if (merged != entry.group.state() && entry.group.Change(std::move(merged), version_, robustness())) {
    entry.change = now;
    all_answered_by_.reset();
  }
  if (!link_.up) entry.group.DropChange();
  if (!entry.group.has_change()) entry.change = kNever;
  if (!entry.group.joined()) entry.response = kNever;
  Settle(at);
}

template <class Family>
void HostPart<Family>::Settle(typename Groups::iterator at) {
  Entry& entry = at->second;
  const Time next = std::min(entry.change, entry.response);
  if (next != entry.queued) {
    if (entry.queued != kNever) due_.erase({entry.queued, at->first});
    if (next != kNever) due_.emplace(next, at->first);
    entry.queued = next;
  }
  if (next == kNever && !entry.group.joined()) groups_.erase(at);
}

template <class Family>
void HostPart<Family>::SendDue(Time now) {
  if (due_.empty() || due_.begin()->first > now) return;
  const Time together = now + Within(kReportInterval, {});
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto at = groups_.find(due_.begin()->second);
    auto& [group, entry] = *at;
    if (entry.change <= now) {
      SayChange(group, entry);
      entry.group.CountDown();
      if (!entry.group.has_change()) {
        entry.change = kNever;
      } else if (version_ == Version::kV3) {
        entry.change = together;
      } else {
        entry.change = now + Within(kOldReportInterval / std::max(robustness() - 1, 1), group);
      }
    }
    if (entry.response <= now) {
      SayAnswer(group, entry);
      entry.response = kNever;
      all_answered_by_.reset();
    }
    Settle(at);
  }
  packer_.Flush();
}

template <class Family>
void HostPart<Family>::SayChange(const Address& group, const Entry& entry) {
  if (version_ == Version::kV3) {
    entry.group.AddChange(group, packer_);
  } else {
    SendOld(entry.group.joined() ? MessageType::kReport : MessageType::kLeave, group);
  }
}

template <class Family>
void HostPart<Family>::SayAnswer(const Address& group, const Entry& entry) {
  if (version_ == Version::kV3) {
    entry.group.AddAnswer(group, packer_);
  } else {
    SendOld(MessageType::kReport, group);
  }
}

template <class Family>
void HostPart<Family>::SendOld(MessageType type, const Address& group) {
  const MessageKind kind{type, version_};
  const Address& destination = type == MessageType::kLeave ? Protocol<Family>::kAllRouters : group;
  const std::vector<uint8_t> message = WriteOldMessage<Family>(kind, group);
  if (out_.Send(kind, link_.address, destination, message)) counters_.Sent(kind, message.size());
  if (type == MessageType::kReport && !told_of_sources_ && settings_.ssm.Has(group)) {
    told_of_sources_ = true;
    observer_.SourcesUnsaid(group);
  }
}

template class HostPart<Ipv4>;
template class HostPart<Ipv6>;

}  // namespace mgmd::membership
