#ifndef MGMD_TESTS_FAKES_C_FUNCTIONS_H_
#define MGMD_TESTS_FAKES_C_FUNCTIONS_H_

// The functions of mgm.h and of mgm6.h, each pair by one name, for tests of what both do. Addresses are passed as
// CValues<Family>::Pass makes them.

#include <type_traits>

#include "common/ip_family.h"
#include "control/mgm/mgm6_ext.h"
#include "control/mgm/mgm_ext.h"

namespace mgmd::fakes {

template <class Family>
struct CFunctions {
#define MGMD_C_FUNCTION(Name, Rest)             \
  template <class... Arguments>                 \
  static DWORD Name(Arguments... arguments) {   \
    if constexpr (std::is_same_v<Family, Ipv4>) \
      return Mgm##Rest(arguments...);           \
    else                                        \
      return Mgm6##Rest(arguments...);          \
  }
  MGMD_C_FUNCTION(Register, RegisterMProtocol)
  MGMD_C_FUNCTION(DeRegister, DeRegisterMProtocol)
  MGMD_C_FUNCTION(Take, TakeInterfaceOwnership)
  MGMD_C_FUNCTION(Release, ReleaseInterfaceOwnership)
  MGMD_C_FUNCTION(GetProtocol, GetProtocolOnInterface)
  MGMD_C_FUNCTION(Add, AddGroupMembershipEntry)
  MGMD_C_FUNCTION(Delete, DeleteGroupMembershipEntry)
  MGMD_C_FUNCTION(GetMfe, GetMfe)
  MGMD_C_FUNCTION(GetFirstMfe, GetFirstMfe)
  MGMD_C_FUNCTION(GetNextMfe, GetNextMfe)
  MGMD_C_FUNCTION(GetMfeStats, GetMfeStats)
  MGMD_C_FUNCTION(SetMfe, SetMfe)
  MGMD_C_FUNCTION(EnumerationStart, GroupEnumerationStart)
  MGMD_C_FUNCTION(EnumerationGetNext, GroupEnumerationGetNext)
  MGMD_C_FUNCTION(EnumerationEnd, GroupEnumerationEnd)
  MGMD_C_FUNCTION(NewPacket, ExtNewPacket)
  MGMD_C_FUNCTION(RoutesChanged, ExtRoutesChanged)
  MGMD_C_FUNCTION(GetRefused, ExtGetRefused)
#undef MGMD_C_FUNCTION
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_C_FUNCTIONS_H_
