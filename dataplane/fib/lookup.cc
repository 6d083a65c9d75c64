#include "dataplane/fib/lookup.h"

#include "dataplane/fib/lookup_functions.h"

namespace mgmd::dataplane {

template <class Family>
LookupFunction<Family> FindLookupFunction(InstructionSet set) {
  return ForSet<LookupFunction<Family>>(set, LookupPortable, LookupAvx2, LookupAvx512);
}

template LookupFunction<Ipv4> FindLookupFunction<Ipv4>(InstructionSet set);
template LookupFunction<Ipv6> FindLookupFunction<Ipv6>(InstructionSet set);

}  // namespace mgmd::dataplane
