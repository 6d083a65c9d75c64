#ifndef MGMD_CONTROL_MGM_RULES_PACKETS_H_
#define MGMD_CONTROL_MGM_RULES_PACKETS_H_

// Packets that the forwarder has no entry for, or that arrived elsewhere than on their entry's iif.

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "common/forwarder.h"
#include "common/punt.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/effects.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class Packets {
 public:
  Packets(Tables& tables, Forwarder<Ipv4>& forwarder, Clock& clock, ClientCalls& calls, MfeWriter& writer, Room& room,
          Decider& decider, Effects& effects)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        cache_(tables.cache),
        forwarder_(forwarder),
        clock_(clock),
        calls_(calls),
        writer_(writer),
        room_(room),
        decider_(decider),
        effects_(effects) {}

  // One packet, of a program that tells it. Errors: group_manager.h.
  absl::Status Handle(Ipv4FibKey key, InterfaceId arrival, std::span<const uint8_t> header);
  // What the forwarder's workers have punted.
  void Handle(const Punt<Ipv4>& punt);

 private:
  absl::Status HandleFirst(Ipv4FibKey key, Interface& arrival, std::span<const uint8_t> header);
  // At most once a second for each stream and interface.
  void AlertWrongInterface(Ipv4FibKey key, const Interface& arrival, std::span<const uint8_t> header);

  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  MfeCache& cache_;
  Forwarder<Ipv4>& forwarder_;
  Clock& clock_;
  ClientCalls& calls_;
  MfeWriter& writer_;
  Room& room_;
  Decider& decider_;
  Effects& effects_;
  absl::flat_hash_map<std::pair<Ipv4FibKey, InterfaceId>, Time> wrong_interface_told_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_PACKETS_H_
