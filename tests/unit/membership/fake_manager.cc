#include "tests/unit/membership/fake_manager.h"

using mgmd::Ipv4;
using mgmd::Ipv6;
using mgmd::membership::FakeManager;

// As in mgm.h, mgm6.h and their extensions.
#define MGMD_FUNCTIONS_OF(Family, Mgm, Config, NextHop, Changes)                                 \
  DWORD Mgm##RegisterMProtocol(Config config, DWORD, DWORD, HANDLE* handle) {                    \
    *handle = FakeManager<Family>::current;                                                      \
    return FakeManager<Family>::current->Register(*config);                                      \
  }                                                                                              \
  DWORD Mgm##DeRegisterMProtocol(HANDLE) { return NO_ERROR; }                                    \
  DWORD Mgm##TakeInterfaceOwnership(HANDLE, DWORD interface, NextHop) {                          \
    return FakeManager<Family>::current->Take(interface);                                        \
  }                                                                                              \
  DWORD Mgm##ReleaseInterfaceOwnership(HANDLE, DWORD interface, NextHop) {                       \
    return FakeManager<Family>::current->Release(interface);                                     \
  }                                                                                              \
  DWORD Mgm##GetProtocolOnInterface(DWORD, NextHop, PDWORD, PDWORD) { return ERROR_NOT_FOUND; }  \
  DWORD Mgm##ExtChangeMemberships(HANDLE, const Changes* changes, DWORD count, PDWORD results) { \
    return FakeManager<Family>::current->Change(changes, count, results);                        \
  }
MGMD_FUNCTIONS_OF(Ipv4, Mgm, PROUTING_PROTOCOL_CONFIG, DWORD, MGM_EXT_MEMBERSHIP_CHANGE)
MGMD_FUNCTIONS_OF(Ipv6, Mgm6, PMGM6_PROTOCOL_CONFIG, const in6_addr*, MGM6_EXT_MEMBERSHIP_CHANGE)

DWORD MgmExtNameClient(HANDLE, const char*) { return NO_ERROR; }
