#ifndef MGMD_DATAPLANE_STAGES_JUDGE_HEADERS_H_
#define MGMD_DATAPLANE_STAGES_JUDGE_HEADERS_H_

// parse's look at all IP headers of a batch at once. Most batches have nothing that needs more than that; the headers
// of the others are parsed one by one (parse_header.h). Compiled for each instruction set.

#include <cstdint>

#include "common/instruction_set.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {

// The words of each header that decide about it, gathered so that one loop judges them all. Put() has the whole header
// at `ip`, with `octets` from there to the end of the frame.
template <class Family>
struct Headers;

template <>
struct Headers<Ipv4> {
  alignas(64) uint64_t first[kBatch];      // octets 0 to 7
  alignas(64) uint64_t hop[kBatch];        // octets 8 to 11: TTL, protocol, checksum
  alignas(64) uint64_t addresses[kBatch];  // octets 12 to 19
  alignas(64) uint64_t room[kBatch];       // octets after the Ethernet header

  void Put(uint32_t i, const uint8_t* ip, uint32_t octets) {
    first[i] = Load8(ip);
    hop[i] = Load4(ip + 8);
    addresses[i] = Load8(ip + 12);
    room[i] = octets;
  }
};

// Source and group are a key as they stand in the header, and are not gathered whole.
template <>
struct Headers<Ipv6> {
  alignas(64) uint64_t first[kBatch];   // octets 0 to 7
  alignas(64) uint64_t source[kBatch];  // octets 8 to 15: the first half of it
  alignas(64) uint64_t group[kBatch];   // octets 24 to 31: the first half of it
  alignas(64) uint64_t room[kBatch];    // octets after the Ethernet header

  void Put(uint32_t i, const uint8_t* ip, uint32_t octets) {
    first[i] = Load8(ip);
    source[i] = Load8(ip + 8);
    group[i] = Load8(ip + 24);
    room[i] = octets;
  }
};

// Whether every header of the batch is one without fault of a packet that is to be looked up: of IPv4 without options,
// of IPv6 with nothing behind it that parse has to look at. Writes lengths, TTLs or hop limits, and keys of IPv4, which
// are right if so; keys of IPv6 are the caller's. `padded`: an IP packet is shorter than its frame.
template <InstructionSet kSet>
bool JudgeHeaders(StreamBatch<Ipv4>& batch, const Headers<Ipv4>& headers, bool& padded);
template <InstructionSet kSet>
bool JudgeHeaders(StreamBatch<Ipv6>& batch, const Headers<Ipv6>& headers, bool& padded);

template <class Family>
using HeaderJudge = bool (*)(StreamBatch<Family>& batch, const Headers<Family>& headers, bool& padded);

// `set` is supported here.
template <class Family>
HeaderJudge<Family> FindHeaderJudge(InstructionSet set);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_JUDGE_HEADERS_H_
