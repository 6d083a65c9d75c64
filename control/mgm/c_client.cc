#include "control/mgm/c_client.h"

#include <cxxabi.h>

#include <vector>

namespace mgmd::mgm {
namespace {

// A client in C++ may throw: the exception ends here, as if the callback had returned. What ends a
// thread goes on.
template <class Function, class... Arguments>
void Guarded(Function function, Arguments... arguments) {
  if (function == nullptr) return;
  try {
    function(arguments...);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
  }
}

// Callbacks have no const; they get a copy that they may spoil.
std::vector<BYTE> Copy(std::span<const uint8_t> header) { return {header.begin(), header.end()}; }

// Calls function(source, mask, group, mask, rest...).
template <class Family, class Function, class... Arguments>
void GuardedOf(const FibKey<Family>& key, Function function, Arguments... rest) {
  using Values = CValues<Family>;
  const CEntry<Family> entry = ToC(key);
  Guarded(function, Values::Pass(entry.source), entry.source_mask, Values::Pass(entry.group), entry.group_mask,
          rest...);
}

}  // namespace

template <class Family>
Reply CClient<Family>::Rpf(QuestionId, const Key& key, RpfChoiceOf<Family>& choice, std::span<const uint8_t> header) {
  using Values = CValues<Family>;
  DWORD index = choice.iif.index;
  typename Values::Address next_hop = Values::ToC(choice.iif.next_hop);
  typename Values::Address upstream = Values::ToC(choice.upstream_neighbour);
  typename Values::Route route = {Values::ToC(choice.route.prefix.address()),
                                  Values::MaskOf(choice.route.prefix.length()),
                                  choice.route.protocol,
                                  index,
                                  next_hop,
                                  upstream};
  std::vector<BYTE> packet = Copy(header);
  GuardedOf(key, config_.pfnRpfCallback, &index, &next_hop, &upstream, static_cast<DWORD>(packet.size()), packet.data(),
            reinterpret_cast<PBYTE>(&route));
  choice.iif = InterfaceFromC<Family>(index, next_hop);
  choice.upstream_neighbour = Values::FromC(upstream);
  const auto& [network, mask, protocol, route_index, route_next_hop, route_upstream] = route;
  choice.route.prefix = typename Family::Prefix(Values::FromC(network), Values::LengthOf(mask));
  choice.route.protocol = protocol;
  return Reply::kNow;
}

template <class Family>
Reply CClient<Family>::Creation(QuestionId, const Key& key, Id iif, std::span<CreationOifOf<Family>> oifs) {
  using Values = CValues<Family>;
  std::vector<typename Values::IfEntry> list;
  for (const CreationOifOf<Family>& oif : oifs) {
    list.push_back({oif.interface.index, Values::ToC(oif.interface.next_hop), oif.has_igmp ? TRUE : FALSE, TRUE});
  }
  const typename Values::Address next_hop = Values::ToC(iif.next_hop);
  GuardedOf(key, config_.pfnCreationAlertCallback, iif.index, Values::Pass(next_hop), static_cast<DWORD>(list.size()),
            list.data());
  for (size_t i = 0; i < oifs.size(); ++i) oifs[i].enabled = list[i].bIsEnabled != FALSE;
  return Reply::kNow;
}

template <class Family>
void CClient<Family>::Prune(const Key& key, Id interface, bool membership, uint32_t& timeout) {
  using Values = CValues<Family>;
  const typename Values::Address next_hop = Values::ToC(interface.next_hop);
  DWORD seconds = timeout;
  GuardedOf(key, config_.pfnPruneAlertCallback, interface.index, Values::Pass(next_hop), membership ? TRUE : FALSE,
            &seconds);
  timeout = seconds;
}

template <class Family>
void CClient<Family>::Join(const Key& key, bool membership) {
  GuardedOf(key, config_.pfnJoinAlertCallback, membership ? TRUE : FALSE);
}

template <class Family>
void CClient<Family>::WrongInterface(const Key& key, Id arrival, std::span<const uint8_t> header) {
  using Values = CValues<Family>;
  const typename Values::Address source = Values::ToC(key.source());
  const typename Values::Address group = Values::ToC(key.group());
  const typename Values::Address next_hop = Values::ToC(arrival.next_hop);
  std::vector<BYTE> packet = Copy(header);
  Guarded(config_.pfnWrongIfCallback, Values::Pass(source), Values::Pass(group), arrival.index, Values::Pass(next_hop),
          static_cast<DWORD>(packet.size()), packet.data());
}

template <class Family>
void CClient<Family>::LocalJoin(const Key& key, Id interface) {
  const auto next_hop = CValues<Family>::ToC(interface.next_hop);
  GuardedOf(key, config_.pfnLocalJoinCallback, interface.index, CValues<Family>::Pass(next_hop));
}

template <class Family>
void CClient<Family>::LocalLeave(const Key& key, Id interface) {
  const auto next_hop = CValues<Family>::ToC(interface.next_hop);
  GuardedOf(key, config_.pfnLocalLeaveCallback, interface.index, CValues<Family>::Pass(next_hop));
}

template <class Family>
void CClient<Family>::DisableIgmp(Id interface) {
  const auto next_hop = CValues<Family>::ToC(interface.next_hop);
  Guarded(CValues<Family>::DisableCallback(config_), interface.index, CValues<Family>::Pass(next_hop));
}

template <class Family>
void CClient<Family>::EnableIgmp(Id interface) {
  const auto next_hop = CValues<Family>::ToC(interface.next_hop);
  Guarded(CValues<Family>::EnableCallback(config_), interface.index, CValues<Family>::Pass(next_hop));
}

template class CClient<Ipv4>;
template class CClient<Ipv6>;

}  // namespace mgmd::mgm
