#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_PACKET_FILTERS_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_PACKET_FILTERS_H_

// The local traffic that a module wants, by IP protocol and group. Workers know classes alone: it asks them for the
// classes that its filters are in, and hands on what fits a filter.
//
// Control thread. Cost: a look at each filter of the interface for each packet of a class that is wanted there.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "common/any_family.h"
#include "control/local/consumer.h"
#include "control/local/dispatcher.h"
#include "control/local/ip_packet.h"

namespace mgmd::protocols {

struct PacketFilter {
  InterfaceSlot interface = kNoSlot;  // of the packets' family
  uint8_t protocol = 0;
  std::optional<AnyAddress> group;  // of the link, in that family; nothing: any of the link, and the router itself
  // May add and remove filters, this one too.
  std::function<void(const LocalPacket& packet, const local::IpPacket& ip)> take;
};

class PacketFilters : private local::Consumer {
 public:
  // `dispatcher` outlives it.
  explicit PacketFilters(local::Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
  ~PacketFilters() override { dispatcher_.Unregister(*this); }
  PacketFilters(const PacketFilters&) = delete;
  PacketFilters& operator=(const PacketFilters&) = delete;

  // From the next packet on. `id`: higher than any before.
  void Add(uint64_t id, PacketFilter filter);
  // False: none has the number. It takes nothing more, not even of the packet at hand.
  bool Remove(uint64_t id);

 private:
  using Key = std::pair<InterfaceSlot, uint64_t>;

  void Take(const LocalPacket& packet) override;
  // Asks for what the filters of the interface want together.
  void Publish(InterfaceSlot interface);

  local::Dispatcher& dispatcher_;
  std::map<Key, std::shared_ptr<const PacketFilter>> filters_;  // one that takes a packet may go meanwhile
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_PACKET_FILTERS_H_
