#ifndef MGMD_DATAPLANE_RINGS_ERROR_REQUESTS_H_
#define MGMD_DATAPLANE_RINGS_ERROR_REQUESTS_H_

// ICMPv6 errors that a worker asks control to send (RFC 4443): a sender of multicast is told only of a packet that is
// too big and of an option that is not known. A worker says which packet it was and what was wrong; control knows the
// addresses of the router and makes the message.
//
// Asked for are so many a second of each arrival interface, by each worker: everything above that is suppressed, and
// costs no copy. What has been asked for waits in a short ring, so that a few buffers are out at most, and they are of
// a pool that has none for streams.
//
// Threads: the ring's other end is the control thread's; everything else is the worker's.

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstdint>

#include "common/icmpv6_error.h"
#include "common/token_bucket.h"
#include "dataplane/counters/counters.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/frames/copy.h"
#include "dataplane/rings/ring.h"

namespace mgmd::dataplane {

struct ErrorRequest {
  // The Ethernet header without tag, whose source is the one to be told, and the IPv6 packet as it was received, as
  // much of it as the message has room for. Whoever takes the request frees it.
  rte_mbuf* quote = nullptr;
  uint32_t value = 0;  // Icmpv6Error::value
  uint16_t slot = 0;   // where it arrived
  Icmpv6ErrorKind kind{};
};

using ErrorRing = SpscRing<ErrorRequest>;  // worker -> control
inline constexpr uint32_t kErrorRing = 63;

class ErrorRequests {
 public:
  // `ring`: nullptr: nobody sends any. `per_second`: of each arrival interface, and so many at once; 0: none. hz: ticks
  // a second of the worker's clock.
  ErrorRequests(WorkerStats& stats, ErrorRing* ring, rte_mempool* pool, uint32_t per_second, uint64_t hz);
  bool valid() const { return buckets_.valid(); }

  // What a message is to quote of a packet that arrived on the slot: `reader` stands at its Ethernet header, after
  // which it has `octets`. nullptr: none is to be sent.
  rte_mbuf* Quote(uint64_t now, uint16_t slot, FrameReader reader, uint32_t octets);

  // Takes the quote.
  void Send(const ErrorRequest& request);

 private:
  WorkerStats& stats_;
  ErrorRing* const ring_;
  rte_mempool* const pool_;
  const TokenRate rate_;
  ReservedArray<uint64_t> buckets_;  // by slot
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_RINGS_ERROR_REQUESTS_H_
