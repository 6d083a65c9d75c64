#include "control/protocols/start_protocol.h"

#include <variant>

#include "control/protocols/module/protocol_module.h"
#include "control/protocols/static/static_protocol.h"

namespace mgmd::protocols {
namespace {

// A function for each kind.
struct Start {
  const std::string& name;
  const Surroundings& around;

  absl::StatusOr<std::unique_ptr<Protocol>> operator()(const config::StaticProtocol& protocol) const {
    return StaticProtocol::Start(protocol);
  }
  absl::StatusOr<std::unique_ptr<Protocol>> operator()(const config::ProtocolModule& module) const {
    return ProtocolModule::Start(name, module, around);
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<Protocol>> StartProtocol(const config::Protocol& protocol, const Surroundings& around) {
  return std::visit(Start{protocol.name, around}, protocol.kind);
}

}  // namespace mgmd::protocols
