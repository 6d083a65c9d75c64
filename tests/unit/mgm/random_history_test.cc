// Invariant: after every call of any history the return code, the callbacks in their order, every MFE with its OIL, the
// forwarding table and both enumerations are the reference model's, in each family.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/choices.h"
#include "tests/unit/mgm/history_run.h"

namespace mgmd::reference {
namespace {

struct Seeded {
  History history;
  unsigned seed;
};

class RandomHistory : public ::testing::TestWithParam<Seeded> {};

template <class Family>
void Compare(const Seeded& history) {
  const char* longer = std::getenv("MGM_HISTORY_STEPS");
  const int steps = longer != nullptr ? std::atoi(longer) : 20'000;
  support::RandomChoices choices(history.seed);
  HistoryRun<Family> run(history.history, choices);
  for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) run.Step(step);
}

TEST_P(RandomHistory, EqualsTheModelAfterEveryCall) { Compare<Ipv4>(GetParam()); }
TEST_P(RandomHistory, EqualsTheModelAfterEveryCallInIpv6) { Compare<Ipv6>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Histories, RandomHistory,
                         ::testing::Values(Seeded{{1, 1}, 1}, Seeded{{1, 8}, 2}, Seeded{{2, 3}, 3}, Seeded{{2, 8}, 4},
                                           Seeded{{3, 3}, 5}, Seeded{{3, 5}, 6}, Seeded{{4, 4}, 7}, Seeded{{4, 8}, 8},
                                           Seeded{{5, 5}, 9}, Seeded{{5, 8}, 10}, Seeded{{6, 6}, 11},
                                           Seeded{{6, 8}, 12}, Seeded{{3, 3, 5}, 13}, Seeded{{3, 5, 20}, 14},
                                           Seeded{{4, 4, 10}, 15}, Seeded{{5, 6, 2}, 16}, Seeded{{6, 8, 10}, 17},
                                           Seeded{{3, 3, 5, true}, 18}, Seeded{{3, 5, 20, true}, 19},
                                           Seeded{{4, 4, 10, true}, 20}, Seeded{{5, 6, 2, true}, 21},
                                           Seeded{{6, 8, 10, true}, 22}),
                         [](const auto& info) {
                           const History& history = info.param.history;
                           return std::to_string(history.clients) + "clients" + std::to_string(history.interfaces) +
                                  "interfaces" + std::to_string(history.grace_ms) + "grace" +
                                  (history.hitless ? "hitless" : "");
                         });

}  // namespace
}  // namespace mgmd::reference
