#ifndef MGMD_DATAPLANE_STAGES_JUDGE_HEADERS_H_
#define MGMD_DATAPLANE_STAGES_JUDGE_HEADERS_H_

// parse's look at all IPv4 headers of a batch at once. Most batches have nothing that needs more than that; the headers
// of the others are parsed one by one (parse.cc). Compiled for each instruction set.

#include <cstdint>

#include "common/instruction_set.h"
#include "dataplane/batch/packet_batch.h"

namespace mgmd::dataplane {

inline constexpr uint32_t kIpv4Header = 20;

// The words of each header that decide about it, gathered so that one loop judges them all.
struct Ipv4Headers {
  alignas(64) uint64_t first[kBatch];      // octets 0 to 7
  alignas(64) uint64_t hop[kBatch];        // octets 8 to 11: TTL, protocol, checksum
  alignas(64) uint64_t addresses[kBatch];  // octets 12 to 19
  alignas(64) uint64_t room[kBatch];       // octets after the Ethernet header
};

// Whether every header of the batch is twenty octets without fault of a packet that is to be looked up; writes keys,
// lengths and TTLs, which are right if so. `padded`: an IP packet is shorter than its frame.
template <InstructionSet kSet>
bool JudgeHeaders(StreamBatch<Ipv4>& batch, const Ipv4Headers& headers, bool& padded);

using HeaderJudge = bool (*)(StreamBatch<Ipv4>& batch, const Ipv4Headers& headers, bool& padded);

// `set` is supported here.
HeaderJudge FindHeaderJudge(InstructionSet set);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_JUDGE_HEADERS_H_
