#include "control/mgm/rules/registration.h"

#include <utility>
#include <vector>

namespace mgmd::mgm {

template <class Family>
absl::StatusOr<ClientHandle> Registration<Family>::Register(ClientHandle handle, ClientId id,
                                                            std::unique_ptr<ClientCallbacksOf<Family>> callbacks) {
  if (callbacks == nullptr) return absl::InvalidArgumentError("no callbacks");
  if (clients_.Find(id) != kNoClient) return absl::AlreadyExistsError("registered already");
  const ClientIndex client = clients_.Add(handle, id, std::move(callbacks));
  if (client == kNoClient) return absl::ResourceExhaustedError("too many clients");
  // What others have joined is learned by enumeration, not by alerts (1.6).
  for (const auto& [order, entry] : memberships_.all()) {
    if (entry->key.is_wildcard()) entry->told.Set(client, memberships_.Others(client, *entry));
  }
  observer_.ClientRegistered(clients_.NameOf(client));
  return clients_[client].handle;
}

template <class Family>
absl::Status Registration<Family>::Deregister(ClientHandle handle) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  if (clients_[client].interfaces != 0) {
    return absl::FailedPreconditionError("the client is still on interfaces");
  }
  if (clients_[client].running_callbacks != 0) {
    return absl::FailedPreconditionError("inside the client's own callback");
  }
  std::vector<FibKey<Family>> told;
  for (const auto& [order, entry] : memberships_.all()) {
    entry->told.Set(client, false);
    if (!entry->joined()) told.push_back(entry->key);
  }
  for (const FibKey<Family> key : told) memberships_.DropIfUnused(key);
  enumerations_.EndAllOf(client);
  observer_.ClientDeregistered(clients_.NameOf(client));
  clients_.Remove(client);
  return absl::OkStatus();
}

template class Registration<Ipv4>;
template class Registration<Ipv6>;

}  // namespace mgmd::mgm
