#ifndef MGMD_TESTS_UNIT_MGM_REFERENCE_MODEL_H_
#define MGMD_TESTS_UNIT_MGM_REFERENCE_MODEL_H_

// The Group Manager as the specification tells it (section 1.6 and the text of sections 2 and 3),
// with no thought of speed: OILs and counts are worked out from scratch whenever they are needed.
// It speaks the lines of mgm_world.h.

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/mgm/mgm.h"
#include "tests/fakes/mgm_world.h"

namespace mgmd::reference {

using fakes::Lines;

// An entry by the names of its addresses; "*" is a wildcard. Ordered as MFEs are walked.
struct Entry {
  std::string group;
  std::string source;
  auto operator<=>(const Entry&) const = default;
  std::string ToString() const { return "(" + source + "," + group + ")"; }
  bool Covers(const Entry& stream) const {
    return (group == "*" || group == stream.group) && (source == "*" || source == stream.source);
  }
};

struct ModelMfe {
  int route = 0;  // interface towards the source when it was decided; 0: none
  bool orphan = false;
  std::set<int> added;       // by FORWARD
  std::set<int> suppressed;  // by FORWARD or veto
};

class ReferenceModel {
 public:
  // Whether a client vetoes an oif in a creation alert.
  using Veto = std::function<bool(const std::string& client, const Entry& stream, int oif)>;
  explicit ReferenceModel(Veto veto) : veto_(std::move(veto)) {}

  DWORD Register(const std::string& client);
  DWORD DeRegister(const std::string& client);
  DWORD Take(const std::string& client, int interface);
  DWORD Release(const std::string& client, int interface);
  DWORD Add(const std::string& client, const Entry& entry, int interface, DWORD flags);
  DWORD Delete(const std::string& client, const Entry& entry, int interface, DWORD flags);
  DWORD Packet(const Entry& stream, int interface);
  void RouteChanges(const std::string& source, int interface);

  Lines TakeEvents() { return std::exchange(events_, {}); }
  const std::map<Entry, ModelMfe>& mfes() const { return mfes_; }
  int Iif(const ModelMfe& mfe) const { return mfe.route; }
  std::set<int> Oil(const Entry& stream) const;
  std::multiset<std::string> AllSources() const;
  std::multiset<std::string> AnySource() const;
  // The protocol that owns the interface, or IGMP alone on it; "" if nobody.
  std::string Holder(int interface) const;

 private:
  struct Join {
    Entry entry;
    int interface;
    std::string client;
    auto operator<=>(const Join&) const = default;
  };

  bool IsRegistered(const std::string& client) const;
  bool IsOn(const std::string& client, int interface) const;
  bool Others(const std::string& client, const Entry& entry) const;
  bool IsMember(const Entry& stream, int interface) const;
  bool IsOwnersMember(const Entry& stream, int interface) const;
  std::string HolderTowards(const std::string& source) const;
  std::set<Entry> Entries() const;

  void AddJoin(const Join& join);
  void DropJoin(const Join& join);
  void AlertMembers(const Entry& entry, const std::string& target, bool target_before);
  void AlertGroup(const std::string& client, const Entry& entry);
  void Edge(const Entry& stream, bool empty_before, const std::string& changed);
  void Leave(const Join& join);
  void ChangeOwner(int interface, const std::string& client, bool take);
  void Decide(const Entry& stream);
  void Deliver();

  Veto veto_;
  std::vector<std::string> clients_;  // in order of registration
  std::map<int, std::string> owners_;
  std::set<int> igmp_;
  std::set<Join> joins_;
  std::map<std::string, std::set<Entry>> believed_;  // by client: told JOIN and not yet PRUNE
  std::map<std::string, int> routes_;
  std::map<Entry, ModelMfe> mfes_;
  Lines queue_;
  Lines events_;
};

}  // namespace mgmd::reference

#endif  // MGMD_TESTS_UNIT_MGM_REFERENCE_MODEL_H_
