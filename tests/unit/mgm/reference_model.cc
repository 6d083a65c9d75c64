#include "tests/unit/mgm/reference_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mgmd::reference {
namespace {

constexpr int kMostInterfaces = 9;

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

int ReferenceModel::Towards(const std::string& source) const {
  return routes_.contains(source) ? routes_.at(source) : 0;
}

bool ReferenceModel::IsKept(const Entry& stream, int interface) const {
  return options_.hitless && std::any_of(held_.begin(), held_.end(), [&](const auto& item) {
           return item.first.second == interface && item.first.first.Covers(stream);
         });
}

bool ReferenceModel::IsMember(const Entry& stream, int interface) const {
  return IsMemberOf(false, stream, interface) || IsMemberOf(true, stream, interface);
}

bool ReferenceModel::IsMemberOf(bool igmp, const Entry& stream, int interface) const {
  if (igmp && IsKept(stream, interface)) return true;
  return std::any_of(joins_.begin(), joins_.end(), [&](const Join& join) {
    return join.interface == interface && (join.client == "I") == igmp && join.entry.Covers(stream);
  });
}

// A25: the owner's mark silences the oif, IGMP's only what IGMP has joined.
bool ReferenceModel::Sends(const Entry& stream, int interface) const {
  const ModelMfe& mfe = mfes_.at(stream);
  if (mfe.orphan || interface == mfe.iif || mfe.suppressed.contains(interface)) return false;
  if (mfe.IsForwarded(interface) || IsMemberOf(false, stream, interface)) return true;
  return IsMemberOf(true, stream, interface) && !mfe.igmp_suppressed.contains(interface);
}

std::set<Entry> ReferenceModel::Entries() const {
  std::set<Entry> entries;
  for (const Join& join : joins_) entries.insert(join.entry);
  return entries;
}

std::set<Entry> ReferenceModel::EntriesThatMatter() const {
  std::set<Entry> entries = Entries();
  for (const auto& [client, believed] : believed_) entries.insert(believed.begin(), believed.end());
  return entries;
}

std::set<int> ReferenceModel::Oil(const Entry& stream) const {
  std::set<int> oil;
  for (int interface = 1; interface <= kMostInterfaces; ++interface) {
    if (Sends(stream, interface)) oil.insert(interface);
  }
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
  for (int interface = 1; interface <= kMostInterfaces; ++interface) {
    if (IsOn(client, interface)) return ERROR_CAN_NOT_COMPLETE;
  }
  std::erase(clients_, client);
  believed_.erase(client);
  return NO_ERROR;
}

void ReferenceModel::DropJoin(const Join& join) {
  joins_.erase(join);
  AlertMembers(join.entry);
}

DWORD ReferenceModel::Add(const std::string& client, const Entry& entry, int interface, DWORD flags) {
  if (!IsRegistered(client) || flags == 0 || !IsOn(client, interface)) return ERROR_INVALID_PARAMETER;
  const Join join{entry, interface, client};
  if ((flags & MGM_JOIN_STATE_FLAG) != 0 && !joins_.contains(join)) {
    std::map<Entry, bool> empty;
    for (const auto& [stream, mfe] : mfes_) empty[stream] = Oil(stream).empty();
    if (client == "I" && owners_.contains(interface)) {
      queue_.push_back("LJ " + owners_.at(interface) + " " + entry.ToString() + Interface(interface));
    }
    if (client == "I") held_.erase({entry, interface});
    joins_.insert(join);
    AlertMembers(entry);
    for (auto& [stream, mfe] : mfes_) {
      if (!entry.Covers(stream)) continue;
      mfe.MarksOf(client).erase(interface);
      if (client == "I" && !mfe.orphan && mfe.iif != interface) {  // A26
        events_.push_back(absl::StrCat("CREATION I ", stream.ToString(), Interface(mfe.iif), " {i", interface, "}"));
        if (options_.veto(client, stream, interface)) mfe.igmp_suppressed.insert(interface);
      }
      Edge(stream, empty.at(stream), Holder(interface));
    }
  }
  if ((flags & MGM_FORWARD_STATE_FLAG) != 0) {
    for (auto& [stream, mfe] : mfes_) {
      if (!entry.Covers(stream) || interface == mfe.iif || mfe.orphan) continue;
      const bool empty = Oil(stream).empty();
      mfe.MarksOf(client).erase(interface);
      // A24: where a membership has it forwarded again there is nothing else to do.
      const bool igmps_counts = client == "I" || !mfe.igmp_suppressed.contains(interface);
      const bool held = IsMemberOf(false, stream, interface) || (igmps_counts && IsMemberOf(true, stream, interface));
      if (!held) (client == "I" ? mfe.igmp_added : mfe.added).insert(interface);
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
    queue_.push_back("LL " + owners_.at(join.interface) + " " + join.entry.ToString() + Interface(join.interface));
  }
  DropJoin(join);
  for (auto& [stream, mfe] : mfes_) {
    if (!join.entry.Covers(stream)) continue;
    if (!IsMemberOf(true, stream, join.interface)) mfe.igmp_suppressed.erase(join.interface);
    if (!IsMember(stream, join.interface) && !mfe.IsForwarded(join.interface)) mfe.Forget(join.interface);
    Edge(stream, empty.at(stream), Holder(join.interface));
  }
}

DWORD ReferenceModel::Delete(const std::string& client, const Entry& entry, int interface, DWORD flags) {
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
      if (!entry.Covers(stream) || interface == mfe.iif || mfe.orphan) continue;
      const bool empty = Oil(stream).empty();
      mfe.igmp_added.erase(interface);
      if (client != "I") mfe.added.erase(interface);
      if (client == "I" ? IsMemberOf(true, stream, interface) : IsMember(stream, interface)) {
        mfe.MarksOf(client).insert(interface);
      }
      Edge(stream, empty, Holder(interface));
    }
  }
  Deliver();
  return NO_ERROR;
}

DWORD ReferenceModel::Take(const std::string& client, int interface) {
  if (!IsRegistered(client)) return ERROR_INVALID_PARAMETER;
  if (client == "I" ? igmp_.contains(interface) : owners_.contains(interface)) return ERROR_ALREADY_EXISTS;
  if (client != "I" && igmp_.contains(interface)) {
    ChangeOwner(interface, client, true);
    return NO_ERROR;
  }
  const std::string before = Holder(interface);
  if (client == "I") {
    igmp_.insert(interface);
  } else {
    owners_[interface] = client;
  }
  if (before.empty()) {
    std::erase_if(mfes_, [&](const auto& item) { return item.second.orphan && item.second.route == interface; });
  }
  FollowHolder(interface, before);
  Deliver();
  return NO_ERROR;
}

DWORD ReferenceModel::Release(const std::string& client, int interface) {
  if (!IsRegistered(client) || !IsOn(client, interface)) return ERROR_INVALID_PARAMETER;
  if (client == "I" && owners_.contains(interface)) {
    for (const Join& join : std::set<Join>(joins_)) {
      if (join.interface == interface && join.client == "I") Leave(join);
    }
    EndHolds(interface);
    for (auto& [stream, mfe] : mfes_) {
      const bool empty = Oil(stream).empty();
      mfe.igmp_added.erase(interface);
      mfe.igmp_suppressed.erase(interface);
      Edge(stream, empty, Holder(interface));
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
  const std::string before = Holder(interface);
  if (tell_igmp) events_.push_back("D" + Interface(interface));
  if (client == "I") EndHolds(interface);
  std::map<Entry, bool> empty;
  for (const auto& [stream, mfe] : mfes_) empty[stream] = Oil(stream).empty();
  for (const Entry& entry : Entries()) {
    for (const std::string& whose : {Holder(interface), std::string("I")}) {
      const Join join{entry, interface, whose};
      if (!joins_.contains(join)) continue;
      if (whose == "I" && tell_igmp && options_.grace_us > 0) {
        held_[{entry, interface}] = {now_ + options_.grace_us, holds_++};
      }
      DropJoin(join);
    }
  }
  std::erase_if(mfes_, [&](const auto& item) { return item.second.iif == interface; });
  const bool hitless = tell_igmp && options_.hitless;
  std::map<Entry, bool> others_oifs;
  for (auto& [stream, mfe] : mfes_) {
    mfe.added.erase(interface);
    mfe.suppressed.erase(interface);
    if (!hitless || (!IsKept(stream, interface) && !mfe.IsForwarded(interface))) mfe.Forget(interface);
    const bool emptied = !empty.at(stream) && Oil(stream).empty();
    if (hitless || !emptied || !ExpectOif(stream, interface)) Edge(stream, empty.at(stream), before);
    others_oifs[stream] = HasOifsOfOthers(stream, Holder(mfe.iif));
  }
  if (take) {
    owners_[interface] = client;
  } else if (client == "I") {
    igmp_.erase(interface);
  } else {
    owners_.erase(interface);
  }
  // What goes on there is somebody else's now.
  for (const auto& [stream, mfe] : mfes_) {
    const std::string holder = Holder(mfe.iif);
    const bool now = HasOifsOfOthers(stream, holder);
    if (hitless && !holder.empty() && now != others_oifs.at(stream)) Told(now, holder, stream, false, mfe.iif);
  }
  FollowHolder(interface, before);
  if (tell_igmp) events_.push_back("E" + Interface(interface));
  Deliver();
}

void ReferenceModel::Decide(const Entry& stream) {
  ModelMfe& mfe = mfes_[stream];
  mfe = ModelMfe();
  mfe.route = mfe.iif = Towards(stream.source);
  mfe.orphan = mfe.route == 0 || Holder(mfe.route).empty();
  if (mfe.orphan) return;
  const std::string holder = Holder(mfe.route);
  if (holder != "I") {
    events_.push_back("RPF " + holder + " " + stream.ToString() + Interface(mfe.route));
    const int chosen = options_.choice(holder, stream);
    if (IsOn(holder, chosen)) mfe.iif = chosen;  // RFC 2715 rule 1
  }
  for (const std::string& client : clients_) {
    std::string shown;
    std::set<int> vetoed;
    for (int oif = 1; oif <= kMostInterfaces; ++oif) {
      const bool its = client == "I" ? IsMemberOf(true, stream, oif) : IsOn(client, oif) && IsMember(stream, oif);
      if (!its || oif == mfe.iif) continue;
      shown += (shown.empty() ? "i" : " i") + std::to_string(oif);
      if (options_.veto(client, stream, oif)) vetoed.insert(oif);
    }
    if (shown.empty()) continue;
    events_.push_back(absl::StrCat("CREATION ", client, " ", stream.ToString(), Interface(mfe.iif), " {", shown, "}"));
    mfe.MarksOf(client).insert(vetoed.begin(), vetoed.end());
  }
  if (Oil(stream).empty()) {
    Told(false, holder, stream, false, mfe.iif);
  } else if (HasOifsOfOthers(stream, holder)) {
    Told(true, holder, stream, false, mfe.iif);
  }
}

// Decided again: whoever loses the stream to another client is told before (T24).
void ReferenceModel::Move(const Entry& stream) {
  const ModelMfe& mfe = mfes_.at(stream);
  const std::string loser = mfe.orphan ? "" : Holder(mfe.iif);
  if (!loser.empty() && loser != Holder(Towards(stream.source)) && (HasOifsOfOthers(stream, loser) || mfe.held_prune)) {
    Told(false, loser, stream, false, mfe.iif);
    Deliver();
  }
  Decide(stream);
}

DWORD ReferenceModel::Packet(const Entry& stream, int interface) {
  if (Holder(interface).empty()) return ERROR_INVALID_PARAMETER;
  if (!mfes_.contains(stream)) Decide(stream);
  Deliver();
  return NO_ERROR;
}

DWORD ReferenceModel::SetMfe(const std::string& client, const Entry& stream, int iif) {
  if (!IsRegistered(client)) return ERROR_INVALID_PARAMETER;
  if (!mfes_.contains(stream)) return ERROR_NOT_FOUND;
  ModelMfe& mfe = mfes_.at(stream);
  if (mfe.orphan || Holder(mfe.iif) != client) return ERROR_INVALID_PARAMETER;
  if (iif == 0 || iif == mfe.iif) return NO_ERROR;
  if (Holder(iif) != client) return ERROR_INVALID_PARAMETER;
  mfe.Forget(iif);
  mfe.iif = iif;
  return NO_ERROR;
}

void ReferenceModel::RouteChanges(const std::string& source, int interface) {
  const int before = Towards(source);
  if (interface == 0) {
    routes_.erase(source);
  } else {
    routes_[source] = interface;
  }
  if (interface != before) {
    for (const Entry& entry : EntriesThatMatter()) {
      if (entry.source == source) FollowSource(entry, before);
    }
  }
  for (const auto& [stream, mfe] : std::map(mfes_)) {
    if (stream.source == source && mfe.route != interface) Move(stream);
  }
  Deliver();
}

void ReferenceModel::Advance(int64_t us) {
  now_ += us;
  std::map<int64_t, std::pair<Entry, int>> due;
  for (const auto& [what, held] : held_) {
    if (held.until <= now_) due.emplace(held.number, what);
  }
  for (const auto& [number, what] : due) EndHold(what.first, what.second);
  for (const auto& [stream, edge] : std::map(held_edges_)) {
    if (edge.until <= now_) EndEdge(stream);
  }
  // The interface towards the source is somebody else's than the one that was chosen.
  for (const auto& [stream, mfe] : std::map(mfes_)) {
    if (mfe.iif != mfe.route && Holder(mfe.iif) != Holder(mfe.route)) Move(stream);
  }
  Deliver();
}

}  // namespace mgmd::reference
