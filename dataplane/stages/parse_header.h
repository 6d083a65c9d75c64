#ifndef MGMD_DATAPLANE_STAGES_PARSE_HEADER_H_
#define MGMD_DATAPLANE_STAGES_PARSE_HEADER_H_

// One IP header, rule by rule: for the packets of a batch whose headers do not all pass together (judge_headers.h).
// Part of parse.

#include <cstdint>

#include "common/drop_reason.h"
#include "common/local_class.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {

// What becomes of a frame after its Ethernet header.
struct Verdict {
  enum class Way : uint8_t { kStream, kLocal, kDrop };
  Way way = Way::kStream;
  DropReason reason{};       // of kDrop
  LocalClass local_class{};  // of kLocal
  // Of kDrop: the place of what a Parameter Problem is to name, in octets from the begin of the IPv6 header; 0: the
  // sender is not told.
  uint16_t problem_at = 0;

  static constexpr Verdict Stream() { return {}; }
  static constexpr Verdict Local(LocalClass local_class) { return {.way = Way::kLocal, .local_class = local_class}; }
  // `wanted`: of the interface. `fragment`: the packet is one.
  static constexpr Verdict LocalWhere(LocalClasses wanted, LocalClass local_class, bool fragment) {
    if (fragment && wanted.drops_fragment(local_class)) return Drop(DropReason::kFragment);
    return wanted.Has(local_class) ? Local(local_class) : Drop(DropReason::kNoConsumer);
  }
  static constexpr Verdict Drop(DropReason reason, uint16_t problem_at = 0) {
    return {.way = Way::kDrop, .reason = reason, .problem_at = problem_at};
  }
};

// The header of packet `from` of the batch, in whatever segments; writes what it finds of a stream's packet to place
// `to`.
Verdict ParseHeader(const Parser& with, StreamBatch<Ipv4>& batch, uint32_t from, uint32_t to);
Verdict ParseHeader(const Parser& with, StreamBatch<Ipv6>& batch, uint32_t from, uint32_t to);

// Whether a frame for the address is for all stations.
inline bool IsBroadcast(const uint8_t* station) { return (Load8(station) & 0xFFFFFFFFFFFF) == 0xFFFFFFFFFFFF; }

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_PARSE_HEADER_H_
