// What a module asks for when there is no memory: MGMD_ERROR_MEMORY, and nothing has changed.

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/failing_memory.h"
#include "tests/unit/control/module_services_fixture.h"

namespace mgmd::protocols {
namespace {

void OnLink(void* context, const MGMD_LINK* link) { Listener::Of(context).Hear(link->szName); }
void OnRoutes(void* context, const MGMD_PREFIX*) { Listener::Of(context).Hear("routes"); }
void OnRelease(void* context, uint32_t, uint32_t) { Listener::Of(context).Hear("release"); }

class ModuleMemory : public ModuleServicesTest {
 protected:
  ModuleMemory() {
    for (const uint16_t slot_bit : {Ipv4::kSlotBit, Ipv6::kSlotBit})
      others_.packets.SetWanted(Slot(kOne, slot_bit), {});
  }

  // Calls until memory suffices, each time with one allocation more. Of what failed nothing is registered.
  void FailUntilItDoes(const std::function<uint32_t(MGMD_ID*)>& call) {
    MGMD_ID id = 0;
    for (int allocations = 0;; ++allocations) {
      testing::allocations_left = allocations;
      const uint32_t code = call(&id);
      testing::allocations_left = -1;
      if (code == MGMD_OK) {
        EXPECT_GT(allocations, 0);
        break;
      }
      ASSERT_EQ(code, MGMD_ERROR_MEMORY);
      for (MGMD_ID any = 1; any < 100; ++any) ASSERT_EQ(Cancel(any), MGMD_ERROR_NOT_FOUND) << allocations;
      ASSERT_EQ(Wanted(kOne, Ipv4::kSlotBit), LocalClasses()) << allocations;
    }
    id_ = id;
  }
  uint32_t Cancel(MGMD_ID id) { return table()->pfnCancel(table(), id); }

  MGMD_ID id_ = 0;  // of what has been registered in the end
};

TEST_F(ModuleMemory, NoFilterStaysBehind) {
  Listener listener;
  FailUntilItDoes([&](MGMD_ID* id) { return Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, listener, id); });
  Arrive(LocalClass::kLinkLocal, kOne, Ipv4::kSlotBit, Ospf("224.0.0.5", "hello").Build());
  EXPECT_EQ(listener.heard.size(), 1U);
  EXPECT_EQ(Cancel(id_), MGMD_OK);
}

TEST_F(ModuleMemory, NoTimerStaysBehind) {
  int called = 0;
  Do count = [&called] { ++called; };
  FailUntilItDoes([&](MGMD_ID* id) { return StartTimer(0, count, id); });
  services_.Poll();
  EXPECT_EQ(called, 1);
}

TEST_F(ModuleMemory, NoFollowerStaysBehind) {
  Listener listener;
  FailUntilItDoes([&](MGMD_ID* id) { return table()->pfnFollowLinks(table(), &OnLink, &listener, id); });
  EXPECT_EQ(Cancel(id_), MGMD_OK);
  FailUntilItDoes([&](MGMD_ID* id) { return table()->pfnFollowRoutes(table(), &OnRoutes, &listener, id); });
  EXPECT_EQ(Cancel(id_), MGMD_OK);
  FailUntilItDoes([&](MGMD_ID* id) { return table()->pfnFollowReleases(table(), &OnRelease, &listener, id); });
  EXPECT_EQ(Cancel(id_), MGMD_OK);
}

}  // namespace
}  // namespace mgmd::protocols
