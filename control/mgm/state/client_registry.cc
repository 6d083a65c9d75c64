#include "control/mgm/state/client_registry.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace mgmd::mgm {

template <class Family>
ClientIndex ClientRegistry<Family>::Add(ClientHandle handle, ClientId id,
                                        std::unique_ptr<ClientCallbacksOf<Family>> callbacks) {
  if (in_order_.size() >= kMaxClients || Find(id) != kNoClient) return kNoClient;
  const auto free = std::find(clients_.begin(), clients_.end(), nullptr);
  const auto index = static_cast<ClientIndex>(free - clients_.begin());
  if (free == clients_.end()) clients_.emplace_back();
  auto client = std::make_unique<Client<Family>>();
  client->handle = handle;
  client->id = id;
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "%08x/%u", id.protocol, id.component);
  client->name = name.data();
  client->callbacks = std::move(callbacks);
  clients_[index] = std::move(client);
  in_order_.push_back(index);
  by_handle_[static_cast<uint64_t>(handle)] = index;
  return index;
}

template <class Family>
void ClientRegistry<Family>::Remove(ClientIndex client) {
  by_handle_.erase(static_cast<uint64_t>(clients_[client]->handle));
  in_order_.erase(std::find(in_order_.begin(), in_order_.end(), client));
  clients_[client].reset();
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
  const Client<Family>& known = *clients_[client];
  return {known.id.protocol, known.id.component, known.name};
}

template class ClientRegistry<Ipv4>;
template class ClientRegistry<Ipv6>;

}  // namespace mgmd::mgm
