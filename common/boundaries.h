#ifndef MGMD_COMMON_BOUNDARIES_H_
#define MGMD_COMMON_BOUNDARIES_H_

// Where groups of a scope end (RFC 2365 section 5, RFC 4007 section 5): which groups may neither enter nor leave by an
// interface.

#include "common/interface.h"
#include "common/ip_family.h"

namespace mgmd {

template <class Family>
class Boundaries {
 public:
  virtual ~Boundaries() = default;

  // Whether no group of the prefix may cross the interface. Control thread only.
  virtual bool Stop(const InterfaceIdOf<Family>& interface, const typename Family::Prefix& groups) const = 0;
};

// As one of both families. Null: there are none.
template <class Family>
using BoundariesOf = const Boundaries<Family>*;

}  // namespace mgmd

#endif  // MGMD_COMMON_BOUNDARIES_H_
