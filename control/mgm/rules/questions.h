#ifndef MGMD_CONTROL_MGM_RULES_QUESTIONS_H_
#define MGMD_CONTROL_MGM_RULES_QUESTIONS_H_

// RPF and CREATION: what clients are asked about a stream, and what their answers mean.

#include <optional>
#include <span>
#include <vector>

#include "control/mgm/rules/client_calls.h"
#include "control/mgm/rules/ways.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

// Where a stream goes: an element of its OIL.
struct OifPlan {
  InterfaceSlot slot = kNoSlot;
  uint16_t flags = 0;  // OilElement
};

class Questions {
 public:
  // `creation_to_all`: CREATION goes to clients without an oif, too (RFC 2715 rule 3).
  Questions(Tables& tables, ClientCalls& calls, bool creation_to_all)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        calls_(calls),
        creation_to_all_(creation_to_all) {}

  // RPF of a wildcard: the way that the client names; nothing: it names no interface of its own.
  std::optional<Way> AskNamer(Ipv4FibKey key, ClientIndex namer);
  // RPF of a single source: its owner may change the way.
  void AskOwner(Ipv4FibKey key, ClientIndex owner, std::span<const uint8_t> header, Way& way);

  // The oifs that memberships ask for, and edits of the wildcard MFE that covers the key; ascending by slot.
  std::vector<OifPlan> PlanOifs(Ipv4FibKey key, InterfaceSlot iif, uint32_t covering) const;
  // CREATION: clients may veto their oifs.
  void AskVetoes(Ipv4FibKey key, InterfaceId iif, std::vector<OifPlan>& plan);

 private:
  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  const Memberships& memberships_;
  const MfeCache& cache_;
  ClientCalls& calls_;
  const bool creation_to_all_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_QUESTIONS_H_
