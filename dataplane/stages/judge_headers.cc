#include "dataplane/stages/judge_headers.h"

#include "dataplane/fib/key_bits.h"
#include "dataplane/stages/extension_headers.h"
#include "dataplane/stages/local.h"

namespace mgmd::dataplane {

// Written for the compiler to do as many headers at a time as the registers hold: no branch, faults are bits that
// should not be set or numbers that should not be negative.
template <>
bool JudgeHeaders<kBuiltFor>(StreamBatch<Ipv4>& batch, const Headers<Ipv4>& headers, bool& padded) {
  uint64_t wrong = 0, negative = 0, padding = 0;
  for (uint32_t i = 0; i < batch.count; ++i) {
    const uint64_t first = headers.first[i];
    const uint64_t hop = headers.hop[i];
    const uint64_t addresses = headers.addresses[i];
    const uint64_t room = headers.room[i];
    wrong |= (first & 0xFF) ^ 0x45;
    wrong |= first >> 48 & 0xFF1F;  // a later fragment
    const uint64_t total = (first >> 8 & 0xFF00) | (first >> 24 & 0xFF);
    negative |= (total - kIpv4Header) | (room - total);
    negative |= (((hop & 0xFF00) ^ (uint64_t{kIgmp} << 8)) - 1) | (((hop & 0xFF00) ^ (uint64_t{kPim} << 8)) - 1);
    padding |= room - total;

    uint64_t sum = (first & 0xFFFFFFFF) + (first >> 32) + hop + (addresses & 0xFFFFFFFF) + (addresses >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    wrong |= sum ^ 0xFFFF;

    // Source and group follow each other: already a key.
    const uint64_t key = __builtin_bswap64(addresses);
    const uint64_t top = key >> 56;
    const uint64_t group = key & 0xFFFFFFFF;
    wrong |= group >> 28 ^ 0xE;
    negative |= (group >> 8) - 0xE00001;                                // 224.0.0/24
    negative |= (top - 1) | ((top ^ 127) - 1) | (uint64_t{223} - top);  // no host's address
    batch.keys[i] = KeyBits::Key(key);                                  // read by nobody if there is a fault
    batch.ip_lengths[i] = static_cast<uint16_t>(total);
    batch.ttls[i] = static_cast<uint8_t>(hop);
  }
  padded = padding != 0;
  return wrong == 0 && negative >> 63 == 0;
}

template <>
bool JudgeHeaders<kBuiltFor>(StreamBatch<Ipv6>& batch, const Headers<Ipv6>& headers, bool& padded) {
  uint64_t wrong = 0, negative = 0, padding = 0;
  for (uint32_t i = 0; i < batch.count; ++i) {
    const uint64_t first = headers.first[i];
    const uint64_t source = headers.source[i];
    const uint64_t group = headers.group[i];
    const uint64_t room = headers.room[i];
    wrong |= (first & 0xF0) ^ 0x60;
    const uint64_t total = kIpv6Header + ((first >> 24 & 0xFF00) | (first >> 40 & 0xFF));
    negative |= (room - total) | (kMostIpv6Octets - total);
    padding |= room - total;
    // One bit for each next header that has to be looked at. A few others share their bits: these are looked at for
    // nothing.
    wrong |= kLookedAtNextHeaders >> (first >> 48 & 63) & 1;

    wrong |= (group & 0xFF) ^ 0xFF;
    negative |= (group >> 8 & 0x0F) - 3;                       // scopes 0, 1 and 2
    negative |= ((source & 0xFF) ^ 0xFF) - 1;                  // multicast
    negative |= ((source & 0xC0FF) ^ 0x80FE) - 1;              // fe80::/10
    negative |= ((source >> 32) | (source & 0xFFFFFFFF)) - 1;  // among others ::/96 and ::ffff:0:0/96
    batch.ip_lengths[i] = static_cast<uint16_t>(total);
    batch.ttls[i] = static_cast<uint8_t>(first >> 56);
  }
  padded = padding != 0;
  return wrong == 0 && negative >> 63 == 0;
}

}  // namespace mgmd::dataplane
