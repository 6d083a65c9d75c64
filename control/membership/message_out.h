#ifndef MGMD_CONTROL_MEMBERSHIP_MESSAGE_OUT_H_
#define MGMD_CONTROL_MEMBERSHIP_MESSAGE_OUT_H_

#include <cstdint>
#include <span>

#include "control/membership/message.h"

namespace mgmd::membership {

// Where the router and host parts of an interface say what they say. Control thread.
template <class Family>
class MessageOut {
 public:
  virtual ~MessageOut() = default;
  // A message without checksum, for a packet as MakePacket() makes it. False: it cannot leave, now or ever.
  virtual bool Send(MessageKind kind, const typename Family::Address& source,
                    const typename Family::Address& destination, std::span<const uint8_t> message) = 0;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_MESSAGE_OUT_H_
