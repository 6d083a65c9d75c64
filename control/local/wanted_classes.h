#ifndef MGMD_CONTROL_LOCAL_WANTED_CLASSES_H_
#define MGMD_CONTROL_LOCAL_WANTED_CLASSES_H_

// Workers punt local traffic by class (local_class.h), and those who speak an IP protocol want it by the protocol's
// number: which classes their packets are in. A class may bring others' packets besides. Pure. Any thread.

#include <cstdint>

#include "common/any_family.h"
#include "common/local_class.h"

namespace mgmd::local {

// Those of packets of the protocol to a group of the link. Of IPv6 it is the protocol behind extension headers.
template <class Family>
LocalClasses ClassesTo(const typename Family::Address& group, uint8_t protocol);

// Those of packets of the protocol to any group of the link, and to the router itself.
template <class Family>
LocalClasses ClassesOf(uint8_t protocol);

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_WANTED_CLASSES_H_
