#ifndef MGMD_CONTROL_CONFIG_INTERFACE_KIND_H_
#define MGMD_CONTROL_CONFIG_INTERFACE_KIND_H_

// Kinds of interfaces, as the configuration knows them.
//
// An [[interface]] with `device` is a port, or more exactly the port's untagged interface. Every other sits on a port,
// its `parent`, and is of a kind, which owns the keys that say how: a VLAN has `vlan` and `pcp`. A kind is one folder
// under control/interfaces/ (docs/how-to-add.md), and nobody else knows its keys: it reads and checks them and gives
// the Interface what the forwarder needs, which is a tag or an Encapsulation.
//
// A kind registers itself by an object of namespace scope, before main(). Its file is linked whole
// (control/interfaces/meson.build), since a linker takes from a static library only what somebody names, and nobody
// names a kind.
//
// Threads: registration before main(); everything else as config::Parse().

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "control/config/config.h"
#include "control/config/table.h"

namespace mgmd::config {

// The keys of one kind as they stand, or do not, in one [[interface]]. Wrong types and ranges are reported when they
// are read.
class KindKeys {
 public:
  virtual ~KindKeys() = default;

  // The key that makes an interface one of the kind.
  virtual const Field& mark() const = 0;

  // The interface is of another kind, which has been reported if mark() is there: reports what else makes no sense.
  virtual void Refuse() const {}

  // The interface is of this kind; its name, id and port are known. Gives it a tag or an encapsulation.
  virtual void Complete(Interface* interface) const = 0;

  // What of the frames that arrive on the port is for the interface, as words after "taken": "VLAN 5". No two
  // interfaces on a port say the same. Nothing: it is wrong, and has been reported.
  virtual std::optional<std::string> Arrivals() const = 0;
};

struct InterfaceKind {
  std::string_view mark;  // "vlan"
  std::string_view noun;  // after "a": "VLAN"
  // Asks the table for every key of the kind. The object does not outlive the table's document.
  std::unique_ptr<KindKeys> (*read)(Table& table);
};

// All that are registered.
std::span<const InterfaceKind> InterfaceKinds();

class RegisterInterfaceKind {
 public:
  explicit RegisterInterfaceKind(const InterfaceKind& kind);
};

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_INTERFACE_KIND_H_
