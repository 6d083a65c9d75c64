#ifndef MGMD_COMMON_DROP_REASON_H_
#define MGMD_COMMON_DROP_REASON_H_

// Why a packet, or one copy of it, was not forwarded: the rows MGMD_DROP of counter_table.def, each with its name (in
// summaries, telemetry and logs), what is counted, the rule behind it, and sentences for people.
// docs/dataplane-rules.md is checked against it.
//
// What is counted:
//   kPacket  an input packet ended here, all of it
//   kCopy    one copy for one oif was not made or not sent; other copies of the packet may have been
//   kDevice  lost by a device before or after the workers, as the device itself reports

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mgmd {

enum class DropReason : uint8_t {
#define MGMD_DROP(enumerator, ...) enumerator,
#include "common/counter_table.def"
};

#define MGMD_DROP(...) +1
inline constexpr size_t kDropReasons = 0
#include "common/counter_table.def"
    ;

enum class DropScope : uint8_t { kPacket, kCopy, kDevice };

struct DropReasonInfo {
  DropReason reason;
  std::string_view name;
  DropScope scope;
  std::string_view rule;
  std::string_view description;
};

const DropReasonInfo& Info(DropReason reason);
inline std::string_view Name(DropReason reason) { return Info(reason).name; }

}  // namespace mgmd

#endif  // MGMD_COMMON_DROP_REASON_H_
