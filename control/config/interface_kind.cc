#include "control/config/interface_kind.h"

#include <vector>

namespace mgmd::config {
namespace {

// Made by whoever asks first: kinds register in no order that could be relied on.
std::vector<InterfaceKind>& Registered() {
  static std::vector<InterfaceKind> kinds;
  return kinds;
}

}  // namespace

std::span<const InterfaceKind> InterfaceKinds() { return Registered(); }

RegisterInterfaceKind::RegisterInterfaceKind(const InterfaceKind& kind) { Registered().push_back(kind); }

}  // namespace mgmd::config
