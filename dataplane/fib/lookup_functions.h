#ifndef MGMD_DATAPLANE_FIB_LOOKUP_FUNCTIONS_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_FUNCTIONS_H_

// The lookup for each instruction set, one file each. lookup.cc picks among them.

#include "dataplane/fib/lookup.h"

namespace mgmd::dataplane {

void LookupPortable(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries);
void LookupAvx2(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries);
void LookupAvx512(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries);

void LookupPortable(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries);
void LookupAvx2(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries);
void LookupAvx512(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_FUNCTIONS_H_
