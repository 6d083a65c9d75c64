#ifndef MGMD_CONTROL_LOCAL_ICMPV6_ERROR_SENDER_H_
#define MGMD_CONTROL_LOCAL_ICMPV6_ERROR_SENDER_H_

// Sends the ICMPv6 errors that workers ask for (common/icmpv6_error.h), each out of the interface on which the packet
// arrived and to the station that it came from: nothing here forwards unicast.
//
// None is sent about a packet that is not answerable (answerable.h), none without an address to send it from
// (own_addresses.h), and of each interface so many a second, whichever workers ask.
//
// Control thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/icmpv6_error.h"
#include "common/local_packets.h"
#include "common/token_bucket.h"
#include "control/local/icmpv6/own_addresses.h"
#include "control/local/injector.h"
#include "control/views/control_stats.h"

namespace mgmd::icmpv6 {

class ErrorSender : private Icmpv6ErrorSink {
 public:
  using Clock = std::chrono::steady_clock;

  // `packets`, `injector` and `stats`, whose rows icmpv6_* are counted, outlive it. `per_second`: of each arrival
  // interface, and so many at once; 0: none.
  ErrorSender(LocalPackets& packets, local::Injector& injector, OwnAddresses addresses, views::ControlStats& stats,
              uint32_t per_second = kIcmpv6ErrorsPerSecond, std::function<Clock::time_point()> now = Clock::now)
      : packets_(packets),
        injector_(injector),
        addresses_(std::move(addresses)),
        stats_(stats),
        now_(std::move(now)),
        rate_(Clock::period::den / Clock::period::num, per_second, per_second) {}

  // The router's addresses are others now.
  void SetAddresses(OwnAddresses addresses) { addresses_ = std::move(addresses); }

  // Sends what has been asked for. Returns whether anything was.
  bool Poll() { return packets_.ReceiveErrors(*this) > 0; }

 private:
  void Take(const Icmpv6Error& error) override;

  LocalPackets& packets_;
  local::Injector& injector_;
  OwnAddresses addresses_;
  views::ControlStats& stats_;
  const std::function<Clock::time_point()> now_;
  const TokenRate rate_;
  absl::flat_hash_map<InterfaceSlot, uint64_t> buckets_;
};

}  // namespace mgmd::icmpv6

#endif  // MGMD_CONTROL_LOCAL_ICMPV6_ERROR_SENDER_H_
