// What the router part makes of messages.

#include <algorithm>

#include "control/membership/router_part.h"

namespace mgmd::membership {
namespace {

// What a question that lowers timers leaves hosts at the least, whatever it says: a forged one with none would stop
// streams at once.
constexpr std::chrono::milliseconds kShortestAnswer{200};

bool NamesSources(RecordType type) { return type != RecordType::kIsExclude && type != RecordType::kToExclude; }

bool CanBeSourceOfStream(Ipv4Address source) { return source.is_valid_source(); }
bool CanBeSourceOfStream(const Ipv6Address& source) { return source.is_valid_source() && !source.is_link_local(); }

}  // namespace

template <class Family>
void RouterPart<Family>::Take(const Datagram<Family>& datagram, MessageKind kind, Time now) {
  if (!link_.up) return counters_.Add(Counter::kNotEnabled);
  if (NextDeadline() < now) Tick(now - Duration(1));  // what is of the same instant comes after the message
  const AddressCheck addresses = CheckAddresses(datagram, kind, link_, settings_.acceptance, Part::kRouter);
  if (addresses.fault == Counter::kOwn) observer_.DuplicateAddress(datagram.source);
  if (addresses.fault) return counters_.Add(*addresses.fault);
  if (addresses.foreign) counters_.Add(Counter::kForeign);
  if (const auto fault = CheckContents(datagram, kind)) return counters_.Add(*fault);
  if (kind.type == MessageType::kQuery) return TakeQuery(datagram, kind, now);

  if (kind.type == MessageType::kReport && !settings_.Takes(kind.version)) return counters_.Add(Counter::kVersion);
  counters_.Received(kind, datagram.message.size());
  const Reporter reporter{datagram.source, HostOf(datagram), !addresses.foreign};
  touched_.clear();
  if (kind.type == MessageType::kReport && kind.version == Version::kV3) {
    ForEachRecord<Family>(datagram.message, sources_,
                          [&](const Record<Family>& record) { TakeRecord(record, reporter, now); });
  } else {
    TakeOldMessage(datagram, kind, reporter, now);
  }
  // Questions that several records have asked for go together.
  for (const Address& group : touched_) AfterMessage(group, now);
  TellRooms();
}

template <class Family>
void RouterPart<Family>::TakeQuery(const Datagram<Family>& datagram, MessageKind kind, Time now) {
  const auto query = ReadQuery<Family>(datagram.message);
  if (!query) return counters_.Add(Counter::kBadQuery);
  counters_.Received(kind, datagram.message.size());
  if (!query->is_general()) return HearSpecificQuery(*query, now);
  if (query->version != settings_.version) {
    counters_.Add(Counter::kWrongVersionQuery);
    observer_.WrongVersion(datagram.source, query->version);
  }
  first_query_ = std::min(first_query_, now);
  const bool was_querier = querier_.is_querier();
  querier_.Hear(*query, datagram.source, now);
  if (was_querier == querier_.is_querier()) return;
  counters_.Add(Counter::kElectionChanges);
  observer_.QuerierChanged();
}

// RFC 9776 section 6.6.1.
template <class Family>
void RouterPart<Family>::HearSpecificQuery(const Query<Family>& query, Time now) {
  const auto found = groups_.find(query.group);
  if (found == groups_.end() || query.suppress) return;
  const Duration answer = std::max<Duration>(LastMemberCount() * query.max_response, kShortestAnswer);
  Entry& entry = *found->second;
  // Hosts of version 1 answer no question about a group (RFC 1112 appendix I), so that it finds out nothing about them;
  // their group's leaves count for nothing either (RFC 9776 section 7.3.2).
  if (entry.older.Oldest(now) == Version::kV1) return;
  if (query.sources.empty()) {
    entry.group.LowerGroup(now + answer);
  } else {
    entry.group.LowerSources(query.sources, now + answer);
  }
  entry.was_asked = true;
  LookBy(now + answer, query.group, entry);
}

template <class Family>
void RouterPart<Family>::TakeOldMessage(const Datagram<Family>& datagram, MessageKind kind, const Reporter& reporter,
                                        Time now) {
  const Address group = GroupOf<Family>(datagram.message);
  const bool leave = kind.type == MessageType::kLeave;
  // A router of version 1 knows no leave.
  if (leave && settings_.version == Version::kV1) return;
  if (!PermitsGroup(group, false)) return;
  ApplyRecord(leave ? RecordType::kToInclude : RecordType::kIsExclude, group, {}, reporter, kind.version, now);
}

template <class Family>
bool RouterPart<Family>::PermitsGroup(const Address& group, bool names_sources) {
  std::optional<Counter> fault;
  if (!group.is_multicast()) {
    fault = Counter::kBadGroup;
  } else if (group.is_link_local_multicast()) {
    fault = Counter::kLocalGroup;
  } else if (!(names_sources ? settings_.acl.PermitsSomeSource(group) : settings_.acl.PermitsAnySource(group))) {
    fault = Counter::kAcl;
  } else if (settings_.boundary && settings_.boundary(group)) {
    fault = Counter::kBoundary;
  } else if (!names_sources && settings_.ssm.Has(group)) {
    fault = Counter::kSsmIgnored;
  }
  if (fault) counters_.Add(*fault);
  return !fault;
}

template <class Family>
void RouterPart<Family>::TakeRecord(const Record<Family>& record, const Reporter& reporter, Time now) {
  const bool known = record.type >= RecordType::kIsInclude && record.type <= RecordType::kBlock;
  if (!PermitsGroup(record.group, !known || NamesSources(record.type))) return;
  if (!known) return counters_.Add(Counter::kRecordType);
  permitted_.clear();
  for (const Address& source : record.sources) {
    if (!CanBeSourceOfStream(source)) {
      counters_.Add(Counter::kBadRecordSource);
    } else if (NamesSources(record.type) && !settings_.acl.Permits(record.group, source)) {
      counters_.Add(Counter::kAcl);
    } else {
      permitted_.push_back(source);
    }
  }
  ApplyRecord(record.type, record.group, permitted_, reporter, std::nullopt, now);
}

// `older`: of a message of that version; nothing: of a record.
template <class Family>
void RouterPart<Family>::ApplyRecord(RecordType type, const Address& group, std::span<const Address> sources,
                                     const Reporter& reporter, std::optional<Version> older, Time now) {
  const auto found = groups_.find(group);
  Entry* entry = found == groups_.end() ? nullptr : found->second.get();
  const bool adds = !NamesSources(type) || (type != RecordType::kBlock && !sources.empty());
  if (entry == nullptr) {
    if (!adds) return;
    entry = Make(group);
    if (entry == nullptr) return;
  }
  // RFC 9776 section 7.3.2. A list beside hosts that cannot name sources counts for nothing: its sources would be
  // blocked for them when reports that they keep to themselves are missed.
  const bool is_leave = type == RecordType::kToInclude;
  if (older && !is_leave) {
    entry->older.Hear(*older, now + querier_.timing().OlderHostPresent());
  }
  const Version mode = entry->older.Oldest(now);
  touched_.push_back(group);
  if ((mode != Version::kV3 && type == RecordType::kBlock) || (mode == Version::kV1 && is_leave)) return;
  if (mode != Version::kV3 && !NamesSources(type)) sources = {};

  if (settings_.immediate_leave == ImmediateLeave::kTracked) Follow(*entry, reporter, type, sources, older, now);
  SourceRooms rooms = Rooms();
  bool changed = entry->group.Apply(type, sources, now, Lives(), rooms, question_);
  CountRefused(group, *entry, rooms);
  if (adds) entry->last_reporter = reporter.address;
  if (settings_.immediate_leave == ImmediateLeave::kAlways || IsTracked(*entry, reporter, now)) {
    changed |= EndUnwanted(*entry, now);
    LookBy(entry->group.NextExpiry(), group, *entry);  // what is left of EXCLUDE may run out before it would have
  } else if (querier_.is_querier()) {
    Ask(group, *entry, now);
  }
  if (!entry->joined && !entry->group.empty()) {
    entry->joined = true;
    entry->since = now;
    counters_.Add(Counter::kJoins);
    observer_.Joined(group, reporter.address);
  }
  LookBy(now + Lives(), group, *entry);
  if (changed) observer_.Changed(group);
}

// Nothing: there is no room for another group.
template <class Family>
typename RouterPart<Family>::Entry* RouterPart<Family>::Make(const Address& group) {
  if (!group_room_.Take()) {
    counters_.Add(Counter::kLimitGroups);
    return nullptr;
  }
  if (!shared_.memberships.Take()) {
    group_room_.Give();
    counters_.Add(Counter::kLimitGlobal);
    return nullptr;
  }
  return groups_.emplace(group, std::make_unique<Entry>()).first->second.get();
}

template <class Family>
void RouterPart<Family>::CountRefused(const Address& group, Entry& entry, const SourceRooms& rooms) {
  counters_.Add(Counter::kLimitSources, rooms.refused_by_group);
  counters_.Add(Counter::kLimitGlobal, rooms.refused_by_all);
  const size_t sources = entry.group.sources().size();
  const bool full = rooms.refused_by_group > 0;
  if (full == entry.sources_full || (!full && sources * 10 >= size_t{settings_.max_sources} * 9)) return;
  entry.sources_full = full;
  observer_.RoomChanged(WhichRoom::kSources, full ? RoomNews::kFull : RoomNews::kBelowAgain, settings_.max_sources,
                        group);
}

template void RouterPart<Ipv4>::Take(const Datagram<Ipv4>&, MessageKind, Time);
template void RouterPart<Ipv6>::Take(const Datagram<Ipv6>&, MessageKind, Time);

}  // namespace mgmd::membership
