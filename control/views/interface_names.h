#ifndef MGMD_CONTROL_VIEWS_INTERFACE_NAMES_H_
#define MGMD_CONTROL_VIEWS_INTERFACE_NAMES_H_

// What people call an interface: its name in the configuration, the same in both families; "index" or "index/next hop"
// for one that a protocol has made up. Immutable; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "common/any_family.h"
#include "control/config/config.h"

namespace mgmd::views {

class InterfaceNames {
 public:
  explicit InterfaceNames(const config::Config& config) {
    for (const config::Interface& interface : config.interfaces) {
      names_.emplace(interface.id.index, interface.name);
      indices_.emplace(interface.name, interface.id.index);
    }
  }

  template <class Family>
  std::string NameOf(const InterfaceIdOf<Family>& interface) const {
    const auto found = interface.next_hop.is_zero() ? names_.find(interface.index) : names_.end();
    return found != names_.end() ? found->second : interface.ToString();
  }
  std::string NameOf(const AnyInterfaceId& interface) const {
    return std::visit([this](const auto& of_family) { return NameOf(of_family); }, interface);
  }

  // The index of a configured interface.
  std::optional<uint32_t> Find(std::string_view name) const {
    const auto found = indices_.find(std::string(name));
    return found == indices_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  absl::flat_hash_map<uint32_t, std::string> names_;  // by index
  absl::flat_hash_map<std::string, uint32_t> indices_;
};

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_INTERFACE_NAMES_H_
