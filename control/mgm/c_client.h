#ifndef MGMD_CONTROL_MGM_C_CLIENT_H_
#define MGMD_CONTROL_MGM_C_CLIENT_H_

// A client behind mgm.h: its ROUTING_PROTOCOL_CONFIG as ClientCallbacks, and the translations of
// mgm.h's values.

#include "control/mgm/client.h"
#include "control/mgm/mgm.h"

namespace mgmd::mgm {

// An entry as mgm.h writes it, in network byte order.
struct CEntry {
  DWORD source = 0;
  DWORD source_mask = 0;
  DWORD group = 0;
  DWORD group_mask = 0;
};

CEntry ToC(const Ipv4FibKey& key);
// False: the masks break the rules of mgm.h, or the source cannot send. Whether the group makes
// sense is the manager's to judge.
bool FromC(const CEntry& entry, Ipv4FibKey& key);

inline InterfaceId InterfaceFromC(DWORD index, DWORD next_hop) { return {index, Ipv4Address::FromNetwork(next_hop)}; }

class CClient : public ClientCallbacks {
 public:
  explicit CClient(const ROUTING_PROTOCOL_CONFIG& config) : config_(config) {}

  Reply Rpf(QuestionId, const Ipv4FibKey& key, RpfChoice& choice, std::span<const uint8_t> header) override;
  Reply Creation(QuestionId, const Ipv4FibKey& key, InterfaceId iif, std::span<CreationOif> oifs) override;
  void Prune(const Ipv4FibKey& key, InterfaceId interface, bool membership, uint32_t& timeout) override;
  void Join(const Ipv4FibKey& key, bool membership) override;
  void WrongInterface(const Ipv4FibKey& key, InterfaceId arrival, std::span<const uint8_t> header) override;
  void LocalJoin(const Ipv4FibKey& key, InterfaceId interface) override;
  void LocalLeave(const Ipv4FibKey& key, InterfaceId interface) override;
  void DisableIgmp(InterfaceId interface) override;
  void EnableIgmp(InterfaceId interface) override;
  bool wants_wrong_interface() const override { return config_.pfnWrongIfCallback != nullptr; }

 private:
  const ROUTING_PROTOCOL_CONFIG config_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_C_CLIENT_H_
