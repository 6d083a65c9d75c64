#include "control/api/event_text.h"

#include <array>
#include <charconv>
#include <chrono>

#include "control/api/event_record.h"
#include "control/api/json_text.h"

namespace mgmd::api {
namespace {

std::string Quoted(std::string_view text) { return JsonText(text); }

void AppendNumber(uint64_t number, std::string& lines) {
  std::array<char, 20> digits;
  lines.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void AppendMember(std::string_view name, const Ipv4FibKey& key, std::string& lines) {
  lines.append(",\"").append(name).append("\":\"").append(key.ToString()).append("\"");
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
  for (const config::Interface& interface : config.interfaces) quoted_.emplace(interface.id, Quoted(interface.name));
}

void EventText::AppendName(InterfaceId interface, std::string& lines) const {
  if (const auto found = quoted_.find(interface); found != quoted_.end()) {
    lines += found->second;
    return;
  }
  lines.append("\"").append(interface.ToString()).append("\"");
}

void EventText::AppendMfe(std::string_view& record, int64_t time, std::string& lines) const {
  const auto key = Next<Ipv4FibKey>(record);
  const auto mfe = Next<WrittenMfe>(record);
  AppendHead(mfe.added ? "mfe_added" : "mfe_changed", time, lines);
  AppendMember("mfe", key, lines);
  lines += ",\"iif\":";
  if (mfe.has_iif) {
    AppendName(Next<InterfaceId>(record), lines);
  } else {
    lines += "\"\"";
  }
  lines += ",\"oifs\":[";
  for (uint32_t i = 0; i < mfe.oifs; ++i) {
    if (i != 0) lines += ',';
    AppendName(mfe.next_hops ? Next<InterfaceId>(record) : InterfaceId{Next<uint32_t>(record), {}}, lines);
  }
  lines += "]}\n";
}

void EventText::Append(std::string_view record, std::string& lines) const {
  const auto kind = Next<RecordKind>(record);
  if (kind == RecordKind::kText) {
    lines.append(record);
    return;
  }
  const auto time = Next<int64_t>(record);
  switch (kind) {
    case RecordKind::kDeleted:
      while (!record.empty()) {
        AppendHead("mfe_deleted", time, lines);
        AppendMember("mfe", Next<Ipv4FibKey>(record), lines);
        lines += "}\n";
      }
      break;
    case RecordKind::kWritten:
      while (!record.empty()) AppendMfe(record, time, lines);
      break;
    case RecordKind::kMembership: {
      const auto membership = Next<MembershipRecord>(record);
      AppendHead(membership.added ? "membership_added" : "membership_deleted", time, lines);
      lines.append(",\"client\":").append(Quoted(record));
      AppendMember("entry", membership.key, lines);
      lines += ",\"interface\":";
      AppendName(membership.interface, lines);
      lines += "}\n";
      break;
    }
    case RecordKind::kRefused:
      AppendHead("entry_refused", time, lines);
      AppendMember("mfe", Next<Ipv4FibKey>(record), lines);
      lines += "}\n";
      break;
    case RecordKind::kText:
      break;
  }
}

void EventText::AppendLost(uint64_t count, std::string& lines) {
  AppendHead("events_lost", TimeNow(), lines);
  lines += ",\"count\":";
  AppendNumber(count, lines);
  lines += "}\n";
}

}  // namespace mgmd::api
