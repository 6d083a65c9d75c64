// The FIB as a state machine: whatever is done to it, in whatever order, it answers as a map with the lookup rules on
// top would, gives no index out twice, and leaves nothing behind.
//
// Input: the first octet's lowest bit says the family; every further one is a decision of FibHistory.

#include <gtest/gtest.h>

#include "tests/support/choices.h"
#include "tests/unit/fib/fib_history.h"

namespace mgmd::dataplane {
namespace {

template <class Family>
void Live(support::ByteChoices& choices) {
  constexpr int kLongest = 20'000;
  FibHistory<Family> history(choices);
  for (int step = 0; step < kLongest && !choices.ended(); ++step) {
    history.Step();
    if (step % 16 == 15) history.CheckLookups();
  }
  history.CheckEverything();
  history.End();
}

}  // namespace
}  // namespace mgmd::dataplane

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  ::testing::InitGoogleTest(argc, *argv);
  GTEST_FLAG_SET(break_on_failure, true);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  mgmd::support::ByteChoices choices(data + 1, size - 1);
  if (data[0] & 1) {
    mgmd::dataplane::Live<mgmd::Ipv6>(choices);
  } else {
    mgmd::dataplane::Live<mgmd::Ipv4>(choices);
  }
  return 0;
}
