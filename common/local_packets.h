#ifndef MGMD_COMMON_LOCAL_PACKETS_H_
#define MGMD_COMMON_LOCAL_PACKETS_H_

// The seam between control and dataplane for packets that are for the router itself, for those whose senders it is to
// tell of them, and for what the router says itself. control/plane implements it on DPDK, tests/fakes without. Streams
// go by the Forwarder (forwarder.h).
//
// Workers hand over whole packets of the classes that somebody wants, never more than the class's rate on an interface
// and never more than fit into buffers set apart for them, so that no flood of them reaches streams. What nobody wants
// is dropped by the worker, as if there were no classes.
//
// Threads: every function is called on the control thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/icmpv6_error.h"
#include "common/interface.h"
#include "common/local_class.h"
#include "common/own_address.h"

namespace mgmd {

// One packet, as it arrived.
struct LocalPacket {
  LocalClass local_class{};
  InterfaceSlot arrival = kNoSlot;
  std::chrono::steady_clock::time_point arrived;
  // The whole frame: Ethernet header without the VLAN tag, which the interface says, and all that follows, padding
  // too. Lives for the call.
  std::span<const uint8_t> frame;
};

class LocalSink {
 public:
  virtual ~LocalSink() = default;
  // False: nobody takes it, and it is counted as dropped (`no_consumer`).
  virtual bool Take(const LocalPacket& packet) = 0;
};

enum class InjectForm : uint8_t {
  // A whole IP packet of the slot's family towards a group; it gets the interface's address and the group's in front.
  kPacket,
  kFrame,  // a whole Ethernet frame without VLAN tag; it keeps its addresses
};

enum class InjectResult : uint8_t {
  // It leaves, or is counted by the worker as dropped, in the order of the interface's. What a worker has not come to
  // when it runs no more is lost uncounted.
  kTaken,
  kFull,  // not now: the worker has its hands full, or there is no buffer
  // Never: no port, too short, longer than the interface takes, or a packet of the other family or for no group.
  kImpossible,
};

class LocalPackets {
 public:
  virtual ~LocalPackets() = default;

  // What of the interface's local traffic is handed over from now on, in place of what was before. Nothing at start.
  virtual void SetWanted(InterfaceSlot interface, LocalClasses classes) = 0;

  // The router's own addresses from now on, in place of those before, by which workers tell what asks for the router
  // itself. None at start.
  virtual void SetOwnAddresses(const PerFamily<OwnAddressList>& addresses) = 0;

  // Hands at most `limit` packets to the sink, in turn from all workers. Returns how many there were.
  virtual size_t Receive(size_t limit, LocalSink& sink) = 0;

  // Hands the ICMPv6 errors that workers have asked for by now to the sink. Returns how many there were: never more
  // than a short ring of each worker holds.
  virtual size_t ReceiveErrors(Icmpv6ErrorSink& sink) = 0;

  // Sends out of an interface.
  virtual InjectResult Inject(InterfaceSlot out, InjectForm form, std::span<const uint8_t> octets) = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_LOCAL_PACKETS_H_
