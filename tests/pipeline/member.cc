#include "tests/pipeline/member.h"

#include <gtest/gtest.h>

#include <cstring>

#include "common/ip_family.h"
#include "control/mgm/mgm6.h"

namespace mgmd::pipeline {
namespace {

// Each family's own, so that they can be in one router.
constexpr DWORD kProtocol4 = 4711, kProtocol6 = 4712;
constexpr DWORD kComponent = 1;

template <class Family>
struct Calls;

template <>
struct Calls<Ipv4> {
  static DWORD Register(HANDLE* handle) {
    ROUTING_PROTOCOL_CONFIG callbacks{};
    return MgmRegisterMProtocol(&callbacks, kProtocol4, kComponent, handle);
  }
  static DWORD Deregister(HANDLE handle) { return MgmDeRegisterMProtocol(handle); }
  static DWORD Take(HANDLE handle, DWORD interface) { return MgmTakeInterfaceOwnership(handle, interface, 0); }
  static DWORD Release(HANDLE handle, DWORD interface) { return MgmReleaseInterfaceOwnership(handle, interface, 0); }
  static DWORD Join(HANDLE handle, Ipv4Address group, DWORD interface) {
    return MgmAddGroupMembershipEntry(handle, 0, 0, group.ToNetwork(), ~DWORD{0}, interface, 0, MGM_JOIN_STATE_FLAG);
  }
};

template <>
struct Calls<Ipv6> {
  static DWORD Register(HANDLE* handle) {
    MGM6_PROTOCOL_CONFIG callbacks{};
    return Mgm6RegisterMProtocol(&callbacks, kProtocol6, kComponent, handle);
  }
  static DWORD Deregister(HANDLE handle) { return Mgm6DeRegisterMProtocol(handle); }
  static DWORD Take(HANDLE handle, DWORD interface) { return Mgm6TakeInterfaceOwnership(handle, interface, nullptr); }
  static DWORD Release(HANDLE handle, DWORD interface) {
    return Mgm6ReleaseInterfaceOwnership(handle, interface, nullptr);
  }
  static DWORD Join(HANDLE handle, const Ipv6Address& group, DWORD interface) {
    in6_addr address;
    std::memcpy(&address, group.bytes().data(), sizeof(address));
    return Mgm6AddGroupMembershipEntry(handle, nullptr, 0, &address, Ipv6::kAddressBits, interface, nullptr,
                                       MGM_JOIN_STATE_FLAG);
  }
};

}  // namespace

template <class Family>
Member<Family>::Member() {
  EXPECT_EQ(Calls<Family>::Register(&handle_), DWORD{NO_ERROR});
}

template <class Family>
Member<Family>::~Member() {
  for (const uint32_t interface : owned_) EXPECT_EQ(Calls<Family>::Release(handle_, interface), DWORD{NO_ERROR});
  EXPECT_EQ(Calls<Family>::Deregister(handle_), DWORD{NO_ERROR});
}

template <class Family>
void Member<Family>::Take(uint32_t interface) {
  EXPECT_EQ(Calls<Family>::Take(handle_, interface), DWORD{NO_ERROR});
  owned_.push_back(interface);
}

template <class Family>
void Member<Family>::Join(const typename Family::Address& group, uint32_t interface, DWORD code) {
  EXPECT_EQ(Calls<Family>::Join(handle_, group, interface), code);
}

template class Member<Ipv4>;
template class Member<Ipv6>;

}  // namespace mgmd::pipeline
