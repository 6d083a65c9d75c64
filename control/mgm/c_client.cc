#include "control/mgm/c_client.h"

#include <cxxabi.h>

#include <bit>
#include <vector>

#include "control/mgm/mgm_ext.h"

namespace mgmd::mgm {
namespace {

constexpr DWORD kHostMask = 0xFFFFFFFF;

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

Ipv4Prefix PrefixOf(DWORD network, DWORD mask) {
  return Ipv4Prefix(Ipv4Address::FromNetwork(network), std::countl_one(Ipv4Address::FromNetwork(mask).host_order()));
}

}  // namespace

CEntry ToC(const Ipv4FibKey& key) {
  if (!key.is_wildcard()) return {key.source().ToNetwork(), kHostMask, key.group().ToNetwork(), kHostMask};
  if (key == Ipv4FibKey::AllGroups()) return {};
  return {0, 0, key.group().ToNetwork(), Ipv4Prefix(key.group(), key.group_length()).mask().ToNetwork()};
}

bool FromC(const CEntry& entry, Ipv4FibKey& key) {
  const Ipv4Address group = Ipv4Address::FromNetwork(entry.group);
  if (entry.source != 0) {
    if (entry.source_mask != kHostMask || entry.group == 0 || entry.group_mask != kHostMask) return false;
    const auto made = Ipv4FibKey::SourceGroup(Ipv4Address::FromNetwork(entry.source), group);
    key = made.value_or(key);
    return made.has_value();
  }
  if (entry.source_mask != 0) return false;
  if (entry.group == 0) {
    key = Ipv4FibKey::AllGroups();
    return entry.group_mask == 0;
  }
  const uint32_t mask = Ipv4Address::FromNetwork(entry.group_mask).host_order();
  const int length = std::countl_one(mask);
  const bool has_holes = length < 32 && mask << length != 0;
  if (has_holes || length < Ipv4::kAllGroupsLength || (group.host_order() & ~mask) != 0) return false;
  if (length == Ipv4::kAllGroupsLength) return false;  // (*,*) is written with zeros
  key = Ipv4FibKey::AnySource(group, length);
  return true;
}

Reply CClient::Rpf(QuestionId, const Ipv4FibKey& key, RpfChoice& choice, std::span<const uint8_t> header) {
  const CEntry entry = ToC(key);
  DWORD index = choice.iif.index;
  DWORD next_hop = choice.iif.next_hop.ToNetwork();
  DWORD upstream = choice.upstream_neighbour.ToNetwork();
  MGM_EXT_ROUTE route = {choice.route.prefix.address().ToNetwork(),
                         choice.route.prefix.mask().ToNetwork(),
                         choice.route.protocol,
                         index,
                         next_hop,
                         upstream};
  std::vector<BYTE> packet = Copy(header);
  Guarded(config_.pfnRpfCallback, entry.source, entry.source_mask, entry.group, entry.group_mask, &index, &next_hop,
          &upstream, static_cast<DWORD>(packet.size()), packet.data(), reinterpret_cast<PBYTE>(&route));
  choice.iif = InterfaceFromC(index, next_hop);
  choice.upstream_neighbour = Ipv4Address::FromNetwork(upstream);
  choice.route.prefix = PrefixOf(route.dwNetwork, route.dwMask);
  choice.route.protocol = route.dwProtocol;
  return Reply::kNow;
}

Reply CClient::Creation(QuestionId, const Ipv4FibKey& key, InterfaceId iif, std::span<CreationOif> oifs) {
  const CEntry entry = ToC(key);
  std::vector<MGM_IF_ENTRY> list;
  for (const CreationOif& oif : oifs) {
    list.push_back({oif.interface.index, oif.interface.next_hop.ToNetwork(), oif.has_igmp ? TRUE : FALSE, TRUE});
  }
  Guarded(config_.pfnCreationAlertCallback, entry.source, entry.source_mask, entry.group, entry.group_mask, iif.index,
          iif.next_hop.ToNetwork(), static_cast<DWORD>(list.size()), list.data());
  for (size_t i = 0; i < oifs.size(); ++i) oifs[i].enabled = list[i].bIsEnabled != FALSE;
  return Reply::kNow;
}

void CClient::Prune(const Ipv4FibKey& key, InterfaceId interface, bool membership, uint32_t& timeout) {
  const CEntry entry = ToC(key);
  DWORD seconds = timeout;
  Guarded(config_.pfnPruneAlertCallback, entry.source, entry.source_mask, entry.group, entry.group_mask,
          interface.index, interface.next_hop.ToNetwork(), membership ? TRUE : FALSE, &seconds);
  timeout = seconds;
}

void CClient::Join(const Ipv4FibKey& key, bool membership) {
  const CEntry entry = ToC(key);
  Guarded(config_.pfnJoinAlertCallback, entry.source, entry.source_mask, entry.group, entry.group_mask,
          membership ? TRUE : FALSE);
}

void CClient::WrongInterface(const Ipv4FibKey& key, InterfaceId arrival, std::span<const uint8_t> header) {
  std::vector<BYTE> packet = Copy(header);
  Guarded(config_.pfnWrongIfCallback, key.source().ToNetwork(), key.group().ToNetwork(), arrival.index,
          arrival.next_hop.ToNetwork(), static_cast<DWORD>(packet.size()), packet.data());
}

void CClient::LocalJoin(const Ipv4FibKey& key, InterfaceId interface) {
  const CEntry entry = ToC(key);
  Guarded(config_.pfnLocalJoinCallback, entry.source, entry.source_mask, entry.group, entry.group_mask, interface.index,
          interface.next_hop.ToNetwork());
}

void CClient::LocalLeave(const Ipv4FibKey& key, InterfaceId interface) {
  const CEntry entry = ToC(key);
  Guarded(config_.pfnLocalLeaveCallback, entry.source, entry.source_mask, entry.group, entry.group_mask,
          interface.index, interface.next_hop.ToNetwork());
}

void CClient::DisableIgmp(InterfaceId interface) {
  Guarded(config_.pfnDisableIgmpCallback, interface.index, interface.next_hop.ToNetwork());
}

void CClient::EnableIgmp(InterfaceId interface) {
  Guarded(config_.pfnEnableIgmpCallback, interface.index, interface.next_hop.ToNetwork());
}

}  // namespace mgmd::mgm
