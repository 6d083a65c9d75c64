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

template <class Family>
class Packets {
 public:
  Packets(Tables<Family>& tables, Forwarder<Family>& forwarder, Clock& clock, ClientCalls<Family>& calls,
          MfeWriter<Family>& writer, Room<Family>& room, Decider<Family>& decider, Effects<Family>& effects)
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
  absl::Status Handle(FibKey<Family> key, InterfaceIdOf<Family> arrival, std::span<const uint8_t> header);
  // What the forwarder's workers have punted.
  void Handle(const Punt<Family>& punt);

 private:
  absl::Status HandleFirst(FibKey<Family> key, Interface<Family>& arrival, std::span<const uint8_t> header);
  // At most once a second for each stream and interface.
  void AlertWrongInterface(FibKey<Family> key, const Interface<Family>& arrival, std::span<const uint8_t> header);

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  ClientCalls<Family>& calls_;
  MfeWriter<Family>& writer_;
  Room<Family>& room_;
  Decider<Family>& decider_;
  Effects<Family>& effects_;
  absl::flat_hash_map<std::pair<FibKey<Family>, InterfaceIdOf<Family>>, Time> wrong_interface_told_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_PACKETS_H_
