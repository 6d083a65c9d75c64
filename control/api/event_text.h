#ifndef MGMD_CONTROL_API_EVENT_TEXT_H_
#define MGMD_CONTROL_API_EVENT_TEXT_H_

// Makes lines of JSON of event records. Immutable; any thread. Cost: some hundred nanoseconds a line.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "control/api/event_record.h"
#include "control/config/config.h"

namespace mgmd::api {

class EventText {
 public:
  explicit EventText(const config::Config& config);

  // Appends the record's lines.
  void Append(std::string_view record, std::string& lines) const;
  // {"event": "events_lost", "time": ..., "count": ...}
  static void AppendLost(uint64_t count, std::string& lines);

 private:
  // What follows the head.
  template <class Family>
  void AppendOf(RecordKind kind, int64_t time, std::string_view record, std::string& lines) const;
  template <class Family>
  void AppendName(const InterfaceIdOf<Family>& interface, std::string& lines) const;
  template <class Family>
  void AppendMfe(std::string_view& record, int64_t time, std::string& lines) const;

  absl::flat_hash_map<uint32_t, std::string> quoted_;  // names as JSON, by index
};

// Microseconds since 1970.
int64_t TimeNow();

// {"event":"NAME","time":SECONDS without the end.
void AppendHead(std::string_view event, int64_t time, std::string& lines);

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_EVENT_TEXT_H_
