#ifndef MGMD_CONTROL_MEMBERSHIP_REPORT_DELAY_H_
#define MGMD_CONTROL_MEMBERSHIP_REPORT_DELAY_H_

// How long a host waits before it reports: it shall differ from host to host (RFC 9776 section 5). Taken from the
// host's address, the group and a counter instead of at random, so that the same history gives the same messages.
//
// Plain value. Any thread.

#include <algorithm>
#include <cstdint>

#include "common/ip_address.h"
#include "control/membership/protocol.h"

namespace mgmd::membership {

class ReportDelay {
 public:
  // More than nothing, and at most that long.
  template <class Address>
  Duration Within(Duration longest, const Address& own, const Address& group) {
    const uint64_t random = Mix(Mix(Mix(0, own), group), ++count_);
    return Duration(1 + random % static_cast<uint64_t>(std::max<Duration::rep>(longest.count(), 1)));
  }

 private:
  // SplitMix64.
  static constexpr uint64_t Mix(uint64_t state, uint64_t value) {
    state = (state ^ value) + 0x9E3779B97F4A7C15;
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9;
    state = (state ^ state >> 27) * 0x94D049BB133111EB;
    return state ^ state >> 31;
  }
  static constexpr uint64_t Mix(uint64_t state, Ipv4Address address) { return Mix(state, address.host_order()); }
  static constexpr uint64_t Mix(uint64_t state, const Ipv6Address& address) {
    for (const uint8_t octet : address.bytes()) state = Mix(state, uint64_t{octet});
    return state;
  }

  uint64_t count_ = 0;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_REPORT_DELAY_H_
