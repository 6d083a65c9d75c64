#ifndef MGMD_CONTROL_MEMBERSHIP_FILTER_H_
#define MGMD_CONTROL_MEMBERSHIP_FILTER_H_

// What is wanted of a group (RFC 9776 section 3.1): packets from these sources alone, or from all but these. A plain
// value.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mgmd::membership {

enum class FilterMode : uint8_t { kInclude, kExclude };

// By default INCLUDE({}): nothing is wanted.
template <class Family>
struct Filter {
  using Address = typename Family::Address;

  FilterMode mode = FilterMode::kInclude;
  std::vector<Address> sources{};  // ascending, each once

  bool is_none() const { return mode == FilterMode::kInclude && sources.empty(); }
  // Whether packets from there are wanted.
  bool Passes(const Address& source) const {
    return std::binary_search(sources.begin(), sources.end(), source) == (mode == FilterMode::kInclude);
  }

  bool operator==(const Filter&) const = default;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_FILTER_H_
