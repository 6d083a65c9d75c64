#include "dataplane/fib/lookup.h"

#include "dataplane/fib/lookup_functions.h"

namespace mgmd::dataplane {

template <>
LookupFunction<Ipv4> FindLookupFunction<Ipv4>(InstructionSet set) {
  switch (set) {
    case InstructionSet::kPortable:
      break;
    case InstructionSet::kAvx2:
      return LookupAvx2;
    case InstructionSet::kAvx512:
      return LookupAvx512;
  }
  return LookupPortable;
}

template <>
LookupFunction<Ipv6> FindLookupFunction<Ipv6>(InstructionSet /*set*/) {
  return LookupPortable;
}

}  // namespace mgmd::dataplane
