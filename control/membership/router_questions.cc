// The router part's questions, and the leaves for which it needs none.

#include <algorithm>

#include "control/membership/router_part.h"

namespace mgmd::membership {
namespace {

uint64_t Ticks(Time time) { return static_cast<uint64_t>(time.time_since_epoch().count()); }

}  // namespace

template <class Family>
void RouterPart<Family>::Follow(Entry& entry, const Reporter& reporter, RecordType type,
                                std::span<const Address> sources, std::optional<Version> older, Time now) {
  const Time until = now + Lives();
  if (!entry.hosts) {
    entry.hosts = std::make_unique<TrackedHosts<Family>>();
    if (entry.joined) entry.hosts->Miss(until);  // what was said before it was followed
  }
  TrackedHosts<Family>& hosts = *entry.hosts;
  if (older || !reporter.host) return hosts.Miss(until);
  if (hosts.Hear(*reporter.host, type, sources, now, Lives(), settings_.max_sources, host_room_)) return;
  if (hosts.is_complete(now)) counters_.Add(Counter::kUntracked);
  hosts.Miss(until);
}

// Whether every host that wants something of the group is known.
template <class Family>
bool RouterPart<Family>::IsTracked(const Entry& entry, const Reporter& reporter, Time now) const {
  if (settings_.immediate_leave != ImmediateLeave::kTracked || !entry.hosts || !reporter.is_local) return false;
  if (!entry.hosts->is_complete(now) || entry.older.Oldest(now) != Version::kV3) return false;
  const Duration answers = querier_.timing().query_response_interval + std::chrono::seconds(1);
  return first_query_ != kNever && now - first_query_ >= answers;
}

// Ends what the last record has asked about, at once, but for what another host wants.
template <class Family>
bool RouterPart<Family>::EndUnwanted(Entry& entry, Time now) {
  SourceRooms rooms = Rooms();
  const bool tracked = settings_.immediate_leave == ImmediateLeave::kTracked;
  if (tracked) {
    std::erase_if(question_.sources, [&](const Address& source) { return entry.hosts->SomeoneWants(source, now); });
  }
  const bool changed = entry.group.EndSources(question_.sources, rooms);
  if (!question_.group || (tracked && entry.hosts->SomeoneExcludes(now))) return changed;
  if (tracked) KeepIncluded(entry, now, rooms);
  return entry.group.EndExclude(rooms) || changed;
}

// Questions that the last record asks for.
template <class Family>
void RouterPart<Family>::Ask(const Address& group, Entry& entry, Time now) {
  if (settings_.version == Version::kV1) return;  // which has none
  if (question_.group && !settings_.ssm.Has(group)) entry.group.CheckGroup(now, LastMemberCount());
  if (settings_.version == Version::kV3) {
    entry.group.CheckSources(question_.sources, now, AnswerTime(), LastMemberCount());
  }
  if (entry.group.is_asked_anew()) entry.next_send = now;
}

template <class Family>
bool RouterPart<Family>::MaySend(Time now) const {
  const QueryRate& rate = shared_.queries;
  return rate.of_interface.Has(query_bucket_, Ticks(now)) && rate.of_all.Has(rate.all, Ticks(now));
}

template <class Family>
Time RouterPart<Family>::NextToken() const {
  const QueryRate& rate = shared_.queries;
  const uint64_t ticks = std::max(rate.of_interface.When(query_bucket_), rate.of_all.When(rate.all));
  return Time(Duration(static_cast<Duration::rep>(ticks)));
}

template <class Family>
void RouterPart<Family>::SendGeneral(Time now) {
  first_query_ = std::min(first_query_, now);
  const Timing& timing = querier_.timing();
  Query<Family> query{.version = settings_.version};
  query.max_response = std::chrono::duration_cast<std::chrono::milliseconds>(timing.query_response_interval);
  SendQuery(query);
}

// Sends what is to be asked about the group, as far as the rate allows; the rest when it does.
template <class Family>
void RouterPart<Family>::Send(const Address& group, Entry& entry, Time now) {
  if (entry.waits_to_send) return;
  if (!link_.up || querier_.own().is_zero()) {
    entry.group.StopChecks();
    entry.next_send = kNever;
    return;
  }
  if (!MaySend(now)) {
    entry.waits_to_send = true;
    waiting_.push_back(group);
    return;
  }
  const auto questions = entry.group.ToAsk(now, AnswerTime());
  Query<Family> query{.version = settings_.version, .group = group};
  query.max_response = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.last_member_query_interval);
  bool sent = true;
  if (questions.group) {
    query.suppress = questions.group_suppressed;
    sent = SendQuery(query);
  } else if (!questions.raised.empty()) {  // beside a question about the group it would say nothing
    query.suppress = true;
    sent = SendSources(query, questions.raised);
  }
  if (sent && !questions.running_out.empty()) {
    query.suppress = false;
    sent = SendSources(query, questions.running_out);
  }
  entry.next_send = kNever;
  if (!sent || entry.group.Asked(now, AnswerTime())) entry.next_send = now + settings_.last_member_query_interval;
  if (!sent) return LookBy(entry.next_send, group, entry);
  shared_.queries.of_interface.Take(query_bucket_, Ticks(now));
  shared_.queries.of_all.Take(shared_.queries.all, Ticks(now));
  entry.was_asked = true;
  LookBy(std::min(entry.next_send, now + AnswerTime()), group, entry);
}

template <class Family>
bool RouterPart<Family>::SendSources(Query<Family> query, std::span<const Address> sources) {
  const size_t most = SourcesThatFit<Family>(link_.mtu, kQueryHeader<Family>);
  while (!sources.empty()) {
    const auto part = sources.first(std::min(most, sources.size()));
    query.sources.assign(part.begin(), part.end());
    if (!SendQuery(query)) return false;
    sources = sources.subspan(part.size());
  }
  return true;
}

template <class Family>
bool RouterPart<Family>::SendQuery(const Query<Family>& asked) {
  Query<Family> query = asked;
  query.robustness = static_cast<uint8_t>(querier_.timing().robustness);
  query.interval = std::chrono::duration_cast<std::chrono::seconds>(querier_.timing().query_interval);
  const MessageKind kind{MessageType::kQuery, query.version};
  const std::vector<uint8_t> message = WriteQuery(query);
  if (!out_.Send(kind, querier_.own(), query.is_general() ? Protocol<Family>::kAllHosts : query.group, message)) {
    return false;
  }
  counters_.Sent(kind, message.size());
  return true;
}

#define MGMD_QUESTIONS_OF(Family)                                                                         \
  template void RouterPart<Family>::Follow(Entry&, const Reporter&, RecordType, std::span<const Address>, \
                                           std::optional<Version>, Time);                                 \
  template bool RouterPart<Family>::IsTracked(const Entry&, const Reporter&, Time) const;                 \
  template bool RouterPart<Family>::EndUnwanted(Entry&, Time);                                            \
  template void RouterPart<Family>::Ask(const Address&, Entry&, Time);                                    \
  template bool RouterPart<Family>::MaySend(Time) const;                                                  \
  template Time RouterPart<Family>::NextToken() const;                                                    \
  template void RouterPart<Family>::SendGeneral(Time);                                                    \
  template void RouterPart<Family>::Send(const Address&, Entry&, Time);
MGMD_QUESTIONS_OF(Ipv4)
MGMD_QUESTIONS_OF(Ipv6)
#undef MGMD_QUESTIONS_OF

}  // namespace mgmd::membership
