#include "dataplane/fib/lookup.h"

#include "dataplane/fib/lookup_functions.h"

namespace mgmd::dataplane {

template <>
LookupFunction<Ipv4> FindLookupFunction<Ipv4>(InstructionSet set) {
  return ForSet<LookupFunction<Ipv4>>(set, LookupPortable, LookupAvx2, LookupAvx512);
}

template <>
LookupFunction<Ipv6> FindLookupFunction<Ipv6>(InstructionSet /*set*/) {
  return LookupPortable;
}

}  // namespace mgmd::dataplane
