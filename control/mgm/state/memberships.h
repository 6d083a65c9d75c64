#ifndef MGMD_CONTROL_MGM_STATE_MEMBERSHIPS_H_
#define MGMD_CONTROL_MGM_STATE_MEMBERSHIPS_H_

// The component-group table (RFC 2715 section 2.2): who has joined what, where. An entry is a key, (S,G), (*,G),
// (*,G/len) or (*,*), with a reference for each interface that receivers are on.
//
// Two rules of counting stand here and nowhere else:
//   A1   a reference counts for the holder of its interface: IGMP's receivers on an interface that a protocol owns are
//        the owner's.
//   SSM  to a stream of a source-specific group only (S,G) entries mean anything (RFC 4607 section 5.2).
//
// An entry without references is kept while some client believes it joined (see Entry::told).
//
// An entry of a single source knows which interface the routing table led to the source by, when
// somebody last said that routes had changed: only that interface's holder hears of the entry, and
// it is found from the interface when its holder changes.
//
// Ownership of an interface never changes while it has references: the manager drops them first, but for those of
// IGMP's that are held, which count for nobody.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/fib_key.h"
#include "common/hash_parts.h"
#include "common/ssm_ranges.h"
#include "control/mgm/state/client_registry.h"
#include "control/mgm/state/interface_table.h"
#include "control/mgm/state/key_order.h"
#include "control/mgm/state/wildcard_lengths.h"

namespace mgmd::mgm {

struct Reference {
  InterfaceSlot slot = kNoSlot;
  bool by_owner = false;
  bool by_igmp = false;
  bool owner_proactive = false;
  bool igmp_proactive = false;
  // IGMP is to add it again (A28): MFEs go by it as by any reference, and for everybody else IGMP has left.
  bool igmp_held = false;

  bool joined() const { return by_owner || (by_igmp && !igmp_held); }
  bool empty() const { return !by_owner && !by_igmp; }
  bool proactive() const { return owner_proactive || igmp_proactive; }
};

template <class Family>
struct Entry {
  FibKey<Family> key;
  std::vector<Reference> references;             // ascending by slot
  uint64_t joined_since = 0;                     // Memberships::joins() when it got the first of them
  ClientSet told;                                // who has had a JOIN alert for the key that no PRUNE has followed
  std::optional<InterfaceIdOf<Family>> towards;  // of a single source; nothing: no route

  Reference* Find(InterfaceSlot slot);
  const Reference* Find(InterfaceSlot slot) const { return const_cast<Entry*>(this)->Find(slot); }
  bool joined() const;
  // Whether MFEs go by it: joined, or held.
  bool stands() const { return !references.empty(); }
  bool proactive() const;
};

template <class Family>
class Memberships {
 public:
  Memberships(const InterfaceTable<Family>& interfaces, const ClientRegistry<Family>& clients,
              const SsmRanges<Family>& ssm)
      : interfaces_(interfaces), clients_(clients), ssm_(ssm) {}

  Entry<Family>* Find(FibKey<Family> key);
  const Entry<Family>* Find(FibKey<Family> key) const { return const_cast<Memberships*>(this)->Find(key); }
  Entry<Family>& FindOrAdd(FibKey<Family> key);
  bool Stands(FibKey<Family> key) const {
    const auto* entry = Find(key);
    return entry != nullptr && entry->stands();
  }
  bool IsProactive(FibKey<Family> key) const {
    const auto* entry = Find(key);
    return entry != nullptr && entry->proactive();
  }
  // The reference exists, or is made. Invalidates pointers to references of the entry.
  Reference& FindOrAdd(Entry<Family>& entry, InterfaceSlot slot);
  // Drops the reference if nobody holds it.
  void DropIfEmpty(Entry<Family>& entry, InterfaceSlot slot);
  // Drops the entry if it has no references and nobody believes it has.
  void DropIfUnused(FibKey<Family> key);
  void SetTowards(Entry<Family>& entry, std::optional<InterfaceIdOf<Family>> towards);
  // The keys of single sources that are towards the interface, in order.
  std::vector<FibKey<Family>> Towards(InterfaceIdOf<Family> interface) const;

  // The client that a reference counts for (A1). The policy switch: `interface.igmp` unless
  // by_owner would count IGMP's receivers for IGMP itself.
  ClientIndex CountsFor(const Reference& reference) const { return interfaces_[reference.slot].holder(); }
  // ext(c,E) of docs/decisions.md: somebody else than the client has joined the
  // entry. IGMP's own references never count for IGMP.
  bool Others(ClientIndex client, const Entry<Family>& entry) const;

  // Calls visit(entry) for every entry that covers the key.
  template <class Visitor>
  void ForEachCovering(FibKey<Family> key, Visitor visit) const {
    AnyCovering(key, [&](const Entry<Family>& entry) {
      visit(entry);
      return false;
    });
  }
  // Whether any entry that covers the key has a reference.
  bool HasMembers(FibKey<Family> key) const {
    return AnyCovering(key, [](const Entry<Family>& entry) { return entry.stands(); });
  }
  // Who has a reference on the interface to an entry that covers the key.
  struct Members {
    bool owner = false;
    bool igmp = false;
  };
  Members MembersOn(FibKey<Family> key, InterfaceSlot slot) const;

  // How often an entry has been joined that was not: the time by which entries know their age.
  uint64_t joins() const { return joins_; }

  // In the order of keys.
  const absl::btree_map<KeyOrder<Family>, std::unique_ptr<Entry<Family>>>& all() const { return entries_; }

 private:
  // Whether predicate(entry) holds for an entry that covers the key.
  template <class Predicate>
  bool AnyCovering(FibKey<Family> key, Predicate predicate) const;

  const InterfaceTable<Family>& interfaces_;
  const ClientRegistry<Family>& clients_;
  const SsmRanges<Family>& ssm_;
  absl::btree_map<KeyOrder<Family>, std::unique_ptr<Entry<Family>>> entries_;
  WildcardLengths<Family> lengths_;  // of entries
  absl::flat_hash_map<InterfaceIdOf<Family>, HashParts<absl::flat_hash_set<FibKey<Family>>>> towards_;
  uint64_t joins_ = 0;
};

template <class Family>
template <class Predicate>
bool Memberships<Family>::AnyCovering(FibKey<Family> key, Predicate predicate) const {
  return lengths_.AnyCovering(key, ssm_, [&](const FibKey<Family>& covering) {
    const auto* entry = Find(covering);
    return entry != nullptr && predicate(*entry);
  });
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_MEMBERSHIPS_H_
