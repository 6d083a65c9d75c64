#ifndef MGMD_COMMON_LOCAL_CLASS_H_
#define MGMD_COMMON_LOCAL_CLASS_H_

// The classes of local traffic: packets that are for the router itself, and no stream. The rows MGMD_LOCAL of
// counter_table.def: enumerator, name (in summaries and telemetry), how many a second and at once after a pause each
// interface may bring of it, and what it is. The first row that fits a packet counts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace mgmd {

enum class LocalClass : uint8_t {
#define MGMD_LOCAL(enumerator, ...) enumerator,
#include "common/counter_table.def"
};

#define MGMD_LOCAL(...) +1
inline constexpr size_t kLocalClasses = 0
#include "common/counter_table.def"
    ;

inline constexpr std::array<std::string_view, kLocalClasses> kLocalClassNames = {
#define MGMD_LOCAL(enumerator, name, ...) name,
#include "common/counter_table.def"
};

struct LocalRate {
  uint32_t per_second;
  uint32_t burst;
};
using LocalRates = std::array<LocalRate, kLocalClasses>;
inline constexpr LocalRates kLocalRates = {{
#define MGMD_LOCAL(enumerator, name, rate, burst, ...) {rate, burst},
#include "common/counter_table.def"
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

  // The same, and fragments of IGMP and MLD are not among them (`fragment`): whoever speaks these looks at whole
  // messages. A host puts them together.
  constexpr LocalClasses WholeMembershipMessages() const { return FromBits(static_cast<uint16_t>(bits_ | kWhole)); }
  constexpr bool drops_fragment(LocalClass one) const {
    return (bits_ & kWhole) != 0 && (one == LocalClass::kIgmp || one == LocalClass::kMld);
  }

 private:
  static constexpr uint16_t Bit(LocalClass one) { return static_cast<uint16_t>(1u << static_cast<unsigned>(one)); }
  static constexpr uint16_t kWhole = 1u << 14;
  static_assert(kLocalClasses <= 14);
  uint16_t bits_ = 0;
};

inline constexpr LocalClasses kAllLocalClasses =
    LocalClasses::FromBits(static_cast<uint16_t>((uint32_t{1} << kLocalClasses) - 1));

}  // namespace mgmd

#endif  // MGMD_COMMON_LOCAL_CLASS_H_
