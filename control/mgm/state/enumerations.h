#ifndef MGMD_CONTROL_MGM_STATE_ENUMERATIONS_H_
#define MGMD_CONTROL_MGM_STATE_ENUMERATIONS_H_

// Enumerations of groups (MgmGroupEnumerationStart). Each shows the entries that were joined when it was
// started, and is read a piece at a time while entries come and go.
//
// Nothing is copied at the start: an entry knows since when it has been joined, so that a later one
// is passed over, and one that is left is noted by each enumeration that has still to come to it.
//
// Cost: starting none; reading a step for each entry; leaving an entry a look at every enumeration
// that is open, and 8 bytes in those that have still to show it.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "control/mgm/state/memberships.h"

namespace mgmd::mgm {

enum class EnumHandle : uint64_t {};
// One record for each group, or for each entry.
enum class EnumType { kAnySource, kAllSources };

// What is read of one at a time.
template <class Family>
struct EnumerationPiece {
  enum class Then : uint8_t {
    kEnd,   // there is no other record
    kMore,  // there is one, for which there was no room
    kGoOn,  // that is not known yet: the turn is over
  };
  std::vector<FibKey<Family>> keys;
  Then then = Then::kEnd;
};

template <class Family>
class Enumerations {
 public:
  explicit Enumerations(const Memberships<Family>& memberships) : memberships_(memberships) {}

  void Start(EnumHandle handle, ClientIndex client, EnumType type);
  // Nothing: there is no such enumeration.
  std::optional<EnumerationPiece<Family>> Read(EnumHandle handle, size_t room);
  // False: there is no such enumeration.
  bool End(EnumHandle handle) { return open_.erase(static_cast<uint64_t>(handle)) != 0; }
  void EndAllOf(ClientIndex client);

  // The entry has lost its last reference.
  void Left(const Entry<Family>& entry);

 private:
  struct Enumeration {
    ClientIndex client = kNoClient;
    EnumType type = EnumType::kAllSources;
    uint64_t started = 0;                                    // Memberships::joins()
    KeyOrder<Family> next{};                                 // what comes before has been shown
    absl::btree_map<KeyOrder<Family>, FibKey<Family>> left;  // to be shown although they are gone
  };

  const Memberships<Family>& memberships_;
  std::map<uint64_t, Enumeration> open_;  // stays whole where memory ends
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_ENUMERATIONS_H_
