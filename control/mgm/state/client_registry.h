#ifndef MGMD_CONTROL_MGM_STATE_CLIENT_REGISTRY_H_
#define MGMD_CONTROL_MGM_STATE_CLIENT_REGISTRY_H_

// Who is registered. A handle is a number that is never used twice, not even by the next manager of
// the process, and never a pointer, so that any value a client passes can be checked (A22). Inside
// the manager clients go by a small index, which is used again after a deregistration.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "control/mgm/client.h"
#include "control/mgm/observer.h"

namespace mgmd::mgm {

enum class ClientHandle : uint64_t {};

using ClientIndex = uint16_t;
inline constexpr ClientIndex kNoClient = 0xFFFF;

// A set of client indices: one word while they are below 64.
class ClientSet {
 public:
  bool Contains(ClientIndex client) const {
    if (client < 64) return (low_ >> client & 1) != 0;
    const size_t word = client / 64 - 1;
    return word < high_.size() && (high_[word] >> client % 64 & 1) != 0;
  }
  void Set(ClientIndex client, bool member) {
    const size_t word = client / 64;
    if (word > high_.size()) {
      if (!member) return;
      high_.resize(word);
    }
    uint64_t& bits = word == 0 ? low_ : high_[word - 1];
    const uint64_t bit = uint64_t{1} << client % 64;
    bits = member ? bits | bit : bits & ~bit;
  }
  bool empty() const {
    return low_ == 0 && std::all_of(high_.begin(), high_.end(), [](uint64_t word) { return word == 0; });
  }

 private:
  uint64_t low_ = 0;
  std::vector<uint64_t> high_;
};

// Who the clients are, whatever families they speak: their handles, numbers and names. The managers of both families
// share one, so that a client that registers with both is one client.
class ClientIdentities {
 public:
  static constexpr size_t kMaxClients = 4096;

  struct Identity {
    ClientHandle handle{};
    ClientId id;
    std::string name;
    uint32_t registrations = 0;
  };

  // One more registration of the id, which gets the handle if it has none. kNoClient: there are kMaxClients.
  ClientIndex Register(ClientId id, ClientHandle handle);
  // One less. With the last one the index is free.
  void Deregister(ClientIndex client);

  Identity& operator[](ClientIndex client) { return *identities_[client]; }
  const Identity& operator[](ClientIndex client) const { return *identities_[client]; }

 private:
  std::vector<std::unique_ptr<Identity>> identities_;
};

// A client of one family's manager.
template <class Family>
struct Client {
  ClientHandle handle{};
  ClientId id;
  std::unique_ptr<ClientCallbacksOf<Family>> callbacks;
  uint32_t interfaces = 0;         // that it is on
  uint32_t running_callbacks = 0;  // of it that have not returned

  bool is_igmp() const { return id.is_igmp(); }
};

template <class Family>
class ClientRegistry {
 public:
  // Null: it has clients of its own.
  explicit ClientRegistry(ClientIdentities* shared = nullptr) : identities_(shared != nullptr ? *shared : own_) {}
  ~ClientRegistry() {
    for (const ClientIndex client : in_order_) identities_.Deregister(client);
  }
  ClientRegistry(const ClientRegistry&) = delete;
  ClientRegistry& operator=(const ClientRegistry&) = delete;

  // `handle`: if the client has none yet. kNoClient: the id is registered here, or there are too many clients.
  ClientIndex Add(ClientHandle handle, ClientId id, std::unique_ptr<ClientCallbacksOf<Family>> callbacks);
  void Remove(ClientIndex client);

  // kNoClient: no such handle, or id.
  ClientIndex Find(ClientHandle handle) const;
  ClientIndex Find(ClientId id) const;

  Client<Family>& operator[](ClientIndex client) { return *clients_[client]; }
  const Client<Family>& operator[](ClientIndex client) const { return *clients_[client]; }

  // Whether the client of a handle still has the index; guards an index that is kept across
  // callbacks.
  bool Is(ClientIndex client, ClientHandle handle) const {
    return client < clients_.size() && clients_[client] != nullptr && clients_[client]->handle == handle;
  }

  // In order of registration: the order in which clients are alerted (A16).
  const std::vector<ClientIndex>& in_order() const { return in_order_; }

  // The name lives as long as the client.
  ClientName NameOf(ClientIndex client) const;
  void Rename(ClientIndex client, std::string_view name) { identities_[client].name = name; }

 private:
  ClientIdentities own_;
  ClientIdentities& identities_;
  std::vector<std::unique_ptr<Client<Family>>> clients_;
  std::vector<ClientIndex> in_order_;
  absl::flat_hash_map<uint64_t, ClientIndex> by_handle_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_CLIENT_REGISTRY_H_
