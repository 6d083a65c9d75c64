#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_MODULE_SERVICES_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_MODULE_SERVICES_H_

// What one module has registered of mgmd_services.h, and what it is told. What each function does stands there; they
// return its codes. When this goes nothing of the module's is called any more.
//
// Control thread. Callbacks run in Poll(), in what tells news, and in a consumer's turn of local traffic.

#include <cstdint>
#include <string>

#include "common/any_family.h"
#include "control/protocols/module/followers.h"
#include "control/protocols/module/mgmd_services.h"
#include "control/protocols/module/packet_filters.h"
#include "control/protocols/module/timers.h"
#include "control/protocols/surroundings.h"
#include "control/views/links.h"

namespace mgmd::protocols {

class ModuleServices {
 public:
  // `name`: the protocol's. It outlives this, as the surroundings do.
  ModuleServices(const std::string& name, const Surroundings& around)
      : name_(name), around_(around), filters_(around.dispatcher) {}
  ModuleServices(const ModuleServices&) = delete;
  ModuleServices& operator=(const ModuleServices&) = delete;

  uint32_t Receive(const MGMD_PACKET_FILTER* filter, PMGMD_PACKET_CALLBACK callback, void* context, MGMD_ID* id);
  uint32_t SendPacket(uint32_t index, const uint8_t* packet, uint32_t length);
  uint32_t SendFrame(uint32_t index, const uint8_t* frame, uint32_t length);
  uint32_t FollowLinks(PMGMD_LINK_CALLBACK callback, void* context, MGMD_ID* id);
  uint32_t FindRoute(const MGMD_ADDRESS* source, MGMD_ROUTE* route) const;
  uint32_t FollowRoutes(PMGMD_ROUTES_CALLBACK callback, void* context, MGMD_ID* id);
  uint32_t FollowReleases(PMGMD_RELEASE_CALLBACK callback, void* context, MGMD_ID* id);
  uint32_t StartTimer(uint32_t milliseconds, PMGMD_CALLBACK callback, void* context, MGMD_ID* id);
  uint32_t Cancel(MGMD_ID id);
  // A function that the module has posted.
  void Call(PMGMD_CALLBACK function, void* context) const;

  // Calls timers that are due. Returns whether there were any.
  bool Poll();
  void LinkChanged(const views::Link& link) { links_.TellAll(link); }
  void RoutesChanged(const AnyPrefix& prefix) { routes_.TellAll(prefix); }
  // Somebody else than the module has released its interface.
  void Released(const AnyInterfaceId& interface) { releases_.TellAll(interface); }

 private:
  const views::Link* FindLink(uint32_t index) const;
  uint32_t Send(uint32_t index, InjectForm form, const uint8_t* octets, uint32_t length, size_t header);
  // The number of what has been registered is the module's, in `*id` unless that is NULL.
  static uint32_t Registered(uint64_t number, MGMD_ID* id);
  // Calls a callback of the module's; `callback`: which one. Exceptions of C++ end here.
  template <class Function>
  void CallModule(const char* callback, Function&& function) const;

  const std::string& name_;
  const Surroundings& around_;
  PacketFilters filters_;
  Timers timers_;
  Followers<views::Link> links_;
  Followers<AnyPrefix> routes_;
  Followers<AnyInterfaceId> releases_;
  uint64_t last_id_ = 0;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_MODULE_SERVICES_H_
