// Invariant: what OifIndex finds in the list that was loaded last is what a search finds, whatever lists came before.

#include "common/oif_index.h"

#include <gtest/gtest.h>

#include <random>

namespace mgmd {
namespace {

TEST(OifIndex, FindsWhatASearchFinds) {
  std::mt19937 random(3);
  OifIndex index;
  std::vector<std::vector<OifCounters>> lists(4);
  for (int step = 0; step < 20000; ++step) {
    std::vector<OifCounters>& list = lists[random() % lists.size()];
    if (random() % 64 == 0) list.clear();
    index.Load(list);
    for (int look = 0; look < 4; ++look) {
      const InterfaceSlot slot{static_cast<uint16_t>(random() % 300)};
      const auto found = std::find_if(list.begin(), list.end(), [&](const auto& oif) { return oif.oif == slot; });
      if (found == list.end()) {
        ASSERT_EQ(index.Find(list, slot), nullptr);
        ASSERT_EQ(index.Add(list, slot).oif, slot);
      } else {
        ASSERT_EQ(index.Find(list, slot), &*found);
      }
    }
  }
}

}  // namespace
}  // namespace mgmd
