// Invariant: whatever the order of upserts, deletes, commits, grace periods and reclamation, the FIB answers as a
// std::map with the lookup rules on top would, for both families.

#include <gtest/gtest.h>

#include "tests/support/choices.h"
#include "tests/support/families.h"
#include "tests/unit/fib/fib_history.h"

namespace mgmd::dataplane {
namespace {

template <class Family>
class ModelTest : public ::testing::Test {
 protected:
  support::RandomChoices choices_{20260801};
  FibHistory<Family> history_{choices_};
};

TYPED_TEST_SUITE(ModelTest, BothFamilies);

TYPED_TEST(ModelTest, RandomOperationsAgreeWithAMap) {
  for (int step = 0; step < 40'000 && !this->HasFailure(); ++step) {
    this->history_.Step();
    if (step % 16 == 0) this->history_.CheckLookups();
    if (step % 4'000 == 0) this->history_.CheckEverything();
  }
  this->history_.CheckEverything();
  EXPECT_GT(this->history_.backlogs(), 0) << "the bounds were never met";
  EXPECT_GT(this->history_.full(), 0) << "the bounds were never met";
}

TYPED_TEST(ModelTest, NothingIsLeftBehindAfterTheLastGracePeriod) {
  for (int step = 0; step < 10'000; ++step) this->history_.Step();
  this->history_.End();
}

}  // namespace
}  // namespace mgmd::dataplane
