#ifndef MGMD_DATAPLANE_COUNTERS_ACCOUNTS_H_
#define MGMD_DATAPLANE_COUNTERS_ACCOUNTS_H_

// Where a worker counts, and how a loss is counted: once in the total of its reason, and charged to the stream and the
// oif where these are known.

#include <rte_mbuf.h>

#include <cstdint>

#include "common/drop_reason.h"
#include "common/interface.h"
#include "dataplane/counters/counters.h"
#include "dataplane/counters/exceptions.h"
#include "dataplane/fib/entry.h"

namespace mgmd::dataplane {

// Drops a packet of no entry: total, buffer.
inline void DropPacket(WorkerStats& stats, rte_mbuf* mbuf, DropReason reason) {
  stats.Drop(reason);
  rte_pktmbuf_free(mbuf);
}

// Of the streams of one family, whose entries counter indices are.
struct Accounts {
  WorkerStats& stats;
  StreamCounters& counters;
  ExceptionTable& exceptions;

  // Charges packets or copies to a stream's oif (kNoSlot: to the stream), besides the totals of WorkerStats.
  void Charge(uint32_t counter, uint16_t slot, DropReason reason, uint64_t n = 1) const {
    if (counter == kNoEntry) return;
    Add(counters.line(counter).exceptions, n);
    if (!exceptions.Add({counter, InterfaceSlot{slot}, reason}, n)) Add(stats.unattributed, n);
  }

  // A copy for an oif that is lost: total and charge.
  void DropCopy(uint32_t counter, uint16_t slot, DropReason reason) const {
    stats.Drop(reason);
    Charge(counter, slot, reason);
  }

  // A packet of an entry that is lost: total, charge, buffer.
  void DropPacket(rte_mbuf* mbuf, DropReason reason, uint32_t counter) const {
    Charge(counter, Value(kNoSlot), reason);
    dataplane::DropPacket(stats, mbuf, reason);
  }
};

// The accounts of copies, whose family is that of their oif: equal indices of both FIBs have no place in common.
struct CopyAccounts {
  WorkerStats& stats;
  const Accounts& ipv4;
  const Accounts& ipv6;

  // `slot` is an oif's.
  const Accounts& Of(uint16_t slot) const { return IsIpv6(slot) ? ipv6 : ipv4; }
  void Charge(uint32_t counter, uint16_t slot, DropReason reason) const { Of(slot).Charge(counter, slot, reason); }
  void DropCopy(uint32_t counter, uint16_t slot, DropReason reason) const { Of(slot).DropCopy(counter, slot, reason); }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_COUNTERS_ACCOUNTS_H_
