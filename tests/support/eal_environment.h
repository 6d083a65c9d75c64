#ifndef MGMD_TESTS_SUPPORT_EAL_ENVIRONMENT_H_
#define MGMD_TESTS_SUPPORT_EAL_ENVIRONMENT_H_

// DPDK for all tests of a program, which needs no main() for it:
//
//   const auto* const kEal = support::WithEal(256);

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "tests/support/eal.h"

namespace mgmd::support {

class EalEnvironment : public ::testing::Environment {
 public:
  EalEnvironment(int megabytes, std::string lcores) : megabytes_(megabytes), lcores_(std::move(lcores)) {}
  void SetUp() override { ASSERT_TRUE(StartEal(megabytes_, lcores_)); }
  void TearDown() override { rte_eal_cleanup(); }

 private:
  const int megabytes_;
  const std::string lcores_;
};

inline ::testing::Environment* WithEal(int megabytes, std::string lcores = "-l0") {
  return ::testing::AddGlobalTestEnvironment(new EalEnvironment(megabytes, std::move(lcores)));
}

// Lcores 0 and 1, which share the core where there is one only.
inline std::string TwoLcores() { return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "--lcores=0@0,1@1" : "--lcores=(0,1)@0"; }

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_EAL_ENVIRONMENT_H_
