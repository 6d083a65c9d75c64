#ifndef MGMD_TESTS_UNIT_MGM_REFERENCE_MODEL_H_
#define MGMD_TESTS_UNIT_MGM_REFERENCE_MODEL_H_

// The Group Manager as docs/mgm.md and docs/decisions.md tell it, with no thought of speed: OILs and counts are worked
// out from scratch whenever they are needed. It speaks the lines of mgm_world.h.

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
  int iif = 0;    // the same, or what the owner of that chose
  bool orphan = false;
  std::set<int> added;            // by FORWARD of the interface's owner
  std::set<int> igmp_added;       // by FORWARD of IGMP's
  std::set<int> suppressed;       // by FORWARD or veto of the owner's
  std::set<int> igmp_suppressed;  // by FORWARD or veto of IGMP's
  bool held_prune = false;        // the iif's holder does not know yet that the last oif went

  std::set<int>& MarksOf(const std::string& client) { return client == "I" ? igmp_suppressed : suppressed; }
  bool IsForwarded(int interface) const { return added.contains(interface) || igmp_added.contains(interface); }
  // Nothing of the interface is left.
  void Forget(int interface) {
    for (std::set<int>* edits : {&added, &igmp_added, &suppressed, &igmp_suppressed}) edits->erase(interface);
  }
};

class ReferenceModel {
 public:
  // Whether a client vetoes an oif in a creation alert.
  using Veto = std::function<bool(const std::string& client, const Entry& stream, int oif)>;
  // Which iif a client asks for in its RPF callback; 0: the one that it is shown.
  using Choice = std::function<int(const std::string& client, const Entry& stream)>;
  struct Options {
    Veto veto;
    Choice choice = [](const std::string&, const Entry&) { return 0; };
    int64_t grace_us = 0;  // A9's option; 0: off
    bool hitless = false;  // A28's
  };
  explicit ReferenceModel(Options options) : options_(std::move(options)) {}

  DWORD Register(const std::string& client);
  DWORD DeRegister(const std::string& client);
  DWORD Take(const std::string& client, int interface);
  DWORD Release(const std::string& client, int interface);
  DWORD Add(const std::string& client, const Entry& entry, int interface, DWORD flags);
  DWORD Delete(const std::string& client, const Entry& entry, int interface, DWORD flags);
  DWORD Packet(const Entry& stream, int interface);
  DWORD SetMfe(const std::string& client, const Entry& stream, int iif);
  void RouteChanges(const std::string& source, int interface);
  // Lets time pass, and does what is due.
  void Advance(int64_t us);

  Lines TakeEvents() { return std::exchange(events_, {}); }
  // The PRUNE alerts among them but those for wildcards with TRUE, each with its interface.
  Lines TakePrunes() { return std::exchange(prunes_, {}); }
  const std::map<Entry, ModelMfe>& mfes() const { return mfes_; }
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
  // ... by IGMP's membership, or otherwise by a protocol's.
  bool IsMemberOf(bool igmp, const Entry& stream, int interface) const;
  bool Sends(const Entry& stream, int interface) const;
  bool Believes(const std::string& client, const Entry& entry) const;
  bool HasOifsOfOthers(const Entry& stream, const std::string& holder) const;
  int Towards(const std::string& source) const;  // 0: no route
  std::set<Entry> Entries() const;
  std::set<Entry> EntriesThatMatter() const;  // those that somebody believes in, too

  // A client's queue of alerts. An alert for an MFE, or a single source, has the interface.
  void Told(bool join, const std::string& client, const Entry& entry, bool membership, int interface);
  void DropJoin(const Join& join);
  void AlertMembers(const Entry& entry);
  void AlertGroup(const std::string& client, const Entry& entry);
  void AlertSource(const Entry& entry);
  void FollowSource(const Entry& entry, int was_towards);
  void FollowHolder(int interface, const std::string& before);
  void Edge(const Entry& stream, bool empty_before, const std::string& changed);
  bool ExpectOif(const Entry& stream, int interface);
  void EndEdge(const Entry& stream);
  void EndHold(const Entry& entry, int interface);
  void EndHolds(int interface);
  // Whether the stream goes out there by what IGMP is expected to add again (A28).
  bool IsKept(const Entry& stream, int interface) const;
  void Move(const Entry& stream);
  void Leave(const Join& join);
  void ChangeOwner(int interface, const std::string& client, bool take);
  void Decide(const Entry& stream);
  void Deliver();

  struct Held {
    int64_t until;
    int64_t number;  // in the order in which they began
  };
  struct HeldEdge {
    int interface;
    int64_t until;
  };

  const Options options_;
  int64_t now_ = 0;
  int64_t holds_ = 0;
  std::map<std::pair<Entry, int>, Held> held_;  // what IGMP is expected to add again, and where
  std::map<Entry, HeldEdge> held_edges_;
  std::vector<std::string> clients_;  // in order of registration
  std::map<int, std::string> owners_;
  std::set<int> igmp_;
  std::set<Join> joins_;
  std::map<std::string, std::set<Entry>> believed_;  // by client: told JOIN and not yet PRUNE
  std::map<std::string, int> routes_;
  std::map<Entry, ModelMfe> mfes_;
  Lines queue_;
  Lines prunes_;
  Lines events_;
};

}  // namespace mgmd::reference

#endif  // MGMD_TESTS_UNIT_MGM_REFERENCE_MODEL_H_
