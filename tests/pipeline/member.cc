#include "tests/pipeline/member.h"

#include <gtest/gtest.h>

namespace mgmd::pipeline {

Member::Member() {
  ROUTING_PROTOCOL_CONFIG callbacks{};
  EXPECT_EQ(MgmRegisterMProtocol(&callbacks, 4711, 1, &handle_), DWORD{NO_ERROR});
}

Member::~Member() {
  for (const InterfaceId& interface : owned_) {
    EXPECT_EQ(MgmReleaseInterfaceOwnership(handle_, interface.index, interface.next_hop.ToNetwork()), DWORD{NO_ERROR});
  }
  EXPECT_EQ(MgmDeRegisterMProtocol(handle_), DWORD{NO_ERROR});
}

void Member::Take(InterfaceId interface) {
  EXPECT_EQ(MgmTakeInterfaceOwnership(handle_, interface.index, interface.next_hop.ToNetwork()), DWORD{NO_ERROR});
  owned_.push_back(interface);
}

void Member::Join(Ipv4Address group, InterfaceId interface) {
  EXPECT_EQ(MgmAddGroupMembershipEntry(handle_, 0, 0, group.ToNetwork(), ~DWORD{0}, interface.index,
                                       interface.next_hop.ToNetwork(), MGM_JOIN_STATE_FLAG),
            DWORD{NO_ERROR});
}

}  // namespace mgmd::pipeline
