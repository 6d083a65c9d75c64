#include "control/api/event_text.h"

#include <array>
#include <charconv>
#include <chrono>

#include "control/api/json_text.h"

namespace mgmd::api {
namespace {

std::string Quoted(std::string_view text) { return JsonText(text); }

void AppendNumber(uint64_t number, std::string& lines) {
  std::array<char, 20> digits;
  lines.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// With the family, which (*,*) leaves open.
template <class Family>
void AppendKey(std::string_view name, const FibKey<Family>& key, std::string& lines) {
  lines.append(",\"").append(name).append("\":\"").append(key.ToString());
  lines.append("\",\"family\":\"").append(Family::kWord).append("\"");
}

}  // namespace

int64_t TimeNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void AppendHead(std::string_view event, int64_t time, std::string& lines) {
  constexpr int64_t kSecond = 1'000'000;
  lines.append("{\"event\":\"").append(event).append("\",\"time\":");
  AppendNumber(static_cast<uint64_t>(time / kSecond), lines);
  const std::string fraction = std::to_string(kSecond + time % kSecond);
  lines.append(".").append(fraction, 1);
}

EventText::EventText(const config::Config& config) {
  for (const config::Interface& interface : config.interfaces)
    quoted_.emplace(interface.id.index, Quoted(interface.name));
}

template <class Family>
void EventText::AppendName(const InterfaceIdOf<Family>& interface, std::string& lines) const {
  if (const auto found = quoted_.find(interface.index); interface.next_hop.is_zero() && found != quoted_.end()) {
    lines += found->second;
    return;
  }
  lines.append("\"").append(interface.ToString()).append("\"");
}

template <class Family>
void EventText::AppendMfe(std::string_view& record, int64_t time, std::string& lines) const {
  const auto key = Next<FibKey<Family>>(record);
  const auto mfe = Next<WrittenMfe>(record);
  const auto next_interface = [&] {
    return mfe.next_hops ? Next<InterfaceIdOf<Family>>(record) : InterfaceIdOf<Family>{Next<uint32_t>(record), {}};
  };
  AppendHead(mfe.added ? "mfe_added" : "mfe_changed", time, lines);
  AppendKey("mfe", key, lines);
  lines += ",\"iif\":";
  if (mfe.has_iif) {
    AppendName(next_interface(), lines);
  } else {
    lines += "\"\"";
  }
  lines += ",\"oifs\":[";
  for (uint32_t i = 0; i < mfe.oifs; ++i) {
    if (i != 0) lines += ',';
    AppendName(next_interface(), lines);
  }
  lines += "]}\n";
}

template <class Family>
void EventText::AppendOf(RecordKind kind, int64_t time, std::string_view record, std::string& lines) const {
  switch (kind) {
    case RecordKind::kDeleted:
      while (!record.empty()) {
        AppendHead("mfe_deleted", time, lines);
        AppendKey("mfe", Next<FibKey<Family>>(record), lines);
        lines += "}\n";
      }
      break;
    case RecordKind::kWritten:
      while (!record.empty()) AppendMfe<Family>(record, time, lines);
      break;
    case RecordKind::kMembership: {
      const auto membership = Next<MembershipRecord<Family>>(record);
      AppendHead(membership.added ? "membership_added" : "membership_deleted", time, lines);
      lines.append(",\"client\":").append(Quoted(record));
      AppendKey("entry", membership.key, lines);
      lines += ",\"interface\":";
      AppendName(membership.interface, lines);
      lines += "}\n";
      break;
    }
    case RecordKind::kRefused:
      AppendHead("entry_refused", time, lines);
      AppendKey("mfe", Next<FibKey<Family>>(record), lines);
      lines += "}\n";
      break;
    case RecordKind::kGroup: {
      const auto group = Next<GroupRecord<Family>>(record);
      AppendHead(record.empty() ? "group_joined" : "group_ended", time, lines);
      lines += ",\"interface\":";
      AppendName(group.interface, lines);
      lines.append(",\"family\":\"").append(Family::kWord);
      lines.append("\",\"group\":\"").append(group.group.ToString());
      lines.append("\",\"reporter\":\"").append(group.reporter.ToString());
      if (!record.empty()) lines.append("\",\"why\":\"").append(record);
      lines += "\"}\n";
      break;
    }
    case RecordKind::kText:
      break;
  }
}

void EventText::Append(std::string_view record, std::string& lines) const {
  const auto kind = Next<RecordKind>(record);
  if (kind == RecordKind::kText) {
    lines.append(record);
    return;
  }
  const auto head = Next<RecordHead>(record);
  ForEachFamily([&]<class Family>() {
    if (head.family == Family::kSlotBit) AppendOf<Family>(kind, head.time, record, lines);
  });
}

void EventText::AppendLost(uint64_t count, std::string& lines) {
  AppendHead("events_lost", TimeNow(), lines);
  lines += ",\"count\":";
  AppendNumber(count, lines);
  lines += "}\n";
}

}  // namespace mgmd::api
