#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_PROTOCOL_MODULE_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_PROTOCOL_MODULE_H_

// A routing protocol in a shared object (mgmd_protocol.h): loaded, started, stopped, and cleaned up after.
//
// Its clients are those that registered while it started; their order of registration is kept. Control thread.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/protocols/module/services_table.h"
#include "control/protocols/protocol.h"
#include "control/protocols/surroundings.h"

namespace mgmd::protocols {

class ProtocolModule : public Protocol {
 public:
  // NOT_FOUND: there is no such shared object, or no entry point in it. FAILED_PRECONDITION: it was built for another
  // version, or did not start; it has left nothing behind.
  static absl::StatusOr<std::unique_ptr<ProtocolModule>> Start(const std::string& name,
                                                               const config::ProtocolModule& module,
                                                               const Surroundings& around);

  // The shared object stays loaded, since threads of it may be about to end.
  ~ProtocolModule() override;

  const std::string& name() const override { return name_; }
  const std::vector<mgm::ClientId>& clients() const override { return clients_; }
  bool needs_its_entries() const override { return false; }
  std::vector<AnyInterfaceId> interfaces() const override;
  absl::StatusOr<views::Release> Release(const AnyInterfaceId& interface) override;
  bool Poll() override;
  void LinkChanged(const views::Link& link) override;
  void RoutesChanged(const AnyPrefix& prefix) override;
  void SayGoodbye() override;
  // Lets it shut down by itself, and takes back what it left.
  absl::Status Stop(const std::vector<mgm::ClientId>& others) override;

 private:
  struct Loaded;
  ProtocolModule(std::string name, const Surroundings& around);
  template <class Family>
  absl::StatusOr<views::Release> ReleaseOf(const InterfaceIdOf<Family>& interface);
  void TakeBack();

  const std::string name_;
  std::unique_ptr<Loaded> loaded_;
  ServicesTable& services_;
  std::vector<mgm::ClientId> clients_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_PROTOCOL_MODULE_H_
