#include "common/counter_table.h"

#include <array>

#include "common/drop_reason.h"

namespace mgmd {
namespace {

constexpr std::string_view UnitOf(DropScope scope) {
  switch (scope) {
    case DropScope::kPacket:
      return "packets";
    case DropScope::kCopy:
      return "copies";
    case DropScope::kDevice:
      return "frames";
  }
  return "";
}

constexpr CounterInfo kTable[] = {
#define MGMD_DROP(enumerator, name, scope, rule, help, cause, remedy) \
  {CounterOf::kDrops, name, CounterType::kCounter, UnitOf(DropScope::scope), help, cause, remedy},
#define MGMD_PUNT(enumerator, name, help, cause, remedy) \
  {CounterOf::kPunts, name, CounterType::kCounter, "packets", help, cause, remedy},
#define MGMD_LOCAL(enumerator, name, rate, burst, help, cause, remedy) \
  {CounterOf::kPunts, name, CounterType::kCounter, "packets", help, cause, remedy},
#define MGMD_WORKER(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kWorker, name, CounterType::type, unit, help, cause, remedy},
#define MGMD_STAGE(enumerator, name, help) \
  {CounterOf::kWorker, name "_cycles", CounterType::kCounter, "cycles", help, "-", "-"},
#define MGMD_CONTROL(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kControl, name, CounterType::type, unit, help, cause, remedy},
#define MGMD_PORT(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kPort, name, CounterType::type, unit, help, cause, remedy},
#define MGMD_ROUTE(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kRoute, name, CounterType::type, unit, help, cause, remedy},
#define MGMD_OIF(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kOif, name, CounterType::type, unit, help, cause, remedy},
#define MGMD_INTERFACE(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kInterface, name, CounterType::type, unit, help, cause, remedy},
#define MGMD_MEMBERSHIP(enumerator, name, unit, help, cause, remedy) \
  {CounterOf::kMembership, name, CounterType::kCounter, unit, help, cause, remedy},
#define MGMD_LIMIT(field, name, type, unit, help, cause, remedy) \
  {CounterOf::kLimit, name, CounterType::type, unit, help, cause, remedy},
#include "common/counter_table.def"
};

}  // namespace

std::string_view Name(CounterOf of) {
  static constexpr std::array<std::string_view, 10> kNames = {"drops", "punts", "worker",    "control",    "port",
                                                              "route", "oif",   "interface", "membership", "limit"};
  return kNames[static_cast<size_t>(of)];
}

std::string_view Name(CounterType type) { return type == CounterType::kCounter ? "counter" : "gauge"; }

std::span<const CounterInfo> EveryCounter() { return kTable; }

}  // namespace mgmd
