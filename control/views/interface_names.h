#ifndef MGMD_CONTROL_VIEWS_INTERFACE_NAMES_H_
#define MGMD_CONTROL_VIEWS_INTERFACE_NAMES_H_

// What people call an interface: its name in the configuration; "index" or "index/next hop" for one that a protocol
// has made up. Immutable; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "control/config/config.h"

namespace mgmd::views {

class InterfaceNames {
 public:
  explicit InterfaceNames(const config::Config& config) {
    for (const config::Interface& interface : config.interfaces) {
      names_.emplace(interface.id, interface.name);
      ids_.emplace(interface.name, interface.id);
    }
  }

  std::string NameOf(InterfaceId interface) const {
    if (const auto found = names_.find(interface); found != names_.end()) return found->second;
    return interface.ToString();
  }

  std::optional<InterfaceId> Find(std::string_view name) const {
    const auto found = ids_.find(std::string(name));
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  absl::flat_hash_map<InterfaceId, std::string> names_;
  absl::flat_hash_map<std::string, InterfaceId> ids_;
};

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_INTERFACE_NAMES_H_
