#ifndef MGMD_CONTROL_MGM_STATE_CLIENT_REGISTRY_H_
#define MGMD_CONTROL_MGM_STATE_CLIENT_REGISTRY_H_

// Who is registered. A handle is a number that is never used twice, not even by the next manager of
// the process, and never a pointer, so that any value a client passes can be checked (A22). Inside
// the manager clients go by a small index, which is used again after a deregistration.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
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

template <class Family>
struct Client {
  ClientHandle handle{};
  ClientId id;
  std::string name;
  std::unique_ptr<ClientCallbacksOf<Family>> callbacks;
  uint32_t interfaces = 0;         // that it is on
  uint32_t running_callbacks = 0;  // of it that have not returned

  bool is_igmp() const { return id.is_igmp(); }
};

template <class Family>
class ClientRegistry {
 public:
  static constexpr size_t kMaxClients = 4096;

  // kNoClient: the id is registered, or there are kMaxClients.
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

 private:
  std::vector<std::unique_ptr<Client<Family>>> clients_;
  std::vector<ClientIndex> in_order_;
  absl::flat_hash_map<uint64_t, ClientIndex> by_handle_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_CLIENT_REGISTRY_H_
