#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_PROTOCOL_MODULE_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_PROTOCOL_MODULE_H_

// A routing protocol in a shared object (mgmd_protocol.h): loaded, started, stopped, and cleaned up behind.
//
// Its clients are those that registered while it started; their order of registration is kept. Control thread.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/mgm/client.h"
#include "control/mgm/mgm.h"

namespace mgmd::protocols {

class ProtocolModule {
 public:
  // NOT_FOUND: there is no such shared object, or no entry point in it. FAILED_PRECONDITION: it was built for another
  // version, or did not start; it has left nothing behind.
  static absl::StatusOr<std::unique_ptr<ProtocolModule>> Start(const config::ProtocolModule& module,
                                                               const std::vector<config::Interface>& interfaces);

  // Stops it, unless it has been stopped. The shared object stays loaded, since threads of it may be about to end.
  ~ProtocolModule();
  ProtocolModule(const ProtocolModule&) = delete;
  ProtocolModule& operator=(const ProtocolModule&) = delete;

  using ClientId = mgm::ClientId;

  // Every client of the manager, in order of registration.
  static std::vector<ClientId> AllClients();

  const std::string& name() const { return name_; }
  const std::vector<ClientId>& clients() const { return clients_; }

  // Lets it shut down by itself, then takes back what it left. Meanwhile calls of other threads fail, but those of the
  // clients in `others` wait.
  void Stop(const std::vector<ClientId>& others = {});

 private:
  struct Loaded;
  explicit ProtocolModule(std::string name);
  void TakeBack();

  const std::string name_;
  std::unique_ptr<Loaded> loaded_;
  std::vector<ClientId> clients_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_PROTOCOL_MODULE_H_
