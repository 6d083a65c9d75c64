#ifndef MGMD_DATAPLANE_FIB_KEY_BITS_H_
#define MGMD_DATAPLANE_FIB_KEY_BITS_H_

// Keys as the plain words that the dataplane keeps and finds them as: in a bucket, and in an IP header, where
// source and group follow each other. Nobody else makes a key of bits: those of a source in 0.0.0.0/8 or ::/96 would be
// a wildcard's (fib_key.h).

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "common/fib_key.h"

namespace mgmd::dataplane {

struct KeyBits {
  // `bits` are a key's, or nobody looks at what comes of them.
  [[gnu::always_inline]] static constexpr Ipv4FibKey Key(uint64_t bits) { return Ipv4FibKey(bits); }
  // `addresses` are the source and the group of an IPv6 header; nobody looks at a key of others.
  [[gnu::always_inline]] static void Copy(const uint8_t* addresses, Ipv6FibKey& key) {
    static_assert(std::is_trivially_copyable_v<Ipv6FibKey> && sizeof(Ipv6FibKey) == 32);
    std::memcpy(static_cast<void*>(&key), addresses, sizeof(key));
  }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_KEY_BITS_H_
