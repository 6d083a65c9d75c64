#include "control/protocols/static/static_client.h"

#include "absl/strings/str_cat.h"
#include "control/mgm/c_values.h"
#include "control/protocols/answer.h"
#include "control/protocols/manager_calls.h"
#include "control/protocols/static/static_protocol.h"

namespace mgmd::protocols {
namespace {

constexpr const char* kName = StaticProtocol::kName;

}  // namespace

template <class Family>
struct StaticClient<Family>::Rpf {
  using Values = mgm::CValues<Family>;
  using Address = typename Values::Address;

  // mgm.h speaks of all groups as a zero address with a zero mask.
  static DWORD Answer(mgm::CParameter<Family> source, DWORD, mgm::CParameter<Family> group, DWORD mask, PDWORD in_index,
                      Address* in_next_hop, Address*, DWORD, PBYTE, PBYTE) {
    const FibKey<Family> range =
        mask == 0 ? FibKey<Family>::AllGroups()
                  : FibKey<Family>::AnySource(Values::FromC(Values::Given(group)), Values::LengthOf(mask));
    const Interface* const way =
        WayOf(Values::FromC(Values::Given(source)), typename Family::Prefix(range.group(), range.group_length()));
    if (way == nullptr) return NO_ERROR;
    *in_index = way->index;
    *in_next_hop = Values::ToC(way->next_hop);
    return NO_ERROR;
  }
};

template <class Family>
const InterfaceIdOf<Family>* StaticClient<Family>::WayOf(const typename Family::Address& source,
                                                         const typename Family::Prefix& group) {
  if (instance == nullptr) return nullptr;  // a stop that failed has left the client behind
  const auto* const route = instance->routes_.MostSpecific(source, group);
  return route != nullptr && instance->owns(route->from) ? &route->from : nullptr;
}

template <class Family>
StaticClient<Family>::~StaticClient() {
  Stop().IgnoreError();
  if (instance == this) instance = nullptr;
}

template <class Family>
absl::Status StaticClient<Family>::Start() {
  if (auto status = Register(); !status.ok()) return status;
  for (const Interface& interface : interfaces_) {
    if (auto status = Take(interface); !status.ok()) return status;
  }
  return Join();
}

template <class Family>
absl::Status StaticClient<Family>::Register() {
  if (instance != nullptr) return absl::AlreadyExistsError(absl::StrCat("protocol ", kName, ": runs already"));
  typename mgm::CValues<Family>::Config callbacks{};
  callbacks.pfnRpfCallback = &Rpf::Answer;
  const DWORD code =
      ManagerCalls<Family>::kRegister(&callbacks, StaticProtocol::kProtocolId, StaticProtocol::kComponentId, &handle_);
  if (code != NO_ERROR) return StatusOf(code, kName, "registration");
  instance = this;
  return StatusOf(MgmExtNameClient(handle_, kName), kName, "name");
}

template <class Family>
absl::Status StaticClient<Family>::Take(const Interface& interface) {
  using Values = mgm::CValues<Family>;
  const DWORD code =
      ManagerCalls<Family>::kTake(handle_, interface.index, Values::Pass(Values::ToC(interface.next_hop)));
  if (code == NO_ERROR) owned_.insert(interface);
  return StatusOf(code, kName, absl::StrCat("ownership of ", NameOf(interface)));
}

template <class Family>
absl::Status StaticClient<Family>::Join() {
  constexpr size_t kChangesPerCall = 16384;  // or those of one route: the memory that a call takes is bounded
  using Values = mgm::CValues<Family>;
  std::vector<typename Values::Change> changes;
  std::vector<const config::StaticMroute<Family>*> routes;  // of each change
  for (const config::StaticMroute<Family>& mroute : mroutes_) {
    const mgm::CEntry<Family> entry = mgm::ToC(mroute.key());
    for (const Interface& oif : mroute.to) {
      changes.push_back({MGM_EXT_MEMBERSHIP_ADD, MGM_JOIN_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG, entry.source,
                         entry.source_mask, entry.group, entry.group_mask, oif.index, Values::ToC(oif.next_hop)});
      routes.push_back(&mroute);
    }
    // All of a route in one call: its entry is made once, with all its outgoing interfaces.
    if (changes.size() < kChangesPerCall && &mroute != &mroutes_.back()) continue;
    std::vector<DWORD> results(changes.size());
    const DWORD code =
        ManagerCalls<Family>::kChange(handle_, changes.data(), static_cast<DWORD>(changes.size()), results.data());
    if (code != NO_ERROR) return StatusOf(code, kName, "joining its routes");
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i] == NO_ERROR) continue;
      return StatusOf(results[i], kName,
                      absl::StrCat("joining ", routes[i]->key().ToString(), " on interface ", changes[i].dwIfIndex));
    }
    changes.clear();
    routes.clear();
  }
  return absl::OkStatus();
}

template <class Family>
std::vector<InterfaceIdOf<Family>> StaticClient<Family>::interfaces() const {
  std::vector<Interface> interfaces;
  for (const Interface& interface : interfaces_) {
    if (owns(interface)) interfaces.push_back(interface);
  }
  return interfaces;
}

template <class Family>
absl::Status StaticClient<Family>::Release(const Interface& interface) {
  using Values = mgm::CValues<Family>;
  const DWORD code =
      ManagerCalls<Family>::kRelease(handle_, interface.index, Values::Pass(Values::ToC(interface.next_hop)));
  if (code == NO_ERROR) owned_.erase(interface);
  return StatusOf(code, kName, absl::StrCat("release of ", NameOf(interface)));
}

template <class Family>
absl::Status StaticClient<Family>::Stop() {
  if (handle_ == nullptr) return absl::OkStatus();
  for (const Interface& interface : interfaces()) {
    if (absl::Status status = Release(interface); !status.ok()) return status;
  }
  const DWORD code = ManagerCalls<Family>::kDeregister(handle_);
  if (code == NO_ERROR) handle_ = nullptr;
  return StatusOf(code, kName, "deregistration");
}

template class StaticClient<Ipv4>;
template class StaticClient<Ipv6>;

}  // namespace mgmd::protocols
