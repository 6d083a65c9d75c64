#include "control/protocols/module/services_table.h"

#include <cxxabi.h>

#include <new>

namespace mgmd::protocols {
namespace {

ServicesTable& Of(const MGMD_SERVICES* table) {
  // A module has it as const; it was made as none.
  return *static_cast<ServicesTable*>(const_cast<MGMD_SERVICES*>(table));
}

// No exception of C++ goes on into C; what ends a thread does.
template <class Function>
uint32_t AsCode(Function function) {
  try {
    return function();
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return MGMD_ERROR_MEMORY;  // nothing else throws
  }
}

}  // namespace

template <class Function>
uint32_t ServicesTable::OnControl(const MGMD_SERVICES* table, Function function) {
  if (table == nullptr) return MGMD_ERROR_ARGUMENT;
  ServicesTable& own = Of(table);
  if (std::this_thread::get_id() != own.control_) return MGMD_ERROR_THREAD;
  if (own.services_ == nullptr) return MGMD_ERROR_STOPPED;
  return AsCode([&] { return function(*own.services_); });
}

ServicesTable::ServicesTable(const std::string& name, const Surroundings& around)
    : MGMD_SERVICES{}, services_(std::make_unique<ModuleServices>(name, around)) {
  using Table = const MGMD_SERVICES*;
  using Services = ModuleServices;
  pfnReceive = [](Table table, const MGMD_PACKET_FILTER* filter, PMGMD_PACKET_CALLBACK callback, void* context,
                  MGMD_ID* id) {
    return OnControl(table, [&](Services& own) { return own.Receive(filter, callback, context, id); });
  };
  pfnSendPacket = [](Table table, uint32_t index, const uint8_t* packet, uint32_t length) {
    return OnControl(table, [&](Services& own) { return own.SendPacket(index, packet, length); });
  };
  pfnSendFrame = [](Table table, uint32_t index, const uint8_t* frame, uint32_t length) {
    return OnControl(table, [&](Services& own) { return own.SendFrame(index, frame, length); });
  };
  pfnFollowLinks = [](Table table, PMGMD_LINK_CALLBACK callback, void* context, MGMD_ID* id) {
    return OnControl(table, [&](Services& own) { return own.FollowLinks(callback, context, id); });
  };
  pfnFindRoute = [](Table table, const MGMD_ADDRESS* source, MGMD_ROUTE* route) {
    return OnControl(table, [&](Services& own) { return own.FindRoute(source, route); });
  };
  pfnFollowRoutes = [](Table table, PMGMD_ROUTES_CALLBACK callback, void* context, MGMD_ID* id) {
    return OnControl(table, [&](Services& own) { return own.FollowRoutes(callback, context, id); });
  };
  pfnFollowReleases = [](Table table, PMGMD_RELEASE_CALLBACK callback, void* context, MGMD_ID* id) {
    return OnControl(table, [&](Services& own) { return own.FollowReleases(callback, context, id); });
  };
  pfnStartTimer = [](Table table, uint32_t milliseconds, PMGMD_CALLBACK callback, void* context, MGMD_ID* id) {
    return OnControl(table, [&](Services& own) { return own.StartTimer(milliseconds, callback, context, id); });
  };
  pfnCancel = [](Table table, MGMD_ID id) { return OnControl(table, [&](Services& own) { return own.Cancel(id); }); };
  pfnPost = &ServicesTable::Post;
}

ServicesTable& ServicesTable::Open(const std::string& name, const Surroundings& around) {
  static auto* const all = new std::vector<std::unique_ptr<ServicesTable>>;
  all->emplace_back(new ServicesTable(name, around));
  return *all->back();
}

uint32_t ServicesTable::Post(const MGMD_SERVICES* table, PMGMD_CALLBACK function, void* context) {
  if (table == nullptr || function == nullptr) return MGMD_ERROR_ARGUMENT;
  ServicesTable& own = Of(table);
  return AsCode([&] {
    const std::lock_guard lock(own.mutex_);
    if (own.refuses_) return MGMD_ERROR_STOPPED;
    own.posted_.emplace_back(function, context);
    return MGMD_OK;
  });
}

void ServicesTable::RefusePosts() {
  const std::lock_guard lock(mutex_);
  refuses_ = true;
  posted_.clear();
}

void ServicesTable::Close() {
  RefusePosts();
  services_.reset();
}

bool ServicesTable::Poll() {
  if (services_ == nullptr) return false;
  Posted posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& [function, context] : posted) services_->Call(function, context);
  return services_->Poll() || !posted.empty();
}

}  // namespace mgmd::protocols
