#ifndef MGMD_CONTROL_CONFIG_NEAR_MISS_H_
#define MGMD_CONTROL_CONFIG_NEAR_MISS_H_

// What a mistyped word was probably meant to be.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace mgmd::config {

// The word of `known` that is the fewest slips away from `word` (a letter too many, missing, wrong,
// or two swapped; case and '-' for '_' are no slip), or "" if that takes more than a third of its
// letters. Of equals the first. Words of more than 64 letters are like no other, and of `known` the
// first kMostCompared are looked at, so that it takes a millisecond at most.
inline constexpr size_t kMostCompared = 1000;
std::string_view NearMiss(std::string_view word, std::span<const std::string> known);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_NEAR_MISS_H_
