#ifndef MGMD_DATAPLANE_STAGES_PARSE_HEADER_H_
#define MGMD_DATAPLANE_STAGES_PARSE_HEADER_H_

// One IP header, rule by rule: for the packets of a batch whose headers do not all pass together (judge_headers.h).
// Part of parse.

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {

// The header of packet `from` of the batch, in whatever segments; writes what it finds of a stream's packet to place
// `to`.
Verdict ParseHeader(const Parser& with, StreamBatch<Ipv4>& batch, uint32_t from, uint32_t to);
Verdict ParseHeader(const Parser& with, StreamBatch<Ipv6>& batch, uint32_t from, uint32_t to);

// Whether a frame for the address is for all stations.
inline bool IsBroadcast(const uint8_t* station) { return (Load8(station) & 0xFFFFFFFFFFFF) == 0xFFFFFFFFFFFF; }

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_PARSE_HEADER_H_
