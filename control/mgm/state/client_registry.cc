#include "control/mgm/state/client_registry.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace mgmd::mgm {

ClientIndex ClientIdentities::Register(ClientId id, ClientHandle handle) {
  auto place = std::find_if(identities_.begin(), identities_.end(),
                            [&](const auto& known) { return known != nullptr && known->id == id; });
  if (place == identities_.end()) {
    place = std::find(identities_.begin(), identities_.end(), nullptr);
    if (place == identities_.end()) {
      if (identities_.size() == kMaxClients) return kNoClient;
      place = identities_.emplace(identities_.end());
    }
    std::array<char, 32> name;
    std::snprintf(name.data(), name.size(), "%08x/%u", id.protocol, id.component);
    *place = std::make_unique<Identity>(Identity{.handle = handle, .id = id, .name = name.data(), .registrations = 0});
  }
  ++(*place)->registrations;
  return static_cast<ClientIndex>(place - identities_.begin());
}

void ClientIdentities::Deregister(ClientIndex client) {
  if (--identities_[client]->registrations == 0) identities_[client].reset();
}

template <class Family>
ClientIndex ClientRegistry<Family>::Add(ClientHandle handle, ClientId id,
                                        std::unique_ptr<ClientCallbacksOf<Family>> callbacks) {
  if (Find(id) != kNoClient) return kNoClient;
  auto client = std::make_unique<Client<Family>>();
  const ClientIndex index = identities_.Register(id, handle);
  if (index == kNoClient) return kNoClient;
  client->handle = identities_[index].handle;
  client->id = id;
  client->callbacks = std::move(callbacks);
  if (clients_.size() <= index) clients_.resize(index + size_t{1});
  by_handle_[static_cast<uint64_t>(client->handle)] = index;
  clients_[index] = std::move(client);
  in_order_.push_back(index);
  return index;
}

template <class Family>
void ClientRegistry<Family>::Remove(ClientIndex client) {
  by_handle_.erase(static_cast<uint64_t>(clients_[client]->handle));
  in_order_.erase(std::find(in_order_.begin(), in_order_.end(), client));
  clients_[client].reset();
  identities_.Deregister(client);
}

template <class Family>
ClientIndex ClientRegistry<Family>::Find(ClientHandle handle) const {
  const auto found = by_handle_.find(static_cast<uint64_t>(handle));
  return found == by_handle_.end() ? kNoClient : found->second;
}

template <class Family>
ClientIndex ClientRegistry<Family>::Find(ClientId id) const {
  for (const ClientIndex client : in_order_) {
    if (clients_[client]->id == id) return client;
  }
  return kNoClient;
}

template <class Family>
ClientName ClientRegistry<Family>::NameOf(ClientIndex client) const {
  if (client >= clients_.size() || clients_[client] == nullptr) return {};
  const ClientIdentities::Identity& known = identities_[client];
  return {known.id.protocol, known.id.component, known.name};
}

template class ClientRegistry<Ipv4>;
template class ClientRegistry<Ipv6>;

}  // namespace mgmd::mgm
