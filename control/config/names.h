#ifndef MGMD_CONTROL_CONFIG_NAMES_H_
#define MGMD_CONTROL_CONFIG_NAMES_H_

// Names of interfaces and protocols, and how other sections refer to interfaces.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "control/config/config.h"
#include "control/config/table.h"

namespace mgmd::config {

// Names stand in commands ("/mgm/release,PROTOCOL,INTERFACE"), events and tables: no blanks, no
// commas.
bool IsName(std::string_view text);
inline constexpr std::string_view kNameRule = "1 to 32 letters, digits, '.', '_' and '-'";

// The places of names in a list; of equal ones the first.
class NameIndex {
 public:
  explicit NameIndex(std::vector<std::string> names);

  // The place of the name that the field holds. Nothing, and reported, if there is none; nothing if
  // the field is absent.
  std::optional<size_t> Resolve(const Field& field) const;

 private:
  const std::vector<std::string> names_;
  std::unordered_map<std::string_view, size_t> places_;
};

// Looks interfaces up by the names that fields hold. The interfaces must outlive it and stay where
// they are.
class InterfaceNames {
 public:
  explicit InterfaceNames(const std::vector<Interface>& interfaces);

  const std::vector<Interface>& interfaces() const { return interfaces_; }

  // Null, and reported, if there is no such interface; null if the field is absent.
  const Interface* Resolve(const Field& field) const;

 private:
  const std::vector<Interface>& interfaces_;
  const NameIndex names_;
};

// An interface where a field names it.
struct Reference {
  Field field;
  const Interface* interface;
};

// Each interface once, in the order in which they were added.
class References {
 public:
  // False: it is there already.
  bool Add(const Reference& reference);
  bool Holds(const Interface* interface) const { return interfaces_.contains(interface); }
  const std::vector<Reference>& list() const { return list_; }
  std::vector<InterfaceId> Ids() const;

 private:
  std::vector<Reference> list_;
  std::unordered_set<const Interface*> interfaces_;
};

// The interfaces of a list of names; what resolves to none, or is there already, is reported and
// left out. An empty list is reported.
References ResolveList(const InterfaceNames& names, const Field& list);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_NAMES_H_
