#ifndef MGMD_CONTROL_LOCAL_DISPATCHER_H_
#define MGMD_CONTROL_LOCAL_DISPATCHER_H_

// Brings packets that are for the router itself to those who have registered for them, by interface and class. What
// nobody has registered for is not asked of the workers, who drop it: so it costs control nothing.
//
// Control thread. Cost: a look into a hash table for each packet.

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "common/local_packets.h"
#include "control/local/consumer.h"

namespace mgmd::local {

class Dispatcher : private LocalSink {
 public:
  // Taken in one turn of control, so that no flood of them delays what else control has to do.
  static constexpr size_t kPacketsPerTurn = 256;

  // `packets` outlives it.
  explicit Dispatcher(LocalPackets& packets) : packets_(packets) {}
  // Nothing is wanted any more.
  ~Dispatcher() override;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // From now on the consumer gets the interface's packets of these classes, and no longer those of other classes. No
  // classes: it gets none. It is to unregister before it goes, and before the interface's slot is given back: another
  // interface may get that, and what arrives there would be the consumer's.
  void Register(InterfaceSlot interface, LocalClasses classes, Consumer& consumer);
  // From every interface.
  void Unregister(Consumer& consumer);

  // Whether somebody speaks the class's protocol there for the router (LocalClasses::WholeMembershipMessages()).
  bool IsSpoken(InterfaceSlot interface, LocalClass local_class) const;
  // Whether anybody but that one has registered for the class there.
  bool HasOthers(InterfaceSlot interface, LocalClass local_class, const Consumer& but) const;
  // Hands what a consumer says out of an interface to the others who have registered for it, as if it had arrived.
  void HandOn(const LocalPacket& packet, const Consumer& from) { HandOut(packet, &from); }

  // Hands out what has come, at most kPacketsPerTurn packets. Returns whether there were any.
  bool Poll() { return packets_.Receive(kPacketsPerTurn, *this) > 0; }

 private:
  struct Registration {
    Consumer* consumer = nullptr;
    LocalClasses classes;
  };

  bool Take(const LocalPacket& packet) override { return HandOut(packet, nullptr); }
  // To all but one, who may be null. Returns whether anybody has taken it.
  bool HandOut(const LocalPacket& packet, const Consumer* but);
  // Tells the workers.
  void Publish(InterfaceSlot interface);
  void RemoveEmptyRows();

  LocalPackets& packets_;
  // In their order. Of the standard library, whose containers are as before where memory ends: Abseil's are not.
  std::unordered_map<InterfaceSlot, std::vector<Registration>> registrations_;
  // While a packet is handed out rows of those who unregister stay, empty.
  bool handing_out_ = false;
  bool empty_rows_ = false;
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_DISPATCHER_H_
