#include "control/mgm/host.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "control/mgm/c_call.h"
#include "control/mgm/runtime.h"
#include "control/mgm/system_clock.h"

using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

namespace {

// Null: there is no manager, or this is not its thread.
std::shared_ptr<Runtime> ReadableRuntime() {
  std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime != nullptr && runtime->on_control_thread() ? runtime : nullptr;
}

MfeView ViewOf(const MfeInfo& info) {
  return {.key = info.key,
          .iif = info.iif.value_or(mgmd::InterfaceId{}),
          .has_iif = info.iif.has_value() && !info.orphan,
          .owner_protocol = info.owner_protocol,
          .oifs = info.oifs,
          .up_time = std::chrono::duration_cast<std::chrono::milliseconds>(info.up_time),
          .timeout = info.timeout};
}

}  // namespace

DWORD MgmHostStart(const HostConfig& config) {
  if (config.forwarder == nullptr || config.routes == nullptr) return ERROR_INVALID_PARAMETER;
  struct World {
    SystemClock clock;
    Observer silent;
  };
  auto world = std::make_shared<World>();
  RuntimeConfig runtime;
  runtime.starter = Starter::kHost;
  runtime.forwarder = config.forwarder;
  runtime.routes = config.routes;
  runtime.observer = config.observer != nullptr ? config.observer : &world->silent;
  runtime.clock = &world->clock;
  runtime.options.max_mfes = config.max_mfes;
  runtime.options.max_negative_mfes = config.max_negative_mfes;
  runtime.options.max_mfes_per_group = config.max_mfes_per_group;
  runtime.options.max_mfes_per_interface = config.max_mfes_per_interface;
  runtime.options.max_mfes_per_owner = config.max_mfes_per_owner;
  runtime.options.creation_alert_to_all = config.creation_alert_to_all;
  runtime.punt_budget = config.punt_budget;
  runtime.kept = std::move(world);
  return CodeOf(Runtime::Start(std::move(runtime)));
}

void MgmHostStop() { Runtime::Stop(Starter::kHost); }

bool MgmHostPoll() {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime != nullptr && runtime->Poll();
}

size_t MgmHostWaiting(mgmd::Ipv4FibKey* any) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  return runtime == nullptr ? 0 : runtime->manager().Waiting(any);
}

bool MgmHostReadMfes(mgmd::Ipv4FibKey& cursor, size_t limit, void (*visitor)(void* context, const MfeView& mfe),
                     void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  if (runtime == nullptr) return false;
  const auto next =
      runtime->manager().ReadMfes(OrderOf(cursor), std::min(limit, kRowsPerTurn), [&](const MfeInfo& info) {
        visitor(context, ViewOf(info));
        return true;
      });
  if (next.has_value()) cursor = *next;
  return next.has_value();
}

bool MgmHostReadMfe(const mgmd::Ipv4FibKey& key, void (*visitor)(void* context, const MfeView& mfe), void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  MfeInfo info;
  if (runtime == nullptr || !runtime->manager().GetMfe(key, info)) return false;
  visitor(context, ViewOf(info));
  return true;
}

size_t MgmHostCountMfes() {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  return runtime == nullptr ? 0 : runtime->manager().mfe_count();
}

bool MgmHostReadInterfaces(mgmd::InterfaceId& cursor, size_t limit,
                           void (*visitor)(void* context, const InterfaceView& interface), void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  if (runtime == nullptr) return false;
  const Ipv4GroupManager& manager = runtime->manager();
  const auto& interfaces = manager.interfaces().all();
  auto place = interfaces.lower_bound(cursor);
  for (limit = std::min(limit, kRowsPerTurn); limit > 0 && place != interfaces.end(); --limit) {
    const auto& interface = *place->second;
    InterfaceView view{.id = place->first, .slot = interface.slot, .owner = {}, .igmp = {}};
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

size_t MgmHostCountInterfaces() {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  return runtime == nullptr ? 0 : runtime->manager().interfaces().all().size();
}

bool MgmHostReadMemberships(mgmd::Ipv4FibKey& key, mgmd::InterfaceSlot& slot, size_t limit,
                            void (*visitor)(void* context, const MembershipView& membership), void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  if (runtime == nullptr) return false;
  const Ipv4GroupManager& manager = runtime->manager();
  const auto& entries = manager.memberships().all();
  size_t rows = std::min(limit, kRowsPerTurn);
  size_t looks = Ipv4GroupManager::kDeadPerTurn;  // entries that were left have no rows
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
                        .by_igmp = reference.by_igmp});
      --rows;
    }
    if (looks > 0) continue;
    key = entry.key;
    slot = mgmd::kNoSlot;
    return true;
  }
  return false;
}

size_t MgmHostWalkLimits(void (*visitor)(void* context, const LimitView& limit), void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  if (runtime == nullptr) return 0;
  const auto& limits = runtime->manager().limits();
  for (size_t i = 0; i < kLimits; ++i) {
    const auto limit = static_cast<Limit>(i);
    const LimitCounts& counts = limits.counts(limit);
    visitor(
        context,
        {.name = Name(limit), .most = limits.most(limit), .refused = counts.refused, .made_room = counts.made_room});
  }
  return kLimits;
}

size_t MgmHostWalkClients(void (*visitor)(void* context, const ClientName& client), void* context) {
  const std::shared_ptr<Runtime> runtime = ReadableRuntime();
  if (runtime == nullptr) return 0;
  const auto& clients = runtime->manager().clients();
  for (const ClientIndex client : clients.in_order()) visitor(context, clients.NameOf(client));
  return clients.in_order().size();
}

void MgmHostEnterForeign(const char* who, const char* function) {
  if (const std::shared_ptr<Runtime> runtime = Runtime::Current()) runtime->EnterForeign(who, function);
}

void MgmHostLeaveForeign() {
  if (const std::shared_ptr<Runtime> runtime = Runtime::Current()) runtime->LeaveForeign();
}

bool MgmHostForeign(void (*visitor)(void* context, const ForeignView& foreign), void* context) {
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

DWORD MgmHostShutDownClient(DWORD protocol, DWORD component) {
  return CallManager([id = ClientId{protocol, component}](Ipv4GroupManager& manager) -> absl::Status {
    const ClientIndex client = manager.clients().Find(id);
    if (client == kNoClient) return absl::NotFoundError("no such client");
    const ClientHandle handle = manager.clients()[client].handle;
    std::vector<mgmd::InterfaceId> held;
    for (const auto& [interface_id, interface] : manager.interfaces().all()) {
      if (interface->Has(client)) held.push_back(interface_id);
    }
    for (const mgmd::InterfaceId interface : held) {
      // A callback of an earlier release may have released it.
      const auto still = manager.interfaces().all().find(interface);
      if (still == manager.interfaces().all().end() || !still->second->Has(client)) continue;
      if (absl::Status status = manager.ReleaseInterface(handle, interface); !status.ok()) return status;
    }
    return manager.Deregister(handle);
  });
}

DWORD MgmHostReleaseInterface(DWORD protocol, DWORD component, mgmd::InterfaceId interface) {
  return CallManager([id = ClientId{protocol, component}, interface](Ipv4GroupManager& manager) -> absl::Status {
    const ClientIndex client = manager.clients().Find(id);
    if (client == kNoClient) return absl::NotFoundError("no such client");
    return manager.ReleaseInterface(manager.clients()[client].handle, interface);
  });
}
