#ifndef MGMD_CONTROL_MGM_C_CLIENT_H_
#define MGMD_CONTROL_MGM_C_CLIENT_H_

// A client behind mgm.h or mgm6.h: its structure of callbacks as ClientCallbacks.

#include "control/mgm/c_values.h"
#include "control/mgm/client.h"

namespace mgmd::mgm {

template <class Family>
class CClient : public ClientCallbacksOf<Family> {
 public:
  using Config = typename CValues<Family>::Config;
  using Key = FibKey<Family>;
  using Id = InterfaceIdOf<Family>;

  explicit CClient(const Config& config) : config_(config) {}

  Reply Rpf(QuestionId, const Key& key, RpfChoiceOf<Family>& choice, std::span<const uint8_t> header) override;
  Reply Creation(QuestionId, const Key& key, Id iif, std::span<CreationOifOf<Family>> oifs) override;
  void Prune(const Key& key, Id interface, bool membership, uint32_t& timeout) override;
  void Join(const Key& key, bool membership) override;
  void WrongInterface(const Key& key, Id arrival, std::span<const uint8_t> header) override;
  void LocalJoin(const Key& key, Id interface) override;
  void LocalLeave(const Key& key, Id interface) override;
  void DisableIgmp(Id interface) override;
  void EnableIgmp(Id interface) override;
  bool wants_wrong_interface() const override { return config_.pfnWrongIfCallback != nullptr; }

 private:
  const Config config_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_C_CLIENT_H_
