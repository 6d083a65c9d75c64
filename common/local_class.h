#ifndef MGMD_COMMON_LOCAL_CLASS_H_
#define MGMD_COMMON_LOCAL_CLASS_H_

// The classes of local traffic: packets that are for the router itself, and no stream. The one table: enumerator, name
// (in summaries and telemetry), how many a second and at once after a pause each interface may bring of it, and what
// it is. The first row that fits a packet counts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace mgmd {

// X(enumerator, name, packets a second, burst, description)
#define MGMD_LOCAL_CLASSES(X)                                                                             \
  X(kIgmp, "igmp", 50000, 100000, "IGMP, whatever its destination, source and options are")               \
  X(kNeighbour, "neighbour", 1000, 2000, "ARP")                                                           \
  X(kPim, "pim", 10000, 20000, "PIM to a group of the link")                                              \
  X(kPimRegister, "pim_register", 1000, 2000, "PIM to an address: registers carry data")                  \
  X(kLinkLocal, "link_local", 5000, 10000, "to 224.0.0.1 to 224.0.0.22, the groups of routing protocols") \
  X(kLinkLocalOther, "link_local_other", 1000, 2000, "to other groups of 224.0.0.0/24 (mDNS, LLMNR)")     \
  X(kHost, "host", 50000, 100000, "unicast and broadcast IP to the router itself")                        \
  X(kOther, "other", 100, 200, "neither IP nor ARP: other EtherTypes, and frames that have a length instead")

enum class LocalClass : uint8_t {
#define MGMD_X(enumerator, name, rate, burst, description) enumerator,
  MGMD_LOCAL_CLASSES(MGMD_X)
#undef MGMD_X
};

#define MGMD_X(enumerator, name, rate, burst, description) +1
inline constexpr size_t kLocalClasses = 0 MGMD_LOCAL_CLASSES(MGMD_X);
#undef MGMD_X

inline constexpr std::array<std::string_view, kLocalClasses> kLocalClassNames = {
#define MGMD_X(enumerator, name, rate, burst, description) name,
    MGMD_LOCAL_CLASSES(MGMD_X)
#undef MGMD_X
};

struct LocalRate {
  uint32_t per_second;
  uint32_t burst;
};
using LocalRates = std::array<LocalRate, kLocalClasses>;
inline constexpr LocalRates kLocalRates = {{
#define MGMD_X(enumerator, name, rate, burst, description) {rate, burst},
    MGMD_LOCAL_CLASSES(MGMD_X)
#undef MGMD_X
}};

// A set of classes, as one word that can be published.
class LocalClasses {
 public:
  constexpr LocalClasses() = default;
  constexpr LocalClasses(std::initializer_list<LocalClass> classes) {
    for (const LocalClass one : classes) bits_ = static_cast<uint16_t>(bits_ | Bit(one));
  }
  static constexpr LocalClasses FromBits(uint16_t bits) {
    LocalClasses classes;
    classes.bits_ = bits;
    return classes;
  }
  constexpr uint16_t bits() const { return bits_; }
  constexpr bool Has(LocalClass one) const { return (bits_ & Bit(one)) != 0; }
  constexpr LocalClasses operator|(LocalClasses other) const {
    return FromBits(static_cast<uint16_t>(bits_ | other.bits_));
  }
  constexpr bool operator==(const LocalClasses&) const = default;

 private:
  static constexpr uint16_t Bit(LocalClass one) { return static_cast<uint16_t>(1u << static_cast<unsigned>(one)); }
  static_assert(kLocalClasses <= 16);
  uint16_t bits_ = 0;
};

inline constexpr LocalClasses kAllLocalClasses =
    LocalClasses::FromBits(static_cast<uint16_t>((uint32_t{1} << kLocalClasses) - 1));

}  // namespace mgmd

#endif  // MGMD_COMMON_LOCAL_CLASS_H_
