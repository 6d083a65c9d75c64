#include "control/protocols/membership/manager_client.h"

#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "control/mgm/mgm_ext.h"
#include "control/protocols/answer.h"
#include "control/protocols/manager_calls.h"

namespace mgmd::protocols {
namespace {

using membership::Call;
using std::chrono::milliseconds;

constexpr size_t kGroupsPerCall = 1024;
constexpr milliseconds kSlice{5};  // of a turn, for telling
constexpr milliseconds kRetryAfter{1000};

template <class Family>
std::string ProtocolName() {
  return std::string(membership::Protocol<Family>::kName);
}

template <class Family>
void Apply(const membership::MembershipCall<Family>& call, membership::Wanted<Family>& synced) {
  const bool add = call.call == Call::kJoin || call.call == Call::kBlock;
  if (!call.source) {
    synced.any = add;
    if (!add) synced.blocked.clear();
    return;
  }
  auto& sources = call.call == Call::kJoin || call.call == Call::kLeave ? synced.joined : synced.blocked;
  const auto at = std::lower_bound(sources.begin(), sources.end(), *call.source);
  const bool there = at != sources.end() && *at == *call.source;
  if (add && !there) sources.insert(at, *call.source);
  if (!add && there) sources.erase(at);
}

}  // namespace

template <class Family>
struct ManagerClient<Family>::Callbacks {
  static DWORD Creation(mgm::CParameter<Family> source, DWORD, mgm::CParameter<Family> group, DWORD mask,
                        DWORD in_index, mgm::CParameter<Family> in_next_hop, DWORD count,
                        typename Values::IfEntry* oifs) {
    if (instance_ == nullptr) return NO_ERROR;
    const Interface in = mgm::GivenInterface<Family>(in_index, in_next_hop);
    const Address from = Values::FromC(Values::Given(source));
    // All groups, and ranges, are nobody's whom IGMP knows.
    const bool is_one = Values::LengthOf(mask) == Family::kAddressBits;
    const Address to = is_one ? Values::FromC(Values::Given(group)) : Address{};
    for (DWORD i = 0; i < count; ++i) {
      auto& [index, next_hop, has_igmp, is_enabled] = oifs[i];
      if (!instance_->wanted_.Wants(mgm::InterfaceFromC<Family>(index, next_hop), in, from, to)) is_enabled = FALSE;
    }
    return NO_ERROR;
  }
  // Of memberships alone: those of single streams (FALSE) say nothing of what is wanted.
  static DWORD Join(mgm::CParameter<Family> source, DWORD source_mask, mgm::CParameter<Family> group, DWORD mask,
                    BOOL membership) {
    const mgm::CEntry<Family> entry{Values::Given(source), source_mask, Values::Given(group), mask};
    if (instance_ != nullptr && membership != FALSE) instance_->OthersWant(entry, true);
    return NO_ERROR;
  }
  static DWORD Prune(mgm::CParameter<Family> source, DWORD source_mask, mgm::CParameter<Family> group, DWORD mask,
                     DWORD, mgm::CParameter<Family>, BOOL membership, PDWORD) {
    const mgm::CEntry<Family> entry{Values::Given(source), source_mask, Values::Given(group), mask};
    if (instance_ != nullptr && membership != FALSE) instance_->OthersWant(entry, false);
    return NO_ERROR;
  }
  static DWORD Disable(DWORD index, mgm::CParameter<Family> next_hop) {
    if (instance_ != nullptr) instance_->Disabled(mgm::GivenInterface<Family>(index, next_hop));
    return NO_ERROR;
  }
  static DWORD Enable(DWORD index, mgm::CParameter<Family> next_hop) {
    if (instance_ != nullptr) instance_->Enabled(mgm::GivenInterface<Family>(index, next_hop));
    return NO_ERROR;
  }
};

template <class Family>
ManagerClient<Family>::~ManagerClient() {
  Stop().IgnoreError();
  if (instance_ == this) instance_ = nullptr;
}

template <class Family>
absl::Status ManagerClient<Family>::Register() {
  const std::string name = ProtocolName<Family>();
  if (instance_ != nullptr) return absl::AlreadyExistsError(absl::StrCat(name, " runs already"));
  typename Values::Config callbacks{};
  callbacks.pfnCreationAlertCallback = &Callbacks::Creation;
  if (told_.others_want) {
    callbacks.pfnJoinAlertCallback = &Callbacks::Join;
    callbacks.pfnPruneAlertCallback = &Callbacks::Prune;
  }
  if constexpr (std::is_same_v<Family, Ipv4>) {
    callbacks.pfnDisableIgmpCallback = &Callbacks::Disable;
    callbacks.pfnEnableIgmpCallback = &Callbacks::Enable;
  } else {
    callbacks.pfnDisableMldCallback = &Callbacks::Disable;
    callbacks.pfnEnableMldCallback = &Callbacks::Enable;
  }
  const DWORD code = ManagerCalls<Family>::kRegister(&callbacks, kId.protocol, kId.component, &handle_);
  if (code != NO_ERROR) return StatusOf(code, name, "registration");
  instance_ = this;
  return StatusOf(MgmExtNameClient(handle_, Family::kWord == Ipv4::kWord ? "igmp" : "mld"), name, "name");
}

template <class Family>
absl::Status ManagerClient<Family>::Take(const Interface& interface) {
  const DWORD code =
      ManagerCalls<Family>::kTake(handle_, interface.index, Values::Pass(Values::ToC(interface.next_hop)));
  if (code != NO_ERROR) {
    return StatusOf(code, ProtocolName<Family>(), absl::StrCat("being on ", NameOf(interface)));
  }
  interfaces_.try_emplace(interface);
  TellOwned(interface);
  AllChanged(interface);
  return absl::OkStatus();
}

template <class Family>
void ManagerClient<Family>::TellOwned(const Interface& interface) {
  if (!told_.owned) return;
  DWORD protocol = kId.protocol;
  DWORD component = kId.component;
  ManagerCalls<Family>::kGetProtocol(interface.index, Values::Pass(Values::ToC(interface.next_hop)), &protocol,
                                     &component);
  told_.owned(interface, mgm::ClientId{protocol, component} != kId);
}

template <class Family>
void ManagerClient<Family>::OthersWant(const mgm::CEntry<Family>& entry, bool wanted) {
  FibKey<Family> key;
  if (mgm::FromC(entry, key)) told_.others_want(key, wanted);
}

template <class Family>
absl::Status ManagerClient<Family>::Release(const Interface& interface) {
  const DWORD code =
      ManagerCalls<Family>::kRelease(handle_, interface.index, Values::Pass(Values::ToC(interface.next_hop)));
  if (code == NO_ERROR) interfaces_.erase(interface);
  return StatusOf(code, ProtocolName<Family>(), absl::StrCat("release of ", NameOf(interface)));
}

template <class Family>
absl::Status ManagerClient<Family>::Stop() {
  if (handle_ == nullptr) return absl::OkStatus();
  for (const Interface& interface : interfaces()) {
    if (absl::Status status = Release(interface); !status.ok()) return status;
  }
  const DWORD code = ManagerCalls<Family>::kDeregister(handle_);
  if (code == NO_ERROR) handle_ = nullptr;
  return StatusOf(code, ProtocolName<Family>(), "deregistration");
}

template <class Family>
void ManagerClient<Family>::Queue(State& state, const Place& place, std::deque<Place>& queue) {
  Group& group = state.groups[place.second];
  if (std::exchange(group.queued, true)) return;
  queue.push_back(place);
  if (&queue == &anew_) ++state.anew_left;
}

template <class Family>
void ManagerClient<Family>::Changed(const Interface& interface, const Address& group) {
  const auto found = interfaces_.find(interface);
  if (found != interfaces_.end() && !found->second.disabled_since) Queue(found->second, {interface, group}, changed_);
}

template <class Family>
void ManagerClient<Family>::AllChanged(const Interface& interface) {
  for (const Address& group : wanted_.Groups(interface)) Changed(interface, group);
}

template <class Family>
void ManagerClient<Family>::Disabled(const Interface& interface) {
  const auto found = interfaces_.find(interface);
  if (found == interfaces_.end()) return;
  State& state = found->second;
  state.disabled_since = now_;
  disabled_.emplace_back(now_, interface);
  // All of it is told anew once it is enabled.
  const auto is_there = [&](const Place& place) { return place.first == interface; };
  std::erase_if(changed_, is_there);
  std::erase_if(anew_, is_there);
  std::erase_if(retry_, is_there);
  state.groups.clear();
}

// Nothing may be called in here but what changes nothing.
template <class Family>
void ManagerClient<Family>::Enabled(const Interface& interface) {
  const auto found = interfaces_.find(interface);
  if (found == interfaces_.end()) return;
  State& state = found->second;
  state.disabled_since.reset();
  state.groups.clear();
  TellOwned(interface);
  state.anew_left = 0;
  state.anew_since = std::chrono::steady_clock::now();
  for (const Address& group : wanted_.Groups(interface)) Queue(state, {interface, group}, anew_);
  state.anew_groups = state.anew_left;
  if (told_.enabled) told_.enabled(interface, state.anew_groups);
}

template <class Family>
bool ManagerClient<Family>::Flush(Time now) {
  now_ = now;
  for (; !disabled_.empty() && now - disabled_.front().first >= kOverdue; disabled_.pop_front()) {
    const auto& [since, interface] = disabled_.front();
    const auto found = interfaces_.find(interface);
    if (found == interfaces_.end() || found->second.disabled_since != since) continue;
    if (told_.overdue) told_.overdue(interface);
  }
  const auto start = std::chrono::steady_clock::now();
  const auto in_time = [&] { return std::chrono::steady_clock::now() - start < kSlice; };
  if (!retry_.empty() && now >= retry_at_) {
    for (const auto& [interface, group] : std::exchange(retry_, {})) Changed(interface, group);
  }
  bool told = false;
  while (!changed_.empty() && in_time()) told |= Tell(changed_, false, now);
  while (!anew_.empty() && in_time()) told |= Tell(anew_, true, now);
  return told;
}

template <class Family>
bool ManagerClient<Family>::Tell(std::deque<Place>& queue, bool anew, Time now) {
  changes_.clear();
  std::vector<std::pair<Place, membership::MembershipCall<Family>>> calls;  // of each change
  std::vector<Place> looked_at;
  for (size_t groups = 0; groups < kGroupsPerCall && !queue.empty(); ++groups) {
    const Place place = queue.front();
    queue.pop_front();
    const auto& [interface, address] = place;
    const auto found = interfaces_.find(interface);
    if (found == interfaces_.end()) continue;
    State& state = found->second;
    const auto group = state.groups.find(address);
    if (group == state.groups.end()) continue;
    group->second.queued = group->second.refused = false;
    if (state.disabled_since) continue;
    looked_at.push_back(place);
    for (const auto& call : CallsBetween(group->second.synced, wanted_.Describe(interface, address))) {
      const auto key = call.source         ? FibKey<Family>::SourceGroup(*call.source, address)
                       : address.is_zero() ? FibKey<Family>::AllGroups()
                                           : std::optional(FibKey<Family>::AnySource(address));
      if (!key) continue;
      const mgm::CEntry<Family> entry = mgm::ToC(*key);
      const bool add = call.call == Call::kJoin || call.call == Call::kUnblock;
      const bool join = call.call == Call::kJoin || call.call == Call::kLeave;
      changes_.push_back({add ? MGM_EXT_MEMBERSHIP_ADD : MGM_EXT_MEMBERSHIP_DELETE,
                          join ? MGM_JOIN_STATE_FLAG : MGM_FORWARD_STATE_FLAG, entry.source, entry.source_mask,
                          entry.group, entry.group_mask, interface.index, Values::ToC(interface.next_hop)});
      calls.emplace_back(place, call);
    }
  }
  std::vector<DWORD> results(changes_.size(), NO_ERROR);
  if (!changes_.empty()) {
    const DWORD code =
        ManagerCalls<Family>::kChange(handle_, changes_.data(), static_cast<DWORD>(changes_.size()), results.data());
    if (code != NO_ERROR) std::fill(results.begin(), results.end(), code);
  }
  for (size_t i = 0; i < calls.size(); ++i) Done(calls[i].first, calls[i].second, results[i], now);
  for (const auto& [interface, address] : looked_at) {
    const auto found = interfaces_.find(interface);
    if (found == interfaces_.end()) continue;
    State& state = found->second;
    const auto group = state.groups.find(address);
    if (group != state.groups.end() && !group->second.queued && !group->second.refused &&
        group->second.synced.is_nothing()) {
      state.groups.erase(group);
    }
    if (!anew || state.anew_left == 0 || --state.anew_left > 0) continue;
    const auto took = std::chrono::steady_clock::now() - state.anew_since;
    if (told_.told_anew) {
      told_.told_anew(interface, state.anew_groups, std::chrono::duration_cast<milliseconds>(took));
    }
  }
  return !looked_at.empty();
}

template <class Family>
void ManagerClient<Family>::Done(const Place& place, const membership::MembershipCall<Family>& call, DWORD result,
                                 Time now) {
  const auto found = interfaces_.find(place.first);
  // A callback of the call has disabled it.
  if (found == interfaces_.end() || found->second.disabled_since) return;
  const bool takes_away = call.call == Call::kLeave || call.call == Call::kBlock;
  if (result == NO_ERROR || (result == ERROR_NOT_FOUND && takes_away)) {
    Apply(call, found->second.groups[place.second].synced);
    return;
  }
  if (retry_.empty()) retry_at_ = now + kRetryAfter;
  retry_.push_back(place);
  found->second.groups[place.second].refused = true;
  if (told_.refused) told_.refused(place.first, 1);
}

template <class Family>
std::vector<InterfaceIdOf<Family>> ManagerClient<Family>::interfaces() const {
  std::vector<Interface> interfaces;
  for (const auto& [interface, state] : interfaces_) interfaces.push_back(interface);
  std::sort(interfaces.begin(), interfaces.end());
  return interfaces;
}

template <class Family>
membership::Wanted<Family> ManagerClient<Family>::Synced(const Interface& interface, const Address& group) const {
  const auto found = interfaces_.find(interface);
  if (found == interfaces_.end()) return {};
  const auto at = found->second.groups.find(group);
  return at == found->second.groups.end() ? membership::Wanted<Family>{} : at->second.synced;
}

template <class Family>
bool ManagerClient<Family>::is_enabled(const Interface& interface) const {
  const auto found = interfaces_.find(interface);
  return found != interfaces_.end() && !found->second.disabled_since.has_value();
}

template <class Family>
typename ManagerClient<Family>::Knows ManagerClient<Family>::What(const Interface& interface,
                                                                  const Address& group) const {
  const auto found = interfaces_.find(interface);
  if (found == interfaces_.end() || found->second.disabled_since) return Knows::kDisabled;
  const auto at = found->second.groups.find(group);
  if (at == found->second.groups.end()) return Knows::kAll;
  return at->second.queued ? Knows::kWaits : at->second.refused ? Knows::kRefused : Knows::kAll;
}

template <class Family>
typename ManagerClient<Family>::Knows ManagerClient<Family>::What(const Interface& interface) const {
  const auto found = interfaces_.find(interface);
  if (found == interfaces_.end() || found->second.disabled_since) return Knows::kDisabled;
  return found->second.anew_left > 0 ? Knows::kWaits : Knows::kAll;
}

template class ManagerClient<Ipv4>;
template class ManagerClient<Ipv6>;

}  // namespace mgmd::protocols
