#ifndef MGMD_COMMON_ENCAPSULATION_H_
#define MGMD_COMMON_ENCAPSULATION_H_

// How the frames of an interface differ from Ethernet's own, both ways: what an interface kind is to the forwarder.
//
// Most interfaces have none. A port's frames are Ethernet's and a VLAN's have a tag besides; workers write both in
// their fast loops. An interface with an encapsulation leaves these loops by one bit (Gate::kEncapsulated) and goes
// copy by copy: a worker makes the ordinary frame, whole, shared or as a fragment, with everything that is asked of a
// copy asked before (MTU, TTL, boundaries), and hands it over here; what arrives is offered here before it is parsed.
//
// Control makes an encapsulation from the configuration and keeps it until no worker runs. It does not change. Its
// functions run on any number of workers at once: no lock, system call, allocation or exception.
//
// Cost: two virtual calls a copy beyond those of a copy that is made alone; on a port with such interfaces one call for
// each of them and each frame that arrives; nothing elsewhere.

#include <cstdint>
#include <span>

namespace mgmd {

// A copy that is about to leave.
struct OutgoingFrame {
  // The ordinary frame, in a buffer of the copy's own: the group's destination address, the interface's source address,
  // its VLAN tag if it has one, EtherType and IP header. What comes after the IP header may be another's, too, and
  // stand elsewhere.
  uint8_t* frame;
  uint32_t octets;   // of the whole of it
  uint8_t priority;  // 802.1p, as the packet came; 0 without a tag
};

class Encapsulation {
 public:
  // So many octets can stand in front of any frame.
  static constexpr uint16_t kMostFront = 120;

  // `front`: octets that Write() puts in front of the ordinary frame, at most kMostFront.
  explicit Encapsulation(uint16_t front) : front_(front) {}
  virtual ~Encapsulation() = default;

  uint16_t front() const { return front_; }

  // Writes the front() octets before out.frame, and may write over the frame's headers.
  virtual void Write(const OutgoingFrame& out) const = 0;

  // The octets to be taken off the front of a frame of the interface, at most begin.size(), so that an ordinary frame
  // is left; 0: it is not this interface's. `begin`: the first octets of what has arrived on the port, kMostFront of
  // them or all there are.
  virtual uint16_t Match(std::span<const uint8_t> begin) const = 0;

 private:
  const uint16_t front_;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_ENCAPSULATION_H_
