#include <algorithm>

#include "tests/unit/mgm/reference_model.h"

// Who is told what: first join and last leave (ext(c,E) of docs/decisions.md), the edges of OILs (RFC 2715 rules 4
// and 5), and what the grace time puts off (A9).

namespace mgmd::reference {
namespace {

const Entry kEverything{"*", "*"};

}  // namespace

// ext(c,E), with IGMP's joins counted for the owner (A1).
bool ReferenceModel::Others(const std::string& client, const Entry& entry) const {
  return std::any_of(joins_.begin(), joins_.end(), [&](const Join& join) {
    if (join.entry != entry) return false;
    return client == "I" ? join.client != "I" : Holder(join.interface) != client;
  });
}

// With a grace time who has been told goes on believing in what IGMP is expected to add again.
bool ReferenceModel::Believes(const std::string& client, const Entry& entry) const {
  if (Others(client, entry)) return true;
  if (!believed_.contains(client) || !believed_.at(client).contains(entry)) return false;
  return std::any_of(held_.begin(), held_.end(), [&](const auto& item) {
    const auto& [what, where] = item.first;
    return what == entry && Holder(where) != client && !(client == "I" && igmp_.contains(where));
  });
}

bool ReferenceModel::HasOifsOfOthers(const Entry& stream, const std::string& holder) const {
  const std::set<int> oil = Oil(stream);
  return std::any_of(oil.begin(), oil.end(), [&](int oif) { return Holder(oif) != holder; });
}

void ReferenceModel::Told(bool join, const std::string& client, const Entry& entry, bool membership, int interface) {
  const std::string line = client + " " + entry.ToString() + (membership ? " T" : " F");
  queue_.push_back((join ? "J " : "U ") + line);
  if (!join && (!membership || entry.source != "*")) {
    prunes_.push_back("U " + line + " i" + std::to_string(interface));
  }
  if (!membership) return;
  if (join) {
    believed_[client].insert(entry);
  } else {
    believed_[client].erase(entry);
  }
}

// What a client may have to be told about one wildcard entry (A4): nothing while it believes in
// (*,*).
void ReferenceModel::AlertGroup(const std::string& client, const Entry& entry) {
  const std::set<Entry>& believed = believed_[client];
  if (entry != kEverything && believed.contains(kEverything)) return;
  const bool wanted = Believes(client, entry);
  if (wanted != believed.contains(entry)) Told(wanted, client, entry, true, 0);
}

// Only the holder of the interface towards the source hears of (S,G).
void ReferenceModel::AlertSource(const Entry& entry) {
  const int towards = Towards(entry.source);
  const std::string target = Holder(towards);
  if (target.empty()) return;
  const bool wanted = Believes(target, entry);
  if (wanted != believed_[target].contains(entry)) Told(wanted, target, entry, true, towards);
}

void ReferenceModel::FollowSource(const Entry& entry, int was_towards) {
  for (const std::string& client : clients_) {
    if (client == Holder(Towards(entry.source)) || !believed_[client].contains(entry)) continue;
    Told(false, client, entry, true, was_towards);
  }
  AlertSource(entry);
}

void ReferenceModel::FollowHolder(int interface, const std::string& before) {
  if (Holder(interface) == before) return;
  for (const Entry& entry : EntriesThatMatter()) {
    if (entry.source != "*" && Towards(entry.source) == interface) FollowSource(entry, interface);
  }
}

void ReferenceModel::AlertMembers(const Entry& entry) {
  if (entry.source != "*") {
    AlertSource(entry);
    return;
  }
  std::vector<std::string> lost_everything;
  for (const std::string& client : clients_) {
    const bool before = believed_[client].contains(kEverything);
    AlertGroup(client, entry);
    if (before && !believed_[client].contains(kEverything)) lost_everything.push_back(client);
  }
  if (lost_everything.empty()) return;
  for (const Entry& group : EntriesThatMatter()) {
    if (group.source != "*" || group == kEverything) continue;
    for (const std::string& client : lost_everything) AlertGroup(client, group);
  }
}

// RFC 2715 rules 4 and 5: `changed` is whose oif came or went.
void ReferenceModel::Edge(const Entry& stream, bool empty_before, const std::string& changed) {
  ModelMfe& mfe = mfes_.at(stream);
  const std::string holder = Holder(mfe.iif);
  const bool empty = Oil(stream).empty();
  if (empty == empty_before || mfe.orphan || holder.empty() || holder == changed) return;
  if (mfe.held_prune) {
    if (!empty) mfe.held_prune = false;
    return;
  }
  Told(!empty, holder, stream, false, mfe.iif);
}

// The last oif went with what IGMP is expected to add again: PRUNE waits.
bool ReferenceModel::ExpectOif(const Entry& stream, int interface) {
  ModelMfe& mfe = mfes_.at(stream);
  const bool expected = std::any_of(held_.begin(), held_.end(), [&](const auto& item) {
    return item.first.second == interface && item.first.first.Covers(stream);
  });
  if (!expected || mfe.orphan || Holder(mfe.iif) == Holder(interface)) return false;
  mfe.held_prune = true;
  held_edges_[stream] = {interface, now_ + options_.grace_us};
  return true;
}

void ReferenceModel::EndEdge(const Entry& stream) {
  held_edges_.erase(stream);
  const auto found = mfes_.find(stream);
  if (found == mfes_.end() || !found->second.held_prune) return;
  found->second.held_prune = false;
  const std::string holder = Holder(found->second.iif);
  if (!HasOifsOfOthers(stream, holder)) Told(false, holder, stream, false, found->second.iif);
}

// IGMP does not add the entry again.
void ReferenceModel::EndHold(const Entry& entry, int interface) {
  std::map<Entry, bool> empty;
  for (const auto& [stream, mfe] : mfes_) empty[stream] = Oil(stream).empty();
  held_.erase({entry, interface});
  AlertMembers(entry);
  if (!options_.hitless) return;
  for (auto& [stream, mfe] : mfes_) {
    if (!entry.Covers(stream)) continue;
    if (!IsMemberOf(true, stream, interface)) mfe.igmp_suppressed.erase(interface);
    if (!IsMember(stream, interface) && !mfe.IsForwarded(interface)) mfe.Forget(interface);
    Edge(stream, empty.at(stream), Holder(interface));
  }
}

// IGMP has left the interface: nothing comes back.
void ReferenceModel::EndHolds(int interface) {
  for (const auto& [what, held] : std::map(held_)) {
    if (what.second == interface) EndHold(what.first, interface);
  }
  for (const auto& [stream, edge] : std::map(held_edges_)) {
    if (edge.interface == interface) EndEdge(stream);
  }
}

}  // namespace mgmd::reference
