#ifndef MGMD_CONTROL_CONFIG_NAMES_H_
#define MGMD_CONTROL_CONFIG_NAMES_H_

// Names of interfaces and protocols, and how other sections refer to interfaces.

#include <string>
#include <string_view>
#include <vector>

#include "control/config/config.h"
#include "control/config/table.h"

namespace mgmd::config {

// Names stand in commands ("/mgm/release,PROTOCOL,INTERFACE"), events and tables: no blanks, no commas.
bool IsName(std::string_view text);
inline constexpr std::string_view kNameRule = "1 to 32 letters, digits, '.', '_' and '-'";

// Looks interfaces up by the names that fields hold. The interfaces must outlive it and stay where they are.
class InterfaceNames {
 public:
  explicit InterfaceNames(const std::vector<Interface>& interfaces);

  const std::vector<Interface>& interfaces() const { return interfaces_; }

  // Null, and reported, if there is no such interface; null if the field is absent.
  const Interface* Resolve(const Field& field) const;

 private:
  const std::vector<Interface>& interfaces_;
  std::vector<std::string> names_;  // in the order of interfaces_
};

// An interface where a field names it.
struct Reference {
  Field field;
  const Interface* interface;
};

// The interfaces of a list of names; what resolves to none, or is there already, is reported and left out. An empty
// list is reported.
std::vector<Reference> ResolveList(const InterfaceNames& names, const Field& list);

bool Holds(const std::vector<Reference>& references, const Interface* interface);
std::vector<InterfaceId> Ids(const std::vector<Reference>& references);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_NAMES_H_
