#include "control/mgm/host.h"

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "control/mgm/c_call.h"
#include "control/mgm/runtime.h"
#include "control/mgm/system_clock.h"

using mgmd::FibKey;
using mgmd::ForEachFamily;
using mgmd::InterfaceIdOf;
using mgmd::Ipv4;
using mgmd::Ipv6;
using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

namespace {

// Null: there is no manager of the family, or this is not its thread.
template <class Family>
std::shared_ptr<Runtime> ReadableRuntime() {
  std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime != nullptr && runtime->on_control_thread() && runtime->has<Family>() ? runtime : nullptr;
}

template <class Family>
MfeView<Family> ViewOf(const MfeInfoOf<Family>& info) {
  return {.key = info.key,
          .iif = info.iif.value_or(mgmd::InterfaceIdOf<Family>{}),
          .has_iif = info.iif.has_value() && !info.orphan,
          .owner_protocol = info.owner_protocol,
          .oifs = info.oifs,
          .up_time = std::chrono::duration_cast<std::chrono::milliseconds>(info.up_time),
          .timeout = info.timeout};
}

}  // namespace

DWORD MgmHostStart(const HostConfig& config) {
  bool complete = config.families.of<Ipv4>().forwarder != nullptr;
  ForEachFamily([&]<class Family>() {
    const Surroundings<Family>& around = config.families.of<Family>();
    complete = complete && (around.forwarder == nullptr || around.routes != nullptr) &&
               config.igmp_takeover.of<Family>().is_valid();
  });
  if (!complete) return ERROR_INVALID_PARAMETER;
  auto clock = std::make_shared<SystemClock>();
  RuntimeConfig runtime;
  runtime.starter = Starter::kHost;
  runtime.families = config.families;
  runtime.clock = clock.get();
  runtime.options.max_mfes = config.max_mfes;
  runtime.options.max_negative_mfes = config.max_negative_mfes;
  runtime.options.max_mfes_per_group = config.max_mfes_per_group;
  runtime.options.max_mfes_per_interface = config.max_mfes_per_interface;
  runtime.options.max_mfes_per_owner = config.max_mfes_per_owner;
  runtime.options.ssm = config.ssm;
  runtime.options.boundaries = config.boundaries;
  runtime.options.igmp_takeover = config.igmp_takeover;
  runtime.kept = std::move(clock);
  return CodeOf(Runtime::Start(std::move(runtime)));
}

void MgmHostStop() { Runtime::Stop(Starter::kHost); }

bool MgmHostPoll() {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime != nullptr && runtime->Poll();
}

template <class Family>
void MgmHostRoutesChanged(const typename Family::Prefix& prefix) {
  CallManager<Family>([prefix](GroupManager<Family>& manager) { return manager.RoutesChanged(prefix); });
}

template <class Family>
void MgmHostEndStreams(InterfaceIdOf<Family> interface) {
  CallManager<Family>([interface](GroupManager<Family>& manager) {
    manager.EndStreams(interface);
    return absl::OkStatus();
  });
}

template <class Family>
size_t MgmHostReadRefused(size_t limit, Visitor<RefusedView<Family>> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  if (runtime == nullptr) return 0;
  constexpr std::array<std::string_view, 3> kWords = {"forwarder", "limits", "no_iif"};
  std::vector<RefusedOf<Family>> some;
  const size_t count = runtime->manager<Family>().Refused(std::min(limit, kRowsPerTurn), some);
  for (const auto& [key, by] : some) visitor(context, {key, kWords[static_cast<size_t>(by)]});
  return count;
}

template <class Family>
bool MgmHostReadMfes(FibKey<Family>& cursor, size_t limit, Visitor<MfeView<Family>> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  if (runtime == nullptr) return false;
  const auto next = runtime->manager<Family>().ReadMfes(OrderOf(cursor), std::min(limit, kRowsPerTurn),
                                                        [&](const MfeInfoOf<Family>& info) {
                                                          visitor(context, ViewOf(info));
                                                          return true;
                                                        });
  if (next.has_value()) cursor = *next;
  return next.has_value();
}

template <class Family>
bool MgmHostReadMfe(const FibKey<Family>& key, Visitor<MfeView<Family>> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  MfeInfoOf<Family> info;
  if (runtime == nullptr || !runtime->manager<Family>().GetMfe(key, info)) return false;
  visitor(context, ViewOf(info));
  return true;
}

template <class Family>
size_t MgmHostCountMfes() {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  return runtime == nullptr ? 0 : runtime->manager<Family>().mfe_count();
}

template <class Family>
bool MgmHostReadInterfaces(InterfaceIdOf<Family>& cursor, size_t limit, Visitor<InterfaceView<Family>> visitor,
                           void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  if (runtime == nullptr) return false;
  const GroupManager<Family>& manager = runtime->manager<Family>();
  const auto& interfaces = manager.interfaces().all();
  auto place = interfaces.lower_bound(cursor);
  for (limit = std::min(limit, kRowsPerTurn); limit > 0 && place != interfaces.end(); --limit) {
    const auto& interface = *place->second;
    InterfaceView<Family> view{.id = place->first, .slot = interface.slot, .owner = {}, .igmp = {}};
    view.has_owner = interface.owner != kNoClient;
    if (view.has_owner) view.owner = manager.clients().NameOf(interface.owner);
    view.has_igmp = interface.igmp != kNoClient;
    if (view.has_igmp) view.igmp = manager.clients().NameOf(interface.igmp);
    view.mfes_as_iif = interface.iif_mfes.size();
    view.mfes_as_oif = interface.oif_mfes.size();
    view.memberships = interface.memberships.size();
    visitor(context, view);
    ++place;
  }
  if (place == interfaces.end()) return false;
  cursor = place->first;
  return true;
}

template <class Family>
size_t MgmHostCountInterfaces() {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  return runtime == nullptr ? 0 : runtime->manager<Family>().interfaces().all().size();
}

template <class Family>
bool MgmHostReadMemberships(FibKey<Family>& key, mgmd::InterfaceSlot& slot, size_t limit,
                            Visitor<MembershipView<Family>> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  if (runtime == nullptr) return false;
  const GroupManager<Family>& manager = runtime->manager<Family>();
  const auto& entries = manager.memberships().all();
  size_t rows = std::min(limit, kRowsPerTurn);
  size_t looks = GroupManager<Family>::kDeadPerTurn;  // entries that were left have no rows
  for (auto place = entries.lower_bound(OrderOf(key)); place != entries.end(); ++place, --looks) {
    const auto& entry = *place->second;
    for (const Reference& reference : entry.references) {
      if (entry.key == key && reference.slot < slot) continue;
      if (rows == 0) {
        key = entry.key;
        slot = reference.slot;
        return true;
      }
      visitor(context, {.key = entry.key,
                        .interface = manager.interfaces()[reference.slot].id,
                        .by_owner = reference.by_owner,
                        .by_igmp = reference.by_igmp,
                        .igmp_held = reference.igmp_held});
      --rows;
    }
    if (looks > 0) continue;
    key = entry.key;
    slot = mgmd::kNoSlot;
    return true;
  }
  return false;
}

template <class Family>
size_t MgmHostWalkLimits(Visitor<LimitView> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Family>();
  if (runtime == nullptr) return 0;
  const auto& limits = runtime->manager<Family>().limits();
  for (size_t i = 0; i < kLimits; ++i) {
    const auto limit = static_cast<Limit>(i);
    const LimitCounts& counts = limits.counts(limit);
    visitor(
        context,
        {.name = Name(limit), .most = limits.most(limit), .refused = counts.refused, .made_room = counts.made_room});
  }
  return kLimits;
}

size_t MgmHostWalkClients(Visitor<ClientName> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime<Ipv4>();
  if (runtime == nullptr) return 0;
  size_t count = 0;
  const auto& known = runtime->manager<Ipv4>().clients();
  ForEachFamily([&]<class Family>() {
    if (!runtime->has<Family>()) return;
    const ClientRegistry<Family>& clients = runtime->manager<Family>().clients();
    for (const ClientIndex client : clients.in_order()) {
      if (!std::is_same_v<Family, Ipv4> && known.Find(clients[client].id) != kNoClient) continue;
      visitor(context, clients.NameOf(client));
      ++count;
    }
  });
  return count;
}

void MgmHostEnterForeign(const char* who, const char* function) {
  if (const std::shared_ptr<Runtime> runtime = Runtime::Current()) runtime->EnterForeign(who, function);
}

void MgmHostLeaveForeign() {
  if (const std::shared_ptr<Runtime> runtime = Runtime::Current()) runtime->LeaveForeign();
}

bool MgmHostForeign(Visitor<ForeignView> visitor, void* context) {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  if (runtime == nullptr) return false;
  const auto foreign = runtime->InForeign();
  if (!foreign) return false;
  visitor(context, {foreign->who, foreign->function, foreign->lasted});
  return true;
}

void MgmHostRefuseCalls(const ClientId* waiting, size_t count) {
  if (const std::shared_ptr<Runtime> runtime = Runtime::Current()) {
    runtime->RefuseCalls(std::vector<ClientId>(waiting, waiting + count));
  }
}

void MgmHostAcceptCalls() {
  if (const std::shared_ptr<Runtime> runtime = Runtime::Current()) runtime->AcceptCalls();
}

bool MgmHostTakeOver(std::chrono::milliseconds limit) {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime != nullptr && runtime->TakeOver(limit);
}

namespace {

template <class Family>
absl::Status ShutDown(GroupManager<Family>& manager, const ClientId& id) {
  const ClientIndex client = manager.clients().Find(id);
  if (client == kNoClient) return absl::NotFoundError("no such client");
  const ClientHandle handle = manager.clients()[client].handle;
  std::vector<InterfaceIdOf<Family>> held;
  for (const auto& [interface_id, interface] : manager.interfaces().all()) {
    if (interface->Has(client)) held.push_back(interface_id);
  }
  for (const InterfaceIdOf<Family>& interface : held) {
    // A callback of an earlier release may have released it.
    const auto still = manager.interfaces().all().find(interface);
    if (still == manager.interfaces().all().end() || !still->second->Has(client)) continue;
    if (absl::Status status = manager.ReleaseInterface(handle, interface); !status.ok()) return status;
  }
  return manager.Deregister(handle);
}

}  // namespace

DWORD MgmHostShutDownClient(DWORD protocol, DWORD component) {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  if (runtime == nullptr) return ERROR_CAN_NOT_COMPLETE;
  DWORD code = ERROR_NOT_FOUND;
  ForEachFamily([&]<class Family>() {
    if (!runtime->has<Family>() || (code != ERROR_NOT_FOUND && code != NO_ERROR)) return;
    const DWORD own = CallManager<Family>(
        [id = ClientId{protocol, component}](GroupManager<Family>& manager) { return ShutDown(manager, id); });
    if (own != ERROR_NOT_FOUND) code = own;
  });
  return code;
}

template <class Family>
DWORD MgmHostReleaseInterface(DWORD protocol, DWORD component, InterfaceIdOf<Family> interface) {
  return CallManager<Family>(
      [id = ClientId{protocol, component}, interface](GroupManager<Family>& manager) -> absl::Status {
        const ClientIndex client = manager.clients().Find(id);
        if (client == kNoClient) return absl::NotFoundError("no such client");
        return manager.ReleaseInterface(manager.clients()[client].handle, interface);
      });
}

// Of each family.
#define MGMD_OF_FAMILY(Family)                                                                                        \
  template void MgmHostRoutesChanged<Family>(const Family::Prefix&);                                                  \
  template void MgmHostEndStreams<Family>(InterfaceIdOf<Family>);                                                     \
  template size_t MgmHostReadRefused<Family>(size_t, Visitor<RefusedView<Family>>, void*);                            \
  template bool MgmHostReadMfes<Family>(FibKey<Family>&, size_t, Visitor<MfeView<Family>>, void*);                    \
  template bool MgmHostReadMfe<Family>(const FibKey<Family>&, Visitor<MfeView<Family>>, void*);                       \
  template size_t MgmHostCountMfes<Family>();                                                                         \
  template bool MgmHostReadInterfaces<Family>(InterfaceIdOf<Family>&, size_t, Visitor<InterfaceView<Family>>, void*); \
  template size_t MgmHostCountInterfaces<Family>();                                                                   \
  template bool MgmHostReadMemberships<Family>(FibKey<Family>&, mgmd::InterfaceSlot&, size_t,                         \
                                               Visitor<MembershipView<Family>>, void*);                               \
  template size_t MgmHostWalkLimits<Family>(Visitor<LimitView>, void*);                                               \
  template DWORD MgmHostReleaseInterface<Family>(DWORD, DWORD, InterfaceIdOf<Family>)
MGMD_OF_FAMILY(Ipv4);
MGMD_OF_FAMILY(Ipv6);
#undef MGMD_OF_FAMILY
