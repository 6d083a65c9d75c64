#ifndef MGMD_COMMON_COUNTER_TABLE_H_
#define MGMD_COMMON_COUNTER_TABLE_H_

// Everything that is counted, as values: for whoever explains counters or hands them on. The rows stand in
// counter_table.def.

#include <cstdint>
#include <span>
#include <string_view>

namespace mgmd {

// Whose the counter is: there is one for each of these.
enum class CounterOf : uint8_t {
  kDrops,
  kPunts,
  kWorker,
  kControl,
  kPort,
  kRoute,
  kOif,
  kInterface,
  kMembership,
  kLimit
};
// In words: "drops", "worker", ...
std::string_view Name(CounterOf of);

enum class CounterType : uint8_t { kCounter, kGauge };
// "counter", "gauge".
std::string_view Name(CounterType type);

struct CounterInfo {
  CounterOf of;
  std::string_view name;
  CounterType type;
  std::string_view unit;
  std::string_view help;
  std::string_view cause;   // "-": it is no sign of trouble
  std::string_view remedy;  // "-" likewise
};

// In the order of the table. Any thread.
std::span<const CounterInfo> EveryCounter();

}  // namespace mgmd

#endif  // MGMD_COMMON_COUNTER_TABLE_H_
