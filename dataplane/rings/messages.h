#ifndef MGMD_DATAPLANE_RINGS_MESSAGES_H_
#define MGMD_DATAPLANE_RINGS_MESSAGES_H_

// What control and one worker tell each other besides punts (common/punt.h).
//
// Draining a stream, as control does it: publish the entry; send kDrain for the key to every
// worker. A worker that meets the entry before the message begins to drain then. When a ring is
// full, what it refuses is not kept: the worker is told kReread as soon as there is room, and finds
// out by itself what it has missed.

#include <rte_mbuf.h>

#include <cstdint>

#include "common/fib_key.h"
#include "common/interface.h"
#include "dataplane/rings/ring.h"

namespace mgmd::dataplane {

template <class Family>
struct WorkerMessage {
  enum class Kind : uint32_t {
    // Send what is held for the key by its entry, in order; what has no entry is dropped as
    // pending_discarded. With a wildcard key: for every stream it covers. Goes on over the next
    // turns (drain.cc).
    kDrain,
    // Drop what is held for the key (or for what a wildcard key covers), as pending_discarded.
    kDiscard,
    // Drop what is held that arrived under a stamp that is not current any more, as released; done
    // over the next turns. Only frees memory early: such packets are never sent.
    kDropReleased,
    // Messages have been left out. Every stream that waits is looked at again over the next turns:
    // one that has an entry is drained, for one that has none control is asked again; what arrived
    // under a stamp that is not current any more is dropped, as by kDropReleased.
    kReread,
  };
  Kind kind = Kind::kDrain;
  uint32_t spare = 0;
  FibKey<Family> key;
};

// A frame of control's as it leaves (MakeInjected() in inject.h), and the interface that it leaves by.
struct Injected {
  rte_mbuf* frame = nullptr;
  uint16_t slot = 0xFFFF;
  uint16_t spare[3] = {};
};

template <class Family>
using MessageRing = SpscRing<WorkerMessage<Family>>;  // control -> worker
using InjectRing = SpscRing<Injected>;                // control -> the worker that serves the port

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_RINGS_MESSAGES_H_
