#ifndef MGMD_CONTROL_MEMBERSHIP_COUNTERS_H_
#define MGMD_CONTROL_MEMBERSHIP_COUNTERS_H_

// What is counted of IGMP or MLD on an interface: common/counter_table.def says what each means. Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "control/membership/message.h"

namespace mgmd::membership {

enum class Counter : uint8_t {
#define MGMD_MEMBERSHIP(enumerator, ...) enumerator,
#include "common/counter_table.def"
};
inline constexpr std::string_view kCounterNames[] = {
#define MGMD_MEMBERSHIP(enumerator, name, ...) name,
#include "common/counter_table.def"
};
inline constexpr size_t kCounters = std::size(kCounterNames);
constexpr std::string_view NameOf(Counter counter) { return kCounterNames[static_cast<size_t>(counter)]; }

// Messages of a type and version, and their octets without IP's header.
struct Traffic {
  uint64_t received = 0;
  uint64_t received_octets = 0;
  uint64_t sent = 0;
  uint64_t sent_octets = 0;
};

class Counters {
 public:
  void Add(Counter counter, uint64_t count = 1) { counts_[static_cast<size_t>(counter)] += count; }
  uint64_t of(Counter counter) const { return counts_[static_cast<size_t>(counter)]; }

  void Received(MessageKind kind, size_t octets) {
    Traffic& traffic = traffic_[PlaceOf(kind)];
    ++traffic.received;
    traffic.received_octets += octets;
  }
  void Sent(MessageKind kind, size_t octets) {
    Traffic& traffic = traffic_[PlaceOf(kind)];
    ++traffic.sent;
    traffic.sent_octets += octets;
  }
  const Traffic& of(MessageKind kind) const { return traffic_[PlaceOf(kind)]; }

 private:
  static constexpr size_t PlaceOf(MessageKind kind) {
    return static_cast<size_t>(kind.type) * 3 + static_cast<size_t>(kind.version) - 1;
  }

  std::array<uint64_t, kCounters> counts_{};
  std::array<Traffic, 9> traffic_{};
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_COUNTERS_H_
