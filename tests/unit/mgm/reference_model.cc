#include "tests/unit/mgm/reference_model.h"

#include <algorithm>

namespace mgmd::reference {
namespace {

const Entry kEverything{"*", "*"};

std::string Interface(int interface) { return " i" + std::to_string(interface); }

}  // namespace

bool ReferenceModel::IsRegistered(const std::string& client) const {
  return std::find(clients_.begin(), clients_.end(), client) != clients_.end();
}

bool ReferenceModel::IsOn(const std::string& client, int interface) const {
  if (client == "I") return igmp_.contains(interface);
  return owners_.contains(interface) && owners_.at(interface) == client;
}

std::string ReferenceModel::Holder(int interface) const {
  if (owners_.contains(interface)) return owners_.at(interface);
  return igmp_.contains(interface) ? "I" : "";
}

std::string ReferenceModel::HolderTowards(const std::string& source) const {
  return routes_.contains(source) ? Holder(routes_.at(source)) : "";
}

// Section 1.6: ext(c,E), with IGMP's joins counted for the owner (A1).
bool ReferenceModel::Others(const std::string& client, const Entry& entry) const {
  return std::any_of(joins_.begin(), joins_.end(), [&](const Join& join) {
    if (join.entry != entry) return false;
    return client == "I" ? join.client != "I" : Holder(join.interface) != client;
  });
}

bool ReferenceModel::IsMember(const Entry& stream, int interface) const {
  return std::any_of(joins_.begin(), joins_.end(), [&](const Join& join) {
    return join.interface == interface && join.entry.Covers(stream);
  });
}

bool ReferenceModel::IsOwnersMember(const Entry& stream, int interface) const {
  return std::any_of(joins_.begin(), joins_.end(), [&](const Join& join) {
    return join.interface == interface && join.client != "I" && join.entry.Covers(stream);
  });
}

std::set<Entry> ReferenceModel::Entries() const {
  std::set<Entry> entries;
  for (const Join& join : joins_) entries.insert(join.entry);
  return entries;
}

std::set<int> ReferenceModel::Oil(const Entry& stream) const {
  const ModelMfe& mfe = mfes_.at(stream);
  if (mfe.orphan) return {};
  std::set<int> oil = mfe.added;
  for (const Join& join : joins_) {
    if (join.entry.Covers(stream) && !mfe.suppressed.contains(join.interface))
      oil.insert(join.interface);
  }
  oil.erase(mfe.route);
  return oil;
}

std::multiset<std::string> ReferenceModel::AllSources() const {
  std::multiset<std::string> records;
  for (const Entry& entry : Entries()) records.insert(entry.ToString());
  return records;
}

std::multiset<std::string> ReferenceModel::AnySource() const {
  std::set<std::string> records;
  for (const Entry& entry : Entries()) records.insert(Entry{entry.group, "*"}.ToString());
  return {records.begin(), records.end()};
}

void ReferenceModel::Deliver() {
  for (const std::string& line : std::exchange(queue_, {})) events_.push_back(line);
}

DWORD ReferenceModel::Register(const std::string& client) {
  if (IsRegistered(client)) return ERROR_ALREADY_EXISTS;
  clients_.push_back(client);
  for (const Entry& entry : Entries()) {
    if (entry.source == "*" && Others(client, entry)) believed_[client].insert(entry);
  }
  return NO_ERROR;
}

DWORD ReferenceModel::DeRegister(const std::string& client) {
  if (!IsRegistered(client)) return ERROR_INVALID_PARAMETER;
  for (int interface = 1; interface <= 9; ++interface) {
    if (IsOn(client, interface)) return ERROR_CAN_NOT_COMPLETE;
  }
  std::erase(clients_, client);
  believed_.erase(client);
  return NO_ERROR;
}

// What a client may have to be told about one wildcard entry (A4): nothing while it believes in
// (*,*).
void ReferenceModel::AlertGroup(const std::string& client, const Entry& entry) {
  std::set<Entry>& believed = believed_[client];
  if (entry != kEverything && believed.contains(kEverything)) return;
  const bool wanted = Others(client, entry);
  if (wanted == believed.contains(entry)) return;
  queue_.push_back((wanted ? "J " : "U ") + client + " " + entry.ToString() + " T");
  if (wanted) {
    believed.insert(entry);
  } else {
    believed.erase(entry);
  }
}

void ReferenceModel::AlertMembers(const Entry& entry, const std::string& target,
                                  bool target_before) {
  if (entry.source != "*") {
    if (!target.empty() && Others(target, entry) != target_before) {
      queue_.push_back((target_before ? "U " : "J ") + target + " " + entry.ToString() + " T");
      if (target_before) {
        believed_[target].erase(entry);
      } else {
        believed_[target].insert(entry);
      }
    }
    if (!Entries().contains(entry)) {
      for (auto& [client, believed] : believed_) believed.erase(entry);
    }
    return;
  }
  std::vector<std::string> lost_everything;
  for (const std::string& client : clients_) {
    const bool before = believed_[client].contains(kEverything);
    AlertGroup(client, entry);
    if (before && !believed_[client].contains(kEverything)) lost_everything.push_back(client);
  }
  if (lost_everything.empty()) return;
  std::set<Entry> groups = Entries();
  for (const auto& [client, believed] : believed_) groups.insert(believed.begin(), believed.end());
  for (const Entry& group : groups) {
    if (group.source != "*" || group == kEverything) continue;
    for (const std::string& client : lost_everything) AlertGroup(client, group);
  }
}

void ReferenceModel::AddJoin(const Join& join) {
  const std::string target = join.entry.source == "*" ? "" : HolderTowards(join.entry.source);
  const bool before = !target.empty() && Others(target, join.entry);
  joins_.insert(join);
  AlertMembers(join.entry, target, before);
}

void ReferenceModel::DropJoin(const Join& join) {
  const std::string target = join.entry.source == "*" ? "" : HolderTowards(join.entry.source);
  const bool before = !target.empty() && Others(target, join.entry);
  joins_.erase(join);
  AlertMembers(join.entry, target, before);
}

// RFC 2715 rules 4 and 5: `changed` is whose oif came or went.
void ReferenceModel::Edge(const Entry& stream, bool empty_before, const std::string& changed) {
  const ModelMfe& mfe = mfes_.at(stream);
  const std::string holder = Holder(mfe.route);
  const bool empty = Oil(stream).empty();
  if (empty == empty_before || mfe.orphan || holder.empty() || holder == changed) return;
  queue_.push_back((empty ? "U " : "J ") + holder + " " + stream.ToString() + " F");
}

DWORD ReferenceModel::Add(const std::string& client, const Entry& entry, int interface,
                          DWORD flags) {
  if (!IsRegistered(client) || flags == 0 || !IsOn(client, interface))
    return ERROR_INVALID_PARAMETER;
  const Join join{entry, interface, client};
  if ((flags & MGM_JOIN_STATE_FLAG) != 0 && !joins_.contains(join)) {
    std::map<Entry, bool> empty;
    for (const auto& [stream, mfe] : mfes_) empty[stream] = Oil(stream).empty();
    if (client == "I" && owners_.contains(interface)) {
      queue_.push_back("LJ " + owners_.at(interface) + " " + entry.ToString() +
                       Interface(interface));
    }
    AddJoin(join);
    for (auto& [stream, mfe] : mfes_) {
      if (!entry.Covers(stream)) continue;
      mfe.suppressed.erase(interface);
      Edge(stream, empty.at(stream), Holder(interface));
    }
  }
  if ((flags & MGM_FORWARD_STATE_FLAG) != 0) {
    for (auto& [stream, mfe] : mfes_) {
      if (!entry.Covers(stream) || interface == mfe.route || mfe.orphan) continue;
      const bool empty = Oil(stream).empty();
      mfe.suppressed.erase(interface);
      mfe.added.insert(interface);
      Edge(stream, empty, Holder(interface));
    }
  }
  Deliver();
  return NO_ERROR;
}

void ReferenceModel::Leave(const Join& join) {
  std::map<Entry, bool> empty;
  for (const auto& [stream, mfe] : mfes_) empty[stream] = Oil(stream).empty();
  if (join.client == "I" && owners_.contains(join.interface)) {
    queue_.push_back("LL " + owners_.at(join.interface) + " " + join.entry.ToString() +
                     Interface(join.interface));
  }
  DropJoin(join);
  for (auto& [stream, mfe] : mfes_) {
    if (!join.entry.Covers(stream)) continue;
    if (!IsMember(stream, join.interface)) mfe.suppressed.erase(join.interface);
    Edge(stream, empty.at(stream), Holder(join.interface));
  }
}

DWORD ReferenceModel::Delete(const std::string& client, const Entry& entry, int interface,
                             DWORD flags) {
  if (!IsRegistered(client) || flags == 0) return ERROR_INVALID_PARAMETER;
  if (Holder(interface).empty()) return ERROR_NOT_FOUND;
  if (!IsOn(client, interface)) return ERROR_INVALID_PARAMETER;
  if ((flags & MGM_JOIN_STATE_FLAG) != 0) {
    const Join join{entry, interface, client};
    if (!joins_.contains(join)) return ERROR_NOT_FOUND;
    Leave(join);
  }
  if ((flags & MGM_FORWARD_STATE_FLAG) != 0) {
    for (auto& [stream, mfe] : mfes_) {
      if (!entry.Covers(stream) || interface == mfe.route || mfe.orphan) continue;
      const bool empty = Oil(stream).empty();
      mfe.added.erase(interface);
      if (IsMember(stream, interface)) mfe.suppressed.insert(interface);
      Edge(stream, empty, Holder(interface));
    }
  }
  Deliver();
  return NO_ERROR;
}

DWORD ReferenceModel::Take(const std::string& client, int interface) {
  if (!IsRegistered(client)) return ERROR_INVALID_PARAMETER;
  if (client == "I" ? igmp_.contains(interface) : owners_.contains(interface))
    return ERROR_ALREADY_EXISTS;
  if (client != "I" && igmp_.contains(interface)) {
    ChangeOwner(interface, client, true);
    return NO_ERROR;
  }
  const bool was_nobodys = Holder(interface).empty();
  if (client == "I") {
    igmp_.insert(interface);
  } else {
    owners_[interface] = client;
  }
  if (was_nobodys) {
    std::erase_if(mfes_, [&](const auto& item) {
      return item.second.orphan && item.second.route == interface;
    });
  }
  return NO_ERROR;
}

DWORD ReferenceModel::Release(const std::string& client, int interface) {
  if (!IsRegistered(client) || !IsOn(client, interface)) return ERROR_INVALID_PARAMETER;
  if (client == "I" && owners_.contains(interface)) {
    for (const Join& join : std::set<Join>(joins_)) {
      if (join.interface == interface && join.client == "I") Leave(join);
    }
    igmp_.erase(interface);
    Deliver();
    return NO_ERROR;
  }
  ChangeOwner(interface, client, false);
  return NO_ERROR;
}

void ReferenceModel::ChangeOwner(int interface, const std::string& client, bool take) {
  const bool tell_igmp = igmp_.contains(interface) && client != "I";
  if (tell_igmp) events_.push_back("D" + Interface(interface));
  std::map<Entry, bool> empty;
  for (const auto& [stream, mfe] : mfes_) empty[stream] = Oil(stream).empty();
  for (const Entry& entry : Entries()) {
    for (const std::string& whose : {Holder(interface), std::string("I")}) {
      const Join join{entry, interface, whose};
      if (joins_.contains(join)) DropJoin(join);
    }
  }
  std::erase_if(mfes_, [&](const auto& item) { return item.second.route == interface; });
  for (auto& [stream, mfe] : mfes_) {
    mfe.added.erase(interface);
    mfe.suppressed.erase(interface);
    Edge(stream, empty.at(stream), Holder(interface));
  }
  if (take) {
    owners_[interface] = client;
  } else if (client == "I") {
    igmp_.erase(interface);
  } else {
    owners_.erase(interface);
  }
  if (tell_igmp) events_.push_back("E" + Interface(interface));
  Deliver();
}

void ReferenceModel::Decide(const Entry& stream) {
  ModelMfe& mfe = mfes_[stream];
  mfe = ModelMfe();
  mfe.route = routes_.contains(stream.source) ? routes_.at(stream.source) : 0;
  mfe.orphan = mfe.route == 0 || Holder(mfe.route).empty();
  if (mfe.orphan) return;
  const std::string holder = Holder(mfe.route);
  if (holder != "I")
    events_.push_back("RPF " + holder + " " + stream.ToString() + Interface(mfe.route));
  for (const std::string& client : clients_) {
    std::string shown;
    std::set<int> vetoed;
    for (const int oif : Oil(stream)) {
      const bool its = client == "I" ? igmp_.contains(oif) &&
                                           (!owners_.contains(oif) || !IsOwnersMember(stream, oif))
                                     : IsOn(client, oif);
      if (!its) continue;
      shown += (shown.empty() ? "i" : " i") + std::to_string(oif);
      if (veto_(client, stream, oif)) vetoed.insert(oif);
    }
    if (shown.empty()) continue;
    events_.push_back("CREATION " + client + " " + stream.ToString() + Interface(mfe.route) + " {" +
                      shown + "}");
    mfe.suppressed.insert(vetoed.begin(), vetoed.end());
  }
  const std::set<int> oil = Oil(stream);
  if (oil.empty()) {
    queue_.push_back("U " + holder + " " + stream.ToString() + " F");
  } else if (std::any_of(oil.begin(), oil.end(), [&](int oif) { return Holder(oif) != holder; })) {
    queue_.push_back("J " + holder + " " + stream.ToString() + " F");
  }
}

DWORD ReferenceModel::Packet(const Entry& stream, int interface) {
  if (Holder(interface).empty()) return ERROR_INVALID_PARAMETER;
  if (!mfes_.contains(stream)) Decide(stream);
  Deliver();
  return NO_ERROR;
}

void ReferenceModel::RouteChanges(const std::string& source, int interface) {
  if (interface == 0) {
    routes_.erase(source);
  } else {
    routes_[source] = interface;
  }
  const std::string target = HolderTowards(source);
  Lines joins;
  for (const Entry& entry : Entries()) {
    if (entry.source != source) continue;
    for (const std::string& client : clients_) {
      if (client == target || !believed_[client].contains(entry)) continue;
      believed_[client].erase(entry);
      queue_.push_back("U " + client + " " + entry.ToString() + " T");
    }
    if (!target.empty() && !believed_[target].contains(entry) && Others(target, entry)) {
      believed_[target].insert(entry);
      joins.push_back("J " + target + " " + entry.ToString() + " T");
    }
  }
  queue_.insert(queue_.end(), joins.begin(), joins.end());
  for (auto& [stream, mfe] : mfes_) {
    if (stream.source != source || mfe.route == interface) continue;
    const std::string old_holder = mfe.orphan ? "" : Holder(mfe.route);
    if (!old_holder.empty() && old_holder != target) {
      const std::set<int> oil = Oil(stream);
      if (std::any_of(oil.begin(), oil.end(), [&](int oif) { return Holder(oif) != old_holder; })) {
        queue_.push_back("U " + old_holder + " " + stream.ToString() + " F");
        Deliver();
      }
    }
    Decide(stream);
  }
  Deliver();
}

}  // namespace mgmd::reference
