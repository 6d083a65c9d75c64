// The Group Manager as a state machine: after every call of any history all that can be seen of it is what the
// reference model says, in each family.
//
// Input: three octets for clients, interfaces and grace time; every further one is a decision of HistoryRun.

#include "tests/support/choices.h"
#include "tests/unit/mgm/history_run.h"

namespace {

template <class Family>
void Live(const uint8_t* data, size_t size) {
  constexpr int kLongest = 2000;
  mgmd::support::ByteChoices choices(data, size);
  mgmd::reference::History history;
  history.clients = 1 + static_cast<int>(choices.Below(6));
  history.interfaces = 1 + static_cast<int>(choices.Below(8));
  history.grace_ms = choices.Below(4) == 0 ? 1 + choices.Below(20) : 0;
  mgmd::reference::HistoryRun<Family> run(history, choices);
  for (int step = 0; step < kLongest && !choices.ended(); ++step) run.Step(step);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  ::testing::InitGoogleTest(argc, *argv);
  GTEST_FLAG_SET(break_on_failure, true);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mgmd::ForEachFamily([&]<class Family>() { Live<Family>(data, size); });
  return 0;
}
