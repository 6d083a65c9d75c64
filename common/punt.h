#ifndef MGMD_COMMON_PUNT_H_
#define MGMD_COMMON_PUNT_H_

// A packet that a worker cannot decide, told to control as a descriptor: why, which stream, where it arrived, and the
// first bytes of its IP packet. The packet itself stays with the worker (a pending stream) or is dropped.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/fib_key.h"
#include "common/interface.h"

namespace mgmd {

// The rows MGMD_PUNT of counter_table.def.
enum class PuntReason : uint8_t {
#define MGMD_PUNT(enumerator, ...) enumerator,
#include "common/counter_table.def"
};

#define MGMD_PUNT(...) +1
inline constexpr size_t kPuntReasons = 0
#include "common/counter_table.def"
    ;

inline constexpr std::array<std::string_view, kPuntReasons> kPuntReasonNames = {
#define MGMD_PUNT(enumerator, name, ...) name,
#include "common/counter_table.def"
};

template <class Family>
struct Punt {
  FibKey<Family> key;  // always (S,G)
  InterfaceSlot arrival = kNoSlot;
  PuntReason reason = PuntReason::kNoEntry;
  uint8_t worker = 0;
  uint8_t header_size = 0;           // bytes of `header` that are valid
  std::array<uint8_t, 99> header{};  // the IP packet from its first byte: header, options and a piece of the payload

  std::span<const uint8_t> header_bytes() const { return {header.data(), header_size}; }
};
static_assert(sizeof(Punt<Ipv4>) == 112);

}  // namespace mgmd

#endif  // MGMD_COMMON_PUNT_H_
