#ifndef MGMD_DATAPLANE_PENDING_PENDING_H_
#define MGMD_DATAPLANE_PENDING_PENDING_H_

// Packets of streams without a decision, held by the worker that received them until control has
// made an entry.
//
// They are copies in a pool of their own: whatever is held, the rx pool never runs dry. Bounded
// four ways: streams, packets of one stream, packets in all, and what one interface may have of the
// streams and the packets, which is half: whatever floods it, the other half is for all others.
// Every bound has its drop reason. A stream waits from its first packet on; its time does not begin anew with later
// ones. Once its entry is there it is drained: its packets go part by part, in turn with other draining streams,
// and what arrives meanwhile is held behind them. A table of one worker, touched by nobody else.
//
// Cost: Hold() is a hash probe and a copy of the packet. Nothing on the way of packets that have an
// entry.

#include <rte_mbuf.h>

#include <cstdint>
#include <optional>

#include "common/drop_reason.h"
#include "common/fib_key.h"
#include "dataplane/fib/hash.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

// What one worker may hold for streams of a family without a decision. Half of the streams, but one at least, may have
// begun on one interface, and half of the packets have arrived there.
struct PendingLimits {
  uint32_t streams = 65536;
  uint32_t depth = 1024;     // packets of one stream
  uint32_t packets = 65536;  // packets in all
  uint32_t timeout_ms = 10000;
};

// Bookkeeping of a held packet, in its mbuf's private area (MakePendingPool).
struct HeldPacket {
  rte_mbuf* next;
  uint32_t arrival;  // Word() of the arrival interface's stamp when it was received

  static HeldPacket& Of(rte_mbuf* mbuf) { return *static_cast<HeldPacket*>(rte_mbuf_to_priv(mbuf)); }
};

// Packets of a stream that were lost while others of it were held, by the bound that was reached.
struct HeldLosses {
  uint32_t depth = 0;
  uint32_t packets = 0;
  uint32_t share = 0;
};

// Packets taken out of the table, all of one stream, oldest first, linked by HeldPacket::next.
template <class Family>
struct HeldStream {
  FibKey<Family> key;
  rte_mbuf* head = nullptr;
  uint32_t packets = 0;
  HeldLosses lost;  // told once
};

template <class Family>
class PendingTable {
 public:
  using Key = FibKey<Family>;

  PendingTable(const PendingLimits& limits, rte_mempool* pool, uint64_t timeout);
  bool valid() const { return streams_.valid() && places_.valid() && uses_.valid(); }

  enum class Outcome : uint8_t {
    kFirst,    // held, the first of its stream
    kFurther,  // held
    kStreams,  // not held: no room for another stream
    kDepth,    // not held: the stream has as many packets as it may
    kPackets,  // not held: no room for another packet, or no buffer
    kShare,    // not held: the interface has its half
  };

  // Holds a copy of a frame (untagged Ethernet header and `length` octets in all) that begins at
  // `frame` in `mbuf`, with the tag that the mbuf says it came with.
  Outcome Hold(const Key& key, uint32_t arrival, rte_mbuf* mbuf, const uint8_t* frame, uint32_t length, uint64_t now);

  // Takes a stream out. nullopt: nothing is held for the key.
  std::optional<HeldStream<Family>> Take(const Key& key);

  // Takes the oldest stream out if it has waited for the timeout.
  std::optional<HeldStream<Family>> TakeExpired(uint64_t now);

  // Takes out the next stream that the wildcard covers. `cursor` is 0 at first and keeps the place
  // between calls, with no other call of the table in between.
  std::optional<HeldStream<Family>> TakeCovered(const Key& wildcard, uint32_t& cursor);

  // Begins a walk over all streams that wait now; WalkReleased() goes on with it, a few streams a call,
  // unlinks what arrived under a stamp that `is_current` denies, and returns it as a chain. False:
  // the walk is over.
  void StartWalk() { walk_ = waiting_.newest; }
  template <typename IsCurrent>
  bool WalkReleased(uint32_t streams, IsCurrent&& is_current, HeldStream<Family>& released);

  // Streams that control has yet to be asked about, since it had no room for the question: the newest ones that wait,
  // from some one on, so that each has its turn. That Hold() began last is one of them now.
  void AskLater() {
    if (unasked_ == kNone) unasked_ = waiting_.newest;
  }
  // Control is asked again about all that wait.
  void AskAgain() { unasked_ = waiting_.oldest; }
  bool has_unasked() const { return unasked_ != kNone; }
  // Asks decide(key, its oldest packet), which may not call the table, what is to become of each in turn, at most
  // `streams` of them.
  enum class Next : uint8_t { kWait, kDrain, kLater };  // kLater: the next call begins with it
  template <typename Decide>
  void AskUnasked(uint32_t streams, Decide&& decide);

  // Begins to drain a stream: it waits no more. False: nothing is held for the key.
  bool StartDraining(const Key& key);
  // The same for every stream that the wildcard covers.
  void StartDrainingCovered(const Key& wildcard);
  // Takes a stream out if it is being drained.
  std::optional<HeldStream<Family>> TakeDraining(const Key& key);
  bool draining() const { return draining_.oldest != kNone; }
  // Takes the oldest packets, at most `packets` and at least one, of the draining stream whose turn
  // it is. The stream goes with its last packet, else its turn comes again after the others'.
  HeldStream<Family> TakeDraining(uint32_t packets);

  uint32_t streams() const { return stream_count_; }
  uint32_t packets() const { return packet_count_; }

 private:
  static constexpr uint32_t kNone = 0;
  struct Stream {
    Key key;
    uint64_t since;
    rte_mbuf* head;
    rte_mbuf* tail;
    uint32_t packets;
    HeldLosses lost;
    uint32_t older;
    uint32_t newer;      // of a free stream: the next free one
    uint16_t interface;  // where it began
    bool draining;
  };
  // What an interface has of the table.
  struct Use {
    uint32_t streams;
    uint32_t packets;
  };
  // Streams linked by `older` and `newer`.
  struct List {
    uint32_t oldest = kNone;
    uint32_t newest = kNone;
  };

  uint32_t Home(const Key& key) const { return static_cast<uint32_t>(Hash(seed_, key) >> 32) & place_mask_; }
  // The place in `places_` of the key's stream, or the free place where it would go.
  uint32_t FindPlace(const Key& key) const;
  HeldStream<Family> Remove(uint32_t place);
  // Where a packet arrived: the place of the interface in `uses_`.
  static uint16_t InterfaceOf(uint32_t arrival) { return StampOf(arrival).slot >> 1; }
  // A packet is held no longer.
  void Uncount(const HeldPacket& held) {
    --packet_count_;
    --uses_[InterfaceOf(held.arrival)].packets;
  }
  void Append(List& list, uint32_t stream);
  void Unlink(uint32_t stream);
  void MoveToDraining(uint32_t stream);

  const PendingLimits limits_;
  const Use share_;  // of one interface
  rte_mempool* const pool_;
  const uint64_t timeout_;
  const HashSeed<Family> seed_;
  ReservedArray<Stream> streams_;   // from 1; kNone is no stream
  ReservedArray<uint32_t> places_;  // open addressing, half full at most
  ReservedArray<Use> uses_;         // by InterfaceOf()
  uint32_t place_mask_;
  uint32_t used_streams_ = 0;  // streams_[1 .. used] have been in use
  uint32_t free_ = kNone;
  List waiting_;
  List draining_;
  uint32_t walk_ = kNone;
  uint32_t unasked_ = kNone;
  uint32_t stream_count_ = 0;
  uint32_t packet_count_ = 0;
};

template <class Family>
template <typename IsCurrent>
bool PendingTable<Family>::WalkReleased(uint32_t streams, IsCurrent&& is_current, HeldStream<Family>& released) {
  for (; streams > 0 && walk_ != kNone; --streams) {
    Stream& stream = streams_[walk_];
    const uint32_t next = stream.older;
    rte_mbuf** link = &stream.head;
    stream.tail = nullptr;
    while (*link != nullptr) {
      rte_mbuf* const mbuf = *link;
      HeldPacket& held = HeldPacket::Of(mbuf);
      if (is_current(held.arrival)) {
        stream.tail = mbuf;
        link = &held.next;
        continue;
      }
      *link = held.next;
      held.next = released.head;
      released.head = mbuf;
      ++released.packets;
      --stream.packets;
      Uncount(held);
    }
    if (stream.head == nullptr) Remove(FindPlace(stream.key));
    walk_ = next;
  }
  return walk_ != kNone;
}

template <class Family>
template <typename Decide>
void PendingTable<Family>::AskUnasked(uint32_t streams, Decide&& decide) {
  for (; streams > 0 && unasked_ != kNone; --streams) {
    const uint32_t index = unasked_;
    const Next next = decide(streams_[index].key, streams_[index].head);
    if (next == Next::kLater) return;
    unasked_ = streams_[index].newer;
    if (next == Next::kDrain) MoveToDraining(index);
  }
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_PENDING_PENDING_H_
