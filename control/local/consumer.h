#ifndef MGMD_CONTROL_LOCAL_CONSUMER_H_
#define MGMD_CONTROL_LOCAL_CONSUMER_H_

#include "common/local_packets.h"

namespace mgmd::local {

// Whoever takes local traffic: the host's twin, a membership router. Control thread.
class Consumer {
 public:
  virtual ~Consumer() = default;
  // A whole packet of a class and interface that it registered for (Dispatcher::Register()). Several consumers may see
  // the same one. It may register and unregister anybody, who then gets the next packet, or none more; it may inject.
  // It throws nothing: nobody would catch it.
  virtual void Take(const LocalPacket& packet) = 0;
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_CONSUMER_H_
