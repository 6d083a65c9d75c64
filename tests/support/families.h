#ifndef MGMD_TESTS_SUPPORT_FAMILIES_H_
#define MGMD_TESTS_SUPPORT_FAMILIES_H_

// Names for tests that are run for each address family.

#include <gtest/gtest.h>

#include <type_traits>

#include "common/ip_family.h"

namespace mgmd {

// For TYPED_TEST_SUITE().
using BothFamilies = ::testing::Types<Ipv4, Ipv6>;

template <class Family>
using OtherFamily = std::conditional_t<std::is_same_v<Family, Ipv4>, Ipv6, Ipv4>;

}  // namespace mgmd

#endif  // MGMD_TESTS_SUPPORT_FAMILIES_H_
