#include "control/mgm/group_manager.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {

GroupManager::GroupManager(Forwarder& forwarder, const RouteTable& routes, Clock& clock, const Options& options,
                           Observer* observer, CallbackMonitor* monitor)
    : forwarder_(forwarder),
      routes_(routes),
      clock_(clock),
      options_(options),
      observer_(observer),
      monitor_(monitor),
      interfaces_(forwarder),
      memberships_(interfaces_, clients_),
      cache_(interfaces_),
      limits_(
          {options.max_mfes, options.max_mfes_per_group, options.max_mfes_per_interface, options.max_mfes_per_owner}),
      handles_(options.handles != nullptr ? *options.handles : own_handles_),
      observed_(observer_.WantsMfes()),
      again_tokens_(kRedecisionsPerSecond),
      again_filled_(clock.Now()) {}

GroupManager::~GroupManager() {
  for (const Unreclaimed& unreclaimed : unreclaimed_) TellTrace(*unreclaimed.trace);
}

absl::Status GroupManager::MayChange() const {
  if (context_ == Context::kReadOnly) {
    return absl::FailedPreconditionError("not allowed in RPF, CREATION and IGMP callbacks");
  }
  return absl::OkStatus();
}

absl::StatusOr<ClientHandle> GroupManager::Register(ClientId id, std::unique_ptr<ClientCallbacks> callbacks) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  if (callbacks == nullptr) return absl::InvalidArgumentError("no callbacks");
  if (clients_.Find(id) != kNoClient) return absl::AlreadyExistsError("registered already");
  const ClientHandle handle{handles_++};
  const ClientIndex client = clients_.Add(handle, id, std::move(callbacks));
  if (client == kNoClient) return absl::ResourceExhaustedError("too many clients");
  // What others have joined is learned by enumeration, not by alerts (1.6).
  for (const auto& [order, entry] : memberships_.all()) {
    if (entry->key.is_wildcard()) entry->told.Set(client, memberships_.Others(client, *entry));
  }
  observer_.ClientRegistered(clients_.NameOf(client));
  return handle;
}

absl::Status GroupManager::Deregister(ClientHandle handle) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  if (clients_[client].interfaces != 0) {
    return absl::FailedPreconditionError("the client is still on interfaces");
  }
  if (clients_[client].running_callbacks != 0) {
    return absl::FailedPreconditionError("inside the client's own callback");
  }
  std::vector<Ipv4FibKey> told;
  for (const auto& [order, entry] : memberships_.all()) {
    entry->told.Set(client, false);
    if (!entry->joined()) told.push_back(entry->key);
  }
  for (const Ipv4FibKey key : told) memberships_.DropIfUnused(key);
  enumerations_.EndAllOf(client);
  observer_.ClientDeregistered(clients_.NameOf(client));
  clients_.Remove(client);
  return absl::OkStatus();
}

absl::Status GroupManager::NameClient(ClientHandle handle, std::string_view name) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  clients_[client].name = name.substr(0, 31);
  return absl::OkStatus();
}

absl::StatusOr<ClientId> GroupManager::ClientOn(InterfaceId id) {
  const Interface* interface = interfaces_.Find(id);
  if (interface == nullptr || !interface->known()) return absl::NotFoundError("nobody's interface");
  return clients_[interface->holder()].id;
}

absl::StatusOr<EnumHandle> GroupManager::StartEnumeration(ClientHandle handle, EnumType type) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  const EnumHandle number{handles_++};
  enumerations_.Start(number, client, type);
  return number;
}

absl::StatusOr<Enumerations::Piece> GroupManager::ReadEnumeration(EnumHandle handle, size_t room) {
  std::optional<Enumerations::Piece> piece = enumerations_.Read(handle, room);
  if (!piece.has_value()) return absl::InvalidArgumentError("no such enumeration");
  return *std::move(piece);
}

absl::Status GroupManager::EndEnumeration(EnumHandle handle) {
  if (!enumerations_.End(handle)) return absl::InvalidArgumentError("no such enumeration");
  return absl::OkStatus();
}

}  // namespace mgmd::mgm
