#ifndef MGMD_CONTROL_PROTOCOLS_MANAGER_CALLS_H_
#define MGMD_CONTROL_PROTOCOLS_MANAGER_CALLS_H_

// The functions of mgm.h and mgm6.h that clients which are templates over the family call.

#include <string>

#include "common/interface.h"
#include "control/mgm/c_values.h"

namespace mgmd::protocols {

template <class Family>
struct ManagerCalls;

template <>
struct ManagerCalls<Ipv4> {
  static constexpr auto kRegister = &MgmRegisterMProtocol;
  static constexpr auto kDeregister = &MgmDeRegisterMProtocol;
  static constexpr auto kTake = &MgmTakeInterfaceOwnership;
  static constexpr auto kRelease = &MgmReleaseInterfaceOwnership;
  static constexpr auto kGetProtocol = &MgmGetProtocolOnInterface;
  static constexpr auto kChange = &MgmExtChangeMemberships;
};

template <>
struct ManagerCalls<Ipv6> {
  static constexpr auto kRegister = &Mgm6RegisterMProtocol;
  static constexpr auto kDeregister = &Mgm6DeRegisterMProtocol;
  static constexpr auto kTake = &Mgm6TakeInterfaceOwnership;
  static constexpr auto kRelease = &Mgm6ReleaseInterfaceOwnership;
  static constexpr auto kGetProtocol = &Mgm6GetProtocolOnInterface;
  static constexpr auto kChange = &Mgm6ExtChangeMemberships;
};

// "interface 3", or in IPv6 "interface 3 (IPv6)".
template <class Family>
std::string NameOf(const InterfaceIdOf<Family>& interface) {
  return "interface " + std::to_string(interface.index) + (Family::kSlotBit == Ipv4::kSlotBit ? "" : " (IPv6)");
}

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MANAGER_CALLS_H_
