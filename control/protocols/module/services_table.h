#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_SERVICES_TABLE_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_SERVICES_TABLE_H_

// The table of functions of mgmd_services.h as one module has it: it lets the control thread through to the module's
// services while they are open, and keeps what other threads post.
//
// A table is never destroyed, as the module is never unloaded: a thread that the module has forgotten may still call,
// and is answered. Threads: the control thread, which is the one that opens it, but for what posts.

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "control/protocols/module/mgmd_services.h"
#include "control/protocols/module/module_services.h"

namespace mgmd::protocols {

class ServicesTable : public MGMD_SERVICES {
 public:
  // A new one, which lives for ever. `name` and `around` outlive Close().
  static ServicesTable& Open(const std::string& name, const Surroundings& around);
  ServicesTable(const ServicesTable&) = delete;
  ServicesTable& operator=(const ServicesTable&) = delete;

  // Nothing may be posted any more, and what has been is not called.
  void RefusePosts();
  // Everything that the module has registered is taken back: none of its functions is called any more.
  void Close();

  // Calls what has been posted and timers that are due. Returns whether there was anything.
  bool Poll();
  // Null: closed.
  ModuleServices* services() { return services_.get(); }

 private:
  using Posted = std::vector<std::pair<PMGMD_CALLBACK, void*>>;

  ServicesTable(const std::string& name, const Surroundings& around);
  // Runs function(ModuleServices&) -> code for a call of the module's.
  template <class Function>
  static uint32_t OnControl(const MGMD_SERVICES* table, Function function);
  static uint32_t Post(const MGMD_SERVICES* table, PMGMD_CALLBACK function, void* context);

  const std::thread::id control_ = std::this_thread::get_id();
  std::unique_ptr<ModuleServices> services_;
  std::mutex mutex_;  // guards what follows
  Posted posted_;
  bool refuses_ = false;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_SERVICES_TABLE_H_
